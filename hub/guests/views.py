"""What doors and other slices see of guests."""

ROWS: tuple = ()
