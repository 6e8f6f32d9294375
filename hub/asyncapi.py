"""AsyncAPI 3.0 of the socket, as a client sees it: what it may send, what it has to expect.

Two storeys, for the socket carries a protocol and the protocol carries the house:

- the channel `socket` is the websocket: its messages are the lines on the wire, one JSON object each;
- the other channels are what a client library hands out and takes: the publications of `floor:{site}` and its like,
  and as `commands` the wishes that go up in an `rpc`.

Requests are read from `realtime.wire`, replies from `schemas.socket`, rows, facts and commands from the rest of
`schemas`, codes from `realtime.codes` and the gate. A test holds the lines of a real connection against the document.
"""

import inspect
from types import NoneType
from typing import Any, get_args

import msgspec
from msgspec import Raw, Struct

from hub import gate
from hub.core import roles
from hub.golden import bodies
from hub.house import row_types
from realtime import client, codes, commands, ring, subscriptions, wire
from realtime.backend import Refusal
from realtime.edges.handshake import PATH
from schemas import socket
from schemas.catalogue import ASKABLE, FACTS

REF = "#/components/schemas/{name}"
OWN = "#/components/schemas/protocol.{name}"
"""The protocol's own words are kept apart from the house's: a name may stand in both."""
IDENT = {"type": "integer", "minimum": 1, "maximum": (1 << 32) - 1}

REQUESTS: dict[str, tuple[str, str, type[Struct]]] = {
    "connect": ("The first line of every connection, with a token from `GET /api/token`.", "token", socket.Connected),
    "refresh": ("A new token before the old one's end: the connection goes on.", "token", socket.Refreshed),
    "subscribe": (
        (
            "Read a channel. `recover` with `offset` and `epoch` asks for what came after that position; with `flag` 2 "
            "an error 112 comes where that cannot be had, and the state is read again."
        ),
        "channel",
        socket.Subscribed,
    ),
    "unsubscribe": ("Stop reading a channel.", "channel", socket.Unsubscribed),
    "presence": ("Who reads this floor.", "channel", socket.Presence),
    "presence_stats": ("How many read this floor.", "channel", socket.PresenceStats),
    "history": (
        "Publications of a channel: after `since`, oldest first, or newest first with `reverse`.",
        "channel",
        socket.Page,
    ),
    "rpc": ("One command: `method` is its name, `data` its body.", "method", socket.Answered),
}
"""What a client asks: what for, the field it cannot do without, and what it gets."""
NOT_TAKEN = {
    "publish": "error 108: commits publish, clients do not",
    "send": "taken, and heard by nobody",
    "sub_refresh": "error 103 or 108: no channel here has a token of its own",
    "ping": "close 3501: pings come from the house",
}
"""Requests of the protocol that this house has no use for, and what becomes of them."""

LIMITS = {
    "message_bytes": client.MESSAGE_BYTES,
    "channels": subscriptions.CHANNELS,
    "channel_name_bytes": commands.CHANNEL_BYTES,
    "commands_per_s": int(client.COMMANDS_PER_S),
    "commands_at_once": client.COMMANDS_BURST,
    "command_s": int(client.COMMAND_S),
    "connect_s": int(client.CONNECT_S),
    "pong_s": int(client.PONG_S),
    "ping_s": gate.STAFF_PING_S,
    "refresh_s": int(subscriptions.REFRESH_S),
    "history_publications": commands.HISTORY_LIMIT,
    "recovered_publications": ring.RING,
}
"""What one connection may, and how long it has."""


def document() -> dict[str, Any]:
    """Deterministic: the same words make the same bytes."""
    kinds = {name: _Kind(name) for name in roles.CHANNEL_READ}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "maitred's socket",
            "version": "0.1.0",
            "description": (
                "The Centrifugal client protocol v2 in JSON, as far as the house uses it: its official SDKs are "
                "clients. Operations are a client's: it sends commands and receives publications. "
                "The channel `socket` shows the lines on the wire, the others what an SDK hands out and takes. "
                "docs/protocol.md tells the rest."
            ),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "house": {
                "host": "{host}",
                "protocol": "wss",
                "description": "`ws` without TLS. Text frames; a frame holds one line or more, parted by line feeds.",
                "variables": {"host": {"default": "localhost:8000", "description": "Where the house's doors are."}},
                "security": [{"$ref": "#/components/securitySchemes/token"}],
            }
        },
        "channels": {
            "socket": _socket(),
            **{name: kind.channel() for name, kind in kinds.items()},
            "commands": _commands(),
        },
        "operations": {
            **_talk(),
            **{f"receive_{name}": kind.operation() for name, kind in kinds.items()},
            **{name: _command(name) for name in _askable()},
        },
        "components": {
            "schemas": _schemas(kinds),
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "password",
                    "description": "A JWT of ten minutes from `GET /api/token`, sent as `connect.token`: no header.",
                }
            },
        },
        "x-limits": LIMITS,
        "x-errors": _errors(),
        "x-disconnects": _ends(*codes.DISCONNECTS, *(why for why in GATE if why.close)),
        "x-unsubscribes": _ends(*codes.UNSUBSCRIBES),
    }


