"""The words of the house: everything that crosses the wire, and nothing else.

One module per capability (`floor`, `seating`, `waitlist` …), each with its commands (wishes), facts (past tense) and
rows (what screens show). `base` holds the shapes they share, `catalogue` the closed sets the decoders are built from.
"""
