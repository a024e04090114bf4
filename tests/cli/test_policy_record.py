"""`escalator policy record`, as it is typed: pages are asked for one after the other and joined."""

import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from escalator.cli.policy import record as command
from escalator.rehearsal.history.recording import from_record
from tests.cli.test_policy_replay import ALERT, POLICIES

ASKED = "GET /api/v1/record?since=2026-03-01T00%3A00%3A00Z&until=2026-03-31T00%3A00%3A00Z"
MARCH = ("policy", "record", "--since", "30d", "--until", "2026-03-31T00:00:00Z")


def incident(number, day):
    at = f"2026-03-{day:02}T12:00:00Z"
    return {
        "id": number, "route": "r", "policy": "page", "revision": 1, "severity": "critical", "opened_at": at,
        "resolved_at": None, "acknowledged": [{"at": at, "by": "ana"}], "paged": [{"person": "ana", "at": at}],
    }  # fmt: skip


def page(number, day, after):
    alert = ALERT | {"incident": number, "fingerprint": f"{number:02}", "ends_at": None}
    return {
        "alerts": [alert, alert | {"fingerprint": f"9{number}"}],
        "incidents": [incident(number, day)],
        "next": after,
    }


@pytest.fixture
def march(service):
    """Three pages."""
    service.says(ASKED, page(1, 4, "c1"))
    service.says(f"{ASKED}&cursor=c1", page(2, 16, "c2"))
    service.says(f"{ASKED}&cursor=c2", page(3, 28, None))
    return service


def test_pages_are_joined_into_one_document(march, run):
    printed = run(*MARCH)
    assert (printed.code, printed.err) == (0, "")
    assert list(printed.json) == ["alerts", "incidents", "next"]
    assert [each["incident"] for each in printed.json["alerts"]] == [1, 1, 2, 2, 3, 3]
    assert printed.json["incidents"] == [incident(1, 4), incident(2, 16), incident(3, 28)]
    assert printed.json["next"] is None
    assert [asked.path.partition("cursor=")[2] for asked in march.asked] == ["", "c1", "c2"]


def test_what_is_written_is_what_the_replay_plays(march, run, tmp_path):
    printed = run(*MARCH, "--output", "march.json")
    assert (printed.code, printed.out) == (0, "")
    assert printed.err == "incidents: 3, alerts: 6, in march.json\n"
    recording = from_record(json.loads((tmp_path / "march.json").read_text()))
    assert [answer.by for answer in recording.answers] == ["ana"] * 3
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "main.yaml").write_text(POLICIES)
    played = run("policy", "replay", "policies", "--record", "march.json")
    assert played.code == 0
    assert "6 reports from 2026-03-04T12:00:00Z" in played.out


def test_thirty_days_until_now_where_nothing_is_said(service, run):
    service.says("GET /api/v1/record", page(1, 4, None))
    assert run("policy", "record").code == 0
    since, until = (
        datetime.fromisoformat(each.replace("%3A", ":"))
        for each in re.findall(r"(?:since|until)=([^&]+)", service.asked[0].path)
    )
    assert until - since == timedelta(days=30)
    assert abs(datetime.now(UTC) - until) < timedelta(minutes=5)


def test_a_time_may_be_said_instead_of_a_span(march, run):
    assert run("policy", "record", "--since", "2026-03-01T01:00:00+01:00", *MARCH[4:]).code == 0
    assert len(march.asked) == 3


def test_the_token_goes_along(march, run):
    assert run(*MARCH, "--token", "canary-canary-canary").code == 0
    assert {asked.token for asked in march.asked} == {"Bearer canary-canary-canary"}


def test_a_while_in_which_nothing_happened_is_said_beside_the_document(service, run):
    service.says("GET /api/v1/record", {"alerts": [], "incidents": [], "next": None})
    printed = run(*MARCH)
    assert (printed.code, printed.json) == (0, {"alerts": [], "incidents": [], "next": None})
    assert printed.err == "no incident was opened from 2026-03-01T00:00:00Z to 2026-03-31T00:00:00Z\n"


def test_a_bar_shows_how_far_in_time_it_has_come(march, run, monkeypatch):
    seen = []

    @contextmanager
    def bar(what):
        yield lambda done, total, now: seen.append((round(100 * done / total), now))

    monkeypatch.setattr(command, "progress", bar)
    assert run(*MARCH).code == 0
    assert seen == [(12, "incidents: 1"), (52, "incidents: 2")]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--since", "soon"], "write a span such as 30d"),
        (["--since", "2026-03-01T00:00:00"], "has no zone"),
        (["--since", "2026-13-01T00:00:00Z"], "is no time"),
        (["--since", "99999999d"], "too long ago"),
        (["--since", "9999999999999999w"], "too long ago"),
        (["--since", "0d"], "is not before"),
        (["--since", "2026-03-04T00:00:00Z", "--until", "2026-03-03T00:00:00Z"], "is not before"),
        (["--until", "tomorrow"], "is no time"),
        (["--url", "ftp://escalator.example"], "--url"),
    ],
)
def test_what_cannot_be_understood_is_wrong_usage(service, run, words, says):
    printed = run("policy", "record", *words)
    assert (printed.code, printed.out) == (2, "")
    assert says in printed.err
    assert service.asked == []


def test_a_file_that_cannot_be_written_is_wrong_usage(march, run):
    printed = run(*MARCH, "-o", "nowhere/march.json")
    assert printed.code == 2
    assert "nowhere/march.json: No such file or directory" in printed.err


@pytest.mark.parametrize(("status", "code"), [(401, 1), (403, 1), (400, 1), (503, 3)])
def test_a_service_that_fails_at_the_second_page_leaves_no_half_record(march, run, tmp_path, status, code):
    march.says(f"{ASKED}&cursor=c1", {"detail": "not now"}, status)
    printed = run(*MARCH, "--output", "march.json")
    assert (printed.code, printed.out) == (code, "")
    assert "not now" in printed.err
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_is_not_there_exits_3(service, run):
    printed = run(*MARCH, "--url", "http://127.0.0.1:9")
    assert (printed.code, printed.out) == (3, "")
    assert "does not answer" in printed.err
