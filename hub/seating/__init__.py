"""Seating: the party that is at a table now.

Promise: a table has at most one open seating, whoever taps first and however often; the database holds the line
(`seating_one_per_table`) even if these rules should ever be wrong. A seating's turn is planned use too: it has an
active hold on its tables (its booking's, or one of its own) that ends where the next hold begins, so one table of holds
tells the whole evening. An overstay moves nobody's plan; it is shown.

Words: *turn* = the minutes a party is given, from `seated_at`; *turn by* = when the next party wants the table;
*owner* = who the hold is named to, the booking if there is one, else the seating itself.
"""
