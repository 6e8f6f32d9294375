"""The only place messages are written."""

from collections.abc import Mapping
from typing import Any

from hub.core import sql
from hub.core.clock import service_date, wall_now
from hub.core.commands import handles
from hub.core.work import Work
from hub.notifications import links, rules
from hub.notifications.rules import To
from hub.venues import views as venues
from schemas.base import Refused, conflict, not_found
from schemas.guests import Contact
from schemas.notifications import (
    CorrectMessages,
    MessageBlocked,
    MessageNoted,
    MessageQueued,
    NoteDelivery,
    ResendMessage,
)  # fmt: skip

__all__ = ["To", "say"]
q = sql.load(__file__)

SECRET = "one_time_code"  # noqa: S105 - the template whose text nobody but its guest may read
UNDONE = "It was taken back before it was sent."


async def say(
    work: Work, template: str, *, about: tuple[str, str], to: To, variables: Mapping[str, Any],
    ticket: str | None = None, calendar: str | None = None, contact: Contact | None = None, again: str = "",
) -> list[str]:  # fmt: skip
    """Writes a message to a guest in this command's own transaction; a carrier takes it after the commit.

    `template` without its channel ("booking_confirmed"); `about` = (kind, id) of what it tells of; `calendar` the text
    of an .ics file to go with an e-mail. `contact` forces the channels. `variables` may hold moments: `date` becomes
    the day and every other one the time, as the house's own clock shows them. House, phone, address and link are
    filled in here.

    Never refuses: without consent or address the message is `suppressed`, with a blank nothing is known for `blocked`,
    each on record. The same thing is said once: template, channel, `about` and `again` tell what is the same. Returns
    the ids of what was written."""
    site = await venues.site(work.db, work.site_id)
    assert site is not None, "a command works at a site that is open"
    values = rules.worded(
        {
            "guest_name": to.name, "house": site.name, "house_phone": site.phone, "address": site.address,
            "link": links.whole(work.policies, ticket) if ticket else None,
            **variables,
        },
        site.timezone,
    )  # fmt: skip
    written = []
    for channel, held_back in rules.channels(to, contact):
        told = work.policies.get(f"template.{template}.{channel}")
        body, missing = rules.fill(told["body"], values)
        subject, also = rules.fill(told["subject"], values) if told.get("subject") else (None, [])
        missing += [name for name in also if name not in missing]
        problem = rules.not_sendable(channel, body, subject, missing)
        status = "blocked" if problem else "suppressed" if held_back else "queued"
        message_id = await _write(
            work, channel=channel, recipient=to.address(channel) or "", guest_name=to.name, template=template,
            subject=subject if channel == "email" else None, body=body,
            calendar=calendar if channel == "email" else None, ticket=ticket, about=about, again=again, status=status,
            problem=problem or held_back, missing=missing,
        )  # fmt: skip
        if message_id:
            written.append(message_id)
    return written


async def _write(
    work: Work, *, channel: str, recipient: str, guest_name: str, template: str, subject: str | None, body: str,
    calendar: str | None, ticket: str | None, about: tuple[str, str], again: str, status: str = "queued",
    problem: str | None = None, missing: list[str] | None = None,
) -> str | None:  # fmt: skip
    message_id = work.new_id()
    work.make("message", message_id, for_good=True)  # what was said stays said, whatever is undone
    today = service_date(work.now, work.timezone, work.policies.get("venue.day_ends"))
    made = await q.insert_message(
        work.db, site_id=work.site_id, id=message_id, service_date=today, channel=channel, recipient=recipient,
        guest_name=guest_name, template=template, subject=subject, body=body, calendar=calendar, ticket=ticket,
        about_kind=about[0], about_id=about[1], seq=work.seq,
        dedupe="|".join((template, channel, *about, again)), status=status, problem=problem, created_at=work.now,
        queued_at=wall_now(),  # carriers, their waits and the alarm live on wall time
    )  # fmt: skip
    if made is None:
        return None
    if status == "blocked":
        work.tell(MessageBlocked(message_id=message_id, template=template, missing=missing or []))
    elif status == "suppressed":
        work.tell(MessageNoted(message_id=message_id, status=status))
    else:
        work.tell(MessageQueued(message_id=message_id, template=template))
    return message_id


