"""Signing keys: both PIN and master key are needed, five wrong PINs lock, revocation counts at once."""

import os

import pytest

from handover_pair import CHEAP, PIN, make_pair, send, sync
from integra_node.actions import officers
from integra_node.actions.officers import (
    NoOfficerKeyError,
    OfficerLockedError,
    OfficerRevokedError,
    WrongPinError,
)
from integra_node.rules.permissions import Profile
from integra_node.rules.problems import InvalidFieldsError
from integra_node.rules.staff import operator
from integra_node.store import accounts, audit, log, officer_keys, partners
from integra_node.store.audit import AuditFilter
from integra_protocol.errors import NotAllowedError, NotFoundError

ADMIN = operator(Profile.CASEWORK)


@pytest.fixture
def agency(tmp_path):
    a, b = make_pair(tmp_path)
    b.database.close()
    yield a
    a.database.close()


def key_of(agency, username):
    account = agency.people[username].account_id
    return agency.read(lambda tx: officers.state_of(tx, account)).key


def lines(agency, officer):
    def found(tx):
        return log.officer_lines(tx, log.get(tx, agency.us.origin).id, officer)

    return agency.read(found)


def revoke(agency, username, why="left the service", staff=ADMIN):
    account = agency.people[username].account_id
    agency.write(
        lambda tx: officers.revoke(tx, agency.us, account, why=why, staff=staff, now=agency.now)
    )


def test_the_certificate_stands_in_the_log_under_a_pseudonym(agency):
    key = key_of(agency, "author")
    assert key.officer.startswith("o-")
    assert "author" not in key.officer
    (line,) = lines(agency, key.officer)
    assert line.public == key.public


def test_the_pin_opens_the_key_and_the_seed_is_not_stored_open(agency):
    officer = agency.officer("author")
    assert officer.key.public == key_of(agency, "author").public
    assert PIN.encode() not in agency.files()
    assert PIN not in repr(officer)
    assert PIN not in repr(key_of(agency, "author"))


def test_another_master_key_does_not_open_it(agency):
    key = key_of(agency, "author")
    with pytest.raises(NotFoundError):
        officers.unlock(os.urandom(32), key, PIN)


def test_a_wrong_pin_never_says_the_pin(agency):
    with pytest.raises(WrongPinError) as caught:
        agency.officer("author", "the wrong one")
    assert "wrong one" not in repr(caught.value) + caught.value.detail


def test_five_wrong_pins_lock_the_key_even_for_the_right_one(agency):
    for _ in range(5):
        with pytest.raises(WrongPinError):
            agency.officer("author", "not this one")
    with pytest.raises(OfficerLockedError):
        agency.officer("author")
    locked = agency.write(
        lambda tx: officers.note_wrong_pin(
            tx, key_of(agency, "author").officer, staff=agency.people["author"], now=agency.now
        )
    )
    assert locked
    (row,) = agency.read(lambda tx: audit.page(tx, AuditFilter(op="admin"), limit=1))
    assert "officer_locked" in row.details


def test_a_right_pin_forgets_the_wrong_ones(agency):
    for _ in range(4):
        with pytest.raises(WrongPinError):
            agency.officer("author", "not this one")
    agency.officer("author")
    assert key_of(agency, "author").wrong_tries == 0


def test_a_forgotten_pin_means_a_new_key_and_the_old_one_is_revoked(agency):
    old = key_of(agency, "author")
    for _ in range(5):
        with pytest.raises(WrongPinError):
            agency.officer("author", "not this one")
    agency.certify("author", "another good pin")
    new = key_of(agency, "author")
    assert (new.officer, new.public != old.public) == (old.officer, True)
    assert [line.public for line in lines(agency, old.officer)] == [old.public, None, new.public]
    assert agency.officer("author", "another good pin").key.public == new.public


@pytest.mark.parametrize("pin", ["short", "11111111"])
def test_a_weak_pin_is_refused(agency, pin):
    held = agency.read(lambda tx: officers.state_of(tx, agency.people["author"].account_id))
    with pytest.raises(InvalidFieldsError):
        officers.make_key(agency.us, held, pin=pin, profile=CHEAP)


def test_a_revocation_counts_at_once_even_for_an_unlocked_key(agency):
    officer = agency.officer("author")
    revoke(agency, "author")
    with pytest.raises(NoOfficerKeyError):
        agency.read(lambda tx: officers.check_may_sign(tx, officer, staff=agency.people["author"]))
    assert key_of(agency, "author").sealed_seed is None
    assert lines(agency, officer.id)[-1].public is None


def test_a_revoked_officer_cannot_make_a_new_key_until_allowed(agency):
    revoke(agency, "author")
    with pytest.raises(OfficerRevokedError):
        agency.certify("author")
    account = agency.people["author"].account_id
    agency.write(lambda tx: officers.allow_new_key(tx, account, staff=ADMIN, now=agency.now))
    agency.certify("author")
    assert agency.officer("author")


def test_nobody_revokes_anothers_key_without_the_right(agency):
    with pytest.raises(NotAllowedError):
        revoke(agency, "author", staff=agency.people["head"])


def test_disabling_an_account_revokes_its_key(agency):
    account = agency.people["author"].account_id
    agency.write(
        lambda tx: officers.disable_account(tx, agency.us, account, staff=ADMIN, now=agency.now)
    )
    assert key_of(agency, "author").is_revoked
    assert agency.read(lambda tx: accounts.by_id(tx, account)).disabled_at == agency.now


def test_a_revocation_that_cannot_be_appended_now_is_appended_later(agency):
    officer = key_of(agency, "author").officer
    agency.write(lambda tx: partners.set_setting(tx, "behind", "1"))
    revoke(agency, "author")
    assert key_of(agency, "author").is_revoked
    assert lines(agency, officer)[-1].public is not None
    agency.write(lambda tx: partners.set_setting(tx, "behind", None))
    owed = agency.write(lambda tx: officers.append_owed_revocations(tx, agency.us, now=agency.now))
    assert owed == 1
    assert lines(agency, officer)[-1].public is None
    assert not agency.write(
        lambda tx: officers.append_owed_revocations(tx, agency.us, now=agency.now)
    )


def test_a_partner_refuses_what_a_revoked_key_signed(tmp_path):
    a, b = make_pair(tmp_path)
    sent, received = send(a, b)
    officer = b.officer("duty")
    revoke(b, "duty")
    # An officer whose key was unlocked before: the local check is what stops it first.
    b.write(lambda tx: officer_keys.save(tx, _as_if_good(b, officer)))
    b.write(lambda tx: _acknowledge(tx, b, received, officer))
    sync(a, b)
    assert a.find(sent).state == "delivered"
    a.database.close()
    b.database.close()


def _as_if_good(agency, officer):
    return officer_keys.OfficerKey(
        officer=officer.id,
        account_id=agency.people["duty"].account_id,
        public=officer.key.public,
        sealed_seed=b"",
        wrong_tries=0,
        certified_at=agency.now,
        revoked_at=None,
    )


def _acknowledge(tx, agency, handover_id, officer):
    from integra_node.actions.handover_steps import Given, act
    from integra_node.rules.handover import Event

    return act(
        tx, agency.us, handover_id, Event.ACKNOWLEDGE, Given(),
        staff=agency.people["duty"], now=agency.now, officer=officer,
    )  # fmt: skip
