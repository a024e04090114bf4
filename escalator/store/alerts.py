"""Alerts in SQL: the hot row of each identity's newest episode, and the body appended when an episode opens."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from escalator.core.alert import Labels, Severity
from escalator.core.episodes import Body, Episode, State
from escalator.core.instant import Instant
from escalator.store import bulk
from escalator.store.tables import AlertRow, EpisodeRow

HOT = Episode._fields
SELECT = f"SELECT {', '.join(HOT)} FROM alert"  # noqa: S608  our own names

BODY = (
    "id", "incident_id", "alert_key", "source", "fingerprint", "labels", "annotations", "generator_url", "starts_at",
)  # fmt: skip

encode = msgspec.json.Encoder().encode
decode_map = msgspec.json.Decoder(dict[str, str]).decode


def _episode(row: Sequence[Any]) -> Episode:
    return Episode(row[0], row[1], row[2], State(row[3]), Severity(row[4]), *row[5:])


def load(connection: Connection, keys: Iterable[int]) -> dict[int, Episode]:
    """The newest episodes of these alerts, locked in the order of their keys (the loser of a race reads again)."""
    rows = bulk.select(connection, f"{SELECT} WHERE key {{keys}} ORDER BY key {{lock}}", sorted(keys))
    return {row[0]: _episode(row) for row in rows}


def peek(connection: Connection, key: int) -> Episode | None:
    """One alert's newest episode, without a lock."""
    row = bulk.plain(connection, f"{SELECT} WHERE key = ?", (key,)).fetchone()
    return None if row is None else _episode(row)


def of_incident(connection: Connection, incident_id: int) -> list[Episode]:
    """Its alerts that are not resolved: firing, held or unconfirmed."""
    query = f"{SELECT} WHERE incident_id = ? AND state <> {int(State.RESOLVED)} ORDER BY key {{lock}}"
    return [_episode(row) for row in bulk.plain(connection, query, (incident_id,)).fetchall()]


def labels_of(connection: Connection, incident_id: int) -> list[Labels]:
    """The labels of its alerts that fire."""
    query = (
        "SELECT e.labels FROM alert a JOIN episode e ON e.id = a.episode_id "
        "WHERE a.incident_id = ? AND a.state IN (?, ?)"
    )
    rows = bulk.plain(connection, query, (incident_id, int(State.FIRING), int(State.UNCONFIRMED))).fetchall()
    return [decode_map(row[0]) for row in rows]


def firing(connection: Connection, limit: int) -> dict[int, list[Labels]]:
    """By incident, the newest first, the labels of its alerts that fire; at most so many alerts."""
    query = (
        "SELECT a.incident_id, e.labels FROM alert a JOIN episode e ON e.id = a.episode_id "  # noqa: S608  our own words
        f"WHERE a.state <> {int(State.RESOLVED)} AND a.state IN (?, ?) ORDER BY a.incident_id DESC LIMIT ?"
    )
    rows = bulk.plain(connection, query, (int(State.FIRING), int(State.UNCONFIRMED), limit)).fetchall()
    found: dict[int, list[Labels]] = {}
    for incident_id, labels in rows:
        found.setdefault(incident_id, []).append(decode_map(labels))
    return found


def first_labels(connection: Connection, incident_id: int) -> Labels | None:
    """Of the alert that opened it, or the first that is still known; None where none is."""
    query = "SELECT labels FROM episode WHERE incident_id = ? ORDER BY id LIMIT 1"
    row = bulk.plain(connection, query, (incident_id,)).fetchone()
    return None if row is None else decode_map(row[0])


def named_of(connection: Connection, incident_ids: Iterable[int]) -> dict[int, dict[Episode, Labels]]:
    """By incident, its alerts that are not resolved, with their labels; without a lock."""
    query = (
        f"SELECT {', '.join(f'a.{name}' for name in HOT)}, e.labels FROM alert a "  # noqa: S608  our own names
        f"JOIN episode e ON e.id = a.episode_id WHERE a.incident_id {{keys}} AND a.state <> {int(State.RESOLVED)}"
    )
    found: dict[int, dict[Episode, Labels]] = {}
    for row in bulk.select(connection, query, sorted(incident_ids)):
        found.setdefault(row[2], {})[_episode(row[:-1])] = decode_map(row[-1])
    return found


def insert(connection: Connection, episodes: Sequence[Episode]) -> None:
    """First episodes of their alerts; raises IntegrityError when another replica was faster."""
    bulk.insert(connection, AlertRow, HOT, episodes)


def update(connection: Connection, episodes: Sequence[Episode]) -> None:
    bulk.update(connection, AlertRow, HOT, episodes)


def close_all(connection: Connection, incident_id: int, now: Instant) -> None:
    """Its open alerts count as resolved now."""
    query = "UPDATE alert SET state = ?, ends_at = ?, hold_until = NULL WHERE incident_id = ? AND state <> ?"
    bulk.plain(connection, query, (int(State.RESOLVED), now, incident_id, int(State.RESOLVED)))


CLOSED_WITH = f"incident_id = ? AND state = {int(State.RESOLVED)} AND ends_at = ?"


def closed_at(connection: Connection, incident_id: int, at: Instant) -> int:
    """How many of its alerts were closed with it at that instant."""
    query = f"SELECT key FROM alert WHERE {CLOSED_WITH} ORDER BY key {{lock}}"  # noqa: S608  our own words
    return len(bulk.plain(connection, query, (incident_id, at)).fetchall())


def reopen_all(connection: Connection, incident_id: int, closed_at: Instant) -> None:
    """Its alerts that were closed with it fire again."""
    query = f"UPDATE alert SET state = ?, ends_at = NULL WHERE {CLOSED_WITH}"  # noqa: S608  our own words
    bulk.plain(connection, query, (int(State.FIRING), incident_id, closed_at))


def pass_on_held(connection: Connection, incident_id: int, heir: int) -> int:
    """Its alerts that wait in a hold-down wait on another incident from now on; returns how many."""
    query = "UPDATE alert SET incident_id = ? WHERE incident_id = ? AND state = ?"
    moved: int = bulk.plain(connection, query, (heir, incident_id, int(State.HELD))).rowcount
    return moved


def touch(connection: Connection, keys: Sequence[int], now: Instant) -> None:
    """Repeats: nothing is new but that it was seen."""
    bulk.update(connection, AlertRow, ("key", "last_seen"), [(key, now) for key in keys])


def append(connection: Connection, bodies: Sequence[Body]) -> None:
    rows = [
        (
            episode_id, incident_id, key, alert.source, alert.fingerprint, encode(alert.labels).decode(),
            encode(alert.annotations).decode(), alert.generator_url, alert.starts_at,
        )
        for episode_id, incident_id, key, alert in bodies
    ]  # fmt: skip
    bulk.insert(connection, EpisodeRow, BODY, rows)


def reword(connection: Connection, bodies: Sequence[Body]) -> None:
    """Annotations or the source's link changed while it fires."""
    rows = [(b.episode_id, encode(b.alert.annotations).decode(), b.alert.generator_url) for b in bodies]
    bulk.update(connection, EpisodeRow, ("id", "annotations", "generator_url"), rows)


def supersede(connection: Connection, episodes: Sequence[Episode]) -> None:
    """A newer episode takes the hot row: the older one's end is kept with its body."""
    rows = [(e.episode_id, e.ends_at, e.last_seen) for e in episodes if e.episode_id]
    bulk.update(connection, EpisodeRow, ("id", "ends_at", "last_seen"), rows)
