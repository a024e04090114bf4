"""The ladder of an incident: each page that was made, what happened between, and each that follows if nobody answers.

Values only, for one template: what was, out of the explanation; what comes, out of a foresight.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from escalator.core.instant import Instant, rfc3339
from escalator.core.notification import LAST_RESORT
from escalator.rehearsal.foresight import Call, Foresight, Step

Json = dict[str, Any]

MOST: Final = 24
"""Pages of the past that are drawn, the last; and of what comes, the first."""
MARKS: Final = frozenset({
    "opened", "acknowledged", "unacknowledged", "ack_timeout", "snoozed", "snooze_ended", "silenced", "unsilenced",
    "resolved", "resolved by hand", "reopened", "escalated", "reassigned", "raised", "handed over", "last resort",
    "exhausted", "unconfirmed", "confirmed", "unreachable", "repeat", "rerouted",
})  # fmt: skip
"""Lines of the timeline that stand between the pages."""
SPOKEN: Final = {
    "ack_timeout": "The acknowledgement lapses",
    "snooze_ended": "The snooze ends",
    "unsilenced": "The silence ends",
    "repeat": "All over again",
    "exhausted": "The end of the policy",
    "round": "Level 1 again",
    "digest": "Told of what joined",
}
"""Names of events that a person would not say."""
RESORT: Final = "Last resort"
TAKEN: Final = frozenset({"acknowledged", "snoozed", "resolved", "resolved by hand"})
"""Marks at which paging stops."""


class Way(NamedTuple):
    """One message to one person or channel."""

    via: str
    state: str
    """As the outbox says; `planned` for what comes."""
    at: str | None
    evidence: str = ""


class Who(NamedTuple):
    """Somebody, or a channel, and by which ways."""

    name: str
    person: bool
    because: str
    """Which target means them: `schedule primary`."""
    ways: tuple[Way, ...]


class Rung(NamedTuple):
    """One line of the ladder."""

    kind: str
    """`page`: somebody is told; `skip`: a level that tells nobody; `mark`: what happened between."""
    at: str
    title: str
    text: str
    who: tuple[Who, ...] = ()
    missed: tuple[Json, ...] = ()
    """Who was not told, and why."""
    meant: tuple[tuple[str, str], ...] = ()
    """What each target meant then."""
    where: str | None = None
    event: str = ""
    later: bool = False
    """Whether it belongs to the next walk through the levels."""

    @property
    def key(self) -> str:
        """The same as long as the line is the same one: what was opened on a page stays open when it changes."""
        return re.sub(r"[^0-9A-Za-z]+", "-", f"{self.at} {self.title}")


class Ladder(NamedTuple):
    """From the first line to the last that can be known."""

    past: tuple[Rung, ...]
    earlier: int
    """How many older pages are left out."""
    future: tuple[Rung, ...] = ()
    next: tuple[Rung, ...] = ()
    """The pass after this one."""
    ends: str = ""
    """What follows the last rung, in words."""


def ladder(why: Json, foresight: Foresight | None) -> Ladder:
    """`why`: the explanation of the incident."""
    past, earlier = _past(why)
    if foresight is None:
        return Ladder(past, earlier)
    coming = list(_future(foresight))
    first = tuple(rung for rung in coming if not rung.later)[:MOST]
    after = tuple(rung for rung in coming if rung.later)[:MOST]
    return Ladder(past, earlier, first, after, _ends(foresight, coming))


# --- what was -------------------------------------------------------------------------------------------------------


def _past(why: Json) -> tuple[tuple[Rung, ...], int]:
    pages = [page for page in why["pages"] if not _spares(page)]
    cut = max(0, len(pages) - MOST)
    since = pages[cut]["at"] if cut else ""
    marks = [_mark(entry) for entry in why["story"] if entry["event"] in MARKS and entry["at"] >= since]
    # Of what happened in one instant, what led to a page stands before it, and what stopped it behind.
    rungs = sorted([*marks, *(_page(page) for page in pages[cut:])], key=_place)
    return tuple(rungs), cut


def _spares(page: Json) -> bool:
    """A skipped line without a level is no rung."""
    return page["event"] == "skipped" and not page["level"]


def _place(rung: Rung) -> tuple[str, int]:
    return rung.at, 2 if rung.event in TAKEN else int(rung.kind != "mark")


def _mark(entry: Json) -> Rung:
    return Rung("mark", entry["at"], spoken(entry["event"]), entry["reason"], event=entry["event"])


def spoken(event: str) -> str:
    """An event's name as a title."""
    return SPOKEN.get(event) or event.replace("_", " ").capitalize()


