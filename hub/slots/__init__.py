"""Slots: the house's calendar of what may be booked — which times, for how many covers, in which areas.

Promise: a house that configures nothing takes bookings whenever it is open, on its step, as many as its tables hold
(G-03). What is configured counts from the commit on: rules for weekdays, records for single times (F-AVL-11), special
days and closures (F-AVL-07), the staff of an evening and rain (F-AVL-08), an area's own hours (F-TAB-09). Bookings that
stand are never touched; the host sees to them.

Words. *Slot*: a time that may be booked, taking arrivals from its start until the next one, at most for its *step*.
*Rule*: what recurs on weekdays within its window; outside of any window the opening hours hold. *Record*: what one
time of one day has of its own. *Cap*: covers that may arrive in a slot, lowered where staff is short. *Shut*: of an
area, not to be had for a turn. *Closure*: a span in which the house takes nobody in, or an area is shut.

Where: `calendar` judges (pure), `rules` says what makes no sense, `changes` what a wish makes of it (pure), `actions`
keeps the configuration, `views` reads it and has it pushed to who plans the week, `reactions` lets go of what is over.
"""
