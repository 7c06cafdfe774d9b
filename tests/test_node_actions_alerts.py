from dataclasses import replace

import pytest

from alert_agencies import (
    BIAS,
    CANARY,
    PIN,
    amber,
    body,
    clear,
    draft,
    listed,
    make_three,
    one_agency,
    publish,
    read,
    red,
    retract,
    send,
    supersede,
)
from handover_pair import sync, take_batch
from integra_node.actions import (
    alert_answers,
    alert_drafts,
    alert_reading,
    alerts,
    alerts_received,
    erasure,
    expiry,
    indexing,
    officers,
)
from integra_node.actions.changed import PreconditionFailedError
from integra_node.rules.alert import AlertState, AlertStateError
from integra_node.rules.alert_draft import parse_draft
from integra_node.rules.permissions import SecondPersonError
from integra_node.rules.problems import InvalidFieldsError
from integra_node.store import alerts as alert_rows
from integra_node.store import audit, publications
from integra_node.store.alerts import TO_ACKNOWLEDGE, UNREAD
from integra_protocol.errors import NotAllowedError, NotFoundError
from members import NOW

DAY = 86_400


@pytest.fixture
def pt(database, tmp_path):
    return one_agency(database, tmp_path)


@pytest.fixture
def three(tmp_path):
    agencies = make_three(tmp_path)
    sync(*agencies)  # certificates of the officers
    yield agencies
    for agency in agencies:
        agency.database.close()


def ops(agency, op):
    wanted = audit.AuditFilter(op=op)
    return agency.read(lambda tx: audit.page(tx, wanted))


# ------------------------------------------------------------------ writing


def test_a_draft_is_sealed_at_rest_whatever_its_label(pt):
    made = draft(pt)
    row = pt.read(lambda tx: alert_drafts.drafts.find(tx, made.row.id))
    assert row.title == ""
    assert CANARY.encode() not in row.body
    assert made.draft.alert.title["en"] == f"{CANARY} title"


def test_the_same_source_makes_one_draft_however_often_it_is_taken_in(pt):
    first = draft(pt, source_id="library/1")
    again = draft(pt, text=body(title={"en": "Another text"}), source_id="library/1")
    assert again.row.id == first.row.id
    assert len(pt.read(lambda tx: alert_drafts.list_for_operator(tx, limit=10))) == 1


def test_a_reader_cannot_write(pt):
    with pytest.raises(NotAllowedError):
        draft(pt, "rui")


def test_only_the_author_changes_a_draft(pt):
    made = draft(pt)
    with pytest.raises(NotAllowedError) as refused:
        _edit(pt, made.row.id, "bea")
    assert refused.value.code == "not_author"


def test_whoever_changes_an_imported_draft_first_becomes_its_author(pt):
    entered = parse_draft(body())
    made = pt.write(
        lambda tx: alert_drafts.create_as_operator(
            tx, pt.us, entered, source_id="x", actor="operator", now=NOW
        )
    )
    after = _edit(pt, made.row.id, "bea")
    assert after.row.author_id == pt.people["bea"].account_id
    with pytest.raises(SecondPersonError):
        clear(pt, made.row.id, "bea")


def test_an_edit_with_an_old_etag_is_refused(pt):
    made = draft(pt)
    _edit(pt, made.row.id, "ana", etag=1)
    with pytest.raises(PreconditionFailedError):
        _edit(pt, made.row.id, "ana", etag=1)


def test_an_edit_takes_the_clearance_back(pt):
    made = draft(pt)
    clear(pt, made.row.id)
    after = _edit(pt, made.row.id, "ana")
    assert after.state is AlertState.DRAFT
    assert after.row.second_id is None
    assert dict(after.draft.bias) == {}


def test_the_author_cannot_clear(pt):
    made = draft(pt)
    with pytest.raises(SecondPersonError):
        clear(pt, made.row.id, "ana")


