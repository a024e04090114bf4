"""`escalator contact` as a person types it."""

import sys

import pytest

EMAIL = {"via": "email", "address": "a…@e.org", "state": "unverified", "why": "", "verified_at": None}
SMS = {"via": "sms", "address": "…100", "state": "verified", "why": "", "verified_at": "2026-03-04T09:00:00Z"}
ALICE = {"name": "alice", "contacts": [EMAIL, SMS]}


@pytest.fixture
def people(service):
    service.says("GET /api/v1/people", {"items": [ALICE, {"name": "bob", "contacts": []}]})
    service.says("GET /api/v1/people/alice", ALICE)
    service.says("POST /api/v1/people/alice/contacts/email/code", EMAIL)
    service.says("POST /api/v1/people/alice/contacts/email/confirm", EMAIL | {"state": "verified"})
    return service


@pytest.fixture
def typed(monkeypatch):
    """Somebody sits at a terminal and types the code."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("escalator.cli.contact.typer.prompt", lambda question: " 123456 ")


def paths(service):
    return [each.path.removeprefix("/api/v1/people/") for each in service.asked]


def test_everybodys_contacts_are_listed_with_what_is_known_of_them(people, run):
    lines = run("contact", "list").out.splitlines()
    assert lines[1:] == [
        "alice\temail\ta…@e.org\tunverified\t\t",
        "alice\tsms\t…100\tverified\t\t2026-03-04T09:00:00Z",
    ]


def test_one_persons_alone(people, run):
    assert run("contact", "list", "alice", "--json").json == {"items": [ALICE]}
    assert people.asked[-1].path == "/api/v1/people/alice"


def test_a_code_is_sent_asked_for_and_confirmed(people, run, typed):
    printed = run("contact", "verify", "alice", "email")
    assert (printed.code, printed.out) == (0, "alice's contact email is verified\n")
    assert paths(people) == ["alice/contacts/email/code", "alice/contacts/email/confirm"]
    assert people.asked[-1].body == {"code": "123456"}


def test_a_code_that_is_given_is_confirmed_without_sending_another(people, run):
    assert run("contact", "verify", "alice", "email", "--code", "123456", "--json").json["state"] == "verified"
    assert paths(people) == ["alice/contacts/email/confirm"]


def test_where_nobody_can_be_asked_the_code_is_sent_and_the_next_step_said(people, run, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    printed = run("contact", "verify", "alice", "email")
    assert "escalator contact verify alice email --code CODE" in printed.out
    assert paths(people) == ["alice/contacts/email/code"]


def test_a_refusal_is_told_in_the_services_words(people, run):
    people.says("POST /api/v1/people/alice/contacts/email/confirm", {"detail": "That is not the code."}, status=409)
    printed = run("contact", "verify", "alice", "email", "--code", "1")
    assert (printed.code, printed.err) == (1, "escalator: That is not the code.\n")
