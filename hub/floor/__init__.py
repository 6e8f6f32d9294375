"""Floor: areas, tables, joins and sections — the furniture and who works it, not the parties at it.

Promise: a table's state moves along one table of allowed moves (F-TAB-03), by hand or by the party at it; an area's
capacity is what its active tables add up to (R-TAB-21); inactive tables never enter a calculation (R-TAB-13).

Words. *Join*: two tables of one area that may be pushed together (G-28). *Section*: the tables one server works.
*Reserved* is no stored state: screens draw it from a hold's `reserved_from`.
"""
