"""Planning: the evening's seating as a whole, proposed by the house and decided by people.

Promise: within a second of a fact that matters (three where facts keep coming) there is a plan of tonight that is
legal, checked by code that shares none of the solver's, and never worse than everybody staying where they are; a lost
table re-places its bookings, or lists them without a table and says why, within two seconds (F-ASN-09). A solver that
crashes, hangs or lies costs the plan its proof, never the house its plan: then the simple plan stands, with a flag.

A plan is derived rows, `plan` and `ghost`, written by `store_plan` only and only when they differ; it never raises the
version of what people edit. Accepting it is an ordinary command, checked again under the site's lock against the floor
of now: all of it or nothing. What a policy (`planning.auto_accept`) grants is done in the commit that stores the plan.

`problem` translates rows into the solver's words and back, `words` says why, `minds` are the processes that think,
`hearing` says which facts matter and `gathering` when a plan is begun or called off, `planner` listens, thinks and
stores, `moving` re-checks and moves, `forks` asks what if.

Words: *basis* = the site's seq a plan was made from; *placement* = one booking's line in it; *ghost* = a placement on
screen; *pin* = a host wants a booking left where it is; *kept* = cannot be moved by the plan; *lost* = a table that is
out of service or off the plan.
"""
