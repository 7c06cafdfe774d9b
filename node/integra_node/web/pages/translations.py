"""How do people translate a practice, text by text beside the original?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiohttp import web

from integra_node.actions import library, responses, translations
from integra_node.actions.library import Published
from integra_node.rules.messages import N_
from integra_node.rules.problems import InvalidFieldsError, Problem
from integra_node.rules.response_screening import LOOKED_AT
from integra_node.rules.translation import Translation, primary, texts_of
from integra_node.store.database import Tx
from integra_node.web.bodies import form_of
from integra_node.web.code_names import CodeNames
from integra_node.web.context import context_of
from integra_node.web.forms import FormData, FormView
from integra_node.web.pages.practices import LANGUAGES
from integra_node.web.pages.responses import pointed_at
from integra_node.web.problem_texts import rejected
from integra_node.web.rendering import page, say, see_other
from integra_node.web.visit import staff_of, visit_of

_TEXT = "texts-{}-text"
_HOW, _WHICH, _NUMBER = N_("How it came about"), N_("Into which language"), N_("Text %(n)s")


async def show(request: web.Request) -> web.Response:
    """Ask for a language, then show the original beside our earlier translation, if there is one."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    language = request.query.get("language", "")

    def load(tx: Tx) -> tuple[Published, tuple[Translation, bool] | None]:
        found = responses.open_practice(tx, context.us, ref, staff=staff)
        return found, translations.own_texts(tx, context.us, found, language)

    found, earlier = await context.database.read(load)
    if language not in _offered(found):
        own = visit_of(request).language
        view = FormView(data=FormData(items=(("language", own),)))
        return await _page(request, found, view, language="")
    return await _page(request, found, _filled(found, earlier), language=language)


async def save(request: web.Request) -> web.Response:
    """Publish a translation."""
    context, staff, ref = context_of(request), staff_of(request), request.match_info["id"]
    form, now = form_of(request), context.clock()
    found = await context.database.read(
        lambda tx: library.read_published(tx, context.us, ref, staff=staff)
    )
    body = _body(found, form)
    try:
        made = await context.database.write(
            lambda tx: translations.translate(tx, context.us, ref, body, staff=staff, now=now)
        )
    except InvalidFieldsError as failure:
        view = rejected(request, form, _at_fields(found, failure.problems))
        return await _page(request, found, view, language=form.text("language"), status=400)
    return see_other(f"/practices/{ref}?text={made}")


async def _page(
    request: web.Request, found: Published, view: FormView, *, language: str, status: int = 200
) -> web.Response:
    names = CodeNames(language=visit_of(request).language)
    originals = list(enumerate(_originals(found).values()))
    numbers = {_TEXT.format(number): say(request, _NUMBER, n=number + 1) for number, _ in originals}
    return await page(
        request,
        "translate.html",
        status=status,
        found=found,
        form=view,
        names=names,
        into=language,
        pointed=pointed_at(view.data),
        tongues=[(tag, names.tongue(tag)) for tag in _offered(found)],
        originals=originals,
        is_older=view.value("is_older") == "1",
        labels={"method": say(request, _HOW), "language": say(request, _WHICH), **numbers},
    )


def _offered(found: Published) -> list[str]:
    written_in = primary(found.body.language) if found.body else ""
    return [tag for tag in LANGUAGES if tag != written_in]


def _originals(found: Published) -> dict[str, str]:
    return texts_of(found.body) if found.body else {}


def _filled(found: Published, earlier: tuple[Translation, bool] | None) -> FormView:
    if earlier is None:
        return FormView(data=FormData(items=(("method", "human"),)))
    text, is_of_this = earlier
    items = [("method", text.method), ("reviewed_by_role", text.reviewed_by_role or "")]
    items += [
        (_TEXT.format(number), text.texts.get(path, ""))
        for number, path in enumerate(_originals(found))
    ]
    return FormView(data=FormData(items=(*items, ("is_older", "" if is_of_this else "1"))))


def _body(found: Published, form: FormData) -> dict[str, object]:
    texts = {
        path: text
        for number, path in enumerate(_originals(found))
        if (text := form.text(_TEXT.format(number)))
    }
    given: Mapping[str, object] = {
        "language": form.text("language"),
        "method": form.text("method"),
        "reviewed_by_role": form.text("reviewed_by_role"),
        "texts": texts,
        LOOKED_AT: form.all(LOOKED_AT),
    }
    return {key: value for key, value in given.items() if value}


def _at_fields(found: Published, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems with the fields that show the texts they are about."""
    fields = {f"texts.{path}": _TEXT.format(n) for n, path in enumerate(_originals(found))}
    first = _TEXT.format(0)
    return tuple(
        Problem(
            path=fields.get(one.path, first if one.path.startswith("texts") else one.path),
            code=one.code,
            severity=one.severity,
            params=one.params,
        )
        for one in problems
    )
