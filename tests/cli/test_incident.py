"""`escalator incident …`: what is asked of the service, and what the person sees."""

import pytest

INCIDENT = {
    "id": "42", "status": "acknowledged", "severity": "critical", "title": "DiskFull", "level": 1, "round": 1,
    "opened_at": "2026-03-04T03:10:00Z", "acknowledged_by": "alice", "paged": ["alice", "bob"], "url": "http://e/42",
}  # fmt: skip


def test_list_asks_for_what_is_open_and_prints_lines_for_pipes(service, run):
    service.says("GET /api/v1/incidents", {"items": [INCIDENT], "next": None})
    printed = run("incident", "list", "--severity", "critical", "--match", "team=a&b")
    assert printed.code == 0
    header, line = printed.out.splitlines()
    assert header.split("\t")[:3] == ["id", "status", "severity"]
    assert line.split("\t")[:4] == ["42", "acknowledged", "critical", "DiskFull"]
    path = service.asked[0].path
    assert "status=triggered&status=acknowledged&status=snoozed" in path
    assert "severity=critical" in path
    assert "match=team%3Da%26b" in path


def test_list_follows_the_cursor_until_there_is_enough(service, run):
    service.says("GET /api/v1/incidents", {"items": [INCIDENT] * 200, "next": "c1"})
    printed = run("incident", "list", "--limit", "300", "--json")
    assert len(printed.json["items"]) == 300
    assert "cursor=c1" in service.asked[1].path
    assert "limit=100" in service.asked[1].path


def test_no_incidents_is_a_sentence_and_an_empty_pipe(service, run):
    service.says("GET /api/v1/incidents", {"items": [], "next": None})
    assert run("incident", "list") == (0, "", "No incidents.\n")


@pytest.mark.parametrize(
    ("words", "path", "body"),
    [
        (["ack", "42"], "acknowledge", {}),
        (["ack", "42", "--by", "bob", "--note", "on it"], "acknowledge", {"by": "bob", "note": "on it"}),
        (["unack", "42"], "unacknowledge", {}),
        (["snooze", "42", "--for", "1h30m"], "snooze", {"for": "1h30m"}),
        # an offset is turned into UTC
        (["snooze", "42", "--until", "2026-03-04T10:00:00+01:00"], "snooze", {"until": "2026-03-04T09:00:00Z"}),
        (["escalate", "42"], "escalate", {}),
        (["escalate", "42", "--level", "2"], "escalate", {"level": 2}),
        # a bare name is a person
        (["reassign", "42", "bob", "team:sre"], "reassign", {"to": [{"person": "bob"}, {"team": "sre"}]}),
        (["resolve", "42", "--note", "fixed"], "resolve", {"note": "fixed"}),
        (["reopen", "42", "--by", "bob"], "reopen", {"by": "bob"}),
        (["note", "42", "it was the disk"], "notes", {"text": "it was the disk"}),
    ],
)
def test_each_verb_posts_to_its_door(service, run, words, path, body):
    service.says(f"POST /api/v1/incidents/42/{path}", INCIDENT)
    printed = run("incident", *words)
    assert printed == (0, "incident 42 is acknowledged by alice: DiskFull\n", "")
    assert service.asked[0].body == body


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["snooze", "42"], "--for 2h"),  # how long?
        (["snooze", "42", "--for", "2h", "--until", "2026-03-04T10:00:00Z"], "not both"),
        (["snooze", "42", "--for", "2 hours"], "1h30m"),
        (["snooze", "42", "--until", "tomorrow"], "2026-03-04T09:00:00Z"),
        (["snooze", "42", "--until", "2026-03-04T10:00:00"], "has no zone"),
        (["reassign", "42", "group:sre"], "team:"),
        (["ack"], "Missing argument"),
    ],
)
def test_wrong_usage_exits_2_with_the_cure_and_asks_nothing(service, run, words, cure):
    printed = run("incident", *words)
    assert printed.code == 2
    assert cure in printed.err
    assert service.asked == []


def test_show_tells_the_whole_story(service, run):
    alert = {
        "status": "firing",
        "starts_at": "2026-03-04T03:09:00Z",
        "ends_at": None,
        "labels": {"alertname": "DiskFull"},
    }
    service.says("GET /api/v1/incidents/42", INCIDENT)
    service.says("GET /api/v1/incidents/42/alerts", {"items": [alert], "next": None})
    service.says(
        "GET /api/v1/incidents/42/timeline", {"items": [{"at": "t", "event": "fired", "reason": "a new group"}]}
    )
    service.says("GET /api/v1/incidents/42/notifications", {"items": []})
    printed = run("incident", "show", "42")
    assert "paged: alice, bob" in printed.out
    assert "alertname=DiskFull" in printed.out
    assert "a new group" in printed.out
    assert run("incident", "show", "42", "--json").json["details"]["alerts"] == [alert]


def test_an_id_cannot_leave_its_place_in_the_path(service, run):
    run("incident", "ack", "../tokens")
    assert service.asked[0].path == "/api/v1/incidents/..%2Ftokens/acknowledge"


def test_a_title_cannot_drive_the_terminal(service, run):
    service.says("POST /api/v1/incidents/42/resolve", {**INCIDENT, "title": "\x1b[2Jgone\nfake line\u202e"})
    printed = run("incident", "resolve", "42")
    assert printed.out == "incident 42 is acknowledged by alice:  [2Jgone fake line \n"
