"""Availability: may this party come at this time, and if not, why not and what else would do?

`days` answers from bits while nobody moves: a day, or a calendar of them. `asking` answers exactly: yes iff some legal
re-seating of those who have a promise makes room, with the moves; no with its proof. `why` finds what stands in the way
and what would help. `grid` is a day's slots for one party. `check` verifies the answers without sharing their code.
"""
