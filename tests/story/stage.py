"""The stage on which stories are played: the real engine over a database in memory, phones that answer, virtual time.

Law: nothing is faked but the clock and the providers. A story's verbs happen in order, and after each everything that
follows from it has happened before the next line is read. No thread is waited for but the one that reads policies.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from escalator.app.house import House, Plan
from escalator.channels.base import Message, Sent
from escalator.channels.registry import METHODS
from escalator.core import events
from escalator.core.alert import Alert, Matcher, fingerprint_of
from escalator.core.incident import Incident
from escalator.core.instant import HOUR, MINUTE, SECOND, Instant, Span, from_datetime, to_datetime
from escalator.core.notification import LAST_RESORT
from escalator.core.policy import Target
from escalator.engine.delivered import Delivery
from escalator.store import findings, incidents, outbox, particulars
from escalator.store.inline import InlineDatabase, Memory
from tests.story.faults import Fault

REPEAT = 4 * HOUR
"""Alertmanager's default repeat_interval."""

UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": 24 * HOUR}


def span(text: str) -> Span:
    """`1h30m` in microseconds."""
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))


class Heard(NamedTuple):
    """One message as its recipient had it."""

    at: Instant
    who: str
    """A person, or a channel by its name."""
    via: str
    kind: str
    reason: str

    def __str__(self) -> str:
        return f"{to_datetime(self.at):%a %H:%M:%S} {self.who} by {self.via} ({self.kind}: {self.reason})"


