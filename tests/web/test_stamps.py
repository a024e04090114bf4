"""RFC 3339 as senders write it becomes an instant, whatever the offset and the fraction."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.core.instant import LATEST, from_datetime
from escalator.web.stamps import instant_of

AT = from_datetime(datetime(2026, 11, 23, 3, 50, 48, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23T03:50:48Z", AT),
        # The same second again comes from the cache, with each number of fraction digits.
        ("2026-11-23T03:50:48.072Z", AT + 72_000),
        ("2026-11-23T03:50:48.1Z", AT + 100_000),
        ("2026-11-23T03:50:48.123456789Z", AT + 123_456),
        # More digits than any clock has.
        ("2026-11-23T03:50:48.123456789123456789Z", AT + 123_456),
        # Lower case is allowed by the RFC.
        ("2026-11-23t03:50:48z", AT),
        ("2026-11-23T09:20:48.5+05:30", AT + 500_000),
        ("2026-11-22T19:50:48-08:00", AT),
        # Before 1970 and after 9999: clamped to what can be stored and read back.
        ("1969-12-31T23:59:59Z", 0),
        ("10000-01-01T00:00:00Z", LATEST),
        ("9999-12-31T23:59:59.999999Z", LATEST),
        # Absent, as Go, amtool and nobody write it.
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00.000Z", None),
        ("", None),
    ],
)
def test_a_stamp_is_read(text: str, instant: int | None) -> None:
    assert instant_of(text) == instant
    assert instant_of(text) == instant, "the second time it comes from the cache"


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-11-23",
        # No offset: whose midnight?
        "2026-11-23T03:50:48",
        "2026-13-23T03:50:48Z",
        "2026-11-23T03:50:48.Z",
        # Digits, but not ours.
        "2026-11-23T03:50:48.١٢Z",
        "2026-11-23T03:50:48+99:00",
        "2026-11-23T03:50:48.072Z ",
        "1",
    ],
)
def test_what_is_no_stamp_is_refused(text: str) -> None:
    assert instant_of("2026-11-23T03:50:48Z") == AT, "the second is in the cache"
    with pytest.raises(ValueError):
        instant_of(text)


@given(
    moment=st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001  naive: the zone is drawn apart
    minutes=st.integers(-23 * 60, 23 * 60),
)
def test_every_moment_is_read_as_python_writes_it(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert instant_of(aware.isoformat()) == max(from_datetime(aware), 0)
