"""How a service stands: its live policies and what they do not say, and every incident that is open. As JSON and back.

What the service writes and a command reads, so that a rehearsal can begin where the service is now.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from escalator.core.alert import Labels, Silence
from escalator.core.episodes import Episode
from escalator.core.incident import Incident
from escalator.core.instant import Instant
from escalator.core.oncall import Override
from escalator.rehearsal.incidents import Circumstances
from escalator.rehearsal.outbox import Stood


class Open(NamedTuple):
    """An incident that is open now, and its alerts that are not resolved."""

    incident: Incident
    alerts: Mapping[Episode, Labels]


class Standing(NamedTuple):
    """One service at one instant."""

    at: Instant
    revision: int
    sources: Mapping[str, str]
    """The texts of the live revision, by file."""
    open: tuple[Open, ...]
    """The newest; `more` says how many there are beside."""
    more: int = 0
    circumstances: Circumstances = Circumstances()


class Alone(NamedTuple):
    """One open incident at one instant, with everything that decides what comes of it. Not written as JSON."""

    at: Instant
    open: Open
    messages: tuple[Stood, ...] = ()
    sent: Mapping[str, Sequence[Instant]] = MappingProxyType({})
    """When contacts that have caps had their last messages, whatever those told of."""
    circumstances: Circumstances = Circumstances()


class Turn(msgspec.Struct):
    policy: str
    level: int
    taken: int


class Fired(msgspec.Struct):
    episode: Episode
    labels: dict[str, str]


class Kept(msgspec.Struct):
    incident: Incident
    alerts: list[Fired]


class Document(msgspec.Struct):
    """The JSON: values of `core` as arrays in the order of their fields."""

    at: int
    revision: int
    sources: dict[str, str]
    open: list[Kept]
    more: int
    overrides: list[Override]
    silences: list[Silence]
    unusable: list[str]
    unverified: list[str]
    turns: list[Turn]


def encode(standing: Standing) -> bytes:
    around = standing.circumstances
    return msgspec.json.encode(
        Document(
            standing.at, standing.revision, dict(standing.sources),
            [Kept(each.incident, [Fired(*pair) for pair in _pairs(each)]) for each in standing.open],  # type: ignore[arg-type]
            standing.more, list(around.overrides), list(around.silences), sorted(around.unusable),
            sorted(around.unverified), [Turn(*key, taken) for key, taken in sorted(around.turns.items())],
        )
    )  # fmt: skip


def _pairs(open_: Open) -> list[tuple[Episode, Labels]]:
    return list(open_.alerts.items())


def decode(raw: bytes | Any) -> Standing:
    """Of the bytes, or of what a JSON parser made of them; raises ValueError for what `encode` does not write."""
    document = msgspec.json.decode(raw, type=Document) if isinstance(raw, bytes) else msgspec.convert(raw, Document)
    around = Circumstances(
        tuple(document.overrides), tuple(document.silences), frozenset(document.unusable),
        frozenset(document.unverified), {(turn.policy, turn.level): turn.taken for turn in document.turns},
    )  # fmt: skip
    open_ = tuple(Open(each.incident, {one.episode: one.labels for one in each.alerts}) for each in document.open)
    return Standing(document.at, document.revision, document.sources, open_, document.more, around)
