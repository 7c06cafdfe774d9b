"""How does a program read the family of a practice: who adapted whom, where, with which result?"""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from integra_node.actions.practice_family import Member, read_family
from integra_node.web.api.answers import ApiModel, json_answer
from integra_node.web.context import context_of
from integra_node.web.visit import staff_of
from integra_protocol.bodies import parse_ref
from integra_protocol.errors import BadBodyError, NotFoundError

Texts = dict[str, str]


class FamilyItem(ApiModel):
    """One practice of a family; ``parent`` is the ``ref`` of what it was adapted from.

    ``status`` is current, withdrawn or not-held; only a current one tells anything else.
    ``evidence`` 0 to 5; ``changes``, ``why`` and ``result`` by language.
    """

    ref: str
    parent: str | None = None
    org: str
    status: str
    title: str | None = None
    language: str | None = None
    country: list[str] | None = None
    region: str | None = None
    evidence: int | None = None
    deprecated: bool | None = None
    changes: Texts | None = None
    why: Texts | None = None
    result: Texts | None = None


class FamilyAnswer(ApiModel):
    """A family, each practice after what it was adapted from; ``is_cut``: there are more."""

    items: list[FamilyItem]
    is_cut: bool


async def show(request: web.Request) -> web.Response:
    """Return the family of a published practice of any member."""
    context, staff = context_of(request), staff_of(request)
    try:
        ref = parse_ref(request.match_info["id"])
    except BadBodyError as error:
        raise NotFoundError("there is no such practice") from error
    family = await context.database.read(lambda tx: read_family(tx, ref, staff=staff))
    return json_answer(FamilyAnswer(items=list(_items(family.root, None)), is_cut=family.is_cut))


def _items(member: Member, parent: str | None) -> Iterator[FamilyItem]:
    yield _item(member, parent)
    for child in member.children:
        yield from _items(child, member.ref)


def _item(member: Member, parent: str | None) -> FamilyItem:
    item = FamilyItem(ref=member.ref, parent=parent, org=member.org, status=member.status)
    told = member.told
    if told is None:
        return item
    lineage = told.lineage
    return item.model_copy(
        update={
            "title": told.title,
            "language": told.language,
            "country": list(told.country),
            "region": told.region or None,
            "evidence": told.evidence,
            "deprecated": told.deprecated,
            "changes": lineage.changes if lineage else None,
            "why": lineage.why if lineage else None,
            "result": lineage.result if lineage else None,
        }
    )
