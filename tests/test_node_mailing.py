"""E-mail over real SMTP with TLS and a login: what goes out, when, and what becomes of failures."""

import socket
import ssl

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from click.testing import CliRunner

from integra_node.actions import mailboxes, notices
from integra_node.cli import main
from integra_node.mailing import Mailing
from integra_node.rules.mail import Delivery
from integra_node.rules.notice_kinds import NoticeKind
from integra_node.rules.permissions import Profile, Role
from integra_node.rules.staff import Staff
from integra_node.store import accounts as store_accounts
from integra_node.store import mailboxes as store_mailboxes
from staff_site import open_site

SECRET = "a password of the mail server"
REF = "it-university/log/1~1~77"
LATER = 60


class Inbox:
    """Takes messages, or refuses them as it is told."""

    def __init__(self):
        self.taken, self.refusal = [], ""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - named by aiosmtpd
        if self.refusal:
            return self.refusal
        self.taken.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


class MailServer:
    """A server on loopback that asks for STARTTLS and a login before it takes anything."""

    def __init__(self, folder):
        self.ca, self.inbox = trustme.CA(), Inbox()
        self.ca.cert_pem.write_to_path(folder / "mail-ca.pem")
        (folder / "mail-password").write_text(SECRET + "\n")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert("127.0.0.1").configure_cert(self._context)
        self._controller = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def start(self):
        self._controller = Controller(
            self.inbox,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=self._context,
            require_starttls=True,
            auth_required=True,
            authenticator=self._login,
        )
        self._controller.start()

    def stop(self):
        self._controller.stop()

    def _login(self, server, session, envelope, mechanism, data):
        known = data.password == SECRET.encode() and data.login == b"integra"
        return AuthResult(success=known, handled=False)


@pytest.fixture
def server(tmp_path):
    server = MailServer(tmp_path)
    server.start()
    yield server
    server.stop()


def settings(server, folder, **other):
    values = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "starttls",
        "ca_file": str(folder / "mail-ca.pem"),
        "username": "integra",
        "password_file": str(folder / "mail-password"),
        "sender": "integra@prison.example",
        **other,
    }
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    return "[mail]\n" + "\n".join(lines) + "\ndomains = ['prison.example']\n"


@pytest.fixture
async def site(tmp_path, server):
    async with open_site(tmp_path, extra=settings(server, tmp_path)) as site:
        site.mailing = Mailing(site.context.config, site.database, site.clock)
        yield site


def subscribe(site, name, delivery=Delivery.AT_ONCE, hour=8, language=""):
    account = site.add(name, Role.READER)
    staff = Staff(
        account_id=account.id, username=name, roles=account.roles, profile=Profile.CASEWORK
    )
    config = site.context.config
    site.database.write_now(
        lambda tx: mailboxes.choose(
            tx,
            address=f"{name}@prison.example",
            delivery=delivery,
            hour=hour,
            domains=config.mail.domains,
            zone=config.zone,
            staff=staff,
            now=site.clock(),
        )
    )
    if language:
        site.database.write_now(lambda tx: store_accounts.set_language(tx, account.id, language))
    return account


def tell(site, account, ref=REF):
    site.clock.now += 1
    site.database.write_now(
        lambda tx: notices.tell(tx, [account.id], NoticeKind.ALERT_RETRACTED, ref, now=site.clock())
    )
    site.clock.now += LATER


def box_of(site, account):
    return site.database.read_now(lambda tx: store_mailboxes.find(tx, account.id))


async def test_a_message_says_how_many_things_wait_and_nothing_about_them(site, server):
    ana = subscribe(site, "ana")
    tell(site, ana)
    tell(site, ana, "it-university/log/1~1~78")
    assert await site.mailing.send_owed() == 1
    [(to, text)] = server.inbox.taken
    assert to == ["ana@prison.example"]
    assert "2 messages wait for you in Integra." in text
    assert f"{site.context.config.staff_url}/messages" in text
    assert "Auto-Submitted: auto-generated" in text
    for secret in (REF, "retract", "alert", "it-university", "Ana"):
        assert secret not in text


async def test_what_was_told_is_not_told_again_and_what_is_new_is(site, server):
    ana = subscribe(site, "ana")
    tell(site, ana)
    assert [await site.mailing.send_owed() for _ in range(3)] == [1, 0, 0]
    tell(site, ana, "it-university/log/1~1~78")
    assert await site.mailing.send_owed() == 1
    assert "1 message waits" in server.inbox.taken[1][1]


async def test_the_same_message_sent_twice_has_one_id(site, server):
    ana = subscribe(site, "ana")
    tell(site, ana)
    before = box_of(site, ana)
    await site.mailing.send_owed()
    site.database.write_now(lambda tx: store_mailboxes.save(tx, before))  # killed in between
    await site.mailing.send_owed()
    ids = {line for _, text in server.inbox.taken for line in text.splitlines()
           if line.startswith("Message-ID")}  # fmt: skip
    assert (len(server.inbox.taken), len(ids)) == (2, 1)


async def test_what_was_seen_meanwhile_is_not_mailed(site, server):
    ana = subscribe(site, "ana")
    tell(site, ana)
    async with site.browser("ana") as browser:
        await browser.get("/today")
    staff = Staff(account_id=ana.id, username="ana", roles=ana.roles, profile=Profile.CASEWORK)
    site.database.write_now(
        lambda tx: notices.confirm(
            tx, NoticeKind.ALERT_RETRACTED, REF, staff=staff, now=site.clock()
        )
    )
    assert await site.mailing.send_owed() == 0
    assert server.inbox.taken == []


