"""Phone numbers of every country, however they are written: one number, one form."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat as Form
from phonenumbers import PhoneNumberType

from hub.guests.phones import dialled, digits_of, normal, shown

KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
EXAMPLES = [
    (country, number)
    for country in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in KINDS
    if (number := phonenumbers.example_number_for_type(country, kind))
]


def e164(number):
    return phonenumbers.format_number(number, Form.E164)


def test_every_country_has_its_examples():
    assert len({country for country, _ in EXAMPLES}) > 230


@pytest.mark.parametrize("form", [Form.NATIONAL, Form.INTERNATIONAL, Form.E164, Form.RFC3966])
def test_a_number_is_one_number_however_it_is_written_at_home(form):
    for country, number in EXAMPLES:
        written = phonenumbers.format_number(number, form).removeprefix("tel:")
        assert normal(written, country) == e164(number), (country, written)


def test_an_international_number_is_the_same_wherever_it_is_read():
    for country, number in EXAMPLES:
        for elsewhere in ("GB", "US", "JP", "BR"):
            assert normal(phonenumbers.format_number(number, Form.INTERNATIONAL), elsewhere) == e164(number), country


def test_a_kept_number_stays_as_it_is():
    for country, number in EXAMPLES:
        kept = normal(e164(number), country)
        assert normal(kept, "GB") == kept


def test_what_is_shown_is_read_back_as_the_same_number():
    for country, number in EXAMPLES:
        for reader in (country, "GB"):
            written = shown(e164(number), reader)
            assert normal(written, reader) == e164(number), (country, reader, written)


def test_a_number_is_dialled_with_and_without_its_country():
    for country, number in EXAMPLES:
        runs = dialled(e164(number))
        assert runs[0] == e164(number)[1:]
        assert digits_of(phonenumbers.format_number(number, Form.NATIONAL)) in runs, country


@pytest.mark.parametrize(
    ("raw", "country", "kept"),
    [
        ("07700 900123", "GB", "+447700900123"),
        ("+44 (0)7700 900-123", "FR", "+447700900123"),
        ("0044 7700 900123", "GB", "+447700900123"),
        ("00 33 6 39 98 12 34", "US", "+33639981234"),  # 00 is not how one dials abroad there; people write it anyway
        ("(212) 555-0123", "US", "+12125550123"),
        ("12345", "GB", "12345"),  # a short sample number
        ("555 0100", "US", "5550100"),  # without its area code it is nobody's number in particular
        ("+999 1234567", "GB", "9991234567"),  # there is no such country
        ("٠٧٧٠٠ ٩٠٠١٢٣", "GB", "+447700900123"),
        ("---", "GB", None),
        ("", "GB", None),
        (None, "GB", None),
    ],
)
def test_by_example(raw, country, kept):
    assert normal(raw, country) == kept


def test_shown_at_home_and_abroad():
    assert shown("+447700900123", "GB") == "07700 900123"
    assert shown("+447700900123", "FR") == "+44 7700 900123"
    assert shown("+14165550123", "US") == "(416) 555-0123", "one numbering plan, dialled alike"
    assert shown("12345", "GB") == "12345"


@given(st.text(alphabet="+()0123456789 ./-", max_size=32), st.sampled_from(["GB", "US", "JP", "IT", "AR"]))
def test_any_slip_of_the_finger_is_digits_or_nothing(raw, country):
    kept = normal(raw, country)
    if kept is None:
        assert not digits_of(raw)
    else:
        assert kept.removeprefix("+").isdecimal()
        assert kept.startswith("+") or kept == digits_of(raw)
