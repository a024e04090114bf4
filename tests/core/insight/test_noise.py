"""Groups add up, whatever they are merged by; noise is what rang most."""

from hypothesis import given
from hypothesis import strategies as st

from escalator.core.alert import Severity
from escalator.core.insight.noise import Group, merged, noises, seconds, total
from escalator.core.instant import MINUTE, SECOND

WORDS = st.sampled_from(["a", "b", ""])
COUNT = st.integers(0, 9)
SPANS = st.lists(st.integers(0, 10**10), max_size=5).map(tuple)
GROUPS = st.lists(
    st.builds(
        Group, WORDS, WORDS, WORDS, st.frozensets(st.sampled_from(["ana", "ben"])), COUNT, COUNT, COUNT, COUNT, COUNT,
        COUNT, COUNT, st.sampled_from(Severity), SPANS, SPANS, SPANS, COUNT, SPANS,
    ),
    max_size=12,
)  # fmt: skip
NUMBERS = ("incidents", "unresolved", "urgent", "reopened", "again", "flapped", "together")


@given(GROUPS)
def test_the_parts_add_up_to_the_whole(groups: list[Group]) -> None:
    whole = total(groups)
    for parts in (
        merged(groups, lambda group: [group.policy]).values(),
        merged(groups, lambda group: [(group.name, group.service)]).values(),
    ):
        again = total(parts)
        for name in NUMBERS:
            assert getattr(again, name) == getattr(whole, name) == sum(getattr(group, name) for group in groups)
        for name in ("taken", "lives", "alone"):
            assert sorted(getattr(again, name)) == sorted(getattr(whole, name))
        assert (again.severity, again.newest, again.people) == (whole.severity, whole.newest, whole.people)


def test_a_group_of_two_teams_counts_in_each() -> None:
    group = Group("p", "a", "s", frozenset({"ana"}), 3)
    found = merged([group], lambda each: ["sre", "db"])
    assert {name: each.incidents for name, each in found.items()} == {"sre": 3, "db": 3}


def test_what_rang_most_comes_first_and_only_short_lives_alone_are_passing() -> None:
    quiet = Group(
        "p", "quiet", "", frozenset(), 9, alone=(MINUTE, 11 * MINUTE), lives=(MINUTE, 2 * MINUTE, 11 * MINUTE)
    )
    loud = Group("p", "loud", "", frozenset(), 2, taken=(SECOND,), flapped=1)
    found = noises([quiet, loud], {("loud", "p"): (8, 2)}, 10 * MINUTE)
    assert [each.group.name for each in found] == ["loud", "quiet"]
    assert (found[0].acknowledged, found[0].flapping, found[0].night_share) == (0.5, 0.5, 0.25)
    assert (found[1].passing, found[1].night_share) == ((MINUTE,), None)


def test_the_same_alert_under_another_policy_is_another_noise() -> None:
    groups = [Group(policy, "a", service, frozenset(), 1) for policy in "xy" for service in "st"]
    assert [(each.group.policy, each.group.incidents) for each in noises(groups, {})] == [("x", 2), ("y", 2)]


def test_seconds_are_read_as_a_database_joins_them() -> None:
    assert seconds("0,7,12") == (0, 7 * SECOND, 12 * SECOND)
    assert seconds(None) == seconds("") == ()
