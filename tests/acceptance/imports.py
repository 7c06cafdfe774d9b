"""Line 3.7: do 10,000 rows come in with progress under two minutes, once, through kills, and no bomb?

A real node in a process of its own; a browser without JavaScript as far as HTTP goes.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
import tempfile
import time
import zipfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import openpyxl
from aiohttp import ClientConnectionError, ClientSession, CookieJar, FormData

from federation_lab import make_lab
from integra_node.actions.accounts import NewAccount, create_account
from integra_node.passwords import RFC_9106_LOW_MEMORY, hash_password
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.practice_export import csv_rows
from integra_node.rules.practice_flat import COLUMNS, to_row
from integra_node.rules.staff import operator
from integra_node.store.database import Database
from node_process import NodeProcess
from practice_bodies import body_of
from staff_site import PASSWORD, Browser

ROWS = 10_000
KILLED_ROWS = 4_000
LIMIT_S = 120.0
GIVE_UP_S = 300.0
COUNT = re.compile(r"<dt>([^<]+)</dt><dd>([\d,]+)</dd>")
PROGRESS = re.compile(r'<p id="progress-text">([^<]+)</p>')
UPLOAD_GIGABYTE = 1024**3


async def main() -> None:
    """Run every part of the line on one node."""
    with tempfile.TemporaryDirectory(prefix="integra-accept-") as folder:
        member = make_lab(Path(folder), [("fr-probation", "casework")]).members["fr-probation"]
        add_writer(member.home)
        node = NodeProcess(member)
        url = f"http://127.0.0.1:{member.staff_port}"
        try:
            async with signed_in(url) as browser:
                await bring_in_and_again(browser)
                await refuse_hostile(browser, member.home)
            node = await through_kills(node, member, url)
        finally:
            node.stop()
    print("10,000 rows came in once, hostile files made nothing, kills lost nothing")


async def bring_in_and_again(browser: Browser) -> None:
    """Import 10,000 rows under two minutes, then the same file again."""
    data = table(ROWS)
    print(f"a table of {ROWS} rows, {len(data) / 2**20:.1f} MiB", flush=True)
    start, seen = time.monotonic(), set[str]()
    place = await upload(browser, data, "list.csv")
    await checked(browser, place, seen)
    await browser.post(f"{place}/start")
    counts = await settled(browser, place, seen)
    took = time.monotonic() - start
    print(f"{counts} in {took:.1f} s; progress was shown {len(seen)} times, such as:")
    print("  " + "\n  ".join(sorted(seen)[:3]), flush=True)
    assert counts == {"new": ROWS}, counts
    assert took < LIMIT_S, took
    assert len(seen) >= 3, seen
    again = await upload(browser, data, "list.csv")
    counts = await checked(browser, again, set())
    print(f"the same file again: {counts}", flush=True)
    assert counts == {"unchanged": ROWS}, counts
    await browser.post(f"{again}/discard")


async def refuse_hostile(browser: Browser, home: Path) -> None:
    """Send what is meant to do harm; each ends in a report and makes nothing."""
    before = drafts_in(home)
    for name, data, said in (
        ("bomb.xlsx", zip_bomb(), "Unpacked, this workbook would be over"),
        ("letters.csv", "Τίτλος;x\nΌνομα;y\n".encode("cp1253"), "is not in the encoding utf-8"),
        ("quotes.csv", b'Id;Title\n"a;never closed\n', "quotation mark"),
        ("line.csv", b"Title\n" + b"x" * (31 * 2**20) + b"\n", "a cell of more than"),
        ("broken.xlsx", b"PK\x03\x04nothing", "no XLSX workbook"),
    ):
        place = await upload(browser, data, name, encoding="utf-8" if name == "letters.csv" else "")
        page = await page_when(browser, place, lambda text: "<progress" not in text)
        assert said in page, (name, page[-3000:])
        assert "Nothing was taken in" in page, name
        print(f"{name}: {said} …", flush=True)
    place = await upload(browser, formulas(), "formulas.xlsx")
    await checked(browser, place, set())
    page = await (await browser.get(place)).text()
    assert "a formula without a saved value" in page
    assert "start" not in page
    print("formulas.xlsx: its cell is told, nothing is computed", flush=True)
    await refuse_gigabyte(browser)
    assert drafts_in(home) == before


async def refuse_gigabyte(browser: Browser) -> None:
    """Send a line of a gigabyte: it is refused before it is read."""

    async def line():
        for _ in range(UPLOAD_GIGABYTE // 2**20):
            yield b"x" * 2**20

    form = FormData()
    form.add_field("csrf", await browser.token())
    form.add_field("file", line(), filename="gigabyte.csv")
    start = time.monotonic()
    try:
        answer = await browser.session.post("/imports", data=form, allow_redirects=False)
        assert answer.status == 413, answer.status
        said = "What you sent is too large" in await answer.text()
        assert said
    except ClientConnectionError:
        said = False  # it went on sending after the answer
    took = time.monotonic() - start
    print(f"a line of 1 GB: refused after {took:.1f} s{' with its page' if said else ''}")
    assert took < 60


async def through_kills(node: NodeProcess, member: Any, url: str) -> NodeProcess:
    """Import through kill -9 while it is checked and while it is taken in."""
    before = drafts_in(member.home)
    async with signed_in(url) as browser:
        place = await upload(browser, table(KILLED_ROWS, prefix="killed"), "killed.csv")
        page = await page_when(browser, place, lambda text: "/columns" in text)
        await choose(browser, place, page)
        await page_when(browser, place, lambda text: "Checked" in text)
    node.kill()
    node = NodeProcess(member)
    async with signed_in(url) as browser:
        await page_when(browser, place, lambda text: "/start" in text)
        await browser.post(f"{place}/start")
        await page_when(browser, place, lambda text: re.search(r"up to row [1-9]", text))
    node.kill()
    print(f"killed twice; {drafts_in(member.home) - before} were taken in by then", flush=True)
    node = NodeProcess(member)
    async with signed_in(url) as browser:
        counts = await settled(browser, place, set())
    made = drafts_in(member.home) - before
    print(f"{counts}; {made} drafts were made of {KILLED_ROWS} rows", flush=True)
    assert (counts, made) == ({"new": KILLED_ROWS}, KILLED_ROWS)
    return node


def add_writer(home: Path) -> None:
    """Make the account that imports."""
    database = Database.open(f"sqlite:///{home / 'integra.db'}")
    new = NewAccount(
        username="ana",
        display_name="Ana",
        roles=frozenset({Role.CONTRIBUTOR}),
        encoded=hash_password(PASSWORD, RFC_9106_LOW_MEMORY),
        must_change=False,
    )
    staff = operator(Profile.CASEWORK)
    database.write_now(
        lambda tx: create_account(tx, new, staff=staff, now=int(time.time()), random=os.urandom)
    )
    database.close()


def drafts_in(home: Path) -> int:
    """Count the practices of our own, beside the running node."""
    database = Database.open(f"sqlite:///{home / 'integra.db'}")
    try:
        return database.read_now(
            lambda tx: tx.exec_driver_sql("SELECT count(*) FROM draft").scalar_one()
        )
    finally:
        database.close()


@asynccontextmanager
async def signed_in(url: str):
    """Sign in, once the node answers."""
    async with ClientSession(url, cookie_jar=CookieJar(unsafe=True)) as session:
        end = time.monotonic() + GIVE_UP_S
        while True:
            try:
                browser = Browser(session)
                answer = await browser.sign_in("ana")
                assert answer.status == 303, answer.status
                break
            except ClientConnectionError:
                assert time.monotonic() < end, "the node did not start"
                await asyncio.sleep(0.2)
        yield browser


def table(count: int, prefix: str = "row") -> bytes:
    """Return a CSV table of practices."""
    rows = [COLUMNS]
    for number in range(count):
        row = to_row(body_of(number) | {"source_id": f"{prefix}-{number}"})
        rows.append(tuple(row[name] for name in COLUMNS))
    return csv_rows(rows).encode()


def zip_bomb() -> bytes:
    """Return a workbook that would be 2 GiB."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", bytes(256 * 2**20))
    return made.getvalue()


