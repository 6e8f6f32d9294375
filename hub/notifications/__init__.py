"""Messages to guests: written in the transaction of what they tell of, carried after it.

Promise: a booking that was taken has its confirmation in the same commit; whatever fails later, the house says nothing
twice, and what could not be said is on record with the reason (F-RES-11). No consent, no message (R-NOT-03).

Words: a *template* is a policy (`template.booking_confirmed.sms`) with named blanks; a *carrier* takes a message to a
phone or a mailbox; the one without accounts and keys is the *console*, whose messages the sample house shows.
"""
