"""When a site's next plan is begun, and whether one that is being thought out is called off. Pure: the clock comes in.

In calm a fact waits `GATHER_S` for others, and a search is called off by whatever is heard while it lasts. Where facts
keep coming, a search is not begun only to be called off: the gathering goes on until nothing was heard for `STILL_S`,
and each search that was disturbed doubles it, up to `GATHER_MAX_S`. What is begun then is *firm*: it is let finish, so
that a storm gets its plan too, and the state after it the next one. A calm of `CALM_S` brings the short gathering back.

A lost table is not gathered at all. Its search is firm; another one lost soon after waits until `AT_ONCE_EVERY_S` after
it was begun, which leaves a second of the two that are promised for thinking and storing.
"""

from dataclasses import dataclass

GATHER_S = 0.4  # facts that come together make one plan; with its thinking it stays within a second
GATHER_MAX_S = 1.6  # under continuous change
STILL_S = 0.2  # silence after which nothing more is expected to come
CALM_S = 1.0  # silence after which a storm is over
AT_ONCE_EVERY_S = 1.0  # between two searches that did not wait

NEVER = float("-inf")


@dataclass(slots=True)
class Gathering:
    """Of one site; all moments in seconds of one monotonic clock."""

    window_s: float = GATHER_S
    opened_at: float | None = None  # the first fact that no plan has yet
    heard_at: float = NEVER
    at_once: bool = False
    at_once_at: float = NEVER
    thinking: bool = False
    firm: bool = False
    disturbed: bool = False

    def hear(self, now: float, *, at_once: bool = False) -> bool:
        """A fact that matters. True: what is being thought out is to be called off."""
        if not self.thinking and now - self.heard_at >= CALM_S:
            self.window_s = GATHER_S
        self.opened_at = now if self.opened_at is None else self.opened_at
        self.heard_at = now
        self.at_once |= at_once
        self.disturbed |= self.thinking
        return self.thinking and not self.firm

    def due(self) -> float | None:
        """When the next plan is to be begun, as things are; None: nothing was heard that the last one has not."""
        if self.opened_at is None:
            return None
        still = min(self.heard_at + STILL_S, self.opened_at + GATHER_MAX_S)
        due = max(self.opened_at + self.window_s, still)
        return min(due, self.at_once_at + AT_ONCE_EVERY_S) if self.at_once else due

    def begin(self, now: float) -> None:
        """The rows are read from here on."""
        self.firm = self.at_once or self.window_s >= GATHER_MAX_S or self.heard_at + STILL_S > now
        if self.at_once:
            self.at_once_at = now
        self.opened_at, self.at_once = None, False
        self.thinking, self.disturbed = True, False

    def known(self) -> None:
        """All that was heard since the beginning is in the rows that were read."""
        self.opened_at, self.at_once, self.disturbed = None, False, False

    def end(self) -> None:
        """It is stored, or was called off."""
        if self.disturbed:
            self.window_s = min(2 * self.window_s, GATHER_MAX_S)
        self.thinking = self.firm = False
