"""Is every file read as it was meant, or refused with a reason, whatever is in it?"""

import io
import json
import random
import zipfile

import openpyxl
import pytest

from integra_node.intake.harvest import read_answer
from integra_node.intake.objects import read_json
from integra_node.intake.reading import kind_of, read_file
from integra_node.intake.refusal import MAX_CELL, MAX_ROWS, UnreadableError
from integra_node.intake.sheet import NO_VALUE, read_xlsx
from integra_node.intake.table import read_csv
from integra_node.rules import practice_import

TEXTS = {
    "windows-1253": "Τίτλος;Περίληψη\nΟμάδα μελέτης;Συνάντηση κάθε εβδομάδα στη φυλακή\n",
    "windows-1251": "Заглавие;Резюме\nГрупа за четене;Среща всяка седмица в затвора\n",
    "windows-1252": "Título;Résumé\nLeitura em voz alta;Encontro à sexta na prisão, é útil\n",
    "utf-8": "Titel;Samenvatting\nNazorg;Iedere week één gesprek, σε φυλακή\n",
}


def rows_of(table):
    return [table.header, *(cells for _, cells in table.rows)]


def workbook(rows, **formulas):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for place, text in formulas.items():
        book.active[place] = text
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@pytest.mark.parametrize("encoding", TEXTS)
def test_the_encoding_of_a_table_is_found(encoding):
    table = read_csv(TEXTS[encoding].encode(encoding))
    assert table.encoding == encoding
    assert rows_of(table) == [tuple(line.split(";")) for line in TEXTS[encoding].splitlines()]


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_table_with_a_mark_and_any_separator_is_read(mark, separator):
    text = f'a{separator}"b{separator}; ,"\r\n1{separator}"two\r\nlines, ""quoted"""\r\n'
    table = read_csv(text.encode(mark))
    assert rows_of(table) == [("a", f"b{separator}; ,"), ("1", 'two\r\nlines, "quoted"')]


@pytest.mark.parametrize(
    "data,reason",
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf \r\n", "file_empty"),
        (b'a,b\n"open,2\n3,4\n', "broken_quotes"),
        (b'a,b\n"x"y,2\n', "broken_quotes"),
        (b"a,b\n" + b"x" * (MAX_CELL + 1) + b",1\n", "cell_too_long"),
        (b"a\n" * (MAX_ROWS + 2), "too_many_rows"),
        (b"a," * 300 + b"\n", "too_many_columns"),
    ],
)
def test_a_broken_table_is_refused_with_its_reason(data, reason):
    with pytest.raises(UnreadableError) as refused:
        rows_of(read_csv(data))
    assert refused.value.reason == reason


def test_a_wrong_encoding_is_told_with_its_line():
    with pytest.raises(UnreadableError) as refused:
        read_csv("a;b\n1;2\nπ;3\n".encode("windows-1253"), "utf-8")
    assert (refused.value.reason, refused.value.params["line"]) == ("wrong_encoding", 3)


def test_a_workbook_is_read_and_a_formula_counts_as_its_saved_value():
    table = read_xlsx(workbook([["title", "n"], ["A", 3.0], [None, None], ["B", True]], B5="=1+1"))
    found = list(table.rows)
    assert table.header == ("title", "n")
    assert found == [(2, ("A", "3")), (4, ("B", "1")), (5, ("", NO_VALUE))]
    assert practice_import.NO_VALUE == NO_VALUE


def test_a_zip_bomb_is_not_unpacked():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(300 * 2**20))
    with pytest.raises(UnreadableError) as refused:
        read_xlsx(made.getvalue())
    assert refused.value.reason == "archive_bomb"


def test_an_entity_of_a_workbook_is_not_followed():
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["a"], ["b"]]))) as old,
        zipfile.ZipFile(made, "w") as new,
    ):
        for one in old.infolist():
            text = old.read(one)
            if one.filename == "xl/worksheets/sheet1.xml":
                head = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                text = head + text.replace(b"<sheetData>", b"<sheetData>&e;")
            new.writestr(one, text)
    with pytest.raises(UnreadableError):
        list(read_xlsx(made.getvalue()).rows)


