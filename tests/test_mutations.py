"""The sample of `python -m mutations`: the same seed draws the same mutants, and each is where its name says."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mutmut")

from mutations.sample import Breakable, draw, named, shares

RULES = '''"""Two rules."""


def late(at: int, now: int) -> bool:
    return at < now


class Cap:
    most = 5

    def free(self, sent: int) -> bool:
        return sent < self.most
'''


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for path in ("core/caps.py", "core/late.py", "rehearsal/night.py"):
        file = tmp_path / "escalator" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(RULES)
    for package in ("escalator", "escalator/core"):
        (tmp_path / package / "__init__.py").touch()
    return tmp_path


def breakable(house: Path) -> dict[str, Breakable]:
    files = [Breakable(house, file) for file in sorted(house.rglob("[a-z]*.py"))]
    return {file.path: file for file in files}


def test_the_same_seed_draws_the_same_mutants(house: Path) -> None:
    files = breakable(house)
    assert draw(files, 3, seed=1) == draw(breakable(house), 3, seed=1)
    assert len({str(draw(files, 3, seed)) for seed in range(20)}) > 1


def test_two_of_three_are_rules_of_core(house: Path) -> None:
    drawn = draw(breakable(house), 3, seed=1)
    assert {path: len(numbers) for path, numbers in drawn.items()} == {
        "escalator/core/caps.py": 1, "escalator/core/late.py": 1, "escalator/rehearsal/night.py": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "size", "given"),
    [
        # in proportion
        ({"a": 60, "b": 30, "c": 10}, 10, {"a": 6, "b": 3, "c": 1}),
        # what is left goes to the largest remainder
        ({"a": 60, "b": 30, "c": 10}, 11, {"a": 7, "b": 3, "c": 1}),
        # nobody is left out
        ({"a": 99, "b": 1}, 2, {"a": 1, "b": 1}),
        # nor gives more than it has
        ({"a": 2, "b": 2}, 10, {"a": 2, "b": 2}),
    ],
)
def test_each_file_gives_its_share(sizes: dict[str, int], size: int, given: dict[str, int]) -> None:
    assert shares(sizes, size) == given


def test_a_mutant_sleeps_until_its_key_is_told(house: Path) -> None:
    """Written into the file, it changes nothing; by its key, the rule is the one that the diff shows."""
    file = breakable(house)["escalator/core/caps.py"]
    mutants = {mutant.change: mutant for mutant in file.write(house, range(len(file)))}
    at_most = next(mutant for change, mutant in mutants.items() if "sent <= self.most" in change)
    assert at_most.function == "escalator.core.caps.xǁCapǁfree"
    assert said(house, "") == "False"
    assert said(house, at_most.key) == "True"


def said(house: Path, key: str) -> str:
    code = "from escalator.core.caps import Cap; print(Cap().free(5))"
    environment = {"PYTHONPATH": str(house), "MUTANT_UNDER_TEST": key, "PATH": ""}
    (house / "pyproject.toml").write_text('[tool.mutmut]\nsource_paths = ["escalator"]\n')
    ran = subprocess.run([sys.executable, "-c", code], cwd=house, env=environment, capture_output=True, text=True)
    return ran.stdout.strip() or ran.stderr


def test_code_outside_of_functions_is_not_broken(house: Path) -> None:
    file = breakable(house)["escalator/core/caps.py"]
    assert not any("most = 5" in file.change(number) for number in range(len(file)))


def test_a_mutant_can_be_asked_for_by_name(house: Path) -> None:
    mutants = breakable(house)["escalator/core/late.py"].write(house, [0])
    assert named([mutants[0].name, "core/late.py#7"]) == {"escalator/core/late.py": [0, 7]}
