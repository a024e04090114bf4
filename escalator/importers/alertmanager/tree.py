"""Alertmanager's route tree, flattened: children before what their parent does itself, each with the conditions above.

`continue` sends an alert on to later siblings as well; here the first route that matches wins. A child without
conditions of its own tells its receiver besides whatever the others do. One that has conditions comes behind its later
siblings instead: it must not take from them what they page for.
"""

from typing import NamedTuple

from escalator.core.alert import Matcher
from escalator.importers.alertmanager.intervals import Intervals
from escalator.importers.alertmanager.matching import matchers
from escalator.importers.alertmanager.receivers import Receivers
from escalator.importers.documents import listed, seconds, yes
from escalator.importers.fields import Field
from escalator.importers.ladder import span
from escalator.importers.routes import Routes
from escalator.importers.sheet import Sheet
from escalator.importers.writing import Said, Value

ALL_LABELS = "..."
FALLBACK = ("alertname", "service")
"""What groups where Alertmanager groups by every label."""


class Stand(NamedTuple):
    """What a route has from above."""

    matchers: tuple[Matcher, ...] = ()
    receiver: str = ""
    also: tuple[str, ...] = ()
    """Receivers that are told besides."""
    group_by: tuple[str, ...] = ()
    group_wait: int = 30
    group_interval: int = 300
    repeat: int = 4 * 3600


class Tree:
    """Writes the routes of one tree."""

    def __init__(self, sheet: Sheet, receivers: Receivers, intervals: Intervals) -> None:
        self.sheet, self.receivers, self.intervals = sheet, receivers, intervals
        self.lines = Routes(sheet)
        self.last: Stand | None = None
        """What takes everything that is left; nothing after it can be reached."""
        self.root = Stand()

    def read(self, root: Field) -> tuple[str, list[str]]:
        """Writes everything; the receiver, and the channels, of what no route takes."""
        self.root = self._below(Stand(), root)
        self._defaults(self.root, root)
        self._node("route", root, self.root)
        last = self.last or self.root
        told = [channel for name in (last.receiver, *last.also) for channel in self.receivers.of(name)]
        return last.receiver, list(dict.fromkeys(told))

    def _below(self, above: Stand, route: Field) -> Stand:
        own = tuple(each for each in matchers(route) if each not in above.matchers)
        group_by = (
            tuple(label.text() for label in listed(route["group_by"])) if "group_by" in _keys(route) else above.group_by
        )
        return Stand(
            above.matchers + own,
            route["receiver"].text("") or above.receiver,
            above.also,
            group_by,
            seconds(route["group_wait"], above.group_wait),
            seconds(route["group_interval"], above.group_interval),
            max(60, seconds(route["repeat_interval"], above.repeat)),
        )

    def _node(self, source: str, route: Field, stand: Stand) -> None:
        also: tuple[str, ...] = ()
        behind: list[tuple[str, Field, Stand]] = []
        children = route["routes"].items()
        for number, child in enumerate(children):
            below = self._below(stand._replace(also=stand.also + also), child)
            place = f"{source}.routes[{number}]" + (f" ({below.receiver})" if child["receiver"].given else "")
            if not yes(child["continue"]) or number == len(children) - 1:
                self._node(place, child, below)
            elif below.matchers == stand.matchers and not child["routes"].items():
                also += (below.receiver,)
                self.sheet.report.carried(
                    place, "it takes everything and continues: told besides by every policy below"
                )
            else:
                behind.append((place, child, below))
        for place, child, below in behind:
            why = "`continue`: an alert that a later sibling takes too goes to that one alone"
            self.sheet.report.changed(place, why)
            self._node(place, child, below)
        self._itself(source, route, stand._replace(also=stand.also + also), told=bool(also))

    def _itself(self, source: str, route: Field, stand: Stand, told: bool) -> None:
        """What the route does with alerts that none of its children took."""
        if told:  # a child that takes everything keeps the parent's own receiver out
            stand = stand._replace(receiver=stand.also[-1], also=stand.also[:-1])
        self.intervals.mute(source, route, list(stand.matchers))
        if self.last is not None:
            self.sheet.report.lost(source, "an earlier route takes every alert")
        elif not stand.matchers:
            self.last = stand
        else:
            self._add(source, stand)

    def _add(self, source: str, stand: Stand) -> None:
        policy = self.receivers.policy((stand.receiver, *stand.also), stand.repeat)
        end: dict[str, Value] = {"policy": policy} if policy else {"drop": f"receiver {stand.receiver} tells nobody"}
        if policy:
            end |= self._timing(source, stand)
        if self.lines.add(source, stand.matchers, end):
            self.sheet.report.carried(source, f"route to `{policy}`" if policy else f"route that drops: {end['drop']}")

    def _timing(self, source: str, stand: Stand) -> dict[str, Value]:
        """What differs from the root's."""
        found: dict[str, Value] = {}
        if stand.group_by != self.root.group_by:
            found["group_by"] = self._group_by(source, stand.group_by)
        for key in ("group_wait", "group_interval"):
            value = getattr(stand, key)
            if value != getattr(self.root, key):
                found[key] = _zero_or(value)
        return found

    def _defaults(self, root: Stand, route: Field) -> None:
        self.sheet.once["defaults"] = {
            "group_by": self._group_by("route", root.group_by),
            "group_wait": _zero_or(root.group_wait),
            "group_interval": _zero_or(root.group_interval),
        }

    def _group_by(self, source: str, labels: tuple[str, ...]) -> Value:
        if ALL_LABELS in labels:
            self.sheet.report.changed(source, f"grouping by every label: here by {' and '.join(FALLBACK)}")
            return Said(list(FALLBACK), "was: every label")
        if "severity" in labels:
            why = "`severity` groups no incidents here: a warning that turns critical stays one incident"
            self.sheet.report.changed(source, why)
        return [label for label in labels if label != "severity"]


def _zero_or(value: int) -> str:
    return span(value) if value else "0s"


def _keys(route: Field) -> set[str]:
    if not isinstance(route.raw, dict):
        route.refuse("a route")
    return set(map(str, route.raw))
