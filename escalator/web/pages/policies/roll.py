"""Whom each level of a policy means at this instant, by which ways, and how long after the first level began.

Law: a level's people are read as they are now, also those of levels that would come later; the night that stands below
the ladder is the one that is played.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from escalator.core.book import Book
from escalator.core.instant import Instant, Span, spoken
from escalator.core.notification import channel_id, reaches
from escalator.core.oncall import Override, on_call, rotation
from escalator.core.policy import Level, Policy, Target
from escalator.rehearsal.incidents import Circumstances
from escalator.web.pages.policies.places import place


class Roll:
    """One policy's levels, called in their order."""

    def __init__(
        self, book: Book, policy: Policy, overrides: Sequence[Override], around: Circumstances, now: Instant
    ) -> None:
        self._book, self._overrides, self._around, self._now = book, overrides, around, now
        # What arrives by catch_all is urgent whatever the policy says; where severity decides, the worst is shown.
        self._urgency = "high" if policy.name == book.catch_all else policy.urgency or "high"
        self._paged: dict[str, None] = {}
        self._begins: Span = 0

    def level(self, level: Level) -> dict[str, Any]:
        """The next one."""
        found = [self._target(each) for each in level.targets]
        begins, self._begins = self._begins, self._begins + level.attempts * level.escalate_after
        self._paged |= dict.fromkeys(name for each in found for name in each["people"])
        return {
            "targets": found, "after": spoken(level.escalate_after), "notes": _notes(level),
            "where": place(level.where), "begins": spoken(begins),
        }  # fmt: skip

    def _target(self, target: Target) -> dict[str, Any]:
        people = self._people(target)
        schedule = target.kind in ("schedule", "next_on_call")
        return {
            "kind": target.kind.replace("_", " "), "name": target.name, "people": people,
            "nobody": schedule and not people, "ways": self._ways(target, people),
        }  # fmt: skip

    def _people(self, target: Target) -> list[str]:
        name, book = target.name, self._book
        if target.kind == "person":
            return [name]
        if target.kind == "team":
            return list(book.teams.get(name, ()))
        schedule = book.schedules.get(name)
        if schedule is None:
            return []
        if target.kind == "schedule":
            person = on_call(schedule, self._overrides, self._now)
            return [person] if person else []
        order = rotation(schedule, self._overrides, self._now)
        return [each for each in order if each not in self._paged][:1]

    def _ways(self, target: Target, people: Iterable[str]) -> list[str]:
        """`push, sms after 2m`; empty where nothing reaches anybody."""
        if target.kind == "channel":
            channel = self._book.channels.get(target.name)
            usable = channel is not None and channel_id(target.name) not in self._around.unusable
            return [channel.via] if channel is not None and usable else []
        return list(dict.fromkeys(way for name in people for way in self._reached(name)))

    def _reached(self, name: str) -> list[str]:
        person = self._book.people.get(name)
        if person is None:
            return []
        around = self._around
        found = reaches(person, self._urgency, self._book.rules, around.unusable, around.unverified)
        return [each.contact.via + (f" after {spoken(each.after)}" if each.after else "") for each in found]


def _notes(level: Level) -> list[str]:
    only = [severity.name.lower() for severity in sorted(level.severities or (), reverse=True)]
    notes = [f"only {', '.join(only)}"] if only else []
    notes += [f"during {level.during}"] if level.during else []
    notes += [f"outside {level.outside}"] if level.outside else []
    notes += ["one after the other in turn"] if level.round_robin else []
    notes += ["all have to acknowledge"] if level.ack_all else []
    return notes + ([f"paged {level.attempts} times"] if level.attempts > 1 else [])
