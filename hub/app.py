"""The web application of one house: every slice's doors under one roof."""

import uuid
from typing import Any

import asyncpg
import structlog
from litestar import Litestar, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from hub import doors
from hub.availability import routes as availability
from hub.guests import routes as guests
from hub.history import routes as history
from hub.history import visits
from hub.house import House
from hub.notifications import routes as notifications
from hub.people import routes as people
from hub.planning import routes as planning
from hub.policies import routes as policies
from hub.quoting import routes as quoting
from hub.reservations import routes as reservations
from hub.seating import routes as seating
from hub.slots import routes as slots
from hub.tickets import routes as tickets
from hub.venues import routes as venues
from hub.waitlist import routes as waitlist
from schemas.base import Refused

log = structlog.get_logger("app")

SLICES = (
    venues, people, policies, guests, notifications, slots, reservations, waitlist, seating, planning,
    quoting, availability, tickets, history, visits,
)  # fmt: skip
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def fault(request: Request, error: Exception) -> Response[bytes]:
    """The outermost edge: a fault gets a number the host can quote, and the log gets the rest."""
    if isinstance(error, HTTPException):
        return doors.refusal_of(request, error)
    if isinstance(error, asyncpg.CharacterNotInRepertoireError):  # an id with U+0000 in it, from an address or a form
        sentence = "There is a character in it that no text has."
        return doors.answer_with(Refused(code="invalid", reason="malformed", message=sentence))
    number = uuid.uuid4().hex[:8]
    log.error("fault", number=number, path=request.url.path, exc_info=error)
    answer = Refused(
        code="unavailable", reason="fault", retry="later", message=f"Something went wrong. Try again (fault {number})."
    )  # fmt: skip
    return doors.answer_with(answer)


def make_app(house: House, **options: Any) -> Litestar:
    return Litestar(
        route_handlers=[*doors.ROUTES, *(route for slice_ in SLICES for route in slice_.ROUTES)],
        state=State({"house": house}),
        exception_handlers={Exception: fault, HTTPException: doors.refusal_of},
        response_headers=HEADERS,
        compression_config=CompressionConfig(backend="gzip", minimum_size=1024, exclude="/health"),
        openapi_config=None,
        logging_config=None,  # it would take the house's log lines for itself (hub/core/logs.py)
        **options,
    )