# The channels of the house


class _Kind:
    """One kind of channel: `floor`, `book` …; what is read there follows from the rows that live there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.types = row_types().of_channel(name)
        self.dated = any(kind.day is not None for kind in self.types)

    def channel(self) -> dict[str, Any]:
        parameters = {"site": {"description": "A site's id; `GET /api/me` lists those one works at."}}
        if self.dated:
            parameters["date"] = {"description": "The service date, as in 2026-11-20."}
        return {
            "address": f"{self.name}:{{site}}" + (":{date}" if self.dated else ""),
            "description": (
                f"{', '.join(kind.kind for kind in self.types)}. Read with `{roles.CHANNEL_READ[self.name]}`. "
                "Multiplexed on the socket: `subscribe` opens it. Its state is at `GET /api/state/{channel}`."
            ),
            "parameters": parameters,
            "messages": {
                "publication": _message(
                    "publication", _ref(f"{self.name}.Publication"),
                    "One commit: what happened, and the rows of this channel as they are now.",
                ),
                "reset": _message("reset", _ref("Reset"), "A commit of more than 64 kB: read the state again."),
            },
        }  # fmt: skip

    def operation(self) -> dict[str, Any]:
        return {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{self.name}"},
            "summary": f"What is committed on {self.name}.",
            "messages": _messages(self.name, "publication", "reset"),
        }

    def schemas(self) -> dict[str, Any]:
        dropped = {"enum": [kind.kind for kind in self.types]}
        return {
            f"{self.name}.Row": _one_of("type", [kind.struct.__name__ for kind in self.types]),
            f"{self.name}.Patch": {
                "description": "`put` a whole row, or `drop` one: its type and id.",
                "anyOf": [
                    _object({"put": _ref(f"{self.name}.Row")}),
                    _object({"drop": {"type": "array", "items": [dropped, {"type": "string"}], "minItems": 2,
                                      "maxItems": 2}}),
                ],
            },
            f"{self.name}.Publication": _object(
                {
                    "seq": {"type": "integer", "description": "The number of the commit at this site."},
                    "key": {"type": ["string", "null"], "description": "The asker's key; null for the house's own."},
                    "at": {"type": "string", "format": "date-time"},
                    "facts": {"type": "array", "items": _ref("Fact")},
                    "patches": {"type": "array", "items": _ref(f"{self.name}.Patch")},
                }
            ),
        }  # fmt: skip


def _askable() -> list[str]:
    """What people may ask on the socket. What only a guest's ticket allows has doors of its own."""
    return [name for name, command in ASKABLE.items() if command.permission not in roles.GUEST]


def _commands() -> dict[str, Any]:
    return {
        "address": "rpc",
        "description": (
            "Wishes: the message's name is the `method` of an `rpc`, the message its `data`. Bodies and answers are "
            "those of `POST /api/commands/{name}`. The same `key` brings the same answer for 24 hours."
        ),
        "messages": {
            **{name: _wish(name) for name in _askable()},
            "done": _message("done", _ref("Done"), "Granted, and committed."),
            "refused": _message("refused", _ref("Refused"), "Not granted; nothing has changed."),
        },
    }


def _wish(name: str) -> dict[str, Any]:
    command = ASKABLE[name]
    said = f"{_prose(command.__doc__)} Permission: `{command.permission}`."
    return _message(name, _ref(command.__name__), said, examples=EXAMPLES.get(name))


def _command(name: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": "#/channels/commands"},
        "summary": name.replace("_", " ").capitalize() + ".",
        "messages": _messages("commands", name),
        "reply": {"channel": {"$ref": "#/channels/commands"}, "messages": _messages("commands", "done", "refused")},
    }


# The socket itself