def test_each_bias_question_must_be_answered(pt):
    made = draft(pt)
    with pytest.raises(InvalidFieldsError) as refused:
        clear(pt, made.row.id, answers={**BIAS, "who_could_be_harmed": " no "})
    assert [(p.path, p.code) for p in refused.value.problems] == [
        ("bias.who_could_be_harmed", "bias_answer_needed")
    ]


def test_an_indicator_without_an_innocent_explanation_is_refused():
    with pytest.raises(InvalidFieldsError):
        parse_draft(body(indicators=[{"seen_as": {"en": "a sign"}}]))


# ------------------------------------------------------------------ publishing


def test_a_draft_that_nobody_cleared_cannot_be_published(pt):
    made = draft(pt)
    with pytest.raises(AlertStateError):
        publish(pt, made.row.id)


def test_a_published_alert_is_signed_and_stands_in_our_log(pt):
    done = send(pt)
    assert done.state is AlertState.PUBLISHED
    view = read(pt, done.ref)
    assert view.officer.startswith("o-")
    assert view.audience == ("*",)
    assert view.status == "current"
    assert view.duty is None


def test_a_signature_needs_a_key_that_still_counts(pt):
    made = draft(pt)
    clear(pt, made.row.id)
    officer, staff = pt.officer("ana", PIN), pt.people["ana"]
    pt.write(
        lambda tx: officers.revoke(tx, pt.us, staff.account_id, why="left", staff=staff, now=NOW)
    )
    with pytest.raises(NotAllowedError) as refused:
        pt.write(
            lambda tx: alerts.publish(tx, pt.us, made.row.id, officer=officer, staff=staff, now=NOW)
        )
    assert refused.value.code == "no_officer_key"


@pytest.mark.parametrize(
    "text,path",
    [
        (body(tlp="AMBER"), "audience"),
        (body(audience=["fr-probation"]), "audience"),
        (amber("nobody-here"), "audience.0"),
        (amber("pt-prison"), "audience"),
        (body(tlp="RED", audience=["fr-probation"]), "readers"),
        (red("fr-probation", "o-unknown"), "readers.0"),
    ],
    ids=["amber for nobody", "green for some", "no member", "ourselves", "no readers", "unknown"],
)
def test_recipients_that_do_not_fit_the_label_stop_the_clearance(pt, text, path):
    made = draft(pt, text=text)
    with pytest.raises(InvalidFieldsError) as refused:
        clear(pt, made.row.id)
    assert path in {p.path for p in refused.value.problems}


def test_publishing_is_in_the_audit_log_without_the_text(pt):
    send(pt)
    rows = [row for row in ops(pt, "disclose") if "published" in row.details]
    assert len(rows) == 1
    assert CANARY not in rows[0].details


# ------------------------------------------------------------------ between members


def test_a_green_alert_reaches_everybody_and_asks_to_be_acknowledged(three):
    pt, fr, uni = three
    done = send(pt)
    sync(*three)
    for agency in (fr, uni):
        (line,) = listed(agency)
        assert line.title == f"{CANARY} title"
        assert line.line.rank == TO_ACKNOWLEDGE
        assert line.line.due_at > NOW
        assert read(agency, done.ref).received.body.severity == "high"


def test_an_amber_alert_is_readable_for_whom_it_names_and_a_bare_leaf_for_others(three):
    pt, fr, uni = three
    done = send(pt, amber("fr-probation"))
    sync(*three)
    assert [line.title for line in listed(fr)] == [f"{CANARY} title"]
    assert listed(uni) == ()
    with pytest.raises(NotFoundError):
        read(uni, done.ref)
    batch = take_batch(pt, uni, start=0)
    assert CANARY.encode() not in b"".join(e.header + (e.blob or b"") for e in batch.entries)


def test_no_word_of_a_sealed_alert_is_on_any_disk_in_clear(three):
    pt, fr, _ = three
    done = send(pt, amber("fr-probation"))
    sync(*three)
    read(fr, done.ref)
    read(pt, done.ref)
    sync(*three)
    for agency in three:
        assert CANARY.encode() not in agency.files()


