"""A person's notification rules in words: what is written, where, and what a page would do as the contacts stand now.

Law: `core.notification` decides; here it is only said.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from escalator.core.instant import Span, spoken
from escalator.core.notification import contact_id, default_rules, reaches
from escalator.core.oncall import Person, Step
from escalator.engine.contacts import Standing

URGENCIES = ("high", "low")
UNUSABLE = frozenset(("not usable", "opted out"))


class Rule(NamedTuple):
    """What happens to a page of one urgency."""

    urgency: str
    written: str
    """The rule, in words."""
    whose: str
    """Where it comes from."""
    now: str
    """What would happen now; empty where it is just that."""


def rules_of(person: Person, rules: Mapping[str, tuple[Step, ...]], standings: Sequence[Standing]) -> list[Rule]:
    """For each urgency."""
    return [_rule(person, urgency, rules, standings) for urgency in URGENCIES]


def _rule(person: Person, urgency: str, rules: Mapping[str, tuple[Step, ...]], standings: Sequence[Standing]) -> Rule:
    own, ours = person.rules.get(urgency), rules.get(urgency)
    steps = own or ours or default_rules(person.contacts, urgency)
    whose = f"{person.name}'s own rule" if own else "the organisation's rule" if ours else "the default"
    reached = reaches(person, urgency, rules, _named(standings, UNUSABLE), _named(standings, {"unverified"}))
    written = said((step.via, step.after) for step in steps)
    now = said((reach.contact.via, reach.after) for reach in reached)
    return Rule(
        urgency, written or "No contact, so no page.", whose, "" if now == written else now or "Nobody is reached."
    )


def _named(standings: Iterable[Standing], states: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(states)
    return frozenset(contact_id(each.person, each.via) for each in standings if each.state in wanted)


def said(steps: Iterable[tuple[str, Span]]) -> str:
    """`At once by push and email, after 2m by call.`"""
    ordered = sorted(steps, key=lambda step: step[1])
    parts = [
        f"{'at once' if after == 0 else f'after {spoken(after)}'} by {_and([via for via, _ in group])}"
        for after, group in groupby(ordered, key=lambda step: step[1])
    ]
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
