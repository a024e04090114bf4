"""Small Books for the tests of the rules, and a Walk: one incident, its timeline and its messages, in virtual time.

A Walk does what the engine does between two transactions (hand over facts, run deadlines in order) and nothing else.
"""

from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from escalator.core import events
from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.deadlines import next_deadline
from escalator.core.effects import Cancel, Entry, Facts, Kind, Notify, TakeTurn, Told, Transition
from escalator.core.escalation import step
from escalator.core.incident import Incident, Status
from escalator.core.instant import DAY, HOUR, Instant, Span, from_datetime, to_datetime
from escalator.core.layers import Every, Layer
from escalator.core.notification import contact_id
from escalator.core.oncall import Contact, Hours, Person, Schedule, Step
from escalator.core.policy import Channel, Level, Policy, Route, Target, Timing
from escalator.core.reports import opened

NOON: Instant = from_datetime(datetime.fromisoformat("2026-03-04T12:00+00:00"))
"""A Wednesday, when everything is open and bob is on call."""
NIGHT: Instant = NOON + 12 * HOUR

INFO, WARNING, ERROR, CRITICAL = Severity
MONDAY = datetime.fromisoformat("2026-01-05T09:00")
KINDS = {"schedule", "next_on_call", "team", "channel"}
OFFICE = Hours("office", "Europe/London", 9 * 60, 17 * 60, frozenset(range(5)))


def person(name: str, methods: str = "sms email", **rules: tuple[Step, ...]) -> Person:
    contacts = tuple(Contact(via, f"{via}:{name}") for via in methods.split())
    return Person(name, contacts, rules=MappingProxyType(rules))


def schedule(name: str, people: str, *more: Layer) -> Schedule:
    """A weekly rotation: on the Wednesday of these tests the first of three people is on call."""
    own = (Layer(tuple(people.split()), Every(1, "w"), MONDAY, "Europe/London"),) if people else ()
    return Schedule(name, "Europe/London", (*own, *more))


def target(text: str) -> Target:
    """`bob` is a person; `schedule:primary`, `next_on_call:primary`, `team:sre`, `channel:ops` say their kind."""
    kind, _, name = text.rpartition(":")
    return Target(kind or "person", name)  # type: ignore[arg-type]


def level(*targets: str, **keys: Any) -> Level:
    return Level(tuple(target(text) for text in targets), **keys)


def policy(name: str, *levels: Level, **keys: Any) -> Policy:
    return Policy(name, levels, **keys)


PEOPLE = {each.name: each for each in (person("bob"), person("carol"), person("dave"), person("mute", ""))}
# Eight weeks and two days after the anchor, so it is the turn of the third in line.
SCHEDULES = {
    "primary": schedule("primary", "carol dave bob"),
    "empty": schedule("empty", ""),
}
CHANNELS = {"ops": Channel("ops", "slack", "#ops"), "status": Channel("status", "webhook", "secret:STATUS")}
TIMING = Timing()
LAST = policy("last", level("carol"))
"""Where everything ends, unless a test says otherwise."""


def book(*policies: Policy, catch_all: Policy = LAST, timing: Timing = TIMING, **keys: Any) -> Book:
    """The first policy takes every alert of the route `main`."""
    known = {each.name: each for each in (*policies, catch_all)}
    first = policies[0].name if policies else catch_all.name
    routes = (Route("main", (), dict.fromkeys(Severity, first), timing),)
    given: dict[str, Any] = {
        "people": PEOPLE, "schedules": SCHEDULES, "channels": CHANNELS, "hours": {"office": OFFICE}, "revision": 1,
        "teams": {"sre": ("bob", "dave")}, "routes": routes,
    }  # fmt: skip
    return Book(policies=known, catch_all=catch_all.name, timing=timing, **{**given, **keys})


class Page(NamedTuple):
    """One message, and when it was decided on; `after`: how much later it goes out."""

    at: Instant
    who: str
    via: str
    after: Span
    kind: Kind
    reason: str


