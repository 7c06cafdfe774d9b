"""Which addresses take the library out as files, and bring practices in from them?"""

from __future__ import annotations

from typing import Final

from integra_node.rules.permissions import Action
from integra_node.web import library_files
from integra_node.web.access import Route, page
from integra_node.web.api import exporting as api_exporting
from integra_node.web.pages import exporting

FILE_PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/export", exporting.show, Action.EXPORT_LIBRARY),
    Route(
        method="POST",
        path="/export",
        handler=exporting.export,
        access=Action.EXPORT_LIBRARY,
        timeout_s=library_files.TIMEOUT_S,
    ),
)

FILE_CALLS: Final[tuple[Route, ...]] = (
    Route(
        method="POST",
        path="/api/v1/library/export",
        handler=api_exporting.export,
        access=Action.EXPORT_LIBRARY,
        kind="api",
        summary="Take along every practice that I may read, as a file; it is audited.",
        body=api_exporting.ExportBody,
        media=("application/jsonl", "text/csv"),
        timeout_s=library_files.TIMEOUT_S,
    ),
)
