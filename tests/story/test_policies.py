"""The policies change while incidents are open: admitted, refused, taken back."""

from tests.story.conftest import PAGE, Opens
from tests.story.stage import Stage

FASTER = PAGE.replace("{channel: ops}]\n", "{channel: ops}]\n        escalate_after: 3m\n")
SLOWER = PAGE.replace("{channel: ops}]\n", "{channel: ops}]\n        escalate_after: 9m\n")
BROKEN = PAGE.replace("schedule: primary", "schedule: primry")


def test_a_shorter_wait_counts_for_what_is_open(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").edits(FASTER).forgets()
    stage.passes("1m59s").nobody_else_is_paged()
    stage.passes("1s").expect("carol is paged")
    stage.notes("moved to policy revision 2")


def test_a_wait_that_is_over_by_the_new_revision_is_over_now(stage: Stage) -> None:
    stage.alert("DiskFull").passes("4m").forgets()
    stage.edits(FASTER).expect("carol is paged")


def test_a_longer_wait_delays_nothing_that_is_open(stage: Stage) -> None:
    stage.alert("DiskFull").passes("1m").edits(SLOWER).forgets()
    stage.passes("4m").expect("carol is paged")


def test_a_broken_edit_is_refused_and_shown_and_the_old_revision_runs_on(stage: Stage) -> None:
    stage.alert("DiskFull").edits(BROKEN).forgets()
    assert stage.problem is not None
    assert "unknown schedule `primry`" in stage.problem
    assert stage.house.world.book.revision == 1
    stage.passes("5m").expect("carol is paged").nobody_else_is_told()


def test_the_broken_edit_is_mended(stage: Stage) -> None:
    stage.edits(BROKEN).edits(FASTER)
    assert stage.problem is None
    assert stage.house.world.book.revision == 2


def test_the_broken_edit_is_taken_back(stage: Stage) -> None:
    stage.edits(BROKEN).edits(PAGE)
    assert stage.problem is None
    assert stage.house.world.book.revision == 1


def test_an_edit_is_taken_back_and_that_is_a_revision_too(stage: Stage) -> None:
    stage.edits(FASTER).edits(PAGE)
    assert stage.problem is None
    assert stage.house.world.book.revision == 3
    stage.alert("DiskFull").passes("3m").forgets().passes("2m").expect("carol is paged")


def test_an_edit_is_taken_back_by_way_of_a_broken_one(stage: Stage) -> None:
    """The disk followed all the way: the older content is a wish, not a lag."""
    stage.edits(FASTER).edits(BROKEN).edits(PAGE)
    assert stage.problem is None
    assert stage.house.world.book.revision == 3


def test_a_disk_that_is_behind_is_not_believed_after_a_restart(stage: Stage) -> None:
    stage.edits(FASTER).crashes()
    stage.edits(PAGE).starts()
    assert stage.house.world.book.revision == 2
    assert "admitted before" in (stage.problem or "")


def test_and_it_may_catch_up(stage: Stage) -> None:
    stage.edits(FASTER).crashes()
    stage.edits(PAGE).starts()
    stage.edits(FASTER)
    assert stage.problem is None
    assert stage.house.world.book.revision == 2


TWO = """\
version: 1
routes:
  - {match: {team: web}, policy: web}
policies:
  web: {urgency: low, levels: [{notify: [{channel: ops}]}]}
  page: {levels: [{notify: [{person: carol}]}, {notify: [{person: ana}]}]}
catch_all: page
"""
ONE = TWO.replace("routes:\n  - {match: {team: web}, policy: web}\n", "").replace(
    "  web: {urgency: low, levels: [{notify: [{channel: ops}]}]}\n", ""
)


def test_an_incident_whose_policy_is_deleted_goes_where_its_alerts_go_now(opens: Opens) -> None:
    stage = opens(TWO)
    stage.alert("Slow", severity="warning", team="web").passes("30s").expect("ops is paged")
    stage.passes("1h").nobody_else_is_told()
    stage.edits(ONE).expect("carol is paged").nobody_else_is_told()
    stage.notes("policy 'web' is gone in revision 2: now 'page'")


def test_a_level_that_is_gone_ends_the_pass(stage: Stage) -> None:
    stage.alert("DiskFull").passes("11m").forgets()
    shorter = """\
version: 1
policies:
  page: {levels: [{notify: [{person: ana}]}]}
catch_all: page
"""
    stage.edits(shorter).passes("4m").expect("ana is paged").nobody_else_is_told()


def test_a_new_silence_in_the_policies_covers_what_is_open(stage: Stage) -> None:
    stage.alert("DiskFull").forgets()
    stage.edits(
        PAGE
        + "silences: [{match: {alertname: DiskFull}, from: 2026-03-04T01:00, until: 2026-03-04T04:00, "
        + "timezone: Europe/London, reason: new disks}]\n"
    )
    stage.passes("59m59s").nobody_else_is_told()
    stage.passes("1s").expect("bob is paged", "ops is paged")
