"""A scene thought out: the problem, a mind, and the answer in the host's words."""

from dataclasses import dataclass

from hub.planning.minds import Minds, Thought
from hub.planning.problem import Placed, Puzzle, Scene, answer, puzzle
from hub.planning.words import placements
from schemas.planning import Placement, Score
from solvers.seating.evening import Plan


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan of a scene: how good it is, everybody's line in it, and what it would change."""

    score: Score
    lines: list[Placed]
    placements: list[Placement]
    puzzle: Puzzle
    plan: Plan


async def plan(minds: Minds, scene: Scene, ms: float, known: Planned | None = None) -> Planned:
    """Thinks for `ms` at most; not at all where the scene is the very problem that `known` answers. Its caller may be
    cancelled at any moment; then the search is called off."""
    asked = puzzle(scene)
    if known is not None and known.score.flag is None and known.puzzle.evening == asked.evening:
        return planned(scene, asked, Thought(known.plan))
    return planned(scene, asked, await minds.solve(asked.evening, ms))


def planned(scene: Scene, asked: Puzzle, thought: Thought) -> Planned:
    """A thought in ids and words."""
    found = thought.plan
    lines = answer(asked, found)
    score = Score(
        found_by=found.by, proven=found.proven, gap=round(found.gap, 6), cost=found.cost, bound=found.bound,
        covers=found.covers, terms={name: points for name, points in found.terms.items() if points},
        flag=thought.flag,
    )  # fmt: skip
    return Planned(score, lines, placements(scene, lines), asked, found)