def _page(page: Json) -> Rung:
    kind = "skip" if page["event"] == "skipped" else "page"
    meant = tuple((target, ", ".join(names) or "nobody") for target, names in page["meant"].items())
    text = _rest(page["reason"]) if page["event"] == "paged" else page["reason"]
    return Rung(
        kind, page["at"], _title(page["level"], page["attempt"] or 1, page["event"]), text,
        tuple(_people(page["told"], page["at"])), tuple(page["not_told"]), meant, page["where"], page["event"],
    )  # fmt: skip


def _rest(reason: str) -> str:
    """What a line says beside the names, which the rung shows one by one."""
    return reason.partition("; ")[2]


def _title(level: int, attempt: int, event: str = "") -> str:
    if event == "reassigned":
        return "Reassigned"
    if not level:
        return RESORT
    return f"Level {level}" + (f", attempt {attempt}" if attempt > 1 else "")


def _people(told: Iterable[Json], at: str) -> Iterator[Who]:
    found: dict[tuple[str, bool], list[Json]] = {}
    for each in told:
        found.setdefault((each["who"], bool(each["person"])), []).append(each)
    for (name, person), those in found.items():
        yield Who(name, person, those[0]["because"], tuple(_went(each, at) for each in those))


def _went(each: Json, at: str) -> Way:
    """Within the minute of its page it needs no time of its own."""
    when = each["sent_at"] or each["not_before"]
    return Way(each["via"], each["state"], None if when[:16] == at[:16] else when, each["evidence"])


# --- what comes -----------------------------------------------------------------------------------------------------


def _future(foresight: Foresight) -> Iterator[Rung]:
    yield from _waiting(foresight.waiting)
    later = False
    shared = Counter(step.at for step in foresight.steps)
    for step in foresight.steps:
        if step.event == "round" and shared[step.at] > 1:
            continue  # what led to it, and whom it pages, stand beside
        later = later or step.event == "repeat"
        yield _step(step)._replace(later=later)


def _waiting(calls: Sequence[Call]) -> Iterator[Rung]:
    """Messages that are still to leave of pages that were made."""
    ordered = sorted(calls, key=lambda call: (call.at, call.kind, call.level))
    for (at, kind, level), those in groupby(ordered, key=lambda call: (call.at, call.kind, call.level)):
        title = _title(level, 1) if kind == "page" else "Update"
        found = list(those)
        text = "how it goes on" if kind != "page" else "the next way of whom it paged"
        if any(call.tries > 1 for call in found):
            text = "what failed is tried again"
        yield Rung("page", rfc3339(at), title, text, tuple(_called(found, at)), event="waiting")


def _step(step: Step) -> Rung:
    if step.event == "paged":
        title, who = _title(step.level, step.attempt), tuple(_called(step.calls, step.at))
        return Rung("page", rfc3339(step.at), title, _rest(step.reason), who, event=step.event)
    if step.event == "skipped":
        return Rung("skip", rfc3339(step.at), _title(step.level, step.attempt), step.reason, event=step.event)
    who = tuple(_called(step.calls, step.at))
    return Rung("mark", rfc3339(step.at), spoken(step.event), step.reason, who, event=step.event)


def _called(calls: Sequence[Call], at: Instant) -> Iterator[Who]:
    """`at`: when the line is; only what leaves at another time says when."""
    found: dict[tuple[str, bool], list[Call]] = {}
    for call in calls:
        found.setdefault((call.person or _channel(call), bool(call.person)), []).append(call)
    for (name, person), those in found.items():
        yield Who(name, person, those[0].target, tuple(_planned(c, at) for c in those))


def _planned(call: Call, at: Instant) -> Way:
    return Way(call.via, "planned", None if call.at == at else rfc3339(call.at))


def _channel(call: Call) -> str:
    return "the last resort" if call.channel == LAST_RESORT else str(call.channel)


def _ends(foresight: Foresight, coming: Sequence[Rung]) -> str:
    """What follows the last rung that is drawn."""
    if foresight.ends == "again" and coming and coming[-1].event == "unreachable":
        return "And so each minute, until somebody can be reached or answers."
    if foresight.ends == "again" and coming and coming[-1].title == RESORT:
        return "And so each minute, until somebody answers."
    if foresight.ends == "again":
        return "Then the levels are walked again, until somebody answers."
    if foresight.ends == "long":
        return "And so on; more than this is not worked out."
    if not coming:
        return "Nobody is told any more, unless something changes." if foresight.ends == "quiet" else _far(foresight)
    return "After that nobody is told any more, unless something changes."


def _far(foresight: Foresight) -> str:
    days: Instant = (foresight.until - foresight.since) // 86_400_000_000
    return f"Nobody is told within the next {days} days, unless something changes."
