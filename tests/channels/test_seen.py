"""Messages as their receivers' apps would show them: each vendor's own words, whatever strangers wrote."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.channels.registry import METHODS, seen
from escalator.channels.twilio import words
from escalator.channels.wording import letter
from tests.channels.samples import ACKNOWLEDGE, ALERT, page


def test_each_way_out_shows_its_own() -> None:
    assert [(via, seen(via, page()).look) for via in METHODS] == [
        ("push", "notification"), ("slack", "chat"), ("sms", "text"), ("call", "call"), ("email", "letter"),
        ("webhook", "document"), ("pagerduty", "document"), ("apprise", "chat"),
    ]  # fmt: skip


def test_slack_has_title_words_and_buttons_and_an_update_is_a_line_in_the_thread() -> None:
    look = seen("slack", page())
    assert look.title == "CRITICAL #42 HostDown c1"
    assert look.buttons[:3] == ("Acknowledge", "Resolve", "Snooze")
    assert any("host01 does not answer" in line for line in look.lines)
    assert not any("<http" in line or "*" in line for line in look.lines)
    update = seen("slack", page(kind="update", first=False, reason="acknowledged by bob"))
    assert (update.title, update.lines, update.buttons) == ("", ("acknowledged by bob",), ())


def test_phones_show_and_say_what_would_be_sent() -> None:
    assert seen("sms", page()).lines == (words.text(page()),)
    said, keys = seen("call", page()).lines
    assert said.startswith("Critical incident 42.")
    assert keys.startswith("To acknowledge, press 4")
    assert seen("push", page()).buttons == ("Acknowledge",)
    assert seen("push", page(acknowledge=None)).buttons == ()


def test_a_letter_is_the_letter_and_documents_are_what_machines_get() -> None:
    look = seen("email", page())
    assert (look.title, look.html) == (letter(page()).subject, letter(page()).html)
    assert ACKNOWLEDGE in look.html
    assert json.loads(seen("webhook", page()).lines[0])["type"] == "page"
    assert json.loads(seen("pagerduty", page()).lines[0])["event_action"] == "trigger"


def test_a_way_out_that_says_nothing_of_its_own_is_shown_plainly() -> None:
    assert seen("carrier-pigeon", page()).look == "text"


@pytest.mark.parametrize("via", METHODS)
@given(title=st.text(max_size=50), summary=st.text(max_size=200))
def test_whatever_strangers_wrote_it_can_be_shown(via: str, title: str, summary: str) -> None:
    alert = ALERT | {"annotations": {"summary": summary}}
    look = seen(via, page(incident={"title": title}, alerts=(alert,)))
    assert look.lines
    for kind in ("update", "resolved"):
        assert seen(via, page(kind=kind, incident={"title": title}, first=False, acknowledge=None)).lines
