"""Doors."""

ROUTES: tuple = ()
