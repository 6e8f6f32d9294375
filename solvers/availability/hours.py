"""When a day takes guests, and how many at once: the rules that no re-seating can bend."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from solvers.seating.evening import Pacing, Party


class Cap(Struct, frozen=True):
    """At most `covers` in minutes [start, end): an edited time slot, or what the staff on duty can serve."""

    start: int
    end: int
    covers: int


class Over(Struct, frozen=True):
    """A limit in the way: `hours` (not a start that is offered), `pacing` (too many come in the span that begins at
    `minute`), `staff` (too many at table at `minute` for those on duty).
    """

    kind: str
    minute: int


class Hours(Struct, frozen=True):
    """The minutes offered as starts (None = any), and the limits, which all hold together.

    `pacing` and `starting` count parties by the minute they come; `sitting` counts covers for as long as they hold
    their tables, cleaning included (R-AVL-07, R-AVL-09).
    """

    starts: tuple[int, ...] | None = None
    pacing: Pacing = Pacing()
    starting: tuple[Cap, ...] = ()
    sitting: tuple[Cap, ...] = ()

    def at(self, minute: int) -> list[Cap]:
        """The limits on starting that hold at a minute; pacing windows are counted from minute 0."""
        caps = [cap for cap in self.starting if cap.start <= minute < cap.end]
        if self.pacing.covers:
            begin = minute - minute % self.pacing.window_min
            caps.append(Cap(begin, begin + self.pacing.window_min, self.pacing.covers))
        return caps

    def over(self, promised: Iterable[Party], asked: Sequence[Party]) -> Over | None:
        """The first limit that `asked` would break beside the `promised` parties; limits those break by themselves let
        nobody else in.
        """
        everybody = [*promised, *asked]
        for party in asked:
            if self.starts is not None and party.start not in self.starts:
                return Over("hours", party.start)
            for cap in self.at(party.start):
                if sum(p.covers for p in everybody if cap.start <= p.start < cap.end) > cap.covers:
                    return Over("pacing", cap.start)
            for cap in self.sitting:
                minute = self._too_many(cap, party, everybody)
                if minute is not None:
                    return Over("staff", minute)
        return None

    @staticmethod
    def _too_many(cap: Cap, party: Party, everybody: list[Party]) -> int | None:
        """The first minute of the party's stay at which more than the limit are at table. Counts only rise when
        somebody comes.
        """
        begin, end = max(cap.start, party.start), min(cap.end, party.end)
        together = [p for p in everybody if p.start < end and begin < p.end]
        for minute in sorted({begin, *(p.start for p in together if begin < p.start)} if begin < end else ()):
            if sum(p.covers for p in together if p.start <= minute < p.end) > cap.covers:
                return minute
        return None
