"""How do people bring practices in from a file or a repository, and see what becomes of them?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from integra_node.actions import importing
from integra_node.actions.importing import Shown, TooManyImportsError
from integra_node.intake.reading import kind_of
from integra_node.intake.refusal import MAX_FILE_BYTES, UnreadableError
from integra_node.intake.table import ENCODINGS
from integra_node.rules.import_failures import failure_text
from integra_node.rules.practice_export import CSV_START, csv_rows
from integra_node.rules.practice_flat import CODES, COLUMNS, ONE_CODE
from integra_node.rules.practice_labels import HINTS, LABELS, SEVERAL
from integra_node.rules.problems import InvalidFieldsError, Problem, error
from integra_node.store.database import Tx
from integra_node.store.imports import ImportRow, Job
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.pages.practices import LANGUAGES
from integra_node.web.problem_texts import rejected, text_of
from integra_node.web.refusals import sentence
from integra_node.web.rendering import page, say, see_other
from integra_node.web.uploads import upload_of
from integra_node.web.visit import staff_of, visit_of

REFRESH_S: Final = 3
MAX_SHOWN: Final = 80  # characters of a cell in a report
EXAMPLE: Final[Mapping[str, str]] = {
    "source_id": "example-1",
    "language": "en",
    "title": "Peer mentors for the first weeks after release",
    "summary": "Trained peers meet people before release and accompany them for eight weeks.",
    "country": "PT, FR",
    "settings": "prison; community",
    "evidence.level": "1",
    "steps": "First meeting in prison\nMeeting at the gate",
    "tlp": "CLEAR",
}


async def show_all(request: web.Request) -> web.Response:
    """Ask for a file or a repository, and list what this person has brought in before."""
    data = FormData(items=(("language", visit_of(request).language), ("hand_in", "1")))
    return await _start_page(request, FormView(data=data), status=200)


async def upload(request: web.Request) -> web.Response:
    """Keep a file; what it is worth is found out next."""
    context, staff, form, sent = (
        context_of(request), staff_of(request), form_of(request), upload_of(request),
    )  # fmt: skip
    now = context.clock()
    try:
        kind, encoding = kind_of(sent.name), form.text("encoding")
        if len(sent.data) > MAX_FILE_BYTES:
            raise UnreadableError("file_too_large", max=MAX_FILE_BYTES // 2**20)
        job = await context.database.write(
            lambda tx: importing.begin(
                tx,
                context.us,
                kind=kind,
                name=sent.name,
                content=sent.data,
                hand_in=form.text("hand_in") == "1",
                language=_language(form),
                encoding=encoding if encoding in ENCODINGS else "",
                staff=staff,
                now=now,
            )
        )
    except UnreadableError as refused:
        return await _start_page(request, _refused(request, form, "file", refused), status=400)
    except TooManyImportsError as many:
        view = FormView(data=form, errors=(("", say(request, sentence(many))),))
        return await _start_page(request, view, status=409)
    return see_other(f"/imports/{job.id}")


async def harvest(request: web.Request) -> web.Response:
    """Begin to ask a repository of the settings."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now, url = context.clock(), form.text("source")
    source = next((one for one in context.config.imports.sources if one.url == url), None)
    if source is None:
        view = rejected(request, form, [error("source", "required")])
        return await _start_page(request, view, status=400)
    try:
        job = await context.database.write(
            lambda tx: importing.begin(
                tx,
                context.us,
                kind="oai",
                name=source.url,
                content=None,
                hand_in=False,
                language=source.language,
                staff=staff,
                now=now,
            )
        )
    except TooManyImportsError as many:
        view = FormView(data=form, errors=(("", say(request, sentence(many))),))
        return await _start_page(request, view, status=409)
    return see_other(f"/imports/{job.id}")


async def show(request: web.Request) -> web.Response:
    """Show how far an import is, ask for its columns, or report on its rows."""
    shown = await _read(request)
    form = _columns_form(shown.job)
    return await _job_page(request, shown, FormView(data=form), status=200)


async def choose_columns(request: web.Request) -> web.Response:
    """Say which column is which; the check begins."""
    context, staff, form = context_of(request), staff_of(request), form_of(request)
    now, job_id = context.clock(), request.match_info["id"]
    shown = await _read(request)
    columns = [form.text(f"column-{n}-field") for n in range(len(shown.job.header))]
    try:
        await context.database.write(
            lambda tx: importing.choose_columns(
                tx,
                job_id,
                columns,
                hand_in=form.text("hand_in") == "1",
                language=_language(form),
                staff=staff,
                now=now,
            )
        )
    except InvalidFieldsError as failure:
        told = [(f"column-{_first(columns, one)}-field", text_of(request, one))
                for one in failure.problems]  # fmt: skip
        return await _job_page(request, shown, FormView(data=form, errors=tuple(told)), status=400)
    return see_other(f"/imports/{job_id}")


async def start(request: web.Request) -> web.Response:
    """Take in what was found good."""
    context, staff, job_id = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    await context.database.write(lambda tx: importing.start(tx, job_id, staff=staff, now=now))
    return see_other(f"/imports/{job_id}")


