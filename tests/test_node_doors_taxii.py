"""Other systems take alerts by TAXII 2.1: the client of OASIS reads, the validator of OASIS agrees."""

import asyncio
import json

import pytest
from stix2validator import ValidationOptions, validate_instance
from taxii2client.common import TokenAuth
from taxii2client.v21 import Collection, Server, as_pages

import alert_agencies
from door_site import open_doors
from integra_node.actions import door_tokens
from integra_node.rules.permissions import Profile
from integra_node.rules.staff import operator
from integra_node.store import audit
from integra_node.store.audit import AuditFilter

ACCEPT = {"Accept": "application/taxii+json;version=2.1"}


@pytest.fixture
async def site(sqlite_database, tmp_path):
    async with open_doors(sqlite_database, tmp_path) as found:
        yield found


async def collections(site, reader_class):
    """Return the collections that a holder of a token sees, by alias."""

    def ask():
        auth = TokenAuth(site.token(reader_class))
        with Server(f"{site.url}/taxii2/", auth=auth) as server:
            found = server.default.collections
            return {one.alias: Collection(one.url, auth=auth) for one in found}

    return await asyncio.to_thread(ask)


async def objects(collection, per_page=50, **filters):
    def ask():
        pages = as_pages(collection.get_objects, per_request=per_page, **filters)
        return [one for page in pages for one in page.get("objects", [])]

    return await asyncio.to_thread(ask)


def reports(found):
    return {one["external_references"][0]["external_id"]: one for one in found if "lang" in one}


def check(one):
    """Have the validator look at an object; names make our UUIDs (version 5), not chance (103)."""
    verdict = validate_instance(one, ValidationOptions(version="2.1"))
    assert verdict.is_valid, (one, verdict.errors)
    assert [str(w) for w in verdict.warnings if "{103}" not in str(w)] == [], one


async def ids(site, reader_class, alias, **filters):
    """Return titles by STIX id of what a holder of a token gets."""
    found = await collections(site, reader_class)
    return {one["id"]: one["name"] for one in await objects(found[alias], type="report", **filters)}


async def test_the_client_of_oasis_reads_every_alert_and_the_validator_takes_every_object(site):
    for number in range(5):
        site.alert(tlp="CLEAR", title={"en": f"Number {number}"}, europol_handling="H1")
    site.alert(tlp="CLEAR", title={"en": "Two", "pt": "Dois"}, body={"en": "b", "pt": "c"})
    site.shelve()
    found = await collections(site, "outsider")
    taken = await objects(found["alerts-clear"], per_page=3)
    assert len(reports(taken)) == 6
    assert len({one["id"] for one in taken}) == len(taken)
    for one in taken:
        check(one)
    named = {one["id"] for one in taken}
    for one in taken:
        refs = one.get("object_marking_refs", []) + one.get("object_refs", [])
        assert set(refs) <= named, one
        assert set(one.get("extensions", {})) <= named | {
            "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
        }


async def test_an_outsider_gets_clear_and_a_member_green_too(site):
    site.alert(tlp="CLEAR", title={"en": "open"})
    site.alert(tlp="GREEN", title={"en": "for members"})
    site.alert(tlp="AMBER", title={"en": "sealed"}, audience=["fr-probation"])
    site.shelve()
    assert list((await ids(site, "outsider", "alerts-clear")).values()) == ["open"]
    assert list((await ids(site, "member", "alerts-clear")).values()) == ["open"]
    assert list((await ids(site, "member", "alerts-green")).values()) == ["open", "for members"]
    assert set(await collections(site, "outsider")) == {"alerts-clear"}


async def test_what_binds_its_reader_to_a_permission_does_not_go_to_outsiders(site):
    site.alert(tlp="CLEAR", title={"en": "ask first"}, europol_handling="H2")
    site.alert(tlp="CLEAR", title={"en": "read this"}, europol_handling="H3", handling_text="x")
    site.shelve()
    assert await ids(site, "outsider", "alerts-clear") == {}
    assert len(await ids(site, "member", "alerts-green")) == 2


