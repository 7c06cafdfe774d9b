import os

import pytest

from integra_node.search.stamp import Stamp, is_intact, read_stamp, sizes, write_stamp


def stamp(folder, **changes):
    (folder / "part").write_bytes(b"12345")
    values = {"watermark": 7, "made_by": "x", "vocabulary": "v", "generation": 3, "boot": "b"}
    return Stamp(**{**values, "files": sizes(folder, ["part"]), **changes})


def test_a_stamp_is_read_as_it_was_written(tmp_path):
    written = stamp(tmp_path)
    write_stamp(tmp_path, written)
    assert read_stamp(tmp_path) == written


@pytest.mark.parametrize(
    "generation, boot, size, intact",
    [(3, "b", 5, True), (3, "b", 4, False), (3, "other", 5, True), (4, "b", 5, True),
     (4, "other", 5, False), (2, "b", 5, False)],
    ids=["same", "cut", "restarted", "killed", "power cut", "older"],
)  # fmt: skip
def test_an_index_is_trusted_only_where_nothing_can_be_torn(
    tmp_path, generation, boot, size, intact
):
    written = stamp(tmp_path)
    os.truncate(tmp_path / "part", size)
    assert is_intact(tmp_path, written, generation=generation, boot=boot) is intact


def test_after_a_power_cut_an_unknown_boot_is_not_trusted(tmp_path):
    assert not is_intact(tmp_path, stamp(tmp_path, boot=""), generation=4, boot="")


def test_a_failed_write_keeps_the_former_stamp(tmp_path):
    first = stamp(tmp_path)
    write_stamp(tmp_path, first)
    with pytest.raises(OSError, match="gone"):
        write_stamp(tmp_path, stamp(tmp_path, watermark=8, files={"gone": 1}))
    assert read_stamp(tmp_path) == first
