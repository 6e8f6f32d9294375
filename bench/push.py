"""The push case: 200 tablets, 50 of them on the measured channel, 1000 more sockets that are connected and quiet, and
50 floor changes a second: how long a commit takes to reach every one of the 50.

What "commit → frame" is here. A client cannot see COMMIT itself. It knows the publication's `at`, the moment at which
the command began its work under the site's lock, some milliseconds *before* COMMIT, cut to the millisecond. So `begun
→ frame` is longer than commit → frame and stands for it: if it meets the target, so does the thing itself. Beside it
stand `due → frame` (what a guest of the house feels: from the moment the change should have been sent, the wait for
the lock included) and `answer → frame` (from the asker's answer; negative where the frame came first).
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from bench import crowd
from bench.opened import Opened
from bench.report import Report, spread

SITE_TABLETS, ALL_TABLETS, CHAT_SOCKETS = 50, 200, 1000
CHANGES_PER_S: Final = 50


def allow_files() -> None:
    """Sockets are files: here and, by inheritance, in the house."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * (ALL_TABLETS + CHAT_SOCKETS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard > 0 else wanted, hard))


async def push(report: Report, evening: Opened) -> None:
    seconds = 10 if report.quick else 60
    site, today = evening.site_id, (await evening.row("venue"))["service_date"]
    token = await evening.doors.token()
    quieter = [f"waitlist:{site}", f"book:{site}:{today}"]
    near = await crowd.ears(evening.address, token, SITE_TABLETS, [evening.floor, *quieter])
    far = await crowd.ears(evening.address, token, ALL_TABLETS - SITE_TABLETS, quieter)
    chats = await crowd.ears(evening.address, token, 100 if report.quick else CHAT_SOCKETS, [])
    hands = await evening.staff(8)
    near[0].worked = {}
    await crowd.at_a_rate(hands, CHANGES_PER_S, 2)  # warm: connections, plans, caches
    cpu = evening.house.cpu_s()
    with crowd.OwnCost() as own:
        asked = await crowd.at_a_rate(hands, CHANGES_PER_S, seconds)
        await asyncio.sleep(0.5)
    each = f"command, its {SITE_TABLETS} frames included"
    cpu_rows(report, "push", _subject(seconds), cpu, evening.house.cpu_s(), len(asked), each)
    to_clock = crowd.wall_of_house(await evening.row("clock"))
    _push_rows(report, [a for a in asked if a.done], near, near[0].worked, to_clock)
    subject = _subject(seconds)
    report.add("push", subject, "lost or repeated", sum(e.gaps for e in near), "offsets", at_most=0)
    everybody = (*near, *far, *chats)
    lost = sum(e.lost_at is not None for e in everybody)
    report.add("push", subject, "sockets lost", lost, "", at_most=0, note=f"of {len(everybody)}")
    refused = Counter(a.reason for a in asked if not a.done)
    report.add("push", subject, "commands not granted", sum(refused.values()), "", at_most=0, note=str(dict(refused)))
    report.add("push", subject, "load client CPU", own.ms_per_s, "ms/s", at_most=crowd.CPU_MAX)
    for ear in everybody:
        ear.close()
    for hand in hands:
        await hand.put_back()


def _push_rows(
    report: Report, asked: list[crowd.Asked], near: list[crowd.Ear], worked: dict[bytes, bytes],
    to_clock: Callable[[Any], float],
) -> None:  # fmt: skip
    begun, due, answered, slowest, missing = [], [], [], [], 0
    for one in asked:
        key = one.key.encode()
        came = [ear.came[key] for ear in near if key in ear.came]
        missing += len(near) - len(came)
        if not came or key not in worked:
            continue
        at = to_clock(worked[key])
        begun += [(c - at) * 1000 for c in came]
        due += [(c - one.due_at) * 1000 for c in came]
        answered += [(c - one.answered_at) * 1000 for c in came]
        slowest.append((max(came) - at) * 1000)
    subject = f"{SITE_TABLETS} of {ALL_TABLETS} tablets, {CHANGES_PER_S}/s"
    report.add("push", subject, "frames missing", missing, "", at_most=0, note=f"of {len(asked) * len(near)}")
    spread(report, "push", f"{subject}: begun → frame", begun, "ms", p99=100)
    spread(report, "push", "begun → the last of 50 frames", slowest, "ms", p99=100)
    spread(report, "push", "due → frame", due, "ms")
    spread(report, "push", "answer → frame", answered, "ms")


def cpu_rows(
    report: Report, case: str, subject: str, before: dict[str, float], after: dict[str, float], count: int, each: str
) -> None:
    """What one command costs the machine: the figure to compare between commits, whoever else is on the box."""
    spent = {name: (cpu - before.get(name, 0.0)) / count * 1000 for name, cpu in after.items()}
    report.add(case, subject, "CPU, whole house", sum(spent.values()), "ms", note=f"per {each}")
    for name in ("hub.serve", "postgres"):
        report.add(case, subject, f"CPU, {name}", spent.get(name, 0.0), "ms", note=f"per {each}")


def _subject(seconds: float) -> str:
    return f"{CHANGES_PER_S}/s for {seconds:g} s"
