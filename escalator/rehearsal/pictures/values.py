"""What a picture shows, as plain values: whoever has lanes, marks and bands can have them drawn."""

from typing import NamedTuple

from escalator.core.instant import Instant


class Lane(NamedTuple):
    """One row: somebody who is told, or (as a strip above them) what runs on."""

    key: str
    name: str
    kind: str = "person"
    """`person`, `channel`, `alert`; for strips `levels`, `schedule`."""


class Mark(NamedTuple):
    """Something that happened in a lane."""

    at: Instant
    lane: str
    sign: str
    """A key of `signs.SIGNS`: a method, or an event."""
    fate: str = "heard"
    """`heard`, `lost`; `told` for what needs no answer."""
    title: str = ""
    number: int = 1
    """How many like it."""


class Band(NamedTuple):
    """Something that lasts: a level, an acknowledgement, a shift."""

    row: str
    """The key of a strip, or of a lane."""
    since: Instant
    until: Instant
    kind: str
    """A key of `style.BANDS`."""
    texts: tuple[str, ...] = ()
    """The same words, ever shorter: the first that fits is written."""


class Stretch(NamedTuple):
    """From, until."""

    since: Instant
    until: Instant


class Picture(NamedTuple):
    """One picture."""

    title: str
    lines: tuple[str, ...]
    """What stands under the title."""
    story: str
    """The whole in words, for those who do not see it."""
    zone: str
    since: Instant
    """From which the offsets count."""
    until: Instant
    strips: tuple[Lane, ...]
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    bands: tuple[Band, ...] = ()
    nights: tuple[Stretch, ...] = ()
    ticks: tuple[Instant, ...] = ()
    """Instants that deserve a column though nothing is marked there."""
