"""Waitlist: the parties at the door and those who wait for a time that is full; what they were told, and offered.

Promise: a quote is the next moment a table fits for a whole turn, played forward over everybody before in line and all
plans (F-WTL-02), and beside it an interval where a slice above has played the evening with turns as they are
(`forecasts`); the same play gives positions and suggestions. Those are derived rows (`wait`, `quote`), written by
`refresh_waiting` only and only when they differ, so that they never get in the way of people editing a party.

What is given back goes to those who wait before the public may have it (F-WTL-04): `reactions` hear of it, `matching`
chooses, `asking` keeps the tables and asks, `offers` sees it through. A party has at most one offer, a table at one
time at most one; an answer counts until `expires_at` and not one moment longer, whatever the timer did (R-WTL-03); one
miss is forgiven, the second ends the wait (C-42). Who lets an opening pass is not offered it again.

Words: *door* = walk-ins, in line for tonight; *slot entry* = waits for a time; *line* = active and notified parties,
higher priority first, then first come; *ready at* = when a table should fit; *quote* = what a party was told, in
minutes from `quoted_at`; *opening* = tables given back; *chain* = the offers one opening led to; *miss* = an offer let
pass.
"""
