"""Practices of our own, from draft to withdrawal, on both databases."""

import json
import logging
from pathlib import Path

import pytest

from integra_node.actions import (
    indexing,
    library,
    practice_adapting,
    practice_drafts,
    practice_imports,
    practice_lists,
    practice_rows,
    practices,
)
from integra_node.actions.changed import PreconditionFailedError
from integra_node.actions.incoming import Incoming
from integra_node.actions.practice_drafts import NotAuthorError
from integra_node.actions.practices_received import apply_practices
from integra_node.actions.publishing import NewEntry, append
from integra_node.rules.permissions import Profile, Role, SecondPersonError
from integra_node.rules.practice import PracticeStateError
from integra_node.rules.problems import InvalidFieldsError
from integra_node.rules.staff import Staff, operator
from integra_node.search.contract import SearchRequest
from integra_node.search.index import WhooshIndex
from integra_node.search.vocabulary import load_vocabulary
from integra_node.store import audit, drafts, log, publications
from integra_protocol.errors import NotAllowedError, NotFoundError, WaitingError
from members import NOW, join, make_us

BODY = json.loads((Path(__file__).parent / "data" / "bodies" / "practice.json").read_text("utf-8"))


def person(name, role=Role.CONTRIBUTOR):
    return Staff(account_id=name, username=name, roles=frozenset({role}), profile=Profile.CASEWORK)


ANA, RUI, LEO = person("ana"), person("rui"), person("leo", Role.READER)


class Office:
    """One organisation with its database: every call is one transaction."""

    def __init__(self, database):
        self.database, self.us = database, make_us()
        join(database, self.us)

    def write(self, act, *args, staff=ANA, now=NOW, **options):
        return self.database.write_now(lambda tx: act(tx, *args, staff=staff, now=now, **options))

    def read(self, act, *args, **options):
        return self.database.read_now(lambda tx: act(tx, *args, **options))

    def create(self, body=BODY, staff=ANA):
        return self.write(practice_drafts.create, self.us, body, staff=staff)

    def handed_in(self, body=BODY):
        return self.write(practice_drafts.submit, self.create(body).id)

    def published(self, body=BODY):
        return self.write(practices.publish, self.us, self.handed_in(body).id, staff=RUI)

    def import_one(self, body, source_id="s", **options):
        return self.database.write_now(
            lambda tx: practice_imports.import_practices(
                tx, self.us, [(source_id, body)], actor="operator", now=NOW, **options
            )
        )[0]

    def batch(self, after=0):
        return self.read(indexing.documents_after, self.us, after, 500)


@pytest.fixture
def office(database):
    return Office(database)


def test_what_is_published_stands_in_the_log_and_in_the_library(office):
    done = office.published()
    assert (done.status, done.origin, done.idx) == ("published", "pt-prison/log/1", 0)
    assert done.second_id == "rui"
    found = office.read(library.read_published, office.us, "pt-prison~1~0", staff=LEO)
    assert found.body.title == BODY["title"]
    assert (found.mark.status, found.mark.signed) == ("current", False)
    batch = office.batch()
    assert [d.ref for d in batch.documents] == ["pt-prison~1~0"]
    assert "Sem grupo de comparação" in batch.documents[0].body


def test_each_step_is_in_the_audit_log_with_its_actor(office):
    office.published()
    rows = office.read(audit.page, audit.AuditFilter())
    told = [(row.actor, row.op, json.loads(row.details)["event"]) for row in reversed(rows)]
    assert told == [
        ("ana", "collect", "draft"),
        ("ana", "alter", "submitted"),
        ("rui", "disclose", "published"),
    ]
    assert office.read(audit.verify).intact


def test_the_author_does_not_publish(office):
    row = office.handed_in()
    with pytest.raises(SecondPersonError):
        office.write(practices.publish, office.us, row.id)
    assert office.read(log.find, office.us.origin) is None


@pytest.mark.parametrize("staff", [LEO, operator(Profile.CASEWORK), person("d", Role.DPO)])
def test_only_contributors_write(office, staff):
    row = office.handed_in()
    for act in (
        lambda: office.create(staff=staff),
        lambda: office.write(practice_drafts.edit, row.id, BODY, etag=None, staff=staff),
        lambda: office.write(practice_drafts.submit, row.id, staff=staff),
        lambda: office.write(practices.publish, office.us, row.id, staff=staff),
        lambda: office.write(practices.publish_all, office.us, [row.id], staff=staff),
        lambda: office.write(practices.withdraw, office.us, row.id, reason="x", staff=staff),
        lambda: office.write(practice_drafts.begin_version, row.id, staff=staff),
    ):
        with pytest.raises(NotAllowedError):
            act()
    with pytest.raises(NotFoundError):
        office.read(practice_lists.read_own, row.id, staff=staff)


