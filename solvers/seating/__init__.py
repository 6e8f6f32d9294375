"""Seating: which table suits a party, and when the next one will.

`problem` holds the words (ints, minutes and indices only), `best_fit` ranks every table and joined pair for one party,
`line` plays the waiting line forward, `check` verifies either answer without sharing a line of their code.
"""