def formulas() -> bytes:
    """Return a workbook whose title is a formula that nobody computed."""
    book = openpyxl.Workbook()
    book.active.append(["Title", "Language"])
    book.active.append(['=HYPERLINK("https://evil.example","x")', "en"])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


async def upload(browser: Browser, data: bytes, name: str, encoding: str = "") -> str:
    """Send a file; return the address of its import."""
    form = FormData()
    for field, value in (("csrf", await browser.token()), ("hand_in", "0"), ("language", "en")):
        form.add_field(field, value)
    form.add_field("encoding", encoding)
    form.add_field("file", io.BytesIO(data), filename=name)
    answer = await browser.session.post("/imports", data=form, allow_redirects=False)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def choose(browser: Browser, place: str, page: str) -> None:
    """Accept the columns as they were guessed."""
    chosen = dict(
        re.findall(
            r'name="(column-\d+-field)".*?<option value="([^"]*)" selected>', page, re.DOTALL
        )
    )
    answer = await browser.post(f"{place}/columns", chosen | {"hand_in": "0", "language": "en"})
    assert answer.status == 303, await answer.text()


async def checked(browser: Browser, place: str, seen: set[str]) -> dict[str, int]:
    """Wait until the rows are checked, choosing the columns meanwhile; return the counts."""
    page = await page_when(
        browser, place, lambda text: "/columns" in text or "<progress" not in text, seen
    )
    if "/columns" in page:
        await choose(browser, place, page)
    return await settled(browser, place, seen)


async def settled(browser: Browser, place: str, seen: set[str]) -> dict[str, int]:
    """Wait until the machine has nothing to do; return the counts."""
    page = await page_when(browser, place, lambda text: "<progress" not in text, seen)
    return {name: int(count.replace(",", "")) for name, count in COUNT.findall(page)}


async def page_when(browser: Browser, place: str, ready: Any, seen: set[str] | None = None) -> str:
    """Look at a page again and again until it is ready; collect the progress that it shows."""
    end = time.monotonic() + GIVE_UP_S
    while True:
        answer = await browser.get(place)
        page = await answer.text()
        assert answer.status == 200, (answer.status, page[-2000:])
        if seen is not None:
            seen |= set(PROGRESS.findall(page))
        if ready(page):
            return page
        assert time.monotonic() < end, page[-2000:]
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main())
