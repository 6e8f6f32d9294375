"""What follows others' facts."""

REACTIONS: tuple = ()
