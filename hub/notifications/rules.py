"""Which channels a message goes by, and what it says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from hub.policies.templates import BODY_MAX, SMS_MAX
from schemas.guests import Contact
from schemas.notifications import MessageChannel

VALUE_MAX = 160  # characters of one blank's value: a name, an address; nobody's novel goes out by text message
SUBJECT_MAX = 160  # characters of a subject line with its blanks filled
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

NO_ADDRESS: Mapping[MessageChannel, str] = {"sms": "No phone number is known.", "email": "No e-mail is known."}
NO_CONSENT: Mapping[MessageChannel, str] = {
    "sms": "The guest takes no text messages.", "email": "The guest takes no e-mail."
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """Whom a message is for: their addresses, what they agreed to (R-NOT-03), and what they like best."""

    name: str
    phone: str | None = None
    email: str | None = None
    sms_ok: bool = False
    email_ok: bool = True
    preferred: Contact | None = None

    def address(self, channel: MessageChannel) -> str | None:
        return (self.phone if channel == "sms" else self.email) or None

    def why_not(self, channel: MessageChannel) -> str | None:
        """Why nothing may go this way; None when it may."""
        if self.address(channel) is None:
            return NO_ADDRESS[channel]
        agreed = self.sms_ok if channel == "sms" else self.email_ok
        return None if agreed else NO_CONSENT[channel]


Way = tuple[MessageChannel, str | None]
"""A channel, and why nothing may go there, if so."""


def channels(to: To, contact: Contact | None) -> list[Way]:
    """The ways a message goes, each with the reason it is held back, if it is.

    A `contact` named by the guest for this very thing is kept to (an offer goes out by the chosen channel only,
    F-WTL-05). Else what they like best comes first, text message before e-mail, and the first open way is taken; when
    none is, one is named with its reason, so that what could not be said is on record."""
    both: tuple[MessageChannel, ...] = ("sms", "email")
    if contact is not None:
        named = both if contact == "both" else (contact,)
        ways: list[Way] = [(way, to.why_not(way)) for way in named]
        return [way for way in ways if way[1] is None] or ways[:1]
    if to.preferred == "both":
        reached: list[Way] = [(way, None) for way in both if to.why_not(way) is None]
        if reached:
            return reached
    order = ("email", "sms") if to.preferred == "email" else both
    for way in order:
        if to.why_not(way) is None:
            return [(way, None)]
    known = next((way for way in order if to.address(way)), order[0])
    return [(known, to.why_not(known))]


def day_words(moment: datetime, timezone: str) -> str:
    """The day at the house, as in "Friday 20 November"."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}"


def time_words(moment: datetime, timezone: str) -> str:
    """The time on the house's own wall, as in "19:05"."""
    return f"{moment.astimezone(ZoneInfo(timezone)):%H:%M}"


def worded(variables: Mapping[str, Any], timezone: str) -> dict[str, str]:
    """Values as they will stand in a text: one line each, moments in the house's own time, what is unknown left out."""
    out = {}
    for name, value in variables.items():
        if isinstance(value, datetime):
            said = day_words(value, timezone) if name == "date" else time_words(value, timezone)
        else:
            said = "" if value is None else " ".join(str(value).split())  # a line break could end a mail's header
        if said:
            out[name] = said[:VALUE_MAX]
    return out


def fill(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """A template's text with its blanks filled, and the names of those nothing is known for."""
    parts, missing = [], []
    for literal, name, _, _ in Formatter().parse(text):
        parts.append(literal)
        if name is None:
            continue
        if name in values:
            parts.append(values[name])
        elif name not in missing:
            missing.append(name)
    return "".join(parts), missing


def not_sendable(channel: MessageChannel, body: str, subject: str | None, missing: list[str]) -> str | None:
    """Why a text as it was filled cannot go out (R-NOT-01), in a sentence."""
    if missing:
        return f"Nothing is known for {', '.join(f'{{{name}}}' for name in missing)}."
    most = SMS_MAX if channel == "sms" else BODY_MAX
    if len(body) > most or len(subject or "") > SUBJECT_MAX:
        return f"It has become longer than the {most} characters that can be sent."
    return None
