"""Is a file what it says, and is everything refused that could run by itself?"""

import io
import zipfile
import zlib

import pytest

from integra_node.rules.attachment import MAX_BYTES, clean_name, media_of
from integra_node.rules.problems import InvalidFieldsError

ODT = b"application/vnd.oasis.opendocument.text"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def pdf(objects=b"", stream=b"", head=b""):
    packed = zlib.compress(stream)
    return (
        b"%PDF-1.7\n1 0 obj <</Type /Catalog " + objects + b">> endobj\n"
        b"2 0 obj <</Length 9 /Filter /FlateDecode "
        + head
        + b">>\nstream\n"
        + packed
        + b"\nendstream endobj\ntrailer <</Root 1 0 R>>\n%%EOF"
    )


def odt(members=(), mimetype=ODT):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("mimetype", mimetype)
        packed.writestr("content.xml", "<office:document><office:scripts/>Text</office:document>")
        for name, text in members:
            packed.writestr(name, text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def code_of(name, data):
    with pytest.raises(InvalidFieldsError) as refused:
        media_of(name, data)
    [problem] = refused.value.problems
    return problem.code, problem.params.get("what", "")


@pytest.mark.parametrize(
    "name, data, media",
    [
        ("a.pdf", pdf(), "application/pdf"),
        ("a.PDF", pdf(stream=b"/JS is only text here"), "application/pdf"),
        ("a.odt", odt(), ODT.decode()),
        ("a.png", PNG, "image/png"),
        ("a.jpeg", b"\xff\xd8\xff\xe0" + bytes(9), "image/jpeg"),
        ("plan.txt", "Лист\nπλάνο\tx".encode(), "text/plain"),
    ],
)
def test_a_file_is_what_its_bytes_say(name, data, media):
    assert media_of(name, data) == media


@pytest.mark.parametrize(
    "data, what",
    [
        (pdf(b"/OpenAction 3 0 R"), "OpenAction"),
        (pdf(b"/J#61vaScript (x)"), "JavaScript"),
        (pdf(b"/A <</S /Launch>>"), "Launch"),
        (pdf(b"/AA <<>>"), "AA"),
        (pdf(b"/JS (app.alert(1))"), "JS"),
        (pdf(stream=b"<</S /JavaScript /JS (x)>>", head=b"/Type /ObjStm"), "JavaScript"),
        (pdf(stream=b"<</S /X /JS (x)>>", head=b"/Type /ObjStm"), "JS"),
    ],
)
def test_a_pdf_that_runs_something_is_refused(data, what):
    assert code_of("a.pdf", data) == ("file_active", what)


@pytest.mark.parametrize(
    "member, what",
    [
        (("Basic/Standard/Module1.xml", "x"), "Basic"),
        (("Scripts/python/a.py", "x"), "Scripts"),
        (("styles.xml", '<script:event-listener xlink:href="x"/>'), "script:event-listener"),
        (("settings.xml", "vnd.sun.star.script:a"), "vnd.sun.star.script:"),
    ],
)
def test_an_odt_with_macros_is_refused(member, what):
    code, said = code_of("a.odt", odt([member]))
    assert code == "file_active"
    assert said.strip(":") == what.strip(":")


@pytest.mark.parametrize(
    "name, data, code",
    [
        ("a.pdf", b"", "file_empty"),
        ("a.exe", b"MZ\x90\x00", "file_kind"),
        ("a.zip", odt(mimetype=b"application/zip"), "file_kind"),
        ("a.txt", b"a\x00b", "file_kind"),
        ("a.txt", b"\xff\xfe", "file_kind"),
        ("a.pdf", PNG, "file_name_differs"),
        ("a.html", b"<script>alert(1)</script>", "file_name_differs"),
        ("a.pdf", pdf(b"/Encrypt 9 0 R"), "file_encrypted"),
        ("a.pdf", pdf(head=b"/Type /ObjStm").replace(b"stream\n\x78", b"stream\n\x00"), "file_unreadable"),
        ("a.odt", odt()[:90], "file_unreadable"),
        ("a.odt", odt([("big.xml", bytes(9 * 2**20))]), "file_unreadable"),
        ("a.pdf", pdf(stream=bytes(9 * 2**20), head=b"/Type /ObjStm"), "file_unreadable"),
        ("a.txt", b"x" * (MAX_BYTES + 1), "file_too_large"),
    ],
)  # fmt: skip
def test_what_may_not_travel_is_refused_with_a_reason(name, data, code):
    assert code_of(name, data)[0] == code


def test_a_name_loses_its_folders_and_keeps_no_marks():
    assert clean_name("C:\\Users\\ana\\Plano de sessões.pdf") == "Plano de sessões.pdf"
    assert clean_name("../../a.pdf") == "a.pdf"
    for name in ("", "..", "a\u202efdp.exe", "a:b.pdf", "x" * 256, "a\n.pdf"):
        with pytest.raises(InvalidFieldsError):
            clean_name(name)
