"""Which words have members added to the thesaurus, and how does our own list go out?

Each member has one list, an entry of kind ``codes`` that a newer version replaces.  The thesaurus that
search uses is the product's with all lists that stand; a list can only add to it.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from integra_node.actions.incoming import Incoming
from integra_node.actions.practices_received import apply_practices
from integra_node.actions.published import content_of, ref_of
from integra_node.actions.publishing import NewEntry, append
from integra_node.rules.permissions import Action
from integra_node.rules.retention import longest
from integra_node.rules.terms import (
    parse_terms,
    terms_from_wire,
    terms_to_wire,
    terms_withdrawal_to_wire,
)
from integra_node.search.vocabulary import Addition, widened
from integra_node.store import audit, log, publications
from integra_protocol.bodies import format_ref
from integra_protocol.entry import EVERYONE
from integra_protocol.errors import IntegraError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integra_node.actions.us import Us
    from integra_node.rules.staff import Staff
    from integra_node.rules.terms import TermList
    from integra_node.search.vocabulary import Vocabulary
    from integra_node.store.database import Tx
    from integra_node.store.publications import Publication
    from integra_protocol.canonical import Value

KIND: Final = "codes"
MAX_LISTS: Final = 500
"""Lists of members that are read, one a member: those changed last."""

LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTerms:
    """The list of one member as it stands."""

    ref: str
    org: str
    version: int
    body: TermList


def publish(tx: Tx, us: Us, data: Mapping[str, object], *, staff: Staff, now: int) -> HeldTerms:
    """Publish our list of words to every member, in place of the one before.

    Raises:
        NotAllowedError: the person publishes no practices.
        InvalidFieldsError: a field breaks its rule.
        WaitingError, BehindError, StaleError, NoRoleError: our log takes no entry now.
    """
    staff.require(Action.PUBLISH_PRACTICE)
    return publish_as_operator(tx, us, data, actor=staff.account_id, now=now)


def publish_as_operator(
    tx: Tx, us: Us, data: Mapping[str, object], *, actor: str, now: int
) -> HeldTerms:
    """Like ``publish``, at the machine's command line: the operator's act, audited."""
    terms = parse_terms(data)
    version, _ = _next(tx, us)
    ref = _append(tx, us, terms_to_wire(terms, list_id(us.org), version), now=now)
    details: dict[str, object] = {"event": "published", "concepts": len(terms.concepts)}
    _record(tx, ref, version, details, actor=actor, now=now)
    return HeldTerms(ref=ref, org=us.org, version=version, body=terms)


def withdraw_as_operator(tx: Tx, us: Us, *, reason: str, actor: str, now: int) -> int:
    """Take our list back; return the version that says so.

    Raises:
        NotFoundError: none stands.
    """
    version, newest = _next(tx, us)
    if newest is None or newest.status != "current":
        raise NotFoundError("no list of words of ours stands")
    ref = _append(tx, us, terms_withdrawal_to_wire(list_id(us.org), version), now=now)
    _record(tx, ref, version, {"event": "withdrawn"}, actor=actor, now=now, why=reason)
    return version


def held(tx: Tx) -> tuple[HeldTerms, ...]:
    """Return the list of each member, by organisation; one that cannot be read is left out."""
    found: dict[str, HeldTerms] = {}
    for standing in publications.newest(tx, KIND, before=None, limit=MAX_LISTS):
        if standing.org in found:
            continue
        try:
            received = terms_from_wire(content_of(standing).data)
        except IntegraError as error:
            LOG.warning("list of words not read ref=%s code=%s", ref_of(standing), error.code)
            continue
        if received.body is not None:
            found[standing.org] = HeldTerms(
                ref=ref_of(standing),
                org=standing.org,
                version=received.version,
                body=received.body,
            )
    return tuple(found[org] for org in sorted(found))


def vocabulary_with(tx: Tx, base: Vocabulary) -> Vocabulary:
    """Return base with the words of all members; base itself when there are none."""
    additions = [
        Addition(id=term.id, preferred=term.label, alternative=term.other, broader=term.broader)
        for one in held(tx)
        for term in one.body.concepts
    ]
    return widened(base, additions)


def list_id(org: str) -> str:
    """Return the id under which the versions of an organisation's list stand."""
    return hashlib.sha256(f"codes {org}".encode()).hexdigest()[:32]


def _next(tx: Tx, us: Us) -> tuple[int, Publication | None]:
    """Return the number of the next version of our list, and the newest one in our open log."""
    own = log.find(tx, us.origin)
    versions = publications.versions_of(tx, [own.id], [list_id(us.org)]) if own else []
    newest = max(versions, key=lambda one: one.idx, default=None)
    return (newest.version + 1 if newest else 1), newest


def _append(tx: Tx, us: Us, data: Mapping[str, Value], *, now: int) -> str:
    _, newest = _next(tx, us)
    done = append(
        tx,
        us,
        NewEntry(
            kind=KIND,
            data=data,
            audience=EVERYONE,
            retention_end=longest(now),
            targets=(newest.idx,) if newest else (),
        ),
        now=now,
    )
    incoming = Incoming(
        log_id=done.log_id,
        origin=done.ref.origin,
        org=us.org,
        header=done.header,
        content=done.content,
        subject_id=None,
        now=now,
    )
    apply_practices(tx, [incoming])
    return format_ref(done.ref)


def _record(
    tx: Tx,
    ref: str,
    version: int,
    details: Mapping[str, object],
    *,
    actor: str,
    now: int,
    why: str = "",
) -> None:
    entry = audit.Entry(
        actor=actor,
        op="disclose",
        what=f"{KIND}:{ref}",
        details={**details, "version": version},
        justification=why,
    )
    audit.record_all(tx, [entry], now=now)
