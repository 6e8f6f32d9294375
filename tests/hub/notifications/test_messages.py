"""Messages are written with what they tell of, once, and never go where they may not."""

from datetime import date, timedelta

import pytest

from hub.core.actor import Actor
from hub.notifications.actions import To
from tests.hub.notifications.at_work import ADA, TICKET, done_and_told, saying, told
from tests.kit import FRIDAY_19, SITE

__all__ = ["saying"]
MANAGER = Actor.staff("st_manager")


async def test_a_message_is_in_the_commit_it_tells_of(house, saying):
    saying()
    await house.done("set_policy", actor=MANAGER, policy="venue.public_url", value="https://book.example.test/")
    done = await done_and_told(house)
    (message_id,) = done.result["message_ids"]
    message = await house.row("message", message_id)
    assert (message.status, message.channel, message.recipient) == ("queued", "sms", ADA.phone)
    assert message.body == (
        f"House s1: you are on our list, Ada, party of 2. Watch your place here: https://book.example.test/g/{TICKET}"
    )
    assert message.link == f"/g/{TICKET}"
    assert (message.about_kind, message.about_id) == ("party", done.result["section_id"])
    assert "message.queued" in await house.facts(done.seq)
    assert f"messages:{SITE}:2026-11-20" in done.offsets


async def test_the_small_hours_belong_to_the_evening_before(house, saying):
    saying()
    await house.set_now(FRIDAY_19 + timedelta(hours=7))  # Saturday 02:00
    assert (await told(house)).service_date == date(2026, 11, 20)


async def test_the_record_of_changes_keeps_no_copy(house, saying):
    saying()
    message = await told(house)
    kinds = await house.pool.fetch("SELECT kind, was, now FROM change")
    assert "message" not in {record["kind"] for record in kinds}
    assert message.body not in str(list(map(tuple, kinds)))


async def test_a_missing_value_blocks(house, saying):
    saying("booking_confirmed", variables={"covers": 2, "date": FRIDAY_19, "time": FRIDAY_19})
    done = await done_and_told(house)
    message = await house.row("message", done.result["message_ids"][0])
    assert (message.status, message.problem) == ("blocked", "Nothing is known for {code}.")
    facts = await house.pool.fetchval("SELECT facts FROM journal WHERE seq = $1", done.seq)
    blocked = next(fact for fact in facts if fact["fact"] == "message.blocked")
    assert blocked["missing"] == ["code"]


async def test_no_consent_no_message(house, saying):
    saying(to=changed(ADA, sms_ok=False))
    message = await told(house)
    assert (message.status, message.problem) == ("suppressed", "The guest takes no text messages.")


def changed(to: To, **fields) -> To:
    return To(**{name: fields.get(name, getattr(to, name)) for name in To.__slots__})


async def test_a_chosen_channel_is_the_only_one(house, saying):
    saying("table_ready", to=To(name="Ada", phone="1", email="ada@example.test", sms_ok=True), contact="email",
           variables={"covers": 2, "minutes": 15, "expires": FRIDAY_19})  # fmt: skip
    message = await told(house)
    assert (message.channel, message.subject) == ("email", "Your table at House s1 is ready")
    assert "until 19:00" in message.body


async def test_the_same_thing_is_said_once(house, saying):
    saying(about=("party", "the-same"))
    first = await done_and_told(house)
    second = await done_and_told(house)
    assert len(first.result["message_ids"]) == 1
    assert second.result["message_ids"] == []
    assert await house.pool.fetchval("SELECT count(*) FROM message") == 1


async def test_a_line_break_in_a_name_makes_no_header(house, saying):
    saying(to=To(name="Ada\r\nBcc: x@example.test", email="ada@example.test"))
    message = await told(house)
    assert "\n" not in message.subject
    assert "Dear Ada Bcc: x@example.test," in message.body


async def test_a_text_too_long_to_send_is_blocked(house, saying):
    body = "{guest_name}" * 7 + " {link}"
    await house.done("set_policy", actor=MANAGER, policy="template.waiting_joined.sms", value={"body": body})
    saying(to=changed(ADA, name="A" * 80))
    message = await told(house)
    assert message.status == "blocked"
    assert "480 characters" in message.problem


