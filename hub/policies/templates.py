"""The texts guests are sent, as policies: `template.{name}.{channel}`, with the blanks each may have.

A blank is `{word}`; a doubled brace is a brace. What a template may say is checked when it is edited, so that only a
missing value can stop a message later, and does (R-NOT-01).
"""

from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Any

from msgspec import Meta, Struct

SMS_MAX = 480  # characters of a text message: three parts of it
BODY_MAX = 4000


class Template(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`subject` is for e-mail only."""

    body: Annotated[str, Meta(min_length=1, max_length=BODY_MAX)]
    subject: Annotated[str, Meta(min_length=1, max_length=120)] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    title: str
    default: dict[str, Any]
    variables: tuple[str, ...]


def blanks(text: str) -> list[str]:
    """The blanks of a text, in order. Raises ValueError when its braces make no sense."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def faults(template: Template, known: tuple[str, ...]) -> str | None:
    """Why a template cannot be used, in a sentence; None when it can."""
    for text in (template.body, template.subject or ""):
        try:
            names = blanks(text)
        except ValueError:
            return "There is a brace without its other half."
        odd = [name for name in names if name not in known]
        if odd:
            return f"There is no {{{odd[0]}}} here; there are {', '.join(f'{{{name}}}' for name in known)}."
    return None


_BOOKING = ("guest_name", "house", "date", "time", "covers", "code", "link", "address", "house_phone")
_WAITING = ("guest_name", "house", "covers", "link", "quoted_min", "position")
_OFFER = ("guest_name", "house", "covers", "link", "minutes", "expires", "date", "time")


def _pair(name: str, title: str, variables: tuple[str, ...], sms: str, subject: str, email: str) -> dict[str, Told]:
    return {
        f"{name}.sms": Told(f"{title} (text message)", {"body": sms}, variables),
        f"{name}.email": Told(f"{title} (e-mail)", {"subject": subject, "body": email}, variables),
    }


_BYE = "\n\n{house}"
TEMPLATES: dict[str, Told] = {
    **_pair(
        "booking_confirmed", "Booking confirmed", _BOOKING,
        "{house}: table for {covers} on {date} at {time} is confirmed, {guest_name}. Code {code}. Change or "
        "cancel: {link}",
        "Your table at {house}, {date} {time}",
        "Dear {guest_name},\n\nyour table for {covers} is confirmed for {date} at {time}.\nYour code: {code}\n\n"
        "See, change or cancel it here: {link}" + _BYE,
    ),
    **_pair(
        "booking_received", "Booking received, not confirmed yet", _BOOKING,
        "{house}: we have your request for {covers} on {date} at {time} and will answer soon. Code {code}. {link}",
        "Your request at {house}, {date} {time}",
        "Dear {guest_name},\n\nthank you: we have your request for {covers} on {date} at {time} and will answer soon.\n"
        "Your code: {code}\n\n{link}" + _BYE,
    ),
    **_pair(
        "booking_changed", "Booking changed", _BOOKING,
        "{house}: your booking is now {date} at {time} for {covers}, {guest_name}. Code {code}. {link}",
        "Changed: your table at {house}, {date} {time}",
        "Dear {guest_name},\n\nyour booking is now for {covers} on {date} at {time}.\nYour code: "
        "{code}\n\n{link}" + _BYE,
    ),
    **_pair(
        "booking_cancelled", "Booking cancelled", _BOOKING,
        "{house}: your booking {code} for {date} at {time} is cancelled. We hope to see you another time.",
        "Cancelled: your table at {house}, {date} {time}",
        "Dear {guest_name},\n\nyour booking {code} for {date} at {time} is cancelled. We hope to see you another time."
        + _BYE,
    ),
    **_pair(
        "booking_reminder", "Reminder of a booking", _BOOKING,
        "{house}: we look forward to seeing you on {date} at {time}, {covers} of you. All well? Tell us here: {link}",
        "We look forward to seeing you: {house}, {date} {time}",
        "Dear {guest_name},\n\nwe look forward to seeing the {covers} of you on {date} at {time}.\n\n"
        "Tell us that you are coming, or change it, here: {link}" + _BYE,
    ),
    **_pair(
        "waiting_joined", "Place in the waiting line", _WAITING,
        "{house}: you are on our list, {guest_name}, party of {covers}. Watch your place here: {link}",
        "You are on the waiting list of {house}",
        "Dear {guest_name},\n\nyou are on our waiting list, a party of {covers}.\n\nWatch your place here: "
        "{link}" + _BYE,
    ),
    **_pair(
        "table_ready", "A table is ready", _OFFER,
        "{house}: your table is ready, {guest_name}. We keep it {minutes} minutes, until {expires}. Answer "
        "here: {link}",
        "Your table at {house} is ready",
        "Dear {guest_name},\n\nyour table for {covers} is ready. We keep it {minutes} minutes, until {expires}.\n\n"
        "On your way? Tell us here: {link}" + _BYE,
    ),
    **_pair(
        "slot_offer", "A waited-for time is free", _OFFER,
        "{house}: a table for {covers} is free on {date} at {time}. It is yours if you take it by {expires}: {link}",
        "A table at {house} is free for you: {date} {time}",
        "Dear {guest_name},\n\na table for {covers} is free on {date} at {time}. It is yours if you take it "
        "by {expires}."
        "\n\nTake it, or let it go, here: {link}" + _BYE,
    ),
    **_pair(
        "wait_over", "The wait is over without a table", _WAITING,
        "{house}: we did not hear from you, {guest_name}, and have given the table on. Call us if you still want one.",
        "Your place on the waiting list of {house}",
        "Dear {guest_name},\n\nwe did not hear from you and have given the table on. Call us if you still want one."
        + _BYE,
    ),
    **_pair(
        "one_time_code", "One-time code", ("house", "one_time_code", "minutes"),
        "{one_time_code} is your code for {house}. It is good for {minutes} minutes; tell it to nobody.",
        "{one_time_code} is your code for {house}",
        "Your code is {one_time_code}. It is good for {minutes} minutes; tell it to nobody." + _BYE,
    ),
    **_pair(
        "correction", "A message taken back", ("guest_name", "house", "house_phone"),
        "{house}: please ignore our last message, {guest_name}; it was sent by mistake.",
        "Please ignore our last message",
        "Dear {guest_name},\n\nplease ignore our last message; it was sent by mistake." + _BYE,
    ),
}  # fmt: skip
