"""What makes two spellings of a guest the same, who is found by what, and what a merge of two makes of both. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from hub.guests import phones
from schemas.base import Refused, conflict, invalid

_PLAIN = str.maketrans({
    "ı": "i", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ł": "l", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n",
    "ĸ": "k", "ə": "e", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y", "ـ": "",
    **dict.fromkeys("'’‘ʼʻ`´ʿʾ\"“”„‐‑‒–—-־", ""),
})  # fmt: skip
"""Letters that no decomposition takes apart, as somebody without them on the keyboard writes them; what stands between
the letters of one name is left out (O’Connor, al-Masri)."""

_READINGS = 4  # a casefold may bring a letter that decomposes anew; nothing known needs more than three


def searchable(*parts: str | None) -> str:
    """Texts made comparable: case folded, accents and marks away, one space between words. Made of itself it stays."""
    text = " ".join(part for part in parts if part)
    for _ in range(_READINGS):
        read = _plain(text)
        if read == text:
            break
        text = read
    return text


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    marks_off = (letter for letter in letters if not unicodedata.combining(letter))
    bare = "".join(str(int(letter)) if letter.isdecimal() else letter for letter in marks_off)
    return " ".join(bare.casefold().translate(_PLAIN).split())


def points(tier: str | None, visits: int, standing: Mapping[str, Any]) -> int:
    """How far ahead in line a guest's standing puts them (R-WTL-02): tier and regularity add up, at most 10."""
    earned = int(standing.get(tier, 0)) if tier else 0
    if visits >= int(standing["regular_visits"]):
        earned += int(standing["regular"])
    return min(earned, 10)


def spelled(known: Iterable[tuple[str, str | None, str | None]]) -> str:
    """What a guest is found by, from every (name, phone, e-mail) they are known by: the words of the names, addresses
    before their @, and numbers as they may be dialled, a blank before each word. (Half the guests share `gmail.com`:
    the house of an address finds nobody.)"""
    words: list[str] = []
    for name, phone, email in known:
        words += (name, (email or "").partition("@")[0], *(phones.dialled(phone) if phone else ()))
    return f" {searchable(*dict.fromkeys(words))}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed, as LIKE patterns over `spelled` texts: `rarest`, which is looked up, and all `others` have
    to match. `begins` is the whole text at the beginning of the name, `word` its first word at the beginning of any.
    `address` is the part of an e-mail address with its @, over the address itself."""

    words: tuple[str, ...]
    rarest: str
    others: list[str]
    begins: str
    word: str
    address: str | None

    @property
    def common(self) -> bool:
        """Very many guests may match: part of a number, or nothing longer than two letters."""
        return (len(self.words) == 1 and self.words[0].isdecimal()) or self.rarest.startswith("% ")


WORDS_MAX = 6  # words of a search; nobody's name needs the seventh to be found
TYPED_MAX = 120  # characters of a search that are read


def asked(text: str) -> Asked | None:
    """What to look for; None while there is nothing to go by. One or two letters have to begin a word, three or more
    may stand anywhere: nobody looks for the middle of a name by two letters."""
    plain = searchable(text[:TYPED_MAX])
    if _is_number(plain):
        digits = phones.digits_of(plain.replace("(0)", ""))
        words: tuple[str, ...] = ((digits[2:] or digits) if digits.startswith("00") else digits,)
    else:
        words = tuple(plain.split()[:WORDS_MAX])
    address = next((word for word in text[:TYPED_MAX].split() if "@" in word), None)
    local = [word.partition("@")[0] for word in words]
    patterns = [f"%{_like(word)}%" if len(word) > SHORT else f"% {_like(word)}%" for word in local if word]
    if not patterns:
        return None
    rarest = max(patterns, key=len)
    return Asked(
        words=words, rarest=rarest, others=[pattern for pattern in patterns if pattern != rarest],
        begins=f" {_like(' '.join(words))}%", word=f"% {_like(next(filter(None, local)))}%",
        address=f"%{_like(address)}%" if address else None,
    )  # fmt: skip


SHORT = 2  # letters


def _is_number(text: str) -> bool:
    return any(letter.isdecimal() for letter in text) and not set(text) - set("0123456789+()./ ")


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def matched(wanted: Asked, name: str, email: str | None) -> Literal["name", "phone", "email"]:
    """By what a guest was found, for the line that shows them."""
    plain = searchable(name)
    if wanted.address is None and all(word in plain for word in wanted.words):
        return "name"
    if all(word.isdecimal() for word in wanted.words) and not any(word in (email or "") for word in wanted.words):
        return "phone"
    local = searchable((email or "").partition("@")[0])
    return "email" if email and any(word.partition("@")[0] in local for word in wanted.words) else "name"


NOTES_MAX = 500  # characters of a note, as a host may type them

CARD = (
    "flags", "preferences", "preferred_times", "favourite_table_id", "favourite_area_id", "tier", "tags", "notes",
    "consents", "preferred_contact",
)  # fmt: skip
"""What a site notes about a guest."""
PERSON = ("name", "phone", "email", "birthday", "anniversaries")
"""What is the person's own, at every site."""


