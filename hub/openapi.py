"""OpenAPI 3.1 of every door: the slices' routes as the framework describes them, and one path per command and channel.

Commands share one handler, so their paths are written from the words themselves: the body is the command, the answer
`Done` or a `Refused` under the status its code stands for.
"""

from typing import Any

from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig

from hub.app import SLICES
from hub.golden import bodies
from schemas.base import HTTP_STATUS
from schemas.catalogue import ASKABLE

REF = "#/components/schemas/{name}"


def document() -> dict[str, Any]:
    routes = [route for slice_ in SLICES for route in slice_.ROUTES]
    described = Litestar(
        route_handlers=routes, openapi_config=OpenAPIConfig(title="maitred", version="0.1.0"), logging_config=None,
    ).openapi_schema.to_schema()
    schemas = {**described.get("components", {}).get("schemas", {}), **bodies(REF)}
    paths: dict[str, Any] = dict(described["paths"])
    for path in paths.values():
        for operation in path.values():
            _answer_errors(operation)
    for name, command in ASKABLE.items():
        paths[f"/api/commands/{name}"] = {"post": _command(name, command)}
    paths["/api/state/{channel}"] = {"get": _state()}
    described["info"]["description"] = (
        "Commands and states of a maitred house. Sign in first; the cookie does the rest."
    )
    described["paths"] = dict(sorted(paths.items()))
    described["components"] = {
        "schemas": dict(sorted(schemas.items())),
        "securitySchemes": {"cookie": {"type": "apiKey", "in": "cookie", "name": "maitred"}},
    }
    described["security"] = [{"cookie": []}]
    return described


def _refused(status: int) -> dict[str, Any]:
    codes = ", ".join(code for code, of in HTTP_STATUS.items() if of == status)
    return {
        "description": f"Refused: {codes}",
        "content": {"application/json": {"schema": {"$ref": REF.format(name="Refused")}}},
    }


def _answer_errors(operation: dict[str, Any]) -> None:
    responses = operation.get("responses", {})
    responses.pop("400", None)  # the framework's own error shape: doors answer in refusals
    for status in (401, 403, 404, 422):
        responses[str(status)] = _refused(status)


def _command(name: str, command: type) -> dict[str, Any]:
    return {
        "tags": ["commands"],
        "operationId": name,
        "summary": name.replace("_", " ").capitalize(),
        "description": " ".join((command.__doc__ or "").split()) + f" Permission: `{command.permission}`.",  # type: ignore[attr-defined]
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF.format(name=command.__name__)}}},
        },
        "responses": {
            "200": {
                "description": "Granted",
                "content": {"application/json": {"schema": {"$ref": REF.format(name="Done")}}},
            },
            **{str(status): _refused(status) for status in sorted(set(HTTP_STATUS.values()))},
        },
    }


def _state() -> dict[str, Any]:
    return {
        "tags": ["state"],
        "operationId": "state",
        "summary": "One consistent snapshot of a channel",
        "parameters": [
            {
                "name": "channel",
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
                "description": "`floor:{site}`, `waitlist:{site}`, `slots:{site}`, `book:{site}:{date}`, "
                "`messages:{site}:{date}` or `availability:{site}:{date}`",
            },
        ],
        "responses": {
            "200": {
                "description": "The rows, and the position they are true at",
                "content": {"application/json": {"schema": {"$ref": REF.format(name="State")}}},
            },
            **{str(status): _refused(status) for status in (401, 403, 404)},
        },
    }