def _socket() -> dict[str, Any]:
    messages = {"ping": _message("ping", _object({}), "Somebody there? It is answered with the same two characters.")}
    messages["pong"] = _message("pong", _object({}), "Yes.")
    for name, (said, needed, answer) in REQUESTS.items():
        body = {"allOf": [_own(_asked(name).__name__)], "required": [needed]}
        line = _object({"id": IDENT, name: body}, closed=False)
        messages[name] = _message(name, line, said, examples=EXAMPLES.get(f"socket.{name}"))
        reply = _object({"id": IDENT, name: _own(answer.__name__)})
        messages[f"{name}_reply"] = _message(f"{name}_reply", reply, _prose(answer.__doc__))
    failed = _object({"id": IDENT, "error": _own("Fault")})
    messages["error"] = _message("error", failed, "Instead of any reply. Codes: `x-errors`.")
    for name, body in (("pub", _own("Publication")), ("join", _own("Came")), ("leave", _own("Came")),
                       ("unsubscribe", _own("Ended"))):  # fmt: skip
        line = _object({"push": _object({"channel": {"type": "string"}, name: body})})
        messages[f"{name}_push"] = _message(f"{name}_push", line, PUSHES[name])
    return {
        "address": PATH,
        "description": (
            "Lines of JSON, any number to a text frame. Close codes: `x-disconnects`. Requests this house has no use "
            "for: " + "; ".join(f"`{name}` ({what})" for name, what in NOT_TAKEN.items()) + "."
        ),
        "messages": messages,
        "bindings": {"ws": {"method": "GET"}},
    }


PUSHES = {
    "pub": "A publication of a channel that is read.",
    "join": "Somebody came to this floor; for those who asked with `join_leave`.",
    "leave": "Somebody left this floor.",
    "unsubscribe": "The house ended a subscription. Codes: `x-unsubscribes`.",
}


def _talk() -> dict[str, Any]:
    here = {"$ref": "#/channels/socket"}
    talk: dict[str, Any] = {}
    for name, (said, _, _) in REQUESTS.items():
        talk[f"socket_{name}"] = {
            "action": "send",
            "channel": here,
            "summary": said,
            "messages": _messages("socket", name),
            "reply": {"channel": here, "messages": _messages("socket", f"{name}_reply", "error")},
        }
    talk["socket_ping"] = {
        "action": "receive",
        "channel": here,
        "summary": "The house asks whether anybody is there; who does not answer within 8 s is closed.",
        "messages": _messages("socket", "ping"),
        "reply": {"channel": here, "messages": _messages("socket", "pong")},
    }
    talk["socket_push"] = {
        "action": "receive",
        "channel": here,
        "summary": "What comes unasked.",
        "messages": _messages("socket", *(f"{name}_push" for name in PUSHES)),
    }
    return talk


def _asked(name: str) -> type[Struct]:
    """What the gateway takes a request's body for."""
    kind = next(field.type for field in msgspec.structs.fields(wire.Command) if field.encode_name == name)
    return next(part for part in get_args(kind) if part is not NoneType)


def _requests() -> dict[str, Any]:
    """The bodies of the requests, as the gateway decodes them. Fields it has no use for are ignored there."""
    schemas: dict[str, Any] = {}
    for name in REQUESTS:
        body = _asked(name)
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(body)}
        plain = [Any if kind is Raw else kind for kind in fields.values()]
        described, inner = msgspec.json.schema_components(plain, ref_template=OWN)
        schemas |= {f"protocol.{inside}": schema for inside, schema in inner.items()}
        schemas[f"protocol.{body.__name__}"] = {
            "title": body.__name__,
            **({"description": _prose(body.__doc__)} if body.__doc__ else {}),
            "type": "object",
            "properties": dict(zip(fields, described, strict=True)),
        }
    return schemas


def _replies(kinds: dict[str, _Kind]) -> dict[str, Any]:
    answers = [*dict.fromkeys(answer for _, _, answer in REQUESTS.values()), socket.Fault, socket.Ended, socket.Came]
    _, found = msgspec.json.schema_components(answers, ref_template=OWN)
    data = {"anyOf": [*(_ref(f"{name}.Publication") for name in kinds), _ref("Reset")]}
    found["Publication"]["properties"]["data"] = data
    found["Answered"]["properties"]["data"] = _one_of("status", ["Done", "Refused"])
    return {f"protocol.{name}": schema for name, schema in found.items()}


# Schemas


