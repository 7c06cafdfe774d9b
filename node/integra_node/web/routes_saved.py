"""Which addresses keep what people look for again?"""

from __future__ import annotations

from typing import Final

from integra_node.rules.permissions import Action
from integra_node.web.access import Route, page
from integra_node.web.api import saved_searches as api
from integra_node.web.pages import saved_searches as pages

SAVED_PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/searches", pages.show_all, Action.SEARCH),
    page("POST", "/searches", pages.create, Action.SEARCH),
    page("GET", "/searches/new", pages.show_new, Action.SEARCH),
    page("GET", "/searches/{id}", pages.show, Action.SEARCH),
    page("GET", "/searches/{id}/edit", pages.show_edit, Action.SEARCH),
    page("POST", "/searches/{id}/edit", pages.change, Action.SEARCH),
    page("GET", "/searches/{id}/delete", pages.show_drop, Action.SEARCH),
    page("POST", "/searches/{id}/delete", pages.drop, Action.SEARCH),
    page("POST", "/searches/{id}/seen", pages.mark_seen, Action.SEARCH),
    page("POST", "/search/seen", pages.mark_library_seen, Action.SEARCH),
)

SAVED_CALLS: Final[tuple[Route, ...]] = (
    Route(
        method="GET",
        path="/api/v1/saved-searches",
        handler=api.list_all,
        access=Action.SEARCH,
        kind="api",
        summary="List my saved searches.",
        answer=api.SavedSearchesAnswer,
    ),
    Route(
        method="POST",
        path="/api/v1/saved-searches",
        handler=api.create,
        access=Action.SEARCH,
        kind="api",
        summary="Save a search; only what comes from now on counts as new.",
        body=api.SaveBody,
        answer=api.SavedSearchAnswer,
        status=201,
    ),
    Route(
        method="GET",
        path="/api/v1/saved-searches/{id}",
        handler=api.show,
        access=Action.SEARCH,
        kind="api",
        summary="Read one of my saved searches.",
        answer=api.SavedSearchAnswer,
    ),
    Route(
        method="PUT",
        path="/api/v1/saved-searches/{id}",
        handler=api.change,
        access=Action.SEARCH,
        kind="api",
        summary="Give a saved search another name or time of notice.",
        body=api.ChangeBody,
        answer=api.SavedSearchAnswer,
    ),
    Route(
        method="DELETE",
        path="/api/v1/saved-searches/{id}",
        handler=api.drop,
        access=Action.SEARCH,
        kind="api",
        summary="Delete a saved search.",
        status=204,
    ),
    Route(
        method="POST",
        path="/api/v1/saved-searches/{id}/seen",
        handler=api.mark_seen,
        access=Action.SEARCH,
        kind="api",
        summary="Count what is new for a saved search as seen.",
        status=204,
    ),
)