class Loop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still until the stage moves it."""

    clock = 0.0

    def time(self) -> float:
        return self.clock

    def next_timer(self) -> float | None:
        """When the next timer of anybody is due."""
        return min((timer.when() for timer in self._scheduled if not timer.cancelled()), default=None)  # type: ignore[attr-defined]

    async def settle(self) -> None:
        """Until nothing is left to do now."""
        idle = 0
        while idle < 3:
            await asyncio.sleep(0)
            busy = self._ready or ((timer := self.next_timer()) is not None and timer <= self.clock)  # type: ignore[attr-defined]
            idle = 0 if busy else idle + 1


class Phone:
    """One way out, as its provider behaves today."""

    at_once = 8

    def __init__(self, via: str, stage: "Stage") -> None:
        self.via = via
        self._stage = stage

    async def send(self, address: str, message: Message) -> Sent:
        who = message.person or message.target.removeprefix("channel ")
        fault = self._stage.faults.get((self.via, who)) or self._stage.faults.get((self.via, None))
        self._stage.tried.append((self._stage.now, who, self.via))
        if fault is not None:
            await fault(lambda: self._stage.hear(self.via, who, message))
        else:
            self._stage.hear(self.via, who, message)
        return Sent(f"receipt-{message.key}")

    async def check(self) -> str:
        return "a fake phone"

    async def close(self) -> None:
        """Nothing is held."""


class Stage:
    """One story. `policies`: a folder; what is written there is read when the story says so."""

    def __init__(
        self, policies: Path, starts: str, zone: str = "Europe/London", last_resort: str | None = None
    ) -> None:
        self.began = from_datetime(datetime.fromisoformat(starts).replace(tzinfo=ZoneInfo(zone)))
        self.faults: dict[tuple[str, str | None], Fault] = {}
        self.unset: set[str] = set()
        self.tried: list[tuple[Instant, str, str]] = []
        self.heard: list[Heard] = []
        self._unread: list[Heard] = []
        self._starts: dict[str, Instant] = {}
        self._firing: dict[str, Alert] = {}
        self._repeats_at = self.began + REPEAT
        self._policies = policies
        self._last_resort = last_resort
        self._loop = Loop()
        self._memory = Memory()
        self._house: House | None = None
        self.starts()

    # --- the process ------------------------------------------------------------------------------------------------

    def starts(self) -> None:
        """A new process on the same database."""
        database = InlineDatabase(self._memory, clock=lambda: self.now)
        phones = {via: Phone(via, self) for via in METHODS}
        plan = Plan(
            policies=self._policies, public_url="https://escalator.example", channels=phones,
            resolve=lambda written: None if written.removeprefix("secret:") in self.unset else written, version="1.2.3",
            last_resort=self._last_resort, last_resort_channel=Phone(LAST_RESORT, self),
        )  # fmt: skip
        self._house = House(database, plan)
        self._does(self._start(self._house))

    async def _start(self, house: House) -> None:
        await house.revisions.look()
        await house.revisions.move()
        await house.windows.look()
        house.delivery.start()
        await self._look()

    def crashes(self) -> None:
        """The process is gone at this instant: what it was about to do, it does not."""
        house, self._house = self.house, None
        house.ticker.stop()
        self._loop.run_until_complete(self._kill(house))

    async def _kill(self, house: House) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await house.database.close()

    def close(self) -> None:
        """The curtain. Raises AssertionError where the story leaves something stranded."""
        try:
            if self._house is not None:
                found = self._does(self.house.database.read(lambda c: findings.audit(c, self.now)))
                assert found == [], f"stranded: {found}"
                self.crashes()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
            self._memory.close()

    @property
    def house(self) -> House:
        assert self._house is not None, "the process is down"
        return self._house

    def _does(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(self._settled(what))

    async def _settled(self, what: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await what
        finally:
            await self._loop.settle()

    # --- time -------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> Instant:
        return self.began + round(self._loop.clock * SECOND)

    def passes(self, text: str) -> Self:
        """Time goes on, from one thing that is due to the next."""
        end = self.now + span(text)
        while self.now < end:
            self._loop.clock = (self._next(end) - self.began) / SECOND
            if self._house is not None:
                self._repeat()
                self._does(self._look())
        return self

    def _repeat(self) -> None:
        """Alertmanager repeats what fires."""
        if self.now >= self._repeats_at:
            self._repeats_at = self.now + REPEAT
            self._deliver(list(self._firing.values()))

    def sender_dies(self) -> Self:
        """Nothing is repeated any more."""
        self._firing.clear()
        return self

    def _next(self, end: Instant) -> Instant:
        if self._house is None:
            return end
        found = [end, self._repeats_at, *self._does(self.house.database.read(self._due))]
        timer = self._loop.next_timer()
        if timer is not None:
            found.append(self.began + round(timer * SECOND))
        for mute in self.house.world.mutes:
            found += [mute.silence.starts_at, mute.silence.ends_at, self.now + MINUTE]
        if self.house.world.book.heartbeats:
            found.append(self.now + 15 * SECOND)
        return min(at for at in found if at > self.now)

    def _due(self, connection: Any) -> list[Instant]:
        found = [incidents.next_due(connection, self.now), outbox.due_vias(connection, self.now)[1]]
        # A lease that ends is due to be taken over; the outbox is asked each second, so this is asked each second too.
        leased = connection.exec_driver_sql("SELECT MIN(lease_until) FROM outbox WHERE state = 'sending'").scalar()
        return [at for at in (*found, leased and leased + 1) if at]

    async def _look(self) -> None:
        """What the scheduler does every second, at each instant at which it matters."""
        house = self.house
        await self._loop.settle()
        await house.windows.look()
        if house.world.book.heartbeats:
            await house.upkeep.listen()
        await house.ticker.tick()
        await house.delivery.look()

    # --- what sources report ----------------------------------------------------------------------------------------

    def alert(self, *names: str, severity: str = "", **labels: str) -> Self:
        """These begin to fire now."""
        for name in names:
            self._starts[name] = self.now
        return self.says_again(*names, severity=severity, **labels)

    def says_again(self, *names: str, severity: str = "", **labels: str) -> Self:
        """The sender repeats that these fire, with the startsAt that they had."""
        return self._deliver([self._alert(name, True, severity, labels) for name in names])

    def resolves(self, *names: str, severity: str = "", **labels: str) -> Self:
        """The source says that these are over."""
        return self._deliver([self._alert(name, False, severity, labels) for name in names])

    def body(self, firing: Sequence[str] = (), resolved: Sequence[str] = (), truncated: int = 0) -> Self:
        """One body of Alertmanager's, with a groupKey, that lists these and cuts off others."""
        for name in firing:
            self._starts.setdefault(name, self.now)
        alerts = [self._alert(name, name in firing, "", {}) for name in (*firing, *resolved)]
        return self._deliver(alerts, truncated, group='{}:{team="ops"}')

    def _alert(self, name: str, firing: bool, severity: str, labels: dict[str, str]) -> Alert:
        named = {"alertname": name.split("#")[0], **labels}
        if "#" in name:
            named["instance"] = name.split("#")[1]
        if severity:
            named["severity"] = severity
        ends = None if firing else self.now
        return Alert("alertmanager", fingerprint_of(named), named, {"summary": name}, firing, self._starts[name], ends)

    def _deliver(self, alerts: list[Alert], truncated: int = 0, group: str = "") -> Self:
        for alert in alerts:
            self._firing.pop(alert.fingerprint, None)
            if alert.firing:
                self._firing[alert.fingerprint] = alert
        delivery = Delivery("alertmanager", tuple(alerts), truncated, group)
        assert self._does(self.house.intake.accept(delivery)) == len(alerts)
        return self

    # --- what people do ---------------------------------------------------------------------------------------------

    def acknowledges(self, *people: str, incident: int = 1) -> Self:
        """At the same instant, when several."""
        acts = [self.house.lifecycle.act(incident, events.Acknowledged(name)) for name in people]
        self._does(_all(acts))
        return self

    def acts(self, event: events.Event, incident: int = 1) -> Self:
        """Raises Refused."""
        self._does(self.house.lifecycle.act(incident, event))
        return self

    def snoozes(self, who: str, text: str) -> Self:
        return self.acts(events.Snoozed(who, self.now + span(text)))

    def reassigns(self, who: str, *people: str) -> Self:
        return self.acts(events.Reassigned(who, tuple(Target("person", name) for name in people)))

    def silences(self, text: str, after: str = "0s", **labels: str) -> str:
        """The id of the silence."""
        matchers = tuple(Matcher(name, "=", value) for name, value in labels.items())
        begins = self.now + span(after)
        silence = self._does(self.house.windows.silence(matchers, begins, begins + span(text), "ana", "migration"))
        return str(silence.id)

    def deletes_silence(self, id: str) -> Self:
        assert self._does(self.house.windows.unsilence(id, "ana"))
        return self

    def overrides(self, schedule: str, person: str, text: str) -> Self:
        until = self.now + span(text)
        self._does(self.house.windows.override(schedule, person, self.now, until, person, "swapped"))
        return self

    # --- what breaks ------------------------------------------------------------------------------------------------

    def breaks(self, via: str, fault: Fault, who: str | None = None) -> Self:
        """From now on this way out behaves so, for everyone or for one."""
        self.faults[via, who] = fault
        return self

    def mends(self, via: str, who: str | None = None) -> Self:
        del self.faults[via, who]
        return self

    def edits(self, text: str) -> Self:
        """Somebody edits the policies on disk, beside the team, which stays; the process looks, if there is one."""
        (self._policies / "policies.yaml").write_text(text, encoding="utf-8")
        if self._house is not None:
            self._does(self._read())
        return self

    async def _read(self) -> None:
        await self.house.revisions.look()
        await self.house.revisions.move()
        await self._look()

    @property
    def problem(self) -> str | None:
        """Why what is on disk does not run."""
        return self.house.revisions.problem()

    # --- what is seen -----------------------------------------------------------------------------------------------

    def hear(self, via: str, who: str, message: Message) -> None:
        heard = Heard(self.now, who, via, message.kind, message.reason)
        self.heard.append(heard)
        self._unread.append(heard)

    def expect(self, *sentences: str) -> Self:
        """Each is heard at this very instant: `ana gets a push and an email`, `ops-slack is told: acknowledged by bob`.

        What was expected is read, so that `nobody_else_is_paged` asks for the rest.
        """
        return self._expect(sentences, lambda heard: heard.at == self.now)

    def expect_meanwhile(self, *sentences: str) -> Self:
        """Each was heard at some time and not read yet."""
        return self._expect(sentences, lambda heard: True)

    def _expect(self, sentences: Sequence[str], when: Callable[[Heard], bool]) -> Self:
        for sentence in sentences:
            who, ways, words = _understood(sentence)
            for way in ways:
                fits = [
                    h for h in self._unread
                    if h.who == who and way in (h.via, h.kind, "") and words in f"{h.kind} {h.reason}" and when(h)
                ]  # fmt: skip
                assert fits, f"{sentence!r} did not happen at {to_datetime(self.now):%a %H:%M:%S}; {self._told()}"
                gone = fits[:1] if way in METHODS else fits
                self._unread = [heard for heard in self._unread if heard not in gone]
        return self

    def nobody_else_is_paged(self) -> Self:
        """Since the last line that expected something; updates are let by."""
        pages = [heard for heard in self._unread if heard.kind == "page"]
        self._unread = [heard for heard in self._unread if heard.kind != "page"]
        assert not pages, "\n".join(map(str, ["somebody else was paged:", *pages]))
        return self

    def nobody_else_is_told(self) -> Self:
        """No page, no update, nothing."""
        unread, self._unread = self._unread, []
        assert not unread, "\n".join(map(str, ["somebody else was told:", *unread]))
        return self

    def forgets(self) -> Self:
        """What was heard so far is another story's."""
        self._unread.clear()
        return self

    def _told(self) -> str:
        return "\n".join(map(str, ["unread:", *self._unread])) if self._unread else "nothing is unread"

    def incident(self, id: int = 1) -> Incident:
        found: dict[int, Incident] = self._does(self.house.database.read(lambda c: incidents.load(c, [id])))
        return found[id]

    @property
    def incidents(self) -> int:
        """How many there are."""
        count = "SELECT COUNT(*) FROM incident"
        return int(self._does(self.house.database.read(lambda c: c.exec_driver_sql(count).scalar())))

    def timeline(self, id: int = 1) -> str:
        lines = self._does(self.house.database.read(lambda c: particulars.timeline(c, id)))
        return "\n".join(f"{line['at']} {line['event']}: {line['reason']}" for line in lines)

    def notes(self, words: str, incident: int = 1) -> Self:
        """The timeline has these words."""
        text = self.timeline(incident)
        assert words in text, f"{words!r} is not in the timeline:\n{text}"
        return self


async def _all(acts: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    return list(await asyncio.gather(*acts))


SENTENCE = re.compile(r"(?P<who>[\w-]+) (?:gets|is) (?P<ways>[^:]+)(?:: (?P<words>.+))?")


def _understood(sentence: str) -> tuple[str, list[str], str]:
    """Who, by which ways (a method, a kind of message, or empty for any), with which words."""
    found = SENTENCE.fullmatch(sentence)
    assert found, f"a sentence that the stage does not understand: {sentence}"
    who, text, words = found["who"], found["ways"], found["words"] or ""
    if text == "told":
        return who, [""], words
    if text == "paged":
        return who, ["page"], words
    if text == "called":
        return who, ["call"], words
    ways = [word for word in re.split(r"\W+", text) if word not in ("a", "an", "and")]
    assert set(ways) <= set(METHODS), f"unknown ways in {sentence!r}"
    return who, ways, words
