"""Imports: `maitred import` takes a house's own floor plan, book and guests from CSV or JSON.

Promise: all or nothing. Files are read, checked and staged outside the site's lock; one command then takes every line
or none. Each bad line is named by file, line and field. The same file twice adds nothing.

`reading` turns files into lines · `rules` reads times and matches lines to what is there · `actions` takes them in ·
`cli` is the command.
"""
