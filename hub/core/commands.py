"""The door every wish goes through: decode, permission, known key, one writer per site, act, journal, answer.

Theory of operation. A command runs alone on its site: first an in-process lock, then a pool connection, then the
site's advisory lock, so that nothing waits for a lock while it holds a connection. The action writes rows and names
them; before COMMIT the store re-reads what was named through its views, and what differs becomes patches. Journal
line, offsets, publications and stored answer go out in one statement, the last of the transaction. A refusal leaves
nothing behind, so asking again decides again.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any

import asyncpg
import msgspec
import structlog

from hub.core import metrics, roles, sql
from hub.core.actor import Actor
from hub.core.clock import HouseClock, wall_now
from hub.core.ids import Ids, new_id
from hub.core.limits import Buckets
from hub.core.rows import RowTypes
from hub.core.timers import fire_timer, write_timers
from hub.core.words import what_is_wrong
from hub.core.work import Policies, Work
from schemas.base import Answer, Command, Done, Refused, conflict
from schemas.catalogue import ASKABLE

log = structlog.get_logger("commands")
q = sql.load(__file__)

PATCHES_MAX = 64 * 1024  # bytes of one channel's publication; above it screens re-read state instead
WAITING_MAX = 500  # commands waiting for one site's lock; one more is told to come back
ANSWERS_DAYS = 1  # answers are kept a full day after the day they were given

Action = Callable[[Work, Any], Awaitable[Any]]
ACTIONS: dict[str, Action] = {}
Preparation = Callable[["Commands", Actor, Any], Awaitable[Any]]
PREPARATIONS: dict[str, Preparation] = {}
TAKEN: dict[str, tuple[str, str]] = {}
"""Constraint name → (reason, sentence): the database is the second lock on the same door."""

_decoders: dict[str, msgspec.json.Decoder] = {}
_encode = msgspec.json.Encoder().encode


def handles(command: type[Command]) -> Callable[[Action], Action]:
    """Names the action that grants a command. One command, one action."""

    def register(action: Action) -> Action:
        name = name_of(command)
        assert name not in ACTIONS, f"two actions for {name}"
        ACTIONS[name] = action
        return action

    return register


def prepares(command: type[Command]) -> Callable[[Preparation], Preparation]:
    """Names what is worked out for a command before the site's lock is taken: slow thinking that needs no lock. The
    action finds it as `work.prepared`. It runs before anybody asked whether the wish is allowed."""

    def register(preparation: Preparation) -> Preparation:
        PREPARATIONS[name_of(command)] = preparation
        return preparation

    return register


def name_of(command: Command | type[Command]) -> str:
    return str(command.__struct_config__.tag)


def decode(name: str, body: bytes) -> Command | Refused:
    """The wish in a body; refused naming the field when it is not one."""
    cls = ASKABLE.get(name)
    if cls is None:
        return Refused(code="not_found", reason="unknown_command", message=f"There is no command “{name[:40]}”.")
    if b"\\u0000" in body:  # JSON may say it, PostgreSQL cannot store it, nobody types it
        return Refused(code="invalid", reason="malformed", message="There is a character in it that no text has.")
    decoder = _decoders.get(name) or _decoders.setdefault(name, msgspec.json.Decoder(cls))
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        field, sentence = what_is_wrong(error)
        return Refused(code="invalid", reason="invalid", message=sentence, field=field or None)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Refused(code="invalid", reason="malformed", message="That is not JSON.")


@dataclass(slots=True)
class Commands:
    """One per process. `policies_of` loads the policies in force at a site; `after_commit` hears (site, seq, facts)."""

    pool: asyncpg.Pool
    clock: HouseClock
    types: RowTypes
    policies_of: Callable[[asyncpg.Connection, str, str], Awaitable[Policies]]
    ids: Ids = new_id
    house: Any = None
    """What preparations may reach for; none while a sample is made."""
    secret: bytes = b""
    """Keys the stored fingerprint of a wish, so that what was in it (a password) cannot be guessed from it."""
    after_commit: list[Callable[[str, int, list], None]] = field(default_factory=list)
    staff_rate: Buckets = field(default_factory=lambda: Buckets(per_second=20, burst=60))
    key_rate: Buckets = field(default_factory=lambda: Buckets(per_second=100 / 60, burst=100))  # R-RAT-02
    _locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _waiting: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def ask(self, actor: Actor, name: str, body: bytes) -> Answer:
        """A wish from outside, as bytes."""
        wait = (self.key_rate if actor.kind == "key" else self.staff_rate).take(actor.id)
        if wait:
            return Refused(
                code="rate_limited", reason="rate_limited", retry="later", retry_s=round(wait, 2),
                message="Too many commands at once. Try again in a moment.",
            )  # fmt: skip
        wish = decode(name, body)
        return wish if isinstance(wish, Refused) else await self.give(actor, wish)

    async def give(self, actor: Actor, wish: Command, *, timer_id: str | None = None) -> Answer:
        """A decoded wish, granted or refused. With `timer_id` it is granted only if that timer is armed and due, and
        turns it fired in the same transaction."""
        name, site = name_of(wish), wish.site_id
        if self._waiting[site] >= WAITING_MAX:
            return Refused(
                code="unavailable", reason="busy", retry="later", retry_s=1.0, message="The house is busy. Try again."
            )
        began = perf_counter()
        self._waiting[site] += 1
        try:
            preparation = PREPARATIONS.get(name)
            prepared = await preparation(self, actor, wish) if preparation else None
            async with self._locks[site]:
                answer = await self._granted(actor, wish, name, timer_id, prepared)
        finally:
            self._waiting[site] -= 1
            if not self._waiting[site]:
                del self._waiting[site], self._locks[site]  # nobody holds it: what strangers name is not kept for ever
        metrics.COMMANDS.labels(name, answer.code if isinstance(answer, Refused) else "done").inc()
        metrics.COMMAND_SECONDS.labels(name).observe(perf_counter() - began)
        return answer

    async def _granted(
        self, actor: Actor, wish: Command, name: str, timer_id: str | None, prepared: Any
    ) -> Answer:  # fmt: skip
        for last in (False, True):
            try:
                return await self._act(actor, wish, name, timer_id, prepared)
            except _Refusal as refusal:
                return refusal.refused
            except (
                asyncpg.ExclusionViolationError,
                asyncpg.UniqueViolationError,
                asyncpg.CheckViolationError,
            ) as clash:
                if clash.constraint_name not in TAKEN:
                    raise
                reason, sentence = TAKEN[clash.constraint_name]
                return conflict(reason, sentence)
            except asyncpg.DeadlockDetectedError:
                if last:
                    raise
        raise AssertionError("unreachable")

    async def _act(self, actor: Actor, wish: Command, name: str, timer_id: str | None, prepared: Any) -> Answer:
        wish_hash = hashlib.blake2b(_encode(wish), digest_size=16, key=self.secret).digest()
        async with self.pool.acquire(timeout=5) as db, db.transaction():
            if wish.org_wide:
                await q.lock_org(db, site_id=wish.site_id)
            await q.lock_site(db, site_id=wish.site_id)
            today = wall_now().date()
            kept_days = [today - timedelta(days=ago) for ago in range(ANSWERS_DAYS + 1)]
            book = await q.open_book(
                db, site_id=wish.site_id, staff_id=actor.staff_id, key_id=actor.key_id, actor=actor.id,
                key=wish.key, days=kept_days,
            )  # fmt: skip
            refused = _stopped(actor, wish, book)
            if refused:
                return refused
            if timer_id is not None and not await fire_timer(db, timer_id, self.clock.now()):
                return conflict("timer_gone", "This timer has fired, was dropped or is not due yet.", retry="never")
            if book["answer"] is not None:
                if book["wish"] != wish_hash:
                    return conflict("key_reused", "This key was used for another command.", retry="never", field="key")
                result = msgspec.json.decode(book["answer"])
                return Done(seq=book["answer_seq"], offsets=book["answer_offsets"], result=result)
            work = Work(
                db=db, site_id=wish.site_id, org_id=book["org_id"], timezone=book["timezone"], seq=book["seq"] + 1,
                now=self.clock.now(), actor=actor, new_id=self.ids,
                policies=await self.policies_of(db, book["org_id"], wish.site_id), types=self.types,
                undoable=wish.undoable, prepared=prepared,
            )  # fmt: skip
            result = await ACTIONS[name](work, wish)
            if isinstance(result, Refused):
                raise _Refusal(result)
            done = await self._write(work, wish, name, wish_hash, result, today)
        for heard in self.after_commit:
            heard(work.site_id, work.seq, work.facts)
        return done

    async def _write(self, work: Work, wish: Command, name: str, wish_hash: bytes, result: Any, today: Any) -> Done:
        patches = await changes(work)
        channels, datas = [], []
        key = wish.key if work.actor.kind != "system" else None
        for channel in sorted({*patches, *work.resets}):
            channels.append(channel)
            said = None if channel in work.resets else patches[channel]
            datas.append(publication(work, said, key=key, public=work.types.is_public(channel)))
        await write_timers(work, self.clock)
        undo = await _undo_images(work) if work.undoable else None
        recorded = record(work)
        written = await q.write_line(
            work.db, site_id=work.site_id, seq=work.seq, channels=channels, datas=datas, day=today, at=work.now,
            command=name, actor=work.actor.id, source=work.actor.source, reason=wish.reason, facts=work.facts,
            touched=sorted(work.before), undoes=work.undoes, key=wish.key, wish=wish_hash, answer=_encode(result),
            undo=undo, kinds=[made[0] for made in recorded], row_ids=[made[1] for made in recorded],
            wases=[made[2] for made in recorded], nows=[made[3] for made in recorded],
        )  # fmt: skip
        assert written["seq"] == work.seq, "the journal moved under the site's lock"
        return Done(seq=work.seq, offsets=written["offsets"], result=result)


class _Refusal(Exception):  # noqa: N818 - not an error: it rolls the transaction back and carries the answer out
    def __init__(self, refused: Refused) -> None:
        self.refused = refused


def _stopped(actor: Actor, wish: Command, book: asyncpg.Record | None) -> Refused | None:
    """Why this actor may not ask this at all. Another house's site looks exactly like one that does not exist."""
    unknown = Refused(code="not_found", reason="unknown_site", field="site_id", message="There is no such site.")
    if book is None:
        return unknown
    if actor.kind == "system":
        return None
    if actor.kind == "guest":
        held = roles.GUEST
    elif actor.kind == "key":
        if book["scopes"] is None:  # revoked, or another site's
            return unknown
        held = frozenset(book["scopes"])
    elif not book["roles"]:
        return unknown
    else:
        held = roles.permissions(book["roles"])
    if wish.permission not in held:
        return Refused(code="forbidden", reason="forbidden", message="Your role may not do this here.")
    return None