async def test_a_one_time_code_is_its_guest_s_alone(house, saying):
    saying("one_time_code", to=To(name="Ada", email="a@example.test"), variables={"one_time_code": "123456", "minutes": 10})
    message = await told(house)
    assert "123456" not in f"{message.body}{message.subject}"
    publications = await house.pool.fetch("SELECT data FROM publication")
    assert not any(b"123456" in data for (data,) in publications)
    stored = await house.pool.fetchrow("SELECT subject, body FROM message")
    assert "123456" in stored["body"]  # the carrier needs it
    await house.done("note_delivery", message_id=message.id, status="delivered")
    stored = await house.pool.fetchrow("SELECT subject, body FROM message")
    assert "123456" not in stored["body"] + stored["subject"]


async def test_what_a_carrier_says_is_noted(house, saying):
    saying()
    message = await told(house)
    await house.done("note_delivery", message_id=message.id, status="sent")
    sent = await house.row("message", message.id)
    assert (sent.status, sent.sent_at) == ("sent", house.now)
    await house.pass_time(1)
    await house.done("note_delivery", message_id=message.id, status="delivered")
    delivered = await house.row("message", message.id)
    assert (delivered.status, delivered.sent_at) == ("delivered", sent.sent_at)
    await house.done("note_delivery", message_id=message.id, status="failed")  # late and wrong: it has arrived
    assert (await house.row("message", message.id)).status == "delivered"
    await house.refused("note_delivery", "not_found", message_id="nobody", status="sent")


async def test_a_failure_is_tried_again_until_it_is_final(house, saying):
    saying()
    message = await told(house)
    later = FRIDAY_19 + timedelta(days=400)
    await house.done(
        "note_delivery", message_id=message.id, status="failed", problem="Busy.", retry_at=later.isoformat()
    )
    assert (await house.row("message", message.id)).status == "queued"
    assert await house.pool.fetchval("SELECT due_at FROM message") == later
    await house.done("note_delivery", message_id=message.id, status="failed", problem="No such number.")
    failed = await house.row("message", message.id)
    assert (failed.status, failed.problem, failed.sent_at) == ("failed", "No such number.", None)


async def test_a_host_sends_it_again_as_a_new_message(house, saying):
    saying()
    message = await told(house)
    await house.refused("resend_message", "still_queued", message_id=message.id)
    await house.done("note_delivery", message_id=message.id, status="delivered")
    again = await house.row("message", (await house.done("resend_message", message_id=message.id)).result["message_id"])
    assert (again.body, again.recipient, again.status) == (message.body, message.recipient, "queued")
    await house.refused("resend_message", "forbidden", message_id=message.id, actor=Actor.staff("st_server"))
    await house.refused("resend_message", "not_found", message_id="nobody")


async def test_what_was_held_back_or_secret_is_not_sent_again(house, saying):
    saying(to=changed(ADA, sms_ok=False))
    held = await told(house)
    await house.refused("resend_message", "not_sent", message_id=held.id)
    saying("one_time_code", variables={"one_time_code": "123456", "minutes": 10})
    code = await told(house)
    await house.done("note_delivery", message_id=code.id, status="delivered")
    await house.refused("resend_message", "code_message", message_id=code.id)


@pytest.mark.parametrize("gone", [False, True])
async def test_undone_in_time_it_is_held_back_else_put_right(house, saying, gone):
    saying()
    done = await done_and_told(house)
    (message_id,) = done.result["message_ids"]
    if gone:
        await house.done("note_delivery", message_id=message_id, status="sent")
    await house.done("undo", seq=done.seq)
    assert await house.row("message", message_id), "what was said stays said"
    result = (await house.done("correct_messages", seq=done.seq)).result
    message = await house.row("message", message_id)
    if not gone:
        assert (message.status, result["put_right"]) == ("suppressed", [])
        return
    assert message.status == "sent"
    (correction,) = result["put_right"]
    assert "please ignore our last message, Ada" in (await house.row("message", correction)).body
    assert (await house.done("correct_messages", seq=done.seq)).result["put_right"] == []  # heard twice, said once


async def test_taken_back_while_it_was_under_way_it_is_put_right(house, saying):
    saying()
    done = await done_and_told(house)
    (message_id,) = done.result["message_ids"]
    await house.done("undo", seq=done.seq)
    await house.done("correct_messages", seq=done.seq)
    await house.done("note_delivery", message_id=message_id, status="delivered")
    assert (await house.row("message", message_id)).status == "delivered"
    assert await house.pool.fetchval("SELECT count(*) FROM message WHERE template = 'correction'") == 1


async def test_nothing_said_nothing_to_correct(house):
    await house.refused("correct_messages", "not_found", seq=1)
