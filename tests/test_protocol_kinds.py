"""The table of kinds: form, audience, capability and signature, each broken in every way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integra_protocol.bodies import MACHINE_STEPS, OFFICER_STEPS
from integra_protocol.entry import Header
from integra_protocol.errors import BadBodyError, IntegraError
from integra_protocol.kinds import (
    KINDS,
    NOT_ERASABLE,
    check_content_rules,
    check_header_rules,
)
from integra_protocol.officers import certify
from protocol_entries import (
    EAST,
    EAST_ORIGIN,
    NORTH,
    OFFICER_KEY,
    ORIGIN,
    REQ_KEY,
    WEST,
    make_body,
    make_header,
    sealed_header,
)

ALL_CAPS = frozenset({"alert", "practice", "summary", "handover", "match"})
STAR = ("*",)
ID = {"id": "urn:1", "version": 1}
EDITION = ID | {"status": "published"}
THEIR_REVIEW = ID | {"ref": f"{EAST}~1~1"}
OWN_REVIEW = ID | {"ref": f"{NORTH}~1~1"}
DISCLOSURE = {"other_basis": []}
OWN = {"o": ORIGIN, "i": 3}
THEIRS = {"o": EAST_ORIGIN, "i": 3}
REPLY = OWN | {"step": "accepted", "n": 1}
OFFICER = certify(NORTH, "4711", "supervisor", OFFICER_KEY)


def judge(
    kind: str,
    data: dict[str, object],
    *,
    audience: tuple[str, ...] = STAR,
    sealed: bool = False,
    signed: bool = False,
    caps: frozenset[str] = ALL_CAPS,
    recipient_caps: frozenset[str] = ALL_CAPS,
    **changes: object,
) -> str:
    """Return "ok", or the error's ``why`` or code, of both checks as a reader makes them."""
    header = header_of(kind, audience, sealed=sealed, **changes)
    content, _ = make_body(kind, data, audience=audience, signed=signed)
    try:
        check_header_rules(header, caps.__contains__)
        check_content_rules(
            header,
            content,
            has_cap=caps.__contains__,
            recipient_has_cap=lambda org, cap: org == EAST and cap in recipient_caps,
        )
    except BadBodyError as error:
        return error.why
    except IntegraError as error:
        return error.code
    return "ok"


def header_of(kind: str, audience: tuple[str, ...], *, sealed: bool, **changes: object) -> Header:
    if sealed:
        return sealed_header(*audience, **changes)
    return make_header(kind=kind, audience=audience, **changes)


def clear(kind: str, data: dict[str, object], **changes: object) -> tuple:
    return kind, data, changes


def sealed(kind: str, data: dict[str, object], **changes: object) -> tuple:
    return kind, data, {"sealed": True, "audience": (EAST,)} | changes


AMBER = ID | {"tlp": "AMBER"}
RED = ID | {"tlp": "RED", "for": ["4711"]}
PART = {"f": bytes(32), "n": 0, "of": 1, "b": b"x"}

