"""One-time codes: sent to the right phone only, good for ten minutes and five tries, telling strangers nothing."""

import pytest

from hub.core.actor import Actor
from tests.hub.tickets.at_work import ADA, GUEST, a_house, another, booked, code_sent, verified
from tests.kit import OTHER_SITE, SITE


async def sent(house, **to):
    return (await house.done("send_code", actor=GUEST, **to)).result["verification_id"]


async def messages(house):
    return await house.pool.fetch(
        "SELECT channel, recipient, status FROM message WHERE template = 'one_time_code' ORDER BY created_at, id"
    )


async def typed(house, verification_id, code):
    return (await house.done("try_code", actor=GUEST, verification_id=verification_id, code=code)).result


async def test_the_right_code_opens(house):
    await a_house(house)
    booking = await booked(house)
    verification_id = await sent(house, ticket=booking["ticket"])
    assert [tuple(one) for one in await messages(house)] == [("sms", ADA["phone"], "queued")]
    code = await code_sent(house)
    assert await typed(house, verification_id, f" {code[:3]} {code[3:]} ") == {
        "right": True, "locked": False, "tries_left": 5
    }


async def test_five_wrong_tries_and_the_sixth_is_too_late_even_if_right(house):
    await a_house(house)
    verification_id = await sent(house, ticket=(await booked(house))["ticket"])
    code = await code_sent(house)
    for left in (4, 3, 2, 1):
        tried = await typed(house, verification_id, another(code))
        assert tried == {"right": False, "locked": False, "tries_left": left}
    assert await typed(house, verification_id, another(code)) == {"right": False, "locked": True, "tries_left": 0}
    assert await typed(house, verification_id, code) == {"right": False, "locked": True, "tries_left": 0}
    assert await house.pool.fetchval("SELECT verified_at FROM verification") is None


async def test_the_fifth_try_may_still_be_right(house):
    await a_house(house)
    verification_id = await sent(house, ticket=(await booked(house))["ticket"])
    code = await code_sent(house)
    for _ in range(4):
        await typed(house, verification_id, another(code))
    assert (await typed(house, verification_id, code))["right"]


async def test_a_code_is_over_after_ten_minutes(house):
    await a_house(house)
    verification_id = await sent(house, ticket=(await booked(house))["ticket"])
    code = await code_sent(house)
    ends = await house.pool.fetchval("SELECT expires_at - created_at FROM verification")
    assert ends.total_seconds() == 600
    await house.pool.execute("UPDATE verification SET expires_at = now()")
    await house.refused("try_code", "code_over", actor=GUEST, verification_id=verification_id, code=code)


async def test_only_the_hash_of_a_code_is_kept(house):
    await a_house(house)
    await sent(house, ticket=(await booked(house))["ticket"])
    code = await code_sent(house)
    kept = await house.pool.fetchrow("SELECT * FROM verification")
    assert code not in str(tuple(kept))
    for table in ("journal", "answer", "change", "publication"):
        rows = await house.pool.fetch(f"SELECT * FROM {table}")
        assert not any(code in str(tuple(row)) or code.encode() in bytes(str(tuple(row)), "utf-8") for row in rows), table


async def test_the_journal_names_no_verification_that_opens_anything(house):
    await a_house(house)
    verification_id = await verified(house, (await booked(house))["ticket"])
    facts = str([row["facts"] for row in await house.pool.fetch("SELECT facts FROM journal")])
    assert "guest.code_tried" in facts
    assert verification_id not in facts


async def test_three_codes_to_one_number_in_a_quarter_of_an_hour(house):
    await a_house(house)
    ticket = (await booked(house))["ticket"]
    for _ in range(3):
        await sent(house, ticket=ticket)
    refused = await house.refused("send_code", "codes_sent", actor=GUEST, ticket=ticket)
    assert refused.code == "rate_limited"
    await house.refused("send_code", "codes_sent", actor=GUEST, contact="020 7946 0958")  # the same, however written
    await house.pool.execute("UPDATE verification SET created_at = created_at - interval '15 min'")
    await sent(house, ticket=ticket)


