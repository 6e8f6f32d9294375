"""Tickets: guests' own pages, through the link they were sent.

Promise: whoever holds the link sees that one booking or place in line, and never staff's notes, tags, flags or anybody
else; changing or cancelling takes a one-time code sent to the booking's own contact (R-RES-05, G-21). Everything can be
read, and done, without script.
"""
