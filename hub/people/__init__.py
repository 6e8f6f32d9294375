"""People: logins, their roles at each site, and their sessions.

Promise. A person's rights are the roles they hold now, at the site they ask about; a role taken away, or a login
deactivated, closes their sockets' channels and sessions within 5 s. An organisation always keeps one active
super admin.

Words. *Staff* are people with a login; a *role* is a name for a set of permissions and is held at a site.
"""
