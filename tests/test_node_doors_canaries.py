"""What somebody outside may not see appears nowhere: not in a page, a header, an error or a token."""

import json
import re

import pytest
import pytest_asyncio

import alert_agencies
from door_site import doors_of
from handover_pair import sync
from integra_node.actions import practice_drafts
from integra_node.store import accounts
from practice_bodies import body_of

HIDDEN = "CANARY-HIDDEN"
GREEN = "CANARY-GREEN"
OPEN = "CANARY-OPEN"
pytestmark = pytest.mark.asyncio(loop_scope="module")
READERS = (None, "outsider", "member")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def planted(tmp_path_factory):
    """A node where everything that may not be seen lies beside what may; and every id of it.

    Nothing that the tests do changes it.
    """
    tmp_path = tmp_path_factory.mktemp("planted")
    pt, fr, _ = alert_agencies.make_three(tmp_path)
    sync(pt, fr)
    async with doors_of(pt, tmp_path) as site:
        received = [_sent_to_us(fr, pt, tlp) for tlp in ("AMBER", "AMBER+STRICT", "RED")]
        sync(pt, fr)
        yield site, [*plant(site, fr), *received]


def officer_of(agency):
    staff = agency.people["ana"]
    return agency.read(lambda tx: accounts.by_id(tx, staff.account_id)).officer_id


def _sent_to_us(other, us, tlp):
    readers = {"readers": [officer_of(us)]} if tlp == "RED" else {}
    text = alert_agencies.body(tlp=tlp, audience=[us.us.org], **text_of(HIDDEN), **readers)
    return alert_agencies.send(other, text).row.id


def text_of(word):
    return {"title": {"en": f"{word} title"}, "body": {"en": f"{word} body"}}


def practice_of(word):
    return {
        "title": {"fr": f"{word} titre"},
        "summary": {"fr": f"{word} résumé"},
        "failures": {"fr": f"{word} échec"},
    }


def plant(site, fr):
    """Return the ids of what neither readers nor their tokens may tell of."""
    agency = site.agency
    hidden = []
    for number in range(2):
        site.alert(tlp="CLEAR", **text_of(OPEN))
        site.practice(number, **practice_of(OPEN))
        site.alert(tlp="GREEN", **text_of(GREEN))
        hidden.append(site.practice(10 + number, tlp="GREEN", **practice_of(HIDDEN)).id)
        hidden.append(site.alert(tlp="AMBER", audience=["fr-probation"], **text_of(HIDDEN)).row.id)
        hidden.append(
            site.alert(tlp="AMBER+STRICT", audience=["fr-probation"], **text_of(HIDDEN)).row.id
        )
        reader = officer_of(fr)
        text = alert_agencies.red("fr-probation", reader, **text_of(HIDDEN))
        hidden.append(alert_agencies.send(agency, text).row.id)
    hidden.append(
        alert_agencies.draft(
            agency, text=alert_agencies.body(tlp="CLEAR", **text_of(HIDDEN))
        ).row.id
    )
    hidden.append(_draft(site))
    _changed(site)
    site.shelve()
    # And what changed a moment ago, before any shelf knows.
    last = site.alert(tlp="CLEAR", **text_of(HIDDEN))
    gone = site.practice(30, **practice_of(HIDDEN))
    site.shelve()
    alert_agencies.retract(agency, last.row.id, "it was false")
    site.withdraw(gone)
    return hidden


def _draft(site):
    ana, us = site.agency.people["ana"], site.agency.us
    body = {**body_of(99), **practice_of(HIDDEN)}
    return site.agency.write(
        lambda tx: practice_drafts.create(tx, us, body, staff=ana, now=site.agency.now)
    ).id


def _changed(site):
    """Publish under CANARY-HIDDEN, then let a later step take it away."""
    agency = site.agency
    retracted = site.alert(tlp="CLEAR", **text_of(HIDDEN))
    superseded = site.alert(tlp="CLEAR", **text_of(HIDDEN))
    narrowed = site.practice(20, **practice_of(HIDDEN))
    withdrawn = site.practice(21, **practice_of(HIDDEN))
    rewritten = site.practice(22, **practice_of(HIDDEN))
    site.shelve()
    alert_agencies.retract(agency, retracted.row.id, "it was false")
    later = alert_agencies.body(tlp="CLEAR", **text_of(OPEN))
    alert_agencies.supersede(agency, superseded.row.id, later)
    site.supersede(narrowed, tlp="GREEN")
    site.withdraw(withdrawn, reason=f"{HIDDEN} reason")
    site.supersede(rewritten, **practice_of(OPEN))


async def everything(site, reader):
    """Return all that a reader gets by following every address from door to door, and by mistakes."""
    headers = site.bearer(reader) if reader else {}
    waiting, seen = list(START), {}
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 400:
            continue
        status, answered, text = await site.get(path, headers)
        seen[path] = status, f"{dict(answered)}\n{text}"
        waiting += follow(site, path, text)
    assert len(seen) < 400
    return seen