async def test_nothing_is_skipped_or_told_twice_when_alerts_change_between_two_pages(site):
    made = [site.alert(tlp="CLEAR", title={"en": f"n{number}"}) for number in range(6)]
    site.shelve()
    collection = (await collections(site, "outsider"))["alerts-clear"]

    def ask(**filters):
        return collection.get_objects(type="report", **filters)

    first = await asyncio.to_thread(ask, limit=2)
    alert_agencies.retract(site.agency, made[0].row.id, "it was wrong")
    alert_agencies.supersede(
        site.agency, made[4].row.id, alert_agencies.body(tlp="CLEAR", title={"en": "n4 anew"})
    )
    site.alert(tlp="CLEAR", title={"en": "n6"})
    site.shelve()
    pages, page = [first], first
    while page.get("more"):
        page = await asyncio.to_thread(ask, limit=2, next=page["next"])
        pages.append(page)
    names = [one["name"] for page in pages for one in page["objects"]]
    assert names == ["n0", "n1", "n2", "n3", "n5", "No longer available", "n4 anew", "n6"]


async def test_paging_by_dates_alone_finds_the_same(site):
    for number in range(5):
        site.alert(tlp="CLEAR", title={"en": f"n{number}"})
    site.shelve()
    path = "/taxii2/alerts/collections/alerts-clear/objects/?match[type]=report&limit=2"
    names, since = [], ""
    while True:
        _, headers, text = await site.get(path + since, site.bearer("outsider") | ACCEPT)
        names += [one["name"] for one in json.loads(text).get("objects", [])]
        if "X-TAXII-Date-Added-Last" not in headers:
            break
        since = f"&added_after={headers['X-TAXII-Date-Added-Last']}"
    assert names == [f"n{number}" for number in range(5)]


async def test_a_retracted_alert_is_revoked_at_once_under_the_same_id(site):
    made = site.alert(tlp="CLEAR", title={"en": "a false word"}, body={"en": "a false body"})
    site.shelve()
    [before] = await ids(site, "outsider", "alerts-clear")
    alert_agencies.retract(site.agency, made.row.id, "it named a group")
    for _ in range(2):  # before and after the shelf knows
        collection = (await collections(site, "outsider"))["alerts-clear"]
        [found] = await objects(collection, type="report")
        assert (found["id"], found["revoked"]) == (before, True)
        assert found["description"] == "it named a group"
        assert "a false" not in json.dumps(found)
        check(found)
        site.shelve()


async def test_a_new_version_keeps_the_id_and_is_newer(site):
    made = site.alert(tlp="CLEAR", title={"en": "first"})
    site.shelve()
    collection = (await collections(site, "outsider"))["alerts-clear"]
    [old] = await objects(collection, type="report")
    text = alert_agencies.body(tlp="CLEAR", title={"en": "second"})
    alert_agencies.supersede(site.agency, made.row.id, text)
    site.shelve()
    [new] = await objects(collection, type="report")
    assert (new["id"], new["created"], new["name"]) == (old["id"], old["created"], "second")
    assert new["modified"] > old["modified"]


async def test_what_is_not_open_any_more_is_revoked_and_comes_back_as_another_object(site):
    made = site.alert(tlp="CLEAR", title={"en": "open"})
    site.shelve()
    for tlp, title in (("GREEN", "shut"), ("CLEAR", "open again")):
        text = alert_agencies.body(tlp=tlp, title={"en": title})
        alert_agencies.supersede(site.agency, made.row.id, text)
        site.shelve()
        outside = await ids(site, "outsider", "alerts-clear")
        assert list(outside.values()) == ["No longer available" if tlp == "GREEN" else title]
        inside = await ids(site, "member", "alerts-green")
        assert list(inside.values()) == [title]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=1&limit=2",
        "next=abc",
        "next=99999999999999999999",
        "added_after=yesterday",
        "added_after=2026-13-01T00:00:00Z",
        "match[version]=newest",
        "match[colour]=red",
        "match[id]=",
    ],
)
async def test_a_wrong_parameter_is_refused_in_words(site, query):
    path = f"/taxii2/alerts/collections/alerts-clear/objects/?{query}"
    status, headers, text = await site.get(path, site.bearer("outsider") | ACCEPT)
    assert (status, headers["Content-Type"]) == (400, ACCEPT["Accept"])
    assert json.loads(text)["http_status"] == "400"


