"""The OpenAPI: what FastAPI knows, the senders' door beside it, and problem+json in place of FastAPI's own errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse

from escalator.web.access import AnyNeeds, Permit
from escalator.web.ingest import READERS, IngestDoor
from escalator.web.pages.entry import PageReader
from escalator.web.pages.looks import page
from escalator.web.problems import MEDIA
from escalator.web.shapes import Json, ProblemDocument

_WHEN = {
    "200": "Every alert is on disk.",
    "400": "Not a webhook; the bytes are kept in quarantine.",
    "401": "No token, or an unknown one.",
    "403": "The token may not send alerts here.",
    "404": "No such integration.",
    "413": "More than 4 MiB.",
    "415": "Compressed.",
    "503": "Cannot be stored now: send it again.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas.setdefault(
            "ProblemDocument", ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        )
        schemas.update(schemas["ProblemDocument"].pop("$defs", {}))
        made["paths"] |= _senders()
        for operations in made["paths"].values():
            for operation in operations.values():
                _own_errors(operation)
        app.openapi_schema = made
    return app.openapi_schema


def install(app: FastAPI) -> None:
    """Serves the document, and the same for people, without scripts."""
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's documented way

    @app.get("/openapi.json", include_in_schema=False)
    async def document(visitor: PageReader) -> Json:
        return Json(app.openapi())

    @app.get("/docs", include_in_schema=False)
    async def doors(visitor: PageReader, needs: AnyNeeds) -> HTMLResponse:
        return page("doors.html", version=needs.version, doors=_doors(app))


def _own_errors(operation: dict[str, Any]) -> None:
    refused = operation["responses"].get("422", {}).get("content", {})
    if "application/json" in refused:
        operation["responses"]["422"] = {
            "description": "A field is wrong; `fields` says which.",
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }


def _senders() -> dict[str, Any]:
    accepted = {"type": "object", "properties": {"accepted": {"type": "integer"}}, "required": ["accepted"]}
    problem = {"$ref": "#/components/schemas/ProblemDocument"}
    responses = {
        status: {
            "description": says,
            "content": {"application/json": {"schema": accepted}} if status == "200" else {MEDIA: {"schema": problem}},
        }
        for status, says in _WHEN.items()
    }
    operation = {
        "tags": ["senders"],
        "summary": "Alerts of a sender",
        "description": "An Alertmanager webhook, version 4. Token: Bearer, Basic's password, `?token=` or path.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": _webhook()}}},
        "responses": responses,
        "security": [{"token": []}],
    }
    source = {"name": "source", "in": "path", "required": True, "schema": {"type": "string", "enum": list(READERS)}}
    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/integrations/{source}": {"post": {**operation, "operationId": "send_alerts", "parameters": [source]}},
        "/integrations/{source}/{token}": {
            "post": {**operation, "operationId": "send_alerts_by_token", "parameters": [source, token], "security": []}
        },
    }


def _webhook() -> dict[str, Any]:
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    moment = {"type": "string", "format": "date-time"}
    alert = {
        "type": "object",
        "required": ["labels"],
        "properties": {
            "status": {"type": "string", "enum": ["firing", "resolved"]},
            "labels": texts,
            "annotations": texts,
            "startsAt": moment,
            "endsAt": moment,
            "generatorURL": {"type": "string"},
            "fingerprint": {"type": "string"},
        },
    }
    properties = {
        "alerts": {"type": "array", "items": alert},
        "truncatedAlerts": {"type": "integer"},
        "groupKey": {"type": "string"},
        "externalURL": {"type": "string"},
    }
    return {"type": "object", "required": ["alerts"], "properties": properties}


def _doors(app: FastAPI) -> list[dict[str, Any]]:
    permissions = {(route, method): each for route, method, each in permits(app)}
    return [
        {
            "id": operation["operationId"],
            "method": method.upper(),
            "path": path,
            "permission": permissions.get((path, method.upper()), IngestDoor.permission),
            "says": operation.get("description") or operation.get("summary", ""),
            "takes": [
                {"name": each["name"], "says": each.get("description", "")} for each in operation.get("parameters", ())
            ],
        }
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    ]


def permits(app: FastAPI) -> list[tuple[str, str, str | None]]:
    """(path, method, permission) of every route; None where none is declared, which a test forbids."""
    found: list[tuple[str, str, str | None]] = []
    for route in app.routes:
        dependant = getattr(route, "dependant", None)
        calls = [each.call for each in dependant.dependencies] if dependant is not None else []
        permission = next((call.permission for call in calls if isinstance(call, Permit)), None)
        found += [
            (getattr(route, "path", ""), method, permission) for method in getattr(route, "methods", None) or ("ANY",)
        ]
    return found
