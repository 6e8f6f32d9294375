"""Phone numbers however they are written, of every country, as one comparable form. Pure.

A number that can be one is kept in E.164 ("+442079460123"); whatever else somebody typed is kept as its digits, so that
a short number of a sample, an extension or a slip of the finger still finds its guest again.
"""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

REMEMBERED = 8192  # numbers read lately: an import or a busy evening asks for the same ones again and again


@lru_cache(maxsize=REMEMBERED)
def normal(raw: str | None, country: str) -> str | None:
    """E.164 when it is a possible number as dialled from `country` (two letters), else its digits; None without any."""
    digits = digits_of(raw)
    if raw is None or not digits:
        return None
    number = _read(raw, country)
    if number is None and digits.startswith("00"):  # how most of the world dials abroad, also where it is not how
        number = _read("+" + digits[2:], country)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if number else digits


def shown(phone: str, country: str) -> str:
    """A kept number as people of `country` write it: the national way at home, the international one abroad."""
    number = _read(phone, country) if phone.startswith("+") else None
    if number is None:
        return phone
    home = number.country_code == phonenumbers.country_code_for_region(country)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


def dialled(phone: str) -> tuple[str, ...]:
    """The runs of digits somebody may type for a kept number: with its country code and as dialled at home."""
    digits = digits_of(phone)
    number = _read(phone, "ZZ") if phone.startswith("+") else None
    if number is None:
        return (digits,) if digits else ()
    national = digits_of(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    return (digits,) if national == digits else (digits, national)


def digits_of(raw: str | None) -> str:
    """Its digits, whatever script they are written in, as 0–9."""
    return "".join(str(int(letter)) for letter in raw or "" if letter.isdecimal())


def _read(raw: str, country: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(raw, country)
    except NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    number.extension = None  # one person's line, whichever desk rings
    return number if possible else None
