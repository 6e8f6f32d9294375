"""Guests: one person per organisation, one profile of them per site.

Promise: a phone number is one living person in an organisation, whoever writes it down and however; what a site notes
about them never leaves it. Merging two records of one person loses nothing of either.

Words: a *guest* is the person (name, phone, e-mail, dates: the same everywhere); a *profile* is what one site knows of
them (allergies, tags, notes, counts). Their *flags* are what lasts; a booking of theirs carries a copy.
"""
