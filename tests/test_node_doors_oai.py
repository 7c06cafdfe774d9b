"""Libraries harvest practices by OAI-PMH 2.0: a harvester that is not ours reads them."""

import asyncio
import json

import pytest
from aiohttp import ClientSession
from lxml import etree
from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import NoRecordsMatch

from door_site import open_doors
from integra_node.actions.doors import Shown
from integra_node.doors import oai
from integra_node.doors.practice_xml import practice_schema, practice_xml
from integra_node.rules.practice import parse_practice
from integra_node.store.doors import Item
from integra_protocol.errors import InputError
from practice_bodies import SAMPLE

NS = {"o": "http://www.openarchives.org/OAI/2.0/", "i": "urn:x-integra:practice:1"}
LOCAL = {"source_id", "owner_hint"}
ITEM = {
    "shelf": "practices", "kind": "practice", "org": "x", "item_id": "1", "uuid": "", "seq": 1,
    "added_us": 0, "log_id": 1, "idx": 0, "is_open": True, "generation": 1, "created_at": 0,
    "modified_ms": 0,
}  # fmt: skip


@pytest.fixture
async def site(sqlite_database, tmp_path):
    async with open_doors(sqlite_database, tmp_path) as found:
        yield found


@pytest.fixture
def three_a_page(monkeypatch):
    monkeypatch.setattr(oai, "RECORDS", 3)


async def harvest(site, ask):
    """Let the foreign harvester ask in a thread of its own."""

    def run():
        with Scythe(f"{site.url}/oai") as scythe:
            found = ask(scythe)
            return list(found) if hasattr(found, "__next__") else found

    return await asyncio.to_thread(run)


async def records(site, **wanted):
    return await harvest(site, lambda one: one.list_records(**wanted))


def ref(made):
    return f"oai:lab.test:pt-prison/{made.id}"


async def ask(site, query):
    status, _, text = await site.get(f"/oai?{query}")
    assert status == 200, text
    return etree.fromstring(text.encode())


async def code(site, query):
    return [one.get("code") for one in (await ask(site, query)).iterfind("o:error", NS)]


@pytest.mark.usefixtures("three_a_page")
@pytest.mark.parametrize("prefix", ["oai_dc", "integra"])
async def test_a_foreign_harvester_reads_every_open_practice_over_several_pages(site, prefix):
    for number in range(7):
        site.practice(number)
    site.practice(7, tlp="GREEN")
    site.shelve()
    found = await records(site, metadata_prefix=prefix)
    assert len({one.header.identifier for one in found}) == len(found) == 7
    assert found[0].header.identifier.startswith("oai:lab.test:pt-prison/")
    headers = await harvest(site, lambda one: one.list_identifiers(metadata_prefix=prefix))
    assert [one.identifier for one in headers] == [one.header.identifier for one in found]


async def test_the_harvester_learns_who_answers_and_what_there_is(site):
    site.practice(0, language="fr", title={"fr": "Un"}, settings=["prison", "community"])
    site.shelve()
    identity = await harvest(site, lambda one: one.identify())
    assert identity.repositoryName == "Practices of Prison & Co"
    assert identity.adminEmail == "desk@prison.example"
    assert (identity.deletedRecord, identity.granularity) == ("persistent", "YYYY-MM-DDThh:mm:ssZ")
    formats = await harvest(site, lambda one: one.list_metadata_formats())
    assert [one.metadataPrefix for one in formats] == ["oai_dc", "integra"]
    sets = await harvest(site, lambda one: one.list_sets())
    assert {one.setSpec for one in sets} == {"language-fr", "setting-community", "setting-prison"}


async def test_the_full_format_says_everything_and_fits_its_schema(site):
    made = site.practice(0, title={"fr": "A & B <c>"}, tlp="CLEAR")
    site.shelve()
    tree = await ask(site, f"verb=GetRecord&metadataPrefix=integra&identifier={ref(made)}")
    practice = tree.find(".//i:practice", NS)
    assert practice.findtext("i:title", namespaces=NS) == "A & B <c>"
    assert practice.findall("i:settings", NS)
    assert practice.find("i:evidence/i:level", NS).text == "2"
    schema = etree.XMLSchema(etree.fromstring(practice_schema().encode()))
    schema.assertValid(practice)
    served = await site.get("/oai/practice.xsd")
    assert served[2] == practice_schema()


