"""How does a page become HTML? Jinja templates, escaped always, one environment for each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from aiohttp import web
from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from integra_node.actions import notices
from integra_node.actions.alert_reading import ListedAlert, list_critical
from integra_node.config import Config
from integra_node.rules.lineage import stale_since
from integra_node.rules.permissions import Action
from integra_node.rules.staff import Staff
from integra_node.store.database import Tx
from integra_node.web.context import context_of
from integra_node.web.languages import NAMES, locale_of, translations
from integra_node.web.navigation import NavLink, items_for, links
from integra_node.web.static_files import THEME, StaticFile, asset
from integra_node.web.visit import visit_of

_TEMPLATES: Final = Path(__file__).parent / "templates"
MIDNIGHT: Final = time()
_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})


class Renderer:
    """Renders templates; holds one environment for each language in use."""

    def __init__(self, config: Config, files: Mapping[str, StaticFile], version: str) -> None:
        self._config = config
        self._files = files
        self._version = version
        self._loader = FileSystemLoader(_TEMPLATES)
        self._environments: dict[str, Environment] = {}

    def render(self, template: str, language: str, **values: object) -> str:
        """Return the HTML of a template."""
        return self.environment(language).get_template(template).render(values)

    def say(self, language: str, text: str, **values: object) -> str:
        """Return a marked text in a language."""
        said = translations(language).gettext(text)
        return said % values if values else said

    def environment(self, language: str) -> Environment:
        """Return the environment of one available language."""
        if language not in self._environments:
            self._environments[language] = self._make(language)
        return self._environments[language]

    def _make(self, language: str) -> Environment:
        made = Environment(
            loader=self._loader,
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        made.policies["ext.i18n.trimmed"] = True
        known = translations(language)
        made.install_gettext_callables(known.gettext, known.ngettext, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
        made.filters.update(self._filters(language))
        made.globals.update(
            config=self._config,
            asset=lambda name: asset(self._files, name),
            has_theme=THEME in self._files,
            version=self._version,
            languages=NAMES,
            pairs=lambda words: [(word, word) for word in words],
            direction="rtl" if language in _RIGHT_TO_LEFT else "ltr",
        )
        return made

    def _filters(self, language: str) -> dict[str, object]:
        locale, zone = locale_of(language), self._config.zone

        def moment(at: int) -> str:
            here = datetime.fromtimestamp(at, zone)
            return f"{format_date(here, 'medium', locale=locale)}, {here:%H:%M} {here:%Z}"

        def due(at: int) -> str:
            here = datetime.fromtimestamp(at, zone)
            if here.time() != MIDNIGHT:
                return moment(at)
            # The end of a day is told as that day's, not as the first moment of the next.
            day_before = here.date() - timedelta(days=1)
            return f"{format_date(day_before, 'medium', locale=locale)}, 24:00 {here:%Z}"

        def day(text: str) -> str:
            try:
                return format_date(date.fromisoformat(text), "long", locale=locale)
            except ValueError:
                return text

        return {
            "moment": moment,
            "due": due,
            "day": day,
            "iso": lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "is_stale": lambda published_at, now: stale_since(published_at) <= now,
            "number": lambda value: format_decimal(value, locale=locale),
            "query": lambda values: urlencode([(k, v) for k, v in values.items() if v], doseq=True),
        }


RENDERER = web.AppKey("renderer", Renderer)


async def page(
    request: web.Request, template: str, *, status: int = 200, **values: object
) -> web.Response:
    """Answer with a page in the visitor's language, with the band and its counts."""
    visit = visit_of(request)
    frame = await _frame(request, visit.staff) if visit.staff is not None else _Frame()
    values = {"now": context_of(request).clock(), **values}
    html = request.config_dict[RENDERER].render(
        template,
        visit.language,
        visit=visit,
        band=frame.band,
        urgent=frame.urgent,
        unseen=frame.unseen,
        **values,
    )
    return web.Response(text=html, content_type="text/html", status=status)


def see_other(path: str) -> web.Response:
    """Answer a form that was accepted: the browser goes on to ``path``, which must be our own."""
    return web.Response(status=303, headers={"Location": path})


def say(request: web.Request, text: str, **values: object) -> str:
    """Return a marked text in the visitor's language."""
    return request.config_dict[RENDERER].say(visit_of(request).language, text, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What stands on every page: links, critical alerts, how many messages are not confirmed."""

    band: tuple[NavLink, ...] = ()
    urgent: tuple[ListedAlert, ...] = ()
    unseen: int = 0


async def _frame(request: web.Request, staff: Staff) -> _Frame:
    items, path, us = items_for(staff), visit_of(request).path, context_of(request).us

    def load(tx: Tx) -> _Frame:
        may_read = staff.may(Action.READ_ALERT)
        return _Frame(
            band=links(tx, us, items, staff, path),
            urgent=list_critical(tx, us, staff=staff) if may_read else (),
            unseen=notices.count_waiting(tx, staff=staff),
        )

    return await context_of(request).database.read(load)
