"""Reservations: what staff and guests may ask of a dining booking — take it, change it, move it, place it, and decide
when it comes, is late or not.

Promise: a booking is taken with its table or not at all (F-AVL-04): of any number of askers for the last table one gets
it, the others get up to three other times. A change or a move fits as a whole, or the booking keeps its time and its
tables (F-RES-05). What the guest is told is written in the same commit. Nobody is a no-show before the grace is over
(G-14), and then only by the host's word. A table given back goes to the waiting line first.

Invariants: of a chain of moves one booking is not moved on, and it has the guest's link; the others know where it went.
Notes, tags, tables and other bookings never stand in an answer to a guest (`answers.discreet`).

Decided: a booking that finds no table is refused as `full`; only a party above the events-team line (R-AVL-04) is taken
*unplaced* then, since somebody calls it anyway and joins tables by hand. What staff are warned of (a closed house, a
guest nobody can reach) is refused where no host stands in between. A guest's card is copied onto their bookings to come
and kept up by a reaction, so that a floor screen needs no cards.

Where: `actions` (take, place, cancel …), `changes` (edit, move, delete, restore), `late`; `checks` is what may be said
of a wish, for the command and for the dry run at the door; `tables`, `known` and `told` do the work of all of them.
"""
