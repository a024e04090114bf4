"""The picture of a ladder: all that happens is in it, nothing is outside, nothing is covered, nothing gets in."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from escalator.core.book import Book
from escalator.core.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime
from escalator.language import compile_book, load_sources
from escalator.rehearsal.faults import Fault, Mode
from escalator.rehearsal.night import Night
from escalator.rehearsal.pictures import Band, Lane, Mark, Picture, draw, of_night
from escalator.rehearsal.pictures.signs import SIGNS
from escalator.rehearsal.pictures.style import BANDS, COLOURS, sheet
from escalator.rehearsal.suppose.account import picture
from escalator.rehearsal.suppose.scenario import Ack, Played, Scenario, play, watch
from tests.rehearsal.drawings import Drawing
from tests.rehearsal.organisations import SINCE, organisation

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests" / "language" / "examples"
AT: Instant = from_datetime(datetime(2026, 3, 4, 3, 10, tzinfo=UTC))
WEEKEND = from_datetime(datetime(2026, 3, 7, 2, tzinfo=UTC))
PAYMENTS = {"alertname": "LedgerLag", "team": "payments", "service": "ledger", "severity": "critical"}
CROWD = ["anastasia-papadopoulou", "ben", "cleo", "dmitri", "emma", "felix", "grace", "hugo", "aiko", "bayu", "chloe",
         "maximilian.von.hohenzollern"]  # fmt: skip
WAYS = "push: browser, sms: secret:S, call: secret:C, email: a@example.com"
CROWDED = f"""version: 1
people:
{chr(10).join(f"  {name}: {{contacts: {{{WAYS}}}}}" for name in CROWD)}
teams: {{all: [{", ".join(CROWD)}]}}
channels: {{ops: {{slack: "#ops"}}, mail: {{email: m@example.com}}, hook: {{webhook: secret:W}}, pd: {{pagerduty: secret:P}}, chat: {{apprise: secret:A}}}}
policies:
  page:
    levels:
      - {{notify: [{{person: ben}}], escalate_after: 1m}}
      - {{notify: [{{team: all}}, {{channel: ops}}, {{channel: mail}}, {{channel: hook}}, {{channel: pd}}, {{channel: chat}}], escalate_after: 2h}}