async def changes(work: Work) -> dict[str, list[dict]]:
    """What the touched rows became, as patches by channel: `state before + patches == state after`."""
    patches: dict[str, list[dict]] = defaultdict(list)
    kinds: dict[str, list[str]] = defaultdict(list)
    for kind, row_id in work.before:
        kinds[kind].append(row_id)
    for kind, ids in kinds.items():
        row_type = work.types[kind]
        after = await row_type.read(work.db, work.site_id, ids)
        for row_id in ids:
            was, now = work.before[kind, row_id], after.get(row_id)
            work.after[kind, row_id] = now
            if was == now:
                continue
            home = row_type.channel_of(work.site_id, was) if was is not None else None
            if now is not None and (new_home := row_type.channel_of(work.site_id, now)) is not None:
                patches[new_home].append({"put": now})
                if home == new_home:
                    continue
            if home is not None:
                patches[home].append({"drop": (kind, row_id)})
    return patches


def record(work: Work) -> list[tuple[str, str, str | None, str | None]]:
    """What became of each row, for the record of changes (F-AUD-01): the fields that differ, before and after
    (JSON)."""
    told: list[tuple[str, str, Any, Any]] = list(work.noted)
    for (kind, row_id), was in work.before.items():
        now = work.after[kind, row_id]
        if was == now or work.types[kind].derived:
            continue
        names = work.types[kind].recorded
        differ = [name for name in names if was is None or now is None or getattr(was, name) != getattr(now, name)]
        if not differ:
            continue  # an undo has put back what it was, under a new version
        told.append((kind, row_id, _picked(was, differ), _picked(now, differ)))
    return [(kind, row_id, _json(was), _json(now)) for kind, row_id, was, now in told]


