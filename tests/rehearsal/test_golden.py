"""`--update`: timelines are written where they belong, nothing else of a file is touched, and twice is as once."""

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.language.trials.values import Golden
from escalator.rehearsal.trials.judging import judge
from escalator.rehearsal.trials.playing import play
from escalator.rehearsal.trials.rewriting import rewritten
from escalator.rehearsal.trials.scalars import plain, written
from escalator.rehearsal.trials.timelines import exact, timeline
from escalator.rehearsal.trials.updating import Unwritable, updated
from tests.rehearsal.nights import book, judged, suite, told

BOOK = book()
FIRE = "- {at: 0m, fire: {alertname: Disk, severity: warning}}"
LINES = """\
    timeline:
      - 0s: 1 firing; route routes[0] → policy quietly, low urgency; first page in 30s
      - 30s: ops paged (level 1)
      - 5m30s: "level 2 skipped: only during office"
      - 5m30s: policy 'quietly' is walked to its end; it waits for somebody to look
"""


def update(text, about=BOOK):
    verdicts = [judge(play(about, trial)) for trial in suite(text, about).trials]
    return updated(about, "main.test.yaml", text, verdicts)


def passes(text, about=BOOK):
    return all(judge(play(about, trial)).passed for trial in suite(text, about).trials)


def test_a_test_that_expects_nothing_gets_its_timeline():
    text = told(FIRE)
    assert not passes(text)
    assert update(text) == text + LINES
    assert passes(text + LINES)


def test_what_is_so_already_is_not_touched():
    text = told(FIRE) + LINES
    assert update(text) is text


def test_a_test_that_expects_something_else_gets_none():
    text = told(FIRE, "- {at: 0m, paged: ben}")
    assert update(text) is text


def test_one_that_cannot_happen_is_not_written_down():
    text = told(FIRE + "\n- {at: 1m, unack: ben}")
    assert update(text) is text


def test_what_differs_fails_without_an_update_and_says_how():
    verdict = judged(FIRE, more=LINES.replace("5m30s: policy", "6m30s: policy").replace("    ", "", 1))
    (said,) = [text for _, text in verdict.failures]
    ended = "policy 'quietly' is walked to its end; it waits for somebody to look"
    assert said == f"at 5m30s: expected 6m30s: {ended}; was 5m30s: {ended}"


def test_a_line_too_many_and_a_line_too_few():
    more = judged(FIRE, more=LINES.replace("    ", "", 1) + "      - 9m: and then\n").failures
    assert [text for _, text in more] == ["at 5m30s: expected 9m: and then, and nothing of it came"]
    less = judged(FIRE, more="\n".join(LINES.splitlines()[:-1]).replace("    ", "", 1)).failures
    assert [text for _, text in less] == [
        "at 5m30s: 5m30s: policy 'quietly' is walked to its end; it waits for somebody to look, "
        "and the timeline says nothing of it"
    ]  # fmt: skip


STALE = """\
# the head
version: 1

tests:
  # about the first
  - name: it      # why
    starts: 2026-03-04T03:10
    timeline:     # read this
      # the start
      - 0s: "1 firing; route routes[0] → policy quietly, low urgency; first page in 30s"
      # the channel hears it
      - 30s: nobody paged   # wrong
      - 5m30s: "level 2 skipped: only during office"   # right
      # the end
      - 5m30s: policy 'quietly' is walked to its end; it waits for somebody to look
      # after the end

    timezone: Europe/London
    events: [{at: 0m, fire: {alertname: Disk, severity: warning}}]   # one

  - {name: other, starts: 2026-03-04T03:10, timezone: UTC, events: [{at: 0m, note: {by: ben, text: x}, refused: true}],
     expect: [{incidents: 0}]}
# the foot
"""


def test_only_the_line_that_differs_is_replaced():
    text = STALE.split("  - {name: other")[0] + "# the foot\n"
    assert update(text) == text.replace("      - 30s: nobody paged   # wrong\n", "      - 30s: ops paged (level 1)\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("timeline:\n    until: 5m", "timeline:\n      - 0s: 1 firing"),
        ("timeline: []\n    until: 5m", "timeline:\n      - 0s: 1 firing"),
        ("timeline: [] # none yet\n    until: 5m", "timeline: # none yet\n      - 0s: 1 firing"),
        ("timeline: ~ # none yet", "timeline: # none yet\n      - 0s: 1 firing"),
        ("timeline: [{0s: old},\n      {1s: old}]\n    until: 5m", "timeline:\n      - 0s: 1 firing"),
        ("timeline:\n    - 0s: old\n    - 1s: old\n    until: 5m", "timeline:\n    - 0s: 1 firing"),
        ("timeline:\n    - 0s: >\n        old\n        and older\n\n    until: 5m", "timeline:\n    - 0s: 1 firing"),
        ('timeline:\n    - {"0s": old}', "timeline:\n    - 0s: 1 firing"),
    ],
)  # fmt: skip
def test_however_the_old_one_is_written_it_gives_way(before, after):
    text = f"{told(FIRE)}    {before}\n"
    new = update(text)
    assert after in new
    assert new.startswith(text.split("    timeline")[0])
    assert ("until: 5m" in new) == ("until: 5m" in text)
    assert passes(new)
    assert update(new) is new


