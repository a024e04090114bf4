"""The last day of an incident as a small picture: how many alerts began to fire in each hour, and when messages left.

Law: two paths and a sentence; a page has thirty of them. Without anything to show there is no picture.
"""

from typing import Final, NamedTuple

from escalator.store.board import HOURS, Day

STEP: Final = 4
WIDTH: Final = HOURS * STEP
HEIGHT: Final = 20
FOOT: Final = 19
TALLEST: Final = 14


class Spark(NamedTuple):
    """What the template draws."""

    title: str
    bars: str
    """A path: a stroke for each hour in which alerts began to fire."""
    dots: str
    """A path: a dot above each hour in which messages left."""


def spark(day: Day) -> Spark | None:
    """None where nothing happened."""
    fired, sent = sum(day.fired), sum(day.sent)
    if not fired and not sent:
        return None
    most = max(day.fired)
    bars = "".join(f"M{_middle(n)} {FOOT}v-{_tall(count, most)}" for n, count in enumerate(day.fired) if count)
    dots = "".join(f"M{_middle(n)} 2h0" for n, count in enumerate(day.sent) if count)
    title = f"In the last 24 hours {_counted(fired, 'alert')} fired and {_counted(sent, 'message')} left"
    return Spark(title, bars, dots)


def _middle(hour: int) -> int:
    return hour * STEP + STEP // 2


def _tall(count: int, most: int) -> int:
    """One alert is seen beside a thousand."""
    return max(2, round(TALLEST * count / most))


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
