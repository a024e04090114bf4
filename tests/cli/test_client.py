"""Every failure of a command is one line that says what to do, and an exit code that a script can use."""

import socket

from escalator.cli.client import Service
from escalator.settings import Secret


def test_the_service_says_no_in_its_own_words(service, run):
    detail = "incident 42 is resolved: fire it again, or note 42"
    service.says("POST /api/v1/incidents/42/acknowledge", {"title": "Conflict", "detail": detail}, status=409)
    assert run("incident", "ack", "42") == (1, "", f"escalator: {detail}\n")


def test_a_missing_token_is_told_with_its_cure(service, run):
    service.says("GET", {"detail": "It carries no token."}, status=401)
    printed = run("incident", "list")
    assert printed.code == 1
    assert "--token or ESCALATOR_TOKEN" in printed.err


def test_a_token_travels_as_bearer_from_option_environment_or_file(service, run, monkeypatch, tmp_path):
    service.says("GET /api/v1/oncall", {"items": []})
    run("oncall", "--token", "abc")
    monkeypatch.setenv("ESCALATOR_TOKEN", "def")
    run("oncall")
    monkeypatch.delenv("ESCALATOR_TOKEN")
    (tmp_path / "t").write_text("ghi\n")
    monkeypatch.setenv("ESCALATOR_TOKEN_FILE", str(tmp_path / "t"))
    run("oncall")
    assert [asked.token for asked in service.asked] == ["Bearer abc", "Bearer def", "Bearer ghi"]


def test_a_token_that_no_header_can_carry_is_wrong_usage(service, run):
    assert run("oncall", "--token", "a\nb").code == 2
    assert service.asked == []


def test_nobody_there_exits_3(run):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        printed = run("oncall", "--url", f"http://127.0.0.1:{reserved.getsockname()[1]}")
    assert printed.code == 3
    assert "escalator serve" in printed.err


def test_a_service_without_its_database_exits_3_so_that_a_script_tries_again(service, run):
    service.says("POST", {"detail": "The database does not answer."}, status=503, **{"Retry-After": "5"})
    printed = run("incident", "ack", "1")
    assert printed.code == 3
    assert "try again" in printed.err


def test_somebody_who_is_not_escalator_exits_3(service, run):
    service.says("GET", b"<html>")
    assert run("oncall").code == 3
    service.says("GET", b"<html>", status=500)
    assert run("oncall").code == 1


def test_a_redirect_is_told_and_never_followed_with_the_token(service, run):
    service.says("GET", b"", status=302, Location="http://elsewhere.example/")
    printed = run("oncall", "--token", "abc")
    assert printed.code == 3
    assert "http://elsewhere.example/" in printed.err
    assert len(service.asked) == 1


def test_this_machine_is_not_asked_through_a_proxy(service, run, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    service.says("GET /api/v1/oncall", {"items": []})
    assert run("oncall").code == 0


def test_a_broken_setting_of_the_server_does_not_stop_the_client(service, run, monkeypatch):
    monkeypatch.setenv("ESCALATOR_PORT", "no port")
    service.says("GET /api/v1/oncall", {"items": []})
    assert run("oncall").code == 0


def test_a_broken_url_is_wrong_usage_with_the_cure(run, monkeypatch):
    monkeypatch.setenv("ESCALATOR_URL", "localhost:8080")
    printed = run("oncall")
    assert printed.code == 2
    assert "ESCALATOR_URL=localhost:8080: write a whole URL" in printed.err


def test_the_token_is_in_no_repr():
    assert "canary" not in repr(Service("http://localhost", Secret("canary")))
