"""The family of a practice over three agencies: who adapted whom, and what a partner cannot fake."""

import json
from pathlib import Path

import pytest

from alert_agencies import make_three
from handover_pair import sync
from integra_node.actions import (
    erasure,
    practice_adapting,
    practice_drafts,
    practice_lists,
    practices,
)
from integra_node.actions.incoming import Incoming
from integra_node.actions.practice_adapting import Intent
from integra_node.actions.practice_family import NOT_HELD, STANDING, WITHDRAWN, read_family
from integra_node.actions.practice_rows import body_json, published_ref
from integra_node.actions.practices_received import apply_practices
from integra_node.actions.publishing import NewEntry, append
from integra_node.rules.lineage import MAX_DEPTH, MAX_MEMBERS
from integra_node.rules.problems import InvalidFieldsError
from integra_protocol.bodies import parse_ref
from integra_protocol.errors import NotAllowedError, NotFoundError

BODY = json.loads((Path(__file__).parent / "data/bodies/practice.json").read_text("utf-8"))
EVIDENCE = {"level": 1, "limits": {"fr": "Un seul site"}}


def finish(agency, row, **texts):
    """Hand in a draft with more texts by ana, publish it by bea; return its ref."""
    body = {**body_json(row), **texts}
    ana, bea = agency.people["ana"], agency.people["bea"]
    now = agency.now

    def act(tx):
        practice_drafts.edit(tx, row.id, body, etag=None, staff=ana, now=now)
        practice_drafts.submit(tx, row.id, staff=ana, now=now)
        return practices.publish(tx, agency.us, row.id, staff=bea, now=now)

    return published_ref(agency.write(act))


def publish(agency, **texts):
    ana = agency.people["ana"]
    row = agency.write(
        lambda tx: practice_drafts.create(tx, agency.us, BODY, staff=ana, now=agency.now)
    )
    return finish(agency, row, **texts)


def adapt(agency, ref, intent, country, result="", **texts):
    ana = agency.people["ana"]
    row = agency.write(
        lambda tx: practice_adapting.adapt(
            tx, agency.us, ref, intent, country=country, staff=ana, now=agency.now
        )
    )
    if result:
        lineage = body_json(row)["lineage"] | {"result": {row.language: result}}
        texts |= {"lineage": lineage}
    return finish(agency, row, **texts)


def family(agency, ref, who="rui"):
    return agency.read(lambda tx: read_family(tx, parse_ref(ref), staff=agency.people[who]))


def lines(member, depth=0):
    """Return a family as (depth, organisation, status, is it the one asked for)."""
    found = [(depth, member.org, member.status, member.here)]
    for child in member.children:
        found += lines(child, depth + 1)
    return found


@pytest.fixture
def three(tmp_path):
    """Return three agencies: pt published, fr adapted that, uni adapted the adaptation."""
    pt, fr, uni = make_three(tmp_path)
    first = publish(pt)
    sync(pt, fr, uni)
    french = Intent(language="fr", title="Mentors de quartier", changes="Avec les familles")
    second = adapt(fr, first, french, "FR", "Quatorze ont tenu", **french_texts())
    sync(pt, fr, uni)
    third = adapt(
        uni, second, Intent(changes="En ligne", why="Loin des villes"), "IT", evidence=EVIDENCE
    )
    sync(pt, fr, uni)
    yield (pt, fr, uni), (first, second, third)
    for agency in (pt, fr, uni):
        agency.database.close()


def french_texts():
    return {
        "summary": {"fr": "Des mentors du quartier"},
        "description": {"fr": "Chaque semaine"},
        "evidence": EVIDENCE,
    }


def test_every_member_sees_the_same_family_from_each_of_its_practices(three):
    agencies, refs = three
    for agency in agencies:
        for place, ref in enumerate(refs):
            found = family(agency, ref)
            assert (found.size, found.is_cut) == (3, False)
            assert lines(found.root) == [
                (0, "pt-prison", STANDING, place == 0),
                (1, "fr-probation", STANDING, place == 1),
                (2, "it-university", STANDING, place == 2),
            ]


def test_a_family_tells_where_and_with_which_result(three):
    (pt, _, _), (first, second, third) = three
    found = family(pt, first)
    [french] = found.root.children
    [italian] = french.children
    assert (french.ref, french.told.title, french.told.country) == (
        second,
        "Mentors de quartier",
        ("FR",),
    )
    assert french.told.lineage.result == {"fr": "Quatorze ont tenu"}
    assert french.told.lineage.version == 1
    assert italian.ref == third
    assert italian.told.lineage.why == {"fr": "Loin des villes"}
    assert found.root.told.lineage is None


def test_an_adaptation_in_another_language_takes_the_choices_and_no_texts(three):
    (_, fr, _), (_, second, _) = three
    row = fr.read(lambda tx: practice_lists.read_own(tx, second, staff=fr.people["ana"]))
    body = body_json(row)
    assert body["settings"] == BODY["settings"]
    assert "steps" not in body
    assert "pt" not in json.dumps([body["title"], body["summary"], body["description"]])


