"""Which rules are broken, and how: a sample of mutmut's mutants, drawn by a seed, the same for the same code.

Each file of a room gives its share of the room's sample, and at least one mutant. What mutmut does not mutate is not
here either: code outside functions (the tables), decorated functions (properties, what is cached), annotations.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import libcst as cst
from mutmut.mutation.file_mutation import Mutation, combine_mutations_to_source, create_mutations, deep_replace
from mutmut.mutation.trampoline_templates import mangle_function_name

ROOMS = {"core": 2, "rehearsal": 1}
"""The rooms whose rules are broken, and how many parts of the sample each is given."""


@dataclass(frozen=True)
class Mutant:
    path: str  # escalator/core/levels.py
    number: int  # among all mutants of its file
    key: str  # by which mutmut's trampoline knows it: escalator.core.levels.x_due__mutmut_3
    change: str  # as a diff

    @property
    def name(self) -> str:
        return f"{self.path.removeprefix('escalator/')}#{self.number}"

    @property
    def function(self) -> str:
        return self.key.partition("__mutmut_")[0]


class Breakable:
    """One file and every mutant that mutmut makes of it."""

    def __init__(self, root: Path, path: Path) -> None:
        self.path = path.relative_to(root).as_posix()
        self.source = path.read_text()
        self.module, mutations, self.classes, self.functions = create_mutations(self.path, self.source)
        self.mutations = [one for one in mutations if isinstance(one.contained_by_top_level_function, cst.FunctionDef)]

    def __len__(self) -> int:
        return len(self.mutations)

    def write(self, root: Path, numbers: Iterable[int]) -> list[Mutant]:
        """Puts the mutants of these numbers into the file, each asleep until the trampoline is told its key."""
        chosen = sorted(numbers)
        broken = [self.mutations[number] for number in chosen]
        mutated = combine_mutations_to_source(self.module, broken, self.classes, self.functions)
        (root / self.path).write_text(mutated.code)
        return [Mutant(self.path, number, key, self.change(number)) for number, key in self.keys(chosen)]

    def keys(self, chosen: Iterable[int]) -> Iterable[tuple[int, str]]:
        """mutmut numbers the mutants of each function from one, in the order in which it is given them."""
        module = self.path.removesuffix(".py").replace("/", ".")
        turns: dict[str, int] = {}
        for number in chosen:
            name = self.mangled(self.mutations[number])
            turns[name] = turns.get(name, 0) + 1
            yield number, f"{module}.{name}__mutmut_{turns[name]}"

    def mangled(self, mutation: Mutation) -> str:
        function = mutation.contained_by_top_level_function
        assert function is not None
        for node in self.module.body:
            body = getattr(getattr(node, "body", None), "body", ())
            if node is not function and any(method is function for method in body):
                return mangle_function_name(name=function.name.value, class_name=node.name.value)  # type: ignore[union-attr]
        return mangle_function_name(name=function.name.value, class_name=None)

    def change(self, number: int) -> str:
        mutation = self.mutations[number]
        broken = deep_replace(self.module, mutation.original_node, mutation.mutated_node).code  # type: ignore[union-attr]
        lines = unified_diff(self.source.splitlines(), broken.splitlines(), n=0, lineterm="")
        return "\n".join(line for line in lines if not line.startswith(("---", "+++")))


def breakable(root: Path) -> dict[str, Breakable]:
    files = [file for room in ROOMS for file in sorted((root / "escalator" / room).rglob("*.py"))]
    found = (Breakable(root, file) for file in files)
    return {file.path: file for file in found if len(file)}


def draw(files: Mapping[str, Breakable], size: int, seed: int) -> dict[str, list[int]]:
    """The numbers of the mutants, by file."""
    drawn: dict[str, list[int]] = {}
    for room, parts in ROOMS.items():
        sizes = {path: len(file) for path, file in files.items() if path.startswith(f"escalator/{room}/")}
        for path, share in shares(sizes, size * parts // sum(ROOMS.values())).items():
            chance = random.Random(f"{seed}:{path}")
            drawn[path] = sorted(chance.sample(range(sizes[path]), share))
    return drawn


def shares(sizes: Mapping[str, int], size: int) -> dict[str, int]:
    """In proportion, at least one each, by largest remainder; never more than there are."""
    total = sum(sizes.values())
    exact = {path: size * count / total for path, count in sizes.items()}
    given = {path: min(sizes[path], max(1, int(share))) for path, share in exact.items()}
    left = max(0, size - sum(given.values()))
    for path in sorted(exact, key=lambda path: (int(exact[path]) - exact[path], path))[:left]:
        given[path] = min(sizes[path], given[path] + 1)
    return given


def named(names: Iterable[str]) -> dict[str, list[int]]:
    """Mutants asked for by name: core/levels.py#12."""
    drawn: dict[str, list[int]] = {}
    for name in names:
        path, _, number = name.partition("#")
        drawn.setdefault(f"escalator/{path}", []).append(int(number))
    return drawn
