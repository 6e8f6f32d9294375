"""History: what was done here lately, in words, and what of it can be taken back."""
