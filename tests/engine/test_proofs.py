"""The guarantees, proved by a child: its answer, and what is said where there is none."""

import sys
from pathlib import Path

import pytest

from escalator.engine.origins import Folder
from escalator.engine.proofs import prove
from escalator.store.db import Database
from tests.engine.replicas import Replica
from tests.rehearsal.organisations import SINCE

KEPT = """
people:
  ana: {contacts: {push: browser, email: ana@example.com}}
  ben: {contacts: {push: browser, email: ben@example.com}}
policies: {page: {levels: [{notify: [{person: ana}]}, {notify: [{person: ben}]}]}}
catch_all: page
"""
BROKEN = KEPT.replace("{person: ben}", "{person: ana}")


DECLARED = "guarantees: [{match: {severity: critical}, reach_human_within: 15m, tolerate: [person]}]\n"


def asked(text: str, live: str | None = None) -> list[str]:
    return prove({"main.yaml": text}, None if live is None else {"main.yaml": live}, SINCE)


def test_a_guarantee_that_is_written_must_hold() -> None:
    assert asked(KEPT + DECLARED) == []
    (said,) = asked(BROKEN + DECLARED)
    assert said == (
        "critical alerts by catch_all → policy page: promised within 15m, a person is reached never with person ana "
        "down, silently"
    )


def test_the_one_that_nobody_wrote_must_hold_where_it_does_today() -> None:
    assert asked(BROKEN) == [], "a first start"
    assert asked(BROKEN, live=BROKEN) == [], "it never held"
    assert asked(KEPT, live=BROKEN) == []
    (said,) = asked(BROKEN, live=KEPT)
    assert "a person is reached never with person ana down" in said


def test_names_in_any_script_travel() -> None:
    (said,) = asked((BROKEN + DECLARED).replace("ana", "Zoë"))
    assert "person Zoë down" in said


@pytest.mark.parametrize(
    ("child", "words"),
    [
        ("import time; time.sleep(60)", "could not be proved within 0.2 s"),
        ("raise MemoryError('too large')", "could not be proved: MemoryError: too large"),
        ("print('no JSON')", "could not be proved: JSONDecodeError"),
    ],
)
def test_a_child_that_does_not_answer_proves_nothing(child: str, words: str) -> None:
    (said,) = prove({}, None, SINCE, (sys.executable, "-c", child), 0.2 if "sleep" in child else 30)
    assert words in said


def test_no_child_at_all() -> None:
    (said,) = prove({}, None, SINCE, ("/nowhere/python",))
    assert "could not be proved" in said


async def test_a_revision_that_breaks_its_guarantee_is_refused(database: Database, tmp_path: Path) -> None:
    """The real proof behind the real admission."""
    file = tmp_path / "main.yaml"
    file.write_text(KEPT)
    one = Replica(database, Folder(file), "one", prove)
    await one.revisions.start()
    assert (one.live, one.problem) == (1, "")
    file.write_text(BROKEN)
    assert await one.looks() == 1
    assert one.problem is not None
    assert "a person is reached never with person ana down" in one.problem


async def test_what_breaks_its_word_runs_where_nothing_better_ever_did(database: Database, tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text(BROKEN + DECLARED)
    one = Replica(database, Folder(tmp_path / "main.yaml"), "one", prove)
    await one.revisions.start()
    assert one.live == 1
    assert one.problem is not None
    assert "guarantee" in one.problem
