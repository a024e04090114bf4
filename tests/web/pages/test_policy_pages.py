"""The pages of the policies: what runs, what waits, each ladder, the tester, the promises."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalator.core.instant import MINUTE
from escalator.core.oncall import Contact, Override, Person, Step
from escalator.core.policy import Level, Policy, Target
from escalator.engine.origins import Offer
from escalator.engine.studies import Answer
from escalator.language import compile_book
from escalator.language.codes import CODES
from escalator.rehearsal.night import Circumstances
from escalator.store.registers import RevisionRow
from escalator.store.revisions import Revision, Stamp, Waiting
from escalator.web import build
from escalator.web.pages.policies.places import block
from escalator.web.pages.policies.trial import labels_of
from escalator.web.pages.policies.words import policy_of
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.fakes import NOW
from tests.web.pages.browser import Browser

EVIL = "<script>alert(1)</script>"
STAMP = Stamp("a repository", "c0ffee" * 6, "Ada", f"Change {EVIL}", NOW)
SOURCES = {"main.yaml": "version: 1\npolicies:\n  page:\n    levls: []\n# end\n"}
FINDING: dict[str, Any] = {
    "code": "E102", "severity": "error", "message": "policies know no key 'levls'", "file": "main.yaml", "line": 4,
    "column": 5, "end": 10, "help": "did you mean levels?", "notes": [],
}  # fmt: skip


class Held:
    """An origin that holds one offer."""

    shown = "somewhere"
    far = False

    def __init__(self, offer: Offer | None) -> None:
        self._offer = offer

    async def pull(self) -> None: ...

    async def offer(self) -> Offer | None:
        return self._offer

    async def close(self) -> None: ...


async def signed_in(house: House, scope: str = "read") -> Browser:
    browser = Browser(Client(build(house.needs)))
    await browser.post("/sign-in", {"token": f"token-{scope}"})
    return browser


def waits(house: House, *findings: dict[str, Any], held: bool = True) -> None:
    house.revisions.waiting = Waiting("d1", STAMP, "main.yaml:4:5: wrong", findings, NOW, "here:1")
    house.revisions.origin = Held(Offer("d1" if held else "d2", SOURCES, STAMP))


def keeps(house: House, number: int = 7) -> None:
    row: dict[str, Any] = {
        "number": number,
        "digest": "ab" * 32,
        "sources": '{"main.yaml": "a: 1\\nb: 2\\n"}',
        "admitted_at": NOW,
    }
    house.database.put(
        RevisionRow(**row, by="here:1", author="Ada", subject=f"{EVIL} {number}", commit_id="c0ffee" * 6)
    )


async def test_what_runs_is_told_with_commit_author_and_each_policy(house: House) -> None:
    house.revisions.live = Revision(7, "ab" * 32, {}, NOW, "here:1", STAMP)
    keeps(house)
    text = (await (await signed_in(house)).get("/policies")).text
    for words in ("Revision 7 runs", "Ada", "c0ffeec0ffee", "&lt;script&gt;", "2 people", "/policies/named/page"):
        assert words in text, words
    assert EVIL not in text
    assert "Run 7 again" not in text
    assert "Look for something newer" not in text, "that is for admins"


async def test_what_waits_shows_its_errors_at_their_line(house: House) -> None:
    waits(house, FINDING)
    text = (await (await signed_in(house)).get("/policies")).text
    assert "main.yaml:4:5" in text
    assert '<li value="4" class="meant"><code>    levls: []</code></li>' in text
    assert "<code>policies:</code>" not in text, "what stands around it is for admins: addresses may be there"
    assert "did you mean levels?" in text
    text = (await (await signed_in(house, "admin")).get("/policies")).text
    assert '<li value="2"><code>policies:</code></li>' in text
    waits(house, FINDING, held=False)
    text = (await (await signed_in(house)).get("/policies")).text
    assert "main.yaml:4:5" in text
    assert "levls: []" not in text, "its text is not here any more"
    waits(house)
    assert "main.yaml:4:5: wrong" in (await (await signed_in(house)).get("/policies")).text


def refused(house: House, sources: dict[str, str]) -> list[str]:
    """These wait, refused with what the language really says; its codes."""
    found = compile_book(sources, now=NOW).diagnostics
    house.revisions.waiting = Waiting("d1", STAMP, "refused", tuple(each._asdict() for each in found), NOW, "here:1")
    house.revisions.origin = Held(Offer("d1", sources, STAMP))
    return [each.code for each in found]


@pytest.mark.parametrize("scope", ["read", "admin"])
async def test_a_literal_secret_that_waits_is_shown_to_nobody(house: House, scope: str) -> None:
    """Not at its own line, and not as the neighbour of another finding's."""
    person = "{contacts: {push: browser, sms: '+15550100'}}"
    text = f"version: 1\npeople:\n  ana: {person}\n  ben: {{contatcs: {{}}}}\n"
    rest = "policies: {page: {levels: [{notify: [{person: ana}]}]}}\ncatch_all: page\n"
    codes = refused(house, {"main.yaml": text + rest})
    assert "E220" in codes
    assert len(codes) > 1
    page = (await (await signed_in(house, scope)).get("/policies")).text
    assert "5550100" not in page
    assert "ana: {contacts: {push: browser, sms: *" in page, "the line is there, and its secret is blotted out"