GOOD = {
    "practice": clear("practice", EDITION),
    "practice signed": clear("practice", EDITION, signed=True),
    "practice of a second version": clear("practice", EDITION, targets=(6,)),
    "codes": clear("codes", EDITION),
    "review": clear("review", THEIR_REVIEW, signed=True),
    "review of a second version": clear("review", THEIR_REVIEW, signed=True, targets=(6,)),
    "report": clear("remark", THEIR_REVIEW | {"form": "report"}),
    "comment on an own practice": clear("remark", OWN_REVIEW | {"form": "comment"}),
    "question signed": clear("remark", THEIR_REVIEW | {"form": "question"}, signed=True),
    "answer": clear("remark", OWN_REVIEW | {"form": "answer", "to": f"{EAST}~1~2"}),
    "remark of a later form": clear("remark", THEIR_REVIEW | {"form": "poem"}),
    "translation": clear("translation", THEIR_REVIEW | {"language": "fr"}),
    "translation of an own practice": clear("translation", OWN_REVIEW | {"language": "fr"}),
    "directory": clear("directory", {"units": []}),
    "clear alert": clear("alert", ID | {"tlp": "CLEAR"}, signed=True),
    "green alert": clear("alert", ID | {"tlp": "GREEN"}, signed=True),
    "amber alert": sealed("alert", AMBER, audience=(EAST, WEST), signed=True),
    "strict alert": sealed("alert", ID | {"tlp": "AMBER+STRICT"}, signed=True),
    "red alert": sealed("alert", RED, signed=True),
    "clear feedback": clear("alert-feedback", THEIRS | {"what": "seen"}),
    "sealed feedback": sealed("alert-feedback", THEIRS | {"what": "false"}),
    "summary": sealed("summary", DISCLOSURE, signed=True),
    "handover": sealed("handover", DISCLOSURE, signed=True),
    "reply of the first issuer": sealed("reply", REPLY, signed=True),
    "reply of the recipient": sealed("reply", REPLY | THEIRS, signed=True, caps=frozenset()),
    "receipt": sealed("receipt", THEIRS | {"what": "erased"}),
    "receipt signed": sealed("receipt", THEIRS | {"what": "erased"}, signed=True),
    "clear part": clear("part", PART),
    "sealed part": sealed("part", PART, audience=(EAST, WEST)),
    "officer": clear("officer", OFFICER),
    "officer-rev": clear("officer-rev", {"id": "4711", "why": "left"}),
    "erase for everyone": clear("erase", {"o": ORIGIN, "why": "wrong"}, targets=(1, 2)),
    "erase for some": clear("erase", {"o": ORIGIN}, targets=(1,), audience=(EAST, WEST)),
    "erase in an earlier epoch": clear(
        "erase", {"o": ORIGIN}, targets=(99,), origin=f"{NORTH}/log/2"
    ),
    "ack": clear("ack", THEIRS, audience=(EAST,)),
    "audit": sealed("audit", {"count": 1}),
    "clear unknown": clear("poem", {}, caps=frozenset()),
    "sealed unknown": sealed("poem", {}, caps=frozenset(), signed=True),
}
BAD = {
    "practice to some": (clear("practice", EDITION, audience=(EAST,)), "bad-form"),
    "practice sealed": (sealed("practice", EDITION), "bad-form"),
    "practice over two": (clear("practice", EDITION, targets=(1, 2)), "bad-form"),
    "practice over itself": (clear("practice", EDITION, targets=(7,)), "bad-form"),
    "practice without cap": (clear("practice", EDITION, caps=frozenset({"alert"})), "no_role"),
    "practice as draft": (clear("practice", EDITION | {"status": "draft"}), "bad-data"),
    "codes without cap": (clear("codes", EDITION, caps=frozenset()), "no_role"),
    "review unsigned": (clear("review", THEIR_REVIEW), "bad-officer"),
    "review of an own practice": (clear("review", OWN_REVIEW, signed=True), "bad-data"),
    "review without cap": (clear("review", THEIR_REVIEW, signed=True, caps=frozenset()), "no_role"),
    "review over two": (clear("review", THEIR_REVIEW, signed=True, targets=(1, 2)), "bad-form"),
    "report on an own practice": (clear("remark", OWN_REVIEW | {"form": "report"}), "bad-data"),
    "question to oneself": (clear("remark", OWN_REVIEW | {"form": "question"}), "bad-data"),
    "answer for another": (
        clear("remark", THEIR_REVIEW | {"form": "answer", "to": f"{EAST}~1~2"}),
        "bad-data",
    ),
    "remark to some": (
        clear("remark", THEIR_REVIEW | {"form": "comment"}, audience=(EAST,)),
        "bad-form",
    ),
    "remark sealed": (sealed("remark", THEIR_REVIEW | {"form": "comment"}), "bad-form"),
    "translation without cap": (
        clear("translation", THEIR_REVIEW | {"language": "fr"}, caps=frozenset()),
        "no_role",
    ),
    "review of nothing": (clear("review", {}, signed=True), "bad-data"),
    "directory signed": (clear("directory", {}, signed=True), "bad-officer"),
    "directory sealed": (sealed("directory", {}), "bad-form"),
    "alert unsigned": (clear("alert", ID | {"tlp": "CLEAR"}), "bad-officer"),
    "alert to some in clear": (
        clear("alert", ID | {"tlp": "GREEN"}, audience=(EAST,), signed=True),
        "bad-form",
    ),
    "amber alert in clear": (clear("alert", AMBER, signed=True), "bad-form"),
    "red alert in clear": (clear("alert", RED, signed=True), "bad-form"),
    "green alert sealed": (sealed("alert", ID | {"tlp": "GREEN"}, signed=True), "bad-form"),
    "red alert to two": (sealed("alert", RED, audience=(EAST, WEST), signed=True), "bad-form"),
    "sealed alert over itself": (sealed("alert", AMBER, signed=True, targets=(7,)), "bad-form"),
    "sealed alert without cap": (
        sealed("alert", AMBER, signed=True, caps=frozenset({"practice"})),
        "no_role",
    ),
    "feedback to another": (
        sealed("alert-feedback", THEIRS | {"what": "seen"}, audience=(WEST,)),
        "bad-form",
    ),
    "feedback signed": (
        clear("alert-feedback", THEIRS | {"what": "ack"}, signed=True),
        "bad-officer",
    ),
    "summary in clear": (clear("summary", DISCLOSURE, audience=(EAST,), signed=True), "bad-form"),
    "summary to two": (
        sealed("summary", DISCLOSURE, audience=(EAST, WEST), signed=True),
        "bad-form",
    ),
    "summary unsigned": (sealed("summary", DISCLOSURE), "bad-officer"),
    "summary without cap": (
        sealed("summary", DISCLOSURE, signed=True, caps=frozenset({"handover"})),
        "no_role",
    ),
    "handover in clear": (clear("handover", DISCLOSURE, signed=True), "bad-form"),
    "handover to two": (
        sealed("handover", DISCLOSURE, audience=(EAST, WEST), signed=True),
        "bad-form",
    ),
    "handover to a knowledge node": (
        sealed("handover", DISCLOSURE, signed=True, recipient_caps=frozenset()),
        "no-cap",
    ),
    "handover unsigned": (sealed("handover", DISCLOSURE), "bad-officer"),
    "handover without basis": (sealed("handover", {}, signed=True), "bad-data"),
    "reply in clear": (clear("reply", REPLY, signed=True), "bad-form"),
    "reply unsigned": (sealed("reply", REPLY), "bad-officer"),
    "reply without cap": (sealed("reply", REPLY, signed=True, caps=frozenset()), "no_role"),
    "reply about a third log": (
        sealed("reply", REPLY | {"o": f"{WEST}/log/1"}, signed=True),
        "bad-form",
    ),
    "receipt to another": (
        sealed("receipt", THEIRS | {"what": "erased"}, audience=(WEST,)),
        "bad-form",
    ),
    "receipt in clear": (clear("receipt", THEIRS | {"what": "erased"}), "bad-form"),
    "part signed": (clear("part", PART, signed=True), "bad-officer"),
    "officer to some": (clear("officer", OFFICER, audience=(EAST,)), "bad-form"),
    "officer of another org": (
        clear("officer", certify(EAST, "4711", "supervisor", OFFICER_KEY)),
        "bad-officer",
    ),
    "officer with another key": (
        clear("officer", OFFICER | {"pub": REQ_KEY.public}),
        "bad-officer",
    ),
    "erase of nothing": (clear("erase", {"o": ORIGIN}), "bad-form"),
    "erase of later entries": (clear("erase", {"o": ORIGIN}, targets=(7,)), "bad-form"),
    "erase of another's entries": (clear("erase", {"o": EAST_ORIGIN}, targets=(1,)), "bad-data"),
    "erase in a later epoch": (
        clear("erase", {"o": f"{NORTH}/log/2"}, targets=(1,)),
        "bad-data",
    ),
    "erase with a reason for some": (
        clear("erase", {"o": ORIGIN, "why": "x"}, targets=(1,), audience=(EAST,)),
        "bad-data",
    ),
    "erase sealed": (sealed("erase", {"o": ORIGIN}, targets=(1,)), "bad-form"),
    "ack to everyone": (clear("ack", THEIRS), "bad-form"),
    "ack to another": (clear("ack", THEIRS, audience=(WEST,)), "bad-form"),
    "audit without cap": (sealed("audit", {}, caps=frozenset()), "no_role"),
    "files of the wrong form": (clear("directory", {"files": {}}), "bad-data"),
}


