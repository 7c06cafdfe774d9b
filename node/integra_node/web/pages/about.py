"""What can anybody read about this service: help, accessibility, privacy, contact?"""

from __future__ import annotations

from aiohttp import web

from integra_node.web.paths import HOME
from integra_node.web.rendering import page, see_other


async def home(_request: web.Request) -> web.Response:
    """Lead to the first page."""
    return see_other(HOME)


async def change_password_address(_request: web.Request) -> web.Response:
    """Lead password managers to the page they look for under a well-known name."""
    return see_other("/account/password")


async def help_page(request: web.Request) -> web.Response:
    """Explain the first steps."""
    return await page(request, "help.html")


async def accessibility(request: web.Request) -> web.Response:
    """Show the accessibility statement."""
    return await page(request, "accessibility.html")


async def privacy(request: web.Request) -> web.Response:
    """Show which data about staff are kept and why."""
    return await page(request, "privacy.html")


async def contact(request: web.Request) -> web.Response:
    """Show whom to ask."""
    return await page(request, "contact.html")
