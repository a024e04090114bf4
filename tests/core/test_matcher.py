"""Matchers against the plainest possible reading of what they say, on random labels."""

import re

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from escalator.core.alert import Matcher, compile_match

LABELS = ("a", "b")
values = st.text("xyz.\n", max_size=3)
patterns = st.lists(
    st.sampled_from(
        ["x", "y", "z", ".", ".*", "x+", "y?", "[xy]", "[^x]", "(x|y)", "|", "\\.", "x{2}", "(?i)X", "^", "$"]
    ),
    max_size=4,
).map("".join)
several = st.lists(values, min_size=1, max_size=3).map(tuple)
matchers = st.one_of(
    st.builds(Matcher, st.sampled_from(LABELS), st.sampled_from(["=", "!="]), values),
    st.builds(Matcher, st.sampled_from(LABELS), st.sampled_from(["in", "not in"]), several),
    st.builds(Matcher, st.sampled_from(LABELS), st.sampled_from(["=~", "!~"]), patterns).filter(
        lambda each: not re.search(r"(?<!^)\(\?i\)", str(each.value))  # Python takes flags at the beginning alone
    ),
)
labels = st.dictionaries(st.sampled_from(LABELS), values)


def holds(matcher: Matcher, given_labels: dict[str, str]) -> bool:
    """What a reader would say."""
    value = given_labels.get(matcher.label, "")
    match matcher.operator:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "in":
            return any(value == each for each in matcher.value)
        case "not in":
            return all(value != each for each in matcher.value)
        case "=~":
            return re.fullmatch(_as_re2(matcher.value), value) is not None
        case _:
            return re.fullmatch(_as_re2(matcher.value), value) is None


def _as_re2(pattern: str) -> str:
    """RE2's `$` is the end of the text; Python's is before a last newline too."""
    return pattern.replace("$", r"\Z")


@given(matchers, labels)
def test_a_matcher_holds_when_a_reader_would_say_so(matcher, given_labels):
    assert matcher.test()(given_labels) == holds(matcher, given_labels)


@given(st.lists(matchers, max_size=4), labels)
def test_several_matchers_must_all_hold(some, given_labels):
    assert compile_match(some)(given_labels) == all(holds(each, given_labels) for each in some)


@given(matchers, labels)
def test_the_opposite_holds_when_it_does_not(matcher, given_labels):
    opposites = {"=": "!=", "!=": "=", "in": "not in", "not in": "in", "=~": "!~", "!~": "=~"}
    opposite = matcher._replace(operator=opposites[matcher.operator])
    assert opposite.test()(given_labels) != matcher.test()(given_labels)


@given(matchers, labels)
def test_a_missing_label_is_the_empty_one(matcher, given_labels):
    filled = {**dict.fromkeys(LABELS, ""), **given_labels}
    assert matcher.test()(given_labels) == matcher.test()(filled)


@pytest.mark.parametrize("pattern", ["(", "(?=x)", r"(x)\1", "[z-a]", "x{2000}"])
def test_what_re2_refuses_is_refused_when_the_matcher_is_made(pattern):
    with pytest.raises(re2.error):
        Matcher("a", "=~", pattern).test()
