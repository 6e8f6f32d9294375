"""Reservations: what a host may ask of a dining booking — take it, place it, and decide when it comes, is late or not.

Promise: a booking is taken with its table or not at all (F-AVL-04): of any number of askers for the last table one gets
it, the others get up to three other times of that day. Nobody is a no-show before the grace is over (G-14), and then
only by the host's word. A table given back goes to the waiting line first.

Decided: a booking that finds no table is refused as `full`; only a party above the events-team line (R-AVL-04) is taken
*unplaced* then, since somebody calls it anyway and joins tables by hand.
"""
