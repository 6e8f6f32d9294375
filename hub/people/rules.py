"""What may be decided about people without asking anybody. Pure."""

from collections.abc import Collection

STANDING = (
    "super_admin", "admin", "manager", "host", "server", "kitchen", "customer_support", "station_manager", "chef",
)  # fmt: skip
"""Roles by how much they may do; a person with several is shown as the first of them."""


def initials(name: str) -> str:
    """Two letters for a badge: the first of the first and of the last word."""
    words = [word for word in name.split() if word[0].isalnum()] or [name]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])
    return letters.upper()


def chief(roles: Collection[str]) -> str:
    """The role a person is shown as."""
    return min(roles, key=STANDING.index, default="")


def leaves_no_admin(*, was_one: bool, stays_one: bool, others: int) -> bool:
    """Whether a change takes the organisation its last active super admin."""
    return was_one and not stays_one and others == 0
