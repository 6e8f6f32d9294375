"""Venues: the premises, their service days and opening hours, and the house clock their screens run on.

Promise. Everything a screen must know about its site stands in the site's own row: the few policies it draws by are
copied there whenever they change, so that no view reads a policy or a clock.

Words. The *service day* of a site is named by the date of its evening and ends in the small hours (`day_ends`, local
time). The *house clock* can be run faster, paused or set forward in a sample house only.
"""
