"""One test is played: its events on a night of its own, and what the night looked like whenever somebody asks.

Law: every decision is the night's. Here the words of a test become its verbs, and nothing else.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from escalator.core import events
from escalator.core.alert import Alert, Silence, fingerprint_of
from escalator.core.book import Book
from escalator.core.effects import Refused
from escalator.core.incident import Incident
from escalator.core.instant import HOUR, Instant, Span
from escalator.core.oncall import Override
from escalator.language.diagnostics import Mark
from escalator.language.trials.values import (
    Act,
    Break,
    Chosen,
    Fire,
    Happening,
    Overridden,
    Resolve,
    Silenced,
    SourceSilent,
    Trial,
    Unusable,
)
from escalator.rehearsal.faults import Fault, Mode
from escalator.rehearsal.night import SOURCE, Night
from escalator.rehearsal.telling import Moment, moments

AFTERWARDS: Span = HOUR
"""How long a night goes on after its last event where only a timeline is asked for."""
MOST = 50_000
"""Instants of one night; a test that has more says nothing that a shorter one does not."""

Incidents = Mapping[int, Incident]
Look = Callable[[Night], object]


class Trouble(NamedTuple):
    """An event that could not happen as it was told."""

    where: Mark
    text: str


class Played(NamedTuple):
    """A night that is over."""

    trial: Trial
    moments: tuple[Moment, ...]
    looks: Mapping[Span, Incidents]
    """All incidents as they were, by offset: at each instant for which an expectation asks, and at the end."""
    end: Span
    troubles: tuple[Trouble, ...]

    def at(self, offset: Span) -> Iterable[Moment]:
        return (moment for moment in self.moments if moment.at - self.trial.starts == offset)


def play(book: Book, trial: Trial, look: Look = lambda night: None) -> Played:
    """`look` is asked after each instant at which anything happened."""
    stage = _Stage(book, trial)
    looks: dict[Span, Incidents] = {}
    instants = sorted(_asked(trial))
    steps = 0
    for offset in instants:
        while (due := stage.night.next_at()) is not None and due <= trial.starts + offset and steps < MOST:
            stage.night.go_on()
            look(stage.night)
            steps += 1
        if steps >= MOST:
            stage.troubles.append(Trouble(trial.where, f"more than {MOST} instants: make this night shorter"))
            break
        stage.night.until(trial.starts + offset)
        looks[offset] = dict(stage.night.incidents)
    looks.setdefault(instants[-1], dict(stage.night.incidents))
    return Played(trial, tuple(moments(stage.night)), looks, instants[-1], tuple(stage.troubles))


def _asked(trial: Trial) -> set[Span]:
    """Every offset at which somebody looks, the end of the night among them."""
    asked = {each.at for each in trial.expect if each.at is not None}
    asked |= {each.quiet[1] for each in trial.expect if each.quiet is not None}
    last = max((each.at for each in trial.events), default=0)
    if trial.until is not None:
        last = max(last, trial.until)
    elif not trial.expect or trial.timeline is not None:
        last += AFTERWARDS
    return asked | {max(last, *asked, 0)}


class _Stage:
    """A night, and what goes wrong with its events."""

    def __init__(self, book: Book, trial: Trial) -> None:
        self.night = Night(book, trial.starts)
        self.troubles: list[Trouble] = []
        for each in trial.events:
            self.night.at(trial.starts + each.at, partial(self.happens, each))

    def happens(self, each: Happening) -> None:
        try:
            self._happens(each)
        except Refused as refusal:
            if not each.refused:
                self._trouble(each, f"refused: {refusal}")
        else:
            if each.refused:
                self._trouble(each, "expected to be refused, and was not")

    def _trouble(self, each: Happening, text: str) -> None:
        self.troubles.append(Trouble(each.where, text))

    def _happens(self, each: Happening) -> None:
        night, what = self.night, each.what
        if isinstance(what, Fire):
            night.hear([Alert(SOURCE, fingerprint_of(one), one, {}, True, night.now, None) for one in what.alerts])
        elif isinstance(what, Resolve):
            for one in what.alerts:
                night.resolve(one)
        elif isinstance(what, Act):
            self._acts(each, what)
        elif isinstance(what, Break):
            self._breaks(what)
        elif isinstance(what, SourceSilent):
            night.source_dies()
        else:
            self._surrounds(what)

    def _acts(self, each: Happening, what: Act) -> None:
        found = meant(self.night.incidents, each.incident)
        if len(found) == 1:
            self.night.act(found[0].id, event_of(what, self.night.now))
        elif found:
            names = ", ".join(f"{one.id} ({one.title})" for one in found)
            self._trouble(each, f"which incident? {names}: add `incident: {found[0].id}`")
        else:
            self._trouble(each, "there is no such incident then" if each.incident else "there is no incident then")

    def _breaks(self, what: Break) -> None:
        kept = {fault for fault in self.night.faults if (fault.kind, fault.name) != (what.kind, what.name)}
        self.night.faults = kept | ({Fault(what.kind, what.name, Mode(what.mode))} if what.mode else set())

    def _surrounds(self, what: Silenced | Overridden | Unusable) -> None:
        around, now = self.night.circumstances, self.night.now
        if isinstance(what, Silenced):
            name = f"test-{len(around.silences) + 1}"
            new = Silence(name, what.match, now, now + what.span, "", "a silence of the test")
            around = around._replace(silences=(*around.silences, new))
        elif isinstance(what, Overridden):
            stands_in = Override(what.schedule, what.person, now, now + what.span)
            around = around._replace(overrides=(*around.overrides, stands_in))
        else:
            around = around._replace(unusable=around.unusable | set(what.contacts))
        self.night.surround(around)


def event_of(what: Act, now: Instant) -> events.Event:
    """What a person does, as the rules know it."""
    made: Mapping[str, Callable[[], events.Event]] = {
        "ack": lambda: events.Acknowledged(what.by),
        "unack": lambda: events.Unacknowledged(what.by),
        "snooze": lambda: events.Snoozed(what.by, now + what.span),
        "escalate": lambda: events.Escalated(what.by, what.level),
        "reassign": lambda: events.Reassigned(what.by, what.to),
        "resolve_by_hand": lambda: events.Resolved(what.by),
        "note": lambda: events.Noted(what.by, what.text),
    }
    return made[what.verb]()


def meant(incidents: Incidents, chosen: Chosen) -> list[Incident]:
    """The incidents that a test means; where it says nothing the open ones, else all."""
    every = list(incidents.values())
    if chosen is None:
        return [each for each in every if each.open] or every
    if isinstance(chosen, int):
        return [each for each in every if each.id == chosen]
    if isinstance(chosen, str):
        return [each for each in every if each.title == chosen]
    return [each for each in every if all(each.labels.get(name, "") == value for name, value in chosen)]
