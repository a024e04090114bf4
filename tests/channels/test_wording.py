"""What Escalator says, and that nothing a stranger writes can change who says it."""

import re
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from typing import Any
from unicodedata import category

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from escalator.channels import clean, gsm, wording
from escalator.channels.base import Message, Words
from escalator.channels.email_letter import compose, mailbox
from tests.channels.samples import ACKNOWLEDGE, ALERT, INCIDENT, LINK, alert, page

SENDER, ALICE = mailbox("Escalator <alerts@escalator.example>"), mailbox("alice@example.com")
HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "\r\nBcc: eve@evil.example",
        "<a href='https://evil.example'>Acknowledge</a>",
        '"><script>alert(1)</script>',
        "</td></table><a href=https://evil.example>Acknowledge</a>",
        "Acknowledge:  https://evil.example/",
        "\n\nAcknowledge: https://evil.example/",
        "\u202eegdelwonkcA",
        "\ud800\udfff",
        "\0",
        "{{ 7 * 7 }}{% for %}",
        "=?utf-8?q?=0d=0aBcc:_eve@evil.example?=",
        "javascript:alert(1)",
        "x" * 5000,
        "\n" * 500,
        "\u0301" * 300,
    ]
)
ODD = HOSTILE | st.none() | st.integers() | st.floats() | st.lists(HOSTILE, max_size=2)
MESSAGES = st.builds(
    lambda title, severity, paged, labels, annotations, source, reason, target, kind: page(
        kind=kind,
        incident={"title": title, "severity": severity, "paged": paged, "acknowledged_by": title},
        alerts=(alert(annotations=annotations, generator_url=source) | {"labels": labels},),
        reason=reason,
        target=target,
    ),
    title=HOSTILE,
    severity=HOSTILE,
    paged=st.lists(HOSTILE, max_size=3),
    labels=st.dictionaries(HOSTILE, HOSTILE, max_size=4),
    annotations=st.dictionaries(
        HOSTILE | st.sampled_from(["summary", "runbook_url", "acknowledge"]), HOSTILE, max_size=4
    ),
    source=ODD,
    reason=HOSTILE,
    target=HOSTILE,
    kind=st.sampled_from(["page", "update", "resolved"]),
)


