"""A pair of Alertmanagers and what they watch: alerts live their lives, webhooks go out, are doubled, late, lost, cut.

It keeps the client's ledger: what was accepted, and what is true at the source now.
"""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from escalator.core.alert import Alert, fingerprint_of
from escalator.core.instant import SECOND, Instant
from escalator.engine.batch import Delivery
from tests.simulation.faults import Fault
from tests.simulation.watch import START, clock

if TYPE_CHECKING:
    from tests.simulation.world import Simulation

REPEAT = 60.0
"""Seconds between repetitions of a group that fires."""

SEVERITIES = ("critical", "critical", "warning", "error", "info")
SERVICES = ("db", "db", "db", "web", "web", "batch", "unknown")
"""Of the alerts that there may be: the first always, each other one in some seeds."""


@dataclass
class Truth:
    """One alert at its source."""

    labels: dict[str, str]
    firing: bool = False
    starts_at: Instant = 0
    ends_at: Instant = 0
    reported: bool = True
    """Whether its resolve went out."""

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.labels)

    def report(self) -> Alert:
        ends_at = None if self.firing else self.ends_at
        return Alert("alertmanager", self.fingerprint, self.labels, {}, self.firing, self.starts_at, ends_at)


class Source:
    """One per run."""

    def __init__(self, sim: "Simulation") -> None:
        self._sim = sim
        self._dice = dice = sim.dice.stream("source")
        self.alerts = [
            Truth({"alertname": f"A{n}", "service": service, "severity": dice.choice(SEVERITIES)})
            for n, service in enumerate(SERVICES)
            if n == 0 or dice.random() < 0.6
        ]
        self.accepted: list[Delivery] = []
        self._silent_until = 0.0
        self._posts = 0

    def start(self) -> None:
        for alert in self.alerts:
            self._sim.spawn(self._live(alert))
        for service in sorted({alert.labels["service"] for alert in self.alerts}):
            self._sim.spawn(self._repeat(service))

    # --- alerts ---------------------------------------------------------------------------------------------------

    async def _live(self, alert: Truth) -> None:
        dice = self._dice
        await asyncio.sleep(dice.uniform(1, 300))
        while not self._sim.dice.calm:
            self._fires(alert)
            self._flush(alert.labels["service"])
            await asyncio.sleep(dice.choice((dice.uniform(5, 60), dice.uniform(60, 500))))
            if self._sim.dice.strikes(Fault.BLINK, 0.2, dice):
                self._resolves(alert, reported=True)
                await asyncio.sleep(dice.uniform(1, 30))
                continue
            if self._sim.dice.calm:
                return
            self._resolves(alert, reported=False)
            self._flush(alert.labels["service"])
            await asyncio.sleep(dice.choice((dice.uniform(5, 60), dice.uniform(60, 400))))

    def _fires(self, alert: Truth) -> None:
        alert.firing, alert.starts_at = True, self._now()
        self._sim.watch.say("source", f"{alert.labels['alertname']} ({alert.labels['service']}) fires")

    def _resolves(self, alert: Truth, *, reported: bool) -> None:
        alert.firing, alert.ends_at, alert.reported = False, self._now(), reported
        self._sim.watch.say("source", f"{alert.labels['alertname']} ({alert.labels['service']}) resolves")

    def _now(self) -> Instant:
        return START + int(self._sim.time() * SECOND)

    # --- webhooks -------------------------------------------------------------------------------------------------

    async def _repeat(self, service: str) -> None:
        while True:
            await asyncio.sleep(20.0 if self._sim.dice.calm else REPEAT)
            if self._sim.dice.strikes(Fault.SOURCE_SILENT, 0.03, self._dice):
                self._silent_until = self._sim.time() + self._dice.uniform(420, 600)
            if self._sim.time() >= self._silent_until or self._sim.dice.calm:
                self._flush(service)

    def _flush(self, service: str) -> None:
        """What is true of the group now goes out, some of it twice, some of it late."""
        group = [alert for alert in self.alerts if alert.labels["service"] == service]
        reports = [alert.report() for alert in group if alert.firing or not alert.reported]
        for alert in group:
            alert.reported = True
        if not reports:
            return
        cut = self._cut(reports)
        kept = tuple(reports[: len(reports) - cut])
        self._post(Delivery("alertmanager", kept, cut, f"{{}}:{{service={service}}}", "http://am"))

    def _cut(self, reports: list[Alert]) -> int:
        if len(reports) > 1 and self._sim.dice.strikes(Fault.WEBHOOK_CUT, 0.05, self._dice):
            return self._dice.randrange(1, len(reports))
        return 0

    def _post(self, delivery: Delivery) -> None:
        dice, strikes = self._dice, self._sim.dice.strikes
        delay = dice.uniform(30, 240) if strikes(Fault.WEBHOOK_LATE, 0.06, dice) else dice.uniform(0, 0.2)
        self._sim.spawn(self._send(delivery, delay))
        if strikes(Fault.WEBHOOK_DOUBLED, 0.4, dice):
            self._sim.spawn(self._send(delivery, dice.choice((0.0, delay, dice.uniform(0, 30)))))

    async def _send(self, delivery: Delivery, delay: float) -> None:
        """Until it is accepted, as Alertmanager does with 5xx and broken connections."""
        self._posts += 1
        number, dice = self._posts, self._dice
        await asyncio.sleep(delay)
        while not self._sim.dice.strikes(Fault.WEBHOOK_LOST, 0.04, dice):
            replica = dice.choice(self._sim.replicas)
            answer = await replica.ask(lambda r: r.intake.accept(delivery))
            self._sim.watch.say("source", f"webhook {number} [{_words(delivery)}] to {replica.name}: {answer!r}")
            if isinstance(answer, int):
                self._sim.watch.accepted(delivery)
                self.accepted.append(delivery)
                return
            await asyncio.sleep(dice.uniform(0.5, 5))


def _words(delivery: Delivery) -> str:
    return " ".join(
        f"{a.labels['alertname']}{'+' if a.firing else '-'}{clock((a.starts_at - START) / SECOND)}"
        for a in delivery.alerts
    ) + (f" and {delivery.truncated} cut" if delivery.truncated else "")
