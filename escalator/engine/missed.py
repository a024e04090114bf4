"""Why not: who was not told at a page, by which contact not, and why; out of what was written at that time.

Law: each reason is one that the rules, the outbox or somebody's word gave. Where none was written, none is made up.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from escalator.core.rollcall import MISSING

Json = dict[str, Any]

LEFT_OUT = {
    "unusable": "it cannot be used: not configured, no device, or opted out",
    "unverified": "kept back: nobody proved it, and another was proved",
    "not in the rules": "no step of the rules of this urgency names it",
}
PASSED = {
    "paged already": "stands in line before, and was paged already in this pass",
    "unreachable": "stands in line before, and is unreachable",
}
STOPS = (
    "acknowledged", "snoozed", "resolved by hand", "resolved", "silenced", "unconfirmed", "reassigned", "raised",
)  # fmt: skip
"""Lines of the timeline that call back what was not sent yet."""


def not_told(page: Json, messages: Iterable[Json], timeline: Sequence[Json]) -> Iterator[Json]:
    """`page`: a line of the timeline; `messages`: those of it that told nobody so far."""
    detail = page["detail"] or {}
    if detail.get("guard"):
        yield _entry("everybody", detail["guard"])
    for who, why in detail.get("missing", ()):
        yield _entry(who, MISSING.get(why, why).format(who), None if " " in who else who)
    for name, why in detail.get("passed_over", ()):
        yield _entry(name, PASSED[why], name)
    for other in detail.get("turn", {}).get("others", ()):
        yield _entry(other, f"it is the turn of {detail['turn']['taken']}", _named(other))
    for name, ways in detail.get("left_out", {}).items():
        yield from (_entry(f"{name} by {via}", LEFT_OUT.get(why, why), name) for via, why in ways)
    for each in messages:
        yield _entry(f"{_whom(each)} by {each['channel']}", _unsent(each, page, timeline), each["person"])


def waits(message: Json, page: Json) -> bool:
    """Whether it is to go out later, or failed and is tried again."""
    return message["state"] == "pending" and bool(message["not_before"] > page["at"] or message["attempts"])


def _unsent(message: Json, page: Json, timeline: Sequence[Json]) -> str:
    if message["state"] == "cancelled":
        return _called_back(message, page, timeline)
    if message["state"] == "failed" or message["attempts"]:
        return str(message["evidence"])
    hours = (page["detail"] or {}).get("quiet", {}).get(message["person"])
    held = f"quiet hours {hours} hold it back" if hours else "it is due"
    return f"not yet: {held} {'until' if hours else 'at'} {message['not_before']}"


def _called_back(message: Json, page: Json, timeline: Sequence[Json]) -> str:
    """Somebody or something stopped the paging before it was sent."""
    later = timeline[timeline.index(page) + 1 :]
    stop = next((entry for entry in later if _stops(entry, message["person"])), None)
    if stop is None:
        return str(message["evidence"])
    due = f", before it was due at {message['not_before']}" if message["not_before"] > stop["at"] else ""
    return f"not sent: {stop['reason']} at {stop['at']}{due}"


def _stops(entry: Json, person: str | None) -> bool:
    """An acknowledgement that others still have to give calls back what is meant for one person alone."""
    partly = entry["event"] == "acknowledged" and "still waiting for" in entry["reason"]
    return entry["event"] in STOPS and (not partly or entry["by"] == person)


def _entry(who: str, why: str, person: str | None = None) -> Json:
    return {"who": who, "person": person, "why": why}


def _whom(message: Json) -> str:
    return str(message["person"] or message["target"].removeprefix("channel "))


def _named(target: str) -> str | None:
    kind, _, name = target.partition(" ")
    return name if kind == "person" else None
