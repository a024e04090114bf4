"""`python -m mutations [--sample 300] [--seed 1]`: breaks the rules on purpose and says which breaks no test noticed.

mutmut makes the mutants and the trampolines between them; drawing and trying them is ours, because `mutmut run` tries
the tests of a mutant in the order of a set, runs all of them twice before it begins, and knows no sample.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = shutil.ignore_patterns(".venv*", ".git", "__pycache__", ".*_cache", ".hypothesis", "mutants")


def main() -> int:
    asked = arguments()
    if asked.tree:
        return tried(asked)
    os.nice(19 - os.nice(0))
    with tempfile.TemporaryDirectory(prefix="escalator-mutations-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=COPIED)
        # CI: hypothesis then draws the same examples every time, and keeps none on disk.
        environment = os.environ | {"PYTHONPATH": str(tree), "CI": "mutations"}
        command = [sys.executable, "-m", "mutations", *sys.argv[1:], "--tree", str(tree)]
        return subprocess.run(command, cwd=tree, env=environment, check=False).returncode


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutations", description=__doc__)
    parser.add_argument("--sample", type=int, default=300, help="how many mutants; two of three in core/")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other mutants")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these alone, as core/levels.py#12")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--budget", type=float, default=20, help="seconds of tests for one mutant, the quick ones first"
    )
    parser.add_argument("--output", type=Path, help="keep the verdicts here as JSON")
    parser.add_argument("--tree", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.output:
        asked.output = asked.output.resolve()
    return asked


def tried(asked: argparse.Namespace) -> int:
    import pytest
    from mutmut.configuration import config

    from mutations.sample import breakable, draw, named
    from mutations.trial import Trials

    files = breakable(asked.tree)
    drawn = named(asked.only) if asked.only else draw(files, asked.sample, asked.seed)
    mutants = [mutant for path, numbers in drawn.items() for mutant in files[path].write(asked.tree, numbers)]
    print(f"{len(mutants)} of {sum(map(len, files.values()))} mutants", flush=True)
    trials = Trials(mutants, asked.tree.parent, asked.workers, asked.budget)
    chosen = config().pytest_add_cli_args_test_selection + config().pytest_add_cli_args
    if code := pytest.main([*chosen, "-p", "no:xdist"], plugins=[trials]):
        print(f"pytest ended with {code!r}", *trials.reached.failed, sep="\n")
        return 3
    report(trials.verdicts, asked.output)
    return int(any(verdict.outcome in ("survived", "unreached") for verdict in trials.verdicts))


def report(verdicts: list, output: Path | None) -> None:  # type: ignore[type-arg]
    outcomes = ("killed", "timed out", "survived", "unreached")
    rows: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        path = verdict.mutant.path.removeprefix("escalator/")
        for row in (path, path.partition("/")[0] + "/", "all"):
            rows.setdefault(row, Counter())[verdict.outcome] += 1
    for verdict in verdicts:
        if verdict.outcome in outcomes[2:]:
            print(f"\n{verdict.mutant.name} {verdict.outcome}, {verdict.tests} tests\n{verdict.mutant.change}")
    print(f"\n{'':30}" + "".join(f"{outcome:>11}" for outcome in outcomes) + f"{'rate':>8}")
    for row in sorted(rows, key=lambda row: (row == "all", row.endswith("/"), row)):
        rate = (rows[row]["killed"] + rows[row]["timed out"]) / rows[row].total()
        print(f"{row:30}" + "".join(f"{rows[row][outcome]:>11}" for outcome in outcomes) + f"{rate:>8.0%}")
    if output:
        output.write_text(json.dumps([vars(one) | {"mutant": vars(one.mutant)} for one in verdicts], indent=1))


if __name__ == "__main__":
    sys.exit(main())
