"""Every table of a node, on one metadata: the migrations are compared with it."""

from __future__ import annotations

from integra_node.store.schema import (
    accounts,
    alerts,
    attachments,
    audit,
    doors,
    handovers,
    imports,
    keys,
    library,
    log,
    mailboxes,
    notices,
    partners,
    responses,
    saved_searches,
)
from integra_node.store.schema.base import metadata

__all__ = [
    "accounts",
    "alerts",
    "attachments",
    "audit",
    "doors",
    "handovers",
    "imports",
    "keys",
    "library",
    "log",
    "mailboxes",
    "metadata",
    "notices",
    "partners",
    "responses",
    "saved_searches",
]
