"""The timelines that stand beside the example policies, played by the real engine.

`escalator policy test` plays them by the rehearsal; that both come to the same is the point.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from escalator.core.alert import severity_of
from tests.story.faults import rejects
from tests.story.stage import Heard, Stage, span

POLICIES = Path(__file__).resolve().parents[2] / "policies"
TESTS = yaml.safe_load((POLICIES / "boardroom.test.yaml").read_text(encoding="utf-8"))
PROVIDERS = {"browser-push": "push"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As a deployment has it: the policies alone."""
    found = tmp_path / "policies"
    found.mkdir()
    shutil.copy(POLICIES / "main.yaml", found)
    return found


@pytest.fixture
def stage(folder: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    test = request.param
    stage = Stage(folder, test["starts"], test["timezone"])
    yield stage
    stage.close()


def happens(stage: Stage, event: dict[str, Any]) -> None:
    if "fire" in event:
        labels = dict(event["fire"])
        stage.alert(labels.pop("alertname"), **labels)
    elif "resolve" in event:
        labels = dict(event["resolve"])
        stage.resolves(labels.pop("alertname"), **labels)
    elif "ack" in event:
        stage.acknowledges(event["ack"])
    elif "fault" in event:
        stage.breaks(PROVIDERS[event["fault"]["provider"]], rejects)
    else:
        raise AssertionError(f"an event that this test does not know: {event}")


def play(stage: Stage, test: dict[str, Any]) -> None:
    """All events at their times, and on to the last expectation."""
    for event in sorted(test["events"], key=lambda each: span(each["at"])):
        pass_to(stage, span(event["at"]))
        happens(stage, event)
    pass_to(stage, max((span(each["at"]) for each in test["expect"] if "at" in each), default=0))


def pass_to(stage: Stage, offset: int) -> None:
    left = offset - (stage.now - stage.began)
    if left > 0:
        stage.passes(f"{left // 1_000_000}s")


def pages_at(stage: Stage, offset: int) -> list[Heard]:
    return [heard for heard in stage.heard if heard.kind == "page" and heard.at - stage.began == offset]


def people(pages: list[Heard]) -> set[str]:
    return {f"{heard.who} by {heard.via}" for heard in pages if heard.who in ("ana", "ben", "cleo")}


def channels(pages: list[Heard]) -> set[str]:
    return {heard.who for heard in pages} - {"ana", "ben", "cleo"}


def check(stage: Stage, expected: dict[str, Any]) -> None:
    if "incidents" in expected:
        assert stage.incidents == expected["incidents"]
    if "no_pages_between" in expected:
        since, until = (span(each) for each in expected["no_pages_between"])
        between = [h for h in stage.heard if h.kind == "page" and since < h.at - stage.began < until]
        assert between == []
    if "at" in expected:
        pages = pages_at(stage, span(expected["at"]))
        for key, found in (("paged", people(pages)), ("channels", channels(pages))):
            if key in expected:
                assert found == set(expected[key])
    if "event" in expected:
        stage.notes(expected["event"])


@pytest.mark.parametrize(
    ("stage", "test"), [(test, test) for test in TESTS["tests"]], indirect=["stage"], ids=lambda test: test["name"]
)
def test_the_timeline_holds(stage: Stage, test: dict[str, Any]) -> None:
    play(stage, test)
    for expected in test["expect"]:
        check(stage, expected)


@pytest.mark.parametrize("case", TESTS["routes"], ids=lambda case: case["labels"]["alertname"])
def test_the_alert_is_taken_by_its_policy(folder: Path, case: dict[str, Any]) -> None:
    stage = Stage(folder, "2026-03-04T12:00")
    book = stage.house.world.book
    labels = book.filled(case["labels"])
    assert book.route(labels).policies[severity_of(labels)] == case["policy"]
    stage.close()


def test_all_seven_timelines_are_there() -> None:
    assert len(TESTS["tests"]) == 7
