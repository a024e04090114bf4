"""Values with a clock or a calendar: always with a unit, never with an offset."""

from escalator.language.shapes.patterns import CLOCK, DATE, DAY_RANGE, DURATION, PLACE, TURN, WALL
from escalator.language.shapes.values import Spelled, one_or_more

SPAN_MEANT = "digits and units, largest first: `90s`, `5m`, `1h30m`, `2d`, `1w`"
SPAN = Spelled(f"a duration, {SPAN_MEANT}", (DURATION,))
SPAN_OR_NEVER = Spelled(f"`never`, or a duration, {SPAN_MEANT}", (DURATION,), ("never",))
LENGTH = Spelled("the length of a turn: `1w`, `1d`, `12h`, `30m`, or `shift`", (TURN,), ("shift",))
ZONE = Spelled("a time zone by place, such as `Europe/London`, or `UTC`", (PLACE,), ("UTC",))
MOMENT = Spelled("a date and time without a zone, such as `2026-01-05T09:00`", (WALL,))
TIME_OF_DAY = Spelled("a time of day such as `09:00`: two digits each, 24 hours", (CLOCK,))
DAY = Spelled("a date such as `2026-12-25`", (DATE,))
WEEKDAYS = one_or_more(Spelled("days such as `mon-fri`", (DAY_RANGE,)))
