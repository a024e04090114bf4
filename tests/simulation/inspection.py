"""After calm: what must be true of a run that is over. Each question reads the database, the provider's list and the
client's ledger, and nothing of the engine.
"""

from collections import Counter
from typing import TYPE_CHECKING

from escalator.core.alert import identity
from escalator.core.circuit import PROBE_LAST
from escalator.core.instant import SECOND
from tests.simulation.watch import SKEW, START, clock, virtual

if TYPE_CHECKING:
    from tests.simulation.world import Simulation

SLACK = 5.0 + 2 * SKEW
"""Seconds: a poll, a retry, two clocks."""

FIRING, RESOLVED, UNCONFIRMED = 0, 1, 3


def inspect(sim: "Simulation") -> None:
    """Every question; the first breach is kept."""
    for question in (accepted, known, one_incident, copies, ends, nothing_overdue, in_time):
        question(sim)


def accepted(sim: "Simulation") -> None:
    """I1: what was answered with 2xx is there: every alert, and the end of every episode that ended."""
    keys = {row[0] for row in sim.watch.ask("SELECT key FROM alert")}
    bodies = {row[0] for row in sim.watch.ask("SELECT alert_key FROM episode")}
    for delivery in sim.source.accepted:
        for alert in delivery.alerts:
            if alert.key not in keys or (alert.firing and alert.key not in bodies):
                sim.watch.fail("I1", f"{alert.labels} was accepted and is not in the database")


def known(sim: "Simulation") -> None:
    """I1: what fires at the source, as told again and again in the calm, is open, counted, and pages."""
    query = (
        "SELECT a.state, i.status, i.id, i.firing FROM alert a JOIN incident i ON i.id = a.incident_id WHERE a.key = ?"
    )
    for truth in sim.source.alerts:
        if not truth.firing:
            continue
        found = sim.watch.ask(query, identity("alertmanager", truth.fingerprint))
        if not found or found[0][0] != FIRING or found[0][1] == "resolved":
            sim.watch.fail("I1", f"{truth.labels} fires, was told, and is {found}")
        elif _unconfirmed(sim, found[0][2]):
            sim.watch.fail(
                "I1", f"incident {found[0][2]} counts as unconfirmed while {truth.labels} is reported firing"
            )
    counts = (
        "SELECT i.id, i.firing, COUNT(a.key) FROM incident i LEFT JOIN alert a ON a.incident_id = i.id "
        "AND a.state IN (0, 3) WHERE i.status <> 'resolved' GROUP BY i.id, i.firing HAVING i.firing <> COUNT(a.key)"
    )
    for id, counted, real in sim.watch.ask(counts):
        sim.watch.fail("I11", f"incident {id} believes that {counted} alerts fire; {real} do")


def _unconfirmed(sim: "Simulation", incident: int) -> bool:
    query = "SELECT json_extract(state, '$.unconfirmed') FROM incident WHERE id = ?"
    return bool(sim.watch.ask(query, incident)[0][0])


def one_incident(sim: "Simulation") -> None:
    """I11: copies and orders of one episode are one episode, hence one incident."""
    query = (
        "SELECT fingerprint, starts_at, COUNT(*), COUNT(DISTINCT incident_id) FROM episode GROUP BY 1, 2 "
        "HAVING COUNT(*) > 1"
    )
    for fingerprint, starts_at, number, incidents in sim.watch.ask(query):
        if labels := _labels(sim, fingerprint):
            since = clock(virtual(starts_at))
            sim.watch.fail("I11", f"{labels} since {since} opened {number} episodes in {incidents} incidents")


def _labels(sim: "Simulation", fingerprint: str) -> dict[str, str] | None:
    return next((truth.labels for truth in sim.source.alerts if truth.fingerprint == fingerprint), None)


