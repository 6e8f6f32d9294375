"""Which role may do what (R-RBA-01). Permissions decide; roles are names for sets of them."""

_ANYBODY = {"availability.read"}  # whoever works here
_FLOOR_READ = _ANYBODY | {"floor.read", "book.read"}
_SERVICE = {"seating.write", "floor.status", "undo"}
_GUESTS = {"guests.read", "guests.write", "messages.read", "messages.write"}
_HOST = _FLOOR_READ | _SERVICE | _GUESTS | {
    "waitlist.read", "host.write", "book.write", "floor.sections", "staff.read", "slots.tonight",
}  # fmt: skip
_MANAGER = _HOST | {
    "floor.edit", "policy.read", "policy.edit", "journal.read", "clock.set", "import", "book.delete", "guests.merge",
    "guests.blacklist", "guests.delete", "keys.manage", "slots.edit",
}  # fmt: skip

PERMISSIONS: dict[str, frozenset[str]] = {
    "super_admin": frozenset(_MANAGER | {"people.manage"}),
    "admin": frozenset(_MANAGER),
    "manager": frozenset(_MANAGER),
    "station_manager": frozenset(_MANAGER - {"clock.set", "import"}),
    "host": frozenset(_HOST | {"clock.set", "guests.merge"}),
    "server": frozenset(_FLOOR_READ | _SERVICE | {"guests.read"}),
    "kitchen": frozenset(_ANYBODY | {"floor.read"}),
    "customer_support": frozenset(_ANYBODY | _GUESTS | {"book.read", "book.write", "waitlist.read"}),
    "chef": frozenset(),
}
"""A chef's own profile and events come with the chefs' work; until then the role opens nothing."""

CHANNEL_READ: dict[str, str] = {
    "floor": "floor.read", "book": "book.read", "waitlist": "waitlist.read", "messages": "messages.read",
    "availability": "availability.read", "slots": "book.read",
}  # fmt: skip
"""The permission that opens each kind of channel: a role reads a whole channel or nothing."""

GUEST: frozenset[str] = frozenset({"guest.scan", "guest.ticket"})


def permissions(roles: list[str] | None) -> frozenset[str]:
    return frozenset().union(*(PERMISSIONS.get(role, frozenset()) for role in roles or ()))
