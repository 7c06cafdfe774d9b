"""How does a person become an officer who signs, and how does that end?

An officer's seed is sealed under a key made from the PIN and then under the master key; both are
needed.  Making and unlocking a key is slow on purpose and happens before the transaction.  A key
counts from its ``officer`` entry to its ``officer-rev`` (docs/protocol.md section 7).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from integra_node import passwords, vault
from integra_node.actions import accounts as account_actions
from integra_node.actions.publishing import NewEntry, Officer, append
from integra_node.actions.us import Us
from integra_node.passwords import RFC_9106_LOW_MEMORY, PasswordProfile
from integra_node.rules.accounts import is_pin_locked, normal_secret, pin_problems
from integra_node.rules.permissions import Action
from integra_node.rules.problems import require_none
from integra_node.rules.retention import longest
from integra_node.rules.staff import Staff
from integra_node.store import accounts, audit, log, officer_keys
from integra_node.store.accounts import Account
from integra_node.store.database import Tx
from integra_node.store.officer_keys import OfficerKey
from integra_protocol.canonical import Value
from integra_protocol.entry import EVERYONE
from integra_protocol.errors import (
    BehindError,
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
    WaitingError,
)
from integra_protocol.keys import SigningKey
from integra_protocol.officers import certify as certificate_of

_ID_BYTES: Final = 3
_SEED_BYTES: Final = 32
_COST: Final = struct.Struct(">QQ")  # passes, bytes of memory
FORGOTTEN: Final = "replaced by a new key"
DISABLED: Final = "the account was disabled"


class NoOfficerKeyError(NotAllowedError):
    """This person has no signing key, or it was revoked."""

    code = "no_officer_key"


class OfficerLockedError(NotAllowedError):
    """Five wrong PINs: a new key is needed."""

    code = "officer_locked"


class WrongPinError(InputError):
    """The PIN does not open the signing key."""

    code = "wrong_pin"


class OfficerRevokedError(ConflictError):
    """The key was revoked by somebody else, who alone can allow a new one."""

    code = "officer_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A fresh key of an officer: its certificate, and its seed sealed under PIN and master key."""

    officer: str
    public: bytes
    certificate: Mapping[str, Value]
    sealed_seed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerState:
    """An account and its signing key, if it has one."""

    account: Account
    key: OfficerKey | None

    @property
    def is_active(self) -> bool:
        """Whether it can sign."""
        return self.key is not None and not self.key.is_revoked and not self.is_locked

    @property
    def is_locked(self) -> bool:
        """Whether too many wrong PINs have shut it."""
        return self.key is not None and is_pin_locked(self.key.wrong_tries)


def state_of(tx: Tx, account_id: str) -> OfficerState:
    """Return the signing key of an account.

    Raises:
        NotFoundError: there is no such account.
    """
    account = accounts.by_id(tx, account_id)
    if account is None:
        raise NotFoundError
    return OfficerState(account=account, key=officer_keys.find(tx, account.officer_id))


def list_officers(tx: Tx, *, staff: Staff) -> tuple[OfficerState, ...]:
    """Return every account that has or had a signing key.

    Raises:
        NotAllowedError: the actor does not manage officers.
    """
    staff.require(Action.MANAGE_OFFICERS)
    keys = {key.officer: key for key in officer_keys.everybody(tx)}
    return tuple(
        OfficerState(account=account, key=keys.get(account.officer_id or ""))
        for account in accounts.everybody(tx)
        if account.officer_id is not None
    )


def make_key(
    us: Us, held: OfficerState, *, pin: str, profile: PasswordProfile = RFC_9106_LOW_MEMORY
) -> NewKey:
    """Make a key for an account; slow, no transaction.  An officer keeps the same pseudonym.

    Raises:
        InvalidFieldsError: the PIN is too short or too simple.
    """
    secret = normal_secret(pin)
    require_none(pin_problems(secret))
    reused = held.key is not None and not held.key.is_revoked
    officer = held.key.officer if reused and held.key else f"o-{us.random(_ID_BYTES).hex()}"
    seed = us.random(_SEED_BYTES)
    key = SigningKey.from_seed(seed)
    return NewKey(
        officer=officer,
        public=key.public,
        certificate=certificate_of(us.org, officer, _role_text(held.account), key),
        sealed_seed=_seal(us, officer, seed, secret, profile),
    )


