"""What needs no service: help, versions, policies, migrations; and that starting stays fast."""

import subprocess
import sys

import pytest

GOOD = """version: 1
people:
  alice: {contacts: {push: browser, email: alice@example.com}}
policies:
  page:
    levels:
      - notify: [{person: alice}]
catch_all: page
"""


@pytest.mark.parametrize(
    "command",
    [
        "serve", "demo", "migrate", "doctor", "fire", "policy check", "policy schema", "incident list",
        "incident show", "incident ack",
        "policy import",
        "policy explain", "policy live", "policy history", "policy pull", "policy rollback",
        "incident unack", "incident snooze", "incident escalate", "incident reassign", "incident resolve",
        "incident reopen",
        "incident note", "oncall", "silence list", "silence create", "silence change", "silence delete",
        "override list",
        "override create", "override delete", "oncall shifts", "oncall gaps", "oncall fairness", "oncall take",
        "oncall feed", "swap ask", "swap accept", "swap decline", "swap list",
        "token create", "token list", "token revoke",
    ],
)  # fmt: skip
def test_every_command_explains_itself_and_speaks_json(run, command):
    printed = run(*command.split(), "--help")
    assert printed.code == 0
    assert "--json" in printed.out


def test_no_command_shows_what_there_is(run):
    assert "incident" in run("--help").out


def test_the_version_is_told(run):
    assert run("--version").out.startswith("escalator 0.")


def test_an_unknown_command_is_wrong_usage(run):
    assert run("incidnt").code == 2


def test_help_imports_nothing_slow():
    slow = {"fastapi", "sqlalchemy", "sqlmodel", "aiohttp", "alembic", "yaml", "re2", "uvicorn", "escalator.app"}
    code = (
        "import sys\nfrom escalator.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print(sorted({slow!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_policies_without_fault_are_good(run, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "main.yaml").write_text(GOOD)
    assert run("policy", "check") == (0, "No errors, no warnings.\n", "")
    assert run("policy", "check", "policies/main.yaml", "--json").json == {"ok": True, "diagnostics": []}


def test_a_fault_is_shown_with_its_place_as_the_reader_can_open_it(run, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "main.yaml").write_text(GOOD.replace("person: alice", "person: alcie"))
    printed = run("policy", "check", "policies")
    assert printed.code == 1
    assert "policies/main.yaml:7:" in printed.out
    assert "1 error" in printed.err
    found = run("policy", "check", "policies", "--json")
    assert found.code == 1
    assert found.json["ok"] is False
    assert found.json["diagnostics"][0]["line"] == 7


def test_a_place_without_policies_is_an_error(run):
    printed = run("policy", "check", "nowhere")
    assert printed.code == 1
    assert "nowhere" in printed.out


def test_migrate_says_what_is_to_do_does_it_and_is_then_done(run, monkeypatch, tmp_path):
    monkeypatch.setenv("ESCALATOR_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'e.db'}")
    assert run("migrate", "--check").code == 1
    assert run("migrate", "--json").json["applied"]
    assert run("migrate", "--check") == (0, "The database is up to date.\n", "")


def test_a_database_that_does_not_answer_exits_3(run, monkeypatch):
    monkeypatch.setenv("ESCALATOR_DATABASE_URL", "postgresql+asyncpg://u:canary@127.0.0.1:9/d")
    printed = run("migrate", "--check")
    assert printed.code == 3
    assert "canary" not in printed.err


def test_settings_that_cannot_be_used_are_told_line_by_line(run, monkeypatch):
    monkeypatch.setenv("ESCALATOR_PORT", "x")
    monkeypatch.setenv("ESCALATOR_RETENTION", "x")
    printed = run("migrate", "--check")
    assert printed.code == 2
    assert len(printed.err.splitlines()) == 2


def test_options_of_serve_come_before_variables(monkeypatch, tmp_path):
    from escalator.cli.running import _settings

    monkeypatch.chdir(tmp_path)
    (tmp_path / "port").write_text("1")
    monkeypatch.setenv("ESCALATOR_PORT_FILE", str(tmp_path / "port"))
    monkeypatch.setenv("ESCALATOR_HOST", "127.0.0.2")
    told = _settings(PORT=9000, HOST=None, LOG_FORMAT="json")
    assert (told.host, told.port, told.log_format) == ("127.0.0.2", 9000, "json")
    assert told.public_url == "http://localhost:9000"