async def test_what_is_not_text_is_said_and_breaks_no_page(house: House) -> None:
    assert "E101" in refused(house, {"main.yaml": "version: 1\n# caf\udce9 \x1b[31m\npolicies: {}\n"})
    browser = await signed_in(house)
    page = await browser.get("/policies")
    assert (page.status, "# caf\ufffd" in page.text, "\x1b" in page.text) == (200, True, False)
    changes = await browser.get("/policies/changes")
    assert (changes.status, "It cannot be read" in changes.text) == (200, True)
    assert house.studies.begun == {}


async def test_an_endless_line_is_cut_around_what_is_wrong(house: House) -> None:
    refused(house, {"main.yaml": "version: 1\npolicies: {" + "a" * 300_000 + ": 1}\n"})
    assert len((await (await signed_in(house)).get("/policies")).text) < 100_000


async def test_a_diagnostic_of_another_version_is_shown_as_far_as_it_is_known(house: House) -> None:
    house.revisions.waiting = Waiting("d1", STAMP, "refused", ({"code": "E999", "file": "gone.yaml"},), NOW, "here:1")
    page = await (await signed_in(house)).get("/policies")
    assert (page.status, "E999" in page.text, "gone.yaml:1:1" in page.text) == (200, True, True)


async def test_a_policy_is_shown_as_a_ladder_with_who_that_is_now_and_the_night_it_would_be(house: House) -> None:
    text = (await (await signed_in(house)).get("/policies/named/page")).text
    assert "now alice" in text or "now bob" in text
    assert "<svg" in text
    assert "First page to a person" in text or "No page reaches a person" in text
    assert (await (await signed_in(house)).get("/policies/named/none")).status == 404


async def test_a_policys_text_is_shown_to_admins_from_its_first_line_to_its_last(house: House) -> None:
    text = "policies:\n  page:\n    levels: []\n\n    # calm\n\n  other: {}\n"
    row: dict[str, Any] = {"number": 7, "digest": "d", "admitted_at": NOW, "by": "here:1"}
    house.database.put(RevisionRow(sources=json.dumps({"main.yaml": text}), **row))
    policy = replace(house.revisions.book.policies["page"], where="main.yaml:2:3")
    house.revisions.book = replace(house.revisions.book, policies={"page": policy})
    page = (await (await signed_in(house, "admin")).get("/policies/named/page")).text
    assert '<li value="2"><code>  page:</code></li><li value="3"><code>    levels: []</code></li>' in page
    assert "# calm" in page
    assert "other:" not in page
    assert "As it is written" not in (await (await signed_in(house, "read")).get("/policies/named/page")).text


@pytest.mark.parametrize(
    ("line", "numbers"),
    [(1, [1, 2, 3]), (2, [2, 3]), (4, [4]), (99, [])],
)
def test_a_block_ends_where_what_follows_is_no_further_in(line: int, numbers: list[int]) -> None:
    assert [each["number"] for each in block("a:\n  b:\n    c: 1\nd: 2\n", line)] == numbers


