"""One story told twice: to the real house (its database, lanes and loop) and to a night in memory; and what each kept.

Law: the twins hear the same words at the same instants, and nobody here decides what follows from them.
Compared is what a reader could tell apart: each try to send, what went out as one message, timelines, incidents.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from escalator.channels.registry import METHODS
from escalator.core.alert import Alert, Labels, Matcher, Silence, fingerprint_of
from escalator.core.book import Book
from escalator.core.effects import Refused
from escalator.core.events import Event
from escalator.core.incident import Incident
from escalator.core.instant import SECOND, Instant, Span
from escalator.core.notification import contact_id
from escalator.core.oncall import Override
from escalator.core.providers import PROVIDERS
from escalator.language import compile_book
from escalator.rehearsal.faults import Fault, Mode
from escalator.rehearsal.night import Circumstances, Night
from escalator.store import incidents
from tests.story.faults import Fault as Behaviour
from tests.story.faults import fails, rejects
from tests.story.stage import Stage

UNSEEN = ("id", "version", "stale_at")
"""Not compared. Numbers are given out in batches by the house. The stage's sender repeats every four hours of the
clock, a night's as often as each incident asks; both come in time, so only when to ask next differs."""


async def swallows(deliver: Callable[[], None]) -> None:
    """It takes the message, and nobody hears."""


BEHAVIOURS: dict[Mode, Behaviour] = {Mode.SILENT: swallows, Mode.FAILING: fails, Mode.REJECTING: rejects}


class Lacking(Stage):
    """A stage of a house some of whose secrets are not set."""

    def __init__(self, policies: Path, starts: str, unset: frozenset[str]) -> None:
        self._lacks = unset
        super().__init__(policies, starts, last_resort="the operators")

    def starts(self) -> None:
        self.unset = set(self._lacks)
        super().starts()

    async def _look(self) -> None:
        """Several times: what one lane makes due for another is seen within a second, here in the same instant."""
        await super()._look()
        for _ in range(3):
            await self.house.delivery.look()
            await self._loop.settle()


class Account(NamedTuple):
    """What one of them kept, incidents by their place in the order of opening, times in seconds from the beginning."""

    tries: list[tuple[Any, ...]]
    together: list[tuple[Any, ...]]
    """Messages that told of several incidents."""
    lines: list[tuple[Any, ...]]
    """Within one instant in the order of the alphabet: what concerns one incident there may come in any."""
    incidents: list[dict[str, Any]]


