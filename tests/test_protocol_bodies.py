"""The protocol's own fields in the data of each kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integra_protocol import bodies
from integra_protocol.content import Content
from integra_protocol.errors import BadBodyError
from integra_protocol.limits import MAX_PART_BYTES, MAX_SIZE
from protocol_entries import EAST, ORIGIN, make_body

ID = "urn:uuid:0191f0c2-0000-7000-8000-000000000001"
HASH = bytes(32)


def content_of(data: dict[str, object]) -> Content:
    return make_body("test", data)[0]


def a_file(**changes: object) -> dict[str, object]:
    return {"f": HASH, "name": "plan.pdf", "media": "application/pdf", "size": 1} | changes


EDITION = {"id": ID, "version": 1, "status": "published"}
ALERT = {"id": ID, "version": 1, "tlp": "GREEN"}
RED = {"id": ID, "version": 1, "tlp": "RED", "for": ["4711"]}
DISCLOSURE = {"other_basis": ["EXEC"]}
REVIEW = {"ref": f"{EAST}~1~42", "id": ID, "version": 1}
FEEDBACK = {"o": ORIGIN, "i": 0, "what": "seen"}
REPLY = {"o": ORIGIN, "i": 3, "step": "accepted", "n": 1}
RECEIPT = {"o": ORIGIN, "i": 3, "what": "erased"}
PART = {"f": HASH, "n": 0, "of": 2, "b": b"bytes"}
OFFICER = {"id": "4711", "pub": bytes(32), "role": "duty officer", "osig_self": bytes(64)}
REVOCATION = {"id": "4711", "why": "left"}
ERASE = {"o": ORIGIN}
ACK = {"o": ORIGIN, "i": 9}

PARSERS = {
    "edition": (bodies.parse_edition, EDITION),
    "alert": (bodies.parse_alert, ALERT),
    "red alert": (bodies.parse_alert, RED),
    "disclosure": (bodies.parse_disclosure, DISCLOSURE),
    "review": (bodies.parse_review, REVIEW),
    "remark": (bodies.parse_remark, REVIEW | {"form": "comment"}),
    "answer": (bodies.parse_remark, REVIEW | {"form": "answer", "to": f"{EAST}~1~43"}),
    "remark of a later form": (bodies.parse_remark, REVIEW | {"form": "invitation"}),
    "translation": (bodies.parse_translation, REVIEW | {"language": "pt-PT"}),
    "feedback": (bodies.parse_feedback, FEEDBACK),
    "reply": (bodies.parse_reply, REPLY),
    "receipt": (bodies.parse_receipt, RECEIPT),
    "part": (bodies.parse_part, PART),
    "officer": (bodies.parse_officer, OFFICER),
    "revocation": (bodies.parse_officer_revocation, REVOCATION),
    "erase": (bodies.parse_erase, ERASE),
    "ack": (bodies.parse_ack, ACK),
    "files": (bodies.parse_files, {"files": [a_file()]}),
}
OPTIONAL = {"files"}

BAD = {
    "edition of version 0": (bodies.parse_edition, EDITION | {"version": 0}),
    "edition of version text": (bodies.parse_edition, EDITION | {"version": "1.0"}),
    "edition as draft": (bodies.parse_edition, EDITION | {"status": "draft"}),
    "edition in amber": (bodies.parse_edition, EDITION | {"tlp": "AMBER"}),
    "edition id with space": (bodies.parse_edition, EDITION | {"id": "a b"}),
    "edition id empty": (bodies.parse_edition, EDITION | {"id": ""}),
    "edition id of 129": (bodies.parse_edition, EDITION | {"id": "a" * 129}),
    "alert without colour": (bodies.parse_alert, ALERT | {"tlp": ""}),
    "alert with lower case colour": (bodies.parse_alert, ALERT | {"tlp": "green"}),
    "green alert with readers": (bodies.parse_alert, ALERT | {"for": ["4711"]}),
    "red alert for nobody": (bodies.parse_alert, RED | {"for": []}),
    "red alert for nine": (bodies.parse_alert, RED | {"for": [str(n) for n in range(9)]}),
    "red alert for one twice": (bodies.parse_alert, RED | {"for": ["4711", "4711"]}),
    "red alert for a name": (bodies.parse_alert, RED | {"for": ["Jane Doe"]}),
    "red alert for a number": (bodies.parse_alert, RED | {"for": [4711]}),
    "disclosure with a text basis": (bodies.parse_disclosure, {"other_basis": "EXEC"}),
    "disclosure with a nil basis": (bodies.parse_disclosure, {"other_basis": None}),
    "disclosure of 33 bases": (bodies.parse_disclosure, {"other_basis": ["A"] * 33}),
    "disclosure in green": (bodies.parse_disclosure, DISCLOSURE | {"tlp": "GREEN"}),
    "disclosure in red for nobody": (bodies.parse_disclosure, DISCLOSURE | {"tlp": "RED"}),
    "review of an origin": (bodies.parse_review, REVIEW | {"ref": ORIGIN}),
    "review of epoch 0": (bodies.parse_review, REVIEW | {"ref": f"{EAST}~0~42"}),
    "review of index 042": (bodies.parse_review, REVIEW | {"ref": f"{EAST}~1~042"}),
    "review of index 2**53 - 1": (bodies.parse_review, REVIEW | {"ref": f"{EAST}~1~{MAX_SIZE}"}),
    "review of a number": (bodies.parse_review, REVIEW | {"ref": 42}),
    "review of version 0": (bodies.parse_review, REVIEW | {"version": 0}),
    "review in amber": (bodies.parse_review, REVIEW | {"tlp": "AMBER"}),
    "remark without form": (bodies.parse_remark, REVIEW),
    "remark of a form in capitals": (bodies.parse_remark, REVIEW | {"form": "Comment"}),
    "remark of a form of 33": (bodies.parse_remark, REVIEW | {"form": "a" * 33}),
    "answer to nothing": (bodies.parse_remark, REVIEW | {"form": "answer"}),
    "answer to a log": (bodies.parse_remark, REVIEW | {"form": "answer", "to": ORIGIN}),
    "translation into no language": (bodies.parse_translation, REVIEW),
    "translation into a sentence": (bodies.parse_translation, REVIEW | {"language": "in French"}),
    "feedback maybe": (bodies.parse_feedback, FEEDBACK | {"what": "maybe"}),
    "feedback to no log": (bodies.parse_feedback, FEEDBACK | {"o": "north"}),
    "feedback to a negative index": (bodies.parse_feedback, FEEDBACK | {"i": MAX_SIZE}),
    "reply of number 0": (bodies.parse_reply, REPLY | {"n": 0}),
    "reply of unknown step": (bodies.parse_reply, REPLY | {"step": "maybe"}),
    "bad-body without why": (bodies.parse_reply, REPLY | {"step": "bad-body"}),
    "bad-body with empty why": (bodies.parse_reply, REPLY | {"step": "bad-body", "why": ""}),
    "receipt of nothing": (bodies.parse_receipt, RECEIPT | {"what": ""}),
    "receipt continues without why": (bodies.parse_receipt, RECEIPT | {"what": "continues"}),
    "receipt with a long why": (bodies.parse_receipt, RECEIPT | {"why": "x" * 2001}),
    "part past the last": (bodies.parse_part, PART | {"n": 2}),
    "part of 65": (bodies.parse_part, PART | {"of": 65}),
    "part of 0": (bodies.parse_part, PART | {"of": 0}),
    "part without bytes": (bodies.parse_part, PART | {"b": b""}),
    "part too long": (bodies.parse_part, PART | {"b": bytes(MAX_PART_BYTES + 1)}),
    "part with a short hash": (bodies.parse_part, PART | {"f": bytes(31)}),
    "part with a name": (bodies.parse_part, PART | {"name": "plan.pdf"}),
    "officer with a name": (bodies.parse_officer, OFFICER | {"id": "Jane Doe"}),
    "officer with a short key": (bodies.parse_officer, OFFICER | {"pub": bytes(31)}),
    "officer with a control character": (bodies.parse_officer, OFFICER | {"role": "a\n"}),
    "officer with an address": (bodies.parse_officer, OFFICER | {"mail": "x"}),
    "officer with a short signature": (bodies.parse_officer, OFFICER | {"osig_self": b""}),
    "revocation with more": (bodies.parse_officer_revocation, REVOCATION | {"x": 1}),
    "erase with a person": (bodies.parse_erase, ERASE | {"name": "x"}),
    "ack with a word": (bodies.parse_ack, ACK | {"why": "done"}),
    "files a map": (bodies.parse_files, {"files": a_file()}),
    "files none": (bodies.parse_files, {"files": []}),
    "files of 65": (bodies.parse_files, {"files": [a_file()] * 65}),
    "files of 65 parts": (
        bodies.parse_files,
        {"files": [a_file(size=64 * MAX_PART_BYTES), a_file()]},
    ),
    "file too long": (bodies.parse_files, {"files": [a_file(size=64 * MAX_PART_BYTES + 1)]}),
    "file empty": (bodies.parse_files, {"files": [a_file(size=0)]}),
    "file as html": (bodies.parse_files, {"files": [a_file(media="text/html")]}),
    "file with a path": (bodies.parse_files, {"files": [a_file(name="../plan.pdf")]}),
    "file with a Windows path": (bodies.parse_files, {"files": [a_file(name="c:\\plan.pdf")]}),
    "file turned around": (bodies.parse_files, {"files": [a_file(name="plan\u202efdp.exe")]}),
    "file with newline": (bodies.parse_files, {"files": [a_file(name="plan\n.pdf")]}),
    "file named ..": (bodies.parse_files, {"files": [a_file(name="..")]}),
    "file without name": (bodies.parse_files, {"files": [a_file(name="")]}),
    "file with more": (bodies.parse_files, {"files": [a_file(more=1)]}),
    "file with a short hash": (bodies.parse_files, {"files": [a_file(f=b"")]}),
    "file that is none": (bodies.parse_files, {"files": ["plan.pdf"]}),
}


@pytest.mark.parametrize("parse, data", PARSERS.values(), ids=PARSERS.keys())
def test_valid_data_is_read(parse, data) -> None:
    assert parse(content_of(data))


@pytest.mark.parametrize("parse, data", PARSERS.values(), ids=PARSERS.keys())
def test_no_field_may_be_missing_or_of_another_type(parse, data) -> None:
    for key in data:
        less = {other: data[other] for other in data if other != key}
        if key not in OPTIONAL:
            with pytest.raises(BadBodyError) as caught:
                parse(content_of(less))
            assert caught.value.why == "bad-data"
        for value in (None, {}, [None], 2**63, "\0", b"", ""):
            if value == data[key]:
                continue
            with pytest.raises(BadBodyError) as caught:
                parse(content_of(data | {key: value}))
            assert caught.value.why == "bad-data"


@pytest.mark.parametrize("parse, data", BAD.values(), ids=BAD.keys())
def test_data_is_refused_for(parse, data) -> None:
    with pytest.raises(BadBodyError) as caught:
        parse(content_of(data))
    assert caught.value.why == "bad-data"
    assert caught.value.code == "bad_request"


def test_the_domains_own_fields_are_left_alone() -> None:
    data = ALERT | {"title": {"en": "x"}, "indicators": [{"seen_as": {"en": "y"}}]}
    assert bodies.parse_alert(content_of(data)).tlp == "GREEN"


def test_a_red_alert_names_its_readers() -> None:
    assert bodies.parse_alert(content_of(RED)).readers == ("4711",)


def test_no_other_basis_is_an_empty_one() -> None:
    assert bodies.parse_disclosure(content_of({"other_basis": []})).other_basis == ()


def test_a_disclosure_may_say_its_colour() -> None:
    disclosure = bodies.parse_disclosure(content_of(DISCLOSURE | {"tlp": "RED", "for": ["1"]}))
    assert (disclosure.tlp, disclosure.readers) == ("RED", ("1",))
    assert bodies.parse_disclosure(content_of(DISCLOSURE)).tlp is None


@pytest.mark.parametrize("step", sorted(bodies.MACHINE_STEPS | bodies.OFFICER_STEPS))
def test_every_step_says_whether_an_officer_speaks(step) -> None:
    reply = bodies.parse_reply(content_of(REPLY | {"step": step, "why": "x"}))
    assert reply.machine_made == (step in {"delivered", "bad-body", "opened"})


def test_no_files_are_no_files() -> None:
    assert bodies.parse_files(content_of({})) == ()


def test_files_of_64_parts_together_are_accepted() -> None:
    files = [a_file(size=32 * MAX_PART_BYTES), a_file(size=31 * MAX_PART_BYTES + 1)]
    read = bodies.parse_files(content_of({"files": files}))
    assert [bodies.parts_of(file.size) for file in read] == [32, 32]


def test_a_ref_survives_the_round_trip() -> None:
    ref = bodies.parse_ref(f"{EAST}~12~0")
    assert ref == bodies.EntryRef(origin=f"{EAST}/log/12", index=0)
    assert bodies.format_ref(ref) == f"{EAST}~12~0"


@pytest.mark.parametrize(
    "text", ["", "~~", f"{EAST}~1", f"{EAST}~1~2~3", f"{EAST}~1~-1", f"{EAST}~1~1\n", "A~1~1"]
)
def test_a_ref_is_refused_for(text) -> None:
    with pytest.raises(BadBodyError):
        bodies.parse_ref(text)


values = st.recursive(
    st.none() | st.integers(0, 2**64 - 1) | st.binary(max_size=70) | st.text(max_size=10)
    | st.sampled_from([ORIGIN, "RED", "4711", "bad-body", bytes(32), "published"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)  # fmt: skip
KEYS = sorted({key for _, data in PARSERS.values() for key in data} | {"why", "x"})


@given(st.dictionaries(st.sampled_from(KEYS), values), st.sampled_from(sorted(PARSERS)))
def test_any_data_is_read_or_refused_as_bad_data(change, name) -> None:
    parse, data = PARSERS[name]
    content = content_of(data | change)
    try:
        parse(content)
    except BadBodyError as error:
        assert error.why == "bad-data"  # noqa: PT017 - either way is a pass


@pytest.mark.parametrize(
    "change, band",
    [
        ({}, ""),
        ({"band": "5-9"}, "5-9"),
        ({"band": "7"}, ""),
        ({"band": 7}, ""),
        ({"band": ["5-9"]}, ""),
        ({"band": "5-9", "what": "false"}, ""),
    ],
)
def test_a_band_that_is_not_known_is_as_if_it_were_not_there(change, band):
    assert bodies.parse_feedback(content_of(FEEDBACK | change)).band == band