class Walk:
    """One incident as it goes on."""

    def __init__(self, book: Book, now: Instant = NOON, **facts: Any) -> None:
        self.book = book
        self.now = now
        self.facts = facts
        self.incident: Incident | None = None
        self.pages: list[Page] = []
        self.said: list[tuple[Instant, str, str]] = []
        self.entries: list[Entry] = []
        self.told: dict[str, Told] = {}
        self.turns: dict[tuple[str, int], int] = {}
        self._read = 0
        self._sent: set[tuple[Any, ...]] = set()

    def opens(
        self, severity: Severity = CRITICAL, route: str = "main", firing: int = 1, number: int = 1, **keys: Any
    ) -> "Walk":
        found = self.book.route_named(route)
        assert found is not None
        self.incident = opened(number, 7, found, severity, "Disk: full", {}, self.book, self.now)
        self.does(events.Fired(firing, **keys))
        return self._overdue()

    def does(self, event: events.Event) -> Transition:
        assert self.incident is not None
        before = self.incident
        facts = Facts(told=tuple(self.told.values()), turns=dict(self.turns), **self.facts)
        done = step(before, event, self.book, facts, self.now)
        sound(before, done, self.book, self.now)
        self.incident = done.incident
        self.said += [(self.now, entry.event, entry.reason) for entry in done.entries]
        self.entries += done.entries
        for effect in done.effects:
            self._take(effect)
        return done

    def _take(self, effect: Any) -> None:
        if isinstance(effect, TakeTurn):
            key = (effect.policy, effect.level)
            self.turns[key] = self.turns.get(key, 0) + 1
        elif isinstance(effect, Cancel):
            now = self.now
            gone = [
                p for p in self.pages
                if p.at + p.after > now and p.kind is Kind.PAGE and effect.person in (None, p.who)
            ]  # fmt: skip
            self.pages = [p for p in self.pages if p not in gone]
        elif isinstance(effect, Notify):
            key = (*effect[5:9], effect.contact, effect.kind)
            assert key not in self._sent, f"the outbox would drop it as sent already: {effect}"
            self._sent.add(key)
            who = effect.person or effect.contact.removeprefix("channel/")
            after = effect.not_before - self.now
            self.pages.append(Page(self.now, who, effect.via, after, effect.kind, effect.reason))
            self.told[effect.contact] = Told(effect.contact, effect.via, effect.person, effect.target)

    def passes(self, span: Span) -> "Walk":
        """Time goes on; every deadline is met at its instant."""
        end = self.now + span
        while (at := self.state.due_at) is not None and at <= end:
            self.now = max(self.now, at)
            self._overdue()
        self.now = end
        return self

    def sleeps(self, span: Span) -> "Walk":
        """The process stands still, then sees what is overdue."""
        self.now += span
        return self._overdue()

    def _overdue(self) -> "Walk":
        while name := next_deadline(self.state, self.now):
            self.does(self._event(name))
        return self

    def _event(self, name: str) -> events.Event:
        if name == "hold_at":
            return events.HoldDue(self.state.held)
        if name == "stale_at":
            return events.StaleDue(0, self.now + 4 * HOUR)
        plain = {
            "level_at": events.LevelDue, "lapse_at": events.LapseDue, "snooze_at": events.SnoozeDue,
            "digest_at": events.DigestDue, "unmute_at": events.SilenceDue,
        }  # fmt: skip
        found: events.Event = plain[name]()
        return found

    @property
    def state(self) -> Incident:
        assert self.incident is not None
        return self.incident

    def news(self, kind: Kind = Kind.PAGE) -> list[str]:
        """Who was told since the last look: names, each once, in order."""
        fresh = [page for page in self.pages[self._read :] if page.kind is kind]
        self._read = len(self.pages)
        return list(dict.fromkeys(page.who for page in fresh))

    def ways(self, who: str) -> list[tuple[str, Span]]:
        """By which methods somebody was paged, and how long after the page each goes out."""
        return [(page.via, page.after) for page in self.pages if page.who == who and page.kind is Kind.PAGE]

    def times(self, who: str) -> list[Span]:
        """When somebody was paged, counted from noon; each time once."""
        times = (p.at - self.state.opened_at for p in self.pages if p.who == who and p.kind is Kind.PAGE)
        return list(dict.fromkeys(times))

    def says(self, words: str) -> bool:
        """Whether the timeline has these words."""
        return any(words in f"{event}: {reason}" for _, event, reason in self.said)


def unusable(*contacts: str) -> dict[str, frozenset[str]]:
    """`bob/sms`, or `bob` for all that he has, or `channel/ops`."""
    found = set()
    for text in contacts:
        name, _, via = text.partition("/")
        vias = [via] if via else [contact.via for contact in PEOPLE[name].contacts]
        found |= {text} if name == "channel" else {contact_id(name, each) for each in vias}
    return {"unusable": frozenset(found)}


LAST_WORD = Incident._fields.index("held")
"""Fields before this one do not change without a word."""


def sound(before: Incident, done: Transition, book: Book, now: Instant) -> None:
    """What is true of an incident after every transition, whatever happened."""
    after = done.incident
    assert after.version == before.version + 1
    assert after.id == before.id
    if not done.entries:
        assert not done.effects, "something was sent and nobody can say why"
        assert after.status is before.status
        assert after[:LAST_WORD] == before._replace(version=after.version)[:LAST_WORD]
    assert all(len(entry.reason) > 3 and entry.event for entry in done.entries), done.entries
    assert after.round >= before.round
    assert after.firing >= 0
    assert after.held >= 0
    if after.status is Status.TRIGGERED:
        assert after.acknowledged_by is None
        assert after.lapse_at is after.snooze_at is None
        rests = before.level_at is None and before.status is Status.TRIGGERED
        exhausted = not after.high and (rests or any(entry.event == "exhausted" for entry in done.entries))
        if after.muted:
            assert after.level_at is None
            assert after.due_at is not None, "withheld for ever"
        elif not exhausted:
            assert after.level_at is not None, f"nobody would ever be paged again: {done.entries}"
    elif after.status is Status.RESOLVED:
        assert after.level_at is after.lapse_at is after.snooze_at is after.unmute_at is None
        assert after.firing == 0
        assert after.resolved_at is not None
    else:
        assert after.acknowledged_by
        assert after.acknowledged_at is not None
        assert after.level_at is None
        if after.status is Status.SNOOZED:
            assert after.snooze_at is not None
            assert after.snooze_at <= after.acknowledged_at + DAY
        elif book.policies[after.policy].ack_timeout is not None:
            assert after.lapse_at is not None
    for effect in done.effects:
        if isinstance(effect, Notify):
            assert effect.not_before >= now
            assert effect.reason


def clock(instant: Instant) -> str:
    """An instant as these tests read it: `Wed 12:05:00`."""
    return to_datetime(instant).strftime("%a %H:%M:%S")