def _schemas(kinds: dict[str, _Kind]) -> dict[str, Any]:
    words = bodies(REF)
    made: dict[str, Any] = {"Fact": _one_of("fact", [fact.__name__ for fact in FACTS.values()])}
    made["Reset"] = _object(
        {
            "type": {"const": "reset"},
            "seq": {"type": "integer"},
            "key": {"type": ["string", "null"]},
            "at": {"type": "string", "format": "date-time"},
        }
    )
    for kind in kinds.values():
        made |= kind.schemas()
    made |= _requests() | _replies(kinds)
    wanted = [ASKABLE[name].__name__ for name in _askable()] + ["Done", "Refused"]
    reached: dict[str, Any] = {}
    waiting = [*made, *wanted]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = _draft_07(made.get(name) or words[name])
            waiting += _names(reached[name])
    return dict(sorted(reached.items()))


def _draft_07(schema: Any) -> Any:
    """What msgspec writes in the words of JSON Schema 2020-12, in those AsyncAPI's schemas have. Prose on one line."""
    if isinstance(schema, list):
        return [_draft_07(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _draft_07(part) for key, part in schema.items()}
    if "prefixItems" in made:
        made["additionalItems"] = made.pop("items", True)
        made["items"] = made.pop("prefixItems")
    if isinstance(made.get("description"), str):
        made["description"] = _prose(made["description"])
    return made


def _names(schema: Any) -> list[str]:
    """The schemas this one refers to."""
    if isinstance(schema, list):
        return [name for part in schema for name in _names(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].rsplit("/", 1)[1]] if isinstance(schema.get("$ref"), str) else []
    return own + [name for part in schema.values() for name in _names(part)]


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": REF.format(name=name)}


def _own(name: str) -> dict[str, Any]:
    return {"$ref": OWN.format(name=name)}


def _one_of(tag: str, names: list[str]) -> dict[str, Any]:
    return {"type": "object", "discriminator": tag, "anyOf": [_ref(name) for name in names]}


def _object(properties: dict[str, Any], *, closed: bool = True) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties, "required": list(properties)}
    return made | {"additionalProperties": False} if closed else made


def _message(
    name: str, payload: dict[str, Any], summary: str, *, examples: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    made = {"name": name, "summary": summary, "payload": payload}
    return made | {"examples": [{"payload": example} for example in examples]} if examples else made


def _messages(channel: str, *names: str) -> list[dict[str, Any]]:
    return [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]


def _prose(text: str | None) -> str:
    return " ".join(inspect.cleandoc(text or "").split())


# Codes


GATE = [why for why in vars(gate).values() if isinstance(why, Refusal)]
"""What the house says no with, besides the gateway's own."""


def _errors() -> list[dict[str, Any]]:
    """What comes instead of a reply."""
    said = {why.code: why.reason for why in GATE if not why.close} | {why.code: why.message for why in codes.ERRORS}
    for_now = {why.code for why in GATE if why.temporary} | {why.code for why in codes.ERRORS if why.temporary}
    return [{"code": code, "message": said[code], "temporary": code in for_now} for code in sorted(said)]


def _ends(*known: codes.Close | Refusal) -> list[dict[str, Any]]:
    """Codes of close frames (or of unsubscribe pushes), and whether a client comes again by itself."""
    said = {why.code: why.reason for why in reversed(known)}
    return [
        {"code": code, "reason": said[code], "again": code >= 2500 if code < 3000 else code % 1000 < 500}
        for code in sorted(said)
    ]


_SEAT = {"site_id": "s1", "key": "tap-5f2c9a01", "table_ids": ["t12"], "covers": 4, "flags": ["birthday"]}
_POSITION = {"offset": 411, "epoch": "7q2k"}
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "seat_party": [_SEAT],
    "add_party": [{"site_id": "s1", "key": "tap-5f2c9a02", "name": "Okafor", "covers": 2}],
    "socket.connect": [{"id": 1, "connect": {"token": "eyJhbGciOiJIUzI1NiJ9.…", "name": "js"}}],
    "socket.subscribe": [{"id": 2, "subscribe": {"channel": "floor:s1", "flag": 2, "recover": True, **_POSITION}}],
    "socket.rpc": [{"id": 3, "rpc": {"method": "seat_party", "data": _SEAT}}],
    "socket.history": [{"id": 4, "history": {"channel": "floor:s1", "limit": 50, "since": _POSITION}}],
}
"""By message: what a client might send."""
