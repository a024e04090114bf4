"""Every code, its paragraph, and an example of it and of its cure. No code is ever renamed or reused.

The command `policy explain`, docs/codes.md and SARIF show this and nothing else; a test compiles each example.
"""

from itertools import zip_longest

from escalator.language.codes import (
    calendars,
    files,
    imported,
    names,
    people,
    policies,
    routes,
    shapes,
    trials,
    values,
)
from escalator.language.codes.code import Code

__all__ = ["CODES", "Code", "explain", "nearest"]

CODES = {
    each.code: each
    for each in sorted(
        (
            *files.CODES,
            *shapes.CODES,
            *values.CODES,
            *names.CODES,
            *routes.CODES,
            *policies.CODES,
            *people.CODES,
            *calendars.CODES,
            *imported.CODES,
            *trials.CODES,
        ),
        key=lambda one: one.code,
    )
}


def explain(code: str) -> str | None:
    """The paragraph for a code, in any case of letters; None for one that does not exist."""
    known = CODES.get(code.upper())
    return known.text if known else None


def nearest(code: str) -> str:
    """The code that was probably meant: the same digits under the other letter, else the fewest wrong characters."""
    word = code.strip().upper()
    other = [each for each in CODES if each[1:] == word[1:]]
    return other[0] if other else min(CODES, key=lambda each: _differences(each, word))


def _differences(one: str, other: str) -> int:
    return sum(here != there for here, there in zip_longest(one, other))