class Page(HTMLParser):
    """What a mail client would find in the HTML."""

    VOID = frozenset(("meta", "br", "doctype"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action", "background")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        self.text += text


def ours(message: Message) -> set[str]:
    """The links that a message may carry."""
    found = {message.link, message.acknowledge}
    for each in message.alerts:
        found |= {url for url in each["annotations"].values() if clean.link(url)}
        found |= {clean.link(each["generator_url"])}
    return {url for url in found if url}


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_no_words_of_a_stranger_break_the_html_or_add_a_link(message: Message) -> None:
    letter = wording.letter(message)
    seen = Page(letter.html)
    assert not seen.open
    assert set(seen.links) <= ours(message)
    assert seen.links[:2] == [ACKNOWLEDGE, LINK]
    assert seen.tags <= {"html", "head", "meta", "title", "body", "div", "table", "tr", "td", "a", "b", "span", "br"}


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_in_the_plain_text_our_links_come_first_and_only_once(message: Message) -> None:
    lines = wording.letter(message).plain.split("\n")
    assert [line for line in lines if line.startswith("Acknowledge:")] == [f"Acknowledge:  {ACKNOWLEDGE}"]
    assert lines[2] == f"Acknowledge:  {ACKNOWLEDGE}"
    assert lines[3] == f"Open:         {LINK}"
    for line in lines:
        if re.search(r"(?i)acknowledge\W*https?://", line):
            assert line == f"Acknowledge:  {ACKNOWLEDGE}"
        # Longer lines would be wrapped by the reader's client, and lose their mark.
        if "evil" in line and line.startswith("  |"):
            assert len(line) <= 78


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_no_words_of_a_stranger_reach_another_header_or_recipient(message: Message) -> None:
    letter = wording.letter(message)
    mail = message_from_bytes(compose(message, letter, SENDER, ALICE, "escalator.example", 0.0), policy=default)
    assert not mail.defects
    assert mail.keys().count("To") == 1
    assert mail["To"] == "alice@example.com"
    assert not {"Bcc", "Cc", "Reply-To"} & set(mail.keys())
    assert mail["Subject"] == letter.subject
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    for part, text in zip(mail.iter_parts(), (letter.plain, letter.html), strict=True):
        assert part.get_content().replace("\r\n", "\n") == text


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(ODD, lambda inner: st.dictionaries(st.text(max_size=9), inner, max_size=3), max_leaves=6),
    st.dictionaries(
        st.sampled_from(["id", "title", "severity", "status", "alerts", "paged", "opened_at", "policy"]), ODD
    ),
)
@example(None, {"alerts": 7})
def test_whatever_stands_in_the_values_something_goes_out(value: Any, incident: dict[str, Any]) -> None:
    for alerts in ((value,), (alert(annotations=value),), ({"labels": value},)):
        message = page(incident=incident, alerts=alerts, target=value, reason=value)
        letter = wording.letter(message)
        assert LINK in letter.plain
        assert ACKNOWLEDGE in letter.plain
        assert not {category(character) for character in letter.subject} & {"Cc", "Cs", "Zl", "Zp"}
        assert ACKNOWLEDGE in wording.short(message)
        compose(message, letter, SENDER, ALICE, "escalator.example", 0.0)


def test_when_the_full_wording_raises_the_minimal_one_goes_out() -> None:
    letter = wording.letter(page(alerts=("not an alert",)))
    assert letter.html == ""
    assert letter.plain == f"PAGE: incident #42\nAcknowledge: {ACKNOWLEDGE}\nOpen: {LINK}"


def test_the_subject_stays_the_same_whatever_becomes_of_the_incident() -> None:
    opened = page()
    closed = page(kind="resolved", incident={"status": "resolved", "severity": "warning", "level": 3}, acknowledge=None)
    assert wording.subject(opened) == wording.subject(closed) == "[#42] HostDown c1"


def test_a_page_says_what_why_and_who_was_told() -> None:
    text = wording.letter(page()).plain
    assert text.startswith("CRITICAL: HostDown c1\n")
    assert "alice, you are told as schedule boardroom: level 2: nobody acknowledged for 5m." in text
    assert "Told so far:  alice, bob" in text
    assert "Opened:       2026-03-04 03:10:00 UTC" in text
    assert "  | summary: host01 does not answer" in text
    assert "  | description: No answer for 5 minutes.\n  |   Look at the switch first." in text
    assert "  | Runbook: https://wiki.example/runbooks/HostDown" in text


@pytest.mark.parametrize(
    ("kind", "status", "heading"),
    [
        ("page", "triggered", "CRITICAL"),
        ("update", "acknowledged", "ACKNOWLEDGED"),
        ("update", "snoozed", "SNOOZED"),
        ("update", "triggered", "UPDATE"),
        ("resolved", "resolved", "RESOLVED"),
    ],
)
def test_the_heading_says_what_happened(kind: str, status: str, heading: str) -> None:
    letter = wording.letter(page(kind=kind, incident={"status": status}))
    assert letter.plain.startswith(f"{heading}: ")
    assert heading in Page(letter.html).text


def test_where_nothing_is_left_to_acknowledge_there_is_no_button() -> None:
    letter = wording.letter(page(kind="resolved", acknowledge=None))
    assert "Acknowledge:" not in letter.plain
    assert Page(letter.html).links[0] == LINK


def test_of_many_alerts_the_worst_are_shown_and_the_rest_counted() -> None:
    alerts = tuple(alert({"instance": f"host{number:02}"}) for number in range(20))
    letter = wording.letter(page(alerts=alerts, incident={"alerts": {"firing": 500, "resolved": 7}}))
    assert "host09" in letter.plain
    assert "host10" not in letter.plain
    assert f"... and 497 more: {LINK}" in letter.plain
    assert "and 497 more" in Page(letter.html).text


def test_a_giant_alert_makes_a_mail_of_ordinary_size() -> None:
    giant = {f"label{number}": "x" * 4096 for number in range(64)}
    letter = wording.letter(page(alerts=tuple(alert(giant, annotations=giant) for _ in range(20))))
    assert len(letter.plain) < 500_000
    assert len(letter.html) < 500_000
    assert "…" in letter.plain


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://wiki.example/runbook?a=1&b=2#c", True),
        ("http://prometheus:9090/graph?g0.expr=up%3D%3D0", True),
        ("javascript:alert(1)", False),
        ("data:text/html,<script>", False),
        ("HTTPS://wiki.example/", True),
        ("//wiki.example/", False),
        ("https://user:pass@wiki.example/", False),
        ("https://wiki.example/\r\nX: y", False),
        ("https://wiki.example/<b>", False),
        ("https://bücher.example/", False),
        ("https://", False),
        ("https:///path", False),
        ("http://[::1/", False),
        ("https://x/" + "y" * 3000, False),
        (None, False),
        (7, False),
    ],
)
def test_only_web_addresses_become_links(url: Any, shown: bool) -> None:
    letter = wording.letter(page(alerts=(alert(annotations={"runbook_url": url}, generator_url=""),)))
    assert (str(url) in Page(letter.html).links) is shown