@pytest.mark.parametrize("kind, data, changes", GOOD.values(), ids=GOOD.keys())
def test_a_rule_is_kept_by(kind, data, changes) -> None:
    assert judge(kind, data, **changes) == "ok"


@pytest.mark.parametrize("case, verdict", BAD.values(), ids=BAD.keys())
def test_a_rule_is_broken_by(case, verdict) -> None:
    kind, data, changes = case
    assert judge(kind, data, **changes) == verdict


@pytest.mark.parametrize("step", sorted(MACHINE_STEPS | OFFICER_STEPS))
def test_an_officer_signs_every_step_that_no_machine_makes(step) -> None:
    data = REPLY | {"step": step, "why": "bad-seal"}
    assert judge("reply", data, sealed=True, audience=(EAST,), signed=True) == "ok"
    unsigned = judge("reply", data, sealed=True, audience=(EAST,))
    assert unsigned == ("ok" if step in MACHINE_STEPS else "bad-officer")


def test_every_kind_of_the_table_has_a_good_case() -> None:
    assert {kind for kind, _, _ in GOOD.values()} - {"poem"} == KINDS.keys()


def test_forms_are_as_the_specification_says() -> None:
    forms = {form: {k for k, rule in KINDS.items() if rule.form == form} for form in FORMS}
    assert forms == FORMS


