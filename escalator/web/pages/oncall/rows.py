"""The rows of a schedule's calendar: each layer's own shifts, overrides, swaps, and what comes of them in the end.

Law: the last row is `core.duty`'s, so what is drawn is who is paged. Pieces of a row neither overlap nor touch one of
the same person for the same reason.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeGuard

from escalator.core.duty import Duty, duties
from escalator.core.instant import DAY, HOUR, MINUTE, Instant, Span
from escalator.core.oncall import Imported, Layer, Override, Schedule, standings
from escalator.core.swap import Swap

BESIDE: Span = 14 * DAY
"""How far beyond what is shown true starts and ends are looked for: a shift is tapped whole."""
MOST = 600
"""Pieces of one row that are drawn: turns of minutes would be a grey blur that weighs a megabyte."""

_UNITS = {"m": MINUTE, "h": HOUR}
"""Those of turns that may be short."""
Kind = Literal["layer", "override", "swap", "final"]


class Piece(NamedTuple):
    """An unbroken stretch of one row."""

    starts_at: Instant
    ends_at: Instant
    person: str | None
    """None: nobody."""
    why: str = ""
    override: Override | None = None
    swap: Swap | None = None


class Row(NamedTuple):
    """One line of the calendar."""

    kind: Kind
    title: str
    pieces: tuple[Piece, ...]
    where: str = ""
    """File and line, of a layer."""
    more: int = 0
    """Pieces that are not drawn."""


class Plan(NamedTuple):
    """What a schedule's calendar draws, and from when to when."""

    schedule: Schedule
    overrides: Sequence[Override]
    swaps: Sequence[Swap]
    since: Instant
    until: Instant

    @property
    def walked(self) -> tuple[Instant, Instant]:
        """From when to when shifts are looked for: beyond what is shown; of very short turns, only its beginning."""
        turns = [_UNITS[each.every.unit] * each.every.length for each in self.schedule.layers if _by_the_clock(each)]
        if not turns or min(turns) >= HOUR:
            return self.since - BESIDE, self.until + BESIDE
        return self.since - min(turns), min(self.until + BESIDE, self.since + MOST * min(turns))

    def rows(self) -> list[Row]:
        """From the first layer down to the result."""
        return [*self._layers(), *self._overrides(), *self._swaps(), self.final()]

    def final(self) -> Row:
        """Who serves in the end, and when nobody does."""
        found = duties(self.schedule, self.overrides, *self.walked)
        accepted = {swap.override for swap in self.swaps if swap.override}
        return self._row("final", "On call", [_served(each, accepted) for each in found])

    def _layers(self) -> list[Row]:
        found = layer_shifts(self.schedule, *self.walked)
        return [
            self._row("layer", f"Layer {place + 1}", pieces, self.schedule.layers[place].where)
            for place, pieces in enumerate(found)
        ]

    def _overrides(self) -> list[Row]:
        accepted = {swap.override for swap in self.swaps if swap.override}
        own = [each for each in self.overrides if each.schedule == self.schedule.name and each.id not in accepted]
        pieces = [Piece(each.starts_at, each.ends_at, each.person, _made(each), each) for each in own]
        return self._lanes("override", "Overrides", pieces)

    def _swaps(self) -> list[Row]:
        open_or_done = [s for s in self.swaps if s.schedule == self.schedule.name and s.state in ("asked", "accepted")]
        pieces = [
            Piece(
                each.starts_at, each.ends_at, each.answered_by or each.colleague or each.asker, _asked(each), swap=each
            )
            for each in open_or_done
        ]
        return self._lanes("swap", "Swaps", pieces)

    def _lanes(self, kind: Kind, title: str, pieces: Iterable[Piece]) -> list[Row]:
        return [self._row(kind, title, lane) for lane in lanes(self._seen(pieces))]

    def _row(self, kind: Kind, title: str, pieces: Iterable[Piece], where: str = "") -> Row:
        seen = self._seen(pieces)
        return Row(kind, title, tuple(seen[:MOST]), where, max(0, len(seen) - MOST))

    def _seen(self, pieces: Iterable[Piece]) -> list[Piece]:
        return [each for each in pieces if each.starts_at < self.until and each.ends_at > self.since]


def _by_the_clock(layer: Layer | Imported) -> TypeGuard[Layer]:
    return isinstance(layer, Layer) and layer.every.unit in _UNITS


def layer_shifts(schedule: Schedule, since: Instant, until: Instant) -> list[list[Piece]]:
    """By layer, who has duty in it, whatever the layers above say."""
    found: list[list[Piece]] = [[] for _ in schedule.layers]
    for start, states in standings(schedule, (), since, until):
        for pieces, state in zip(found, states, strict=True):
            person = state.order[0] if state is not None and state.on_duty else None
            if pieces and pieces[-1].person == person:
                continue
            if pieces:
                pieces[-1] = pieces[-1]._replace(ends_at=start)
            pieces.append(Piece(start, until, person))
    return [[piece for piece in pieces if piece.person is not None] for pieces in found]


def lanes(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Rows in which none lies over another: who starts first takes the first row with room."""
    found: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda each: (each.starts_at, each.ends_at)):
        room = next((lane for lane in found if lane[-1].ends_at <= piece.starts_at), None)
        if room is None:
            found.append([piece])
        else:
            room.append(piece)
    return found


def _served(duty: Duty, accepted: set[str]) -> Piece:
    override = duty.override
    if duty.person is None:
        why = "nobody is on call"
    elif override is None:
        why = f"layer {(duty.layer or 0) + 1}"
    else:
        why = override.reason if override.id in accepted else _made(override)
    return Piece(duty.starts_at, duty.ends_at, duty.person, why, override)


def _made(override: Override) -> str:
    by = f" by {override.by}" if override.by and override.by != override.person else ""
    return f"override{by}" + (f": {override.reason}" if override.reason else "")


def _asked(swap: Swap) -> str:
    if swap.state == "accepted":
        return f"{swap.answered_by} takes it from {swap.asker}"
    return f"{swap.asker} asks {swap.colleague or 'anybody on the schedule'}"
