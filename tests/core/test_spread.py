"""The middle and the 95th percentile, against the standard library."""

from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from escalator.core.spread import Spread, spread


def test_of_nothing_there_is_no_middle() -> None:
    assert spread([]) == Spread(None, None, 0)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_the_middle_is_the_median_and_a_twentieth_exceeds_the_other(spans: list[int]) -> None:
    found = spread(spans)
    assert found.number == len(spans)
    assert found.median == round(median(spans))
    assert found.p95 in spans
    assert sum(span <= (found.p95 or 0) for span in spans) >= 0.95 * len(spans)
    assert sum(span < (found.p95 or 0) for span in spans) < 0.95 * len(spans)
