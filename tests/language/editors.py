"""What an editor sees of a policy file: the project's own reader, then the scalars of YAML 1.2's core schema.

And what a person may do to a file: `damaged` misspells, drops or retypes one thing of it.
"""

import json
import random
import re
from pathlib import Path
from typing import Any

import jsonschema_rs

from escalator.language.nodes import NULLS, Items, Node, Table
from escalator.language.reading import read
from escalator.language.scope import Scope
from escalator.language.shapes.document import policies

ROOT = Path(__file__).parents[2]
SCHEMA = policies()
VALIDATOR = jsonschema_rs.Draft7Validator(SCHEMA)

BOOLEANS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
INTEGER = re.compile(r"[-+]?[0-9]+")
BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,2})?")
SPEAKABLE = re.compile(r"[\w.@/+][\w./:@+%*-]*[\w*]|\w")
"""A text that needs no quotes between brackets."""

RETYPED = ("5", "5.5", "true", "~", "x", "5m", '""', '"  "', "09:00", "[]", "{}", "[x]", "{x: y}", "[~]", "[[x]]")


def blocks(page: str) -> list[str]:
    """The YAML of a page of the documentation."""
    return re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def files() -> dict[str, str]:
    """Every good policy file that the repository has."""
    found = {f"policy-language.md[{at}]": text for at, text in enumerate(blocks("docs/policy-language.md"))}
    found |= {f"README.md[{at}]": text for at, text in enumerate(blocks("README.md")) if text.startswith("version: 1")}
    paths = [ROOT / "policies" / "main.yaml", *sorted((ROOT / "tests" / "language" / "examples").rglob("*.yaml"))]
    return found | {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def tree(text: str) -> Node | None:
    return read("main.yaml", text, Scope({"main.yaml": text}))


def seen(text: str) -> Any:
    """The values of a text as an editor has them."""
    node = tree(text)
    return None if node is None else plain(node)


def plain(node: Node) -> Any:
    if isinstance(node, Table):
        return {key.value: plain(value) for key, value in node.entries}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return node.value if node.quoted else core(node.value)


def core(text: str) -> Any:
    """A scalar without quotes, by YAML 1.2's core schema."""
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    if BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if FLOAT.fullmatch(text) else text


def accepted(text: str) -> bool:
    return VALIDATOR.is_valid(seen(text))


# Damage. A tree of dicts, lists and texts, where a text is as it stands in the file.


def standing(node: Node) -> Any:
    if isinstance(node, Table):
        return {key.value: standing(value) for key, value in node.entries}
    if isinstance(node, Items):
        return [standing(item) for item in node.items]
    return node.value if not node.quoted and SPEAKABLE.fullmatch(node.value) else json.dumps(node.value)


def shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {shown(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys or indices."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    found = [(value, key) for key in keys]
    for key in keys:
        found += places(value[key])
    return found


def misspelt(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word)) if word else 0
    return chance.choice([word[:at] + word[at + 1 :], word[:at] + "x" + word[at:], word[:at] + word[at:][::-1]])


def damaged(text: str, chance: random.Random) -> str:
    """The same with one thing misspelt, dropped or retyped, as flow YAML."""
    node = tree(text)
    assert node is not None
    whole = standing(node)
    within, key = chance.choice(places(whole))
    deed = chance.choice(["key", "value", "drop", "retype", "retype"])
    if deed == "key" and isinstance(within, dict):
        renamed = {(misspelt(each, chance) if each == key else each): value for each, value in within.items()}
        within.clear()
        within.update(renamed)
    elif deed == "value" and isinstance(within[key], str) and not within[key].startswith('"'):
        word = misspelt(within[key], chance)
        within[key] = word if SPEAKABLE.fullmatch(word) else json.dumps(word)
    elif deed == "drop":
        del within[key]
    else:
        within[key] = chance.choice(RETYPED)
    return shown(whole)
