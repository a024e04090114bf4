"""The page docs/codes.md, made of the codes: `python -m escalator.language.codes.page > docs/codes.md`.

A test holds the page to what this makes.
"""

from collections.abc import Iterator
from textwrap import wrap

from escalator.language.codes import CODES, Code

WIDEST = 120
HEAD = """\
# Codes of `escalator policy check`

Every finding has a code, which never changes its meaning: `E…` are errors, with which a policy does not go live, `W…`
are warnings. `escalator policy explain E210` prints what stands here. In the examples, people and policies that are
named but not shown stand elsewhere in the files.

<!-- Made by `python -m escalator.language.codes.page`; a test compares. -->
"""


def page() -> str:
    """The whole page: a table of all codes, then an anchor for each."""
    return "\n".join([HEAD, *_table(), *(line for each in CODES.values() for line in _section(each))]) + "\n"


def _table() -> Iterator[str]:
    yield "| code | what |"
    yield "|---|---|"
    for each in CODES.values():
        yield f"| [{each.code}](#{each.code.lower()}) | {each.title} |"


def _section(each: Code) -> Iterator[str]:
    text = f"**{each.title[0].upper()}{each.title[1:]}.** {each.text}"
    yield from ("", f"## {each.code}", "", *wrap(text, WIDEST, break_long_words=False), "")
    yield from ("```yaml", "# wrong", *shown(each.wrong), "```", "")
    yield from ("```yaml", "# right", *shown(each.right), "```")


def shown(example: str) -> list[str]:
    """The lines of an example as they can be printed: what is not UTF-8 marked, what is endless cut."""
    lines = example.encode("utf-8", "surrogateescape").decode("utf-8", "replace").rstrip("\n").split("\n")
    return [line if len(line) <= WIDEST else f"{line[:40]}… ({len(line):,} characters)" for line in lines]


if __name__ == "__main__":
    print(page(), end="")
