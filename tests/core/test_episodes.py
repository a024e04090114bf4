"""What one report of an alert means: the verdict table row by row, and reports in any order and number."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.core import episodes
from escalator.core.alert import Alert, Severity
from escalator.core.episodes import TABLE, Episode, State, Verdict, judge
from escalator.core.instant import HOUR, MINUTE, SECOND, Instant
from tests.core.books import NOON

HOLD = MINUTE
START, LATER, END = NOON - 30 * MINUTE, NOON - 20 * MINUTE, NOON - 10 * MINUTE


def report(firing: bool, starts_at: Instant, ends_at: Instant | None = None) -> Alert:
    return Alert("alertmanager", "f1", {"alertname": "Disk"}, {}, firing, starts_at, ends_at)


def fires(starts_at: Instant) -> Alert:
    return report(True, starts_at)


def resolves(ends_at: Instant | None, starts_at: Instant = START) -> Alert:
    return report(False, starts_at, ends_at)


def known(state: State, start: Instant = LATER, end: Instant | None = None) -> Episode:
    return Episode(
        1, 1, 1, state, Severity.ERROR, START, start, end, NOON, NOON + HOLD if state is State.HELD else None
    )


OPEN = known(State.FIRING)
SILENT = known(State.UNCONFIRMED)
OVER = known(State.RESOLVED, end=END)
WAITING = known(State.HELD, end=END)
HEARSAY = known(State.RECORDED, end=END)


@pytest.mark.parametrize(
    ("before", "alert", "verdict"),
    [
        # never heard of: a firing opens it, a resolve is kept for the firing that may come late (096)
        (None, fires(START), Verdict.OPENED),
        (None, resolves(END), Verdict.RECORDED),
        (None, resolves(None), Verdict.RECORDED),
        # it fires: a repeat refreshes, also one with an earlier start (a second Prometheus, 097)
        (OPEN, fires(LATER), Verdict.REFRESHED),
        (OPEN, fires(START), Verdict.REFRESHED),
        # … a newer start means that a resolve was missed (041/042)
        (OPEN, fires(LATER + SECOND), Verdict.BLINKED),
        # … a start in the future is nothing newer: it counts as its receipt (098)
        (OPEN, fires(NOON + HOUR), Verdict.REFRESHED),
        # … a resolve closes when it ends no earlier than the newest start; without an end it ends now
        (OPEN, resolves(END), Verdict.CLOSED),
        (OPEN, resolves(LATER), Verdict.CLOSED),
        (OPEN, resolves(None), Verdict.CLOSED),
        # … one that ends before the newest start belongs to an older episode
        (OPEN, resolves(LATER - 1), Verdict.LATE),
        # not refreshed in time: the same, so that news confirms it
        (SILENT, fires(LATER), Verdict.REFRESHED),
        (SILENT, fires(LATER + SECOND), Verdict.BLINKED),
        (SILENT, resolves(END), Verdict.CLOSED),
        (SILENT, resolves(LATER - 1), Verdict.LATE),
        # over: a start after its end is a new episode
        (OVER, fires(END + 1), Verdict.REOPENED),
        # … with the same or an older start it is a stale copy (082/083), or true (099/100): it waits
        (OVER, fires(LATER), Verdict.HELD),
        (OVER, fires(END), Verdict.HELD),
        # … resolves come again and again for a quarter of an hour (008-010)
        (OVER, resolves(END), Verdict.RECORDED),
        (OVER, resolves(NOON), Verdict.RECORDED),
        (OVER, resolves(START), Verdict.RECORDED),
        # waiting: further copies change nothing, any resolve ends the doubt, a newer start is a new episode
        (WAITING, fires(LATER), Verdict.STILL_HELD),
        (WAITING, fires(END + 1), Verdict.REOPENED),
        (WAITING, resolves(END), Verdict.UNHELD),
        (WAITING, resolves(START), Verdict.UNHELD),
        # known by a resolve alone: its own firing comes late and waits for the hold, a newer one does not
        (HEARSAY, fires(END), Verdict.OPENED_LATE),
        (HEARSAY, fires(END + 1), Verdict.OPENED),
        (HEARSAY, resolves(NOON), Verdict.RECORDED),
        (HEARSAY, resolves(START), Verdict.RECORDED),
    ],
)
def test_what_a_report_means(before: Episode | None, alert: Alert, verdict: Verdict) -> None:
    assert judge(alert, before, NOON) is verdict


def test_the_table_answers_for_every_state_and_every_report() -> None:
    states = [None, *State]
    assert set(TABLE) == {
        (state, firing, newer) for state in states for firing in (True, False) for newer in (True, False)
    }
    assert set(TABLE.values()) == set(Verdict)


def test_an_episode_shows_its_earliest_start_and_remembers_its_newest() -> None:
    early = episodes.refreshed(OPEN, fires(START - HOUR), 0, NOON)
    assert (early.first_start, early.last_start) == (START - HOUR, LATER)
    late = episodes.refreshed(OPEN, fires(END), 0, NOON)
    assert (late.first_start, late.last_start) == (START, END)


def test_a_start_in_the_future_counts_as_its_receipt() -> None:
    begun = episodes.begun(fires(NOON + HOUR), 1, (1, 1), Severity.ERROR, 0, NOON)
    assert (begun.first_start, begun.last_start) == (NOON, NOON)


def test_a_repeated_start_in_the_future_does_not_keep_the_resolve_out() -> None:
    """Prometheus' clock is an hour ahead of Alertmanager's, which ends the alert by its own."""
    episode = episodes.begun(fires(NOON + HOUR), 1, (1, 1), Severity.ERROR, 0, NOON)
    episode = episodes.refreshed(episode, fires(NOON + HOUR), 0, NOON + MINUTE)
    assert judge(resolves(NOON + 2 * MINUTE), episode, NOON + 3 * MINUTE) is Verdict.CLOSED


def test_a_hold_counts_from_the_receipt() -> None:
    held = episodes.held(OVER, 5, HOLD, NOON)
    assert (held.state, held.hold_until, held.incident_id, held.last_seen) == (State.HELD, NOON + HOLD, 5, NOON)


@pytest.mark.parametrize("ending", [END, END + MINUTE, END - MINUTE, None])
def test_a_repeated_resolve_never_moves_the_end_backwards(ending: Instant | None) -> None:
    for after in (
        episodes.closed(OVER, resolves(ending), NOON),
        episodes.recorded(OVER, resolves(ending), Severity.INFO, NOON),
    ):
        assert after.ends_at == max(END, NOON if ending is None else ending)


# --- reports in any order ---------------------------------------------------------------------------------------------


class Seen(NamedTuple):
    verdict: Verdict
    before: Episode | None
    after: Episode | None


def receive(reports: list[Alert], waits: list[int]) -> list[Seen]:
    """One alert as the engine follows it; a hold that ends is a firing."""
    episode: Episode | None = None
    now, numbers, seen = NOON, 0, []
    for alert, wait in zip(reports, waits, strict=True):
        now += wait
        if episode is not None and episode.state is State.HELD and (episode.hold_until or 0) <= now:
            episode = episode._replace(state=State.FIRING, ends_at=None, hold_until=None)
        before, verdict = episode, judge(alert, episode, now)
        if verdict in (Verdict.OPENED, Verdict.OPENED_LATE, Verdict.REOPENED):
            numbers += 1
            episode = episodes.begun(alert, 1, (numbers, 1), Severity.ERROR, 0, now)
        elif verdict is Verdict.RECORDED:
            episode = episodes.recorded(episode, alert, Severity.ERROR, now)
        elif episode is not None and verdict is Verdict.HELD:
            episode = episodes.held(episode, 1, HOLD, now)
        elif episode is not None and verdict in (Verdict.CLOSED, Verdict.UNHELD):
            episode = episodes.closed(episode, alert, now)
        elif episode is not None and verdict in (Verdict.REFRESHED, Verdict.BLINKED):
            episode = episodes.refreshed(episode, alert, 0, now)
        seen.append(Seen(verdict, before, episode))
    return seen


NOTHING_NEW = {Verdict.REFRESHED, Verdict.RECORDED, Verdict.STILL_HELD, Verdict.LATE}


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Alert], list[int]]:
    """The firings and resolves of up to four episodes, some doubled or lost, in any order, some apart by minutes."""
    number = draw(st.integers(1, 4))
    each = [
        alert
        for n in range(number)
        for alert in (
            fires(NOON - HOUR + n * 10 * MINUTE),
            resolves(NOON - HOUR + (n * 10 + 5) * MINUTE, NOON - HOUR + n * 10 * MINUTE),
        )
    ]
    reports = draw(st.permutations(draw(st.lists(st.sampled_from(each), min_size=1, max_size=12))))
    waits = draw(st.lists(st.sampled_from([0, SECOND, 2 * MINUTE]), min_size=len(reports), max_size=len(reports)))
    return reports, waits


@given(shuffled())
def test_in_any_order_there_is_at_most_one_open_episode(case: tuple[list[Alert], list[int]]) -> None:
    """What begins is new only where nothing was open: an open episode is closed, or refreshed, never doubled."""
    for verdict, before, after in receive(*case):
        if verdict in (Verdict.OPENED, Verdict.OPENED_LATE, Verdict.REOPENED):
            assert before is None or not before.counts
        assert after is not None


@given(shuffled())
def test_the_end_of_an_episode_never_moves_backwards(case: tuple[list[Alert], list[int]]) -> None:
    for _, before, after in receive(*case):
        if before and after and before.episode_id == after.episode_id and before.ends_at and after.ends_at:
            assert after.ends_at >= before.ends_at


@given(shuffled())
def test_an_exact_duplicate_says_nothing_new(case: tuple[list[Alert], list[int]]) -> None:
    reports, waits = case
    doubled = [alert for alert in reports for _ in range(2)]
    seen = receive(doubled, [each for wait in waits for each in (wait, 0)])
    for first, second in zip(seen[::2], seen[1::2], strict=True):
        assert second.verdict in NOTHING_NEW
        assert second.after == first.after


@given(shuffled())
def test_duplicates_end_where_one_copy_would(case: tuple[list[Alert], list[int]]) -> None:
    reports, waits = case
    once = receive(reports, waits)[-1].after
    doubled = [alert for alert in reports for _ in range(2)]
    assert receive(doubled, [each for wait in waits for each in (wait, 0)])[-1].after == once


@given(shuffled())
def test_after_everything_one_more_resolve_of_the_newest_episode_leaves_nothing_open(
    case: tuple[list[Alert], list[int]],
) -> None:
    """Alertmanager repeats a resolve with each change of the group: what came in the wrong order is put right."""
    reports, waits = case
    last = receive([*reports, resolves(NOON)], [*waits, 0])[-1].after
    assert last is not None
    assert not last.counts
    assert last.state is not State.HELD