def test_no_damage_to_a_workbook_is_more_than_a_refusal():
    whole = workbook([["title", "summary"], *([f"t{n}", "x" * n] for n in range(30))])
    numbers = random.Random(4)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(numbers.randrange(1, 6)):
            data[numbers.randrange(len(data))] = numbers.randrange(256)
        cut = bytes(data[: numbers.randrange(1, len(data) + 1)]) if numbers.random() < 0.3 else data
        try:
            list(read_xlsx(bytes(cut)).rows)
        except UnreadableError:
            continue


def test_json_is_read_as_an_object_a_list_or_lines():
    one, two = {"a": 1}, {"b": [1, 2]}
    assert [v for _, v in read_json(json.dumps(one, indent=1).encode())] == [one]
    assert [v for _, v in read_json(json.dumps([one, two]).encode("utf-8-sig"))] == [one, two]
    lines = f"{json.dumps(one)}\n\n{json.dumps(two)}\n".encode()
    assert list(read_json(lines)) == [(1, one), (3, two)]


@pytest.mark.parametrize(
    "data,reason",
    [
        (b" ", "file_empty"),
        (b"{", "bad_json"),
        (b'{"a":1}\n{"a"', "bad_json"),
        (b"[1]", "not_objects"),
        (b"3", "not_objects"),
        (b"[" * 100_000, "bad_json"),
        (b'{"a":' * 50 + b"1" + b"}" * 50, "record_too_deep"),
        (b'{"a":"' + b"x" * 400_000 + b'"}', "record_too_long"),
        (b"\xff\xfe\n", "wrong_encoding"),
        (b"{}\n" * (MAX_ROWS + 1), "too_many_rows"),
    ],
)
def test_broken_json_is_refused_with_its_reason(data, reason):
    with pytest.raises(UnreadableError) as refused:
        list(read_json(data))
    assert refused.value.reason == reason


async def test_a_process_of_its_own_reads_and_tells_why_it_refuses():
    good = [value async for value in read_file(TEXTS["windows-1251"].encode("cp1251"), "csv")]
    assert good[0]["encoding"] == "windows-1251"
    assert good[1][1][0] == "Група за четене"
    with pytest.raises(UnreadableError) as refused:
        [value async for value in read_file(b"PK\x03\x04 not really", "xlsx")]
    assert refused.value.reason == "not_xlsx"


def test_a_file_of_another_kind_is_refused_by_its_name():
    assert kind_of("Πίνακας.XLSX") == "xlsx"
    with pytest.raises(UnreadableError):
        kind_of("report.docx")


ANSWER = """<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>
<record><header><identifier>oai:x:1</identifier></header><metadata>
<dc xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:d="http://purl.org/dc/elements/1.1/">
<d:title xml:lang="fr">Un atelier</d:title><d:description>Court.</d:description>
<d:description>{long}</d:description><d:language>fre</d:language><d:subject>Prison</d:subject>
<d:coverage>FR</d:coverage><d:rights>CC-BY-4.0</d:rights></dc></metadata></record>
<record><header status="deleted"><identifier>oai:x:2</identifier></header></record>
<resumptionToken>next</resumptionToken></ListRecords></OAI-PMH>"""


def test_dublin_core_becomes_the_beginning_of_a_draft():
    found = read_answer(ANSWER.format(long="Long. " * 300).encode(), "en")
    body = found.records[0]["record"]
    assert (body["source_id"], body["language"], body["title"]) == (
        "oai:x:1",
        "fr",
        {"fr": "Un atelier"},
    )
    assert body["summary"] == {"fr": "Court."}
    assert len(body["description"]["fr"]) > 1_000
    assert (body["settings"], body["country"], body["licence"]) == (["prison"], ["FR"], "CC-BY-4.0")
    assert body["lineage"] == {"adapted_from": "oai:x:1"}
    assert found.records[1]["gone"] is True
    assert found.token == "next"
    entry = practice_import.entry_of_record(body)
    assert practice_import.judge(entry, hand_in=False).practice is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"/>',
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badVerb"/></OAI-PMH>',
        ANSWER.format(long="x")[:400].encode(),
    ],
)
def test_what_is_no_answer_of_a_repository_is_refused(data):
    with pytest.raises(UnreadableError):
        read_answer(data, "en")
