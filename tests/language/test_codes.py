"""Every code: its wrong example has it and nothing else, its right example has nothing at all."""

import re
from pathlib import Path

import pytest

from escalator.core.instant import from_datetime, to_datetime
from escalator.language import Unreadable, explain, load_sources, render
from escalator.language.codes import CODES, Code, nearest
from escalator.language.codes.page import page, shown
from tests.language.completion import completed, diagnosed, parted

NOW = from_datetime(to_datetime(0).replace(year=2026, month=6))
ON_DISK = "E100"


def found(text: str, each: Code) -> set[str]:
    sources = parted(text) if each.whole else completed(text)
    diagnostics = diagnosed(sources, NOW)
    assert len(render(diagnostics, sources)) >= len(diagnostics)
    return {one.code for one in diagnostics}


@pytest.mark.parametrize("code", [code for code in CODES if code != ON_DISK])
def test_the_wrong_example_has_exactly_this_code(code):
    assert found(CODES[code].wrong, CODES[code]) == {code}


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_has_nothing_to_complain_of(code):
    assert found(CODES[code].right, CODES[code]) == set()


def test_the_example_that_is_no_file_at_all(tmp_path):
    with pytest.raises(Unreadable) as caught:
        load_sources(tmp_path / "nothing")
    assert [each.code for each in caught.value.diagnostics] == [ON_DISK]


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_title_and_a_paragraph(code):
    each = CODES[code]
    assert each.code == code
    assert each.title[0] != each.title[0].upper() or each.title[0] in "`" or each.title[:2].isupper()
    assert not each.title.endswith(".")
    assert each.text.endswith(".")
    assert each.wrong != each.right


def test_a_code_is_explained_in_any_case_of_letters():
    assert explain("w274") == CODES["W274"].text
    assert explain("E999") is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("E274", "W274"), ("w202", "E202"), ("E21O", "E210"), ("E1050", "E105"), (" e210 ", "E210"), ("W29", "W290")],
)
def test_the_code_that_was_probably_meant(typed, meant):
    assert nearest(typed) == meant


def test_whatever_is_typed_some_code_is_nearest():
    assert {nearest(word) for word in ("", "E", "E" * 1000, "\0")} <= set(CODES)


def test_the_page_of_codes_is_what_the_codes_make():
    path = Path(__file__).parents[2] / "docs" / "codes.md"
    assert path.read_text(encoding="utf-8") == page(), "python -m escalator.language.codes.page > docs/codes.md"


def test_the_page_has_an_anchor_for_every_code():
    assert re.findall(r"^## (\w+)$", page(), re.MULTILINE) == list(CODES)


def test_an_example_that_cannot_be_printed_is_shown_without_what_cannot():
    assert shown("a: \udce9\n") == ["a: \N{REPLACEMENT CHARACTER}"]
    (line,) = shown(CODES["E106"].wrong)
    assert line.endswith("… (262,146 characters)")
