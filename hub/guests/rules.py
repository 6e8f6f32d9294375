"""What makes two spellings of a guest the same, who is found by what, and what a merge of two makes of both. Pure."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.guests import phones

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
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.casefold().translate(_PLAIN).split())


def points(tier: str | None, visits: int, standing: Mapping[str, Any]) -> int:
    """How far ahead in line a guest's standing puts them (R-WTL-02): tier and regularity add up, at most 10."""
    earned = int(standing.get(tier, 0)) if tier else 0
    if visits >= int(standing["regular_visits"]):
        earned += int(standing["regular"])
    return min(earned, 10)


def spelled(name: str, phone: str | None, email: str | None) -> str:
    """What a guest is found by: the words of their name, the e-mail address before its @ and their number as it may be
    dialled, a blank before each word. (Half the guests share `gmail.com`: an address' house finds nobody.)"""
    number = phones.dialled(phone) if phone else ()
    return f" {searchable(name, (email or '').partition('@')[0], *number)}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed, as LIKE patterns over `spelled` texts: all of `patterns` have to match, `rarest` is the one
    to look up first. `begins` is the whole text at the beginning of the name, `word` its first word at the beginning of
    any. `address` is the part of an e-mail address with its @, over the address itself."""

    words: tuple[str, ...]
    rarest: str
    patterns: list[str]
    begins: str
    word: str
    address: str | None


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
    return Asked(
        words=words, rarest=max(patterns, key=len), patterns=patterns,
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
