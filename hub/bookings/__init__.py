"""Bookings: code, party, place and life cycle, common to dining and events.

Promise: a booking moves along one table of states (F-RES-02) and what a move means is stamped in the same write
(R-RES-12); its code is its own at this site (R-RES-02), and so is its ticket, which it hands on when it is moved. Its
tables are its holds; *unplaced* means it has none and wants some. One that was deleted is on no screen and no list, and
keeps its code, until it is restored. When and where a dining booking may be made is for `reservations`, above.
"""
