"""Whatever bytes a policy file holds: an answer in every form, each complaint at a place in the file, never a hang."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalator.language import compile_book, load_sources, render
from escalator.language.annotations import annotations
from escalator.language.diagnostics import Diagnostic, lines
from escalator.language.sarif import sarif

NOW = 1_780_272_000_000_000
GOOD = [
    file.read_bytes()
    for file in [
        *sorted((Path(__file__).parent / "examples").rglob("*.yaml")),
        *(Path(__file__).parents[2] / "policies").glob("*.yaml"),
    ]
]
SNIPPETS = (
    b"", b" ", b":", b"\n", b"[", b"]", b"{", b"}", b"#", b"- ", b"'", b'"', b"&a ", b"*a", b"!t ", b"\t", b"~", b"|\n",
    b">", b"? ", b"---\n", b"...\n", b"%YAML 1.1\n", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x00",
    b"\x1b[31m", b"\r", "\u2028".encode(), "\x85".encode(), "\N{FIRE}".encode(), b"0", b"null", b"<<: ",
    b"when: {}", b"2026-13-45T99:99",
)  # fmt: skip
anything = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def found_in(folder: Path, raw: bytes) -> list[Diagnostic]:
    """What is found in these bytes, read from a disk as the service does, answered in every form, and placed."""
    (folder / "main.yaml").write_bytes(raw)
    start = time.process_time()
    sources = load_sources(folder)
    compiled = compile_book(sources, now=NOW)
    assert time.process_time() - start < 3
    every_form(compiled.diagnostics, sources)
    for each in compiled.diagnostics:
        placed(each, sources)
    assert (compiled.book is None) == any(each.severity == "error" for each in compiled.diagnostics)
    return list(compiled.diagnostics)


def every_form(diagnostics: tuple[Diagnostic, ...], sources: dict[str, str]) -> None:
    text = render(diagnostics, sources)
    assert "\x1b" not in text
    text.encode()
    json.dumps(sarif(diagnostics, sources, "0", "https://escalator.example/codes"), ensure_ascii=False).encode()
    assert not any("\n" in line or "\r" in line for line in annotations(diagnostics))


def placed(each: Diagnostic, sources: dict[str, str]) -> None:
    """The place is within its file: one column past a line's last character at the most."""
    assert each.file in sources
    every = lines(sources[each.file])
    assert 1 <= each.line <= max(1, len(every)), each
    assert 1 <= each.column <= len(every[each.line - 1]) + 1, (each, every[each.line - 1])
    assert each.column < each.end
    assert each.message
    for note in each.notes:
        assert note.mark.file in sources
        assert 1 <= note.mark.line <= max(1, len(lines(sources[note.mark.file])))


@anything
@given(raw=st.binary(max_size=300))
def test_any_bytes(tmp_path, raw):
    found_in(tmp_path, raw)


@anything
@given(parts=st.lists(st.sampled_from(SNIPPETS), max_size=30))
def test_any_yaml_like_bytes(tmp_path, parts):
    found_in(tmp_path, b"".join(parts))


@anything
@given(chance=st.randoms(use_true_random=False))
def test_good_files_with_bytes_changed(tmp_path, chance: random.Random):
    raw = chance.choice(GOOD)
    for _ in range(chance.randint(1, 5)):
        start = chance.randrange(len(raw) + 1)
        end = min(len(raw), start + chance.choice([0, 0, 1, 2, 10, 100]))
        raw = raw[:start] + chance.choice(SNIPPETS) + raw[end:]
    found_in(tmp_path, raw)


@anything
@given(chance=st.randoms(use_true_random=False))
def test_good_files_with_lines_moved(tmp_path, chance: random.Random):
    """Indentation and order change, as they do when somebody resolves a conflict at night."""
    rows = chance.choice(GOOD).split(b"\n")
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(rows))
        row = rows.pop(place)
        deeper = chance.choice([row, b"  " + row, row.lstrip(), row[1:], b"<<<<<<< HEAD", row + row])
        rows.insert(chance.randrange(len(rows) + 1), deeper)
    found_in(tmp_path, b"\n".join(rows))


BOMB = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in range(98, 120))
HOSTILE = {
    "an alias bomb": (BOMB, "E103"),
    "an alias of itself": (b"a: &a [*a]\n", "E103"),
    "a merge of everything": (b"base: &base {a: 1}\nother: {<<: *base}\n", "E103"),
    "brackets without end": (b"[" * 250_000, "E107"),
    "braces without end": (b"{a: " * 60_000, "E107"),
    "dashes without end": (b"- " * 120_000, "E107"),
    "questions without end": (b"? " * 120_000, "E102"),
    "indentation without end": (b"".join(b" " * n + b"a:\n" for n in range(600)), "E107"),
    "a file of 50 MB": (b"a: 1\n" * 10_000_000, "E106"),
    "one line of 50 MB": (b"x" * 50_000_000, "E106"),
    "a tag that runs code": (b"a: !!python/object/apply:os.system [id]\n", "E104"),
    "a tag that reads a file": (b"a: !include /etc/passwd\n", "E104"),
    "a tag of a class": (b"--- !ruby/object:Gem::Installer\ni: x\n", "E104"),
    "a key twice": (b"catch_all: a\ncatch_all: b\n", "E105"),
    "forty thousand times one key": (b"k: 1\n" * 40_000, "E105"),
    "half a character": (b"teams:\n  caf\xc3\n", "E101"),
    "overlong UTF-8": (b"a: \xc0\xaf\n", "E101"),
    "a surrogate in UTF-8": (b"a: \xed\xa0\x80\n", "E101"),
    "UTF-16": ("a: 1\n".encode("utf-16"), "E101"),
    "NUL": (b"a: \x00\n", "E109"),
    "an escape of the terminal": (b"a: \x1b]0;owned\x07\n", "E109"),
    "a text that never ends": (b'a: "' + b"x" * 200_000, "E102"),
    "a block that never ends": (b"a: |\n" + b"  x\n" * 50_000 + b"\x00", "E109"),
    "a version of YAML that does not exist": (b"%YAML 9.9\n---\na: 1\n", "E102"),
    "a hundred thousand documents": (b"---\n" * 60_000, "E108"),
    "a pattern without end": (b"routes: [{match: {a: {regex: '(((x*)*)*)*y{900}{900}'}}, policy: p}]\n", "E131"),
    "a number of a million digits": (b"policies: {p: {repeat: " + b"9" * 200_000 + b"}}\n", "E127"),
    "a duration of a million digits": (b"sources: {a: {refresh: " + b"9" * 200_000 + b"h}}\n", "E126"),
    "a name of a thousand letters": (b"teams: {" + b"x" * 1000 + b": [a]}\n", "E130"),
    "a name of a million letters": (b"teams: {" + b"x" * 200_000 + b": [a]}\n", "E102"),
}  # fmt: skip


@pytest.mark.parametrize("remark", HOSTILE)
def test_hostile_bytes_are_an_error_with_a_place_within_a_second(tmp_path, remark):
    raw, code = HOSTILE[remark]
    start = time.process_time()
    found = found_in(tmp_path, raw)
    assert time.process_time() - start < 1.5, "a second, and half of one for a slow machine"
    assert code in {each.code for each in found}, [each.code for each in found][:5]
