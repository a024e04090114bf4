"""A maintenance window that comes back each night: what fires within it waits for its end, by day nothing does."""

from escalator.core.incident import Status
from tests.story.conftest import PAGE, Opens

NIGHTLY = (
    PAGE
    + """\
silences:
  - {match: {alertname: Disk}, during: nights, reason: backups}
hours:
  nights: {timezone: Europe/London, from: 02:00, to: 04:00}
"""
)


def test_what_fires_in_the_window_pages_at_its_end(opens: Opens) -> None:
    stage = opens(NIGHTLY, starts="2026-03-04T03:00").alert("Disk").passes("59m").nobody_else_is_told()
    assert stage.incident().status is Status.TRIGGERED
    assert stage.incident().silenced
    stage.passes("1m").expect("bob gets a push")


def test_the_window_comes_back_the_next_night(opens: Opens) -> None:
    stage = opens(NIGHTLY, starts="2026-03-04T12:00").alert("Disk").expect("bob gets a push").acknowledges("bob")
    stage.resolves("Disk").passes("14h30m").forgets()
    stage.alert("Disk").passes("1h29m").nobody_else_is_told()
    stage.passes("1m").expect("bob gets a push")


def test_other_alerts_page_within_it(opens: Opens) -> None:
    opens(NIGHTLY, starts="2026-03-04T03:00").alert("Net").expect("bob gets a push")


def test_one_that_is_open_when_the_window_begins_falls_silent(opens: Opens) -> None:
    stage = opens(NIGHTLY, starts="2026-03-04T01:58").alert("Disk").passes("3m").forgets()
    stage.passes("1h58m").nobody_else_is_paged()
    stage.passes("1m").expect_meanwhile("bob gets a push")
