"""A handover between two agencies, from draft to end, and everything that must not happen on the way."""

import pytest

from handover_pair import (
    CANARY,
    PIN,
    envelope,
    give,
    make_pair,
    notice_body,
    send,
    sync,
    take_batch,
)
from integra_node.actions import erasure, handover_views, handovers_ended
from integra_node.actions.changed import PreconditionFailedError
from integra_node.actions.handovers import copy, create, edit, read_entered
from integra_node.rules.handover import HandoverStateError, PinNeededError, ReasonNeededError
from integra_node.rules.permissions import SecondPersonError
from integra_node.rules.problems import InvalidFieldsError
from integra_node.store import audit, handovers, log
from integra_node.store.audit import AuditFilter
from integra_protocol.errors import IntegraError, NotAllowedError, NotFoundError


@pytest.fixture
def pair(tmp_path):
    a, b = make_pair(tmp_path)
    yield a, b
    a.database.close()
    b.database.close()


def view(agency, handover_id, username):
    staff = agency.people[username]
    return agency.read(
        lambda tx: handover_views.view(tx, agency.us, handover_id, staff=staff, now=agency.now)
    )


def read(agency, handover_id, username, reason=""):
    staff = agency.people[username]
    return agency.write(
        lambda tx: handover_views.read_notice(
            tx, agency.us, handover_id, staff=staff, now=agency.now, reason=reason
        )
    )


def audited(agency, op):
    return agency.read(lambda tx: audit.page(tx, AuditFilter(op=op), limit=50))


def test_a_notice_goes_all_the_way_and_both_sides_agree(pair):
    a, b = pair
    sent, received = send(a, b)
    assert (a.find(sent).state, b.find(received).state) == ("delivered", "delivered")
    b.do(received, "acknowledge", "duty", pin=PIN, owner="author")
    sync(a, b)
    assert a.find(sent).state == "acknowledged"
    b.do(received, "review", "author", reason="my_caseload")
    sync(a, b)
    assert a.find(sent).state == "under_review"
    assert read(b, received, "author").subj.identity.family == f"{CANARY}-family"
    b.do(received, "accept", "author", pin=PIN)
    sync(a, b)
    assert (a.find(sent).state, b.find(received).state) == ("accepted", "accepted")
    b.do(received, "close", "head", pin=PIN)
    sync(a, b)
    assert (a.find(sent).state, b.find(received).state) == ("closed", "closed")
    steps = view(a, sent, "author").timeline
    assert [s.step.event for s in steps] == [
        "submit", "approve", "send", "deliver", "acknowledge", "review", "accept", "close",
    ]  # fmt: skip
    assert all(s.applied for s in steps)
    assert all(s.signed for s in steps if s.step.idx is not None)


def test_what_arrives_shows_its_envelope_and_not_the_person(pair):
    a, b = pair
    _, received = send(a, b)
    row = b.find(received)
    assert envelope(row)["env"]["recipient"]["unit"] == "toulouse"
    assert CANARY not in row.envelope
    with pytest.raises(HandoverStateError):
        read(b, received, "author")
    with pytest.raises(NotAllowedError):
        read(b, received, "duty")
    assert view(b, received, "duty").may_open is False


def test_nothing_of_the_notice_is_readable_in_the_files_of_either_side(pair):
    a, b = pair
    row = a.draft("author", reference=f"{CANARY}-case")
    assert CANARY.encode() not in a.files()
    a.do(row.id, "submit", "author")
    a.do(row.id, "return", "head", reason="incomplete", text=f"{CANARY}-why")
    a.do(row.id, "submit", "author")
    a.do(row.id, "approve", "head")
    a.do(row.id, "send", "author", pin=PIN)
    sync(a, b)
    received = b.inbox()[0].id
    b.do(received, "acknowledge", "duty", pin=PIN)
    b.do(received, "review", "author", reason="my_caseload")
    read(b, received, "author")
    b.do(received, "refuse", "author", pin=PIN, reason="other", text=f"{CANARY}-r", ground="NOT_US")
    sync(a, b)
    assert CANARY.encode() not in a.files()
    assert CANARY.encode() not in b.files()
    last = view(a, row.id, "author").timeline[-1]
    assert (last.words.ground, last.words.text) == ("NOT_US", f"{CANARY}-r")


