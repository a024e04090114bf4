"""A colleague is asked for a swap, hears of it quietly, accepts, and is paged in the shift that was taken."""

from escalator.core.direct import policy_named
from escalator.core.incident import Status
from escalator.core.instant import HOUR, Instant
from escalator.core.swap import Swap
from tests.story.stage import Stage


def asked(stage: Stage, to: str | None = "ana", hours: tuple[int, int] = (2, 6)) -> Swap:
    """bob has the first week of March."""
    start, end = (stage.now + hour * HOUR for hour in hours)
    made = stage._does(stage.house.swaps.ask("primary", "bob", to, start, end, by="bob", reason="dentist"))
    assert isinstance(made, Swap)
    return made


def summary_of(stage: Stage) -> str:
    query = "SELECT annotations FROM episode"
    return str(stage._does(stage.house.database.read(lambda c: c.exec_driver_sql(query).scalar())))


def until(stage: Stage, moment: Instant) -> Stage:
    return stage.passes(f"{(moment - stage.now) // 1_000_000}s")


def test_the_colleague_who_is_asked_hears_of_it_by_low_urgency_and_nobody_else_does(stage: Stage) -> None:
    swap = asked(stage)
    stage.expect("ana gets email").nobody_else_is_told()
    assert "bob asks you to take primary from 2026-03-04T05:00:00Z" in stage.titles[0] + summary_of(stage)
    assert stage.incident().policy == "ask/ana"
    policy = policy_named("ask/ana")
    assert policy is not None
    assert policy.urgency == "low"
    assert swap.state == "asked"


def test_it_is_not_repeated_and_never_escalates(stage: Stage) -> None:
    asked(stage, hours=(20, 24))
    stage.expect("ana gets email").passes("10h").nobody_else_is_paged()


def test_who_accepts_is_paged_in_that_shift_and_not_after_it(stage: Stage) -> None:
    swap = asked(stage)
    stage.expect("ana gets email")
    stage._does(stage.house.swaps.accept(swap.id, "ana", "ana"))
    assert stage.incident().status is Status.RESOLVED
    stage.forgets()
    until(stage, swap.starts_at).alert("DiskFull").expect("ana is paged").resolves("DiskFull").forgets()
    until(stage, swap.ends_at).alert("Another").expect("bob is paged")


def test_a_swap_that_nobody_answers_ends_by_itself_and_so_does_the_news_of_it(stage: Stage) -> None:
    swap = asked(stage)
    stage.expect("ana gets email")
    until(stage, swap.starts_at + 60_000_000)
    stage._does(stage.house.swaps.expire())
    assert stage.incident().status is Status.RESOLVED
    stage.forgets().alert("DiskFull").expect("bob is paged")


def test_what_is_asked_of_anybody_opens_no_incident(stage: Stage) -> None:
    asked(stage, to=None)
    stage.passes("1h").nobody_else_is_told()
    assert stage.incidents == 0