@pytest.mark.parametrize("end", ["}", ", }", "\n    }  # end\n"])
def test_a_test_in_braces_gets_its_timeline_in_brackets(end):
    text = (
        "tests:\n  - {name: it, starts: 2026-03-04T03:10, timezone: UTC, events: ["
        + FIRE.removeprefix("- ")
        + "]"
        + end
    )
    new = update(text)
    assert 'timeline: [{"0s": "1 firing; ' in new
    assert passes(new)
    assert update(new) is new


def test_the_ends_of_lines_stay_what_they_are():
    text = told(FIRE).replace("\n", "\r\n")
    new = update(text)
    assert new == (told(FIRE) + LINES).replace("\n", "\r\n")
    assert update(new) is new


@pytest.mark.parametrize("strip", [0, 1])
def test_a_file_without_a_last_newline(strip):
    text = told(FIRE)
    text = text[: len(text) - strip]
    assert update(text).rstrip() == (told(FIRE) + LINES).rstrip()


def test_a_byte_order_mark_is_no_character():
    assert update("\ufeff" + told(FIRE)) == "\ufeff" + told(FIRE) + LINES


def test_what_cannot_be_written_safely_is_not(monkeypatch):
    monkeypatch.setattr("escalator.rehearsal.trials.updating.rewritten", lambda text, lines: text + "x: 1\n")
    with pytest.raises(Unwritable, match="write an empty `timeline:`"):
        update(told(FIRE))


@given(st.text(min_size=1, max_size=30).filter(lambda text: text.strip() and not re.search("[\ud800-\udfff]", text)))
@settings(deadline=None)
def test_every_text_reads_as_it_was_written(text):
    assert yaml.safe_load(f"- {plain(text)}") == [text]
    assert yaml.safe_load(f"- {written(Golden('5m', text))}") == [{"5m": text}]


@pytest.mark.parametrize(
    "text", ["yes", "5", "1:30", "0x1f", "null", "- a", "a: b", "a #b", "#1", "", "[a]", "a:", "é", "a,b"]
)
def test_words_that_some_reader_takes_for_something_else_are_quoted(text):
    assert yaml.safe_load(f"- {plain(text)}") == [text]


@given(st.integers(0, 10**14))
def test_a_span_is_written_to_the_last_microsecond(span):
    units = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
    found = re.findall(r"([\d.]+)([wdhms])", exact(span))
    assert round(sum(float(number) * units[unit] * 1_000_000 for number, unit in found)) == span


COMMENTS = st.sampled_from(["", "  # here", "\n      # below", "\n\n"])
TEXTS = st.sampled_from(
    ["ops paged (level 1)", "level 2 skipped: only during office", "#1", "nobody: at all", "é \N{SNOWMAN}", "x"]
)
GOLD = st.lists(st.tuples(st.sampled_from(["0s", "30s", "5m30s"]), TEXTS), max_size=6)


@settings(max_examples=120, deadline=None)
@given(
    GOLD,
    st.lists(COMMENTS, min_size=7, max_size=7),
    st.sampled_from(["", "  "]),
    st.sampled_from(["", "    until: 20m\n"]),
)
def test_whatever_stood_there_an_update_heals_it_and_a_second_changes_nothing(lines, comments, indent, after):
    old = "".join(
        f"    {indent}- {written(Golden(*line))}{comment}\n" for line, comment in zip(lines, comments, strict=False)
    )
    text = told(FIRE) + f"    timeline:{comments[-1] if lines else ''}\n{old}{after}# the foot\n"
    new = update(text)
    assert passes(new)
    assert update(new) is new
    assert new.endswith(f"{after}# the foot\n")
    assert new.startswith(told(FIRE))
    for comment in ("# here", "# below"):
        assert comment != "# below" or new.count(comment) == text.count(comment)


def test_of_several_tests_only_those_that_are_named_are_rewritten():
    text = told(FIRE) + told(FIRE).removeprefix("tests:\n").replace("name: it", "name: other")
    new = rewritten(text, {1: [Golden("0s", "x")]})
    assert new == text + "    timeline:\n      - 0s: x\n"


def test_lines_of_several_incidents_say_which():
    (trial,) = suite(told("- {at: 0m, fire: [{alertname: A}, {alertname: B}]}"), BOOK).trials
    assert {line.text.split(",")[0] for line in timeline(play(BOOK, trial))} == {"incident 1", "incident 2"}


def test_no_line_holds_an_address_or_the_name_of_a_secret():
    (trial,) = suite(told("- {at: 0m, fire: {alertname: A}}\n- {at: 0m, fault: {provider: twilio}}"), BOOK).trials
    texts = " ".join(line.text for line in timeline(play(BOOK, trial)))
    assert "not reached by sms" in texts
    assert not re.search("secret|PHONE|#ops|@", texts)