def test_the_author_cannot_approve_even_with_both_roles(pair):
    a, _ = pair
    row = a.draft("author")
    a.do(row.id, "submit", "author")
    author = a.people["author"]
    both = type(author)(
        account_id=author.account_id,
        username="author",
        roles=author.roles | a.people["head"].roles,
        profile=author.profile,
    )
    a.people["both"] = both
    with pytest.raises(SecondPersonError):
        a.do(row.id, "approve", "both")


def test_without_a_pin_nothing_is_signed_and_nothing_moves(pair):
    a, _ = pair
    row = a.draft("author")
    a.do(row.id, "submit", "author")
    a.do(row.id, "approve", "head")
    size = a.read(lambda tx: log.get(tx, a.us.origin).size)
    with pytest.raises(PinNeededError):
        a.do(row.id, "send", "author")
    assert a.find(row.id).state == "approved"
    assert a.read(lambda tx: log.get(tx, a.us.origin).size) == size


def test_another_officers_key_signs_nothing_for_me(pair):
    a, _ = pair
    row = a.draft("author")
    a.do(row.id, "submit", "author")
    a.do(row.id, "approve", "head")
    foreign = a.officer("head")
    with pytest.raises(IntegraError) as caught:
        a.write(lambda tx: _send_with(tx, a, row.id, foreign))
    assert caught.value.code == "no_officer_key"


def _send_with(tx, agency, handover_id, officer):
    from integra_node.actions.handover_steps import Given, act
    from integra_node.rules.handover import Event

    return act(
        tx, agency.us, handover_id, Event.SEND, Given(),
        staff=agency.people["author"], now=agency.now, officer=officer,
    )  # fmt: skip


def test_a_notice_with_gaps_is_not_submitted(pair):
    a, _ = pair
    body = notice_body()
    del body["voice"], body["plan"]
    row = a.draft("author", body)
    with pytest.raises(InvalidFieldsError) as caught:
        a.do(row.id, "submit", "author")
    assert {p.code for p in caught.value.problems} >= {"voice_needed", "goals_needed"}
    assert {p.code for p in view(a, row.id, "author").problems} >= {"voice_needed"}


def test_a_knowledge_node_gets_no_notice(pair):
    a, _ = pair
    body = notice_body()
    body["env"] = {**body["env"], "recipient": {"org": "it-university"}}
    row = a.draft("author", body)
    with pytest.raises(InvalidFieldsError) as caught:
        a.do(row.id, "submit", "author")
    assert "recipient_not_casework" in {p.code for p in caught.value.problems}


def test_a_draft_is_its_authors_alone(pair):
    a, _ = pair
    row = a.draft("author")
    for other in ("colleague", "head", "duty"):
        with pytest.raises((NotFoundError, NotAllowedError)):
            view(a, row.id, other)
        with pytest.raises((NotFoundError, NotAllowedError)):
            a.do(row.id, "submit", other)
    listed = a.read(
        lambda tx: handover_views.list_box(tx, a.us, "draft", staff=a.people["colleague"])
    )
    assert listed.lines == ()


def test_an_edit_needs_the_etag_of_what_was_read(pair):
    a, _ = pair
    row = a.draft("author")
    entered = read_entered(notice_body(), "other")
    staff = a.people["author"]
    changed = a.write(
        lambda tx: edit(tx, a.us, row.id, entered, etag=row.etag, staff=staff, now=a.now)
    )
    assert changed.etag == row.etag + 1
    with pytest.raises(PreconditionFailedError):
        a.write(lambda tx: edit(tx, a.us, row.id, entered, etag=row.etag, staff=staff, now=a.now))
    a.do(row.id, "submit", "author")
    etag = a.find(row.id).etag
    with pytest.raises(HandoverStateError):
        a.write(lambda tx: edit(tx, a.us, row.id, entered, etag=etag, staff=staff, now=a.now))


def test_a_batch_that_comes_twice_changes_nothing(pair):
    a, b = pair
    row = a.draft("author")
    a.do(row.id, "submit", "author")
    a.do(row.id, "approve", "head")
    a.do(row.id, "send", "author", pin=PIN)
    batch = take_batch(a, b)
    give(batch, a, b)
    before = (b.inbox(), b.read(lambda tx: log.get(tx, b.us.origin).size))
    give(batch, a, b)
    assert (b.inbox(), b.read(lambda tx: log.get(tx, b.us.origin).size)) == before
    steps = b.read(lambda tx: handovers.steps_of(tx, b.inbox()[0].id))
    assert [s.event for s in steps] == ["deliver"]
    assert steps[0].idx is not None


