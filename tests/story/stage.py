"""The stage on which stories are played: the words in which they are told.

A story's verbs happen in order, and after each everything that follows from it has happened before the next line is
read. What is heard is checked in sentences; what was expected is read, and the rest can be asked for.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Self

from escalator.channels.registry import METHODS
from escalator.core import events
from escalator.core.alert import Alert, Matcher, fingerprint_of
from escalator.core.incident import Incident
from escalator.core.instant import to_datetime
from escalator.core.notification import Outcome
from escalator.core.policy import Target
from escalator.store import incidents, particulars
from tests.story.backstage import Backstage, Heard, span
from tests.story.faults import Fault


class Stage(Backstage):
    """One story."""

    # --- what sources report ----------------------------------------------------------------------------------------

    def alert(self, *names: str, severity: str = "", **labels: str) -> Self:
        """These begin to fire now."""
        for name in names:
            self._starts[name] = self.now
        return self.says_again(*names, severity=severity, **labels)

    def alert_unheard(self, name: str) -> Self:
        """It begins to fire, and the report of it does not come through."""
        self._starts[name] = self.now
        return self

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

    def forgets_silence(self, id: str) -> Self:
        """It is gone from the database, and nobody was told: who deleted it died at that instant."""
        with self._memory.connection.begin():
            self._memory.connection.exec_driver_sql("DELETE FROM silence WHERE id = ?", (id,))
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

    def says_of_the_last(self, via: str, outcome: Outcome, detail: str = "") -> Self:
        """What this provider says later of the last message that it took."""
        last = f"SELECT receipt FROM outbox WHERE via = '{via}' AND state = 'sent' ORDER BY id DESC"
        receipt = self._does(self.house.database.read(lambda c: c.exec_driver_sql(last).scalar()))
        assert self._does(self.house.desk.receipt(via, receipt, outcome, detail)), "no message waits for this word"
        return self

    def edits(self, text: str, file: str = "policies.yaml") -> Self:
        """Somebody edits the policies on disk; the process looks, if there is one."""
        (self.folder / file).write_text(text, encoding="utf-8")
        if self._house is not None:
            self._does(self._read())
        return self

    def edits_team(self, text: str) -> Self:
        """Somebody edits people, channels, schedules, hours."""
        return self.edits(text, "team.yaml")

    async def _read(self) -> None:
        await self.house.revisions.look()
        await self.house.revisions.move()
        await self._look()

    @property
    def problem(self) -> str | None:
        """Why what is on disk does not run."""
        return self.house.revisions.problem()

    # --- what is seen -----------------------------------------------------------------------------------------------

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

    def told_by(self, who: str, via: str, kind: str = "page") -> list[list[int]]:
        """The incidents of each message that somebody had by one way, in order."""
        return [[int(each) for each in h.incidents] for h in self.heard if (h.who, h.via, h.kind) == (who, via, kind)]

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

    @property
    def titles(self) -> list[str]:
        """Of all incidents, in order."""
        titles = "SELECT title FROM incident ORDER BY id"
        return list(self._does(self.house.database.read(lambda c: c.exec_driver_sql(titles).scalars().all())))

    def ledger(self, id: int) -> list[str]:
        """What was said at each attempt to tell of an incident."""
        page = self._does(
            self.house.database.read(lambda c: particulars.notifications(c, incident=id, limit=100, cursor=None))
        )
        return [attempt["detail"] for row in page[0] for attempt in row["attempts"]]

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
