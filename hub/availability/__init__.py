"""Availability: when a party may come, why not, and what else would do.

Promise: what is offered can be booked. A time is *free* when `book` would take it as everybody is planned; it is
*moving* when some legal re-seating of those who have a table makes room, found by the solver and replayed by code that
shares none of its own; it is *full* only where there is no such way, or it is said that nobody had the time to look
(`exact` false). A no comes with facts that rule the party out by themselves, none of them needless, and with the
nearest changes that were tried and found possible. Only who may read the book learns another guest's name.

Whoever has a table has a promise, whatever the booking's status, and so has a confirmed booking without one. Who stands
at the door has none; what is kept for them (offers, openings) is nobody else's. The plan's pacing limits no bookings.

A table meant for more people is offered to nobody; the host may still give it to them, and is warned. So a time can be
full here that a host's `book` takes.

How somebody gets in by moving others is a *certificate*: kept for some minutes, taken up by `book`, which plans all of
them in one commit, checked again under the site's lock, all of it or nothing; then it stays with the booking.

Where: `problem` puts an evening into the solver's words, `days` keeps the days to come as bits, up to date from the
journal, `words` says why, `thinking` asks the processes that think, `certificates` and `actions` take and store,
`views` is what watchers see.
"""
