"""Token buckets in memory: how fast one actor may ask (F-SEC-02). Wall time, never house time."""

from collections import OrderedDict
from time import monotonic

ACTORS_MAX = 10_000  # buckets kept; the longest idle one is forgotten first, and a forgotten bucket is a full one


class Buckets:
    """`per_second` tokens flow back, up to `burst`."""

    def __init__(self, *, per_second: float, burst: float) -> None:
        self.per_second, self.burst = per_second, burst
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, actor: str) -> float:
        """0 if the actor may go on; else the seconds to wait."""
        now = monotonic()
        tokens, since = self._left.pop(actor, (self.burst, now))
        tokens = min(self.burst, tokens + (now - since) * self.per_second)
        allowed = tokens >= 1
        self._left[actor] = (tokens - 1 if allowed else tokens, now)
        if len(self._left) > ACTORS_MAX:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self.per_second
