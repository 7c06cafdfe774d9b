"""Does a hostile body give a trusted value or BadBodyError, and nothing else?"""

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzzing import mutations
from integra_node.rules import alert, notice, practice
from integra_node.rules.deadlines import Circumstances, decision_clock
from integra_node.rules.notice_checks import RecipientInfo, problems_before_submit
from integra_node.rules.permissions import Profile
from integra_node.rules.problems import InvalidFieldsError
from integra_node.rules.retention import notice_end
from integra_protocol.canonical import decode_map, encode
from integra_protocol.errors import BadBodyError, ProtocolError
from integra_protocol.limits import MAX_DATA_BYTES

BODIES = Path(__file__).parent / "data/bodies"


def example(name):
    return json.loads((BODIES / f"{name}.json").read_text("utf-8"))


KINDS = {
    "practice": (
        practice.from_wire,
        practice.parse_practice,
        practice.to_wire(practice.parse_practice(example("practice")), "p", 1),
    ),
    "alert": (
        alert.from_wire,
        alert.parse_alert,
        alert.to_wire(alert.parse_alert(example("alert")), "a", 1),
    ),
    "handover": (
        notice.from_wire,
        notice.parse_notice,
        notice.to_wire(notice.parse_notice(example("handover")), "h", 1),
    ),
}
TODAY = date(2026, 11, 23)
WIRE_ONLY = {
    "practice": {"id", "version", "status"},
    "alert": {"id", "version", "status"},
    "handover": {"id", "version", "tlp", "other_basis"},
}
RECIPIENT = RecipientInfo(org="fr-probation", profile=Profile.CASEWORK, regime="GDPR")


def check_notice(body):
    problems_before_submit(body, TODAY, RECIPIENT)
    notice.envelope_of(body)
    circumstances = Circumstances(
        urgency=body.env.urgency,
        instruments=tuple(basis.code for basis in body.env.legal_basis),
        release_on=notice.release_day(body),
        procedure_received_on=None,
        zone=UTC,
    )
    decision_clock(datetime(2026, 11, 23, tzinfo=UTC), circumstances)
    notice_end(notice.supervision_end(body), body.env.valid_until, 1_795_424_400)


CHECKS = {
    "practice": practice.problems_before_submit,
    "alert": lambda body: alert.problems_before_publish(body, {}, TODAY),
    "handover": check_notice,
}
SCALARS = (
    st.none() | st.integers(0, 2**64 - 1) | st.text(max_size=30) | st.binary(max_size=30)
    | st.sampled_from(["2026-02-30", "9999-12-31", "\u202e", "*", "TLP:RED", "1e9", "0001-01-01"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def places(value, path=()):
    """Yield the path of every place in a wire value."""
    yield path
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    head, *rest = path
    if isinstance(value, dict):
        return {k: replaced(v, rest, new) if k == head else v for k, v in value.items()}
    return [replaced(v, rest, new) if n == head else v for n, v in enumerate(value)]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_one_wrong_value_anywhere_is_taken_or_is_a_bad_body(kind, data):
    from_wire, parse, wire = KINDS[kind]
    path = data.draw(st.sampled_from([path for path in places(wire) if path]))
    hostile = replaced(wire, path, data.draw(VALUES))
    with suppress(BadBodyError):
        assert from_wire(hostile).id == hostile["id"]
    entered = {key: value for key, value in hostile.items() if key not in WIRE_ONLY[kind]}
    with suppress(InvalidFieldsError):
        CHECKS[kind](parse(entered))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=50, deadline=None)
@given(hostile=st.dictionaries(st.text(max_size=10), VALUES, max_size=6))
def test_any_map_is_taken_or_is_a_bad_body(kind, hostile):
    from_wire, parse, _ = KINDS[kind]
    with pytest.raises(BadBodyError):
        from_wire(hostile)
    with pytest.raises(InvalidFieldsError):
        parse(hostile)


@pytest.mark.parametrize("kind", KINDS)
def test_broken_bytes_are_taken_or_refused(kind):
    from_wire, _, wire = KINDS[kind]
    for data in mutations([encode(wire)]):
        try:
            from_wire(decode_map(data, max_bytes=MAX_DATA_BYTES))
        except ProtocolError:
            continue


@pytest.mark.parametrize("kind", KINDS)
def test_every_body_cut_short_by_one_field_is_taken_or_refused(kind):
    from_wire, _, wire = KINDS[kind]
    for path in places(wire):
        if not path:
            continue
        try:
            from_wire(replaced(wire, path, None))
        except BadBodyError:
            continue
