"""Half-open spans [start, end) of time. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

Span: TypeAlias = tuple[datetime, datetime]


def overlap(a: Span, b: Span) -> bool:
    """Whether two half-open spans [start, end) meet. Nowhere else is this asked of spans in Python."""
    return a[0] < b[1] and b[0] < a[1]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same moments as few spans in order; those that touch become one."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        elif start < end:
            out.append((start, end))
    return out


def within(spans: Iterable[Span], bounds: Span) -> list[Span]:
    """What of the spans lies within the bounds."""
    return [(max(span[0], bounds[0]), min(span[1], bounds[1])) for span in spans if overlap(span, bounds)]


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What of the spans is in none of the holes, in order."""
    left = merged(spans)
    for hole in merged(holes):
        cut: list[Span] = []
        for start, end in left:
            if overlap((start, end), hole):
                cut += [(a, b) for a, b in ((start, hole[0]), (hole[1], end)) if a < b]
            else:
                cut.append((start, end))
        left = cut
    return left
