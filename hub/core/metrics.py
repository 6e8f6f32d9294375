"""What the house counts; read at /metrics."""

from prometheus_client import Counter, Gauge, Histogram

COMMANDS = Counter("maitred_commands_total", "Commands by name and outcome", ["command", "outcome"])
COMMAND_SECONDS = Histogram(
    "maitred_command_seconds", "From the wish to the answer, the site's queue included", ["command"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
)  # fmt: skip
OUTBOX_LAG = Gauge("maitred_outbox_lag_seconds", "Age of the oldest commit the relay has not yet handed on")
TIMER_LATENESS = Histogram(
    "maitred_timer_lateness_seconds", "How long after its due time a timer fired (house seconds)",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60),
)  # fmt: skip
OLDEST_TIMER = Gauge("maitred_timer_overdue_seconds", "How long the oldest armed timer is overdue")
RELAYED = Counter("maitred_relayed_commits_total", "Commits handed to the tail")
GATEWAY = Gauge("maitred_gateway", "What this process's gateway counts, since it started or now", ["what"])