def test_each_level_says_whom_it_means_now_how_and_how_long_after_the_first(house: House) -> None:
    book = house.revisions.book
    alice = Person("alice", (Contact("push", "browser"), Contact("sms", "secret:A"), Contact("email", "a@example.com")))
    rules = {"high": (Step("push", 0), Step("sms", 2 * MINUTE)), "low": (Step("email", 0),)}
    levels = (
        Level((Target("schedule", "primary"), Target("channel", "ops")), 5 * MINUTE, attempts=2),
        Level((Target("next_on_call", "primary"),), 4 * MINUTE, round_robin=True),
        Level((Target("team", "sre"),)),
    )
    book = replace(book, people={**book.people, "alice": alice}, rules=rules, catch_all="other")
    alone = Circumstances(unusable=frozenset({"channel/ops"}))
    override = (Override("primary", "alice", 0, 2 * NOW),)
    for urgency, ways in (("high", ["push", "sms after 2m"]), (None, ["push", "sms after 2m"]), ("low", ["email"])):
        policy = Policy("page", levels, urgency=urgency)  # type: ignore[arg-type]  # one of two words
        first, second, third = policy_of(book, policy, override, NOW, alone)["levels"]
        assert [each["begins"] for each in (first, second, third)] == ["0s", "10m", "14m"]
        assert (first["targets"][0]["people"], first["targets"][0]["ways"]) == (["alice"], ways)
        assert first["targets"][1]["ways"] == [], "the channel is not set up"
        assert first["notes"] == ["paged 2 times"]
        assert second["targets"][0]["people"] == ["bob"], "whoever is next and was not paged by level 1"
        assert third["targets"][0]["people"] == ["alice", "bob"]


async def test_a_code_is_explained_where_it_is_found(house: House) -> None:
    waits(house, {**FINDING, "code": "E131"}, {**FINDING, "code": "E999"})
    browser = await signed_in(house)
    text = (await browser.get("/policies")).text
    assert 'href="/policies/codes/E131"' in text
    assert "codes/E999" not in text, "nobody could follow that"
    text = (await browser.get("/policies/codes/e220")).text
    assert "<h1>E220: a secret in a file</h1>" in text
    assert "secret:ANA_PHONE" in text
    answer = await browser.get("/policies/codes/E22O")
    assert (answer.status, "did you mean E220" in answer.text) == (404, True)


@pytest.mark.parametrize("code", CODES)
async def test_every_code_has_its_page(house: House, code: str) -> None:
    house.settings["open_mode"] = True
    answer = await Client(build(house.needs)).get(f"/policies/codes/{code}", headers={"accept": "text/html"})
    assert (answer.status, code in answer.text) == (200, True)


async def test_the_tester_says_where_an_alert_would_go_whom_it_would_tell_and_why_not_elsewhere(house: House) -> None:
    browser = await signed_in(house)
    text = (await browser.get("/policies/routes?labels=alertname%3DDiskFull%0Aseverity%3Dcritical")).text
    assert "It would go by catch_all to policy" in text
    assert "Why not another route" in text
    assert "team is &#34;&#34;, wanted &#34;db&#34;" in text
    text = (await browser.get("/policies/routes?labels=alertname%3DX%0Ateam%3Ddb&when=2026-12-01T03:10")).text
    assert "It would go by routes[0] to policy" in text
    assert "2026-12-01 03:10" in text
    picked = (await browser.get('/policies/routes?alert={"alertname":"X","team":"db"}')).text
    assert "It would go by routes[0]" in picked
    assert "team=&#34;db&#34;</textarea>" in picked


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("labels=%7Bnonsense", "is no label"),
        ("labels=%7B%22a%22%3A1%7D", "a JSON object of texts"),
        ("labels=%7B%22a", "looks like JSON"),
        ("labels=alertname%3DX&when=yesterday", "is no time"),
        ("alert=%5B1%5D", ""),
    ],
)
async def test_what_cannot_be_read_is_said_beside_the_field(house: House, query: str, says: str) -> None:
    answer = await (await signed_in(house)).get(f"/policies/routes?{query}")
    assert answer.status == (422 if says else 200)
    if says:
        assert says in answer.text
        assert 'aria-invalid="true"' in answer.text


async def test_hostile_labels_are_text(house: House) -> None:
    text = (await (await signed_in(house)).get(f"/policies/routes?labels=alertname%3D{EVIL}%0Ax%3D{EVIL}")).text
    assert EVIL not in text
    assert text.count("<script") == text.count('<script type="module" src="/assets/')


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("alertname=DiskFull\nseverity = critical", {"alertname": "DiskFull", "severity": "critical"}),
        ('DiskFull{team="db", path="a,b\\"c"}', {"alertname": "DiskFull", "team": "db", "path": 'a,b"c'}),
        ('{alertname="X"}', {"alertname": "X"}),
        ('{"alertname": "X"}', {"alertname": "X"}),
        ('{"labels": {"alertname": "X"}}', {"alertname": "X"}),
        ("a=b=c", {"a": "b=c"}),
    ],
)
def test_labels_are_read_as_people_have_them(text: str, labels: dict[str, str]) -> None:
    assert labels_of(text) == labels


@given(st.text(max_size=300))
def test_whatever_is_pasted_is_labels_or_a_sentence(text: str) -> None:
    with suppress(ValueError):
        assert all(name for name in labels_of(text))