def certify(tx: Tx, us: Us, account_id: str, new: NewKey, *, staff: Staff, now: int) -> None:
    """Append the certificate of a new key; a key that the person had before is revoked first.

    Raises:
        NotAllowedError: neither one's own key nor an actor who manages officers.
        OfficerRevokedError: the key was revoked and no new one was allowed.
        ConflictError: the officer has changed since the key was made.
    """
    held = state_of(tx, account_id)
    if account_id == staff.account_id:
        staff.require(Action.OWN_OFFICER_KEY)
    else:
        staff.require(Action.MANAGE_OFFICERS)
    if held.account.disabled_at is not None:
        raise ConflictError("the account is disabled")
    if held.key is not None:
        if held.key.is_revoked:
            raise OfficerRevokedError
        if held.key.officer != new.officer:
            raise ConflictError("another key was made in the meantime")
        _append_revocation(tx, us, new.officer, FORGOTTEN, now)
    elif officer_keys.find(tx, new.officer) is not None:
        raise ConflictError("this pseudonym is taken: try again")
    _append_certificate(tx, us, new, now)
    row = OfficerKey(
        officer=new.officer,
        account_id=account_id,
        public=new.public,
        sealed_seed=new.sealed_seed,
        wrong_tries=0,
        certified_at=now,
        revoked_at=None,
    )
    officer_keys.save(tx, row)
    accounts.set_officer(tx, account_id, new.officer)
    _log(tx, staff, now, new.officer, "officer_certified", account=account_id)


def revoke(tx: Tx, us: Us, account_id: str, *, why: str, staff: Staff, now: int) -> None:
    """Revoke an account's key at once: its seed is thrown away, and the log says so.

    Raises:
        NotAllowedError: neither one's own key nor an actor who manages officers.
        NoOfficerKeyError: there is no key to revoke.
        InputError: no reason; it is published to every member.
    """
    if account_id != staff.account_id:
        staff.require(Action.MANAGE_OFFICERS)
    held = state_of(tx, account_id)
    if held.key is None or held.key.is_revoked:
        raise NoOfficerKeyError
    _revoke(tx, us, held.key, why, staff, now)


def disable_account(tx: Tx, us: Us, account_id: str, *, staff: Staff, now: int) -> None:
    """Shut an account and revoke its signing key, if it has one; see ``accounts.disable``."""
    account_actions.disable(tx, account_id, staff=staff, now=now)
    held = state_of(tx, account_id)
    if held.key is not None and not held.key.is_revoked:
        _revoke(tx, us, held.key, DISABLED, staff, now)


def allow_new_key(tx: Tx, account_id: str, *, staff: Staff, now: int) -> None:
    """Let a person whose key was revoked make a new one, under a new pseudonym.

    Raises:
        NotAllowedError: the actor does not manage officers.
        ConflictError: the key is not revoked.
    """
    staff.require(Action.MANAGE_OFFICERS)
    held = state_of(tx, account_id)
    if held.key is None or not held.key.is_revoked:
        raise ConflictError("the key is not revoked")
    accounts.set_officer(tx, account_id, None)
    _log(tx, staff, now, held.key.officer, "officer_allowed", account=account_id)


def append_owed_revocations(tx: Tx, us: Us, *, now: int) -> int:
    """Append the revocations that could not be appended when the key was revoked."""
    own = log.find(tx, us.origin)
    owed = [
        key.officer
        for key in officer_keys.everybody(tx)
        if own is not None and key.is_revoked and _is_certified(tx, own.id, key.officer)
    ]
    try:
        for officer in owed:
            _append_revocation(tx, us, officer, DISABLED, now)
    except (WaitingError, BehindError):
        return 0
    return len(owed)


def begin_try(tx: Tx, *, staff: Staff) -> OfficerKey:
    """Count a try before the PIN is tested, so that no crash and no haste gives a free one.

    Raises:
        NoOfficerKeyError: the actor has no key.
        OfficerLockedError: five wrong tries were made.
    """
    key = officer_keys.find(tx, _officer_of(tx, staff), for_update=True)
    if key is None or key.is_revoked or key.account_id != staff.account_id:
        raise NoOfficerKeyError
    if is_pin_locked(key.wrong_tries):
        raise OfficerLockedError
    officer_keys.set_wrong_tries(tx, key.officer, key.wrong_tries + 1)
    return key


def end_try(tx: Tx, officer: str) -> None:
    """Forget the tries: the PIN was right."""
    officer_keys.set_wrong_tries(tx, officer, 0)


def note_wrong_pin(tx: Tx, officer: str, *, staff: Staff, now: int) -> bool:
    """Write a wrong PIN to the audit log; return whether the key is now locked."""
    key = officer_keys.find(tx, officer)
    locked = key is not None and is_pin_locked(key.wrong_tries)
    _log(tx, staff, now, officer, "officer_locked" if locked else "wrong_pin")
    return locked


