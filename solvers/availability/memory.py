"""What questions about one evening leave behind for the next ones."""

import numpy as np

PLANS_MOST = 8


class Memory:
    """`prices`: one a table, that proved an instant (minute) too full; the last proof's first. `plans`: a place for
    each party kept, that made room for somebody; the last first.
    """

    def __init__(self) -> None:
        self.prices: dict[int, np.ndarray] = {}
        self.plans: list[np.ndarray] = []

    def proved(self, tau: int, prices: np.ndarray) -> None:
        """The instant `tau` is too full, at these prices."""
        self.prices = {tau: prices} | {other: known for other, known in self.prices.items() if other != tau}

    def made_room(self, plan: np.ndarray) -> None:
        """Somebody new has a place in this plan."""
        self.plans = [plan, *(known for known in self.plans if not np.array_equal(known, plan))][:PLANS_MOST]

    def of_prices(self) -> "Memory":
        """For questions among other parties: what tables cost at an instant is a good guess there, too."""
        other = Memory()
        other.prices = self.prices
        return other