def refuse_dates(birthday: Any, anniversaries: Any) -> Refused | None:
    """A day of the year has to be one: 02-29 is, 02-30 is not."""
    for field, days in (("birthday", [birthday]), ("anniversaries", anniversaries)):
        for day in days or ():
            if isinstance(day, str) and not _is_day(day):
                return invalid(field, f"There is no {day} in any year.")
    return None


def _is_day(month_day: str) -> bool:
    month, day = month_day.split("-")
    try:
        date(2000, int(month), int(day))  # a leap year
    except ValueError:
        return False
    return True


def kept(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed as it is kept: no word twice in a list, an empty text is none."""
    return {
        name: list(dict.fromkeys(value)) if isinstance(value, list) else value or None for name, value in given.items()
    }


def refuse_restoring(deleted_at: datetime, now: datetime, restore_days: int) -> Refused | None:
    """R-AUD-01: what was deleted can be restored for so many days."""
    if now - deleted_at <= timedelta(days=restore_days):
        return None
    sentence = f"This guest was deleted more than {restore_days} days ago and cannot be restored."
    return conflict("too_late", sentence, retry="never")


def one_person(keep: Mapping[str, Any], gone: Mapping[str, Any]) -> dict[str, Any]:
    """The person two records are of: what the one who stays has, else what the other had."""
    own = {name: keep[name] or gone[name] for name in PERSON}
    return own | {"anniversaries": _union(keep["anniversaries"], gone["anniversaries"])}


def one_card(keep: Mapping[str, Any], gone: Mapping[str, Any]) -> dict[str, Any]:
    """One site's card made of two. Of allergies, needs and tags nothing is lost; a consent counts only if both gave it;
    a ban stays whichever had it. A deleted card gives nothing but its ban, and a living one brings a deleted one back
    empty."""
    if gone["deleted"]:
        taken = dict(keep)
    elif keep["deleted"]:
        taken = {**gone, "deleted_at": None, "deleted_by": None, "delete_reason": None}
    else:
        taken = {name: keep[name] if keep[name] is not None else gone[name] for name in _LACKED}
        taken |= {name: _union(keep[name], gone[name]) for name in ("flags", "preferences", "preferred_times", "tags")}
        taken |= {name: keep[name] + gone[name] for name in ("visits", "no_shows", "cancellations", "covers_total")}
        taken |= {
            "notes": "\n".join(_union(_some(keep["notes"]), _some(gone["notes"]))) or None,
            "consents": [consent for consent in keep["consents"] if consent in gone["consents"]],
            "first_seen": min(_some(keep["first_seen"]) + _some(gone["first_seen"]), default=None),
            "last_seen": max(_some(keep["last_seen"]) + _some(gone["last_seen"]), default=None),
            "deleted_at": None, "deleted_by": None, "delete_reason": None,
        }  # fmt: skip
    banned = next((card for card in (keep, gone) if card["blacklisted"]), None)
    taken |= {"blacklisted": banned is not None, "blacklist_reason": banned["blacklist_reason"] if banned else None}
    return {name: taken[name] for name in _MERGED}


_LACKED = ("favourite_table_id", "favourite_area_id", "tier", "preferred_contact", "source")
_MERGED = (
    *CARD, "blacklisted", "blacklist_reason", "visits", "no_shows", "cancellations", "covers_total", "first_seen",
    "last_seen", "source", "deleted_at", "deleted_by", "delete_reason",
)  # fmt: skip


def _union(one: Iterable[Any], other: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys((*one, *other)))


def _some(value: Any) -> list[Any]:
    return [] if value is None else [value]
