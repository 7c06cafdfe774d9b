import os

import pytest

from integra_node.search import index as index_module
from integra_node.search.index import WhooshIndex
from integra_node.search.stamp import STAMP_NAME
from integra_protocol.errors import UnavailableError
from search_corpus import ALL, VOCABULARY, ask, document


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def library(folder):
    index = WhooshIndex(folder, VOCABULARY)
    index.apply([document(n, body="mentor") for n in range(8)], [], 10)
    return index


def test_many_commits_are_merged_and_answer_as_one(folder):
    index = WhooshIndex(folder, VOCABULARY)
    for n in range(40):
        index.apply([document(n, body=f"mentor word{n}")], [f"fr-ngo~1~{n - 30}"], n + 1)
    assert len(list(folder.glob("*.trm"))) <= index_module.MAX_SEGMENTS
    assert ask(index, ALL, "mentor").total == 30
    before = ask(index, ALL, "mentor word35", expand=False).results.hits[0]
    index.compact()
    assert len(list(folder.glob("*.trm"))) == 1
    assert ask(index, ALL, "mentor").total == 30
    assert ask(index, ALL, "mentor word35", expand=False).results.hits[0].ref == before.ref
    assert ask(index, ALL, '"mentor word35"').numbers == [35]


def test_a_commit_that_failed_before_it_was_stored_changes_nothing(folder, library):
    (folder / "MAIN.tmp").rmdir() if (folder / "MAIN.tmp").exists() else None
    (folder / "MAIN.tmp").write_text("in the way")
    with pytest.raises(UnavailableError):
        library.apply([document(60)], [], 60)
    assert (library.watermark(), library.count(ALL)) == (10, 8)
    (folder / "MAIN.tmp").unlink()
    library.apply([document(60)], [], 60)
    assert (library.watermark(), library.count(ALL)) == (60, 9)


def test_a_commit_that_was_stored_without_its_stamp_is_done_again(folder, library):
    (folder / (STAMP_NAME + ".new")).mkdir()
    with pytest.raises(UnavailableError):
        library.apply([document(60)], [], 60)
    assert library.watermark() == 10
    (folder / (STAMP_NAME + ".new")).rmdir()
    again = WhooshIndex(folder, VOCABULARY)
    assert (again.watermark(), again.count(ALL)) == (10, 9)
    library.apply([document(60)], [], 60)
    assert (library.watermark(), library.count(ALL)) == (60, 9)


@pytest.mark.parametrize("pattern", ["*.toc", "*.trm", "*.pst", "*meta.col", "*texts.col"])
@pytest.mark.parametrize("damage", ["gone", "empty", "short"])
def test_damaged_files_mean_an_empty_index(folder, library, pattern, damage):
    for path in folder.glob(pattern):
        if damage == "gone":
            path.unlink()
        else:
            os.truncate(path, 0 if damage == "empty" else path.stat().st_size // 2)
    again = WhooshIndex(folder, VOCABULARY)
    assert (again.watermark(), again.count(ALL)) == (0, 0)
    again.apply([document(1)], [], 1)
    assert again.count(ALL) == 1
