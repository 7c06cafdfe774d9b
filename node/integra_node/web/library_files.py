"""How is the library sent as a file? Block by block, so that its size is nobody's memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from integra_node.actions import exporting
from integra_node.rules.practice_export import Exported, csv_header, csv_line, json_line
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.rendering import RENDERER
from integra_node.web.visit import staff_of, visit_of

TIMEOUT_S: Final = 1_200


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to write the library: what stands first, for each practice, and last."""

    media: str
    name: str
    first: Callable[[web.Request], str]
    line: Callable[[web.Request, Exported], str]
    last: Callable[[web.Request], str] = lambda _request: ""
    is_file: bool = True


async def send(request: web.Request, form: Form) -> web.StreamResponse:
    """Send everything that this person may read; that it was taken is itself a row of the audit."""
    context, staff = context_of(request), staff_of(request)
    now = context.clock()
    await context.database.write(
        lambda tx: exporting.begin(tx, form=form.name, staff=staff, now=now)
    )
    response = web.StreamResponse(headers={"Content-Type": f"{form.media}; charset=utf-8"})
    if form.is_file:
        name = f"library-{context.config.org}.{form.name}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    await response.prepare(request)
    await response.write(form.first(request).encode())
    after: int | None = 0
    while after is not None:
        block = await context.database.read(
            lambda tx, after=after: exporting.block(tx, after=after, staff=staff)  # type: ignore[misc]  # bound at once
        )
        await response.write("".join(form.line(request, one) for one in block.items).encode())
        after = block.next
    await response.write(form.last(request).encode())
    await response.write_eof()
    return response


def _rendered(template: str) -> Callable[..., str]:
    def render(request: web.Request, one: Exported | None = None) -> str:
        language = visit_of(request).language
        return request.config_dict[RENDERER].render(
            template,
            language,
            visit=visit_of(request),
            now=context_of(request).clock(),
            names=CodeNames(language=language),
            one=one,
        )

    return render


FORMS: Final = {
    "jsonl": Form(
        media="application/jsonl",
        name="jsonl",
        first=lambda _request: "",
        line=lambda _request, one: json_line(one),
    ),
    "csv": Form(
        media="text/csv",
        name="csv",
        first=lambda _request: csv_header(),
        line=lambda _request, one: csv_line(one),
    ),
    "html": Form(
        media="text/html",
        name="html",
        first=_rendered("library_print_first.html"),
        line=_rendered("library_print_practice.html"),
        last=_rendered("library_print_last.html"),
        is_file=False,
    ),
}