async def discard(request: web.Request) -> web.Response:
    """Let go of an import."""
    context, staff, job_id = context_of(request), staff_of(request), request.match_info["id"]
    now = context.clock()
    await context.database.write(lambda tx: importing.discard(tx, job_id, staff=staff, now=now))
    return see_other("/imports")


async def template(_request: web.Request) -> web.Response:
    """Send an empty table with every column and one example."""
    text = CSV_START + csv_rows([COLUMNS, [EXAMPLE.get(name, "") for name in COLUMNS]])
    return web.Response(
        body=text.encode(),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="practices-template.csv"',
        },
    )


async def columns(request: web.Request) -> web.Response:
    """Say what each column of a table holds, with every code that may stand there."""
    lists = {**CODES, **ONE_CODE}
    return await page(
        request,
        "import_columns.html",
        columns=[
            (name, LABELS[name], HINTS.get(name, ""), lists.get(name, "")) for name in COLUMNS
        ],
        several=frozenset(CODES),
        several_text=SEVERAL,
        names=CodeNames(language=visit_of(request).language),
    )


async def _start_page(request: web.Request, view: FormView, *, status: int) -> web.Response:
    context, staff = context_of(request), staff_of(request)
    jobs = await context.database.read(lambda tx: importing.list_own(tx, staff=staff))
    names = CodeNames(language=visit_of(request).language)
    return await page(
        request,
        "imports.html",
        status=status,
        form=view,
        jobs=jobs,
        sources=[(one.url, one.name or one.url) for one in context.config.imports.sources],
        encodings=[(one, one.upper() if one == "utf-8" else one.title()) for one in ENCODINGS],
        languages_of_texts=[(tag, names.tongue(tag)) for tag in LANGUAGES],
        max_megabytes=MAX_FILE_BYTES // 2**20,
    )


async def _job_page(
    request: web.Request, shown: Shown, view: FormView, *, status: int
) -> web.Response:
    job, names = shown.job, CodeNames(language=visit_of(request).language)
    again = status == 400 or bool(request.query.get("columns"))
    choosing = job.status == "mapping" or (job.status == "checked" and bool(job.header) and again)
    response = await page(
        request,
        "import_columns_choose.html" if choosing else "import_job.html",
        status=status,
        job=job,
        shown=shown,
        form=view,
        labels=LABELS,
        reports=[(row, _told(request, job, row)) for row in shown.rows],
        failure=_failure(request, job),
        translated=[(name, say(request, LABELS[name])) for name in COLUMNS],
        every=bool(request.query.get("all")),
        languages_of_texts=[(tag, names.tongue(tag)) for tag in LANGUAGES],
    )
    if job.is_working:
        response.headers["Refresh"] = str(REFRESH_S)
    return response


async def _read(request: web.Request) -> Shown:
    staff, job_id = staff_of(request), request.match_info["id"]
    text = request.query.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0

    every = bool(request.query.get("all"))

    def load(tx: Tx) -> Shown:
        return importing.show(tx, job_id, after=after, every=every, staff=staff)

    return await context_of(request).database.read(load)


def _columns_form(job: Job) -> FormData:
    fields = ((f"column-{n}-field", field) for n, field in enumerate(job.columns))
    about = (("language", job.language), ("hand_in", "1" if job.hand_in else "0"))
    return FormData(items=(*fields, *about))


def _told(request: web.Request, job: Job, row: ImportRow) -> list[tuple[Problem, str, str, str]]:
    """Return of each problem: itself, which column, what stands there, and what to do."""
    return [(one, *_where(job, row, one), text_of(request, one)) for one in row.problems]


def _where(job: Job, row: ImportRow, problem: Problem) -> tuple[str, str]:
    """Return the field that a problem is about, and the start of the cell that it stands in."""
    path = ".".join(step for step in problem.path.split(".") if not step.isdigit())
    holding = [name for name in COLUMNS if path == name or path.startswith(f"{name}.")]
    # A group as a whole, such as "evidence": its first column.
    first = next((name for name in COLUMNS if path and name.startswith(f"{path}.")), path)
    field = max(holding, key=len) if holding else first
    cells = row.data.get("cells", [])
    place = job.columns.index(field) if field in job.columns else -1
    cell = str(cells[place]) if 0 <= place < len(cells) else ""
    shown = "".join(one if one.isprintable() else " " for one in cell[:MAX_SHOWN])
    return field, shown + ("…" if len(cell) > MAX_SHOWN else "")


def _failure(request: web.Request, job: Job) -> str:
    if job.status != "failed":
        return ""
    return say(request, failure_text(job.failure["reason"]), **job.failure["params"])


def _refused(
    request: web.Request, form: FormData, field: str, refused: UnreadableError
) -> FormView:
    text = say(request, failure_text(refused.reason), **refused.params)
    return FormView(data=form, errors=((field, text),))


def _language(form: FormData) -> str:
    asked = form.text("language")
    return asked if asked in LANGUAGES else "en"


def _first(columns: list[str], problem: Problem) -> int:
    """Return the column to which an error of all of them leads."""
    if problem.code == "column_twice":
        return next(n for n, one in enumerate(columns) if one and one in columns[:n])
    return 0