FORMS = {
    "clear": {
        "practice", "codes", "review", "remark", "translation", "directory", "officer",
        "officer-rev", "erase", "ack",
    },
    "sealed": {"summary", "handover", "reply", "receipt", "audit"},
    "either": {"alert", "alert-feedback", "part"},
}  # fmt: skip


def test_what_must_stay_is_not_erasable() -> None:
    assert KINDS.keys() > NOT_ERASABLE


@pytest.mark.parametrize("kind", sorted(k for k, rule in KINDS.items() if rule.form == "sealed"))
def test_a_header_alone_convicts_a_sealed_kind_that_travels_clear(kind) -> None:
    with pytest.raises(BadBodyError) as caught:
        check_header_rules(make_header(kind=kind, audience=(EAST,)), ALL_CAPS.__contains__)
    assert caught.value.why == "bad-form"


def test_a_sealed_header_hides_its_kind_from_everyone() -> None:
    check_header_rules(sealed_header(EAST), frozenset().__contains__)


def test_a_clear_content_of_another_kind_than_its_header_is_refused() -> None:
    content, _ = make_body("directory", {})
    with pytest.raises(BadBodyError) as caught:
        check_content_rules(
            make_header(kind="poem"),
            content,
            has_cap=ALL_CAPS.__contains__,
            recipient_has_cap=lambda _org, _cap: True,
        )
    assert caught.value.why == "bad-form"


@given(
    st.sampled_from(sorted(KINDS)),
    st.sampled_from([data for _, data, _ in GOOD.values()]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([(EAST,), (EAST, WEST), STAR]),
    st.sets(st.sampled_from(sorted(ALL_CAPS))),
)
def test_any_mixture_is_judged(kind, data, is_sealed, signed, audience, caps) -> None:
    if is_sealed and audience == STAR:
        audience = (EAST,)
    verdict = judge(
        kind, data, sealed=is_sealed, signed=signed, audience=audience, caps=frozenset(caps)
    )
    assert verdict in {"ok", "bad-form", "bad-data", "bad-officer", "no-cap", "no_role"}
