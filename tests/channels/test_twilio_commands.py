"""What a text means: exact commands, and nothing else acknowledges."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from escalator.channels.twilio.commands import Command, parse, unclear

ACTS = ("ack", "ack all", "resolve")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("1", Command("ack")),
        ("1.", Command("ack")),
        (" 1\n", Command("ack")),
        ("ack", Command("ack")),
        ("ACK!", Command("ack")),
        ("“Ack”", Command("ack")),
        ("ack 42", Command("ack", 42)),
        ("Ack #42.", Command("ack", 42)),
        ("ACK42", Command("ack", 42)),
        ("ack: 042", Command("ack", 42)),
        ("ack-7", Command("ack", 7)),
        ("ack  42", Command("ack", 42)),
        ("ack all", Command("ack all")),
        ("Ack  ALL", Command("ack all")),
        ("resolve 42", Command("resolve", 42)),
        ("Resolve #42!", Command("resolve", 42)),
        ("help", Command("help")),
        ("HELP?", Command("help")),
        ("STOP", Command("stop")),
        ("Unsubscribe", Command("stop")),
        ("start", Command("start")),
        ("UNSTOP", Command("start")),
    ],
)
def test_commands_forgive_case_and_punctuation(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I'm driving with Do Not Disturb turned on. I'll see your message when I arrive.",
        "Liked “CRITICAL #42 HostDown c1\nReply 1 or ACK 42”",  # a phone's tapback quotes us
        "👍",
        "ok",
        "yes please",
        "1 new voicemail",
        "11",
        "1.0",
        "#1",  # an incident's number?
        "ack 42 43",
        "ack forty-two",
        "don't ack",
        "ack all of it",
        "resolve",
        "resolve all",
        "ack 4 2",
        "ack 9999999999",
        "１",  # a full-width 1
        "٤",
        "ac\u212a",  # the sign of the Kelvin is a k in lower case
        "ack\u200b",
        "\u00b9",
        "stop it",
        "4",
        "ack -",
        "ack\x00",
    ],
)
def test_nothing_else_is_a_command(text: str) -> None:
    assert parse(text) is None


def spelled(text: str) -> Command | None:
    """The grammar once more, written another way: split into words, then compared."""
    if not re.fullmatch(r"[\x00-\x7f…“”‘’]*", text) or len(text) > 100:
        return None
    parts = re.findall(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9\s]+|\s+", text)
    letters = [part.lower() for part in parts if re.fullmatch(r"[A-Za-z]+|[0-9]+", part)]
    match letters:
        case ["1"] | ["ack"]:
            return Command("ack")
        case ["ack", "all"]:
            return Command("ack all")
        case [("ack" | "resolve") as verb, number] if number.isdigit() and len(number) < 10:
            return Command("ack" if verb == "ack" else "resolve", int(number))
    return None


NEAR = st.lists(
    st.sampled_from(
        ["ack", "1", "all", "resolve", "42", "#", " ", ".", "!", "ACK", "-", "\n", "no", "Ack", ":", "’", "0"]
    ),
    max_size=8,
).map("".join)


@given(st.one_of(st.text(), NEAR))
@example("1\n-- \nSent from my phone")
@example("ack" + " " * 60 + "42")
def test_only_the_commands_act_whatever_is_written(text: str) -> None:
    found = parse(text)
    if found is not None and found.verb in ACTS:
        assert found == spelled(text)


@given(st.text(min_size=41))
def test_long_texts_are_never_answered(text: str) -> None:
    assert not unclear(text)


@given(st.integers(1, 999_999_999), st.sampled_from(["ack {}", "ACK #{}", "Ack{}!", " ack, {}."]))
def test_every_number_can_be_acknowledged(number: int, form: str) -> None:
    assert parse(form.format(number)) == Command("ack", number)


def test_a_failed_attempt_is_worth_an_answer_and_an_absent_minded_phone_is_not() -> None:
    assert unclear("ackk 42")
    assert unclear("resolve")
    assert unclear("acknowledge please")
    assert not unclear("I'm driving")
    assert not unclear("thanks")
