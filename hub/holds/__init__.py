"""Holds: the one table of planned use. Planned holds of one table never overlap; what *is* lives in seatings.

Promise: the database refuses the second of two overlapping holds (`hold_no_overlap`), whoever asks; a hold is taken for
all of its tables or for none. A seating takes over its owner's holds and is clipped at the next hold: an overstay never
moves somebody else's plan. A table given back is an *opening* for a moment, so that the waiting line is served before
the public; a party that is being seated, and an offer, go before an opening. What is offered to a waiting party is held
for it like any plan: a table has one live offer at a time.

Words. *During* [start, end): the turn with its cleaning buffer inside. *Owner*: the booking, seating, offer, checkout,
opening or block it is kept for.
"""
