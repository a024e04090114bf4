"""The pictures of the pages: each is shown somewhere, each shown one can be drawn again."""

import re
from pathlib import Path

import pytest

from pictures.console import PICTURES
from pictures.frames import FRAMES
from pictures.ladders import LADDERS, draw

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = DOCS / "channels"


def test_every_picture_that_a_page_shows_can_be_drawn_again_and_is_there() -> None:
    shown = {name for page in PAGES.glob("*.md") for name in re.findall(r"\(pictures/(\w+)\.png\)", page.read_text())}
    assert shown == set(FRAMES)
    assert {path.stem for path in (PAGES / "pictures").glob("*.png")} == shown


@pytest.mark.parametrize("name", FRAMES)
def test_a_picture_has_the_channels_own_words(name: str) -> None:
    assert "ledger-db-1" in FRAMES[name].html()


def test_every_channels_page_goes_from_nothing_to_an_acknowledged_page_and_shows_what_arrives() -> None:
    pages = {path.stem: path.read_text() for path in PAGES.glob("*.md") if path.stem != "README"}
    assert set(pages) >= {"slack", "twilio", "pagerduty", "email", "push", "apprise", "webhook"}
    for name, text in pages.items():
        assert "## From nothing to a first acknowledged page" in text, name
        assert "](pictures/" in text, name


def test_every_ladder_that_a_page_shows_can_be_drawn_again() -> None:
    shown = {name for page in DOCS.glob("*.md") for name in re.findall(r"\(pictures/([\w-]+)\.svg\)", page.read_text())}
    assert shown == set(LADDERS)
    assert {path.stem for path in (DOCS / "pictures").glob("*.svg")} == shown


def test_every_picture_of_the_console_can_be_drawn_again_and_is_there_and_light_enough_for_a_page() -> None:
    drawn = {path.stem: path.stat().st_size for path in (DOCS / "pictures").glob("*.png")}
    shown = {name for page in DOCS.glob("*.md") for name in re.findall(r"\(pictures/([\w-]+)\.png\)", page.read_text())}
    assert drawn.keys() == set(PICTURES)
    assert shown <= drawn.keys()
    assert max(drawn.values()) < 400_000


@pytest.mark.parametrize("name", LADDERS)
def test_a_ladder_is_what_its_command_draws_today(name: str, tmp_path: Path) -> None:
    """Where it is not: python -m pictures NAME."""
    drawn = draw(name, tmp_path).read_text(encoding="utf-8")
    assert drawn == (DOCS / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