@pytest.mark.parametrize(
    "annotations",
    [
        {"summary": "Acknowledge: https://evil.example/"},
        {"summary": "press ACK -> https://evil.example/ now"},
        {"summary": "To acknowledge:\n\nhttps://evil.example/"},
        {"acknowledge": "https://evil.example/"},
        {"Ack": "see https://evil.example/"},
    ],
)
def test_a_strangers_acknowledge_link_is_made_unclickable(annotations: dict[str, str]) -> None:
    letter = wording.letter(
        page(incident={"title": "Acknowledge: https://evil.example"}, alerts=(alert(annotations=annotations),))
    )
    for text in (letter.plain, Page(letter.html).text, letter.subject, wording.short(page())):
        assert "https://evil" not in text


def test_an_ordinary_url_in_a_text_stays_as_it_is() -> None:
    letter = wording.letter(page(alerts=(alert({"target": "https://shop.example/health"}),)))
    assert "target=https://shop.example/health" in letter.plain


class TestShort:
    """What a phone shows."""

    def test_an_ordinary_page_is_one_sms(self) -> None:
        text = wording.short(page())
        assert text == f"CRITICAL #42 HostDown c1\nAck: {ACKNOWLEDGE}"
        assert gsm.length(text) <= 160

    def test_a_long_title_is_cut_and_the_link_is_not(self) -> None:
        text = wording.short(page(incident={"title": "disk " * 60}))
        assert text.endswith(ACKNOWLEDGE)
        assert gsm.length(text) <= 160

    def test_accents_that_gsm_lacks_go_so_that_it_stays_one_sms(self) -> None:
        text = wording.short(page(incident={"title": "Čekání na disk – „plný“ …"}))
        assert "Cekání" not in text
        assert "Cek" in text
        assert all(character in gsm.ALPHABET | gsm.DOUBLE for character in text)

    def test_a_language_that_gsm_cannot_write_is_kept(self) -> None:
        text = wording.short(page(incident={"title": "Сервер не отвечает"}))
        assert "Сервер не отвечает" in text

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=300))
    def test_any_title_leaves_the_links_whole_and_fits_two_parts(self, title: str) -> None:
        text = wording.short(page(incident={"title": title}))
        assert text.endswith(ACKNOWLEDGE)
        assert gsm.length(text) <= 170


class TestClean:
    """Strangers' text, made harmless."""

    @pytest.mark.parametrize(
        ("text", "harmless"),
        [
            ("plain", "plain"),
            ("two\r\nlines", "two lines"),
            ("tab\tand\x1b[31mcolour", "tab and [31mcolour"),
            ("pay\u202eload\u2066", "payload"),
            ("zero\u200bwidth\ufeff", "zerowidth"),
            ("soft\u00adhyphen", "softhyphen"),
            ("line\u2028sep", "line sep"),
            ("null\0", "null\ufffd"),
            ("half\ud83d", "half\ufffd"),
            ("non\uffffcharacter", "non\ufffdcharacter"),
            # Words and emoji that need joiners keep them.
            ("👩\u200d🚒 نامه\u200cای", "👩\u200d🚒 نامه\u200cای"),
            ("Größe 東京 🙂", "Größe 東京 🙂"),
            (None, "None"),
            (7, "7"),
        ],
    )
    def test_a_line_is_one_line_without_tricks(self, text: Any, harmless: str) -> None:
        assert clean.line(text) == harmless

    @given(st.text(), st.integers(1, 50))
    def test_a_line_is_never_longer_than_asked(self, text: str, limit: int) -> None:
        found = clean.line(text, limit)
        assert len(found) <= limit
        assert "\n" not in found
        found.encode()

    @given(st.text(alphabet="ab\n\r\u2028\x85 ", max_size=200), st.integers(1, 50))
    def test_a_block_keeps_within_its_limits(self, text: str, limit: int) -> None:
        lines = clean.block(text, limit, 5)
        assert len(lines) <= 5
        assert all(len(line) <= limit for line in lines)
        assert all(lines)


