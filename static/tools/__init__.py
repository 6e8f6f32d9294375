"""Small tools for the files of the screens."""