async def test_a_summary_waits_for_its_hour_and_is_in_the_persons_language(site, server):
    rui = subscribe(site, "rui", Delivery.DIGEST, hour=8, language="fr")
    tell(site, rui)
    assert await site.mailing.send_owed() == 0
    site.clock.now = box_of(site, rui).next_at
    assert await site.mailing.send_owed() == 1
    assert "Content-Language: fr" in server.inbox.taken[0][1]
    assert "1 message vous attend" in server.inbox.taken[0][1]
    tell(site, rui, "it-university/log/1~1~78")
    assert await site.mailing.send_owed() == 0
    site.clock.now += 86_400
    assert await site.mailing.send_owed() == 1


async def test_nobody_gets_mail_who_did_not_ask_or_has_left(site, server):
    quiet, gone = subscribe(site, "quiet", Delivery.NEVER), subscribe(site, "gone")
    silent = site.add("silent", Role.READER)
    for account in (quiet, gone, silent):
        tell(site, account)
    site.database.write_now(lambda tx: store_accounts.set_disabled(tx, gone.id, site.clock()))
    assert await site.mailing.send_owed() == 0
    assert server.inbox.taken == []


async def test_a_refused_message_is_tried_again_later_and_stops_no_other(site, server):
    ana, rui = subscribe(site, "ana"), subscribe(site, "rui")
    tell(site, ana)
    tell(site, rui)
    server.inbox.refusal = "550 no such mailbox"
    assert await site.mailing.send_owed() == 0
    assert {box_of(site, one).trouble for one in (ana, rui)} == {"refused"}
    server.inbox.refusal = ""
    assert await site.mailing.send_owed() == 0
    site.clock.now += 61
    assert await site.mailing.send_owed() == 2
    assert (box_of(site, ana).trouble, box_of(site, ana).failures) == ("", 0)


async def test_while_the_server_is_away_everything_stays_owed(site, server):
    ana, rui = subscribe(site, "ana"), subscribe(site, "rui")
    tell(site, ana)
    tell(site, rui)
    server.stop()
    assert await site.mailing.send_owed() == 0
    assert sorted(box_of(site, one).trouble for one in (ana, rui)) == ["", "unreachable"]
    server.start()
    site.clock.now += 61
    assert await site.mailing.send_owed() == 2


@pytest.mark.parametrize(
    "change, reason",
    [({"username": "mallory"}, "login"), ({"ca_file": ""}, "tls"), ({"port": 1}, "unreachable")],
)
async def test_each_fault_of_the_settings_has_its_word(tmp_path, server, change, reason):
    extra = settings(server, tmp_path, **change).replace("ca_file = ''\n", "")
    async with open_site(tmp_path, extra=extra) as site:
        ana = subscribe(site, "ana")
        tell(site, ana)
        await Mailing(site.context.config, site.database, site.clock).send_owed()
        assert box_of(site, ana).trouble == reason
    assert server.inbox.taken == []


async def test_the_page_keeps_what_was_typed_and_stores_what_is_right(site):
    site.add("ana", Role.READER)
    async with site.browser("ana") as ana:
        typed = {"address": "ana@gmail.example", "delivery": "digest", "hour": "7"}
        answer = await ana.post("/account/mail", typed)
        text = await answer.text()
        assert answer.status == 400
        assert "ana@gmail.example" in text
        assert "Use an address of your organisation: prison.example." in text
        answer = await ana.post("/account/mail", {**typed, "address": "ana@prison.example"})
        assert answer.status == 303
        assert 'value="ana@prison.example"' in await (await ana.get("/account/mail")).text()


def test_the_command_sends_a_trial_message_or_says_what_is_wrong(tmp_path, server):
    (tmp_path / "integra.toml").write_text(
        f"org = 'pt-prison'\nfederation_name = 'test.example'\n{settings(server, tmp_path)}"
    )
    run = CliRunner()
    home = ["--home", str(tmp_path), "mail", "test"]
    good = run.invoke(main, [*home, "ana@prison.example"])
    assert (good.exit_code, len(server.inbox.taken)) == (0, 1)
    assert run.invoke(main, [*home, "ana@elsewhere.example"]).exit_code == 1
    (tmp_path / "mail-password").write_text("wrong")
    bad = run.invoke(main, [*home, "ana@prison.example"])
    assert bad.exit_code == 1
    assert SECRET not in bad.output


@pytest.mark.parametrize(
    "wrong",
    ["sender = 'nobody'", "domains = []", "security = 'none'\nhost = 'mail.example'"],
)
def test_half_a_setting_is_refused_at_start(tmp_path, server, wrong):
    name = wrong.partition(" ")[0]
    lines = settings(server, tmp_path).splitlines()
    replaced = [w.partition(" ")[0] for w in wrong.splitlines()]
    kept = [line for line in lines if line.partition(" ")[0] not in replaced]
    text = "\n".join([*kept, wrong])
    (tmp_path / "integra.toml").write_text(f"org = 'a'\nfederation_name = 'b'\n{text}\n")
    answer = CliRunner().invoke(main, ["--home", str(tmp_path), "mail", "test", "a@b.example"])
    assert answer.exit_code == 1
    assert name in answer.output
