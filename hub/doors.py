"""The house's own doors: commands, state, pages, health. No logic; each slice's `routes.py` has the rest."""

from pathlib import Path
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import HTTPException, NotAuthorizedException, PermissionDeniedException
from litestar.params import FromPath
from litestar.response import File, Redirect
from litestar.static_files import create_static_files_router

from hub.availability import reactions as availability
from hub.core import auth, counts, roles
from hub.core.actor import Actor
from hub.core.health import ready
from hub.core.rows import ChannelName
from hub.core.words import about_field, named_in
from schemas.base import HTTP_STATUS, Refused

STATIC = Path(__file__).parent.parent / "static"
BODY_MAX = 256 * 1024  # bytes of one command; the largest, a floor plan's fixtures, is far below
_encode = msgspec.json.Encoder().encode


def answer_with(answer: Any) -> Response[bytes]:
    """An answer or refusal as JSON, under the HTTP status its code stands for."""
    status = HTTP_STATUS[answer.code] if isinstance(answer, Refused) else 200
    headers = {"retry-after": str(max(1, round(answer.retry_s)))} if status == 429 and answer.retry_s else {}
    return Response(_encode(answer), status_code=status, media_type=MediaType.JSON, headers=headers)


@post("/api/commands/{name:str}", status_code=200, request_max_body_size=BODY_MAX, include_in_schema=False)
async def command(request: Request, name: FromPath[str]) -> Response[bytes]:
    """Every command there is, by name: the same body and the same answer as the socket's rpc."""
    actor = await auth.actor_of(request)
    if actor is None:
        return answer_with(Refused(code="unauthorised", reason="signed_out", message="Please sign in."))
    return answer_with(await request.app.state.house.commands.ask(actor, name, await request.body()))


@get("/api/state/{channel:str}", include_in_schema=False)
async def state(request: Request, channel: FromPath[str]) -> Response[bytes]:
    """One consistent snapshot of a channel, for those who may read it."""
    house = request.app.state.house
    parsed = ChannelName.parse(channel)
    if parsed is None or parsed.kind not in roles.CHANNEL_READ:
        return answer_with(
            Refused(code="not_found", reason="unknown_channel", message="There is no such channel.", field="channel")
        )
    await auth.require(request, parsed.site_id, roles.CHANNEL_READ[parsed.kind])
    if parsed.kind == "availability" and parsed.on is not None:
        await availability.watch(house, parsed.site_id, parsed.on)
    body = await house.states.read(parsed, channel)
    if body is None:
        return answer_with(
            Refused(code="not_found", reason="unknown_channel", message="There is no such channel.", field="channel")
        )
    return Response(body, media_type=MediaType.JSON, headers={"cache-control": "no-store"})


@post("/t/{qr:str}", include_in_schema=False, status_code=200)
async def scanned(request: Request, qr: FromPath[str]) -> Response[bytes]:
    """A guest scanned a table's code (F-TAB-04)."""
    house = request.app.state.house
    found = await house.pool.fetchrow("SELECT site_id FROM floor_table WHERE qr = $1 AND active", qr[:40])
    if found is None:
        return answer_with(
            Refused(code="not_found", reason="unknown_table", message="This code is not in use.", field="qr")
        )
    guest = Actor("guest", f"guest:{qr}", source="qr")
    body = _encode({"site_id": found["site_id"], "key": f"scan-{qr}-{house.commands.ids()}", "qr": qr})
    return answer_with(await house.commands.ask(guest, "scan_table", body))


@get(["/health", "/health/live"], include_in_schema=False)
async def live() -> dict[str, str]:
    return {"status": "ok"}


@get("/health/ready", include_in_schema=False)
async def readiness(request: Request) -> Response[dict[str, Any]]:
    ok, checks = await ready(request.app.state.house)
    return Response({"status": "ok" if ok else "unavailable", "checks": checks}, status_code=200 if ok else 503)


@get("/metrics", include_in_schema=False)
async def measured(request: Request) -> Response[bytes]:
    return Response(await counts.told(request.app.state.house), media_type=counts.CONTENT_TYPE_LATEST)


def _page(name: str) -> File:
    return File(STATIC / "pages" / name, media_type=MediaType.HTML, content_disposition_type="inline", filename=name)


@get("/login", include_in_schema=False)
async def login_page() -> File:
    return _page("login.html")


@get(["/floor", "/book", "/stand", "/admin"], include_in_schema=False)
async def staff_page(request: Request) -> File | Redirect:
    """A screen of the house; whoever is not signed in is sent to the door. A session that has run out gets the page
    too: nothing of the house stands in it, and only its script can renew the session (`POST /api/refresh`)."""
    return _page(f"{request.url.path.strip('/')}.html") if request.cookies.get(auth.COOKIE) else Redirect("/login")


@get("/sw.js", include_in_schema=False)
async def service_worker() -> File:
    """From the root, so that its scope is the whole house."""
    return File(
        STATIC / "sw.js",
        media_type="text/javascript",
        content_disposition_type="inline",
        filename="sw.js",
        headers={"cache-control": "no-cache"},
    )


@get("/", include_in_schema=False)
async def front_door() -> Redirect:
    return Redirect("/floor")


def refusal_of(_: Request, error: HTTPException) -> Response[bytes]:
    """Every error of a door in the words of a refusal, so that clients read one shape."""
    if isinstance(error, NotAuthorizedException):
        refused = Refused(code="unauthorised", reason="signed_out", message=error.detail or "Please sign in.")
    elif isinstance(error, PermissionDeniedException):
        refused = Refused(
            code="forbidden", reason="forbidden", message=error.detail or "Your role may not do this here."
        )
    elif error.status_code == 404:
        refused = Refused(code="not_found", reason="not_found", message=error.detail or "There is nothing here.")
    elif error.status_code == 429:
        wait = (error.headers or {}).get("retry-after")
        refused = Refused(
            code="rate_limited", reason="rate_limited", message=error.detail or "Too many requests.", retry="later",
            retry_s=float(wait) if wait else None,
        )  # fmt: skip
    elif error.status_code < 500:
        extra = error.extra if isinstance(error.extra, list) and error.extra else []
        first = extra[0] if extra and isinstance(extra[0], dict) else {}
        sentence = first.get("message") or error.detail or "Invalid."
        field = named_in(sentence) or first.get("key")
        message = about_field(field, sentence) if field else sentence
        refused = Refused(code="invalid", reason="invalid", field=field, message=message)
        answer = answer_with(refused)
        answer.status_code = error.status_code if error.status_code in (405, 413, 415) else answer.status_code
        return answer
    else:
        refused = Refused(
            code="unavailable", reason="fault", message="Something went wrong here. Try again.", retry="later"
        )
    return answer_with(refused)


STATIC_FILES = create_static_files_router(
    path="/static", directories=[STATIC], cache_control=CacheControlHeader(no_cache=True), include_in_schema=False
)
ROUTES = (
    command,
    state,
    scanned,
    live,
    readiness,
    measured,
    login_page,
    staff_page,
    service_worker,
    front_door,
    STATIC_FILES,
)
