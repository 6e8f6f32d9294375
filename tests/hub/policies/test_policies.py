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
        ("assign.weights", {"wasted_seat": 4}), ("assign.weights", {"wasted_seat": -1, "feature": 3, "preference": 2, "priority": 1}),
    ],
)  # fmt: skip
async def test_a_wrong_value_is_refused_naming_the_field(house, policy, value):
    refused = await house.refused("set_policy", actor=MANAGER, policy=policy, value=value)
    assert (refused.code, refused.field) == ("invalid", "value")
    assert await in_force(house, policy) == POLICIES[policy].default


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
