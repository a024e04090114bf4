"""Whom a level meant, whom it paged, and why not the others: as it was at that instant, for the timeline.

Law: what is trivial is not written. A level that pages each person whom it names by every contact leaves no word here.
"""

from collections.abc import Sequence
from typing import Any

from escalator.core.draft import Draft
from escalator.core.notification import left_out
from escalator.core.oncall import on_call, rotation
from escalator.core.paging import page_channel, page_person, quiet_hours, ways
from escalator.core.policy import Target

MISSING = {"nobody": "{}: nobody", "unreachable": "{} is unreachable", "unusable": "{} is not usable"}
"""Why somebody or something was not paged, and how the timeline says it."""


class RollCall:
    """One level's targets, called one by one."""

    def __init__(self, draft: Draft, why: str) -> None:
        self._draft = draft
        self._why = why
        self.people: list[str] = []
        self.channels: list[str] = []
        self.reached: list[str] = []
        """Both, in the order of the targets."""
        self.missing: list[tuple[str, str]] = []
        self._meant: dict[str, list[str]] = {}
        self._passed: list[tuple[str, str]] = []
        self._left_out: dict[str, list[tuple[str, str]]] = {}
        self._quiet: dict[str, str] = {}
        self.turn: dict[str, Any] = {}

    @property
    def words(self) -> list[str]:
        """What reached nobody."""
        return [MISSING[why].format(who) for who, why in self.missing]

    @property
    def detail(self) -> dict[str, Any]:
        """All that is not trivial."""
        found = {
            "missing": self.missing, "meant": self._meant, "passed_over": self._passed, "left_out": self._left_out,
            "quiet": self._quiet, "turn": self.turn,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}

    def call(self, target: Target) -> None:
        if target.kind == "channel":
            self._call_channel(target)
            return
        names = people_of(self._draft, target)
        if target.kind != "person":
            self._meant[str(target)] = list(names)
        if target.kind == "next_on_call":
            self._passed += passed_over(self._draft, target, names)
        if not names:
            self.missing.append((str(target), "nobody"))
        for name in names:
            if name not in self.people:
                self._call_person(name, target)

    def _call_channel(self, target: Target) -> None:
        if page_channel(self._draft, target, self._why):
            self.channels.append(target.name)
            self.reached.append(target.name)
        else:
            self.missing.append((str(target), "unusable"))

    def _call_person(self, name: str, target: Target) -> None:
        if page_person(self._draft, name, target, self._why):
            self.people.append(name)
            self.reached.append(name)
            if hours := quiet_hours(self._draft, name):
                self._quiet[name] = hours
        else:
            self.missing.append((name, "unreachable"))
        self._leave_out(name)

    def _leave_out(self, name: str) -> None:
        person, facts = self._draft.book.people.get(name), self._draft.facts
        if person is None:
            return
        taken = {reach.contact.via for reach in ways(self._draft, name, self._draft.incident.urgency)}
        if len(taken) < len(person.contacts):
            self._left_out[name] = left_out(person, taken, facts.unusable, facts.unverified)


def standing(draft: Draft) -> dict[str, Any]:
    """Which page it is: by these its messages are found, and its level in the revision that was walked then."""
    incident = draft.incident
    return {
        "level": incident.level, "attempt": incident.attempt, "round": incident.round, "policy": incident.policy,
        "revision": incident.revision,
    }  # fmt: skip


def turn_of(pool: Sequence[Target], take: int) -> tuple[Target, dict[str, Any]]:
    """A round-robin level's target at this turn, and whose turn it was not."""
    target = pool[take % len(pool)]
    return target, {"taken": str(target), "others": [str(other) for other in pool if other != target]}


def people_of(draft: Draft, target: Target) -> tuple[str, ...]:
    """The people whom a target means at this instant."""
    book = draft.book
    if target.kind == "person":
        return (target.name,)
    if target.kind == "team":
        return book.teams.get(target.name, ())
    schedule = book.schedules.get(target.name)
    if schedule is None:
        return ()
    if target.kind == "schedule":
        name = on_call(schedule, draft.facts.overrides, draft.now)
        return (name,) if name else ()
    order = rotation(schedule, draft.facts.overrides, draft.now)
    left = [name for name in order if name not in draft.incident.paged]
    # Whoever cannot be reached was never paged, and would be next for ever; the first of them says so in the timeline.
    return tuple([name for name in left if ways(draft, name)] or left)[:1]


def passed_over(draft: Draft, target: Target, taken: tuple[str, ...]) -> list[tuple[str, str]]:
    """Those who stand in line before whom `next_on_call` takes, and why it was not they."""
    schedule = draft.book.schedules.get(target.name)
    order = rotation(schedule, draft.facts.overrides, draft.now) if schedule else ()
    earlier = order[: order.index(taken[0])] if taken else order
    return [(name, "paged already" if name in draft.incident.paged else "unreachable") for name in earlier]