def test_only_the_author_changes_a_draft(office):
    row = office.create()
    with pytest.raises(NotAuthorError):
        office.write(practice_drafts.edit, row.id, BODY, etag=None, staff=RUI)
    with pytest.raises(NotAuthorError):
        office.write(practice_drafts.submit, row.id, staff=RUI)


def test_a_change_of_something_else_than_was_read_is_refused(office):
    row = office.create()
    office.write(practice_drafts.edit, row.id, {**BODY, "region": "sul"}, etag=row.etag)
    with pytest.raises(PreconditionFailedError):
        office.write(practice_drafts.edit, row.id, BODY, etag=row.etag)


def test_what_waits_for_a_second_person_is_not_changed_meanwhile(office):
    row = office.handed_in()
    with pytest.raises(PracticeStateError):
        office.write(practice_drafts.edit, row.id, BODY, etag=None)
    back = office.write(practice_drafts.give_back, row.id, reason="falta o custo", staff=RUI)
    assert (back.status, back.reason) == ("draft", "falta o custo")
    with pytest.raises(PracticeStateError):
        office.write(practices.publish, office.us, row.id, staff=RUI)


def test_giving_back_what_another_wrote_needs_a_reason(office):
    row = office.handed_in()
    with pytest.raises(InvalidFieldsError):
        office.write(practice_drafts.give_back, row.id, reason="  ", staff=RUI)
    assert office.write(practice_drafts.give_back, row.id, reason="").status == "draft"


def test_nothing_incomplete_is_handed_in(office):
    row = office.create({"language": "pt", "title": {"pt": "Só um título"}})
    with pytest.raises(InvalidFieldsError) as failure:
        office.write(practice_drafts.submit, row.id)
    assert "summary" in {problem.path for problem in failure.value.problems}
    assert office.read(drafts.find, row.id).status == "draft"


def test_a_new_version_replaces_the_older_one_when_it_is_published(office):
    first = office.published()
    begun = office.write(practice_drafts.begin_version, first.id, staff=RUI)
    assert (begun.version, begun.author_id) == (2, "rui")
    before = office.read(library.read_published, office.us, "pt-prison~1~0", staff=LEO)
    assert before.mark.status == "current"
    office.write(practice_drafts.submit, first.id, staff=RUI)
    office.write(practices.publish, office.us, first.id, staff=ANA)
    old = office.read(library.read_published, office.us, "pt-prison~1~0", staff=LEO)
    assert (old.mark.status, old.newest.ref) == ("superseded", "pt-prison~1~1")
    batch = office.batch()
    assert [d.ref for d in batch.documents] == ["pt-prison~1~1"]
    assert batch.removed == ("pt-prison~1~0",)


def test_a_withdrawal_leaves_a_reason_and_no_text(office):
    done = office.published()
    gone = office.write(practices.withdraw, office.us, "pt-prison~1~0", reason="Erro\u202e grave")
    assert (gone.id, gone.status, gone.version) == (done.id, "withdrawn", 2)
    found = office.read(library.read_published, office.us, "pt-prison~1~1", staff=LEO)
    assert (found.body, found.reason, found.mark.status) == (None, "Erro grave", "withdrawn")
    assert office.batch().documents == ()
    with pytest.raises(PracticeStateError):
        office.write(practices.withdraw, office.us, done.id, reason="again")


def test_the_published_version_is_withdrawn_while_its_successor_is_written(office):
    done = office.published()
    office.write(practice_drafts.begin_version, done.id)
    gone = office.write(practices.withdraw, office.us, done.id, reason="Erro")
    assert (gone.status, gone.version) == ("withdrawn", 2)


def test_a_draft_is_not_withdrawn(office):
    with pytest.raises(PracticeStateError):
        office.write(practices.withdraw, office.us, office.create().id, reason="x")


def test_an_import_is_done_once_and_again_when_the_text_has_changed(office):
    first = office.import_one(BODY)
    same = office.import_one(dict(reversed(BODY.items())))
    other = office.import_one({**BODY, "region": "sul"})
    assert [one.outcome for one in (first, same, other)] == ["new", "unchanged", "changed"]
    assert (same.ref, other.ref, other.version) == (first.ref, "pt-prison~1~1", 2)
    assert [d.ref for d in office.batch().documents] == ["pt-prison~1~1"]


def test_an_import_does_not_overrun_somebody_who_is_writing(office):
    first = office.import_one(BODY)
    office.write(practice_drafts.begin_version, first.id)
    with pytest.raises(PracticeStateError):
        office.import_one({**BODY, "region": "sul"})


