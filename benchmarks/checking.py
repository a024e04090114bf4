"""How long `escalator policy check` takes: its work alone, and as somebody who types it waits for it."""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.organisation import organisation
from escalator.core.instant import Instant
from escalator.language import compile_book

NAME = "policies"
SIZES = {
    "1,000 files, 999 teams, 2,997 people": (999, 3, 1),
    "26 files, 200 people, 50 schedules": (25, 8, 2),
}
NOW: Instant = 1_780_272_000_000_000


def steps(bench: Bench) -> int:
    return bench.rounds * len(SIZES)


def run(bench: Bench) -> None:
    for remark, size in SIZES.items():
        sources = organisation(*size)
        folder = written(bench.folder / f"policies-{size[0]}", sources)
        alone, whole = [], []
        for _ in range(bench.rounds):
            bench.step(f"policies: {remark}")
            alone.append(seconds(sources))
            whole.append(waited(folder))
        bench.add(NAME, f"compile and check {remark}", "s", alone)
        bench.add(NAME, f"`policy check` of {remark}", "s", whole, aim="≤ 2 s")


def written(folder: Path, sources: dict[str, str]) -> Path:
    for name, text in sources.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def seconds(sources: dict[str, str]) -> float:
    began = time.perf_counter()
    compiled = compile_book(sources, now=NOW)
    took = time.perf_counter() - began
    assert compiled.diagnostics == ()
    return took


def waited(folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "escalator", "policy", "check", folder], check=True, capture_output=True)
    return time.perf_counter() - began
