"""What is advised, from which numbers, and when nothing is."""

import re

from hypothesis import given
from hypothesis import strategies as st

from escalator.core.alert import Severity
from escalator.core.insight.advice import Advice, advice, fewer
from escalator.core.insight.burdens import HANDFUL
from escalator.core.insight.noise import Group, Noise, noises
from escalator.core.instant import HOUR, MINUTE, SECOND

SHORT = 10 * MINUTE


def noise(pages: int = 0, at_night: int = 0, **counts: object) -> Noise:
    group = Group("page", "Disk", "", frozenset(), **{"incidents": 10, "urgent": 10, **counts})  # type: ignore[arg-type]
    return noises([group], {("Disk", "page"): (pages, at_night)}, SHORT)[0]


def told(found: Noise, crowd: tuple[dict[str, str], ...] = ()) -> dict[str, Advice]:
    return {each.kind: each for each in advice(found, crowd, SHORT)}


def test_what_passes_by_itself_waits_for_as_long_as_most_of_it_lasts() -> None:
    lives = tuple(each * SECOND for each in (30, 40, 50, 60, 70, 80, 90, 100, 110, 500))
    found = told(noise(alone=lives, lives=lives))["wait"]
    assert found.span == 2 * MINUTE
    assert found.title == "Let it wait 2m longer before it fires"
    assert found.why == (
        "10 of 10 incidents ended by themselves within 10m, with nobody acting; 9 of them lasted 2m at most."
    )
    assert found.cost == "What is real pages 2m later."


def test_what_mostly_lasts_does_not_wait() -> None:
    assert "wait" not in told(noise(alone=(MINUTE,) * 4, lives=(HOUR,) * 10))
    assert "wait" not in told(noise(incidents=11, alone=(MINUTE,) * 5))
    assert "wait" in told(noise(incidents=10, alone=(MINUTE,) * 5))


def test_the_shortest_wait_is_a_minute() -> None:
    assert told(noise(alone=(SECOND,) * 9))["wait"].span == MINUTE


def test_what_fires_again_and_again_keeps_firing() -> None:
    found = told(noise(reopened=6, flapped=6))
    assert set(found) == {"keep"}
    assert found["keep"].why.startswith("6 of 10 incidents were over and fired again inside the reopen window")
    assert told(noise(reopened=4, flapped=4)) == {}


def test_what_opens_again_soon_reopens() -> None:
    found = told(noise(again=5, flapped=5))
    assert set(found) == {"reopen"}
    assert found["reopen"].span == HOUR
    assert told(noise(incidents=20, again=5, flapped=5)) == {}


CROWD = tuple({"alertname": "Disk", "cluster": f"c{n % 2}", "instance": f"i{n}"} for n in range(8))


def test_what_comes_in_crowds_is_grouped_without_the_label_that_splits_it_most() -> None:
    found = told(noise(together=6), CROWD)["group"]
    assert found.labels == ("alertname", "cluster")
    assert found.title == "Group it by alertname, cluster"
    assert "6 of 10 incidents opened within five minutes" in found.why
    assert "were 8 groups, and would have been 2" in found.why
    assert "group" not in told(noise(together=4), CROWD)
    assert "group" not in told(noise(incidents=13, together=6), CROWD)


def test_crowds_that_no_label_explains_are_left_alone() -> None:
    assert fewer([]) is None
    assert fewer([{"a": "x"}, {"a": "x"}]) is None
    assert fewer([{"a": "x"}, {"a": "y"}]) == ((), 2, 1)
    assert "into one incident" in told(noise(together=6), ({"a": "x"}, {"a": "y"}))["group"].title


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=20))
def test_fewer_labels_make_half_as_many_groups_at_most(crowd: list[dict[str, str]]) -> None:
    found = fewer(crowd)
    if found is not None:
        kept, before, after = found
        assert after * 2 <= before
        assert after == len({tuple(labels.get(name, "") for name in kept) for labels in crowd})


def test_what_pages_and_nobody_minds_loses_its_urgency() -> None:
    lives = (HOUR,) * 9
    found = told(noise(12, 7, taken=(MINUTE,), alone=lives, lives=lives, severity=Severity.WARNING))
    assert set(found) == {"urgency"}
    assert found["urgency"].why == (
        "1 of 10 incidents were acknowledged; 9 ended with nobody acting. They made 12 pages, 7 of them at night."
    )


def test_what_is_critical_is_looked_at_first() -> None:
    found = told(noise(12, 7, alone=(HOUR,) * 9, severity=Severity.CRITICAL))
    assert set(found) == {"severity"}
    assert "look at the incidents below first" in found["severity"].cost
    assert "0 of 10 incidents were acknowledged" in found["severity"].why


def test_what_wakes_nobody_or_is_minded_keeps_its_urgency() -> None:
    assert told(noise(0, alone=(HOUR,) * 10)) == {}
    assert told(noise(9, urgent=0, alone=(HOUR,) * 10)) == {}
    assert told(noise(9, taken=(MINUTE,) * 2, alone=(HOUR,) * 8)) == {}
    assert told(noise(9, alone=(HOUR,) * 7)) == {}


@given(
    st.integers(1, 30), st.data(), st.sampled_from(Severity), st.integers(0, 30), st.sampled_from(["Disk", "Disk", ""])
)
def test_nothing_is_advised_from_fewer_than_a_handful_and_every_advice_has_its_numbers(
    incidents: int, data: st.DataObject, severity: Severity, pages: int, name: str
) -> None:
    part = st.integers(0, incidents)
    spans = st.lists(st.integers(0, HOUR), max_size=incidents).map(tuple)
    alone = data.draw(spans)
    group = Group(
        "page", name, "", frozenset(), incidents, 0, data.draw(part), data.draw(part), data.draw(part), incidents,
        data.draw(part), severity, data.draw(spans), alone, alone,
    )  # fmt: skip
    found = advice(noises([group], {(name, "page"): (pages, 0)}, SHORT)[0], CROWD, SHORT)
    if incidents < HANDFUL or not name:
        assert found == ()
    for each in found:
        assert re.search(rf"\d+ of {incidents} incidents", each.why)
        assert each.cost
        assert not (severity is Severity.CRITICAL and each.kind == "urgency")
    assert len({each.kind for each in found}) == len(found)
