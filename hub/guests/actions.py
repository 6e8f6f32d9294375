"""The only place guests change."""
