"""A week stands out when it lies far from the median of the weeks before it."""

import statistics
from math import sqrt

from hypothesis import given
from hypothesis import strategies as st

from escalator.core.insight.trends import BASE, FEWEST, marks

COUNTS = st.lists(st.integers(0, 500), max_size=30)


def kinds(counts: list[int], *, running: bool = False) -> list[str]:
    return [mark.kind if mark else "" for mark in marks(counts, running=running)]


def test_with_few_weeks_before_nothing_is_said() -> None:
    assert kinds([1, 1, 1, 900]) == ["", "", "", ""]
    assert kinds([1, 1, 1, 1, 900])[-1] == "high"


def test_one_bad_week_does_not_hide_the_next() -> None:
    assert kinds([20, 22, 19, 21, 20, 90, 85]) == ["", "", "", "", "", "high", "high"]


def test_one_bad_week_does_not_make_a_calm_one_strange() -> None:
    assert kinds([20, 22, 19, 21, 20, 900, 20]) == ["", "", "", "", "", "high", ""]


def test_chance_alone_is_no_anomaly_however_even_the_weeks_before_were() -> None:
    assert kinds([25] * 8 + [39]) == [""] * 9
    assert kinds([25] * 8 + [41])[-1] == "high"
    assert kinds([0] * 8 + [3])[-1] == ""
    assert kinds([0] * 8 + [4])[-1] == "high"


def test_a_week_that_is_not_over_cannot_be_low() -> None:
    assert kinds([100] * 8 + [5])[-1] == "low"
    assert kinds([100] * 8 + [5], running=True)[-1] == ""
    assert kinds([100] * 8 + [500], running=True)[-1] == "high"


@given(COUNTS)
def test_marks_are_those_of_the_standard_librarys_medians(counts: list[int]) -> None:
    for place, mark in enumerate(marks(counts)):
        before = counts[max(0, place - BASE) : place]
        if len(before) < FEWEST:
            assert mark is None
            continue
        usual = statistics.median(before)
        usually = max(1.4826 * statistics.median(abs(each - usual) for each in before), sqrt(usual), 1.0)
        far = abs(counts[place] - usual) > 3 * usually
        assert (mark is not None) == far
        if mark is not None:
            assert (mark.usual, mark.kind) == (usual, "high" if counts[place] > usual else "low")
            assert not mark.low <= counts[place] <= mark.high
