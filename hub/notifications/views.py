"""What screens see of messages."""

ROWS: tuple = ()
