"""How do routes, layers and parts become one web application?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from integra_node.rate import RateLimiter
from integra_node.web import middleware
from integra_node.web.access import Route
from integra_node.web.api.openapi import OPENAPI, describe
from integra_node.web.context import CONTEXT, WebContext
from integra_node.web.cookies import Cookies
from integra_node.web.identity import COOKIES
from integra_node.web.rendering import RENDERER, Renderer
from integra_node.web.routes import ROUTES
from integra_node.web.sign_in import SIGN_IN_RATE, SLOW_POOL, TRIES_AT_ONCE, TRIES_PER_MINUTE
from integra_node.web.slow_pool import SlowPool
from integra_node.web.static_files import STATIC, load_static

MAX_BODY_BYTES: Final = 8 * 1024 * 1024  # no bound is higher, but of what is read in parts


def build_staff_app(context: WebContext, routes: Iterable[Route] = ROUTES) -> web.Application:
    """Return the application of the staff listener.

    Raises:
        InputError: the pages would be served over plain http beyond this computer, or the theme
            cannot be read.
        ValueError: two routes have the same method and path (a bug).
    """
    config = context.config
    served = [route for route in routes if config.profile == "casework" or not route.casework]
    app = web.Application(
        middlewares=[
            middleware.frame,
            middleware.tell_errors,
            middleware.identify,
            middleware.guard,
        ],
        client_max_size=MAX_BODY_BYTES,
    )
    theme = config.path(config.ui.theme_css) if config.ui.theme_css else None
    files = load_static(theme)
    app[CONTEXT] = context
    app[COOKIES] = Cookies.of(org=config.org, staff_url=config.staff_url)
    app[STATIC] = files
    app[RENDERER] = Renderer(config, files, context.version)
    app[OPENAPI] = describe(served, version=context.version, server=config.staff_url)
    app[SLOW_POOL] = SlowPool()
    app[SIGN_IN_RATE] = RateLimiter(
        burst=TRIES_AT_ONCE, per_minute=TRIES_PER_MINUTE, monotonic=context.monotonic
    )
    app[middleware.ROUTES] = _register(app, served)
    app.on_response_prepare.append(middleware.set_headers)
    app.on_cleanup.append(_close_pool)
    return app


def _register(app: web.Application, routes: Iterable[Route]) -> dict[tuple[str, str], Route]:
    table: dict[tuple[str, str], Route] = {}
    resources: dict[str, web.Resource] = {}
    for route in routes:
        if (route.method, route.path) in table:
            raise ValueError(f"two routes {route.method} {route.path}")
        if route.path not in resources:
            resources[route.path] = app.router.add_resource(route.path)
        resources[route.path].add_route(route.method, route.handler)
        if route.method == "GET":
            resources[route.path].add_route("HEAD", route.handler)
        table[(route.method, resources[route.path].canonical)] = route
    return table


async def _close_pool(app: web.Application) -> None:
    app[SLOW_POOL].close()
