"""Which role may do what (R-RBA-01). Permissions decide; roles are names for sets of them."""

_FLOOR_READ = {"floor.read", "book.read"}
_SERVICE = {"seating.write", "floor.status", "undo"}
_HOST = _FLOOR_READ | _SERVICE | {"waitlist.read", "host.write", "book.write", "floor.sections"}
_MANAGER = _HOST | {"floor.edit", "policy.read", "policy.edit", "staff.read", "journal.read", "clock.set", "import"}

PERMISSIONS: dict[str, frozenset[str]] = {
    "super_admin": frozenset(_MANAGER | {"people.manage"}),
    "admin": frozenset(_MANAGER),
    "manager": frozenset(_MANAGER),
    "host": frozenset(_HOST | {"staff.read", "clock.set"}),
    "server": frozenset(_FLOOR_READ | _SERVICE),
    "kitchen": frozenset({"floor.read"}),
    "customer_support": frozenset({"book.read", "book.write"}),
    "station_manager": frozenset(),
    "chef": frozenset(),
}

CHANNEL_READ: dict[str, str] = {"floor": "floor.read", "book": "book.read", "waitlist": "waitlist.read"}
"""The permission that opens each kind of channel: a role reads a whole channel or nothing."""

GUEST: frozenset[str] = frozenset({"guest.scan"})


def permissions(roles: list[str] | None) -> frozenset[str]:
    return frozenset().union(*(PERMISSIONS.get(role, frozenset()) for role in roles or ()))