def unlock(master: bytes, key: OfficerKey, pin: str) -> Officer:
    """Open a signing key with its PIN; slow, no transaction.

    Raises:
        NoOfficerKeyError: it was revoked.
        WrongPinError: the PIN is not the one.
    """
    if key.sealed_seed is None:
        raise NoOfficerKeyError
    outer = vault.unseal(master, key.sealed_seed, _place(b"officer key", key.officer))
    passes, memory_bytes = _COST.unpack_from(outer)
    salt, inner = outer[_COST.size :][: passwords.SALT_BYTES], outer[_COST.size :]
    profile = PasswordProfile(passes=passes, memory_bytes=memory_bytes)
    pin_key = passwords.key_from_secret(normal_secret(pin), salt, profile)
    try:
        seed = vault.unseal(
            pin_key, inner[passwords.SALT_BYTES :], _place(b"officer seed", key.officer)
        )
    except NotFoundError:
        raise WrongPinError from None
    return Officer(id=key.officer, key=SigningKey.from_seed(seed))


def check_may_sign(tx: Tx, officer: Officer, *, staff: Staff) -> None:
    """Make sure, in the transaction that signs, that the unlocked key is the actor's and still good.

    Raises:
        NoOfficerKeyError: it was revoked or replaced since it was unlocked, or is another's.
    """
    key = officer_keys.find(tx, officer.id)
    if key is None or key.is_revoked or key.account_id != staff.account_id:
        raise NoOfficerKeyError
    if key.public != officer.key.public:
        raise NoOfficerKeyError


def _officer_of(tx: Tx, staff: Staff) -> str | None:
    account = accounts.by_id(tx, staff.account_id)
    return account.officer_id if account is not None and account.disabled_at is None else None


def _seal(us: Us, officer: str, seed: bytes, secret: str, profile: PasswordProfile) -> bytes:
    salt = us.random(passwords.SALT_BYTES)
    pin_key = passwords.key_from_secret(secret, salt, profile)
    inner = vault.seal(pin_key, seed, _place(b"officer seed", officer), us.random)
    outer = _COST.pack(profile.passes, profile.memory_bytes) + salt + inner
    return vault.seal(us.keys.master, outer, _place(b"officer key", officer), us.random)


def _place(what: bytes, officer: str) -> bytes:
    return what + b" " + officer.encode()


def _role_text(account: Account) -> str:
    return ",".join(sorted(account.roles))[:128] or "officer"


def _revoke(tx: Tx, us: Us, key: OfficerKey, why: str, staff: Staff, now: int) -> None:
    officer_keys.revoke(tx, key.officer, now)
    try:
        _append_revocation(tx, us, key.officer, why, now)
        owed = False
    except (WaitingError, BehindError):
        # Locally it ends now all the same; housekeeping appends the entry when it may.
        owed = True
    _log(tx, staff, now, key.officer, "officer_revoked", account=key.account_id, owed=owed)


def _append_certificate(tx: Tx, us: Us, new: NewKey, now: int) -> None:
    entry = NewEntry(
        kind="officer", data=new.certificate, audience=EVERYONE, retention_end=longest(now)
    )
    appended = append(tx, us, entry, now=now)
    role = str(new.certificate["role"])
    log.add_officer_line(
        tx,
        appended.log_id,
        index=appended.ref.index,
        officer=new.officer,
        role=role,
        public=new.public,
    )


def _append_revocation(tx: Tx, us: Us, officer: str, why: str, now: int) -> None:
    if not why.strip():
        raise InputError("a revocation is published with its reason")
    entry = NewEntry(
        kind="officer-rev",
        data={"id": officer, "why": why.strip()},
        audience=EVERYONE,
        retention_end=longest(now),
    )
    appended = append(tx, us, entry, now=now)
    log.add_officer_line(
        tx, appended.log_id, index=appended.ref.index, officer=officer, role="", public=None
    )


def _is_certified(tx: Tx, log_id: int, officer: str) -> bool:
    lines = log.officer_lines(tx, log_id, officer)
    return bool(lines) and lines[-1].public is not None


def _log(tx: Tx, staff: Staff, now: int, officer: str, what: str, **more: object) -> None:
    audit.record(
        tx,
        now=now,
        actor=staff.account_id,
        op="admin",
        object=f"officer:{officer}",
        details={"what": what, **more},
    )
