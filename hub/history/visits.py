"""A guest's evenings here, past and to come."""

ROUTES: tuple = ()
