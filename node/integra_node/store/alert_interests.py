"""Which alerts does each person want to be shown as new, and for whom does an alert say it is?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select

from integra_node.rules.alert import Severity
from integra_node.rules.alert_interest import (
    Interest,
    interest_json,
    parse_interest,
    region_keys,
    wider,
)
from integra_node.store.schema.alerts import alert_duty, alert_interest, alert_scope
from integra_node.store.upsert import insert_all_new, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

    from integra_node.store.database import Tx

SETTING: Final = "setting"
REGION: Final = "region"


def add_scope(
    tx: Tx, log_id: int, idx: int, *, settings: Iterable[str], regions: Iterable[str]
) -> None:
    """Store for which settings and regions one version of a clear alert says that it is."""
    named = [(SETTING, one) for one in settings]
    named += [(REGION, key) for key in region_keys(regions)]
    rows = [{"log_id": log_id, "idx": idx, "kind": kind, "value": value} for kind, value in named]
    insert_all_new(tx, alert_scope, rows)


def save(tx: Tx, account_id: str, interest: Interest, *, now: int) -> None:
    """Store what a person wants to be shown."""
    wanted = json.dumps(interest_json(interest), sort_keys=True)
    row = {"account_id": account_id, "wanted": wanted, "changed_at": now}
    upsert(tx, alert_interest, [row])


def find(tx: Tx, account_id: str) -> Interest:
    """Return what a person wants to be shown; everything until they have said something else."""
    wanted = tx.execute(
        select(alert_interest.c.wanted).where(alert_interest.c.account_id == account_id)
    ).scalar_one_or_none()
    return parse_interest(json.loads(wanted)) if wanted is not None else Interest()


def of_interest(
    tx: Tx,
    interest: Interest,
    log_id: int,
    indexes: Iterable[int],
    *,
    or_owed: bool,
) -> frozenset[int]:
    """Return which versions in one log, given by their indexes, are of interest.

    ``or_owed``: those that somebody here has to acknowledge are, whatever they say.
    """
    wanted = matches(interest)
    rows = tx.execute(
        select(alert_duty.c.idx).where(
            alert_duty.c.log_id == log_id,
            alert_duty.c.idx.in_(list(indexes)),
            or_(wanted, alert_duty.c.must_ack == 1) if or_owed else wanted,
        )
    )
    return frozenset(rows.scalars())


def matches(interest: Interest) -> ColumnElement[bool]:
    """Return the condition under which a row of ``alert_duty`` is of interest."""
    conditions: list[ColumnElement[bool]] = [alert_duty.c.severity.not_in(interest.uninteresting)]
    if interest.settings:
        conditions.append(_is_for(SETTING, alert_scope.c.value.in_(interest.settings)))
    keys = region_keys(interest.regions)
    if keys:
        around = {one for key in keys for one in wider(key)}
        within = [alert_scope.c.value.startswith(f"{key}-", autoescape=True) for key in keys]
        conditions.append(_is_for(REGION, or_(alert_scope.c.value.in_(around), *within)))
    return or_(alert_duty.c.severity == Severity.CRITICAL.value, and_(*conditions))


def _is_for(kind: str, fits: ColumnElement[bool]) -> ColumnElement[bool]:
    here = and_(
        alert_scope.c.log_id == alert_duty.c.log_id,
        alert_scope.c.idx == alert_duty.c.idx,
        alert_scope.c.kind == kind,
    )
    named = select(alert_scope.c.value).where(here).correlate(alert_duty).exists()
    fitting = select(alert_scope.c.value).where(here, fits).correlate(alert_duty).exists()
    return or_(~named, fitting)
