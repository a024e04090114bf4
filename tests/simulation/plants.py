"""Known bugs, planted one at a time: each is a design that looks right and is not. A simulation that does not find them
would not find their like.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from escalator.core import episodes
from escalator.core.notification import Outcome
from escalator.engine import intake, lifecycle
from escalator.engine.claims import Claims, Letter, Report
from escalator.engine.lane import Answer, Lane
from escalator.store import bulk, incidents, outbox
from escalator.store.tables import IncidentRow, OutboxRow

JOIN = "o.kind = 'page' AND i.status = 'triggered' AND NOT i.muted"


def claim_without_join(patch: pytest.MonkeyPatch) -> None:
    """An acknowledgement cancels what is pending, but a claim does not look at the incident: leases that end and
    retries bring pages back.
    """
    _change_claims(patch, JOIN, "o.kind = 'page'")


def greedy_claim(patch: pytest.MonkeyPatch) -> None:
    """A lane claims more rows than it has senders free: the rest wait behind another's send."""

    claim, attempt = Claims.claim, Lane._attempt

    async def greedy(self: Any, via: str, free: int, **how: Any) -> list[Letter]:
        return await claim(self, via, 50, **how)

    async def queued(self: Any, letter: Letter) -> Answer:
        async with self.__dict__.setdefault("gate", asyncio.Semaphore(1)):
            return await attempt(self, letter)

    patch.setattr(Claims, "claim", greedy)
    patch.setattr(Lane, "_attempt", queued)


def step_without_compare(patch: pytest.MonkeyPatch) -> None:
    """A deadline's step reads outside its transaction and writes without comparing the version: two replicas walk the
    same level, and an acknowledgement in between is written over.
    """

    async def run_due(self: Any, incident_id: int) -> None:
        found = await self._database.read(lambda connection: incidents.load(connection, {incident_id}))
        await asyncio.sleep(0.01)

        def walk(connection: Any, ids: Any) -> list[Any]:
            unit = lifecycle.Unit(connection, self._world.view, self._database.now())
            unit.meet(found.values())
            for id in unit.incidents:
                unit.run_due(id)
            return [unit.flush()] * len(ids)

        self._wake(await self._database.write(walk, incident_id))

    def update(connection: Any, changed: Any) -> None:
        bulk.update(connection, IncidentRow, incidents.COLUMNS, [incidents.to_row(after) for after, _ in changed])

    patch.setattr(lifecycle.Lifecycle, "run_due", run_due)
    patch.setattr(incidents, "update", update)


def unfenced_result(patch: pytest.MonkeyPatch) -> None:
    """A result is written without its fencing token: a sender that stood still writes over its successor's."""

    fenced = outbox.record

    def record(connection: Any, ended: Any) -> list[bool]:
        fenced(connection, ended)
        columns = ("id", "state", "not_before", "lease_until")
        rows = [(e.row.id, e.state, e.retry_at or e.row.not_before, None) for e in ended]
        bulk.update(connection, OutboxRow, columns, rows)
        return [True] * len(ended)

    patch.setattr(outbox, "record", record)


def sent_before_sending(patch: pytest.MonkeyPatch) -> None:
    """A page counts as sent before it is (Healthchecks' order): a crash in between loses it."""

    attempt = Lane._attempt

    async def boast(self: Any, letter: Letter) -> Answer:
        await self._record(Report(letter.row, self._database.now(), 0, Outcome.SENT, "", None, None))
        return await attempt(self, letter)

    patch.setattr(Lane, "_attempt", boast)


def late_resolve_closes(patch: pytest.MonkeyPatch) -> None:
    """A resolve closes whatever is open, though it belongs to an earlier episode."""
    newer = episodes._newer
    patch.setattr(episodes, "_newer", lambda alert, known, now: not alert.firing or newer(alert, known, now))


def answer_before_commit(patch: pytest.MonkeyPatch) -> None:
    """The sender hears 2xx when its alerts are in the queue, not when they are on disk."""
    accept = intake.Intake.accept

    async def eager(self: Any, delivery: Any) -> int:
        self.__dict__.setdefault("later", set()).add(asyncio.ensure_future(swallowed(self, delivery)))
        return len(delivery.alerts)

    async def swallowed(self: Any, delivery: Any) -> None:
        await asyncio.gather(accept(self, delivery), return_exceptions=True)

    patch.setattr(intake.Intake, "accept", eager)


def no_takeover(patch: pytest.MonkeyPatch) -> None:
    """A row whose sender died stays with the dead (GoAlert's flaw): nobody claims it when the lease is over."""
    lease = "(o.state = 'pending' OR o.lease_until < ?)"
    _change_claims(patch, lease, lease.replace("o.lease_until < ?", "o.lease_until < ? - 1000000000000"))


def _change_claims(patch: pytest.MonkeyPatch, words: str, others: str) -> None:
    """In every form of the claim."""
    assert all(words in claim for claim in outbox.SQLITE_CLAIMS)
    changed = tuple(claim.replace(words, others) for claim in outbox.SQLITE_CLAIMS)
    patch.setattr(outbox, "SQLITE_CLAIMS", changed)


PLANTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], set[str]]] = {
    "claim without join": (claim_without_join, {"I3"}),
    "greedy claim": (greedy_claim, {"I3"}),
    "step without compare": (step_without_compare, {"I2"}),
    "unfenced result": (unfenced_result, {"I4"}),
    "sent before sending": (sent_before_sending, {"I4"}),
    "late resolve closes": (late_resolve_closes, {"I1", "I11"}),
    "answer before commit": (answer_before_commit, {"I1"}),
    "no take-over": (no_takeover, {"I14"}),
}
"""By name: how it is planted, and the invariants by which it may be found."""
