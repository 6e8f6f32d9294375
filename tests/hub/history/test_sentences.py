"""The journal in a host's words: every fact there is has its sentence, and names are looked up when it is read."""

import string

import pytest

from hub.history.sentences import SENTENCES, Sentences
from schemas.catalogue import FACTS
from tests.kit import SITE, LawfulHouse, a_room


def test_every_fact_has_a_sentence():
    assert set(SENTENCES) == set(FACTS)


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_every_blank_can_be_filled_even_when_nothing_is_known_any_more(fact):
    said = Sentences({}, {}).of({"command": "x", "facts": [{"fact": fact}]})
    assert said and "{" not in said
    assert said[0] == said[0].upper()
    assert all(blank is None or blank.isidentifier() for _, blank, _, _ in string.Formatter().parse(SENTENCES[fact]))


def test_what_a_command_was_for_stands_before_what_followed_from_it():
    facts = [
        {"fact": "table.status_changed", "table_id": "t", "now": "occupied"},
        {"fact": "waitlist.converted", "party_id": "p"},
        {"fact": "table.seated", "seating_id": "s", "table_ids": ["t"]},
    ]
    names = {"t": "4", "s": "Okafor · 2"}
    assert Sentences(names, {}).of({"command": "seat_party", "facts": facts}) == "Okafor · 2 seated at 4"


def test_a_name_keeps_its_own_first_letter():
    facts = [{"fact": "reservation.cancelled", "booking_id": "b"}]
    assert Sentences({"b": "van Dam · 2"}, {}).of({"command": "x", "facts": facts}) == "van Dam · 2 cancelled"


def test_a_command_that_told_nothing_is_named():
    assert Sentences({}, {}).of({"command": "put_area", "facts": []}) == "Put area"


async def test_a_line_that_took_another_back_says_what(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    seated = await house.done("seat_party", name="Okafor", covers=2, table_ids=[tables["1"]])
    await house.done("undo", seq=seated.seq)
    async with house.pool.acquire() as db:
        lines = await db.fetch("SELECT seq, command, facts FROM journal ORDER BY seq DESC LIMIT 2")
        sentences = await Sentences.about(db, SITE, lines)
    # the seating is gone with the undo: only the record still knows who it was
    assert [sentences.of(line) for line in lines] == ["Taken back: Okafor · 2 seated at 1", "Okafor · 2 seated at 1"]
