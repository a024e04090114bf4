"""Values with texts of people and senders: labels, conditions on them, severities, templates."""

import re

from escalator.core.alert import SEVERITIES
from escalator.language.shapes.shape import Key, Shape
from escalator.language.shapes.values import Either, Named, Text, Words, one_or_more

LONGEST_TEMPLATE = 20_000
"""Characters of one template."""

TEXT = Text()
TEMPLATE = Text(otherwise="expected a Jinja2 template", longest=LONGEST_TEMPLATE)
PATTERN = Text(otherwise="expected a regular expression (RE2)")
LABEL = Text(otherwise="expected the name of a label")
WORTH = Text(
    r"^$|^(?![=!]~)[\s\S]*\S", 'expected the value of a label; `""` is a missing one, and for `=~` write `{regex: …}`'
)
"""The value of a label in a condition; `""` is a missing label."""

_MEANT = {"info": "The least.", "warning": "Above info.", "error": "Above warning.", "critical": "The worst."}
SEVERITY = Words("a severity", {word: _MEANT[word] for word in SEVERITIES})

CONDITIONS = Shape(
    "a condition",
    (
        Key(
            "not",
            "Not",
            "Is none of these. A missing label is the empty text, so this takes it: prefer a list of what is meant.",
            one_or_more(WORTH),
            ["prod", ["prod", "staging"]],
        ),
        Key("regex", "Pattern", "Matches the whole value; RE2, without look-around.", PATTERN, ["web-.*"]),
        Key("not_regex", "Not this pattern", "Does not match the whole value; RE2.", PATTERN, ["web-.*"]),
    ),
    {"minProperties": 1},
)
_A_NAME = re.compile(r"[\s\S]+")
_NAMELESS = "a label has a name"
_CONDITION = Either(one_or_more(WORTH), CONDITIONS)
MATCH = Named(_CONDITION, _A_NAME, _NAMELESS)
SOME_MATCH = Named(_CONDITION, _A_NAME, _NAMELESS, 1)
"""Conditions where there must be one."""
SEVERAL = one_or_more(SEVERITY)
