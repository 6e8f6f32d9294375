"""Which way a message goes, and what its blanks become."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notifications import rules
from hub.notifications.rules import To
from hub.policies.templates import SMS_MAX, TEMPLATES

BOTH = To(name="Ada", phone="+44 20 7946 0000", email="ada@example.test", sms_ok=True)


@pytest.mark.parametrize(
    ("to", "contact", "wanted"),
    [
        (BOTH, None, ["sms"]),
        (To(name="A", phone="1", email="a@b", sms_ok=True, preferred="email"), None, ["email"]),
        (To(name="A", phone="1", email="a@b", sms_ok=True, preferred="both"), None, ["sms", "email"]),
        (To(name="A", phone="1", email="a@b", sms_ok=False), None, ["email"]),
        (To(name="A", phone="1", email="a@b", sms_ok=False, preferred="both"), None, ["email"]),
        (To(name="A", phone="1", sms_ok=True, preferred="email"), None, ["sms"]),
        (BOTH, "email", ["email"]),
        (BOTH, "both", ["sms", "email"]),
        (To(name="A", phone="1", email="a@b", sms_ok=False), "both", ["email"]),
    ],
)
def test_the_ways_a_message_goes(to, contact, wanted):
    assert rules.channels(to, contact) == [(channel, None) for channel in wanted]


@pytest.mark.parametrize(
    ("to", "contact", "channel", "why"),
    [
        (To(name="A", phone="1"), None, "sms", rules.NO_CONSENT["sms"]),
        (To(name="A", email="a@b", email_ok=False), None, "email", rules.NO_CONSENT["email"]),
        (To(name="A"), None, "sms", rules.NO_ADDRESS["sms"]),
        (To(name="A", phone="1", email="a@b"), "sms", "sms", rules.NO_CONSENT["sms"]),  # never by another way
        (To(name="A", phone="1", sms_ok=True), "email", "email", rules.NO_ADDRESS["email"]),
    ],
)
def test_what_cannot_go_says_why(to, contact, channel, why):
    assert rules.channels(to, contact) == [(channel, why)]


@given(
    phone=st.sampled_from([None, "", "1"]), email=st.sampled_from([None, "a@b"]), sms_ok=st.booleans(),
    email_ok=st.booleans(), preferred=st.sampled_from([None, "sms", "email", "both"]),
    contact=st.sampled_from([None, "sms", "email", "both"]),
)  # fmt: skip
def test_no_consent_no_message_whatever_else_is_so(phone, email, sms_ok, email_ok, preferred, contact):
    to = To(name="A", phone=phone, email=email, sms_ok=sms_ok, email_ok=email_ok, preferred=preferred)
    ways = rules.channels(to, contact)
    assert ways, "what could not be said is on record"
    for channel, why in ways:
        agreed = (phone and sms_ok) if channel == "sms" else (email and email_ok)
        assert bool(agreed) == (why is None)
        assert contact in (None, "both", channel), "a chosen way is kept to"
    assert len({channel for channel, _ in ways}) == len(ways)


def test_days_and_times_are_the_house_s_own():
    moment = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # an hour before London's clocks go forward
    assert (rules.day_words(moment, "Europe/London"), rules.time_words(moment, "Europe/London")) == (
        "Sunday 29 March", "00:30",
    )  # fmt: skip
    assert rules.time_words(moment.replace(hour=1), "Europe/London") == "02:30"
    assert rules.day_words(datetime(2026, 11, 20, 19, tzinfo=UTC), "Asia/Tokyo") == "Saturday 21 November"


def test_values_are_one_line_each_and_bounded():
    said = rules.worded({"guest_name": "Ada\r\nBcc: all@example.test", "code": "x" * 999, "gone": None}, "UTC")
    assert said == {"guest_name": "Ada Bcc: all@example.test", "code": "x" * rules.VALUE_MAX}


def test_missing_blanks_are_named_once():
    assert rules.fill("{a} {b} {a} {{c}}", {"b": "2"}) == (" 2  {c}", ["a"])


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_fits_with_the_longest_names_there_are(name):
    told = TEMPLATES[name]
    values = {blank: "x" * 80 if blank in ("guest_name", "house") else "x" * 20 for blank in told.variables}
    values["link"] = "https://book.a-house-with-a-name.example/g/" + "x" * 22
    body, missing = rules.fill(told.default["body"], values)
    assert not missing
    assert len(body) <= (SMS_MAX if name.endswith("sms") else 4000)