def test_a_sealed_alert_never_enters_the_index_and_a_clear_one_does(three):
    pt, fr, _ = three
    send(pt, amber("fr-probation"))
    clear_one = send(pt)
    sync(*three)
    batch = fr.read(lambda tx: indexing.documents_after(tx, fr.us, 0, 100))
    assert [d.ref for d in batch.documents if d.kind == "alert"] == [clear_one.ref]


def test_the_issuer_hears_that_a_sealed_alert_was_delivered(three):
    pt, _, _ = three
    done = send(pt, amber("fr-probation"))
    sync(*three)
    assert read(pt, done.ref).answer("fr-probation", "delivered") is not None


def test_reading_a_sealed_alert_is_logged_and_a_clear_one_is_not(three):
    pt, fr, _ = three
    sealed, clear_one = send(pt, amber("fr-probation")), send(pt)
    sync(*three)
    read(fr, clear_one.ref)
    assert ops(fr, "consult") == ()
    read(fr, sealed.ref)
    assert len(ops(fr, "consult")) == 1


def test_red_is_there_for_the_officers_named_and_for_nobody_else(three):
    pt, fr, _ = three
    named = fr.read(lambda tx: officers.state_of(tx, fr.people["ana"].account_id)).key.officer
    fr.people["ana"] = replace(fr.people["ana"], officer_id=named)
    done = send(pt, red("fr-probation", named))
    sync(*three)
    assert [line.tlp for line in listed(fr, "ana")] == ["RED"]
    assert read(fr, done.ref, "ana").received.body is not None
    for other in ("bea", "rui"):
        assert listed(fr, other) == ()
        with pytest.raises(NotFoundError):
            read(fr, done.ref, other)


def test_red_is_never_printed(three):
    pt, fr, _ = three
    named = fr.read(lambda tx: officers.state_of(tx, fr.people["ana"].account_id)).key.officer
    staff = replace(fr.people["ana"], officer_id=named)
    done = send(pt, red("fr-probation", named))
    sync(*three)
    with pytest.raises(NotAllowedError) as refused:
        fr.write(lambda tx: alert_reading.print_out(tx, fr.us, done.ref, staff=staff, now=NOW))
    assert refused.value.code == "red_not_printed"


def test_red_for_nobody_active_is_answered_with_bad_body(three):
    pt, fr, _ = three
    named = fr.read(lambda tx: officers.state_of(tx, fr.people["ana"].account_id)).key.officer
    staff = fr.people["ana"]
    fr.write(
        lambda tx: officers.revoke(tx, fr.us, staff.account_id, why="left", staff=staff, now=NOW)
    )
    done = send(pt, red("fr-probation", named))
    sync(*three)
    assert read(pt, done.ref, "ana").answer("fr-probation", "bad-body") is not None
    assert listed(fr, "ana") == ()


def test_an_acknowledgement_reaches_the_issuer_once(three):
    pt, fr, _ = three
    done = send(pt, amber("fr-probation"))
    sync(*three)
    first = _acknowledge(fr, done.ref, "ana")
    again = _acknowledge(fr, done.ref, "bea")
    assert again == first
    sync(*three)
    answer = read(pt, done.ref).answer("fr-probation", "ack")
    assert (answer.org, answer.account_id) == ("fr-probation", None)
    assert listed(fr)[0].line.rank == UNREAD


def test_the_acknowledgement_of_a_sealed_alert_is_sealed_to_its_issuer(three):
    pt, fr, uni = three
    done = send(pt, amber("fr-probation", "it-university"))
    sync(*three)
    _acknowledge(fr, done.ref, "ana")
    sync(*three)
    assert read(pt, done.ref).answer("fr-probation", "ack") is not None
    assert read(uni, done.ref).answer("fr-probation", "ack") is None


