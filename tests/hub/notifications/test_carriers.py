"""What every carrier has to pass, whoever it works for."""

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.notifications.carriers import Carrier, ConsoleCarrier, FlakyCarrier, Letter, NotEverError, NotNowError

LETTER = Letter(
    id="m1", channel="sms", recipient="+44 20 7946 0958", name="Ada", subject=None, body="Your table is ready, Ada."
)


class Console:
    """The console's letters, counted by what it says."""

    def __init__(self) -> None:
        self.carrier: Carrier = ConsoleCarrier()

    def arrived(self, logs: list[Any]) -> list[str]:
        return [line["message"] for line in logs if line["event"] == "carried"]


class Flaky:
    def __init__(self) -> None:
        self.flaky = FlakyCarrier()
        self.carrier: Carrier = self.flaky

    def arrived(self, _logs: list[Any]) -> list[str]:
        return [letter.id for letter in self.flaky.arrived]


@pytest.mark.parametrize("make", [Console, Flaky])
async def test_carries_once_however_often_it_is_given(make: Callable[[], Any]):
    kind = make()
    with capture_logs() as logs:
        first = await kind.carrier.carry(LETTER)
        assert first.status in ("sent", "delivered")
        assert await kind.carrier.carry(LETTER) == first
    assert kind.arrived(logs) == ["m1"]


@pytest.mark.parametrize("make", [Console, Flaky])
async def test_says_nothing_of_a_guest_in_any_log(make: Callable[[], Any]):
    kind = make()
    with capture_logs() as logs:
        await kind.carrier.carry(LETTER)
    for private in (LETTER.recipient, LETTER.body, LETTER.name):
        assert private not in str(logs)


@pytest.mark.parametrize("make", [Console, Flaky])
async def test_two_letters_are_two(make: Callable[[], Any]):
    kind = make()
    with capture_logs() as logs:
        await kind.carrier.carry(LETTER)
        await kind.carrier.carry(Letter(id="m2", channel="email", recipient="a@b", name="Ada", subject="S", body="B"))
    assert kind.arrived(logs) == ["m1", "m2"]


def test_a_letter_does_not_tell_itself():
    for private in (LETTER.recipient, LETTER.body, LETTER.name):
        assert private not in repr(LETTER)


async def test_the_flaky_one_is_flaky_as_told():
    flaky = FlakyCarrier([NotNowError, "lost", NotEverError("no such number")])
    with pytest.raises(NotNowError):
        await flaky.carry(LETTER)
    assert flaky.arrived == []
    with pytest.raises(OSError):
        await flaky.carry(LETTER)
    with pytest.raises(NotEverError):
        await flaky.carry(LETTER)
    assert (await flaky.carry(LETTER)).status == "sent"
    assert [letter.id for letter in flaky.arrived] == ["m1"]
