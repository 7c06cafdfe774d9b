"""What does the API offer? OpenAPI 3.1 made from the route table, and the same as a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from integra_node.web.access import PUBLIC, SIGNED_IN, Route
from integra_node.web.rendering import page

_REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"\{(\w+)(?::[^}]*)?\}")
OPENAPI = web.AppKey("openapi", dict[str, object])

_PROBLEM: Final[Mapping[str, object]] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable; for programs"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "code", "params", "text"],
                "properties": {
                    "path": {"type": "string"},
                    "code": {"type": "string"},
                    "params": {"type": "object"},
                    "text": {"type": "string"},
                },
            },
        },
    },
}


def describe(routes: Iterable[Route], *, version: str, server: str) -> dict[str, object]:
    """Return the OpenAPI 3.1 document of the API routes."""
    calls = [route for route in routes if route.kind == "api"]
    schemas = _schemas(calls)
    paths: dict[str, dict[str, object]] = {}
    for route in calls:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Integra staff API", "version": version},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


async def send_document(request: web.Request) -> web.Response:
    """Answer with the OpenAPI document."""
    document = json.dumps(request.config_dict[OPENAPI], ensure_ascii=False, separators=(",", ":"))
    return web.Response(body=document.encode(), content_type="application/json")


async def show_docs(request: web.Request) -> web.Response:
    """Show the calls of the API as a page, or one of its data types."""
    document, chosen = request.config_dict[OPENAPI], request.query.get("type", "")
    known = _schemas_of(document)
    return await page(
        request, "api_docs.html", document=document, chosen=chosen if chosen in known else ""
    )


def _schemas_of(document: Mapping[str, object]) -> Mapping[str, object]:
    components = document["components"]
    found = components["schemas"] if isinstance(components, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def _schemas(calls: Iterable[Route]) -> dict[str, object]:
    inputs = {route.body for route in calls if route.body}
    outputs = {route.answer for route in calls if route.answer}
    wanted: list[tuple[type[BaseModel], str]] = [
        *((model, "validation") for model in sorted(inputs, key=_name)),
        *((model, "serialization") for model in sorted(outputs - inputs, key=_name)),
    ]
    _, document = models_json_schema(wanted, ref_template=_REF)  # type: ignore[arg-type]  # the modes are its literals
    found = document.get("$defs", {})
    return dict(found)


def _operation(route: Route) -> dict[str, object]:
    operation: dict[str, object] = {
        "summary": route.summary,
        "operationId": f"{route.handler.__module__.rpartition('.')[2]}_{route.handler.__name__}",
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_headers(route)],
        "responses": _responses(route),
    }
    if route.access is not PUBLIC:
        operation["security"] = [{"token": []}]
        needed = "signed in" if route.access is SIGNED_IN else route.access.value
        operation["description"] = f"Needs: {needed}."
    if route.body is not None:
        required = not getattr(route.body, "may_be_absent", False)
        operation["requestBody"] = {"required": required, "content": _json_of(route.body)}
    return operation


def _responses(route: Route) -> dict[str, object]:
    done: dict[str, object] = {"description": "done"}
    if route.answer is not None:
        done["content"] = _json_of(route.answer)
    if route.media:
        done["content"] = {one: {"schema": {"type": "string"}} for one in route.media}
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {
        str(route.status): done,
        "default": {"description": "a problem (RFC 9457)", "content": problem},
    }


def _json_of(model: type[BaseModel]) -> dict[str, object]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}


def _path_parameters(route: Route) -> list[dict[str, object]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[dict[str, object]]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _headers(route: Route) -> list[dict[str, object]]:
    if not route.if_match:
        return []
    return [{"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}]


def _name(model: type[BaseModel]) -> str:
    return model.__name__