def test_our_own_alert_is_not_acknowledged_by_us(pt):
    done = send(pt)
    with pytest.raises(alert_answers.OwnAlertError):
        _acknowledge(pt, done.ref, "bea")


def test_a_reader_cannot_acknowledge(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    with pytest.raises(NotAllowedError):
        _acknowledge(fr, done.ref, "rui")


def test_the_last_word_of_feedback_counts(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    for what in ("not-seen", "seen", "not-seen"):
        fr.now += 60
        _feedback(fr, done.ref, what)
        sync(*three)
        pt.now = fr.now
    words = ("seen", "not-seen", "false")
    assert read(pt, done.ref).answer("fr-probation", *words).what == "not-seen"


def test_feedback_of_an_organisation_that_was_not_told_is_ignored(three):
    pt, _, uni = three
    done = send(pt, amber("fr-probation"))
    sync(*three)
    found = pt.read(lambda tx: publications.find(tx, pt.us.origin, done.row.idx))
    forged = alert_answers.NewEntry(
        kind="alert-feedback",
        data={"o": pt.us.origin, "i": done.row.idx, "what": "false"},
        audience=("*",),
        retention_end=NOW + DAY,
    )
    uni.write(lambda tx: alert_answers.append(tx, uni.us, forged, now=NOW))
    sync(*three)
    said = pt.read(lambda tx: alert_rows.answers_to(tx, found.publication.log_id, done.row.idx))
    assert {one.org for one in said} == {"fr-probation"}


# ------------------------------------------------------------------ versions


def test_a_new_version_replaces_the_old_one_everywhere(three):
    pt, fr, _ = three
    first = send(pt)
    sync(*three)
    second = supersede(pt, first.row.id, body(title={"en": "A better title"}))
    sync(*three)
    assert [line.title for line in listed(fr)] == ["A better title"]
    assert second.row.version == 2
    assert read(fr, first.ref).status == "superseded"
    assert read(fr, first.ref).newest.ref == second.ref


def test_the_entry_names_the_version_that_it_follows(three):
    pt, _, _ = three
    first = send(pt, amber("fr-probation"))
    second = supersede(pt, first.row.id, amber("fr-probation"))
    wider = supersede(pt, first.row.id, amber("fr-probation", "it-university"))
    headers = {
        one.ref: alerts.opening.parse_header(
            pt.read(lambda tx, one=one: publications.find(tx, pt.us.origin, one.row.idx)).header
        )
        for one in (second, wider)
    }
    assert headers[second.ref].targets == (first.row.idx,)
    # It would name an entry that it-university may not know of (docs/protocol.md section 4).
    assert headers[wider.ref].targets == ()


def test_nobody_who_got_the_last_version_may_be_left_out_of_the_next(three):
    pt, _, _ = three
    first = send(pt, amber("fr-probation", "it-university"))
    with pytest.raises(InvalidFieldsError) as refused:
        supersede(pt, first.row.id, amber("fr-probation"))
    assert {p.code for p in refused.value.problems} == {"audience_shrinks"}


def test_a_retraction_replaces_the_body_and_keeps_the_reason(three):
    pt, fr, _ = three
    done = send(pt, amber("fr-probation"))
    sync(*three)
    taken = retract(pt, done.row.id, "It was wrong: the sign is a football club.")
    sync(*three)
    view = read(fr, taken.ref)
    assert view.received.body is None
    assert view.reason == "It was wrong: the sign is a football club."
    old = read(fr, done.ref)
    assert old.received.body is None
    assert old.reason == view.reason
    assert [(line.title, line.status) for line in listed(fr)] == [("", "retracted")]


def test_a_retraction_needs_a_reason(pt):
    done = send(pt)
    with pytest.raises(InvalidFieldsError):
        retract(pt, done.row.id, "  ")


def test_what_was_never_published_cannot_be_retracted(pt):
    made = draft(pt)
    with pytest.raises(AlertStateError):
        retract(pt, made.row.id, "no")


def test_a_published_version_can_be_retracted_while_its_successor_is_written(pt):
    done = send(pt)
    pt.write(
        lambda tx: alerts.begin_version(tx, pt.us, done.row.id, staff=pt.people["ana"], now=pt.now)
    )
    after = retract(pt, done.row.id, "It was wrong.")
    assert after.state is AlertState.RETRACTED
    assert read(pt, after.ref).received.version == 2


def test_the_newest_index_decides_and_not_the_version_that_is_claimed(three):
    pt, fr, _ = three
    first = send(pt)
    again = supersede(pt, first.row.id, body(title={"en": "Newer"}))
    incoming = _incoming(pt, fr, first), _incoming(pt, fr, again)
    sync(*three)
    for one in reversed(incoming):  # applied again, the newest first
        fr.write(lambda tx, one=one: alerts_received.apply_alerts(tx, fr.us, [one(tx)]))
    assert [line.ref for line in listed(fr)] == [again.ref]


def test_an_alert_expires_at_the_end_of_its_last_day(three):
    pt, fr, _ = three
    done = send(pt)
    sync(*three)
    last_day = 1_796_083_200  # the end of 2026-11-30, UTC
    assert fr.write(lambda tx: expiry.expire(tx, now=last_day - 1)) == 0
    assert fr.write(lambda tx: expiry.expire(tx, now=last_day)) == 1
    assert listed(fr) == ()
    assert read(fr, done.ref).status == "expired"


def test_a_draft_that_nobody_touched_for_90_days_is_destroyed_and_a_published_one_is_not(pt):
    made, done = draft(pt), send(pt)
    assert pt.write(lambda tx: expiry.drop_old_drafts(tx, now=NOW + 90 * DAY)) == 0
    assert pt.write(lambda tx: expiry.drop_old_drafts(tx, now=NOW + 90 * DAY + 1)) == 1
    with pytest.raises(NotFoundError):
        pt.read(lambda tx: alert_drafts.find(tx, pt.us, made.row.id))
    assert pt.read(lambda tx: alert_drafts.find(tx, pt.us, done.row.id)).row.id == done.row.id


def test_an_erased_alert_leaves_nothing_to_read(three):
    pt, fr, _ = three
    done = send(pt, amber("fr-probation"))
    sync(*three)
    pt.write(lambda tx: erasure.erase(tx, pt.us, [done.row.idx], actor="x", now=NOW))
    sync(*three)
    assert listed(fr) == ()
    with pytest.raises(NotFoundError):
        read(fr, done.ref)
    with pytest.raises(NotFoundError):
        pt.read(lambda tx: alert_drafts.find(tx, pt.us, done.row.id))


def _edit(agency, alert_id, username, etag=None):
    entered = parse_draft(body(title={"en": "Changed"}))
    staff = agency.people[username]
    return agency.write(
        lambda tx: alert_drafts.edit(
            tx, agency.us, alert_id, entered, etag=etag, staff=staff, now=agency.now
        )
    )


def _acknowledge(agency, ref, username):
    staff = agency.people[username]
    return agency.write(
        lambda tx: alert_answers.acknowledge(tx, agency.us, ref, staff=staff, now=agency.now)
    )


def _feedback(agency, ref, what):
    staff = agency.people["ana"]
    return agency.write(
        lambda tx: alert_answers.give_feedback(
            tx, agency.us, ref, what, staff=staff, now=agency.now
        )
    )


def _incoming(source, target, own):
    def at(tx):
        header, content, _ = alerts.opening.read_stored(
            tx, target.us, source.us.origin, own.row.idx
        )
        held = alerts.opening.log.get(tx, source.us.origin)
        return alerts.Incoming(
            log_id=held.id,
            origin=source.us.origin,
            org=source.us.org,
            header=header,
            content=content,
            subject_id=None,
            now=NOW,
        )

    return at
