"""What is wrong with a field, as a host would say it: the decoder's own sentences speak of types and patterns."""

import re
from collections.abc import Callable

_SAYS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"`array` of length >= (\d+)", lambda found: f"must name at least {_count(found[1])}"),
        (r"`array` of length <= (\d+)", lambda found: f"may name {found[1]} at most"),
        (r"`str` of length >= 1$", lambda _: "must not be empty"),
        (r"`str` of length >= (\d+)", lambda found: f"must have {found[1]} characters or more"),
        (r"`str` of length <= (\d+)", lambda found: f"may have {found[1]} characters at most"),
        (r"matching regex", lambda _: "must not hold such characters"),
        (r"Expected `\w+` >= (-?[\d.]+)", lambda found: f"must be {_number(found[1])} or more"),
        (r"Expected `\w+` <= (-?[\d.]+)", lambda found: f"must be {_number(found[1])} or less"),
        (r"missing required", lambda _: "must be given"),
        (r"unknown field", lambda _: "is nothing this can be told"),
        (r"Invalid enum value", lambda _: "must be one of the words listed for it"),
        (r"datetime|RFC3339", lambda _: "must be a time with its date and zone, as in 2026-11-20T19:05:00Z"),
        (r"Expected `(int|float)", lambda _: "must be a number"),
        (r"Expected `bool", lambda _: "must be yes or no"),
        (r"Expected `array", lambda _: "must be a list"),
        (r"Expected `(str|datetime)", lambda _: "must be a text"),
    )
)


def what_is_wrong(error: Exception) -> tuple[str, str]:
    """The field a decoding error is about ("" when it names none) and one sentence about it."""
    said, _, where = str(error).partition(" - at `$")
    field = where.strip("`.").split("[")[0] or named_in(said)
    return field, about_field(field, said)


def named_in(sentence: str) -> str:
    """The decoder names a missing or unknown field in back-ticks inside its sentence."""
    parts = sentence.split("`")
    return parts[-2] if len(parts) >= 3 and "field" in sentence else ""


def about_field(field: str, sentence: str) -> str:
    """One sentence about one field, from what the decoder says: `covers`, "Expected `int` >= 1" → "Covers must be 1 or
    more."; what has no better words comes back as it is."""
    for pattern, say in _SAYS:
        found = pattern.search(sentence)
        if found:
            return f"{_label(field)} {say(found)}."
    return sentence


def _label(field: str) -> str:
    """`table_ids` → Tables, `starts_at` → Starts at."""
    return re.sub(r"_id(s?)$", r"\1", field).replace("_", " ").capitalize() or "This"


def _number(text: str) -> str:
    return text.removesuffix(".0")


def _count(text: str) -> str:
    return "one" if text == "1" else text