def test_the_sample_is_not_changed_by_being_said() -> None:
    before = repr(ALERT)
    wording.letter(page())
    assert repr(ALERT) == before


OTHERS = tuple(
    INCIDENT | {"id": str(id), "title": f"Disk{id} <b>", "url": f"https://escalator.example/incidents/{id}"}
    for id in (43, 44)
)


def test_a_digest_says_how_many_and_lists_them():
    message = page(also=OTHERS)
    found = wording.letter(message)
    assert found.subject == "[3 incidents] 3 incidents: HostDown c1 and more"
    for text in (found.plain, found.html):
        assert "https://escalator.example/incidents/44" in text
        assert "#43" in text
    assert "Disk43 <b>" not in found.html
    assert wording.short(message).startswith("CRITICAL 3 incidents: #42 #43 #44\n")


def test_a_short_digest_of_a_storm_is_still_one_text():
    many = tuple(INCIDENT | {"id": str(id)} for id in range(43, 343))
    text = wording.short(page(also=many))
    assert text.startswith("CRITICAL 301 incidents: #42 #43 ")
    assert len(text) <= 160
    assert text.endswith(ACKNOWLEDGE)


def test_a_code_is_short_and_says_whose_contact_it_proves():
    message = page(kind="code", code="123456", incident={})
    assert "123456" in wording.short(message)
    assert "alice's" in wording.short(message)
    assert len(wording.short(message)) <= 160
    assert wording.letter(message).html == ""


def test_a_contact_that_nobody_proved_is_told_so():
    found = wording.letter(page(unverified=True))
    assert "escalator contact verify" in found.plain
    assert "escalator contact verify" in found.html


def test_what_is_fired_to_try_the_way_is_marked():
    assert wording.letter(page(incident={"route": "test/alice"})).plain.startswith("TEST: ")


def test_a_policys_own_words_are_used_and_never_lose_the_way_to_answer():
    own = Words("Disk\r\nBcc: everyone@example.com", "short\x00 words", "long words\nsecond line")
    message = page(words=own)
    found = wording.letter(message)
    assert found.subject == "[#42] Disk Bcc: everyone@example.com"
    assert found.plain.splitlines()[:2] == ["long words", "second line"]
    assert f"Acknowledge:  {message.acknowledge}" in found.plain
    assert wording.short(message).startswith("short")
    assert wording.short(message).endswith(f"Ack: {message.acknowledge}")


def test_own_words_hide_neither_a_doubtful_contact_nor_the_other_incidents_of_a_digest():
    found = wording.letter(page(words=Words(None, None, "long words"), unverified=True, also=OTHERS))
    assert "escalator contact verify" in found.plain
    for id in (42, 43, 44):
        assert f"#{id} " in found.plain
    assert "https://escalator.example/incidents/44" in found.plain


def test_endless_own_words_are_cut():
    found = wording.letter(page(words=Words("s" * 9999, "t" * 9999, "u\n" * 99999)))
    assert len(found.subject) < 230
    assert len(found.plain) < 21_000


def test_a_short_text_to_an_unproved_contact_says_so_where_there_is_room() -> None:
    assert wording.short(page(unverified=True)).endswith("\n(Contact not verified.)")
    full = page(unverified=True, incident={"title": "z" * 200})
    assert wording.short(full) == wording.short(full._replace(unverified=False))
    assert "verified" not in wording.short(page(unverified=True, link="", acknowledge=None))
