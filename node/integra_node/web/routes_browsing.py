"""Which addresses lead around in the library?"""

from __future__ import annotations

from typing import Final

from integra_node.rules.permissions import Action
from integra_node.web.access import Route, page
from integra_node.web.api import browsing as api_browsing
from integra_node.web.pages import browsing, concepts, practice_lists, result_export

BROWSING_PAGES: Final[tuple[Route, ...]] = (
    page("GET", "/browse/concepts", concepts.show_tree, Action.SEARCH),
    page("GET", "/browse/concepts/{id}", concepts.show, Action.SEARCH),
    page("GET", "/organisations", browsing.organisations, Action.SEARCH),
    page("GET", "/practices", practice_lists.show, Action.WRITE_PRACTICE),
    page("GET", "/search/export", result_export.show, Action.EXPORT_LIBRARY),
    page("POST", "/search/export", result_export.export, Action.EXPORT_LIBRARY),
    page("GET", "/practices/{id}/similar", browsing.similar, Action.READ_PRACTICE),
)

BROWSING_CALLS: Final[tuple[Route, ...]] = (
    Route(
        method="GET",
        path="/api/v1/concepts",
        handler=api_browsing.concepts,
        access=Action.SEARCH,
        kind="api",
        summary="List the concepts that something visible speaks of, with how much does.",
        answer=api_browsing.ConceptsAnswer,
    ),
    Route(
        method="GET",
        path="/api/v1/organisations",
        handler=api_browsing.organisations,
        access=Action.SEARCH,
        kind="api",
        summary="List the members with how much they published.",
        answer=api_browsing.OrganisationsAnswer,
    ),
    Route(
        method="GET",
        path="/api/v1/practices/{id}/similar",
        handler=api_browsing.similar,
        access=Action.READ_PRACTICE,
        kind="api",
        summary="List the practices most like a published one.",
        query=api_browsing.SimilarParameters,
        answer=api_browsing.SimilarAnswer,
    ),
)
