"""`escalator policy live`, `history`, `pull`, `rollback` and where overrides live, as a person types them."""

import pytest

STAMP = {
    "digest": "ab", "origin": "https://***@git.example/oncall.git#main", "commit": "c0ffee" * 6 + "c0ff",
    "author": "Ana <ana@example.com>", "subject": "Faster", "committed_at": "2026-03-04T00:00:00Z",
}  # fmt: skip
LIVE = {**STAMP, "revision": 7, "admitted_at": "2026-03-04T00:01:00Z", "by": "host:1", "restores": None}
WAITING = {
    **STAMP, "subject": "Oops", "reason": "error[E210]: unknown person `anna`\n --> main.yaml:3:1", "diagnostics": [],
    "refused_at": "2026-03-04T00:02:00Z", "refused_by": "host:1",
}  # fmt: skip
ANSWER = {"revision": 7, "origin": STAMP["origin"], "live": LIVE, "waiting": None, "problem": None}


def test_live_says_what_runs_and_who_wrote_it(service, run):
    service.says("GET /api/v1/policies", ANSWER)
    printed = run("policy", "live")
    assert printed == (
        0,
        "origin: https://***@git.example/oncall.git#main\n"
        "live: revision 7, admitted 2026-03-04T00:01:00Z by host:1; "
        "commit c0ffeec0ffee of Ana <ana@example.com>: Faster\n",
        "",
    )


def test_live_says_what_waits_and_why_and_exits_1(service, run):
    service.says("GET /api/v1/policies", ANSWER | {"waiting": WAITING, "problem": WAITING["reason"]})
    printed = run("policy", "live")
    assert printed.code == 1
    assert "waiting: refused 2026-03-04T00:02:00Z by host:1; commit c0ffeec0ffee of Ana" in printed.out
    assert printed.out.count("unknown person `anna`") == 1
    assert "\n   --> main.yaml:3:1\n" in printed.out
    assert run("policy", "live", "--json").json["waiting"] == WAITING


def test_live_tells_a_rollback_a_folder_and_an_unreachable_repository(service, run):
    folder = LIVE | {"commit": None, "restores": 5}
    service.says("GET /api/v1/policies", ANSWER | {"live": folder, "problem": "it cannot be fetched"})
    printed = run("policy", "live")
    assert printed.code == 1
    assert "these are the policies of revision 5" in printed.out
    assert "by host:1\n" in printed.out
    assert "problem:\n  it cannot be fetched\n" in printed.out


def test_a_service_without_policies_says_so(service, run):
    service.says("GET /api/v1/policies", ANSWER | {"live": None})
    assert "no revision was ever admitted" in run("policy", "live").out


def test_pull_asks_for_a_look_and_then_tells(service, run):
    service.says("POST /api/v1/policies/pull", ANSWER, status=202)
    assert "live: revision 7" in run("policy", "pull").out
    assert service.asked[0].body == {}


def test_history_is_a_table(service, run):
    service.says("GET /api/v1/policies/revisions", {"items": [LIVE]})
    printed = run("policy", "history", "--limit", "5", "--before", "9")
    assert service.asked[0].path == "/api/v1/policies/revisions?limit=5&before=9"
    assert printed.out.splitlines()[1].split("\t")[:4] == ["7", "2026-03-04T00:01:00Z", "host:1", "c0ffeec0ffee"]
    assert run("policy", "history", "--json").json == {"items": [LIVE]}


def test_rollback_names_who_and_tells_the_new_number(service, run):
    service.says("POST /api/v1/policies/revisions/5/rollback", ANSWER | {"revision": 8})
    printed = run("policy", "rollback", "5", "--by", "ana")
    assert printed.out == "revision 8 is live, with the policies of revision 5\n"
    assert service.asked[0].body == {"by": "ana"}


def test_a_refused_rollback_exits_1_with_the_services_words(service, run):
    service.says("POST /api/v1/policies/revisions/5/rollback", {"detail": "revision 5 is what runs already"}, 409)
    printed = run("policy", "rollback", "5")
    assert printed.code == 1
    assert "what runs already" in printed.err


@pytest.mark.parametrize("words", [["rollback"], ["rollback", "0"], ["rollback", "last"], ["history", "--limit", "0"]])
def test_what_is_no_revision_is_wrong_usage(service, run, words):
    assert run("policy", *words).code == 2


def test_overrides_are_listed_with_where_they_live(service, run):
    override = {"schedule": "primary", "person": "bob", "starts_at": "a", "ends_at": "b", "reason": "r"}
    written = override | {"id": "", "lives": "policies", "where": "team.yaml:12:3", "by": ""}
    made = override | {"id": "o1", "lives": "database", "where": "", "by": "alice"}
    service.says("GET /api/v1/overrides", {"items": [written, made]})
    lines = run("override", "list").out.splitlines()
    assert lines[0].split("\t")[-3:] == ["lives", "where", "by"]
    assert [line.split("\t")[-3:] for line in lines[1:]] == [
        ["policies", "team.yaml:12:3", ""],
        ["database", "", "alice"],
    ]


@pytest.mark.parametrize("command", ["check", "verify"])
def test_what_reads_files_asks_for_a_checkout_where_the_setting_is_a_repository(run, monkeypatch, command):
    monkeypatch.setenv("ESCALATOR_POLICIES", "https://bot:canary@git.example/oncall.git#main")
    printed = run("policy", command)
    assert printed.code == 2
    assert "https://***@git.example/oncall.git#main" in printed.err
    assert "give the PATH of a checkout" in printed.err
    assert "canary" not in printed.out + printed.err
