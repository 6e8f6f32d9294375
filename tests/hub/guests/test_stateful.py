"""Guests as hypothesis lives them, at two sites of one organisation: added, recognised, edited, merged, banned, deleted,
restored. The model knows whose number is whose and what each site noted; after every step the house is held to it.
"""

import asyncio
from datetime import timedelta

import msgspec
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hub.core.actor import Actor
from hub.guests import views
from hub.guests.phones import normal
from hub.house import House
from schemas.base import Done, Refused
from tests.hub.guests.test_recognise import recognise
from tests.kit import FRIDAY_19, OTHER_SITE, SITE, LawfulHouse, found

SITES = (SITE, OTHER_SITE)
WHO = {SITE: Actor.staff("st_manager"), OTHER_SITE: Actor.staff("st_other")}
NUMBERS = ["07700 900001", "+44 7700 900002", "0044 7700 900003", "07700900004"]
EMAILS = ["a@example.test", "b@example.test"]
RESTORE = timedelta(days=30)
which, sites = st.integers(0, 30), st.sampled_from(SITES)
number, email = st.none() | st.sampled_from(NUMBERS), st.none() | st.sampled_from(EMAILS)


def life(house: LawfulHouse, run) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        @initialize()
        def nobody(self):
            run(house.pool.execute("TRUNCATE guest, guest_profile CASCADE"))
            run(house.set_now(FRIDAY_19))
            self.people: dict[str, dict] = {}  # living: id → phone, email
            self.merged: dict[str, str] = {}  # who went → who stayed
            self.cards: dict[tuple[str, str], dict] = {}  # (site, id) → note, banned, deleted at
            self.count = 0

        # ---- what is true

        def holder(self, phone):
            kept = normal(phone, "GB")
            for person, own in self.people.items():
                if kept and kept in own["phones"][:1]:
                    return person
            return next((person for person, own in self.people.items() if kept and kept in own["phones"]), None)

        def shown(self, site):
            return [person for (at, person), card in self.cards.items() if at == site and card["deleted"] is None]

        def pick(self, site, place):
            here = self.shown(site)
            return here[place % len(here)] if here else None

        def meet(self, site, person, note=None):
            """The person is met at a site: a card is made, or begun anew."""
            card = self.cards.get((site, person))
            if card is None or card["deleted"] is not None:
                banned = card is not None and card["banned"]
                self.cards[site, person] = {"note": note, "banned": banned, "deleted": None}

        def born(self, person, phone, address):
            self.people[person] = {"phones": [normal(phone, "GB")] if phone else [], "email": address, "has": bool(phone)}

        # ---- what may happen

        @rule(site=sites, phone=number, noted=st.booleans())
        def add(self, site, phone, noted):
            self.count += 1
            note = f"{site} note {self.count}" if noted else None
            args = {"phone": phone} if phone else {}
            answer = run(house.give("add_guest", actor=WHO[site], site=site, name="Ana", notes=note, **args))
            holder = self.holder(phone)
            if holder in self.shown(site):
                assert isinstance(answer, Refused) and answer.reason == "known_already" and answer.about.id == holder
                return
            result = msgspec.to_builtins(answer.result)
            assert result["known"] == (holder is not None)
            if holder:
                assert result["guest_id"] == holder
            else:
                self.born(result["guest_id"], phone, None)
            self.meet(site, result["guest_id"], note)
            self.cards[site, result["guest_id"]]["note"] = note

        @rule(site=sites, phone=number, address=email)
        def come(self, site, phone, address):
            """Somebody books by telephone or on the web."""
            guest = run(recognise(house, site, phone=phone, email=address))
            if phone is None and address is None:
                assert guest is None
                return
            holder = self.holder(phone)
            if holder is None and address:
                holders = [person for person, own in self.people.items() if own["email"] == address]
                holder = guest.id if guest.id in holders else None
                assert (holder is not None) == bool(holders)
            if holder is None:
                assert guest.id not in self.people
                self.born(guest.id, phone, address)
            else:
                assert guest.id == holder
                own = self.people[holder]
                if phone and not own["has"]:
                    own["phones"].insert(0, normal(phone, "GB"))
                    own["has"] = True
                own["email"] = own["email"] or address
            self.meet(site, guest.id)

        @precondition(lambda self: self.cards)
        @rule(site=sites, place=which, phone=number)
        def change_number(self, site, place, phone):
            person = self.pick(site, place)
            if person is None:
                return
            answer = run(house.give("edit_guest", actor=WHO[site], site=site, guest_id=person, phone=phone))
            holder = self.holder(phone)
            if holder not in (None, person):
                assert isinstance(answer, Refused) and answer.reason == "phone_taken"
                assert (answer.about is not None) == (holder in self.shown(site))
                return
            assert isinstance(answer, Done), answer
            own = self.people[person]
            before = own["phones"][1:] if own["has"] else own["phones"]
            kept = normal(phone, "GB") if phone else None
            own["phones"] = [kept, *[old for old in before if old != kept]] if kept else list(before)
            own["has"] = bool(phone)

        @precondition(lambda self: self.cards)
        @rule(site=sites, one=which, other=which)
        def merge(self, site, one, other):
            keep, gone = self.pick(site, one), self.pick(site, other)
            if keep is None:
                return
            answer = run(house.give("merge_guests", actor=WHO[site], site=site, keep_id=keep, gone_id=gone))
            if keep == gone:
                assert isinstance(answer, Refused) and answer.reason == "same_guest"
                return
            assert isinstance(answer, Done), answer
            kept, went = self.people[keep], self.people.pop(gone)
            if not kept["has"] and went["has"]:
                kept["phones"] = [went["phones"][0], *kept["phones"], *went["phones"][1:]]
                kept["has"] = True
            else:
                kept["phones"] += went["phones"]
            kept["email"] = kept["email"] or went["email"]
            self.merged = {old: keep if new == gone else new for old, new in self.merged.items()} | {gone: keep}
            for at in SITES:
                mine, theirs = self.cards.get((at, keep)), self.cards.pop((at, gone), None)
                if theirs is None:
                    continue
                if mine is None:
                    self.cards[at, keep] = theirs
                    continue
                banned = mine["banned"] or theirs["banned"]
                if mine["deleted"] is None and theirs["deleted"] is None:
                    notes = [note for note in (mine["note"], theirs["note"]) if note]
                    now = {**mine, "note": "\n".join(dict.fromkeys(notes)) or None}
                else:
                    now = theirs if mine["deleted"] is not None and theirs["deleted"] is None else mine
                self.cards[at, keep] = {**now, "banned": banned}

        @precondition(lambda self: self.cards)
        @rule(site=sites, place=which, banned=st.booleans())
        def ban(self, site, place, banned):
            person = self.pick(site, place)
            if person is None:
                return
            more = {"reason": "Threw a chair at us"} if banned else {}
            answer = run(house.give("set_blacklist", actor=WHO[site], site=site, guest_id=person, blacklisted=banned, **more))
            assert isinstance(answer, Done) == (banned or self.cards[site, person]["banned"]), answer
            self.cards[site, person]["banned"] = banned

        @precondition(lambda self: self.cards)
        @rule(site=sites, place=which)
        def delete(self, site, place):
            person = self.pick(site, place)
            if person is None:
                return
            run(house.done("delete_guest", actor=WHO[site], site=site, guest_id=person, reason="They asked for it"))
            self.cards[site, person]["deleted"] = house.now

        @precondition(lambda self: any(card["deleted"] for card in self.cards.values()))
        @rule(place=which)
        def restore(self, place):
            gone = [at for at, card in self.cards.items() if card["deleted"]]
            site, person = gone[place % len(gone)]
            answer = run(house.give("restore_guest", actor=WHO[site], site=site, guest_id=person))
            in_time = house.now - self.cards[site, person]["deleted"] <= RESTORE
            assert isinstance(answer, Done) == in_time, answer
            if in_time:
                self.cards[site, person]["deleted"] = None

        @rule(days=st.sampled_from([1, 15, 30]))
        def time_passes(self, days):
            run(house.pass_time(days * 24 * 60))

        # ---- what always holds

        @invariant()
        def the_house_agrees(self):
            if hasattr(self, "people"):
                run(self.check())

        async def check(self):
            twice = await house.pool.fetchval(
                "SELECT count(*) FROM (SELECT phone FROM guest WHERE merged_into IS NULL AND erased_at IS NULL"
                " AND phone IS NOT NULL GROUP BY org_id, phone HAVING count(*) > 1) AS double"
            )
            assert twice == 0, "a number is one living person"
            living = {row["id"] for row in await house.pool.fetch("SELECT id FROM guest WHERE merged_into IS NULL")}
            assert living == set(self.people)
            chains = "SELECT count(*) FROM guest a JOIN guest b ON a.merged_into = b.id WHERE b.merged_into IS NOT NULL"
            assert await house.pool.fetchval(chains) == 0, "who was merged leads to a living person in one step"
            for site in SITES:
                here = self.shown(site)
                rows = await views.guests(house.pool, site, [*self.people, *self.merged])
                assert set(rows) == set(here)
                for person in here:
                    card = self.cards[site, person]
                    assert (rows[person].notes, rows[person].blacklisted) == (card["note"], card["banned"])
                    assert all(note.startswith(site) for note in (rows[person].notes or "").splitlines()), "no note leaves"
                    own = self.people[person]
                    assert rows[person].phone == (own["phones"][0] if own["has"] else None)
                    assert rows[person].email == own["email"]
                for gone, kept in self.merged.items():
                    led = await views.guest(house.pool, site, gone)
                    assert (led.id if led else None) == (kept if kept in here else None)
                for phone in NUMBERS:
                    holder = self.holder(phone)
                    known = await views.by_contact(house.pool, site, phone=phone)
                    assert (known.id if known else None) == (holder if holder in here else None), phone
                    hits = {hit.id for hit in await views.search(house.pool, site, phone, 50)}
                    kept = normal(phone, "GB")
                    assert hits == {person for person in here if kept in self.people[person]["phones"]}, phone

    return Life


def test_any_life(settings):
    async def opened():
        house = LawfulHouse(await House.open(settings))
        await found(house.house)
        await house.pool.execute("INSERT INTO staff_role VALUES ($1, 'st_other', 'manager')", OTHER_SITE)
        await house.set_now(FRIDAY_19)
        return house

    with asyncio.Runner() as runner:
        house = runner.run(opened())
        try:
            run_state_machine_as_test(
                life(house, runner.run),
                settings=hypothesis_settings(
                    max_examples=20, stateful_step_count=30, deadline=None, database=None, derandomize=True
                ),
            )
        finally:
            runner.run(house.house.close())