async def test_every_practice_of_the_sample_library_fits_the_schema():
    schema = etree.XMLSchema(etree.fromstring(practice_schema().encode()))
    for path in sorted(SAMPLE.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        body = parse_practice({k: v for k, v in data.items() if k not in LOCAL})
        item = Item(**ITEM)
        shown = Shown(item=item, practice=body, ref="x~1~0", version=1, tlp="CLEAR", published_at=0)
        schema.assertValid(etree.fromstring(practice_xml(shown, body, "x").encode()))


async def test_what_is_withdrawn_or_not_open_any_more_stays_as_a_deleted_record(site):
    made = [site.practice(number) for number in range(3)]
    site.shelve()
    site.withdraw(made[0])
    site.supersede(made[1], tlp="GREEN")
    for _ in range(2):  # before and after the shelf knows
        found = {one.header.identifier: one for one in await records(site)}
        assert [found[ref(one)].header.deleted for one in made] == [True, True, False]
        tree = await ask(site, f"verb=GetRecord&metadataPrefix=oai_dc&identifier={ref(made[0])}")
        assert tree.find(".//o:metadata", NS) is None
        assert tree.find(".//o:header", NS).get("status") == "deleted"
        site.shelve()


async def test_who_comes_back_gets_what_changed_since(site):
    made = [site.practice(number) for number in range(3)]
    site.shelve()
    last = max(one.header.datestamp for one in await records(site))
    site.agency.now += 10
    site.supersede(made[1], title={"fr": "anew"})
    site.withdraw(made[2])
    site.shelve()
    found = await records(
        site, from_=last[:-1].replace(last[-3:-1], f"{int(last[-3:-1]) + 1:02}") + "Z"
    )
    assert {one.header.identifier for one in found} == {ref(made[1]), ref(made[2])}
    until = await records(site, until=last)
    assert {one.header.identifier for one in until} == {ref(made[0])}
    with pytest.raises(NoRecordsMatch):
        await records(site, until="2001-01-01T00:00:00Z")


@pytest.mark.usefixtures("three_a_page")
async def test_nothing_is_skipped_when_practices_change_between_two_pages(site):
    made = [site.practice(number) for number in range(6)]
    site.shelve()
    first = await ask(site, "verb=ListIdentifiers&metadataPrefix=oai_dc")
    token = first.findtext(".//o:resumptionToken", namespaces=NS)
    site.withdraw(made[0])
    site.supersede(made[4], title={"fr": "anew"})
    site.practice(6)
    site.shelve()
    names = [one.text for one in first.iterfind(".//o:identifier", NS)]
    while token:
        page = await ask(site, f"verb=ListIdentifiers&resumptionToken={token}")
        names += [one.text for one in page.iterfind(".//o:identifier", NS)]
        token = page.findtext(".//o:resumptionToken", namespaces=NS)
    assert token == ""  # an empty one ends the list
    assert set(names) == {ref(one) for one in made} | {names[-1]}
    assert [names.count(ref(one)) for one in made] == [2, 1, 1, 1, 1, 1]


async def test_sets_choose_by_language_and_setting(site):
    english = {"title": {"en": "x"}, "summary": {"en": "y"}, "description": {"en": "z"}}
    site.practice(0, language="en", settings=["prison"], **english)
    site.practice(1, language="fr", title={"fr": "y"}, settings=["prison", "probation"])
    site.shelve()
    counts = {}
    for name in ("language-en", "language-fr", "setting-prison", "setting-probation"):
        counts[name] = len(await records(site, set_=name))
    assert list(counts.values()) == [1, 1, 2, 1]
    assert await code(site, "verb=ListRecords&metadataPrefix=oai_dc&set=language-pt") == [
        "noRecordsMatch"
    ]


@pytest.mark.parametrize(
    "query, wanted",
    [
        ("", "badVerb"),
        ("verb=Nothing", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&set=x", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=%3Cx%3E", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=oai_dc////0", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=oai_dc////9999999999999999", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-01&until=2026-01-01", "badArgument"),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-01&until=2026-03-01T00:00:00Z",
            "badArgument",
        ),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=a/b", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2200-01-01", "noRecordsMatch"),
        (
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:lab.test:pt-prison/x",
            "idDoesNotExist",
        ),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=x", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=x", "idDoesNotExist"),
        (f"verb=ListRecords&metadataPrefix={'x' * 500}", "badArgument"),
    ],
)
async def test_each_wrong_request_gets_the_error_that_the_protocol_names(site, query, wanted):
    tree = await ask(site, query)
    assert [one.get("code") for one in tree.iterfind("o:error", NS)] == [wanted]
    attributes = dict(tree.find("o:request", NS).attrib)
    assert bool(attributes) == (wanted not in {"badVerb", "badArgument"})


async def test_a_form_is_as_good_as_an_address(site):
    async with ClientSession() as session:
        answer = await session.post(f"{site.url}/oai", data={"verb": "Identify"})
        assert b"<Identify>" in await answer.read()
        assert (await session.post(f"{site.url}/oai", json={"verb": "Identify"})).status == 415
        assert (await session.post(f"{site.url}/oai", data={"verb": "x" * 40_000})).status == 413


async def test_the_door_does_not_open_without_an_address_to_write_to(sqlite_database, tmp_path):
    with pytest.raises(InputError, match="contact_email"):
        async with open_doors(sqlite_database, tmp_path, opened=("oai",), contact=""):
            pass
