"""How does the talk with each partner go? What the partners' page and the back-off need to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, delete, func, select, update

from integra_node.store.schema.partners import (
    daily_amount,
    partner,
    push_position,
    request_id,
    setting,
    source_trouble,
)
from integra_node.store.upsert import insert_new, upsert
from integra_protocol.errors import ReplayError

if TYPE_CHECKING:
    from integra_node.store.database import Tx

DAY_S = 86_400
_SETTING = select(setting.c.value).where(setting.c.name == bindparam("mark"))
_PARTNER = select(partner).where(partner.c.org == bindparam("name"))
_COUNT_AMOUNT = (
    update(daily_amount)
    .where(daily_amount.c.origin == bindparam("name"), daily_amount.c.day == bindparam("today"))
    .values(
        entries=daily_amount.c.entries + bindparam("more"),
        bytes=daily_amount.c.bytes + bindparam("size"),
    )
)
_FORGET_AMOUNTS = delete(daily_amount).where(daily_amount.c.day < bindparam("before"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow:
    """What is known of the connection to one member; times in unix seconds."""

    org: str
    last_success: int | None
    last_contact: int | None
    failing_since: int | None
    failures: int
    next_attempt: int | None
    last_error: str | None
    skew_s: int | None
    told_time: int | None


def find(tx: Tx, org: str) -> PartnerRow | None:
    """Return what is known of one member."""
    row = tx.execute(_PARTNER, {"name": org}).one_or_none()
    return None if row is None else _partner(row)


def all_partners(tx: Tx) -> dict[str, PartnerRow]:
    """Return what is known of every member that was ever called."""
    return {r.org: _partner(r) for r in tx.execute(select(partner))}


def record_success(tx: Tx, org: str, *, now: int) -> None:
    """A call worked: the trouble is over."""
    row = {
        "org": org,
        "last_success": now,
        "last_contact": now,
        "failing_since": None,
        "failures": 0,
        "next_attempt": None,
        "last_error": None,
    }
    upsert(tx, partner, [row])


def record_failure(tx: Tx, org: str, *, now: int, error: str, next_attempt: int) -> None:
    """A call failed; ``error`` is a stable code or a short sentence without personal data."""
    held = find(tx, org)
    row = {
        "org": org,
        "failing_since": (held.failing_since if held else None) or now,
        "failures": (held.failures if held else 0) + 1,
        "next_attempt": next_attempt,
        "last_error": error[:200],
    }
    upsert(tx, partner, [row])


def record_contact(tx: Tx, org: str, *, now: int) -> None:
    """The partner called us: it is alive, so the next attempt need not wait."""
    upsert(tx, partner, [{"org": org, "last_contact": now, "failures": 0, "next_attempt": None}])


def record_time(tx: Tx, org: str, *, told: int, now: int) -> None:
    """Remember the partner's clock as its health answer told it."""
    row = {"org": org, "failures": 0, "skew_s": told - now, "told_time": told, "last_contact": now}
    upsert(tx, partner, [row])


def pushed_size(tx: Tx, origin: str, org: str) -> int:
    """Return up to which size a log was pushed to a member."""
    found = tx.execute(
        select(push_position.c.size).where(
            push_position.c.origin == origin, push_position.c.org == org
        )
    ).scalar_one_or_none()
    return found or 0


def set_pushed(tx: Tx, origin: str, org: str, *, size: int, note: bytes | None, now: int) -> None:
    """Remember up to which size, and with which note, a log was pushed."""
    row = {"origin": origin, "org": org, "size": size, "pushed_at": now, "note": note}
    upsert(tx, push_position, [row])


def pushed_note(tx: Tx, origin: str, org: str) -> bytes | None:
    """Return the note of the last push of a log to a member."""
    return tx.execute(
        select(push_position.c.note).where(
            push_position.c.origin == origin, push_position.c.org == org
        )
    ).scalar_one_or_none()


def record_trouble(tx: Tx, origin: str, org: str, *, code: str, now: int) -> None:
    """A source gave something wrong for a log: remember that, never against the log."""
    held = tx.execute(
        select(source_trouble.c.since, source_trouble.c.times).where(
            source_trouble.c.origin == origin, source_trouble.c.org == org
        )
    ).one_or_none()
    row = {
        "origin": origin,
        "org": org,
        "code": code,
        "since": held.since if held else now,
        "last": now,
        "times": (held.times if held else 0) + 1,
    }
    upsert(tx, source_trouble, [row])


def clear_trouble(tx: Tx, origin: str, org: str) -> None:
    """A source gave something right again."""
    tx.execute(
        delete(source_trouble).where(source_trouble.c.origin == origin, source_trouble.c.org == org)
    )


def troubles(tx: Tx) -> list[Row[Any]]:
    """Return (origin, org, code, since, last, times) of every source in trouble."""
    return list(tx.execute(select(source_trouble)))


def use_request_id(tx: Tx, org: str, token_id: str, *, expires_at: int) -> None:
    """Record the token of a request with an effect, in the transaction of that effect.

    Raises:
        ReplayError: it was used before.
    """
    row = {"org": org, "token_id": token_id, "expires_at": expires_at}
    if not insert_new(tx, request_id, row):
        raise ReplayError


def forget_request_ids(tx: Tx, *, now: int) -> None:
    """Drop recorded tokens that are too old to be accepted anyway."""
    tx.execute(delete(request_id).where(request_id.c.expires_at < now))


def add_amount(tx: Tx, origin: str, *, entries: int, size_bytes: int, now: int) -> None:
    """Count what was taken from a log on this UTC day."""
    today = now // DAY_S
    added = {"name": origin, "today": today, "more": entries, "size": size_bytes}
    if tx.execute(_COUNT_AMOUNT, added).rowcount:
        return
    tx.execute(_FORGET_AMOUNTS, {"before": today - 7})
    first = {"origin": origin, "day": today, "entries": entries, "bytes": size_bytes}
    if not insert_new(tx, daily_amount, first):
        tx.execute(_COUNT_AMOUNT, added)  # another process was first


def amount(tx: Tx, origin: str, *, now: int) -> tuple[int, int]:
    """Return how many entries and bytes were taken from a log on this UTC day."""
    row = tx.execute(
        select(func.sum(daily_amount.c.entries), func.sum(daily_amount.c.bytes)).where(
            daily_amount.c.origin == origin, daily_amount.c.day == now // DAY_S
        )
    ).one()
    return int(row[0] or 0), int(row[1] or 0)


def setting_of(tx: Tx, name: str) -> str | None:
    """Return a mark of the machine."""
    return tx.execute(_SETTING, {"mark": name}).scalar_one_or_none()


def set_setting(tx: Tx, name: str, value: str | None) -> None:
    """Set a mark of the machine, or with nothing take it away."""
    if value is None:
        tx.execute(delete(setting).where(setting.c.name == name))
        return
    upsert(tx, setting, [{"name": name, "value": value}])


def _partner(row: Row[Any]) -> PartnerRow:
    return PartnerRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
