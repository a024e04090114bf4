"""Notes and runbooks: Markdown that strangers wrote, as HTML that cannot harm.

Law: no HTML of theirs, no pictures, links to http and https alone, and nothing as large as a page's own headings.
"""

from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from escalator.web.fields import plain

LONGEST: Final = 10_000
"""Characters that are read as Markdown: what is longer is shown as it was written."""
DEEPEST: Final = 20


@lru_cache(maxsize=256)
def rendered(text: str) -> Markup:
    """For a template; inside an element with the class `markdown`."""
    if len(text) > LONGEST:
        return Markup("<pre>{}</pre>").format(plain(text))
    # After rendering, too: `&#x202e;` is a mark that turns the text around.
    return Markup(plain(_markdown.render(text)))  # noqa: S704  html is off: every character of theirs was escaped


def is_link(text: str) -> bool:
    """Whether a whole text is an address that a page may lead to."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not any(each.isspace() for each in text)


class Careful(MarkdownIt):
    """Makes links to the web alone."""

    def validateLink(self, url: str) -> bool:
        return is_link(url)


def _made() -> MarkdownIt:
    made = Careful("js-default", {"html": False, "linkify": False, "maxNesting": DEEPEST}).disable("image")
    made.add_render_rule("link_open", _link)
    made.add_render_rule("heading_open", _heading)
    made.add_render_rule("heading_close", _heading)
    made.add_render_rule("table_open", lambda *_: '<div class="scroll"><table class="table">\n')
    made.add_render_rule("table_close", lambda *_: "</table></div>\n")
    made.add_render_rule("th_open", lambda *_: '<th scope="col">')
    made.add_render_rule("td_open", lambda *_: "<td>")
    return made


def _link(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]) -> str:
    tokens[index].attrSet("rel", "noreferrer noopener nofollow")
    tokens[index].attrSet("target", "_blank")
    return self.renderToken(tokens, index, options, env)


def _heading(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    """The page has its own order of headings."""
    return '<p class="heading"><strong>' if tokens[index].nesting > 0 else "</strong></p>\n"


_markdown = _made()