def follow(site, path, text):
    base = path.partition("?")[0]
    if base.startswith("/taxii2"):
        found = json.loads(text)
        yield from (
            f"/taxii2/alerts/collections/{one['id']}/{what}/?limit=1"
            for one in found.get("collections", ())
            for what in ("objects", "manifest")
        )
        if "next" in found:
            yield f"{base}?limit=1&next={found['next']}"
        for one in found.get("objects", ()):
            name = f"{base.partition('/objects')[0].partition('/manifest')[0]}/objects/{one['id']}/"
            yield from (name, f"{name}versions/")
    yield from (one.removeprefix(site.url) for one in re.findall(r'href="([^"]+)"', text))
    yield from (one.removeprefix(site.url) for one in re.findall(r'"@id": "([^"#]+\?[^"]+)"', text))
    for token in re.findall(r"<resumptionToken>([^<]+)<", text):
        yield f"/oai?verb=ListRecords&resumptionToken={token}"
    if base == "/oai":
        for name in re.findall(r"<identifier>([^<]+)<", text):
            yield f"/oai?verb=GetRecord&metadataPrefix=integra&identifier={name}"


START = (
    "/taxii2/",
    "/taxii2/alerts/",
    "/taxii2/alerts/collections/",
    *(
        f"/taxii2/alerts/collections/{alias}/{what}"
        for alias in ("alerts-clear", "alerts-green", "alerts-amber", "practices", "x")
        for what in (
            "",
            "objects/",
            "manifest/",
            "objects/?limit=x",
            "objects/?match[id]=report--x",
        )
    ),
    "/oai",
    "/oai?verb=Identify",
    "/oai?verb=ListSets",
    "/oai?verb=ListMetadataFormats",
    *(
        f"/oai?verb={verb}&metadataPrefix={prefix}"
        for verb in ("ListRecords", "ListIdentifiers")
        for prefix in ("oai_dc", "integra", "x")
    ),
    "/oai?verb=ListRecords&metadataPrefix=oai_dc&set=language-fr",
    "/oai?verb=ListRecords&resumptionToken=x",
    "/feeds/practices.atom",
    "/feeds/alerts.atom",
    "/catalog.jsonld",
    "/feeds/alerts.atom?before=x",
)


@pytest.mark.parametrize("reader", READERS, ids=str)
async def test_no_door_tells_anybody_what_they_may_not_see(planted, reader):
    site, hidden = planted
    seen = await everything(site, reader)
    whole = "\n".join(text for _, text in seen.values())
    assert OPEN in whole
    assert HIDDEN not in whole
    assert (GREEN in whole) == (reader == "member")
    for name in hidden:
        assert name not in whole
    if reader is None:
        assert {s for p, (s, _) in seen.items() if p.startswith("/taxii2")} == {401}


@pytest.mark.parametrize("reader", READERS, ids=str)
async def test_asking_for_what_is_hidden_by_its_name_gets_what_asking_for_nothing_gets(
    planted, reader
):
    site, hidden = planted
    headers = site.bearer(reader) if reader else {}
    for pattern in (
        "/oai?verb=GetRecord&metadataPrefix=integra&identifier=oai:lab.test:pt-prison/{}",
        "/taxii2/alerts/collections/alerts-clear/objects/report--{}/",
    ):
        answers = set()
        for name in (*hidden, "0" * len(hidden[0])):
            status, _, text = await site.get(pattern.format(name), headers)
            answers.add((status, text.replace(name, "-")))
        assert len(answers) == 1, answers


async def test_the_numbers_of_pages_count_nothing_that_is_hidden(planted):
    site, _ = planted
    path, numbers = "/taxii2/alerts/collections/alerts-clear/manifest/", []
    page = {"more": True, "next": ""}
    while page.get("more"):
        query = f"?limit=1&next={page['next']}"
        page = json.loads((await site.get(path + query, site.bearer("outsider")))[2])
        numbers.append(int(page.get("next", 0)))
    # A place is empty where an alert moved to the end: three did, and readers saw them there.
    assert numbers[-2] - len(numbers[:-1]) <= 3


@pytest.mark.parametrize("label", ["AMBER", "AMBER+STRICT", "RED", "GREEN"])
async def test_there_is_no_class_of_reader_that_could_see_more_than_green(label):
    from integra_node.rules.door import ALERT_SHELVES, SHELF_LABELS, ReaderClass, Shelf

    seen = {r: {t for s in ALERT_SHELVES[r] for t in SHELF_LABELS[s]} for r in ReaderClass}
    assert [r for r in ReaderClass if label in seen[r]] == (["member"] if label == "GREEN" else [])
    assert label not in SHELF_LABELS[Shelf.PRACTICES]
