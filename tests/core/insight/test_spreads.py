"""The middle and the 95th percentile are what a textbook says."""

import statistics

from hypothesis import given
from hypothesis import strategies as st

from escalator.core.spread import Spread, percentile, spread

SPANS = st.lists(st.integers(0, 10**12), min_size=1, max_size=200)


def test_of_nothing_there_is_no_middle() -> None:
    assert spread([]) == Spread(None, None, 0)


def test_of_one_it_is_that_one() -> None:
    assert spread([7]) == Spread(7, 7, 1)


def test_of_a_hundred_the_95th_is_the_95th() -> None:
    assert spread(range(100, 0, -1)) == Spread(50, 95, 100)


@given(SPANS)
def test_the_median_is_that_of_the_standard_library(spans: list[int]) -> None:
    assert spread(spans).median == round(statistics.median(spans))


@given(SPANS, st.integers(1, 100))
def test_a_percentile_is_the_smallest_that_so_many_do_not_exceed(spans: list[int], percent: int) -> None:
    found = percentile(sorted(spans), percent)
    enough = [each for each in spans if sum(other <= each for other in spans) * 100 >= percent * len(spans)]
    assert found == min(enough)


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=200))
def test_the_95th_percentile_stands_beside_that_of_the_standard_library(spans: list[int]) -> None:
    # Which puts it between two of the spans: ours is one of the neighbours of theirs.
    theirs = statistics.quantiles(spans, n=100, method="inclusive")[94]
    ordered = sorted(spans)
    below = [each for each in ordered if each <= theirs + 1e-6]
    above = [each for each in ordered if each >= theirs - 1e-6]
    assert spread(spans).p95 in (below[-1], above[0], ordered[min(len(ordered) - 1, ordered.index(above[0]) + 1)])


@given(SPANS)
def test_the_order_does_not_matter(spans: list[int]) -> None:
    assert spread(spans) == spread(reversed(spans))
