"""Five weeks of a company's life, lived by the real house on a clock that goes from one thing to the next.

Law: nothing is written but by the house's own rules: alerts come in, people who are paged answer or sleep, providers
take their time. The same seed lives the same life.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

from escalator.channels.base import Channel, Message, NotSent, Sent
from escalator.channels.sandbox import Sandbox
from escalator.core import events
from escalator.core.alert import Alert, fingerprint_of
from escalator.core.effects import Refused
from escalator.core.instant import DAY, HOUR, MINUTE, SECOND, Instant, Span, from_datetime, to_datetime
from tests.story.stage import Stage

NOW = from_datetime(datetime(2026, 3, 4, 3, 12, tzinfo=UTC))
"""The night of the pictures: a Wednesday."""
WEEKS = 5
REPEAT = 4 * HOUR
PROVED = frozenset({"sms", "call", "email"})
"""Ways whose contacts their owners prove with a code."""
PHONES = {"ANA": 101, "BEN": 117, "CLEO": 123, "DEV": 144, "EMIL": 150, "FEMI": 162, "GRACE": 188, "HANA": 195}
"""The last digits of numbers that nobody has: Ofcom keeps them for stories."""
TAKES = {"push": 0.3, "slack": 0.4, "sms": 1.1, "call": 2.4, "email": 0.8, "webhook": 0.2}
"""Seconds that a provider takes."""


class Kind(NamedTuple):
    """Something that goes wrong in this company now and then."""

    name: str
    labels: Mapping[str, str]
    words: str
    weekly: float
    """How often in a week."""
    lasts: tuple[int, int]
    """Minutes until the source says that it is over."""
    answered: float
    """The share of pages that somebody answers."""
    hosts: tuple[str, ...] = ()
    flaps: int = 0
    """How often it comes back within minutes."""


PAYMENTS, PLATFORM = {"team": "payments"}, {"team": "platform"}
KINDS = (
    Kind("CheckoutErrors", PAYMENTS | {"service": "checkout", "severity": "critical"},
         "4.1 % of payments failed in the last 5 minutes", 3, (8, 50), 0.9),
    Kind("LedgerReplicationLag", PAYMENTS | {"service": "ledger", "severity": "critical"},
         "ledger-db-2 is 94 s behind its primary", 2, (10, 70), 0.85, ("ledger-db-2", "ledger-db-3")),
    Kind("CardProviderSlow", PAYMENTS | {"service": "cards", "severity": "error"},
         "p95 of the card provider is 6.2 s", 6, (2, 25), 0.6),
    Kind("PaymentsQueueLag", PAYMENTS | {"service": "queue", "severity": "error"},
         "1,900 payments wait, the oldest for 4 minutes", 5, (2, 6), 0.35, flaps=3),
    Kind("NodeDown", PLATFORM | {"service": "cluster", "severity": "critical"},
         "the node answers neither kubelet nor ping", 2, (12, 60), 0.95, ("node-1", "node-2", "node-3", "node-4")),
    Kind("BackupLate", PLATFORM | {"service": "backup", "severity": "error"},
         "the backup of ledger-db has not ended after 3 h", 2, (30, 120), 0.5),
    Kind("DiskWillFill", PLATFORM | {"service": "storage", "severity": "warning"},
         "/var/lib/prometheus is full within four hours", 6, (60, 400), 0.4, ("mon-1", "mon-2", "log-3")),
    Kind("PodRestarts", PLATFORM | {"service": "cluster", "severity": "warning"},
         "image-resizer restarted 5 times in 15 minutes", 14, (3, 12), 0.05, ("image-resizer", "mailer")),
    Kind("CertificateExpires", PLATFORM | {"service": "edge", "severity": "warning"},
         "shop.example.com ends in 13 days", 0.6, (300, 1500), 0.9),
    Kind("ReportStale", {"team": "data", "service": "reports", "severity": "warning"},
         "the report of 06:00 is not there", 1.5, (60, 240), 0.7),
)  # fmt: skip
CAUSES = (
    "A **deploy** of `checkout` 2.41 doubled the connections. Rolled back.",
    "The provider had an outage; see <https://status.example.com/incidents/381>.",
    "Same as last week: the nightly `VACUUM` and the report meet. Moved the report by an hour.",
    "Noise. Suggest `for: 10m`.",
    "1. drained the node\n2. replaced the disk\n3. put it back",
)


class Weeks(Stage):
    """The company, from WEEKS ago to NOW."""

    def __init__(self, policies: Path, seed: int = 1) -> None:
        self.dice = Random(seed)  # noqa: S311  no secret
        self.sandbox = Sandbox(lambda: self.now)
        self.asleep: set[str] = set()
        """Names of alerts that nobody answers tonight."""
        self._agenda: list[tuple[Instant, int, Callable[[], Any]]] = []
        self._order = count()
        self._asked: set[tuple[str, str]] = set()
        starts = to_datetime(NOW - WEEKS * 7 * DAY).replace(tzinfo=None)
        self.codes: dict[tuple[str, str], str] = {}
        """By person and way, the code that was sent and not typed in yet."""
        super().__init__(policies, starts.isoformat(), "UTC", verifies=PROVED)

    def starts(self) -> None:
        with machine("escalator-1"):
            super().starts()

    def resolve(self, written: str) -> str:
        return address(written)

    def does(self, what: Any) -> Any:
        """Waits for it, and for all that follows from it."""
        return self._does(what)

    # --- time -------------------------------------------------------------------------------------------------------

    def at(self, when: Instant, what: Callable[[], Any]) -> None:
        """Puts it on the agenda."""
        heapq.heappush(self._agenda, (when, next(self._order), what))

    def live(self, until: Instant) -> None:
        """Everything that happens until then; what people do belongs to it."""
        while self.now < until:
            end = min(until, self._agenda[0][0] if self._agenda else until)
            if self.now < end:
                self._loop.clock = (self._next(end) - self.began) / SECOND
                self._does(self._look())
            while self._agenda and self._agenda[0][0] <= self.now:
                with suppress(Refused):
                    heapq.heappop(self._agenda)[2]()

    def _next(self, end: Instant) -> Instant:
        found = [end, *self._does(self.house.database.read(self._due))]
        timer = self._loop.next_timer()
        if timer is not None:
            found.append(self.began + round(timer * SECOND))
        for mute in self.house.world.mutes:
            found += [mute.silence.starts_at, mute.silence.ends_at]
        return min((at for at in found if at > self.now), default=end)

    async def _look(self) -> None:
        edges = {at for mute in self.house.world.mutes for at in (mute.silence.starts_at, mute.silence.ends_at)}
        await self._loop.settle()
        # Asking at every instant, as a story does, would be a third of all the work.
        if self.now in edges:
            await self.house.windows.look()
        await self.house.ticker.tick()
        await self.house.delivery.look()

    def admits(self, commit: Callable[[], None]) -> None:
        """Somebody pushes other policies."""
        commit()
        self._does(self._read())

    # --- what goes wrong --------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """All that will happen by chance goes on the agenda."""
        for kind in KINDS:
            for _ in range(round(kind.weekly * WEEKS)):
                when = self.began + HOUR + round(self.dice.random() * (WEEKS * 7 * DAY - 8 * HOUR))
                host = self.dice.choice(kind.hosts) if kind.hosts else ""
                self._happens(kind, when - when % SECOND, host)

    def _happens(self, kind: Kind, when: Instant, host: str) -> None:
        lasts = self.dice.uniform(*kind.lasts)
        for again in range(1 + self.dice.randint(0, kind.flaps)):
            start = when + again * round((lasts + 3) * MINUTE)
            end = min(start + round(lasts * MINUTE), NOW - HOUR)
            alert = alert_of(kind.name, kind.words, start, host=host, **kind.labels)
            self.at(start, lambda alert=alert: self.says(alert))
            self.at(end, lambda alert=alert, end=end: self.says(alert._replace(firing=False, ends_at=end)))

    def says(self, *alerts: Alert) -> None:
        """The source reports these."""
        self._deliver(list(alerts))

    # --- people -----------------------------------------------------------------------------------------------------

    def hear(self, via: str, who: str, address: str, message: Message) -> None:
        """A message arrives: whoever is paged answers it some minutes later, or does not."""
        if message.code is not None:
            self.codes[who, via] = message.code
            return
        self.sandbox.take(via, address, message)
        name = str(message.incident["labels"].get("alertname", ""))
        id = str(message.incident["id"])
        if message.kind != "page" or message.person is None or (id, who) in self._asked or name in self.asleep:
            return
        self._asked.add((id, who))
        answered = next((kind.answered for kind in KINDS if kind.name == name), 0.8)
        if self.dice.random() < answered:
            self._answers(int(id), who)

    def _answers(self, id: int, who: str) -> None:
        night = not 7 <= to_datetime(self.now).hour < 22
        after: Span = round(self.dice.lognormvariate(1.6 if night else 0.7, 0.7) * MINUTE)
        self.at(self.now + after, lambda: self.acts(events.Acknowledged(who), id))
        if self.dice.random() < 0.25:
            words = self.dice.choice(CAUSES)
            self.at(self.now + after + 6 * MINUTE, lambda: self.acts(events.Noted(who, words), id))
        if self.dice.random() < 0.1:
            self.at(self.now + after + 40 * MINUTE, lambda: self.acts(events.Resolved(who, "mended"), id))

    def close(self) -> None:
        """Nobody asks what is stranded: the night goes on elsewhere."""
        self.crashes()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self._memory.close()

    def channel(self, via: str) -> Channel:
        """The provider of one way out."""
        return Provider(via, self)


class Provider(Channel):
    """Takes its time, and now and then fails."""

    at_once = 16

    def __init__(self, via: str, company: Weeks) -> None:
        self.via = via
        self.verifies = via in PROVED
        self._company = company
        self._dice = Random(via)  # noqa: S311  no secret

    async def send(self, address: str, message: Message) -> Sent:
        if message.code is None:
            # Whoever asks for a code waits for it, and while somebody is waited for the clock stands.
            await asyncio.sleep(round(TAKES.get(self.via, 0.5) * self._dice.lognormvariate(0, 0.5), 3))
        if self._dice.random() < 0.03 and message.code is None:
            raise NotSent("temporary", "503 Service Unavailable")
        who = message.person or message.target.removeprefix("channel ")
        self._company.hear(self.via, who, address, message)
        return Sent(f"{self.via}-{message.key}", "delivered", delivered=self.via != "slack")

    async def check(self) -> str:
        return "a provider in the pictures"

    async def close(self) -> None:
        """Nothing is held."""


@contextmanager
def machine(name: str) -> Iterator[None]:
    """Whatever is built here is built on a machine of this name, whatever machine this is."""
    with patch("socket.gethostname", return_value=name), patch("os.getpid", return_value=1):
        yield


def address(written: str) -> str:
    """Where an address leads."""
    if written.startswith("secret:") and (name := written.removeprefix("secret:").removesuffix("_PHONE")) in PHONES:
        return f"+447700900{PHONES[name]}"
    return "https://status.example.com/hook" if written.startswith("secret:") else written


def alert_of(name: str, words: str, at: Instant, *, host: str = "", **labels: str) -> Alert:
    """One firing alert as Prometheus tells it. What is said of it beside its words ends with `_`: `runbook_=…`."""
    named = {"alertname": name} | {key: value for key, value in labels.items() if not key.endswith("_")}
    if host:
        named["instance"] = host
    notes = {key.rstrip("_"): value for key, value in labels.items() if key.endswith("_")}
    about = {"summary": words, "dashboard_url": f"https://grafana.example.com/d/{name.lower()}"} | notes
    graph = f"https://prometheus.example.com/graph?g0.expr={name}"
    return Alert("alertmanager", fingerprint_of(named), named, about, True, at - 20 * SECOND, None, graph)
