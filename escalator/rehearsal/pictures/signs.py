"""The sign of each way to tell somebody, and of each thing that happens: a shape of its own and a letter, never colour
alone. Every shape is drawn in a square of 24.
"""

from typing import NamedTuple

SIZE = 24


class Sign(NamedTuple):
    """One sign."""

    word: str
    """As the legend says it."""
    path: str
    letter: str
    sits: float = 16.5
    """The letter's baseline."""
    stroke: str = ""
    """A second path, drawn as a line in the letter's colour."""


CIRCLE = "M12 1a11 11 0 1 0 .01 0z"
SQUARE = "M4 1h16a3 3 0 0 1 3 3v16a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3V4a3 3 0 0 1 3-3z"
FLAP = "M2 4.2l10 3.2 10-3.2"
TICK = "M6.5 12.5l4 4 7.5-9"
SIGNS: dict[str, Sign] = {
    "push": Sign("push", "M7 0h10a3 3 0 0 1 3 3v18a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z", "P"),
    "sms": Sign("SMS", "M4 2h16a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3h-8l-6 6v-6H4a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z", "S", 15),
    "call": Sign("call", CIRCLE, "C"),
    "email": Sign("e-mail", "M2 3h20a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H2a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z", "E", 19, FLAP),
    "slack": Sign("Slack", "M7 1h10l6 11-6 11H7L1 12z", "#"),
    "webhook": Sign("webhook", "M12 0l12 12-12 12L0 12z", "W", 16),
    "pagerduty": Sign("PagerDuty", "M2 1h20v12c0 6-6 9-10 11C8 22 2 19 2 13z", "D", 16),
    "apprise": Sign("Apprise", "M8 1h8l7 7v8l-7 7H8l-7-7V8z", "A"),
    "last-resort": Sign("last resort", "M12 0l3 4h5l1 5 3 3-3 3-1 5h-5l-3 4-3-4H4l-1-5-3-3 3-3 1-5h5z", "!"),
    "fired": Sign("fires", "M12 1l11.5 21H.5z", "!", 19),
    "cleared": Sign("resolved", CIRCLE, "", stroke=TICK),
    "acknowledged": Sign("acknowledges", SQUARE, "", stroke=TICK),
    "acted": Sign("does something", CIRCLE, "i"),
}  # fmt: skip
UNKNOWN = Sign("message", CIRCLE, "?")


def sign_of(name: str) -> Sign:
    """A channel that is younger than this table is drawn too."""
    return SIGNS.get(name) or UNKNOWN._replace(word=name)
