"""What the child of the policies' pages answers: the proof and the plan, in words that a page shows as they are."""

import json
import subprocess
import sys
from typing import Any

import pytest

from escalator.core.instant import HOUR
from escalator.core.oncall import Override
from escalator.rehearsal.incidents import Circumstances
from escalator.rehearsal.standing import Standing, encode
from escalator.rehearsal.studying import changes, guarantees

AT = 1_772_593_200_000_000
"""2026-03-04T03:00Z."""
ONE = """\
version: 1
people: {ana: {contacts: {push: browser, email: ana@example.com}}, ben: {contacts: {sms: secret:BEN}}}
schedules: {primary: {timezone: Europe/London, layers: [{people: [ana, ben], every: 1w, starts: 2026-01-05T09:00}]}}
policies:
  page:
    levels:
      - {notify: [{schedule: primary}], escalate_after: 5m}
      - {notify: [{person: ana}, {person: ben}], escalate_after: 5m}
catch_all: page
"""
FIRST = "{schedule: primary}], escalate_after: "


def waiting(span: str) -> str:
    """The same with another wait at level 1."""
    return ONE.replace(f"{FIRST}5m", f"{FIRST}{span}")


def standing(text: str, **more: Any) -> Any:
    """As the engine hands it over."""
    return json.loads(encode(Standing(AT, 3, {"main.yaml": text}, (), **more)))


def test_a_promise_that_holds_is_told_with_its_worst_case() -> None:
    found = guarantees({"standing": standing(ONE)})
    assert found["holds"]
    [verdict] = found["verdicts"]
    assert (verdict["within"], verdict["calm"], verdict["worst_after"]) == ("15m", "0s", "5m")
    assert verdict["fault"]
    assert verdict["counterexample"] == []


def test_a_promise_that_does_not_hold_has_its_night_beside_it() -> None:
    found = guarantees({"standing": standing(waiting("30m"))})
    assert not found["holds"]
    assert found["verdicts"][0]["counterexample"]


def test_overrides_made_by_hand_are_part_of_the_proof() -> None:
    alone = ONE.replace("people: [ana, ben]", "people: [ana]")
    assert "ana" in guarantees({"standing": standing(alone)})["verdicts"][0]["fault"]
    away = Override("primary", "ben", AT, AT + 500 * 24 * HOUR)
    found = guarantees({"standing": standing(alone, circumstances=Circumstances(overrides=(away,)))})
    assert "ana" not in found["verdicts"][0]["fault"]


def test_what_a_change_changes_is_told_as_lines() -> None:
    found = changes({"standing": standing(ONE), "sources": {"main.yaml": waiting("9m")}})
    assert (found["readable"], found["worse"], found["empty"]) == (True, True, False)
    lines = found["changes"][0]["lines"]
    assert any(line.startswith("-") for line in lines)
    assert any(line.startswith("+") for line in lines)
    assert changes({"standing": standing(ONE), "sources": {"main.yaml": ONE}})["empty"]


def test_policies_that_cannot_be_read_say_so() -> None:
    assert changes({"standing": standing(ONE), "sources": {"main.yaml": "version: ["}}) == {"readable": False}
    with pytest.raises(ValueError, match="cannot be read"):
        guarantees({"standing": standing("version: [")})


def test_the_child_answers_on_its_output() -> None:
    asked = json.dumps({"study": "guarantees", "standing": standing(ONE)})
    child = [sys.executable, "-m", "escalator.rehearsal.studying"]
    done = subprocess.run(child, input=asked, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["holds"]
