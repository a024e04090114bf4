"""Markdown that strangers wrote: it looks as they meant it, and it cannot harm."""

import re
import time
from html.parser import HTMLParser

import pytest

from escalator.web.pages.incidents.markdown import LONGEST, is_link, rendered

ALLOWED = {
    "p", "strong", "em", "s", "code", "pre", "a", "ul", "ol", "li", "blockquote", "br", "hr", "div", "table", "thead",
    "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"href", "rel", "target", "title", "class", "scope", "start"}


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    return Tags(str(rendered(text))).found


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and `code`", "<p><strong>bold</strong> and <code>code</code></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("# As large as the page", '<p class="heading"><strong>As large as the page</strong></p>\n'),
        ("a < b & c", "<p>a &lt; b &amp; c</p>\n"),
        ("~~gone~~", "<p><s>gone</s></p>\n"),
        ("", ""),
    ],
)
def test_what_people_write_is_shown_as_they_meant_it(text: str, html: str) -> None:
    assert str(rendered(text)) == html


def test_a_link_leads_out_and_tells_nobody_where_from() -> None:
    ((_, attributes),) = [each for each in tags("[wiki](https://wiki.example/x?a=1)") if each[0] == "a"]
    assert attributes["href"] == "https://wiki.example/x?a=1"
    assert {"noreferrer", "noopener"} <= set((attributes["rel"] or "").split())


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/incidents/1/act)",
    "<javascript:alert(1)>",
    "![x](https://tracker.example/pixel.png)",
    "![x](javascript:alert(1))",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://ok.example "onmouseover=alert(1) \'\\"><script>")',
    '```" onload=alert(1)\n<b>\n```',
    "|a|\n|:-:|\n|<b onclick=x>|",
    "<!-- --><style>*{display:none}</style>",
    '<https://ok.example/"onmouseover="alert(1)>',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_write_never_runs_and_fetches_nothing(text: str) -> None:
    for tag, attributes in tags(text):
        assert tag in ALLOWED
        assert set(attributes) <= ATTRIBUTES
        assert re.match(r"https?://", attributes.get("href") or "https://"), attributes


def test_marks_that_turn_text_around_are_taken_out_however_they_are_written() -> None:
    for text in ("a\u202eb", "a&#x202e;b", "a&#8238;b", "\u2066x\u2069"):
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", str(rendered(text)))


def test_a_text_that_is_too_long_is_shown_as_it_was_written() -> None:
    found = str(rendered("<b>" + "x" * LONGEST))
    assert found.startswith("<pre>&lt;b&gt;xxx")


@pytest.mark.parametrize("piece", ["[", "*a ", "`", "a**b", ">", "[a](", "![[", "* ", "_a_ ", "a\n===\n", "[x]: y\n"])
def test_a_text_that_was_made_to_be_slow_is_not(piece: str) -> None:
    text = (piece * LONGEST)[:LONGEST]
    began = time.thread_time()
    rendered(text)
    assert time.thread_time() - began < 2


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://a.example/x", True),
        ("http://a.example", True),
        ("https://", False),
        ("https://a.example and more", False),
        ("javascript:alert(1)//https://a.example", False),
        ("https://[", False),
        ("ftp://a.example", False),
        ("runbooks/disk.md", False),
    ],
)
def test_an_address_is_one_that_a_page_may_lead_to(text: str, link: bool) -> None:
    assert is_link(text) is link
