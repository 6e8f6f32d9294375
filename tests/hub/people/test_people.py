"""Logins and roles: who may change them, and that an organisation never loses its last super admin."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hub.core import passwords, roles
from hub.core.actor import Actor
from hub.people import rules
from hub.people.reactions import revoke
from tests.kit import ORG, OTHER_SITE, SITE

CHIEF = Actor.staff("st_super_admin")
NEW = {"email": "ada@example.test", "name": "Ada Byron", "password": "a long password", "roles": ["host", "server"]}


@given(st.text(min_size=1, max_size=80))
def test_every_name_has_a_badge(name):
    assert 1 <= len(rules.initials(name)) <= 6  # upper case of one letter may be three


def test_badges_read_as_people_expect():
    assert [rules.initials(name) for name in ("Maya Kapoor", "Tomás de la Vega Vidal", "Cher", "(Max) Noll")] == [
        "MK", "TV", "CH", "NO",
    ]  # fmt: skip


def test_a_person_is_shown_by_the_weightiest_role():
    assert rules.chief(["server", "manager", "host"]) == "manager"
    assert rules.chief([]) == ""
    assert set(rules.STANDING) == set(roles.PERMISSIONS)


async def test_a_new_login_can_act_and_its_password_is_a_hash(house):
    staff_id = (await house.done("add_staff", actor=CHIEF, **NEW)).result["staff_id"]
    record = await house.pool.fetchrow("SELECT * FROM staff WHERE id = $1", staff_id)
    assert (record["initials"], record["org_id"]) == ("AB", ORG)
    assert record["password_hash"].startswith("$argon2id$")
    assert await passwords.matches(record["password_hash"], NEW["password"])
    assert not await passwords.matches(record["password_hash"], "another password")
    assert not await passwords.matches(None, "nobody has this password")
    assert NEW["password"] not in str(await house.pool.fetch("SELECT facts, touched FROM journal"))
    await house.done("add_party", actor=Actor.staff(staff_id), name="Okafor", covers=2)


async def test_only_a_super_admin_manages_people(house):
    await house.pool.execute("INSERT INTO staff VALUES ('st_admin', $1, 'a@example.test', 'A', 'A')", ORG)
    await house.pool.execute("INSERT INTO staff_role VALUES ($1, 'st_admin', 'admin')", SITE)
    for actor in ("st_manager", "st_admin", "st_host"):
        await house.refused("add_staff", "forbidden", actor=Actor.staff(actor), **NEW)
        await house.refused("set_roles", "forbidden", actor=Actor.staff(actor), staff_id=actor, roles=["super_admin"])


async def test_an_address_has_one_login(house):
    staff_id = (await house.done("add_staff", actor=CHIEF, **NEW)).result["staff_id"]
    refused = await house.refused("add_staff", "email_taken", actor=CHIEF, **{**NEW, "email": "ADA@example.test"})
    assert (refused.field, refused.about) == ("email", {"staff_id": staff_id})
    await house.pool.execute("INSERT INTO org VALUES ('o2', 'Others')")
    await house.pool.execute("UPDATE staff SET org_id = 'o2' WHERE id = $1", staff_id)
    refused = await house.refused("add_staff", "email_taken", actor=CHIEF, **NEW)
    assert refused.about is None, "another organisation's people are its own business"


async def test_roles_are_replaced_and_count_at_once(house):
    await house.refused("set_roles", "stale", actor=CHIEF, staff_id="st_host", roles=["server"], expect_version=7)
    done = await house.done("set_roles", actor=CHIEF, staff_id="st_host", roles=["server", "server", "kitchen"])
    assert await house.facts(done.seq) == ["people.roles_set"]
    held = await house.pool.fetch("SELECT role FROM staff_role WHERE staff_id = 'st_host' ORDER BY role")
    assert [role for (role,) in held] == ["kitchen", "server"]
    await house.refused("add_party", "forbidden", actor=Actor.staff("st_host"), name="Okafor", covers=2)
    await house.done("set_roles", actor=CHIEF, staff_id="st_host", roles=[])
    await house.refused(
        "set_table_status", "unknown_site", actor=Actor.staff("st_host"), table_id="t", status="available"
    )


async def test_people_of_another_organisation_are_not_there(house):
    await house.pool.execute("INSERT INTO org VALUES ('o2', 'Others')")
    await house.pool.execute("INSERT INTO staff VALUES ('st_far', 'o2', 'far@example.test', 'Far', 'FA')")
    for command, more in (("set_roles", {"roles": ["host"]}), ("deactivate_staff", {})):
        refused = await house.refused(command, "not_found", actor=CHIEF, staff_id="st_far", **more)
        assert refused.field == "staff_id"


async def test_the_last_super_admin_stays_one(house):
    lose = {"staff_id": "st_super_admin", "roles": ["manager"]}
    await house.refused("set_roles", "last_super_admin", actor=CHIEF, **lose)
    await house.refused("deactivate_staff", "last_super_admin", actor=CHIEF, staff_id="st_super_admin")
    # one who holds the role at another site as well keeps the organisation in hands
    await house.pool.execute("INSERT INTO staff_role VALUES ($1, 'st_super_admin', 'super_admin')", OTHER_SITE)
    await house.done("set_roles", actor=CHIEF, **lose)
    await house.pool.execute("INSERT INTO staff_role VALUES ($1, 'st_super_admin', 'super_admin')", SITE)
    await house.pool.execute("DELETE FROM staff_role WHERE site_id = $1 AND staff_id = 'st_super_admin'", OTHER_SITE)
    # a second one who is no longer active does not count
    await house.done("set_roles", actor=CHIEF, staff_id="st_manager", roles=["super_admin"])
    await house.pool.execute("UPDATE staff SET active = false WHERE id = 'st_manager'")
    await house.refused("set_roles", "last_super_admin", actor=CHIEF, **lose)
    await house.pool.execute("UPDATE staff SET active = true WHERE id = 'st_manager'")
    await house.done("set_roles", actor=CHIEF, **lose)


async def test_gateways_are_told_whose_rights_changed(house):
    for fact, op in (("people.roles_set", "recheck"), ("people.staff_deactivated", "disconnect")):
        await revoke.react(house.house, SITE, 1, [{"fact": fact, "staff_id": "st_host"}])
        (_, said), *_ = await house.redis.xrevrange("control", count=1)
        assert msgspec.json.decode(said[b"c"]) == {"op": op, "user": "st_host", "sign_in": ""}


async def test_a_closed_login_is_opened_again_with_its_roles(house):
    await house.refused("reactivate_staff", "active", actor=CHIEF, staff_id="st_host")
    await house.refused("reactivate_staff", "not_found", actor=CHIEF, staff_id="nobody")
    await house.done("deactivate_staff", actor=CHIEF, staff_id="st_host", reason="on leave")
    await house.refused("add_party", "unknown_site", actor=Actor.staff("st_host"), name="Okafor", covers=2)
    version = await house.pool.fetchval("SELECT version FROM staff WHERE id = 'st_host'")
    await house.refused("reactivate_staff", "stale", actor=CHIEF, staff_id="st_host", expect_version=version + 1)
    await house.refused("reactivate_staff", "forbidden", actor=Actor.staff("st_manager"), staff_id="st_host")
    done = await house.done("reactivate_staff", actor=CHIEF, staff_id="st_host", expect_version=version)
    assert await house.facts(done.seq) == ["people.staff_reactivated"]
    await house.done("add_party", actor=Actor.staff("st_host"), name="Okafor", covers=2)


async def test_what_became_of_people_is_on_record_without_their_secrets(house):
    staff_id = (await house.done("add_staff", actor=CHIEF, **NEW)).result["staff_id"]
    await house.done("set_roles", actor=CHIEF, staff_id=staff_id, roles=["manager"])
    await house.done("set_roles", actor=CHIEF, staff_id=staff_id, roles=["manager"])  # changes nothing
    await house.done("deactivate_staff", actor=CHIEF, staff_id=staff_id)
    await house.done("reactivate_staff", actor=CHIEF, staff_id=staff_id)
    kept = await house.pool.fetch("SELECT was, now FROM change WHERE kind = 'staff' AND row_id = $1 ORDER BY seq", staff_id)
    assert [tuple(record) for record in kept] == [
        (None, {"name": "Ada Byron", "email": "ada@example.test", "roles": ["host", "server"], "active": True}),
        ({"roles": ["host", "server"]}, {"roles": ["manager"]}),
        ({"active": True}, {"active": False}),
        ({"active": False}, {"active": True}),
    ]
    assert "argon2" not in str(kept) and NEW["password"] not in str(kept)


async def test_a_password_is_hashed_before_the_site_waits_and_only_for_who_may(house, monkeypatch):
    hashing = []

    async def hashed(password):
        hashing.append(house.commands._locks[SITE].locked())
        return "$argon2id$" + password[::-1]

    monkeypatch.setattr(passwords, "hashed", hashed)
    await house.refused("add_staff", "forbidden", actor=Actor.staff("st_host"), **NEW)
    await house.refused("add_staff", "unknown_site", actor=Actor.staff("st_other"), **NEW)
    assert hashing == []
    await house.done("add_staff", actor=CHIEF, **NEW)
    assert hashing == [False]