@handles(NoteDelivery)
async def note_delivery(work: Work, wish: NoteDelivery) -> Refused | None:
    """What a carrier said. A failure with `retry_at` (wall time) is tried again; one that was taken back while it was
    under way did go out after all, and is put right."""
    message = await work.one("message", wish.message_id, field="message_id")
    if isinstance(message, Refused):
        return message
    if wish.status == "failed" and wish.retry_at is not None:
        if message.status == "queued":
            await q.try_again(
                work.db, site_id=work.site_id, id=message.id, due_at=wish.retry_at, problem=wish.problem
            )  # fmt: skip
        return None
    went = wish.status in ("sent", "delivered")
    legal = {"queued": ("sent", "delivered", "failed"), "sent": ("delivered", "failed"),
             "suppressed": ("sent", "delivered")}  # fmt: skip
    if wish.status not in legal.get(message.status, ()):
        return None
    await _note(work, message.id, wish.status, problem=wish.problem, template=message.template)
    if went and message.status == "suppressed":
        await _correct(work, message.id)
    return None


async def _note(
    work: Work, message_id: str, status: str, *, problem: str | None = None, template: str = ""
) -> None:
    went = status in ("sent", "delivered")
    await q.note(
        work.db, site_id=work.site_id, id=message_id, status=status, problem=problem,
        sent_at=work.now if went else None,
        forget=template == SECRET and not await q.sample(work.db),
    )  # fmt: skip
    work.tell(MessageNoted(message_id=message_id, status=status))


@handles(ResendMessage)
async def resend(work: Work, wish: ResendMessage) -> dict[str, str] | Refused:
    message = await work.one("message", wish.message_id, field="message_id", expect=wish.expect_version)
    if isinstance(message, Refused):
        return message
    if message.template == SECRET:
        return conflict("code_message", "A code is sent again by asking for a new one.", retry="never")
    if message.status in ("blocked", "suppressed"):
        return conflict("not_sent", f"It was never sent: {message.problem}", retry="never", about=message)
    if message.status == "queued":
        return conflict("still_queued", "It has not gone out yet.", retry="later", about=message)
    said = await q.stored(work.db, site_id=work.site_id, id=message.id)
    again = await _write(
        work, channel=said["channel"], recipient=said["recipient"], guest_name=said["guest_name"],
        template=said["template"], subject=said["subject"], body=said["body"], calendar=said["calendar"],
        ticket=said["ticket"], about=(said["about_kind"], said["about_id"]), again=f"resend-{work.seq}",
    )  # fmt: skip
    assert again is not None, "a seq is there once"
    return {"message_id": again}


@handles(CorrectMessages)
async def correct(work: Work, wish: CorrectMessages) -> dict[str, list[str]] | Refused:
    """What an undone command said: held back if it is still here, put right if it is gone."""
    said = [message for message in await q.of_seq(work.db, site_id=work.site_id, seq=wish.seq)
            if message["template"] not in (SECRET, "correction")]  # fmt: skip
    if not said:
        return not_found("seq", "Nobody was told anything there.")
    await work.touch("message", *(message["id"] for message in said))
    held_back, put_right = [], []
    for message in said:
        if message["status"] == "queued":
            await _note(work, message["id"], "suppressed", problem=UNDONE)
            held_back.append(message["id"])
        elif message["status"] in ("sent", "delivered"):
            put_right += await _correct(work, message["id"])
    return {"held_back": held_back, "put_right": put_right}


async def _correct(work: Work, message_id: str) -> list[str]:
    """Takes back what was said, the same way it went, once."""
    said = await q.stored(work.db, site_id=work.site_id, id=message_id)
    sms = said["channel"] == "sms"
    to = To(
        name=said["guest_name"], phone=said["recipient"] if sms else None, email=None if sms else said["recipient"],
        sms_ok=True,
    )  # fmt: skip
    return await say(
        work, "correction", about=(said["about_kind"], said["about_id"]), to=to, variables={},
        contact="sms" if sms else "email", again=message_id,
    )  # fmt: skip
