"""History: what was done here, by whom and why, in words; what it made of each row; what of it can be taken back.

Promise. Every change there is has its line in the journal, and every row it made, changed or took away is on record
with the fields that differ, before and after (F-AUD-01). Nothing here writes: lines and records are kept for good.

Words. A *line* is one command that was granted; a *change* is what one line made of one row; a *sentence* is what a
line tells in a host's words, worked out when it is read, since facts hold ids and no names.
"""