catch_all: page
"""  # noqa: E501


def book(path: Path) -> Book:
    compiled = compile_book(load_sources(path), now=AT)
    assert compiled.book is not None, compiled.diagnostics
    return compiled.book


def crowded() -> Book:
    compiled = compile_book({"crowd.yaml": CROWDED}, now=AT)
    assert compiled.parsed is not None, compiled.diagnostics
    return compiled.parsed


BOARDROOM = book(ROOT / "policies")
CRITICAL = Scenario({"alertname": "CriticalResponseTime"}, AT)
CASES = {
    "boardroom": (BOARDROOM, CRITICAL),
    "tiny, with a phone on mute": (
        book(EXAMPLES / "tiny"), Scenario({"alertname": "Disk"}, AT, faults=(Fault("person", "alice"),))
    ),
    "mid-size, 45 marks": (book(EXAMPLES / "midsize"), Scenario(PAYMENTS, AT, lasts=HOUR)),
    "follow the sun, over a handoff": (
        book(EXAMPLES / "follow-the-sun"), Scenario({"alertname": "X", "severity": "error"}, AT + 286 * MINUTE)
    ),
    "acknowledged, lapsed, resolved": (
        BOARDROOM, CRITICAL._replace(acks=(Ack("ana", 6 * MINUTE),), resolved=50 * MINUTE)
    ),
    "a provider that refuses": (
        BOARDROOM, CRITICAL._replace(faults=(Fault("provider", "twilio", Mode.REJECTING),))
    ),
    "a weekend is waited for": (BOARDROOM, Scenario({"alertname": "NoMeetingsCreated"}, WEEKEND)),
    "twelve people, 1m beside 2h": (crowded(), CRITICAL),
    "a week of it": (BOARDROOM, CRITICAL._replace(lasts=7 * DAY)),
    "nothing opens": (book(EXAMPLES / "midsize"), Scenario({"alertname": "Watchdog"}, AT)),
}  # fmt: skip


def storm() -> tuple[Book, Scenario, Played]:
    night = Night(BOARDROOM, AT)
    for number in range(25):
        night.fire({"alertname": f"New{number}", "service": f"s{number}", "severity": "critical"})
    return BOARDROOM, CRITICAL, watch(night, None, AT)


def drawn(name: str) -> tuple[Played, str]:
    if name == "storm":
        rules, scenario, played = storm()
    else:
        rules, scenario = CASES[name]
        played = play(rules, scenario)
    return played, draw(picture(rules, scenario, played, "Europe/London"))


EVERY = pytest.mark.parametrize("name", [*CASES, "storm"])


@EVERY
def test_nothing_lies_outside_and_no_word_lies_over_another(name: str) -> None:
    drawing = Drawing(drawn(name)[1])
    assert drawing.outside() == []
    assert drawing.collisions() == []
    assert drawing.heaps() == []


@EVERY
def test_every_offset_is_written_whole(name: str) -> None:
    offsets = [each for each in Drawing(drawn(name)[1]).texts() if each.startswith("+")]
    assert offsets[0] == "+0s"
    assert not [each for each in offsets if not re.fullmatch(r"\+(\d+[dhms])+", each)]


@EVERY
def test_every_message_is_a_mark(name: str) -> None:
    played, text = drawn(name)
    drawing = Drawing(text)
    messages = [each for each in played.night.messages if each.carrier and each.at <= played.until]
    events = [mark for mark in of_night(BOARDROOM, played, "UTC", "").marks if mark.sign in ("fired", "cleared")]
    acks = [line for line in played.night.lines if line.entry.event == "acknowledged"]
    left_out = sum(int(found[1]) for each in drawing.texts() if (found := re.match(r"… and (\d+) more", each)))
    assert drawing.marked() + left_out == len(messages) + sum(mark.number for mark in events) + len(acks)
    assert bool(left_out) is (name == "a week of it")


@EVERY
def test_the_same_night_is_the_same_text(name: str) -> None:
    assert drawn(name)[1] == drawn(name)[1]


@EVERY
def test_those_who_do_not_see_it_are_told_all_of_it(name: str) -> None:
    played, text = drawn(name)
    drawing = Drawing(text)
    assert drawing.root.get("role") == "img"
    ids = [drawing.root.find(f"{{http://www.w3.org/2000/svg}}{each}").get("id") for each in ("title", "desc")]  # type: ignore[union-attr]
    assert drawing.root.get("aria-labelledby") == " ".join(map(str, ids))
    if played.night.incidents:
        assert played.night.incidents[1].title in drawing.words("title")
        assert "level 1" in drawing.words("desc")


@pytest.mark.parametrize("seed", range(24))
def test_whatever_an_organisation_writes_is_drawn_whole(seed: int) -> None:
    rules = organisation(seed)
    scenario = Scenario({"alertname": "X", "service": "svc0"}, SINCE + seed * 7 * HOUR, lasts=5 * HOUR)
    played = play(rules, scenario)
    drawing = Drawing(draw(picture(rules, scenario, played, "Australia/Lord_Howe")))
    assert (drawing.outside(), drawing.collisions(), drawing.heaps()) == ([], [], [])


# --- what comes from outside ------------------------------------------------------------------------------------------

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "quotes": '"\' onload="alert(1)" ]]> <!-- &amp; &lt;',
    "emoji": "🔥👩‍🚒🇩🇪 " * 40,
    "right to left": "\u202eevil\u202c شبكة النظام \u2067abc",
    "control": "a\x00b\x1b[31mc\x07\r\n\ud800\ufffe",
    "accents": "z" + "\u0301" * 500,
    "long": "x" * 10_000,
    "wide": "監視" * 300,
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_labels_do_no_harm(words: str) -> None:
    scenario = Scenario({"alertname": words, "service": words}, AT)
    played = play(BOARDROOM, scenario)
    text = draw(picture(BOARDROOM, scenario, played, "Europe/London"))
    harmless(text)
    assert len(text) < 40_000


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_names_do_no_harm_wherever_they_stand(words: str) -> None:
    text = draw(
        Picture(
            words, (words,), words, "UTC", AT, AT + HOUR, (Lane("l", words, "levels"),),
            (Lane("a", words), Lane("b", words, "channel")),
            (Mark(AT, "a", words, "heard", words, 3), Mark(AT + MINUTE, "b", "push", "lost", words)),
            (Band("l", AT, AT + HOUR, "level1", (words,)),),
        )
    )  # fmt: skip
    harmless(text)


def harmless(text: str) -> None:
    drawing = Drawing(text)
    assert {each.tag.rpartition("}")[2] for each in drawing.root.iter()} <= {
        "svg", "title", "desc", "style", "rect", "g", "text", "line", "path",
    }  # fmt: skip
    attributes = {name for each in drawing.root.iter() for name in each.attrib}
    assert not any(name.startswith("on") or "href" in name for name in attributes)
    assert drawing.outside() == []
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]", text)


def test_a_picture_fetches_nothing() -> None:
    text = drawn("boardroom")[1]
    assert set(re.findall(r"https?://[^\"]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"url\(|@import|@font-face|<script|<image|<foreignObject", text)


# --- how it is read ---------------------------------------------------------------------------------------------------


def test_a_step_of_a_minute_and_one_of_two_hours_both_have_room_and_say_how_long_they_are() -> None:
    texts = Drawing(drawn("twelve people, 1m beside 2h")[1]).texts()
    assert [each for each in texts if each.startswith("+")] == ["+0s", "+1m", "+2m", "+3m", "+2h1m"]


def test_the_day_stands_where_it_changes_and_offsets_are_exact() -> None:
    texts = Drawing(drawn("a weekend is waited for")[1]).texts()
    assert {"Sat 02:00", "+2d7h", "Mon 09:00", "+2d7h5m"} <= set(texts)


def test_a_long_one_goes_on_in_further_panels_and_says_what_it_leaves_out() -> None:
    text = drawn("a week of it")[1]
    assert text.count('class="panel"') == 12
    assert any(re.fullmatch(r"… and \d+ more messages and events, up to \+7d", each) for each in Drawing(text).texts())


def test_who_is_on_call_is_a_strip_and_a_handoff_is_seen() -> None:
    rules, scenario = CASES["follow the sun, over a handoff"]
    found = of_night(rules, play(rules, scenario), "UTC", "")
    assert [(band.since - AT, band.texts[0]) for band in found.bands if band.row == "world"] == [
        (286 * MINUTE, "aiko"), (290 * MINUTE, "chloe"),
    ]  # fmt: skip
    assert found.ticks == (AT + 290 * MINUTE,)


def test_bands_say_how_it_stands_and_its_holder_is_shown_in_his_lane() -> None:
    rules, scenario = CASES["acknowledged, lapsed, resolved"]
    found = of_night(rules, play(rules, scenario), "Europe/London", "")
    assert [(band.texts[0], (band.since - AT) // MINUTE) for band in found.bands if band.row == "levels 1"] == [
        ("level 1", 0), ("level 2", 5), ("acknowledged by ana", 6), ("level 1", 36), ("level 2", 41), ("level 3", 46),
        ("resolved", 50),
    ]  # fmt: skip
    assert [(band.since - AT, band.until - AT) for band in found.bands if band.row == "person/ana"] == [
        (6 * MINUTE, 36 * MINUTE)
    ]


def test_what_waits_says_until_when_and_what_is_exhausted_says_so() -> None:
    rules, scenario = CASES["a weekend is waited for"]
    found = of_night(rules, play(rules, scenario), "Europe/London", "")
    assert [band.texts[0] for band in found.bands if band.row == "levels 1"] == [
        "waits until Mon 09:00", "level 1", "nobody is paged any more",
    ]  # fmt: skip


def test_nights_are_those_of_the_pictures_clocks() -> None:
    rules, scenario = CASES["a weekend is waited for"]
    found = of_night(rules, play(rules, scenario), "Europe/London", "").nights
    hours = [((since - WEEKEND) // HOUR, (until - WEEKEND) // HOUR) for since, until in found]
    assert hours == [(0, 5), (20, 29), (44, 53)]


def test_a_message_that_is_not_heard_is_crossed_and_the_legend_says_so() -> None:
    rules, scenario = CASES["a provider that refuses"]
    found = of_night(rules, play(rules, scenario), "UTC", "")
    assert {mark.sign for mark in found.marks if mark.fate == "lost"} == {"sms"}
    text = drawn("a provider that refuses")[1]
    assert text.count("lost cross") == len([m for m in found.marks if m.fate == "lost"]) + 1
    assert "not heard" in Drawing(text).texts()


def test_more_ways_than_have_room_beside_each_other_go_beneath() -> None:
    """The wait of a minute is narrow, and ben has seven ways."""
    ways = ["push", "slack", "sms", "email", "webhook", "apprise", "pagerduty"]
    marks = [Mark(AT + n * MINUTE, "ben", way) for n in range(6) for way in ways]
    drawing = Drawing(
        draw(Picture("seven ways", (), "", "UTC", AT, AT + 6 * MINUTE, (), (Lane("ben", "ben"),), tuple(marks)))
    )
    assert drawing.marked() == 42
    assert len({box.top // 28 for box in drawing.marks()}) >= 3
    assert drawing.heaps() == []


def test_a_storm_is_marks_with_numbers() -> None:
    texts = Drawing(drawn("storm")[1]).texts()
    assert "×25" in texts
    assert {"#1", "#2", "#3"} <= set(texts)


def test_every_sign_differs_without_its_colour() -> None:
    seen = [(sign.path, sign.letter, sign.stroke) for sign in SIGNS.values()]
    assert len(set(seen)) == len(SIGNS)
    letters = [sign.letter for name, sign in SIGNS.items() if sign.letter not in ("", "!")]
    assert len(set(letters)) == len(letters)


def test_whatever_has_a_class_has_a_colour_by_light_and_by_dark() -> None:
    used = {each for name in CASES for each in re.findall(r'class="([^"]+)"', drawn(name)[1])}
    styled = set(re.findall(r"\.ep \.([\w-]+)", sheet()))
    assert {each for names in used for each in names.split()} - styled <= {"ep", "panel", "legend", "mark"}
    assert all(light != dark for _, light, dark in COLOURS.values())
    assert "@media (prefers-color-scheme:dark)" in drawn("boardroom")[1]


@pytest.mark.parametrize("scheme", [1, 2])
def test_words_can_be_told_from_their_ground(scheme: int) -> None:
    pairs = [("ink", "paper"), ("ink", "row"), ("ink", "night"), ("soft", "paper"), ("soft", "row"),
             ("letter", "person"), ("letter", "channel"), ("letter", "alert"), ("letter", "good"),
             ("lost-letter", "paper"), ("person", "paper"), ("channel", "paper")]  # fmt: skip
    pairs += [("ink", f"b-{name}") for name in BANDS]
    for words, ground in pairs:
        assert contrast(COLOURS[words][scheme], COLOURS[ground][scheme]) >= 4.5, (words, ground)


def contrast(one: str, other: str) -> float:
    """As WCAG counts it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def test_plain_values_are_enough() -> None:
    """The console draws what is still to come of an open incident: no night, no book."""
    text = draw(
        Picture(
            "INC-412", ("what comes",), "in words", "Asia/Kolkata", AT, AT + 10 * MINUTE,
            (Lane("now", "level", "levels"),), (Lane("person/bob", "bob"),),
            (Mark(AT + 30 * SECOND, "person/bob", "call"),),
            (Band("now", AT, AT + DAY, "level2", ("level 2",)),),
        )
    )  # fmt: skip
    drawing = Drawing(text)
    assert drawing.marked() == 1
    assert {"bob", "level 2", "+30s", "08:40:30"} <= set(drawing.texts())


def test_a_picture_of_nothing_is_a_picture() -> None:
    drawing = Drawing(draw(Picture("Nothing opens", (), "", "UTC", AT, AT, (), (), ())))
    assert drawing.outside() == []
    assert "Nothing opens" in drawing.texts()