def test_many_are_published_or_none(office):
    rows = office.write(practice_drafts.create_all, office.us, [BODY] * 3, submit=True)
    own = office.write(practice_drafts.create_all, office.us, [BODY], submit=True, staff=RUI)
    ids = [row.id for row in rows]
    with pytest.raises(SecondPersonError):
        office.write(practices.publish_all, office.us, [*ids, own[0].id], staff=RUI)
    with pytest.raises(NotFoundError):
        office.write(practices.publish_all, office.us, [*ids, "none"], staff=RUI)
    with pytest.raises(InvalidFieldsError):
        office.write(practices.publish_all, office.us, [ids[0], ids[0]], staff=RUI)
    assert office.read(log.find, office.us.origin) is None
    done = office.write(practices.publish_all, office.us, ids[::-1], staff=RUI)
    assert [(row.id, row.idx) for row in done] == list(zip(ids[::-1], range(3), strict=True))
    assert office.read(audit.verify).intact


def test_nothing_is_published_before_the_roster_names_us(database):
    us = make_us("fr-ngo")
    join(database, make_us("pt-prison"))
    row = database.write_now(
        lambda tx: practice_drafts.create_all(tx, us, [BODY], submit=True, staff=ANA, now=NOW)
    )[0]
    with pytest.raises(WaitingError):
        database.write_now(lambda tx: practices.publish(tx, us, row.id, staff=RUI, now=NOW))
    assert database.read_now(lambda tx: drafts.find(tx, row.id)).status == "submitted"


def test_lists_are_walked_by_their_cursor(office):
    rows = office.write(practice_drafts.create_all, office.us, [BODY] * 5, submit=True)
    office.write(practices.publish_all, office.us, [row.id for row in rows], staff=RUI)
    refs, after = [], 0
    while (page := office.read(library.list_arrived, after=after, limit=2, staff=LEO)).items:
        refs += [one.mark.ref for one in page.items]
        after = page.next
    assert refs == [f"pt-prison~1~{n}" for n in range(5)]


def test_what_waits_is_shown_to_others_only(office):
    office.handed_in()
    assert len(office.read(practice_lists.list_waiting, staff=RUI)) == 1
    assert office.read(practice_lists.list_waiting, staff=ANA) == ()
    assert office.read(practice_lists.count_waiting, RUI) == 1
    assert office.read(practice_lists.count_waiting, LEO) == 0


def test_an_adaptation_keeps_the_lineage_and_not_the_evidence(office):
    office.published()
    made = office.write(
        practice_adapting.adapt,
        office.us,
        "pt-prison~1~0",
        practice_adapting.Intent(changes="Só para mulheres"),
        country="FR",
        staff=RUI,
    )
    body = practice_rows.read_body(made)
    assert body.lineage.adapted_from == "pt-prison~1~0"
    assert (body.evidence, body.failures, body.country) == (None, None, ("FR",))


def test_a_hit_that_was_withdrawn_meanwhile_is_not_shown(office, tmp_path):
    office.published()
    index = WhooshIndex(tmp_path / "index", load_vocabulary())
    batch = office.batch()
    index.apply(batch.documents, batch.removed, batch.watermark)
    office.write(practices.withdraw, office.us, "pt-prison~1~0", reason="Erro")
    found = office.read(library.search, index, SearchRequest(q="mentores"), staff=LEO)
    assert (found.results.total, found.items) == (1, ())
    index.close()


def test_a_text_of_a_newer_or_odd_partner_is_left_out_and_logged(office, caplog):
    odd = {"id": "x", "version": 1, "status": "published", "language": "pt", "title": {"fr": "x"}}
    new = NewEntry(kind="practice", data=odd, audience=("*",), retention_end=NOW + 90_000)

    def arrive(tx):
        one = append(tx, office.us, new, now=NOW)
        apply_practices(
            tx,
            [
                Incoming(
                    log_id=one.log_id,
                    origin=one.ref.origin,
                    org=office.us.org,
                    header=one.header,
                    content=one.content,
                    subject_id=None,
                    now=NOW,
                )
            ],
        )

    office.database.write_now(arrive)
    office.published()
    with caplog.at_level(logging.WARNING):
        batch = office.batch()
    assert [d.ref for d in batch.documents] == ["pt-prison~1~1"]
    assert batch.removed == ("pt-prison~1~0",)
    assert "not searchable" in caplog.text
    with pytest.raises(NotFoundError):
        office.read(library.read_published, office.us, "pt-prison~1~0", staff=LEO)


def test_what_was_erased_is_taken_out_and_has_no_text(office):
    office.published()
    row = office.read(publications.changed_since, 0, 10)[0]
    office.database.write_now(
        lambda tx: log.erase_blobs(tx, row.publication.log_id, [row.publication.idx], 2)
    )
    batch = office.batch()
    assert (batch.documents, batch.removed) == ((), ("pt-prison~1~0",))
    found = office.read(library.read_published, office.us, "pt-prison~1~0", staff=LEO)
    assert found.body is None
    assert office.read(library.list_arrived, after=0, limit=10, staff=LEO).items == ()
