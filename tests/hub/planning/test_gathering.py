"""When a plan is begun and when it is called off, by a clock that stands where it is put."""

import pytest

from hub.planning.gathering import AT_ONCE_EVERY_S, CALM_S, GATHER_MAX_S, GATHER_S, STILL_S, Gathering

THINKS_S = 0.25
LOST_S = 2.0  # F-ASN-09
SAVING_S = 0.4  # of these, for thinking and storing: its whole budget


class Site:
    """A site under a row of facts: what a planner would do about them, moment by moment."""

    def __init__(self) -> None:
        self.gathering = Gathering()
        self.now = 0.0
        self.done_at: float | None = None
        self.begun: list[float] = []
        self.done: list[float] = []
        self.called_off: list[float] = []

    def until(self, moment: float) -> None:
        while True:
            at = self.gathering.due() if self.done_at is None else self.done_at
            if at is None or max(at, self.now) > moment:
                break
            self.now = max(at, self.now)
            if self.done_at is None:
                self.gathering.begin(self.now)
                self.begun.append(self.now)
                self.done_at = self.now + THINKS_S
            else:
                self._end(self.done)
        self.now = moment

    def _end(self, kind: list[float]) -> None:
        self.gathering.end()
        kind.append(self.now)
        self.done_at = None

    def hear(self, moment: float, *, at_once: bool = False) -> None:
        self.until(moment)
        if self.gathering.hear(self.now, at_once=at_once):
            self._end(self.called_off)

    def storm(self, every: float, seconds: float, *, at_once: bool = False) -> None:
        begin = self.now
        for n in range(int(seconds / every)):
            self.hear(begin + n * every, at_once=at_once)


@pytest.fixture
def site() -> Site:
    return Site()


def test_in_calm_facts_are_gathered_for_half_a_second(site: Site):
    assert site.gathering.due() is None
    site.hear(1.0)
    site.hear(1.1)
    site.until(60.0)
    assert site.begun == [pytest.approx(1.0 + GATHER_S)]
    assert site.done[0] - 1.0 < 1.0
    assert site.gathering.due() is None


def test_more_that_is_still_coming_is_waited_for_but_not_for_ever(site: Site):
    site.hear(0.0)
    site.hear(0.35)
    site.until(10.0)
    assert site.begun == [pytest.approx(0.35 + STILL_S)]
    other = Site()
    other.storm(0.1, 10.0)
    assert other.begun[0] == pytest.approx(GATHER_MAX_S)


def test_in_calm_a_newer_state_calls_the_search_off_at_once(site: Site):
    site.hear(0.0)
    site.hear(GATHER_S + 0.1)
    assert site.called_off == [pytest.approx(GATHER_S + 0.1)]
    site.until(10.0)
    assert site.done == [pytest.approx(site.begun[1] + THINKS_S)]
    assert site.begun[1] == pytest.approx(GATHER_S + 0.1 + 2 * GATHER_S)  # disturbed: gathered twice as long


@pytest.mark.parametrize("every", [0.01, 0.05, 0.15, 0.3, 0.35, 0.5, 0.7])
def test_a_storm_gets_its_plans_and_few_are_begun_in_vain(every: float):
    site = Site()
    site.storm(every, 60.0)
    assert len(site.called_off) <= 60 / 10
    assert site.done[0] <= 5.0
    longest = max(b - a for a, b in zip(site.done, site.done[1:], strict=False))
    assert longest <= 2 * GATHER_MAX_S + 2 * THINKS_S
    if every <= STILL_S:
        assert site.called_off == []  # what would certainly be called off is not begun
        assert len(site.begun) <= 60 / GATHER_MAX_S
    begun = len(site.begun)
    last = site.gathering.heard_at
    site.until(last + 10.0)
    assert site.begun[-1] >= last  # the newest state wins
    assert len(site.begun) <= begun + 2
    assert site.done[-1] <= last + GATHER_MAX_S + 2 * THINKS_S


def test_after_a_storm_calm_brings_the_short_gathering_back(site: Site):
    site.storm(0.05, 20.0)
    assert site.gathering.window_s == GATHER_MAX_S
    soon = site.now + CALM_S / 2
    site.hear(soon)
    assert site.gathering.window_s == GATHER_MAX_S
    later = soon + CALM_S + GATHER_MAX_S + THINKS_S
    site.hear(later)
    site.until(later + 10.0)
    assert site.begun[-1] == pytest.approx(later + GATHER_S)
    assert site.gathering.window_s == GATHER_S  # nobody disturbed it


def test_a_lost_table_is_not_gathered_and_its_search_is_let_finish(site: Site):
    site.hear(5.0)
    site.hear(5.1, at_once=True)
    site.until(5.1)
    assert site.begun == [5.1]
    site.hear(5.2)
    site.hear(5.3, at_once=True)
    assert site.called_off == []
    site.until(20.0)
    assert site.begun == [5.1, pytest.approx(5.2 + 2 * GATHER_S)]
    assert site.begun[1] <= 5.1 + AT_ONCE_EVERY_S
    site.hear(20.0)
    site.until(30.0)
    assert site.begun[2:] == [pytest.approx(20.0 + GATHER_S)]  # no lost table, no haste


def test_a_lost_table_that_had_to_wait_is_as_firm_and_not_forgotten_over_what_follows(site: Site):
    site.hear(5.0, at_once=True)
    lost = 5.0 + THINKS_S + 0.05
    site.hear(lost, at_once=True)
    site.hear(lost + GATHER_S + 0.1)
    assert site.called_off == []
    stormy = Site()
    stormy.storm(0.05, 10.0)
    lost = stormy.begun[-1] + GATHER_MAX_S / 2
    stormy.hear(lost, at_once=True)
    stormy.hear(lost + THINKS_S + 0.1, at_once=True)
    stormy.hear(lost + THINKS_S + 0.2)
    stormy.until(lost + 5.0)
    assert [at for at in stormy.begun if at >= lost] == [lost, pytest.approx(lost + AT_ONCE_EVERY_S)]


def test_an_ordinary_search_is_called_off_for_a_lost_table(site: Site):
    site.hear(0.0)
    lost = GATHER_S + 0.1
    site.hear(lost, at_once=True)
    site.until(lost)
    assert (site.called_off, site.begun[-1]) == ([pytest.approx(lost)], pytest.approx(lost))


@pytest.mark.parametrize("every", [0.02, 0.2, 0.7])
def test_tables_lost_one_after_the_other_are_seen_to_in_time_without_a_search_for_each(every: float):
    site = Site()
    site.storm(0.05, 10.0)
    begin = site.now
    site.storm(every, 30.0, at_once=True)
    site.until(site.now + 10.0)
    lost = [begin + n * every for n in range(int(30 / every))]
    for moment in lost:
        begun = next(at for at in site.begun if at >= moment - 1e-9)
        assert begun - moment <= LOST_S - SAVING_S
    if every < GATHER_S:
        assert len([at for at in site.begun if at >= begin]) <= 30 / AT_ONCE_EVERY_S + 2


def test_what_the_rows_already_had_asks_for_no_other_round(site: Site):
    site.hear(0.0)
    site.until(GATHER_S)
    site.gathering.hear(GATHER_S + 0.01, at_once=True)
    site.gathering.known()
    site.until(10.0)
    assert len(site.begun) == 1
    assert site.gathering.window_s == GATHER_S  # nobody disturbed it
    site.hear(20.0)
    site.until(30.0)
    assert site.begun[1] == pytest.approx(20.0 + GATHER_S)
