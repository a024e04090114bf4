"""Swaps: what may be asked, who may answer, and when it is too late."""

import pytest

from escalator.core.instant import DAY, HOUR, WEEK, rfc3339
from escalator.core.oncall import Every, Layer, Override, Person, Schedule
from escalator.core.swap import LONGEST, Swap, state, unacceptable, unaskable, undeclinable
from tests.core.test_oncall import local
from tests.core.zones import utc

MONDAY = utc("2026-01-05T00:00")
NOW = MONDAY - DAY
PEOPLE = {name: Person(name, ()) for name in ("ann", "bob", "cyd", "zoe")}
OPS = Schedule("ops", "UTC", (Layer(("ann", "bob", "cyd"), Every(1, "w"), local("2026-01-05T00:00"), "UTC"),))
ANN = Swap("w1", "ops", "ann", "bob", MONDAY + 8 * HOUR, MONDAY + 12 * HOUR)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, None),
        ({"colleague": None}, None),
        # also somebody who is on no layer, where that is whom ann asks
        ({"colleague": "zoe"}, None),
        ({"ends_at": MONDAY + WEEK}, None),
        ({"asker": "mallory"}, "know no mallory"),
        ({"colleague": "mallory"}, "know no mallory"),
        ({"colleague": "ann"}, "somebody else"),
        ({"ends_at": MONDAY + 8 * HOUR}, "after it starts"),
        ({"ends_at": MONDAY + 8 * HOUR + LONGEST + 1}, "30 days"),
        ({"starts_at": NOW}, "has begun"),
        ({"asker": "cyd"}, "ann is from 2026-01-05T08:00:00Z"),
        # the last hour is bob's
        ({"ends_at": MONDAY + WEEK + HOUR}, "bob is from 2026-01-12T00:00:00Z to 2026-01-12T01:00:00Z"),
        ({"starts_at": MONDAY - HOUR}, "nobody is from 2026-01-04T23:00:00Z"),
    ],
)
def test_whoever_asks_asks_for_a_shift_of_their_own_that_is_to_come(change: dict[str, object], why: str | None) -> None:
    found = unaskable(ANN._replace(**change), OPS, (), PEOPLE, NOW)  # type: ignore[arg-type]
    assert found is None if why is None else why in (found or "")


@pytest.mark.parametrize(
    ("by", "change", "why"),
    [
        ("bob", {}, None),
        ("cyd", {}, "bob was asked"),
        ("ann", {}, "their own"),
        ("mallory", {}, "know no mallory"),
        ("cyd", {"colleague": None}, None),
        ("zoe", {"colleague": None}, "on no layer of ops"),
        ("zoe", {"colleague": "zoe"}, None),
        ("bob", {"state": "accepted"}, "accepted already"),
        ("bob", {"state": "declined"}, "declined already"),
        ("bob", {"state": "expired"}, "expired"),
    ],
)
def test_who_was_asked_accepts_or_anybody_on_the_schedule_where_nobody_was_named(
    by: str, change: dict[str, object], why: str | None
) -> None:
    found = unacceptable(ANN._replace(**change), OPS, (), PEOPLE, by, NOW)  # type: ignore[arg-type]
    assert found is None if why is None else why in (found or "")


def test_what_is_no_longer_theirs_cannot_be_handed_on() -> None:
    made = Override("ops", "cyd", MONDAY + 9 * HOUR, MONDAY + 10 * HOUR)
    found = unacceptable(ANN, OPS, (made,), PEOPLE, "bob", NOW)
    assert found is not None
    assert f"cyd is from {rfc3339(made.starts_at)}" in found


@pytest.mark.parametrize(
    ("by", "colleague", "why"),
    [
        ("bob", "bob", None),
        ("ann", "bob", None),
        ("cyd", "bob", "bob and ann"),
        ("ann", None, None),
        ("cyd", None, "ann alone"),
    ],
)
def test_the_colleague_declines_and_who_asked_takes_it_back(by: str, colleague: str | None, why: str | None) -> None:
    found = undeclinable(ANN._replace(colleague=colleague), by, NOW)
    assert found is None if why is None else why in (found or "")


def test_what_nobody_accepted_expires_when_it_begins() -> None:
    assert state(ANN, ANN.starts_at - 1) == "asked"
    assert state(ANN, ANN.starts_at) == "expired"
    assert state(ANN._replace(state="accepted"), ANN.starts_at) == "accepted"
    assert unacceptable(ANN, OPS, (), PEOPLE, "bob", ANN.starts_at) == "it has expired"
    assert undeclinable(ANN, "bob", ANN.starts_at) == "it has expired"