@pytest.mark.parametrize("contact", ["nobody@example.test", "+442079460111", "ZZZZZZ"])
async def test_a_stranger_learns_nothing(house, contact):
    await a_house(house)
    await booked(house, email="ada@example.test")
    known = await house.done("send_code", actor=GUEST, contact="ada@example.test")
    unknown = await house.done("send_code", actor=GUEST, contact=contact)
    assert known.result.keys() == unknown.result.keys()
    assert [len(answer.result["verification_id"]) for answer in (known, unknown)] == [22, 22]
    assert len(await messages(house)) == 1
    for _ in range(2):
        await sent(house, contact=contact)
    await house.refused("send_code", "codes_sent", actor=GUEST, contact=contact)


@pytest.mark.parametrize("way", ["code", "phone", "email"])
async def test_a_booking_is_found_by_code_phone_or_e_mail(house, way):
    await a_house(house)
    booking = await booked(house, email="Ada@Example.test")
    contact = {"code": booking["code"].lower(), "phone": "020 7946 0958", "email": " ada@example.TEST "}[way]
    verification_id = await sent(house, contact=contact)
    (message,) = await messages(house)
    assert message["recipient"] == ("ada@example.test" if way == "email" else ADA["phone"])
    assert (await typed(house, verification_id, await code_sent(house)))["right"]


async def test_nobody_is_found_by_name(house):
    await a_house(house)
    await booked(house)
    await sent(house, contact="Ada Lovelace")
    assert await messages(house) == []


async def test_an_opted_out_number_gets_no_code(house):
    await a_house(house)
    booking = await booked(house, sms_opt_in=False)
    await house.refused("send_code", "no_way", actor=GUEST, ticket=booking["ticket"])
    await sent(house, contact=ADA["phone"])
    assert await messages(house) == []
    with_mail = await booked(house, name="Grace", phone="+442079460959", sms_opt_in=False, email="grace@example.test")
    await sent(house, ticket=with_mail["ticket"])
    assert [one["channel"] for one in await messages(house)] == ["email"]


async def test_another_site_s_ticket_and_verification_are_nobody_s(house):
    await a_house(house)
    booking = await booked(house)
    await house.refused("send_code", "not_found", actor=GUEST, site=OTHER_SITE, ticket=booking["ticket"])
    verification_id = await sent(house, ticket=booking["ticket"])
    await house.refused(
        "try_code", "code_over", actor=GUEST, site=OTHER_SITE, verification_id=verification_id, code="123456"
    )


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({}, "contact"), ({"contact": "a"}, "contact"), ({"contact": "x" * 255}, "contact"), ({"ticket": "short"}, "ticket"),
        ({"ticket": "T" * 22, "contact": "a@b"}, "contact"),
    ],
)  # fmt: skip
async def test_bad_input_names_its_field(house, args, field):
    assert (await house.refused("send_code", actor=GUEST, **args)).field == field


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "", "１２３４５６"])
async def test_a_code_is_six_digits(house, code):
    assert (await house.refused("try_code", actor=GUEST, verification_id="v1", code=code)).field == "code"


async def test_what_is_long_over_is_forgotten(house):
    await a_house(house)
    ticket = (await booked(house))["ticket"]
    await sent(house, ticket=ticket)
    await house.pool.execute("UPDATE verification SET created_at = created_at - interval '25 h'")
    await sent(house, ticket=ticket)
    assert await house.pool.fetchval("SELECT count(*) FROM verification WHERE site_id = $1", SITE) == 1


async def test_staff_have_no_use_for_a_guest_s_door(house):
    await a_house(house)
    for role in ("host", "super_admin"):
        await house.refused("send_code", "forbidden", actor=Actor.staff(f"st_{role}"), contact="ada@example.test")