def _picked(row: Any, names: list[str]) -> dict[str, Any] | None:
    return None if row is None else {name: getattr(row, name) for name in names}


def _json(what: Any) -> str | None:
    return None if what is None else _encode(what).decode()


def publication(work: Work, patches: list[dict] | None, *, key: str | None, public: bool = False) -> bytes:
    """One channel's publication of one commit, encoded once for every subscriber; without patches, or with too many,
    it has screens read the state again. On a `public` channel nobody learns who asked, or what else happened."""
    facts, key = ([], None) if public else (work.facts, key)
    if patches is not None:
        data = _encode({"seq": work.seq, "key": key, "at": work.now, "facts": facts, "patches": patches})
        if len(data) <= PATCHES_MAX:
            return data
    return _encode({"type": "reset", "seq": work.seq, "key": key, "at": work.now})


async def _undo_images(work: Work) -> list[dict]:
    """For each touched row: its stored image before, and the version it is left at (None = gone). Visible rows have
    just been read; only the others are asked for."""
    left_at = {at: getattr(row, "version", None) for at in work.images if (row := work.after[at]) is not None}
    unseen: dict[str, list[str]] = defaultdict(list)
    for kind, row_id in work.images.keys() - left_at.keys():
        unseen[kind].append(row_id)
    for kind, ids in unseen.items():
        table, key = work.types[kind].tables[0]
        records = await work.db.fetch(
            f"SELECT {key}, version FROM {table} WHERE site_id = $1 AND {key} = ANY($2)", work.site_id, ids  # noqa: S608 - names come from the registry
        )  # fmt: skip
        left_at |= {(kind, row_id): version for row_id, version in records}
    return [
        {"kind": kind, "id": row_id, "version": left_at.get((kind, row_id)), "before": image}
        for (kind, row_id), image in work.images.items() if work.types[kind].tables
    ]  # fmt: skip
