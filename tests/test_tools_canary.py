"""Does the canary tool find every spelling, and nothing where there is nothing?"""

import base64
import gzip
import os
import sqlite3
import zlib

import pytest

import canary

TEXT = "Zoé Müller-Garcês"
CONTROL = canary.control_files(TEXT)


def run(*arguments):
    return canary.main([str(one) for one in arguments])


@pytest.mark.parametrize("name", CONTROL)
def test_every_way_of_writing_it_is_found(tmp_path, name):
    (tmp_path / "file").write_bytes(CONTROL[name])
    assert {place.canary for place in canary.search([tmp_path], [TEXT])} == {TEXT}


def test_the_control_misses_nothing():
    assert canary.check_control() == []


def test_base64_is_found_at_any_offset_of_a_longer_text(tmp_path):
    for length in range(6):
        noise = os.urandom(length)
        (tmp_path / str(length)).write_bytes(base64.b64encode(noise + TEXT.encode() + noise))
    assert len({place.path for place in canary.search([tmp_path], [TEXT])}) == 6


def test_nothing_is_found_where_nothing_is(tmp_path, capsys):
    (tmp_path / "noise").write_bytes(os.urandom(300_000) + gzip.compress(b"noise" * 100))
    assert run(tmp_path, "--canary", TEXT) == 0
    assert capsys.readouterr().out == "0 places\n"


def test_a_place_is_named_and_the_exit_code_is_one(tmp_path, capsys):
    folder = tmp_path / "home" / "logs"
    folder.mkdir(parents=True)
    (folder / "node.log").write_text(f"hello {TEXT}", encoding="utf-8")
    texts = tmp_path / "texts"
    texts.write_text(f"{TEXT}\nsomething else\n", encoding="utf-8")
    assert run(tmp_path / "home", "--file", texts) == 1
    assert f"{folder / 'node.log'}: NFC utf-8: {TEXT}\n" in capsys.readouterr().out


def test_a_file_named_like_it_is_found(tmp_path):
    (tmp_path / f"{TEXT}.txt").touch()
    assert len(canary.search([tmp_path], [TEXT])) == 1


def test_a_row_that_was_deleted_but_not_overwritten_is_found(tmp_path):
    database = sqlite3.connect(tmp_path / "a.db")
    database.execute("PRAGMA secure_delete=OFF")
    database.execute("CREATE TABLE t (v TEXT)")
    database.execute("INSERT INTO t VALUES (?)", (TEXT,))
    database.commit()
    database.execute("DELETE FROM t")
    database.commit()
    database.close()
    assert canary.search([tmp_path], [TEXT]) != []


def test_a_value_over_several_pages_of_a_database_is_found(tmp_path):
    database = sqlite3.connect(tmp_path / "a.db")
    database.execute("CREATE TABLE t (v BLOB)")
    for length in range(4_040, 4_110):
        database.execute("INSERT INTO t VALUES (?)", (b"x" * length + TEXT.encode(),))
    packed = os.urandom(4_000) + zlib.compress(TEXT.encode() + os.urandom(9_000))
    database.execute("INSERT INTO t VALUES (?)", (packed,))
    database.commit()
    database.close()
    found = {place.spelling for place in canary.search([tmp_path], [TEXT])}
    assert {"NFC utf-8", "NFC utf-8 in packed"} <= found


def test_what_unpacks_without_end_is_reported_and_takes_no_memory(tmp_path):
    engine = zlib.compressobj()
    block = bytes(1024 * 1024)
    data = b"".join(engine.compress(block) for _ in range(80)) + engine.flush()
    (tmp_path / "bomb").write_bytes(data)
    (place,) = canary.search([tmp_path], [TEXT])
    assert place.spelling == "not searched: unpacks to more than 64 MiB"


@pytest.mark.parametrize("texts", [["short"], []], ids=["short", "none"])
def test_a_text_that_is_met_by_chance_is_refused(tmp_path, texts):
    arguments = [part for text in texts for part in ("--canary", text)]
    assert run(tmp_path, *arguments) == 2
