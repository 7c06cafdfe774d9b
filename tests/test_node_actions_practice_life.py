"""Confirmed, stale, deprecated: what an owner says of a practice, and what partners see of it."""

import pytest

from alert_agencies import make_three
from handover_pair import sync
from integra_node.actions import library, practice_drafts, practice_life, practices, translations
from integra_node.actions.indexing import documents_after
from integra_node.actions.practice_adapting import Intent
from integra_node.actions.practice_family import read_family
from integra_node.actions.practice_rows import published_ref, read_body
from integra_node.rules.lineage import stale_since
from integra_node.rules.practice import PracticeStateError
from integra_node.rules.problems import InvalidFieldsError
from integra_node.rules.retention import DAY_S
from integra_protocol.bodies import parse_ref
from integra_protocol.errors import NotAllowedError
from test_node_actions_family import EVIDENCE, adapt, finish, publish

YEAR_S = 365 * DAY_S


@pytest.fixture
def three(tmp_path):
    agencies = make_three(tmp_path)
    yield agencies
    for agency in agencies:
        agency.database.close()


def own(agency, act, ref, *, who="ana", **named):
    staff = agency.people[who]
    return agency.write(lambda tx: act(tx, agency.us, ref, staff=staff, now=agency.now, **named))


def read(agency, ref):
    rui = agency.people["rui"]
    return agency.read(lambda tx: library.read_published(tx, agency.us, ref, staff=rui))


def owed(agency, ask):
    ana = agency.people["ana"]
    found = agency.read(lambda tx: ask(tx, agency.us, staff=ana, now=agency.now))
    return [(one.title, one.due) for one in found]


def test_a_confirmation_reaches_partners_as_a_version_with_the_same_text(three):
    pt, fr, _ = three
    first = publish(pt)
    text = read(pt, first).body
    for agency in three:
        agency.now += 2 * DAY_S
    done = own(pt, practice_life.confirm, first)
    assert (done.status, done.version) == ("published", 2)
    sync(*three)
    seen = read(fr, published_ref(done))
    assert (seen.version, seen.confirms, seen.mark.published_at) == (2, 1, fr.now)
    assert seen.body == text
    assert read(fr, first).mark.status == "superseded"
    again = own(pt, practice_life.confirm, done.id)
    assert read(pt, published_ref(again)).confirms == 2


def test_an_owner_is_asked_before_partners_see_the_mark_and_no_more_after_a_word(three):
    pt, _, _ = three
    today = pt.now
    pt.now -= 2 * YEAR_S - practice_life.ASKED_BEFORE_S + 5 * DAY_S
    first = publish(pt)
    stale = stale_since(pt.now)
    pt.now = stale - practice_life.ASKED_BEFORE_S - 1
    assert owed(pt, practice_life.to_confirm) == []
    pt.now = today
    assert stale > today
    [(title, due)] = owed(pt, practice_life.to_confirm)
    assert (title, due) == (read(pt, first).body.title["pt"], stale)
    own(pt, practice_life.confirm, first)
    assert owed(pt, practice_life.to_confirm) == []


def test_two_years_are_counted_by_the_calendar():
    leap = 1_709_164_800  # 29 February 2024, 00:00 UTC
    assert stale_since(leap) - leap == 730 * DAY_S  # 28 February 2026


def test_a_deprecated_practice_points_every_partner_to_its_successor(three):
    pt, fr, _ = three
    first = publish(pt)
    sync(*three)
    better = adapt(fr, first, Intent(changes="x", why="y"), "FR", evidence=EVIDENCE)
    sync(*three)
    done = own(pt, practice_life.deprecate, first, reason="Há melhor", successor=better)
    assert (done.status, done.version, done.reason) == ("deprecated", 2, "Há melhor")
    sync(*three)
    seen = read(fr, published_ref(done))
    assert seen.body is not None
    assert (seen.deprecation.reason, seen.deprecation.successor) == ("Há melhor", better)
    successor = fr.read(lambda tx: practice_life.successor_of(tx, seen.deprecation))
    assert successor.told.title == read(fr, better).body.title["pt"]
    listed = fr.read(
        lambda tx: library.list_arrived(tx, after=0, limit=50, staff=fr.people["rui"])
    ).items
    assert {one.mark.ref: one.headline.deprecated for one in listed} == {
        published_ref(done): True,
        better: False,
    }
    family = pt.read(lambda tx: read_family(tx, parse_ref(better), staff=pt.people["rui"]))
    assert (family.root.told.deprecated, family.root.children[0].told.deprecated) == (True, False)
    assert owed_after_two_years(pt) == []


def owed_after_two_years(agency):
    agency.now += 2 * YEAR_S
    return owed(agency, practice_life.to_confirm)


