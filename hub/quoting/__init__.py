"""Quoting: how long the line will wait, from how long parties really stay here.

Promise: a quote is an interval from the evening of now played forward a few thousand times (F-WTL-02): who sits where,
in which stage and since when, what is being cleared, whose booking is to come, who stands before in line, how tonight
goes so far. One party in ten sits earlier, one in ten later; what was told is held against what was waited, and
managers see it. Turns are learned from the house's own finished parties, by size, hour and stage (F-DUR-02); until
enough are known they are the default, and whoever reads a quote sees which it was.

The same floor at the same minute says the same, in any process: draws come from the site and its service date, turns
from the evenings before today's. The house's loop is never blocked: a thread of its own plays, and where it is late,
busy or not loaded yet, the line is told by the rule alone (`waitlist.rules`), and its rows say so.

Nothing here writes: a forecast is made before `add_party` and `refresh_waiting` take their lock, and they store it.

Where: `problem` puts the evening into the solver's words, `turns` keeps what was learned, `thinking` plays, `preparing`
hands it to the commands, `records` holds promises against waits.

Words: *turn* = from sitting down until the table is left; *newcomer* = a party that is about to join the line;
*promise* = the interval a party was told.
"""
