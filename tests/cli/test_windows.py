"""`escalator silence`, `override` and `token` as a person types them."""

import pytest

SILENCE = {
    "id": "s1", "matchers": [{"label": "service", "operator": "=", "value": "ledger"}], "starts_at": "a",
    "ends_at": "2026-03-04T12:00:00Z", "by": "bob", "reason": "migration",
}  # fmt: skip


def test_a_silence_from_now_for_a_while_ends_at_an_instant(service, run):
    service.says("POST /api/v1/silences", SILENCE)
    printed = run("silence", "create", "service=ledger", "env=~dev|qa", "--for", "2h", "--reason", "migration")
    assert printed.out == "silence s1 until 2026-03-04T12:00:00Z\n"
    body = service.asked[0].body
    assert body["matchers"] == ["service=ledger", "env=~dev|qa"]
    assert "starts_at" not in body
    assert body["for"] == "2h"  # counted by the service's clock, not by ours


def test_silences_are_listed_with_their_matchers(service, run):
    service.says("GET /api/v1/silences", {"items": [SILENCE]})
    assert "service=ledger" in run("silence", "list").out
    assert run("silence", "list", "--json").json == {"items": [SILENCE]}


def test_an_override_starts_and_ends_where_it_is_told(service, run):
    service.says("POST /api/v1/overrides", {"id": "o1", "ends_at": "2026-03-05T06:00:00Z"})
    run("override", "create", "boardroom", "bob", "--from", "2026-03-04T18:00:00Z", "--for", "12h")
    assert service.asked[0].body == {
        "schedule": "boardroom", "person": "bob", "reason": "",
        "starts_at": "2026-03-04T18:00:00Z", "for": "12h",
    }  # fmt: skip


@pytest.mark.parametrize("what", ["silence", "override"])
def test_windows_are_taken_back_by_id(service, run, what):
    service.says(f"DELETE /api/v1/{what}s/x1", b"", status=204)
    assert run(what, "delete", "x1") == (0, f"{what} x1 is gone\n", "")
    assert run(what, "delete", "x2").code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["silence", "create", "a=b", "--reason", "r"],  # until when?
        ["silence", "create", "a=b", "--for", "2h"],  # why?
        ["silence", "create", "--for", "2h", "--reason", "r"],  # what? never everything by accident
        ["token", "create", "x", "--scope", "root"],
        ["token", "create", "x"],
    ],
)
def test_what_is_not_said_is_not_guessed(service, run, words):
    assert run(*words).code == 2
    assert service.asked == []


def test_a_new_token_stands_alone_on_standard_output(service, run):
    service.says("POST /api/v1/tokens", {"id": "t1", "token": "esc_abc"})
    printed = run("token", "create", "alertmanager", "--scope", "ingest:alertmanager", "--scope", "read")
    assert printed.out == "esc_abc\n"
    assert "not shown again" in printed.err
    assert service.asked[0].body == {"name": "alertmanager", "scopes": ["ingest:alertmanager", "read"]}


def test_tokens_are_listed_and_revoked(service, run):
    service.says("GET /api/v1/tokens", {"items": [{"id": "t1", "name": "grafana", "scopes": ["read"]}]})
    service.says("DELETE /api/v1/tokens/t1", b"", status=204)
    assert "grafana\tread" in run("token", "list").out
    assert run("token", "revoke", "t1").out == "token t1 is revoked\n"


def test_the_first_token_is_made_straight_in_the_database(run, monkeypatch, tmp_path):
    monkeypatch.setenv("ESCALATOR_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'e.db'}")
    made = run("token", "create", "first", "--scope", "admin", "--for", "90d", "--local", "--json")
    assert made.json["token"].startswith("esc_")
    listed = run("token", "list", "--local", "--json")
    assert [row["name"] for row in listed.json["items"]] == ["first"]
    assert made.json["token"] not in listed.out
    assert run("token", "revoke", made.json["id"], "--local").code == 0
    assert run("token", "revoke", made.json["id"], "--local").code == 1
    assert run("token", "list", "--local").err == "No tokens.\n"


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["--for", "4h"], {"for": "4h"}),
        (["--until", "2026-03-04T10:00:00+01:00", "--by", "bob"], {"ends_at": "2026-03-04T09:00:00Z", "by": "bob"}),
        (["--reason", "still moving"], {"reason": "still moving"}),
        (["--for", "40d", "--long"], {"for": "40d", "long": True}),
    ],
)
def test_a_silence_is_changed_in_place(service, run, words, body):
    service.says("PATCH /api/v1/silences/s1", {"id": "s1", "ends_at": "2026-03-04T09:00:00Z"})
    assert run("silence", "change", "s1", *words) == (0, "silence s1 until 2026-03-04T09:00:00Z\n", "")
    assert service.asked[0].body == body


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ([], "say what changes"),
        (["--by", "bob"], "say what changes"),
        (["--for", "2h", "--until", "2026-03-04T09:00:00Z"], "not both"),
        (["--for", "soon"], "is no span"),
    ],
)
def test_a_change_that_says_nothing_or_too_much_asks_nothing(service, run, words, cure):
    printed = run("silence", "change", "s1", *words)
    assert printed.code == 2
    assert cure in printed.err
    assert service.asked == []
