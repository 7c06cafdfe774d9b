"""Who gets an e-mail, when, and when is it tried again?

A message says how many things wait and where to sign in, never what they are: mail is read on other
machines, by other people, and kept there.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from integra_node.rules.problems import Problem, error

MAX_ADDRESS_CHARS: Final = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
SETTLED_S: Final = 10
"""A notice counts when it is this old: one made in the same moment may not be committed yet."""
RETRY_S: Final = (60, 5 * 60, 15 * 60, 3_600, 4 * 3_600)
"""Waits after failures in a row; the last one repeats."""

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_MAX_LOCAL_CHARS: Final = 64  # RFC 5321, 4.5.3.1.1


class Delivery(StrEnum):
    """When somebody wants to hear by e-mail that something waits."""

    NEVER = "never"
    AT_ONCE = "at_once"
    DIGEST = "digest"  # once a day at an hour of one's own


def mailbox_problems(
    address: str, delivery: str, hour: int | None, domains: Collection[str]
) -> tuple[Problem, ...]:
    """Return why these cannot be somebody's settings.

    Args:
        address: an address of ASCII characters; empty only where nothing is delivered.
        delivery: one of `Delivery`.
        hour: 0 to 23, in the agency's zone.
        domains: the domains to which this agency sends mail, in lower case.
    """
    problems = []
    if delivery not in frozenset(Delivery):
        problems.append(error("delivery", "unknown_code"))
    if hour is None or not 0 <= hour <= 23:
        problems.append(error("hour", "bad_hour"))
    if address:
        problems += _address_problems(address, domains)
    elif delivery != Delivery.NEVER:
        problems.append(error("address", "required"))
    return tuple(problems)


def _address_problems(address: str, domains: Collection[str]) -> list[Problem]:
    local, at, domain = address.rpartition("@")
    if (
        not at
        or len(address) > MAX_ADDRESS_CHARS
        or len(local) > _MAX_LOCAL_CHARS
        or not _LOCAL.fullmatch(local)
    ):
        return [error("address", "bad_address")]
    if domain.lower() not in domains:
        return [error("address", "foreign_domain", domains=", ".join(sorted(domains)))]
    return []


def next_digest(after: int, hour: int, zone: tzinfo) -> int:
    """Return the first moment later than ``after`` at which a clock in ``zone`` shows ``hour``.

    Unix seconds. On the night that an hour is left out, the moment is that of the hour after it.
    """
    local = datetime.fromtimestamp(after, zone)
    due = local.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    while _unix(due) <= after:
        due = (due + timedelta(days=1)).replace(fold=0)
    return _unix(due)


def _unix(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())


def retry_after(failures: int) -> int:
    """Return the seconds to wait after so many failures in a row, at least one."""
    return RETRY_S[min(failures, len(RETRY_S)) - 1]
