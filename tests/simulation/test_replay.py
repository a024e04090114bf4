"""The same seed is the same run: twice in one process, and in another process whose hashes differ."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.__main__ import main
from tests.simulation.world import run

ROOT = Path(__file__).resolve().parents[2]


def test_the_same_seed_gives_the_same_trace() -> None:
    assert run(2).trace == run(2).trace
    assert run(2).trace != run(3).trace


def test_another_process_replays_it_to_the_letter(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["2"])
    words = [sys.executable, "-W", "ignore", "-m", "tests.simulation", "2"]
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    other = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert other.returncode == code == 0
    assert other.stdout == capsys.readouterr().out


def test_a_replay_without_a_seed_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "python -m tests.simulation SEED" in capsys.readouterr().err
