"""What people write when they suppose something, read: an instant, an alert that may be a slip.

Law: what cannot be read is a ValueError in words that name no option and no field.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches

from escalator.core.alert import Labels
from escalator.core.book import Book
from escalator.core.instant import LATEST, SECOND, Instant, from_datetime, to_datetime
from escalator.core.wallclock import first, zone


def instant(text: str | None, where: str, now: Instant) -> Instant:
    """RFC 3339, a local time such as 2026-03-04T03:10, or 03:10 for the next time that clocks there show it."""
    if text is None:
        return now - now % SECOND
    try:
        if len(text) == len("03:10"):
            text = f"{to_datetime(now).astimezone(zone(where)):%Y-%m-%d}T{text}"
            today = first(datetime.fromisoformat(text), zone(where))
            return today if today >= now else first(datetime.fromisoformat(text) + timedelta(days=1), zone(where))
        parsed = datetime.fromisoformat(text)
        found = from_datetime(parsed) if parsed.tzinfo else first(parsed, zone(where))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time; write 2026-03-04T03:10, 03:10 or 2026-03-04T03:10:00Z") from error
    return min(max(found, 0), LATEST)


def unplanned(labels: Labels, book: Book) -> str | None:
    """What to say of an alert that the catalogue does not have: it may come, but it may be a slip too."""
    name = labels.get("alertname", "")
    known: Mapping[str, object] = book.alerts
    if not name or not known or name in known:
        return None
    near = get_close_matches(name, known, 1)
    return f"the catalogue `alerts:` has no {name!r}" + (f"; did you mean {near[0]}?" if near else "")
