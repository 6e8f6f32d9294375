"""Policies: every threshold, window and default of the house as versioned data.

Promise. A policy is set for the organisation, one site, or one kind of booking at a site; the most specific value is
in force (kind, site, organisation, default). A change is live in every process within 5 s. Versions are counted per
policy and organisation and never rewritten: taking a value back makes a new version.

Words. A policy's *key* (`dining.buffer_min`) names it on the wire; its *value* is JSON of the policy's own type; no
value falls back to the wider scope.
"""