async def test_filters_choose_among_objects(site):
    site.alert(tlp="CLEAR", title={"en": "one"})
    site.alert(tlp="CLEAR", title={"en": "two"})
    site.shelve()
    collection = (await collections(site, "outsider"))["alerts-clear"]
    first, second = await objects(collection, type="report")
    assert await objects(collection, id=first["id"]) == [first]
    assert await objects(collection, id=[first["id"], second["id"]]) == [first, second]
    assert await objects(collection, id=first["id"], type="identity") == []
    assert await objects(collection, type="malware") == []
    assert await objects(collection, id=first["id"], version=first["modified"]) == [first]
    assert await objects(collection, id=first["id"], version="2020-01-01T00:00:00Z") == []
    assert await objects(collection, spec_version="2.0") == []
    kinds = {one["type"] for one in await objects(collection)}
    assert kinds == {"report", "identity", "marking-definition", "extension-definition"}
    one = await asyncio.to_thread(collection.get_object, first["id"])
    assert one["objects"] == [first]
    versions = await asyncio.to_thread(collection.object_versions, first["id"])
    assert versions["versions"] == [first["modified"]]
    manifest = await asyncio.to_thread(collection.get_manifest, id=first["id"])
    assert manifest["objects"][0]["version"] == first["modified"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer x",
        "Bearer " + "0" * 64,
        "Basic !!",
        "Basic eDp5",
        "Digest x",
        "Token " + "g" * 64,
    ],
)
async def test_without_a_token_that_counts_there_is_nothing(site, header):
    site.alert(tlp="CLEAR")
    for path in ("/taxii2/", "/taxii2/alerts/", "/taxii2/alerts/collections/alerts-clear/objects/"):
        status, headers, text = await site.get(path, {**ACCEPT, "Authorization": header})
        assert status == 401
        assert headers["WWW-Authenticate"].startswith("Basic")
        assert json.loads(text)["http_status"] == "401"


async def test_a_revoked_or_expired_token_opens_nothing(site):
    site.token("member", name="short", days=1)
    site.token("member", name="taken-back")
    headers = {n: {"Authorization": f"Token {t}", **ACCEPT} for n, t in site.tokens.items()}
    for name in headers:
        assert (await site.get("/taxii2/", headers[name]))[0] == 200
    admin = operator(Profile("casework"))
    site.agency.write(
        lambda tx: door_tokens.revoke(tx, "taken-back", staff=admin, now=site.agency.now)
    )
    site.agency.now += 86_400
    for name in headers:
        assert (await site.get("/taxii2/", headers[name]))[0] == 401


async def test_the_three_ways_of_showing_a_token_and_the_name_of_a_media_type(site):
    import base64

    secret = site.token("outsider")
    basic = base64.b64encode(f"anything:{secret}".encode()).decode()
    for header in (f"Bearer {secret}", f"token {secret}", f"Basic {basic}"):
        assert (await site.get("/taxii2", {"Authorization": header}))[0] == 200
    for accept, status in (
        ("application/taxii+json; version=2.1", 200),
        ("text/html, application/taxii+json;q=0.5", 200),
        ("*/*", 200),
        ("application/taxii+json;version=2.0", 406),
        ("application/taxii+json;q=0", 406),
        ("text/html", 406),
    ):
        found = await site.get("/taxii2/", site.bearer("outsider") | {"Accept": accept})
        assert found[0] == status, accept


async def test_nothing_can_be_written(site):
    from aiohttp import ClientSession

    path = f"{site.url}/taxii2/alerts/collections/alerts-clear/objects/"
    async with ClientSession(headers=site.bearer("member") | ACCEPT) as session:
        assert (await session.post(path, json={"objects": []})).status == 403
        assert (await session.delete(f"{path}report--x/")).status == 403
        assert (await session.put(path, json={})).status == 405
        assert (await session.get(f"{site.url}/taxii2/alerts/status/x/")).status == 404


async def test_who_took_which_part_is_in_the_audit_log(site):
    for number in range(3):
        site.alert(tlp="CLEAR", title={"en": f"n{number}"})
    site.shelve()
    collection = (await collections(site, "outsider"))["alerts-clear"]
    taken = await objects(collection, per_page=100)
    rows = site.agency.read(lambda tx: audit.page(tx, AuditFilter(actor="door:a-outsider")))
    assert [(row.op, row.object) for row in rows] == [("door_export", "shelf:alerts-clear")]
    details = json.loads(rows[0].details)
    assert details == {"what": "objects", "items": len(taken), "from": 1, "to": len(taken)}


async def test_who_asks_too_often_waits(sqlite_database, tmp_path):
    async with open_doors(sqlite_database, tmp_path, rate=3) as site:
        headers = site.bearer("outsider") | ACCEPT
        found = [await site.get("/taxii2/", headers) for _ in range(4)]
        assert [status for status, _, _ in found] == [200, 200, 200, 429]
        assert int(found[-1][1]["Retry-After"]) >= 1
        guesses = [await site.get("/taxii2/", {"Authorization": "Bearer x"}) for _ in range(4)]
        assert [status for status, _, _ in guesses] == [401, 401, 401, 429]