def test_what_is_misdirected_is_deleted_unread(pair):
    a, b = pair
    sent, received = send(a, b)
    with pytest.raises(ReasonNeededError):
        b.do(received, "misdirect", "duty", pin=PIN)
    b.do(received, "misdirect", "duty", pin=PIN, reason="misdirected")
    row = b.find(received)
    held = b.read(lambda tx: log.get(tx, row.origin))
    entry = b.read(lambda tx: log.find_entry(tx, held.id, row.idx))
    assert (entry.blob, entry.state) == (None, 1)
    assert view(b, received, "duty").erased
    sync(a, b)
    assert a.find(sent).state == "misdirected"
    again = a.write(lambda tx: copy(tx, a.us, sent, staff=a.people["author"], now=a.now))
    assert (again.state, again.notice_id != a.find(sent).notice_id) == ("draft", True)


def test_a_withdrawal_deletes_what_was_not_opened(pair):
    a, b = pair
    sent, received = send(a, b)
    a.do(sent, "withdraw", "head", pin=PIN, reason="plans_changed")
    sync(a, b)
    assert b.find(received).state == "withdrawn"
    assert view(b, received, "author").erased


def test_a_withdrawal_hides_what_was_opened_until_the_clock_deletes_it(pair):
    a, b = pair
    sent, received = send(a, b)
    b.do(received, "acknowledge", "duty", pin=PIN)
    b.do(received, "review", "author", reason="my_caseload")
    sync(a, b)
    a.do(sent, "withdraw", "head", pin=PIN, reason="plans_changed")
    sync(a, b)
    with pytest.raises(HandoverStateError):
        read(b, received, "author")
    b.now += 31 * 86_400
    assert b.write(lambda tx: handovers_ended.lapse(tx, b.us, now=b.now)) == 1
    assert b.find(received).state == "closed"
    assert view(b, received, "author").erased


def test_steps_that_cross_bring_both_sides_to_the_same_state(pair):
    a, b = pair
    sent, received = send(a, b)
    b.do(received, "acknowledge", "duty", pin=PIN)
    b.do(received, "review", "author", reason="my_caseload")
    sync(a, b)
    b.do(received, "refuse", "author", pin=PIN, reason="other", ground="CAPACITY")
    a.do(sent, "withdraw", "head", pin=PIN, reason="plans_changed")
    sync(a, b)
    assert (a.find(sent).state, b.find(received).state) == ("withdrawn", "withdrawn")
    late = [h for h in view(a, sent, "author").timeline if not h.applied]
    assert [h.step.event for h in late] == ["refuse"]


def test_only_the_owner_decides(pair):
    a, b = pair
    _, received = send(a, b)
    b.do(received, "acknowledge", "duty", pin=PIN, owner="author")
    with pytest.raises(IntegraError) as caught:
        b.do(received, "review", "colleague", reason="my_caseload")
    assert caught.value.code == "not_owner"
    b.do(received, "review", "author", reason="my_caseload")
    with pytest.raises(ReasonNeededError):
        read(b, received, "colleague")
    read(b, received, "colleague", reason="covers for the owner")
    said = [row.justification for row in audited(b, "consult")]
    assert said == ["covers for the owner", "my_caseload"]


def test_the_owner_named_must_be_able_to_own(pair):
    a, b = pair
    _, received = send(a, b)
    for name in ("duty", "nobody"):
        with pytest.raises(InvalidFieldsError):
            b.do(received, "acknowledge", "duty", pin=PIN, owner=name)


def test_the_disclosure_is_in_the_audit_log_without_the_person(pair):
    a, b = pair
    sent, _ = send(a, b)
    (row,) = audited(a, "disclose")
    assert row.object == f"handover:{sent}"
    assert '"recipient":"fr-probation"' in row.details
    assert '"purposes":["EXEC","RESET"]' in row.details
    assert "PROTECT" in row.details
    assert CANARY not in row.details


