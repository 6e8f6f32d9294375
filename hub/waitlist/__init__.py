"""Waitlist: the parties at the door, what they were told, and what the house would give them.

Promise: a quote is the next moment a table fits for a whole turn, played forward over everybody before in line and all
plans (F-WTL-02); the same play gives positions and suggestions. Those are derived rows (`wait`, `quote`), written by
`refresh_waiting` only and only when they differ, so that they never get in the way of people editing a party.

Words: *line* = active and notified parties, higher priority first, then first come; *ready at* = when a table should
fit; *quote* = what a party was told, in minutes from `quoted_at`.
"""
