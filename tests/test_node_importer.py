"""Does the importing task bring a file and a repository to their end, on both database systems?"""

import pytest
from aiohttp import ClientSession

from alert_agencies import one_agency
from door_site import open_doors
from integra_node.actions import importing, practice_lists
from integra_node.config import HarvestSource
from integra_node.importer import Importer
from integra_node.intake.harvest import read_answer
from integra_node.rules import practice_import
from integra_node.store import imports

URL = "https://repository.example/oai"
PAGE = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>{records}
<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>"""
RECORD = """<record><header><identifier>oai:x:{n}</identifier></header><metadata>
<dc xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:d="http://purl.org/dc/elements/1.1/">
<d:title>{title} {n}</d:title><d:description>What is done.</d:description></dc>
</metadata></record>"""
GONE = '<record><header status="deleted"><identifier>oai:x:9</identifier></header></record>'


class Repository:
    """Stands for a repository: two pages; what it was asked stands in ``asked``."""

    def __init__(self, title="Practice", loops=False):
        self.title, self.loops, self.asked = title, loops, []

    async def list_records(self, source, set_spec, token):
        assert source == URL
        self.asked.append(token)
        numbers = (0, 1) if not token else (2,)
        records = "".join(RECORD.format(n=n, title=self.title) for n in numbers)
        after = "second" if not token or self.loops else ""
        return PAGE.format(records=records + ("" if after else GONE), token=after).encode()


@pytest.fixture
def agency(database, tmp_path):
    return one_agency(database, tmp_path)


async def finish(agency, repository):
    """Do what the importing task does until there is nothing to do."""
    sources = (HarvestSource(url=URL),)
    importer = Importer(
        agency.us, agency.database, lambda: agency.now, harvester=repository, sources=sources
    )
    working = True
    while working:
        working = await importer.step()


async def harvest(agency, repository):
    """Ask a repository and take in what is good; return the import and its counts."""
    ana = agency.people["ana"]
    agency.now += 1
    job = agency.write(
        lambda tx: importing.begin(
            tx, agency.us, kind="oai", name=URL, content=None, hand_in=False, language="en",
            staff=ana, now=agency.now,
        )
    )  # fmt: skip
    await finish(agency, repository)
    if agency.read(lambda tx: imports.find_job(tx, job.id)).status == "checked":
        agency.write(lambda tx: importing.start(tx, job.id, staff=ana, now=agency.now))
        await finish(agency, repository)
    found = agency.read(lambda tx: importing.show(tx, job.id, staff=ana))
    return found.job, found.counts


async def test_a_repository_is_read_page_by_page_and_only_what_changed_is_taken_again(agency):
    repository = Repository()
    job, counts = await harvest(agency, repository)
    assert (job.status, counts) == ("done", {"new": 3, "gone": 1})
    assert repository.asked == ["", "second"]
    rows = agency.read(lambda tx: practice_lists.list_own(tx, staff=agency.people["ana"]))
    assert {row.status for row in rows} == {"draft"}
    assert {row.source_id for row in rows} == {"oai:x:0", "oai:x:1", "oai:x:2"}
    assert (await harvest(agency, Repository()))[1] == {"unchanged": 3, "gone": 1}
    assert (await harvest(agency, Repository("Renamed")))[1] == {"changed": 3, "gone": 1}


async def test_a_repository_that_goes_round_in_circles_ends_in_a_report(agency):
    job, counts = await harvest(agency, Repository(loops=True))
    assert (job.status, job.failure["reason"], counts) == ("failed", "source_wrong", {})
    assert agency.read(lambda tx: practice_lists.list_own(tx, staff=agency.people["ana"])) == ()


async def test_one_bad_import_does_not_stop_the_others(agency):
    class Broken(Repository):
        async def list_records(self, source, set_spec, token):
            raise ZeroDivisionError

    ana = agency.people["ana"]
    for kind, name, content in (("oai", URL, None), ("json", "x.json", b'{"title": {"en": "x"}}')):
        agency.write(
            lambda tx, kind=kind, name=name, content=content: importing.begin(
                tx, agency.us, kind=kind, name=name, content=content, hand_in=False, language="en",
                staff=ana, now=agency.now,
            )
        )  # fmt: skip
    await finish(agency, Broken())
    jobs = agency.read(lambda tx: importing.list_own(tx, staff=ana))
    assert {job.kind: job.status for job in jobs} == {"oai": "failed", "json": "checked"}


async def test_a_sixth_open_import_is_refused(agency):
    ana = agency.people["ana"]

    def begin(tx):
        return importing.begin(
            tx, agency.us, kind="csv", name="x.csv", content=b"a", hand_in=False, language="en",
            staff=ana, now=agency.now,
        )  # fmt: skip

    for _ in range(importing.MAX_OPEN):
        agency.write(begin)
    with pytest.raises(importing.TooManyImportsError):
        agency.write(begin)


async def test_what_another_node_gives_over_its_door_is_understood(sqlite_database, tmp_path):
    async with open_doors(sqlite_database, tmp_path) as site:
        made = site.practice(0)
        site.shelve()
        async with ClientSession() as session:
            asked = f"{site.url}/oai?verb=ListRecords&metadataPrefix=oai_dc"
            data = await (await session.get(asked)).read()
    found = read_answer(data, "en")
    assert found.token == ""
    entry = practice_import.entry_of_record(found.records[0]["record"])
    judged = practice_import.judge(entry, hand_in=False)
    assert judged.practice.title == {made.language: made.title}
    assert judged.practice.settings
    assert judged.practice.lineage.adapted_from == f"pt-prison~1~{made.idx}"
    assert judged.practice.licence == "CC-BY-4.0"
