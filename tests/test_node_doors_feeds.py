"""Feed readers and catalogues follow what is open: Atom, paged, with tombstones; DCAT-AP as JSON-LD."""

import json

import pytest
import rdflib
from lxml import etree

import alert_agencies
from door_site import open_doors
from integra_node.doors import atom, dcat

NS = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
}


@pytest.fixture
async def site(sqlite_database, tmp_path):
    async with open_doors(sqlite_database, tmp_path) as found:
        yield found


async def feed(site, path):
    status, headers, text = await site.get(path)
    assert (status, headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    return etree.fromstring(text.encode())


def link(tree, rel):
    return [one.get("href") for one in tree.iterfind(f"a:link[@rel='{rel}']", NS)]


def titles(tree):
    return [one.text for one in tree.iterfind("a:entry/a:title", NS)]


async def test_a_feed_has_the_newest_first_and_goes_on_page_after_page(site, monkeypatch):
    monkeypatch.setattr(atom, "ENTRIES", 2)
    for number in range(5):
        site.practice(number, title={"fr": f"n{number}"})
    site.shelve()
    path, found = "/feeds/practices.atom", []
    while path:
        tree = await feed(site, path)
        assert link(tree, "first") == [f"{site.url}/feeds/practices.atom"]
        assert link(tree, "self") == [site.url + path]
        found += titles(tree)
        path = "".join(link(tree, "next")).removeprefix(site.url)
        if len(found) == 2:  # something changes between two pages
            site.practice(5, title={"fr": "n5"})
            site.shelve()
    assert found == ["n4", "n3", "n2", "n1", "n0"]
    assert titles(await feed(site, "/feeds/practices.atom"))[0] == "n5"


async def test_entries_say_what_a_reader_needs_in_their_own_language(site):
    made = site.practice(0, title={"fr": "Un <b>"})
    site.shelve()
    [entry] = (await feed(site, "/feeds/practices.atom")).findall("a:entry", NS)
    assert entry.findtext("a:title", namespaces=NS) == "Un <b>"
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert entry.find("a:content", NS).get(lang) == "fr"
    assert entry.findtext("a:author/a:name", namespaces=NS) == "pt-prison"
    before = entry.findtext("a:id", namespaces=NS)
    site.supersede(made, title={"fr": "Deux"})
    site.shelve()
    [entry] = (await feed(site, "/feeds/practices.atom")).findall("a:entry", NS)
    assert entry.findtext("a:id", namespaces=NS) == before
    assert entry.findtext("a:title", namespaces=NS) == "Deux"


async def test_alerts_come_whole_and_leave_a_tombstone_when_they_are_retracted(site):
    made = site.alert(tlp="CLEAR", title={"en": "a sign"})
    site.alert(tlp="GREEN", title={"en": "for members"})
    site.shelve()
    tree = await feed(site, "/feeds/alerts.atom")
    [entry] = tree.findall("a:entry", NS)
    assert "Innocent explanation:" in entry.findtext("a:content", namespaces=NS)
    alert_agencies.retract(site.agency, made.row.id, "false")
    for _ in range(2):  # before and after the shelf knows
        tree = await feed(site, "/feeds/alerts.atom")
        assert tree.findall("a:entry", NS) == []
        [gone] = tree.findall("at:deleted-entry", NS)
        assert gone.get("ref") == entry.findtext("a:id", namespaces=NS)
        site.shelve()


async def test_the_catalogue_names_what_is_open_and_each_practice(site, monkeypatch):
    monkeypatch.setattr(dcat, "DATASETS", 2)
    made = [site.practice(number, title={"fr": f"n{number}"}) for number in range(5)]
    site.shelve()
    site.withdraw(made[1])
    path, found, services = "/catalog.jsonld", [], set()
    while path:
        status, headers, text = await site.get(path)
        assert (status, headers["Content-Type"]) == (200, "application/ld+json; charset=utf-8")
        page = json.loads(text)
        services |= {one["dcat:endpointURL"]["@id"] for one in page["dcat:service"]}
        found += page["dcat:dataset"]
        following = page["hydra:view"].get("hydra:next", {"@id": ""})["@id"]
        path = following.removeprefix(site.url)
    assert services == {f"{site.url}/oai", f"{site.url}/taxii2/"}
    assert [one["@id"] for one in found[:2]] == [
        f"{site.url}/catalog.jsonld#practices",
        f"{site.url}/catalog.jsonld#alerts",
    ]
    names = [one["dct:title"][0]["@value"] for one in found[2:]]
    assert names == ["n0", "n2", "n3", "n4"]
    for one in found:
        assert one["@type"] == "dcat:Dataset"
        assert one["dct:title"]
        assert one["dct:description"]
        for distribution in one["dcat:distribution"]:
            status, _, _ = await site.get(
                distribution["dcat:accessURL"]["@id"].removeprefix(site.url)
            )
            assert status == 200


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
async def test_the_catalogue_is_linked_data_to_a_reader_that_is_not_ours(site):
    site.practice(0)
    site.shelve()
    graph = rdflib.Graph().parse(data=(await site.get("/catalog.jsonld"))[2], format="json-ld")
    dcat_ns = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    [catalogue] = graph.subjects(rdflib.RDF.type, dcat_ns.Catalog)
    datasets = set(graph.objects(catalogue, dcat_ns.dataset))
    assert len(datasets) == 3
    for one in datasets:
        assert graph.value(one, rdflib.DCTERMS.title)
        assert graph.value(one, rdflib.DCTERMS.publisher)


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/practices.atom?before=0",
        "/feeds/practices.atom?before=x",
        "/feeds/alerts.atom?after=1",
        "/feeds/alerts.atom?before=1&before=2",
        "/catalog.jsonld?after=-1",
    ],
)
async def test_a_place_that_was_never_given_is_refused(site, path):
    assert (await site.get(path))[0] == 400


async def test_what_is_not_opened_is_not_there(sqlite_database, tmp_path):
    async with open_doors(sqlite_database, tmp_path, opened=("atom-practices",)) as site:
        site.practice(0)
        site.alert(tlp="CLEAR")
        site.shelve()
        found = {}
        for path in (
            "/feeds/practices.atom",
            "/feeds/alerts.atom",
            "/catalog.jsonld",
            "/oai?verb=Identify",
            "/oai/practice.xsd",
            "/taxii2/",
            "/",
        ):
            found[path] = (await site.get(path))[0]
        assert [path for path, status in found.items() if status != 404] == [
            "/feeds/practices.atom"
        ]
