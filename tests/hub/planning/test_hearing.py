"""Which facts a plan depends on, and which cannot wait."""

import pytest

from hub.planning.hearing import NO_MATTER, decides, loses_a_table, matters
from schemas.bookings import BookingEdited, BookingRow
from schemas.floor import TableChanged, TableRow
from schemas.seating import EditSeating, SeatingEdited


def test_what_it_hears():
    assert matters([{"fact": "message.queued"}, {"fact": "reservation.created"}])
    assert matters([{"fact": "assign.plan_dismissed"}])
    assert matters([{"fact": "table.turn_alert"}])
    assert not matters([{"fact": "assign.plan_updated"}, {"fact": "waitlist.reordered"}, {"fact": "table.stage_set"}])
    assert not matters([{"fact": "availability.changed"}])


def test_a_lost_table_does_not_wait():
    assert loses_a_table([{"fact": "table.status_changed", "was": "available", "now": "out_of_service"}])
    assert loses_a_table([{"fact": "table.updated", "fields": ["active"]}])
    assert loses_a_table([{"fact": "availability.weather_changed"}])
    assert not loses_a_table([
        {"fact": "table.status_changed", "was": "out_of_service", "now": "available"}, {"fact": "reservation.created"},
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("was", "now", "does"),
    [("available", "out_of_service", True), ("out_of_service", "available", True), ("available", "dirty", False)],
)
def test_of_a_tables_status_only_being_out_of_service_matters(was, now, does):
    assert matters([{"fact": "table.status_changed", "was": was, "now": now}]) is does


@pytest.mark.parametrize("fact", NO_MATTER)
def test_what_no_plan_depends_on_asks_for_none(fact):
    for field in NO_MATTER[fact]:
        assert not matters([{"fact": fact, "fields": [field]}])
        assert matters([{"fact": fact, "fields": [field, "covers"]}])
        assert matters([{"fact": fact, "fields": [field]}, {"fact": "table.seated"}])


def test_the_fields_are_named_as_they_are():
    facts = {SeatingEdited: EditSeating, TableChanged: TableRow, BookingEdited: BookingRow}
    known = {fact.__struct_config__.tag: {*row.__struct_fields__} for fact, row in facts.items()}
    assert {*NO_MATTER} == {*known}
    assert all({*fields} <= known[fact] for fact, fields in NO_MATTER.items())


def test_what_people_decide_about_the_stored_plan():
    assert all(decides([{"fact": fact}]) for fact in ("assign.bookings_placed", "house.undone", "policy.changed"))
    assert not decides([{"fact": "assign.plan_updated"}, {"fact": "reservation.created"}])
