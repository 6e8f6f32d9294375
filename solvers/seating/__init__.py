"""Seating: which table suits a party, and when the next one will.

`problem` holds the words (ints, minutes and indices only), `best_fit` ranks every table and joined pair for one party,
`line` plays the waiting line forward. `evening` holds the words of a whole service; `plan` seats it: `places` and
`options` say what is legal and what it costs, `search` betters the greedy answer, `relax` bounds it, `exact` proves it,
`reasons` puts it in words. `check` verifies every answer without sharing a line of their code.
"""
