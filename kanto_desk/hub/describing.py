"""What the hub says of itself as OpenAPI: the messages are JSON in a zstd frame, described by their JSON."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from fastapi import FastAPI

from kanto_desk.sync import again_wire, content_wire, escrow_wire, signing, wire

KIND: Final = "application/vnd.kanto-desk"

_MESSAGES: Final[dict[str, tuple[type, type, str]]] = {
    "/sync": (wire.Request, wire.Reply, "One sync: changes pushed, what is new given back"),
    "/fill": (wire.Fill, wire.Filled, "Rows of one scope for a first fill, or what to forget"),
    content_wire.PATH: (content_wire.Ask, content_wire.Told, "Photos and files in parts: what lacks, sent or fetched"),
    again_wire.PATH: (again_wire.Again, again_wire.Took, "What a computer has forgotten or sent under a former name"),
    escrow_wire.PATH: (escrow_wire.Escrow, escrow_wire.Escrowed, "A recovery key left with the secretariat"),
    "/enrol": (wire.Enrol, wire.Enrolled, "A computer joins by its one-time code"),
}
_WHY_NOT: Final = {400: "no message of ours", 401: "not signed by an enrolled computer, or not now",
                   403: "not allowed",
                   409: "the folder was copied", 413: "too large", 429: "too often: see Retry-After",
                   500: "a fault of the hub", 503: "no room, or busy: see Retry-After"}


def described(path: str) -> dict[str, Any]:
    """Arguments for the route of a message: its bodies, its headers, why it may not be answered."""
    asked, given, summary = _MESSAGES[path]
    refusals = {status: {"description": why, "content": _content(wire.Problem)} for status, why in _WHY_NOT.items()}
    return {"summary": summary, "responses": {200: {"description": "done", "content": _content(given)}, **refusals},
            "openapi_extra": {"requestBody": {"required": True, "content": _content(asked)},
                              "parameters": [] if path == "/enrol" else _signed()}}


def describe(app: FastAPI) -> None:
    """Add the shapes of the messages to the application's OpenAPI."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        made = plain()
        kinds = [kind for asked, given, _ in _MESSAGES.values() for kind in (asked, given)]
        _, shapes = msgspec.json.schema_components([*kinds, wire.Problem], ref_template="#/components/schemas/{name}")
        made.setdefault("components", {}).setdefault("schemas", {}).update(shapes)
        return made

    app.openapi = openapi   # type: ignore[method-assign]


def _content(kind: type) -> dict[str, Any]:
    return {KIND: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


def _signed() -> list[dict[str, Any]]:
    words = {signing.DEVICE: "16 hexadecimal digits", signing.TIME: "milliseconds since 1970, as the hub counts them",
             signing.NONCE: "used once", signing.SIGNATURE: "Ed25519, base64"}
    return [{"name": name, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
            for name, said in words.items()]
