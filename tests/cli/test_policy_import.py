"""`escalator policy import`: files in, policy files and a report out."""

from pathlib import Path

import pytest

from escalator.cli.policy.import_ import Source
from escalator.importers import SOURCES

EXPORTS = Path(__file__).resolve().parent.parent / "importers" / "exports"
POLICY = """version: 1
people: {ana: {contacts: {email: ana@example.com}}}
policies: {page: {levels: [{notify: [{person: ana}]}]}}
catch_all: page
"""


def test_every_importer_has_its_word():
    assert list(Source) == list(SOURCES)


@pytest.mark.parametrize("source", Source)
def test_an_export_becomes_policies_that_pass_check(run, tmp_path, source):
    if source is Source.PROMETHEUS_RULES:
        (tmp_path / "policies").mkdir()
        (tmp_path / "policies" / "main.yaml").write_text(POLICY)
    printed = run("policy", "import", source, str(EXPORTS / source), "--output", "policies")
    assert printed.code == 0, printed.err
    for heading in ("Carried over: ", "Changed meaning: ", "Could not carry: "):
        assert heading in printed.out
    assert "`policy check` is content: 0 errors" in printed.err
    assert run("policy", "check", "policies").code == 0
    report = (tmp_path / "policies" / f"import-{source}.md").read_text()
    assert report.startswith("# Imported from ")


def test_json_holds_the_files_the_report_and_what_check_says(run):
    told = run("policy", "import", "pagerduty", str(EXPORTS / "pagerduty"), "-o", "new", "--json").json
    assert told["ok"] is True
    assert told["files"] == ["new/people.yaml", "new/schedules.yaml", "new/main.yaml", "new/import-pagerduty.md"]
    assert told["report"]["secrets"] == [{"name": "ALICE_PHONE", "for": "phone of Alice Smith"}]
    assert {each["severity"] for each in told["diagnostics"]} == {"warning"}
    assert "W255" in {each["code"] for each in told["diagnostics"]}  # `num_loops` is finite


def test_single_files_may_be_named(run, tmp_path):
    folder = EXPORTS / "pagerduty"
    names = [str(folder / f"{name}.json") for name in ("users", "services", "escalation_policies", "schedules-PPRIM01")]
    assert run("policy", "import", "pagerduty", *names, "-o", "new").code == 0
    assert "overrides:" not in (tmp_path / "new" / "schedules.yaml").read_text()


def test_two_files_of_one_name_are_not_mixed_up(run, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "users.json").write_text('{"users": []}')
    printed = run("policy", "import", "pagerduty", str(EXPORTS / "pagerduty"), "other/users.json", "-o", "new")
    assert printed.code == 2
    assert "two files of the name users.json" in printed.err


def test_what_is_too_much_for_an_export_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr("escalator.cli.policy.import_.MOST", 2)
    printed = run("policy", "import", "pagerduty", str(EXPORTS / "pagerduty"), "-o", "new")
    assert printed.code == 2
    assert "too much for an export" in printed.err


def test_what_is_there_is_not_touched_without_force(run, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "main.yaml").write_text("mine\n")
    arguments = ("policy", "import", "goalert", str(EXPORTS / "goalert"), "-o", "new")
    printed = run(*arguments)
    assert printed.code == 2
    assert "new/main.yaml is there already; --force writes over it" in printed.err
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["main.yaml"]
    assert (tmp_path / "new" / "main.yaml").read_text() == "mine\n"
    assert run(*arguments, "--force").code == 0


def test_an_export_that_is_not_as_documented_is_refused_with_file_and_field(run, tmp_path):
    (tmp_path / "users.json").write_text('{"users": [{"name": "Alice"}]}')
    printed = run("policy", "import", "pagerduty", "users.json", "-o", "new")
    assert printed.code == 1
    assert printed.err == "escalator: users.json: users[0].id: expected text, found nothing\n"
    assert not (tmp_path / "new").exists()


def test_policies_beside_the_new_ones_that_clash_are_found_by_check(run, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "mine.yaml").write_text(POLICY)
    printed = run("policy", "import", "goalert", str(EXPORTS / "goalert"), "-o", "policies")
    assert printed.code == 1
    assert "error[E205]" in printed.err
    assert "`policy check` has errors" in printed.err


def test_the_catalogue_alone_is_a_part_and_no_fault(run):
    printed = run("policy", "import", "prometheus-rules", str(EXPORTS / "prometheus-rules"), "-o", "new")
    assert printed.code == 0
    assert "0 errors" in printed.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("policy", "import", "nagios", ".", "-o", "new"), "nagios"),
        (("policy", "import", "pagerduty", "nowhere.json", "-o", "new"), "nowhere.json: No such file"),
        (("policy", "import", "pagerduty", ".", "-o", "new"), "no .json, .yml or .yaml file in ."),
        (("policy", "import", "pagerduty", "."), "--output"),
    ],
)
def test_wrong_usage_exits_2(run, words, told):
    printed = run(*words)
    assert printed.code == 2
    assert told in printed.err


def test_the_names_of_a_hostile_export_reach_no_terminal_as_they_are(run, tmp_path):
    (tmp_path / "users.json").write_text('{"users": [{"id": "1", "name": "\\u001b[31mred", "email": "a@example.com"}]}')
    printed = run("policy", "import", "pagerduty", "users.json", "-o", "new")
    assert printed.code == 0
    assert "\x1b" not in printed.out + printed.err


def test_every_shell_command_of_the_guide_writes_files_that_are_read():
    """docs/migrating.md names each file that its commands write as the importers look for it."""
    import re

    text = (Path(__file__).resolve().parents[2] / "docs" / "migrating.md").read_text()
    written = set(re.findall(r'> "?export/([a-z_]+)', text))
    assert written == {
        "users", "teams", "schedules", "escalations", "policies", "notification_rules", "routing_rules", "overrides",
        "escalation_policies", "services", "goalert", "final_shifts", "timeline",
        "maintenance_windows",
    }  # fmt: skip
