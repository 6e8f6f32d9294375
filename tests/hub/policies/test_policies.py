"""Policies: the table of them, what may be set where, which value is in force, and how soon everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.actor import HOUSE, Actor
from hub.policies import views
from hub.policies.defaults import POLICIES
from schemas.policies import PolicyChanged
from tests.kit import ORG, OTHER_SITE, SITE

MANAGER = Actor.staff("st_manager")


async def in_force(house, policy, kind=None, site=SITE):
    return (await views.policies_of(house.pool, ORG, site)).get(policy, kind)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.key)
def test_every_default_is_a_value_of_its_own_policy(policy):
    assert policy.checked(policy.default) == policy.default


@given(st.integers())
def test_whole_numbers_keep_to_their_bounds(value):
    for policy in (policy for policy in POLICIES.values() if policy.min is not None):
        if policy.min <= value <= policy.max:
            assert policy.checked(value) == value
        else:
            with pytest.raises(ValueError):
                policy.checked(value)


@pytest.mark.parametrize(
    ("policy", "value"),
    [
        ("dining.buffer_min", True), ("dining.buffer_min", "15"), ("dining.buffer_min", 15.5), ("qr.auto_occupy", 1),
        ("floor.theme", "pink"), ("venue.day_ends", "4:00"), ("venue.day_ends", "12:00"),
        ("waitlist.quote_bands", []), ("waitlist.quote_bands", [[1, 2], [4, 20]]), ("waitlist.quote_bands", [[2, 4]]),
        ("waitlist.quote_bands", [[1, 2], [2, 4]]), ("waitlist.quote_bands", [[1, 21]]),
        ("assign.weights", 4), ("assign.weights", [1, 2, 3, 4]),
    ],
)  # fmt: skip
async def test_a_wrong_value_is_refused_naming_the_field(house, policy, value):
    refused = await house.refused("set_policy", actor=MANAGER, policy=policy, value=value)
    assert (refused.code, refused.field) == ("invalid", "value")
    assert await in_force(house, policy) == POLICIES[policy].default


WEIGHTS = {"wasted_seat": 4, "feature": 3, "preference": 2, "priority": 1}
SAYS = {"subject": "Your table", "body": "See {link}"}


@pytest.mark.parametrize(
    ("policy", "value", "part", "says"),
    [
        ("assign.weights", {"wasted_seat": 4}, "feature", "must be given"),
        ("assign.weights", WEIGHTS | {"wasted_seat": -1}, "wasted_seat", "must be 0 or more"),
        ("waitlist.priority", POLICIES["waitlist.priority"].default | {"gold": 11}, "gold", "must be 10 or less"),
        ("template.booking_confirmed.sms", {"body": "Hello {gest_name}"}, "body", "There is no {gest_name} here"),
        ("template.booking_confirmed.sms", {"body": "Hello {guest_name"}, "body", "brace"),
        ("template.booking_confirmed.sms", {"body": "a" * 481}, "body", "480 characters"),
        ("template.booking_confirmed.sms", SAYS, "subject", "no subject"),
        ("template.booking_confirmed.sms", {"body": ""}, "body", "must not be empty"),
        ("template.booking_confirmed.email", {"body": "See {link}"}, "subject", "needs a subject"),
        ("template.booking_confirmed.email", SAYS | {"subject": "At {noon}"}, "subject", "There is no {noon} here"),
    ],
)
async def test_a_wrong_part_of_a_value_is_named(house, policy, value, part, says):
    refused = await house.refused("set_policy", actor=MANAGER, policy=policy, value=value)
    assert (refused.code, refused.field) == ("invalid", f"value.{part}")
    assert says in refused.message
    assert refused.message.startswith(POLICIES[policy].title)
    assert await in_force(house, policy) == POLICIES[policy].default


@pytest.mark.parametrize(
    ("policy", "value", "says"),
    [("dining.buffer_min", 121, "from 0 to 120"), ("floor.theme", "pink", "house, classic"), ("qr.auto_occupy", 1, "on or off"),
     ("venue.day_ends", "25:00", "09:59")],
)  # fmt: skip
async def test_a_refusal_says_what_it_could_be(house, policy, value, says):
    refused = await house.refused("set_policy", actor=MANAGER, policy=policy, value=value)
    assert says in refused.message


async def test_an_unknown_policy_is_refused_naming_the_field(house):
    for command, more in (("set_policy", {"value": 1}), ("restore_policy", {"version": 1})):
        refused = await house.refused(command, actor=MANAGER, policy="dining.nothing", **more)
        assert (refused.code, refused.field) == ("invalid", "policy")


async def test_the_most_specific_scope_wins_and_nothing_falls_back(house):
    await house.done("set_policy", actor=HOUSE, policy="dining.buffer_min", scope="org", value=20)
    assert (
        await in_force(house, "dining.buffer_min") == 20 == await in_force(house, "dining.buffer_min", site=OTHER_SITE)
    )
    await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=10)
    assert await in_force(house, "dining.buffer_min") == 10
    assert await in_force(house, "dining.buffer_min", site=OTHER_SITE) == 20
    await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", scope="kind", kind="event", value=0)
    assert await in_force(house, "dining.buffer_min", "event") == 0
    assert await in_force(house, "dining.buffer_min", "dining") == 10
    await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", scope="kind", kind="event", value=None)
    assert await in_force(house, "dining.buffer_min", "event") == 10
    await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=None)
    assert await in_force(house, "dining.buffer_min") == 20


async def test_history_is_never_rewritten_and_restoring_makes_a_new_version(house):
    for value in (10, 30):
        await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=value, reason=f"try {value}")
    done = await house.done("restore_policy", actor=MANAGER, policy="dining.buffer_min", version=1)
    assert done.result == {"version": 3}
    assert await in_force(house, "dining.buffer_min") == 10
    told = await views.history(house.pool, ORG, SITE, "dining.buffer_min")
    assert [(line.version, line.value, line.by) for line in told] == [
        (3, 10, "staff:st_manager"), (2, 30, "staff:st_manager"), (1, 10, "staff:st_manager"),
    ]  # fmt: skip
    assert told[1].reason == "try 30"
    await house.refused("restore_policy", "not_found", actor=MANAGER, policy="dining.buffer_min", version=9)
    await house.refused(
        "restore_policy", "not_found", actor=HOUSE, site=OTHER_SITE, policy="dining.buffer_min", version=1
    )


async def test_a_stale_version_is_refused(house):
    await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=10, expect_version=0)
    await house.refused("set_policy", "stale", actor=MANAGER, policy="dining.buffer_min", value=12, expect_version=0)


async def test_a_stale_change_is_told_who_was_quicker(house):
    for value in (10, 20):
        await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=value, reason=f"try {value}")
    for command, more in (("set_policy", {"value": 30}), ("restore_policy", {"version": 1})):
        refused = await house.refused(
            command, "stale", actor=MANAGER, policy="dining.buffer_min", expect_version=1, **more
        )
        about = refused.about
        assert (about.version, about.value, about.by_name, about.reason) == (2, 20, "Manager", "try 20")
        assert refused.field == "expect_version"
    assert await in_force(house, "dining.buffer_min") == 20


async def test_what_another_site_says_makes_nothing_stale(house):
    await house.done("set_policy", actor=HOUSE, site=OTHER_SITE, policy="dining.buffer_min", value=30)
    seen = next(v for v in await views.catalogue(house.pool, ORG, SITE) if v.policy == "dining.buffer_min")
    assert (seen.newest, seen.value, seen.values) == (0, 15, [])
    done = await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=10, expect_version=0)
    assert done.result == {"version": 2}


async def test_a_kind_goes_with_its_scope(house):
    for more in ({"scope": "kind"}, {"scope": "site", "kind": "event"}):
        refused = await house.refused("set_policy", actor=MANAGER, policy="dining.buffer_min", value=5, **more)
        assert refused.field == "kind"


async def test_who_may_change_policies(house):
    wish = {"policy": "dining.buffer_min", "value": 5}
    await house.refused("set_policy", "forbidden", actor=Actor.staff("st_host"), **wish)
    await house.refused("set_policy", "unknown_site", actor=Actor.staff("st_other"), **wish)
    # the whole organisation needs the right at all of its sites
    await house.refused("set_policy", "org_scope", actor=MANAGER, scope="org", **wish)
    await house.pool.execute("INSERT INTO staff_role VALUES ($1, 'st_manager', 'manager')", OTHER_SITE)
    await house.done("set_policy", actor=MANAGER, scope="org", **wish)
    assert await in_force(house, "dining.buffer_min", site=OTHER_SITE) == 5


async def test_live_here_at_once_and_elsewhere_within_five_seconds(house, monkeypatch):
    now = 100.0
    monkeypatch.setattr(views, "monotonic", lambda: now)
    here, elsewhere = views.PoliciesInForce(), views.PoliciesInForce()
    house.commands.policies_of = here.of
    house.commands.after_commit.append(here.heard)

    async def seen(process):
        return (await process.of(house.pool, ORG, SITE)).get("dining.buffer_min")

    assert await seen(here) == await seen(elsewhere) == 15
    await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=25)
    assert await seen(here) == 25
    assert await seen(elsewhere) == 15, "it does not ask the database for every command"
    now += 5
    assert await seen(elsewhere) == 25


async def test_a_read_that_was_overtaken_by_a_change_is_not_kept(house):
    process = views.PoliciesInForce()

    class SlowPool:
        """The change is committed while the answer of an older read is under way."""

        async def fetch(self, *args):
            records = await house.pool.fetch(*args)
            await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=25)
            process.heard(SITE, 1, [PolicyChanged(policy="dining.buffer_min", scope="site", version=1)])
            return records

    assert (await process.of(SlowPool(), ORG, SITE)).get("dining.buffer_min") == 15
    assert (await process.of(house.pool, ORG, SITE)).get("dining.buffer_min") == 25


async def test_the_catalogue_says_where_values_come_from(house):
    await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=10)
    await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", scope="kind", kind="event", value=0)
    seen = await views.catalogue(house.pool, ORG, SITE)
    assert [view.policy for view in seen[: len(POLICIES)]] == list(POLICIES)
    buffer = [view for view in seen if view.policy == "dining.buffer_min"]
    assert [(view.scope, view.value, view.default, view.version) for view in buffer] == [
        ("site", 10, 15, 1),
        ("kind", 0, 15, 2),
    ]
    assert (buffer[0].min, buffer[0].max) == (0, 120)
    assert next(view for view in seen if view.policy == "floor.theme").scope == "default"
    # what each scope says, by whom and since when, widest first; the editor needs no second look
    assert [(v.scope, v.kind, v.value, v.by_name, v.at) for v in buffer[0].values] == [
        ("site", None, 10, "Manager", house.now),
        ("kind", "event", 0, "Manager", house.now),
    ]
    assert buffer[0].newest == 2
    await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=None)
    buffer = [v for v in await views.catalogue(house.pool, ORG, SITE) if v.policy == "dining.buffer_min"]
    assert [(v.scope, v.value, v.version, v.newest) for v in buffer] == [("default", 15, 0, 3), ("kind", 0, 2, 3)]


async def test_a_text_for_guests_is_edited_seen_and_put_back(house):
    policy, own = "template.booking_confirmed.sms", {"body": "{house} keeps your table, {guest_name}. {link}"}
    await house.done("set_policy", actor=MANAGER, policy=policy, value=own, reason="Shorter")
    assert await in_force(house, policy) == own
    seen = next(v for v in await views.catalogue(house.pool, ORG, SITE) if v.policy == policy)
    assert (seen.value, seen.unit, seen.variables[0]) == (own, "template", "guest_name")
    await house.done("set_policy", actor=MANAGER, policy=policy, value=None)
    assert await in_force(house, policy) == POLICIES[policy].default
    await house.done("restore_policy", actor=MANAGER, policy=policy, version=1)
    assert await in_force(house, policy) == own
