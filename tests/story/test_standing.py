"""How a service stands, and what a plan foresees from there: the house then does what was foreseen."""

from escalator.language import compile_book
from escalator.rehearsal.changes.plan import plan
from escalator.rehearsal.standing import Standing, decode, encode
from tests.story.conftest import PAGE, TEAM, Opens
from tests.story.stage import Stage


def standing(stage: Stage) -> Standing:
    found = stage._does(stage.house.standings.read())
    assert decode(encode(found)) == found
    return found


def foreseen(stage: Stage, text: str) -> tuple[int | None, int | None]:
    """When the next page of the first incident goes out, as things are and with these policies."""
    found = standing(stage)
    old = compile_book(dict(found.sources), found.revision).parsed
    new = compile_book({"policies.yaml": text, "team.yaml": TEAM}, found.revision + 1).parsed
    assert old is not None
    assert new is not None
    moves = plan(old, new, found.at, found.open, found.circumstances).moves
    return (moves[0].old.at, moves[0].new.at) if moves else (None, None)


def test_an_open_incident_stands_as_it_is(opens: Opens) -> None:
    stage = opens(PAGE).alert("Disk", "Net").passes("1m")
    found = standing(stage)
    assert [each.incident for each in found.open] == [stage.incident(2), stage.incident(1)]
    assert [labels["alertname"] for each in found.open for labels in each.alerts.values()] == ["Net", "Disk"]
    assert found.more == 0


def test_what_is_over_does_not_stand(opens: Opens) -> None:
    assert standing(opens(PAGE).alert("Disk").resolves("Disk").passes("1m")).open == ()


def test_what_people_made_by_hand_stands_too(opens: Opens) -> None:
    stage = opens(PAGE)
    stage.silences("1h", alertname="Disk")
    assert [silence.by for silence in standing(stage).circumstances.silences] == ["ana"]


def test_the_house_does_what_the_plan_foresaw(opens: Opens) -> None:
    """The wait is cut from what it is to a minute; the plan says when, and then somebody is paged just then."""
    stage = opens(PAGE).alert("Disk").passes("30s").forgets()
    shorter = PAGE.replace("{channel: ops}]", "{channel: ops}]\n        escalate_after: 1m")
    assert shorter != PAGE
    _, then = foreseen(stage, shorter)
    assert then is not None
    stage.edits(shorter)
    wait = (then - stage.now) // 1_000_000
    stage.passes(f"{wait - 1}s").nobody_else_is_paged()
    stage.passes("1s")
    assert any(heard.kind == "page" and heard.at == then for heard in stage.heard)
