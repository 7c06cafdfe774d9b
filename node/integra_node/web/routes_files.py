"""Which addresses take the library out as files, and bring practices in from them?"""

from __future__ import annotations

from typing import Final

from integra_node.intake.refusal import MAX_FILE_BYTES
from integra_node.rules.attachment import MAX_BYTES
from integra_node.rules.permissions import Action
from integra_node.web import library_files
from integra_node.web.access import Route, page
from integra_node.web.api import exporting as api_exporting
from integra_node.web.api import practice_files as api_files
from integra_node.web.pages import exporting, imports, practice_files
from integra_protocol.bodies import MEDIA_TYPES

UPLOAD_TIMEOUT_S: Final = 300

_ATTACHED: Final = "/practices/{id}/files/{file}"
_ATTACHED_BY_API: Final = "/api/v1/practices/{id}/files/{file}"

FILE_PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/practices/{id}/files", practice_files.show_all, Action.WRITE_PRACTICE),
    Route(
        method="POST",
        path="/practices/{id}/files",
        handler=practice_files.upload,
        access=Action.WRITE_PRACTICE,
        upload=True,
        max_bytes=MAX_BYTES + 65_536,
        timeout_s=UPLOAD_TIMEOUT_S,
    ),
    page("GET", _ATTACHED, practice_files.download, Action.READ_PRACTICE),
    page("POST", f"{_ATTACHED}/remove", practice_files.remove, Action.WRITE_PRACTICE),
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
        path="/api/v1/practices/{id}/files",
        handler=api_files.add,
        access=Action.WRITE_PRACTICE,
        kind="api",
        summary="Put a file to a draft: its bytes as application/octet-stream.",
        query=api_files.FileParameters,
        answer=api_files.FilesAnswer,
        status=201,
        max_bytes=MAX_BYTES,
        timeout_s=UPLOAD_TIMEOUT_S,
    ),
    Route(
        method="GET",
        path="/api/v1/practices/{id}/files",
        handler=api_files.list_all,
        access=Action.READ_PRACTICE,
        kind="api",
        summary="List the files of a draft of ours, or of a published version.",
        answer=api_files.FilesAnswer,
    ),
    Route(
        method="GET",
        path=_ATTACHED_BY_API,
        handler=practice_files.download,
        access=Action.READ_PRACTICE,
        kind="api",
        summary="Take a file along.",
        media=tuple(sorted(MEDIA_TYPES)),
    ),
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
