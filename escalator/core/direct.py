"""Pages that name their person themselves: a test by every contact (`fire --to bob`), `page @bob` from a chat, and a
colleague who asks for a swap.

The alert carries the person in a label; route and policy are made of it. No policy file can give such a name: a `/` is
not allowed there.
"""

from collections.abc import Container
from functools import lru_cache

from escalator.core.alert import Labels, Severity
from escalator.core.policy import Level, Policy, Route, Target, Timing

ASK = "escalator_ask"
LABELS = {"escalator_test": "test", "escalator_page": "page", ASK: "ask"}
"""The label that names the person, and what the route is called by it."""


def route_of(labels: Labels, people: Container[str]) -> Route | None:
    """The route of an alert that names its person; None for any other, and for somebody unknown."""
    for label, what in LABELS.items():
        if label in labels and labels[label] in people:
            return _route(f"{what}/{labels[label]}")
    return None


def route_named(name: str) -> Route | None:
    return _route(name) if _person(name) else None


def policy_named(name: str) -> Policy | None:
    return _policy(name) if _person(name) else None


def is_test(name: str) -> bool:
    """Whether a route or policy is that of a test: every contact is tried, at once, and nobody is paged again."""
    return name.startswith("test/")


AT_ONCE = Timing(group_wait=0, reopen_window=0)
"""Somebody waits for it; and what is fired again is another try, not the old one that goes on."""


@lru_cache(maxsize=512)
def _route(name: str) -> Route:
    return Route(name, (), dict.fromkeys(Severity, name), AT_ONCE)


@lru_cache(maxsize=512)
def _policy(name: str) -> Policy:
    target = Target("person", _person(name))
    urgency = "high" if name.startswith("page/") else "low"
    return Policy(name, (Level((target,)),), urgency=urgency, storm=None)  # type: ignore[arg-type]  # one of two words


def _person(name: str) -> str:
    what, slash, person = name.partition("/")
    return person if slash and what in LABELS.values() else ""