class Twins:
    """A house and a night."""

    def __init__(self, folder: Path, text: str, starts: str, unset: frozenset[str] = frozenset()) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "policies.yaml").write_text(text, encoding="utf-8")
        self.house = Lacking(folder, starts, unset)
        self._unset = unset
        self._revision = 1
        self._silences: dict[str, Silence] = {}
        self._overrides: list[Override] = []
        self.night = Night(self._book(text), self.house.now)
        self.night.surround(self._circumstances())

    def _book(self, text: str) -> Book:
        compiled = compile_book({"policies.yaml": text}, self._revision, self.house.now)
        assert compiled.book is not None, [str(each) for each in compiled.diagnostics]
        return compiled.book

    def _circumstances(self) -> Circumstances:
        book = self.night.book
        lacking = {
            contact_id(person.name, contact.via)
            for person in book.people.values()
            for contact in person.contacts
            if contact.address.removeprefix("secret:") in self._unset
        }
        lacking |= {
            f"channel/{channel.name}"
            for channel in book.channels.values()
            if channel.address.removeprefix("secret:") in self._unset
        }
        return Circumstances(tuple(self._overrides), tuple(self._silences.values()), frozenset(lacking))

    # --- the words --------------------------------------------------------------------------------------------------

    @property
    def now(self) -> Instant:
        return self.house.now

    def passes(self, span: Span) -> None:
        self.house.passes(f"{span // SECOND}s")
        self.night.until(self.night.now + span)
        assert self.night.now == self.house.now

    def reports(self, *alerts: tuple[Labels, bool, Instant]) -> None:
        """(labels, whether it fires, since when), in one delivery."""
        made = [
            Alert("alertmanager", fingerprint_of(labels), labels, {}, firing, since, None if firing else self.now)
            for labels, firing, since in alerts
        ]
        self.house._deliver(made)
        self.night.hear(made)

    def act(self, place: int, event: Event) -> None:
        """Both do it, or both refuse."""
        refused = []
        numbers = self._numbers()
        for do in (lambda: self.house.acts(event, numbers[place]), lambda: self.night.act(self._own(place), event)):
            try:
                do()
            except Refused as no:
                refused.append(str(no))
            else:
                refused.append("")
        assert refused[0] == refused[1], f"{event}: the house says {refused[0]!r}, the night {refused[1]!r}"

    def silence(self, after: Span, span: Span, **labels: str) -> None:
        id = self.house.silences(f"{span // SECOND}s", f"{after // SECOND}s", **labels)
        matchers = tuple(Matcher(name, "=", value) for name, value in labels.items())
        begins = self.now + after
        self._silences[id] = Silence(id, matchers, begins, begins + span, "ana", "migration")
        self.night.surround(self._circumstances())

    def unsilence(self) -> None:
        """The newest."""
        if self._silences:
            id, silence = self._silences.popitem()
            if silence.ends_at > self.now:  # one that is over cannot be ended
                self.house.deletes_silence(id)
            self.night.surround(self._circumstances())

    def override(self, schedule: str, person: str, span: Span) -> None:
        self.house.overrides(schedule, person, f"{span // SECOND}s")
        self._overrides.append(Override(schedule, person, self.now, self.now + span, "swapped"))
        self.night.surround(self._circumstances())

    def breaks(self, fault: Fault) -> None:
        for key in self._ways(fault):
            self.house.faults[key] = BEHAVIOURS[fault.mode]
        self.night.faults.add(fault)

    def mends(self) -> None:
        self.house.faults.clear()
        self.night.faults.clear()

    def _ways(self, fault: Fault) -> list[tuple[str, str | None]]:
        if fault.kind == "person":
            return [(via, fault.name) for via in METHODS]
        if fault.kind == "provider":
            return [(via, None) for via in METHODS if PROVIDERS[via] == fault.name]
        _, who, *via = fault.name.split("/")
        return [(each, who) for each in via or METHODS]

    def edits(self, text: str) -> None:
        self._revision += 1
        self.house.edits(text)
        assert self.house.problem is None, self.house.problem
        self.night.change(self._book(text))
        self.night.surround(self._circumstances())

    # --- what they kept ---------------------------------------------------------------------------------------------

    def _numbers(self) -> list[int]:
        """The house's incidents, in the order of opening."""
        return [row[0] for row in self._rows("SELECT id FROM incident ORDER BY id")]

    def _own(self, place: int) -> int:
        return sorted(self.night.incidents)[place]

    @property
    def count(self) -> int:
        return len(self._numbers())

    def _rows(self, query: str) -> Sequence[Any]:
        found: Sequence[Any] = self.house._does(
            self.house.house.database.read(lambda c: c.exec_driver_sql(query).fetchall())
        )
        return found

    def at_the_house(self) -> Account:
        numbers = self._numbers()
        place = {id: index for index, id in enumerate(numbers, 1)}
        tries = self._rows(
            "SELECT a.at, o.incident_id, o.contact, o.kind, o.round, o.level, o.attempt, o.reason, a.outcome, "
            "o.id, o.carrier FROM attempt a JOIN outbox o ON o.id = a.outbox_id WHERE a.outcome <> 'postponed' "
            "ORDER BY a.id"
        )
        bunches: dict[tuple[Any, ...], list[int]] = {}
        for at, incident, contact, kind, *_, outcome, id, carrier in tries:
            if outcome == "sent":
                bunches.setdefault((self._seconds(at), contact, kind, carrier or id), []).append(place[incident])
        lines = self._rows("SELECT incident_id, at, event, reason FROM timeline")
        loaded: dict[int, Incident] = self.house._does(
            self.house.house.database.read(lambda c: incidents.load(c, numbers))
        )
        return Account(
            sorted((self._seconds(row[0]), place[row[1]], *row[2:9]) for row in tries),
            sorted((*key[:3], sorted(those)) for key, those in bunches.items() if len(those) > 1),
            sorted((place[id], self._seconds(at), event, reason) for id, at, event, reason in lines),
            [self._seen(loaded[id]) for id in numbers],
        )

    def in_the_night(self) -> Account:
        night = self.night
        place = {id: index for index, id in enumerate(sorted(night.incidents), 1)}
        return Account(
            sorted(
                (
                    self._seconds(m.at), place[m.incident], m.contact, str(m.kind), m.round, m.level, m.attempt,
                    m.reason, str(m.outcome),
                )
                for m in night.messages
            ),
            sorted(
                (self._seconds(m.at), m.contact, str(m.kind), sorted(place[id] for id in (m.incident, *m.others)))
                for m in night.messages
                if m.others and m.outcome == "sent"
            ),
            sorted(
                (place[line.incident], self._seconds(line.at), line.entry.event, line.entry.reason)
                for line in night.lines
            ),
            [self._seen(night.incidents[id]) for id in sorted(night.incidents)],
        )  # fmt: skip

    def _seconds(self, at: Instant) -> float:
        return (at - self.house.began) / SECOND

    def _seen(self, incident: Incident) -> dict[str, Any]:
        return {name: value for name, value in incident._asdict().items() if name not in UNSEEN}

    def agree(self) -> None:
        """Raises AssertionError, with the first things in which they differ."""
        house, night = self.at_the_house(), self.in_the_night()
        for what, ours, theirs in zip(Account._fields, house, night, strict=True):
            if ours != theirs:
                raise AssertionError("\n".join([f"{what} differ", *_differences(ours, theirs)]))


def _differences(house: list[Any], night: list[Any]) -> list[str]:
    only_house = [each for each in house if each not in night]
    only_night = [each for each in night if each not in house]
    if only_house and isinstance(only_house[0], dict):
        return [
            f"incident {place}, {name}: house {ours[name]!r}, night {theirs[name]!r}"
            for place, (ours, theirs) in enumerate(zip(house, night, strict=False), 1)
            for name in ours
            if ours[name] != theirs[name]
        ]
    return [f"house only: {each}" for each in only_house[:6]] + [f"night only: {each}" for each in only_night[:6]]
