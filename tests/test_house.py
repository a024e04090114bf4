"""The house: imports go down, there are no circles, and the rules know no clock, no disk and no chance.

Every import counts, those inside functions and under `TYPE_CHECKING` too. Each test names what breaks the law, so that
the failure is the list of things to mend. The last tests plant a breach of each law and see that it is found.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LONGEST_MODULE, LONGEST_FUNCTION = 300, 60

FLOORS = {
    "core": 1,
    "settings": 2,
    "config": 2,
    "language": 2,
    "rehearsal": 2,
    "importers": 2,
    "store": 2,
    "channels": 2,
    "engine": 3,
    "web": 4,
    "app": 5,
    "cli": 6,
    "__main__": 7,
}
NEIGHBOURS = {
    ("rehearsal", "language"),  # rehearsal is the rules and the language in virtual time
    ("importers", "language"),  # importers write the language, and ask it what it takes
    ("config", "settings"),  # the table and what a value may be
}
"""Rooms of one floor that may import each other, in this direction alone."""
READS_CONFIG = {"app", "cli"}

PURE = {
    "__future__", "abc", "bisect", "collections", "copy", "dataclasses", "datetime", "enum", "functools", "hashlib",
    "heapq", "itertools", "json", "math", "operator", "re", "re2", "string", "types", "typing", "zoneinfo",
}  # fmt: skip
"""What `core` may import: nothing that reads a clock, a disk, a socket or chance (zoneinfo's tables aside)."""
IMPURE = re.compile(r"\.(now|utcnow|today|fromtimestamp)$|^(open|print|input|exec|eval|__import__)$")
"""Calls that ask the world. `fromtimestamp` reads the machine's own zone."""
BANNED_NAMES = {"manager", "helper", "helpers", "utils", "util", "handler", "handlers", "data", "info", "process"}
GIVEN_NAMES = {"data_received", "get_extra_info"}
"""Names that a library calls: asyncio's protocols and transports."""


class Module(NamedTuple):
    name: str
    """Dotted, a package without its `__init__`."""
    tree: ast.Module
    text: str

    @property
    def room(self) -> str:
        return room_of(self.name)


def room_of(name: str) -> str:
    """The part after `escalator.`; `__init__` for the package itself."""
    return [*name.split("."), "__init__"][1]


def parsed(name: str, text: str) -> Module:
    return Module(name, ast.parse(text), text)


def house() -> dict[str, Module]:
    found = {}
    for path in sorted((ROOT / "escalator").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = parsed(name, path.read_text(encoding="utf-8"))
    return found


def imports(module: Module, names: set[str], *, packages: set[str]) -> Iterator[tuple[str, int]]:
    """Every dotted name that the module imports, with its line; `from a import b` is `a.b` where that is a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node, packages)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (full if full in names else base), node.lineno


def _base(module: Module, node: ast.ImportFrom, packages: set[str]) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    up = node.level - (module.name in packages)
    return ".".join(parts[: len(parts) - up] + ([node.module] if node.module else []))


def inner(modules: Mapping[str, Module]) -> list[tuple[Module, str, int]]:
    """Imports of one part of the house by another: who, whom, on which line."""
    names = set(modules)
    packages = {name for name in names if any(other.startswith(name + ".") for other in names)}
    return [
        (module, target, line)
        for module in modules.values()
        for target, line in imports(module, names, packages=packages)
        if target.split(".")[0] == "escalator"
    ]


def climbing(modules: Mapping[str, Module]) -> list[str]:
    found = []
    for module, target, line in inner(modules):
        here, there = module.room, room_of(target)
        if "__init__" in (here, there) or here == there:
            continue
        sibling = FLOORS[here] == FLOORS[there] and (here, there) not in NEIGHBOURS
        if FLOORS[here] < FLOORS[there] or sibling:
            found.append(f"{module.name}:{line} imports {target}")
    return found


def circles(modules: Mapping[str, Module]) -> list[list[str]]:
    """Groups of modules that reach one another (Tarjan's components of more than one, and self-imports)."""
    edges: dict[str, set[str]] = {name: set() for name in modules}
    for module, target, _ in inner(modules):
        if target in modules:
            edges[module.name].add(target)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in edges[name]:
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            at = stack.index(name)
            group = stack[at:]
            del stack[at:]
            if len(group) > 1 or name in edges[name]:
                found.append(sorted(group))

    for name in edges:
        if name not in index:
            visit(name)
    return found


def impurities(modules: Mapping[str, Module]) -> list[str]:
    found = []
    for module in modules.values():
        if module.room != "core":
            continue
        for target, line in imports(module, set(modules), packages=set()):
            if target.split(".")[0] not in PURE | {"escalator"}:
                found.append(f"{module.name}:{line} imports {target}")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and IMPURE.search(called := ast.unparse(node.func)):
                found.append(f"{module.name}:{node.lineno} calls {called}")
    return found


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def too_long(modules: Mapping[str, Module]) -> list[str]:
    found = [
        f"{module.name} has {lines} lines"
        for module in modules.values()
        if (lines := len(module.text.splitlines())) > LONGEST_MODULE
    ]
    for module in modules.values():
        for node in functions(module):
            assert node.end_lineno is not None
            if (lines := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION:
                found.append(f"{module.name}:{node.lineno} {node.name} has {lines} lines")
    return found


def lawless(modules: Mapping[str, Module]) -> list[str]:
    return [module.name for module in modules.values() if module.text.strip() and not ast.get_docstring(module.tree)]


def misnamed(modules: Mapping[str, Module]) -> list[str]:
    """Modules, classes and functions with a word that says nothing."""
    named = [(module.name, module.name.rpartition(".")[2], 1) for module in modules.values()]
    for module in modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                named.append((module.name, node.name, node.lineno))
    return [
        f"{where}:{line} {name}"
        for where, name, line in named
        if name not in GIVEN_NAMES and _words(name) & BANNED_NAMES
    ]


def _words(name: str) -> set[str]:
    """`FooBar_baz` as foo, bar, baz."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def test_imports_only_go_down_and_siblings_do_not_know_each_other():
    assert climbing(house()) == []


def test_every_room_has_its_floor():
    assert {module.room for module in house().values()} - set(FLOORS) == {"__init__"}


def test_no_modules_import_each_other_in_a_circle():
    assert circles(house()) == []


def test_only_the_frame_and_the_command_line_read_the_settings():
    readers = {module.room for module, target, _ in inner(house()) if target.startswith("escalator.config")}
    assert readers <= READS_CONFIG


def test_the_rules_ask_neither_clock_nor_disk_nor_chance():
    assert impurities(house()) == []


def test_no_module_and_no_function_passes_the_wall():
    assert too_long(house()) == []


def test_every_module_says_its_law():
    assert lawless(house()) == []


def test_no_name_says_nothing():
    assert misnamed(house()) == []


def test_every_library_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    declared = {re.split(r"[\[><=;! ]", line)[0].lower() for line in lines}
    distributions = {
        "yaml": "pyyaml",
        "re2": "google-re2",
        "dotenv": "python-dotenv",
        "prometheus_client": "prometheus-client",
        "recurring_ical_events": "recurring-ical-events",
        "slack_sdk": "slack-sdk",
        "markdown_it": "markdown-it-py",
        "py_vapid": "py-vapid",
    }
    comes_with = {"starlette": "fastapi", "pydantic": "fastapi", "yarl": "aiohttp", "markupsafe": "jinja2"}
    modules = house()
    roots = {
        target.split(".")[0] for one in modules.values() for target, _ in imports(one, set(modules), packages=set())
    }
    foreign = {root for root in roots - {"escalator", ""} if root not in sys.stdlib_module_names}
    assert {distributions.get(root, comes_with.get(root, root)) for root in foreign} - declared == set()


def planted(**texts: str) -> dict[str, Module]:
    """A small house; `core__a` is `escalator.core.a`."""
    names = {f"escalator.{name.replace('__', '.')}": text for name, text in texts.items()}
    return {name: parsed(name, text) for name, text in names.items()}


def test_a_climbing_import_is_found_even_in_a_function():
    assert climbing(planted(core__a="def f():\n    from escalator.engine import b", engine__b=""))
    assert climbing(planted(core__a="if TYPE_CHECKING:\n    import escalator.web.b", web__b=""))
    assert climbing(planted(store__a="from escalator import channels", channels=""))
    assert climbing(planted(engine__a="from ..web import b", web__b="", web="", engine=""))
    assert not climbing(planted(engine__a="from escalator.core import b", core__b=""))


def test_a_circle_is_found_even_through_a_package():
    hidden = planted(core="from escalator.core.a import x", core__a="def f():\n    from escalator.core import x")
    assert circles(hidden) == [["escalator.core", "escalator.core.a"]]
    assert circles(planted(core__a="from escalator.core import b", core__b="from escalator.core import a"))
    assert not circles(planted(core__a="from escalator.core import b", core__b="", core=""))


def test_a_clock_in_the_rules_is_found():
    assert impurities(planted(core__a="import time"))
    assert impurities(planted(core__a="def f():\n    import random"))
    assert impurities(planted(core__a="from datetime import datetime\nx = datetime.now(UTC)"))
    assert impurities(planted(core__a="open('x')"))
    assert not impurities(planted(engine__a="import time", core__a="import re2"))


def test_a_long_function_a_lawless_module_and_an_empty_name_are_found():
    assert too_long(planted(core__a="def f():\n" + "    x = 1\n" * 60))
    assert too_long(planted(core__a="x = 1\n" * 301))
    assert lawless(planted(core__a="x = 1"))
    assert misnamed(planted(core__a="class AlertManager: ..."))
    assert misnamed(planted(core__a="def process_alert(): ..."))
    assert misnamed(planted(web__utils=""))
    assert not misnamed(planted(web__alertmanager="class Database: ..."))
