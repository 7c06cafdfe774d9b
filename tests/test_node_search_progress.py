import json
import os
import subprocess
import sys

import pytest

from integra_node.search.progress import EVERY, PROGRESS_NAME, Progress, read_progress, reported


def test_progress_is_told_and_gone_at_the_end(tmp_path):
    told = []
    seen = [
        read_progress(tmp_path)
        for item in reported(range(2 * EVERY + 10), tmp_path, 300, told.append)
        if item in {0, EVERY, 2 * EVERY + 9}
    ]
    assert seen == [
        Progress(done=0, total=300), Progress(done=EVERY, total=300),
        Progress(done=2 * EVERY, total=2 * EVERY),
    ]  # fmt: skip
    assert [one.done for one in told] == [EVERY, 2 * EVERY, 2 * EVERY + 10]
    assert read_progress(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_progress_is_gone_when_it_fails(tmp_path):
    def failing():
        yield 1
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        list(reported(failing(), tmp_path, 5, lambda _: None))
    assert read_progress(tmp_path) is None


def test_what_a_killed_process_left_behind_is_no_progress(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    for process, known in ((os.getpid(), True), (gone.pid, False), (-1, False), (2**70, False)):
        text = json.dumps({"done": 1, "total": 2, "process": process})
        (tmp_path / PROGRESS_NAME).write_text(text)
        assert (read_progress(tmp_path) is not None) is known


@pytest.mark.parametrize("text", ["", "[]", "{", "7", '{"done": "x"}', "[" * 100_000])
def test_a_damaged_file_is_no_progress(tmp_path, text):
    (tmp_path / PROGRESS_NAME).write_text(text)
    assert read_progress(tmp_path) is None
