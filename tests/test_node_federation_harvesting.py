"""Is a repository asked only when the settings name it, over https, within its bounds?"""

import ssl
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
import trustme
from aiohttp import web

from integra_node.federation.harvesting import Harvester
from integra_node.intake.harvest import MAX_ANSWER_BYTES
from integra_node.intake.refusal import UnreadableError

LOOPBACK = [ip_network("127.0.0.0/8")]


@asynccontextmanager
async def repository(tmp_path, handler):
    """Run a repository with a certificate of its own authority; yield its address and that."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    known = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(known))
    app = web.Application()
    app.router.add_get("/{rest:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/oai", str(known)
    finally:
        await runner.cleanup()


async def refused(harvester, url):
    with pytest.raises(UnreadableError) as failure:
        await harvester.list_records(url, "", "")
    return failure.value.reason


async def test_an_allowed_repository_is_asked_and_goes_on_by_its_token(tmp_path):
    asked = []

    async def answer(request):
        asked.append(dict(request.query))
        return web.Response(body=b"<x/>")

    async with repository(tmp_path, answer) as (url, ca):
        harvester = Harvester([url], allow_networks=LOOPBACK, ca_file=ca)
        assert await harvester.list_records(url, "lang:pt", "") == b"<x/>"
        await harvester.list_records(url, "lang:pt", "go on & on")
    assert asked == [
        {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "lang:pt"},
        {"verb": "ListRecords", "resumptionToken": "go on & on"},
    ]


async def test_nobody_else_is_asked_and_no_private_address(tmp_path):
    asked = []

    async def answer(request):
        asked.append(request.path)
        return web.Response(body=b"<x/>")

    async with repository(tmp_path, answer) as (url, ca):
        assert await refused(Harvester([], allow_networks=LOOPBACK, ca_file=ca), url) == (
            "source_not_allowed"
        )
        plain = url.replace("https", "http")
        assert await refused(Harvester([plain], allow_networks=LOOPBACK), plain) == (
            "source_not_allowed"
        )
        assert await refused(Harvester([url], ca_file=ca), url) == "source_unreachable"
        by_name = url.replace("127.0.0.1", "localhost")
        assert await refused(Harvester([by_name], ca_file=ca), by_name) == "source_unreachable"
        unknown = Harvester([url], allow_networks=LOOPBACK)
        assert await refused(unknown, url) == "source_unreachable"
    assert asked == []


async def test_redirects_encodings_errors_and_too_much_are_refused(tmp_path):
    answers = {
        "redirect": lambda: web.Response(status=302, headers={"Location": "https://127.0.0.1/"}),
        "encoded": lambda: web.Response(body=b"x", headers={"Content-Encoding": "gzip"}),
        "busy": lambda: web.Response(status=503),
        "large": lambda: web.Response(body=bytes(MAX_ANSWER_BYTES + 1)),
    }

    async def answer(request):
        return answers[request.path.rpartition("/")[2]]()

    async with repository(tmp_path, answer) as (url, ca):
        found = {}
        for name in answers:
            place = f"{url}/{name}"
            found[name] = await refused(
                Harvester([place], allow_networks=LOOPBACK, ca_file=ca), place
            )
    assert found == {
        "redirect": "source_refused",
        "encoded": "source_refused",
        "busy": "source_refused",
        "large": "source_too_large",
    }