def test_an_outsiders_step_moves_nothing(pair):
    a, b = pair
    sent, _ = send(a, b)
    from integra_node.actions import handovers_received
    from integra_protocol.bodies import EntryRef, Reply

    row = a.find(sent)
    reply = Reply(
        target=EntryRef(origin=row.origin, index=row.idx), step="refused", number=1, why=None
    )

    class Foreign:
        org, origin, index, now = "it-university", "it-university/log/1", 0, a.now

    assert a.write(lambda tx: handovers_received.apply_step(tx, a.us, Foreign(), reply))
    assert a.find(sent).state == "delivered"


def test_a_withdrawn_draft_leaves_nothing_to_read(pair):
    a, _ = pair
    row = a.draft("author")
    a.do(row.id, "withdraw", "author", reason="person_asked")
    assert (a.find(row.id).body, a.find(row.id).state) == (None, "withdrawn")


def test_old_drafts_are_dropped_with_their_key(pair):
    a, _ = pair
    row = a.draft("author")
    a.now += 91 * 86_400
    assert a.write(lambda tx: handovers_ended.drop_old_drafts(tx, now=a.now)) == 1
    assert (a.find(row.id).subject_id, a.find(row.id).body) == (None, None)


def test_the_clock_has_its_legal_source_and_the_release_caps_it(pair):
    a, b = pair
    _, received = send(a, b)
    clock = view(b, received, "duty").clock
    assert clock.rule.duration == 3
    b.do(received, "acknowledge", "duty", pin=PIN)
    b.do(received, "review", "author", reason="my_caseload")
    clock = view(b, received, "author").clock
    assert clock.rule.source.startswith("Framework Decision 2008/947/JHA")
    assert b.find(received).due_at == int(clock.due_at.timestamp())


def _red(readers):
    body = notice_body()
    body["env"] = {**body["env"], "handling": {"tlp": "RED"}}
    return read_entered(body, "", readers)


def _send_red(a, b, readers):
    staff = a.people["author"]
    row = a.write(lambda tx: create(tx, a.us, _red(readers), staff=staff, now=a.now))
    a.do(row.id, "submit", "author")
    a.do(row.id, "approve", "head")
    a.do(row.id, "send", "author", pin=PIN)
    sync(a, b)
    return row.id


def test_a_red_notice_needs_its_readers_by_name(pair):
    a, _ = pair
    staff = a.people["author"]
    row = a.write(lambda tx: create(tx, a.us, _red([]), staff=staff, now=a.now))
    with pytest.raises(InvalidFieldsError) as caught:
        a.do(row.id, "submit", "author")
    assert [p.code for p in caught.value.problems] == ["red_readers"]


def test_a_red_notice_is_read_by_those_it_names_and_nobody_else(pair):
    a, b = pair
    named = b.officer("colleague").id
    _send_red(a, b, [named])
    received = b.inbox()[0].id
    b.do(received, "acknowledge", "duty", pin=PIN)
    with pytest.raises(NotAllowedError):
        b.do(received, "review", "author", reason="my_caseload")
    b.do(received, "review", "colleague", reason="my_caseload")
    assert read(b, received, "colleague").subj.identity.given == "R."
    with pytest.raises(NotAllowedError):
        read(b, received, "author", reason="covers")


def test_a_red_notice_that_names_nobody_here_is_answered_bad_body(pair):
    a, b = pair
    sent = _send_red(a, b, ["o-000000"])
    assert b.inbox() == ()
    last = view(a, sent, "author").timeline[-1]
    assert (last.step.event, last.words.text) == ("bad-body", "no-reader")
    assert a.find(sent).state == "sent"


def test_when_a_notice_is_erased_the_replies_of_both_sides_follow(pair):
    a, b = pair
    sent, received = send(a, b)
    b.do(received, "acknowledge", "duty", pin=PIN, text=f"{CANARY}-words")
    sync(a, b)
    index = a.find(sent).idx
    a.write(lambda tx: erasure.erase(tx, a.us, [index], actor="dpo", now=a.now))
    sync(a, b)
    assert view(b, received, "duty").erased
    sync(a, b)
    own = b.read(lambda tx: log.get(tx, b.us.origin))
    held = a.read(lambda tx: log.get(tx, b.us.origin))
    for agency, head in ((b, own), (a, held)):
        rows = agency.read(lambda tx, head=head: log.entries_between(tx, head.id, 0, head.size))
        sealed = [row for row in rows if row.kind == "sealed"]
        assert [row.state for row in sealed] == [1, 1]
    assert all(step.words.text is None for step in view(a, sent, "author").timeline)