def copies(sim: "Simulation") -> None:
    """I4: a message is taken once, and once more for each lease that ran out and each answer in doubt."""
    query = "SELECT outbox_id, COUNT(*) FROM attempt WHERE outcome LIKE 'ambiguous%' GROUP BY outbox_id"
    doubtful = dict(sim.watch.ask(query))
    for row, number in Counter(landing.outbox for landing in sim.watch.landings).items():
        allowed = 1 + sim.watch.expiries[row] + doubtful.get(row, 0)
        if number > allowed:
            sim.watch.fail("I4", f"row {row} was taken {number} times; {allowed} can be explained")


def ends(sim: "Simulation") -> None:
    """I4: what ended ended well, or somebody else was tried; what has not ended has its time still to come."""
    now = START + int((sim.time() - SLACK) * SECOND)
    taken = {(landing.outbox, incident) for landing in sim.watch.landings for incident in landing.incidents}
    ended = "SELECT id, COALESCE(carrier, id), incident_id, state FROM outbox WHERE state IN ('sent', 'delivered')"
    for id, carrier, incident, state in sim.watch.ask(ended):
        if (carrier, incident) not in taken:
            sim.watch.fail("I4", f"row {id} is {state} and no provider has it")
    stranded = (
        "SELECT f.id, n.id FROM outbox f JOIN outbox n ON n.incident_id = f.incident_id AND n.round = f.round "
        "AND n.level = f.level AND n.attempt = f.attempt AND n.person = f.person AND n.kind = 'page' "
        "WHERE f.kind = 'page' AND f.state = 'failed' AND n.state = 'pending' AND n.attempts = 0 "
        "AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.outbox_id = n.id) "
        "AND n.not_before > ? AND n.step > f.step AND NOT EXISTS ("
        "SELECT 1 FROM outbox m WHERE m.incident_id = f.incident_id AND m.round = f.round AND m.level = f.level "
        "AND m.attempt = f.attempt AND m.person = f.person AND m.kind = 'page' "
        "AND m.step > f.step AND m.step < n.step)"
    )
    for failed, waiting in sim.watch.ask(stranded, now):
        sim.watch.fail("I4", f"row {failed} failed and the next contact, row {waiting}, still waits for its turn")


def nothing_overdue(sim: "Simulation") -> None:
    """I14: no lease that ran out, nothing that should have been sent."""
    now = START + int((sim.time() - SLACK) * SECOND)
    query = (
        "SELECT id, state FROM outbox WHERE (state = 'sending' AND lease_until < ?) "
        "OR (state = 'pending' AND not_before < ?)"
    )
    for id, state in sim.watch.ask(query, now, now):
        sim.watch.fail("I14", f"row {id} is {state} and nobody deals with it")


def in_time(sim: "Simulation") -> None:
    """A page that was wanted all along reached its provider within lease, poll and retry waits of its time."""
    first = {}
    for landing in sim.watch.landings:
        first.setdefault(landing.outbox, landing.at)
    query = (
        "SELECT o.id, COALESCE(o.carrier, o.id), (SELECT COALESCE(SUM(CASE WHEN a.detail LIKE '%not tried%' THEN ? "
        "ELSE ? END), 0) FROM attempt a WHERE a.outbox_id = o.id AND a.outcome <> 'sent') "
        "FROM outbox o JOIN incident i ON i.id = o.incident_id WHERE o.kind = 'page' AND i.severity = 3 "
        "AND o.state IN ('sent', 'delivered') "
        "AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.outbox_id = o.id AND a.outcome = 'postponed')"
    )
    # What a phone bears no more of waits for its quarter of an hour, while the person's next contact is tried.
    for row, carrier, waits in sim.watch.ask(query, PROBE_LAST // SECOND + 11, 75 + 11):
        if carrier not in first:
            continue  # `ends` tells of it
        due = sim.watch.due_at[row]
        bound = SLACK + 11 + 31 * (sim.watch.expiries[row] + 1) + waits + _outage(sim, due, first[carrier])
        if first[carrier] - due > bound:
            sim.watch.fail("I5", f"page {row} was due at {clock(due)} and landed at {clock(first[carrier])}")


def _outage(sim: "Simulation", since: float, until: float) -> float:
    return sum(
        max(0.0, min(end, until) - max(start, since)) + 2 for start, end in sim.unwell if end > since and start < until
    )