def test_a_new_version_lifts_a_deprecation_and_a_withdrawal_ends_it(three):
    pt, _, _ = three
    first = publish(pt)
    done = own(pt, practice_life.deprecate, first, reason="x")
    with pytest.raises(PracticeStateError):
        own(pt, practice_life.confirm, done.id)
    with pytest.raises(PracticeStateError):
        own(pt, practice_life.deprecate, done.id, reason="x")
    ana = pt.people["ana"]
    row = pt.write(lambda tx: practice_drafts.begin_version(tx, done.id, staff=ana, now=pt.now))
    third = finish(pt, row, region="Norte")
    assert (read(pt, third).version, read(pt, third).deprecation) == (3, None)
    again = own(pt, practice_life.deprecate, done.id, reason="x")
    gone = own(pt, practices.withdraw, again.id, reason="y")
    assert (gone.status, gone.version) == ("withdrawn", 5)
    assert read(pt, published_ref(gone)).body is None


def test_a_successor_must_be_another_practice_that_stands(three):
    pt, fr, _ = three
    first = publish(pt)
    for named in ("nonsense", "fr-probation~1~99", first):
        with pytest.raises(InvalidFieldsError) as refused:
            own(pt, practice_life.deprecate, first, reason="x", successor=named)
        assert [(one.path, one.code) for one in refused.value.problems] == [
            ("successor", "no_such_practice")
        ]
    sync(*three)
    other = publish(fr)
    gone = own(fr, practices.withdraw, other, reason="x")
    sync(*three)
    with pytest.raises(InvalidFieldsError):
        own(pt, practice_life.deprecate, first, reason="x", successor=published_ref(gone))
    with pytest.raises(InvalidFieldsError) as refused:
        own(pt, practice_life.deprecate, first, reason=" ")
    assert [one.path for one in refused.value.problems] == ["reason"]


def test_nothing_is_said_of_a_practice_while_its_next_version_is_written(three):
    pt, _, _ = three
    first = publish(pt)
    ana = pt.people["ana"]
    row = pt.write(lambda tx: practice_drafts.begin_version(tx, first, staff=ana, now=pt.now))
    with pytest.raises(PracticeStateError):
        own(pt, practice_life.confirm, row.id)
    with pytest.raises(PracticeStateError):
        own(pt, practice_life.deprecate, row.id, reason="x")


def test_only_who_publishes_practices_says_that_one_holds(three):
    pt, _, _ = three
    first = publish(pt)
    with pytest.raises(NotAllowedError):
        own(pt, practice_life.confirm, first, who="rui")
    with pytest.raises(NotAllowedError):
        own(pt, practice_life.deprecate, first, who="rui", reason="x")


def test_an_adaptation_is_asked_for_its_result_after_half_a_year_until_it_tells_one(three):
    pt, fr, _ = three
    first = publish(pt)
    sync(*three)
    made = adapt(fr, first, Intent(changes="x", why="y"), "FR", evidence=EVIDENCE)
    assert owed(fr, practice_life.without_result) == []
    fr.now += 184 * DAY_S
    assert len(owed(fr, practice_life.without_result)) == 1
    ana = fr.people["ana"]
    row = fr.write(lambda tx: practice_drafts.begin_version(tx, made, staff=ana, now=fr.now))
    lineage = read_body(row).lineage.model_dump(exclude_none=True)
    finish(fr, row, lineage={**lineage, "result": {"pt": "Resultou"}})
    fr.now += 184 * DAY_S
    assert owed(fr, practice_life.without_result) == []


def test_what_is_confirmed_is_searched_once(three):
    pt, _, _ = three
    first = publish(pt)
    done = own(pt, practice_life.confirm, first)
    batch = pt.read(lambda tx: documents_after(tx, pt.us, 0, 500))
    assert [one.ref for one in batch.documents] == [published_ref(done)]
    assert batch.removed == (first,)


def test_a_translation_holds_for_the_text_that_is_confirmed_and_not_for_a_new_one(three):
    pt, _, uni = three
    first = publish(pt)
    sync(*three)
    made = translate(uni, first)
    sync(*three)
    done = own(pt, practice_life.confirm, first)
    advised = own(pt, practice_life.deprecate, done.id, reason="x")
    for row in (done, advised):
        assert translated(pt, published_ref(row)).chosen.ref == made
    ana = pt.people["ana"]
    row = pt.write(lambda tx: practice_drafts.begin_version(tx, done.id, staff=ana, now=pt.now))
    newer = own(pt, practice_life.confirm, finish(pt, row, region="Norte"))
    assert translated(pt, published_ref(newer)).chosen.is_original


def translate(agency, ref):
    texts = {"title": "Buurtmentoren", "summary": "Vrijwilligers gaan mee."}
    body = {"language": "nl", "method": "human", "texts": texts}
    ana = agency.people["ana"]
    return agency.write(
        lambda tx: translations.translate(tx, agency.us, ref, body, staff=ana, now=agency.now)
    )


def translated(agency, ref):
    found, rui = read(agency, ref), agency.people["rui"]
    return agency.read(
        lambda tx: translations.reading(tx, found, wanted="", language="nl", staff=rui)
    )