async def test_guarantees_are_proved_beside_the_page_and_shown_with_their_worst_case(house: House) -> None:
    browser = await signed_in(house)
    answer = await browser.get("/policies/guarantees")
    assert answer.headers["refresh"] == "3"
    assert "Being proved" in answer.text
    [(study, asked)] = house.studies.begun.values()
    assert (study, list(asked)) == ("guarantees", ["standing"])
    verdict = {
        "about": f"critical {EVIL}", "holds": False, "within": "15m", "calm": "0s", "worst_after": "NEVER",
        "fault": "person alice down", "counterexample": ["03:10  nobody"],
    }  # fmt: skip
    proof = {"holds": False, "nights": 3, "verdicts": [verdict], "gaps": ["primary: 09:00"], "silences": []}
    house.studies.answers["guarantees"] = Answer("found", NOW, proof)
    answer = await browser.get("/policies/guarantees")
    assert "refresh" not in answer.headers
    for words in ("Not all of it holds", "does not hold", "NEVER, with person alice down", "03:10  nobody", "09:00"):
        assert words in answer.text, words
    assert EVIL not in answer.text
    house.studies.answers["guarantees"] = Answer("failed", NOW, "it took longer than 120 s")
    assert "it took longer than 120 s" in (await browser.get("/policies/guarantees")).text


async def test_what_a_waiting_revision_would_change_is_told(house: House) -> None:
    browser = await signed_in(house)
    assert "Nothing waits" in (await browser.get("/policies/changes")).text
    waits(house, FINDING, held=False)
    assert "Its text is not here" in (await browser.get("/policies/changes")).text
    waits(house, FINDING)
    assert "Being compared" in (await browser.get("/policies/changes")).text
    [(study, asked)] = house.studies.begun.values()
    assert (study, asked["sources"]) == ("changes", SOURCES)
    change = {
        "alerts": ["DiskFull"], "hours": "at all hours", "zone": "UTC", "worse": "later", "lines": ["- alice", "+ bob"],
    }  # fmt: skip
    found = {
        "readable": True, "worse": True, "verdict": "1 ladder gets worse", "changes": [change], "more": 0,
        "shifts": ["primary: bob instead of alice"], "moves": [{"incident": "42", "line": "goes to bob"}], "moved": 1,
        "open": 3,
    }  # fmt: skip
    house.studies.answers["changes"] = Answer("found", NOW, found)
    text = (await browser.get("/policies/changes")).text
    for words in ("1 ladder gets worse", '<span class="gone">- alice</span>', '<span class="new">+ bob</span>',
                  "bob instead of alice", "/incidents/42", "1 of 3 would change"):  # fmt: skip
        assert words in text, words
    house.studies.answers["changes"] = Answer("found", NOW, {"readable": False})
    assert "It cannot be read" in (await browser.get("/policies/changes")).text


async def test_pulling_and_rolling_back_are_for_admins_and_are_meant(house: House) -> None:
    keeps(house, 6)
    keeps(house, 7)
    for path in ("/policies/pull", "/policies/rollback"):
        assert (await (await signed_in(house, "ack")).post(path)).status == 403
    admin = await signed_in(house, "admin")
    assert "Run 6 again" in (await admin.get("/policies")).text
    assert "Looked." in (await admin.submit("/policies/pull")).text
    assert house.revisions.pulls == 1
    assert (await admin.post("/policies/rollback", {"number": "6"})).status == 422
    assert (await admin.post("/policies/rollback", {"number": "x", "sure": "yes"})).status == 422
    assert (await admin.post("/policies/rollback", {"number": "99", "sure": "yes"})).status == 404
    assert (await admin.post("/policies/rollback", {"number": "7", "sure": "yes"})).status == 409
    assert house.revisions.rolled_back == []
    assert "Revision 8 runs now" in (await admin.submit("/policies/rollback", {"number": "6", "sure": "yes"})).text
    assert house.revisions.rolled_back == [(6, "admin robot")]


async def test_files_are_for_admins_line_by_line(house: House) -> None:
    keeps(house)
    assert (await (await signed_in(house, "read")).get("/policies/files/main.yaml")).status == 403
    admin = await signed_in(house, "admin")
    assert '<li id="L2"><code>b: 2</code></li>' in (await admin.get("/policies/files/main.yaml")).text
    assert "main.yaml" in (await admin.get("/policies/files/")).text
    assert (await admin.get("/policies/files/../../etc/passwd")).status == 404