def test_a_new_version_of_the_original_keeps_its_family(three):
    (pt, fr, uni), (first, _, _) = three
    ana = pt.people["ana"]
    row = pt.write(lambda tx: practice_drafts.begin_version(tx, first, staff=ana, now=pt.now))
    newer = finish(pt, row, region="Norte")
    sync(pt, fr, uni)
    for agency in (pt, uni):
        assert family(agency, newer).size == 3
        assert family(agency, first).root.ref == newer


def test_what_was_withdrawn_stands_in_the_family_without_a_word_of_its_text(three):
    (pt, fr, uni), (_, second, third) = three
    ana = fr.people["ana"]
    fr.write(lambda tx: practices.withdraw(tx, fr.us, second, reason="x", staff=ana, now=fr.now))
    sync(pt, fr, uni)
    found = family(pt, third)
    assert [(one[1], one[2]) for one in lines(found.root)] == [
        ("fr-probation", WITHDRAWN),
        ("it-university", STANDING),
    ]
    assert found.root.told is None


def test_what_was_erased_leaves_the_family(three):
    (pt, fr, uni), (first, second, _) = three
    index = parse_ref(second).index
    fr.write(lambda tx: erasure.erase(tx, fr.us, [index], actor="operator", now=fr.now))
    sync(pt, fr, uni)
    assert family(pt, first).size == 1


def test_an_original_that_is_not_held_is_named_and_no_more(three):
    (pt, _, _), _ = three
    made = publish(pt, lineage={"adapted_from": "nl-other~1~7", "changes": {"pt": "x"}})
    found = family(pt, made)
    assert lines(found.root) == [
        (0, "nl-other", NOT_HELD, False),
        (1, "pt-prison", STANDING, True),
    ]


def test_a_text_of_another_library_is_no_relative(three):
    (pt, _, _), _ = three
    made = publish(pt, lineage={"adapted_from": "ran/collection/12", "changes": {"pt": "x"}})
    assert family(pt, made).size == 1


def test_an_adaptation_is_not_handed_in_before_it_says_what_was_changed(three):
    (_, fr, _), (first, _, _) = three
    with pytest.raises(InvalidFieldsError) as refused:
        adapt(fr, first, Intent(), "FR", evidence=EVIDENCE)
    assert [(one.path, one.code) for one in refused.value.problems if one.is_error] == [
        ("lineage.changes", "lineage_changes_missing")
    ]


def test_an_adaptation_needs_a_title_where_the_original_has_none(three):
    (_, fr, _), (first, _, _) = three
    with pytest.raises(InvalidFieldsError) as refused:
        adapt(fr, first, Intent(language="fr"), "FR")
    assert [(one.path, one.code) for one in refused.value.problems] == [("title", "required")]


def test_only_who_reads_practices_sees_a_family(three):
    (pt, _, _), (first, _, _) = three
    pt.add("root", "admin", pin=None)
    with pytest.raises(NotAllowedError):
        family(pt, first, who="root")
    with pytest.raises(NotFoundError):
        family(pt, "pt-prison~1~999")


# ------------------------------------------------------------------ hostile partners


def plant(agency, *named):
    """Append practices with any lineage to the log of an agency, as a hostile node can."""

    def act(tx):
        refs = []
        for number, parent in enumerate(named):
            data = {
                "id": agency.us.random(8).hex(),
                "version": 1,
                "status": "published",
                "language": "en",
                "title": {"en": f"Planted {number}"},
                "lineage": {"adapted_from": parent},
            }
            new = NewEntry(
                kind="practice", data=data, audience=("*",), retention_end=agency.now + 90_000
            )
            done = append(tx, agency.us, new, now=agency.now)
            one = Incoming(
                log_id=done.log_id,
                origin=done.ref.origin,
                org=agency.us.org,
                header=done.header,
                content=done.content,
                subject_id=None,
                now=agency.now,
            )
            apply_practices(tx, [one])
            refs.append(f"{agency.us.org}~1~{done.ref.index}")
        return refs

    return agency.write(act)


def test_a_circle_is_drawn_once_around(three):
    (pt, _, _), _ = three
    start = int(plant(pt, "x~1~0")[0].split("~")[2])
    refs = plant(pt, *(f"pt-prison~1~{start + 1 + (n + 1) % 3}" for n in range(3)))
    found = family(pt, refs[0])
    assert found.size == 3
    assert len(lines(found.root)) == 3
    [own] = plant(pt, f"pt-prison~1~{start + 4}")
    assert family(pt, own).size == 1


def test_a_crowd_of_adaptations_is_cut_and_its_own_are_kept(three):
    (pt, _, _), (first, second, third) = three
    plant(pt, *[first] * (MAX_MEMBERS + 50))
    found = family(pt, second)
    assert (found.size, found.is_cut) == (MAX_MEMBERS, True)
    assert {"fr-probation", "it-university"} <= {one[1] for one in lines(found.root)}
    assert third in {child.ref for one in found.root.children for child in one.children}


def test_a_long_line_is_cut_in_both_directions(three):
    (pt, _, _), _ = three
    start = int(plant(pt, "x~1~0")[0].split("~")[2])
    refs = plant(pt, *(f"pt-prison~1~{start + n}" for n in range(3 * MAX_DEPTH)))
    for ref in (refs[0], refs[30], refs[-1]):
        found = family(pt, ref)
        assert found.is_cut
        assert found.size <= 2 * MAX_DEPTH
        assert any(one[3] for one in lines(found.root))
