"""The only place messages are written."""
