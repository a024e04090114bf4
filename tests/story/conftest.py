"""A stage for each story, with the team that the stories are about."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.story.stage import Stage

Opens = Callable[..., Stage]

TEAM = """\
version: 1
people:
  ana:   {contacts: {push: browser, sms: secret:ANA, email: ana@example.com}}
  bob:   {contacts: {push: browser, sms: secret:BOB, email: bob@example.com}}
  carol: {contacts: {sms: secret:CAROL, email: carol@example.com}}
channels:
  ops: {slack: "#ops"}
schedules:
  primary:
    timezone: Europe/London
    layers:
      - {people: [carol, ana, bob], every: 1w, starts: 2026-01-05T09:00}   # bob has the first week of March
hours:
  office: {timezone: Europe/London, days: mon-fri, from: 09:00, to: 17:00}
"""

PAGE = """\
version: 1
policies:
  page:
    levels:
      - notify: [{schedule: primary}, {channel: ops}]
      - notify: [{next_on_call: primary}]
      - notify: [{person: ana}, {person: bob}, {person: carol}]
catch_all: page
"""


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Opens a stage on the team and these policies; at night, unless the story says otherwise."""
    stages: list[Stage] = []

    def open_stage(policies: str = PAGE, starts: str = "2026-03-04T03:00", **keys: Any) -> Stage:
        folder = tmp_path / "policies"
        folder.mkdir()
        (folder / "team.yaml").write_text(TEAM, encoding="utf-8")
        (folder / "policies.yaml").write_text(policies, encoding="utf-8")
        stages.append(Stage(folder, starts, **keys))
        return stages[-1]

    yield open_stage
    for stage in stages:
        stage.close()


@pytest.fixture
def stage(opens: Opens) -> Stage:
    return opens()
