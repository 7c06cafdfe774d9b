"""Which addresses take the library out as files, and bring practices in from them?"""

from __future__ import annotations

from typing import Final

from integra_node.intake.refusal import MAX_FILE_BYTES
from integra_node.rules.permissions import Action
from integra_node.web import library_files
from integra_node.web.access import Route, page
from integra_node.web.api import exporting as api_exporting
from integra_node.web.pages import exporting, imports

UPLOAD_TIMEOUT_S: Final = 300

FILE_PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/export", exporting.show, Action.EXPORT_LIBRARY),
    page("GET", "/imports", imports.show_all, Action.IMPORT_PRACTICE),
    Route(
        method="POST",
        path="/imports",
        handler=imports.upload,
        access=Action.IMPORT_PRACTICE,
        upload=True,
        max_bytes=MAX_FILE_BYTES + 65_536,
        timeout_s=UPLOAD_TIMEOUT_S,
    ),
    page("POST", "/imports/harvest", imports.harvest, Action.IMPORT_PRACTICE),
    page("GET", "/imports/columns", imports.columns, Action.IMPORT_PRACTICE),
    page("GET", "/imports/template.csv", imports.template, Action.IMPORT_PRACTICE),
    page("GET", "/imports/{id}", imports.show, Action.IMPORT_PRACTICE),
    page("POST", "/imports/{id}/columns", imports.choose_columns, Action.IMPORT_PRACTICE),
    page("POST", "/imports/{id}/start", imports.start, Action.IMPORT_PRACTICE),
    page("POST", "/imports/{id}/discard", imports.discard, Action.IMPORT_PRACTICE),
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
