"""`policy check` in all its forms, and `policy explain`: what is printed where, and the exit codes."""

import json

import pytest

from escalator.cli.main import main

GOOD = """version: 1
people:
  alice: {contacts: {push: browser}}
policies: {page: {levels: [{notify: [{person: alice}]}]}}
catch_all: page
"""
WRONG = GOOD.replace("person: alice", "person: alcie")
WARNED = GOOD.replace("person: alice}]}", "person: alice}], escalate_after: 20m}, {notify: [{person: alice}]}")


@pytest.fixture
def policies(tmp_path):
    (tmp_path / "policies").mkdir()

    def write(text, name="main.yaml"):
        (tmp_path / "policies" / name).write_text(text)

    return write


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (WARNED, 0), (WRONG, 1)], ids=["good", "warned", "wrong"])
def test_the_exit_code_does_not_depend_on_the_form(run, policies, form, text, code):
    policies(text)
    assert run("policy", "check", "--format", form).code == code
    assert run("policy", "check", "--format", form, "--strict").code == (0 if text is GOOD else 1)


def test_sarif_is_a_log_whose_files_can_be_opened_from_here(run, policies, tmp_path):
    policies(WRONG)
    log = run("policy", "check", "--format", "sarif").json
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (tmp_path / place["artifactLocation"]["uri"]).exists()
    assert place["region"]["startLine"] == 4
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"].endswith("/codes.md#e210")


def test_the_links_of_sarif_lead_where_one_says(run, policies):
    policies(WRONG)
    log = run("policy", "check", "--format", "sarif", "--codes-url", "https://docs.example.com/codes").json
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"] == "https://docs.example.com/codes#e210"


def test_github_gets_commands_on_standard_output_and_people_the_count_beside(run, policies):
    policies(WRONG)
    printed = run("policy", "check", "--format", "github")
    assert printed.out.startswith("::error file=policies/main.yaml,line=4,endLine=4,col=")
    assert printed.err == "1 error, 0 warnings\n"
    policies(GOOD)
    assert run("policy", "check", "--format", "github") == (0, "", "")


def test_several_places_are_one_answer(run, policies, tmp_path):
    policies(WRONG)
    (tmp_path / "other.yaml").write_text(WARNED)
    found = run("policy", "check", "policies", "other.yaml", "--json").json["diagnostics"]
    assert {each["file"] for each in found} == {"policies/main.yaml", "other.yaml"}
    assert len(run("policy", "check", "policies", "other.yaml", "--format", "sarif").json["runs"][0]["results"]) == 3


@pytest.mark.parametrize("arguments", [["--format", "xml"], ["--json", "--format", "sarif"], ["--frmat", "json"]])
def test_wrong_usage_exits_2(run, policies, arguments):
    policies(GOOD)
    assert run("policy", "check", *arguments).code == 2


def test_a_pipe_gets_no_colours(run, policies, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    policies(WRONG)
    printed = run("policy", "check")
    assert "\x1b" not in printed.out
    assert "4 | policies:" in printed.out
    assert "did you mean `alice`?" in printed.out


def test_a_terminal_gets_the_same_words_with_colours(policies, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    policies(WRONG)
    with pytest.raises(SystemExit):
        main(["policy", "check", "policies"])
    plain = capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with pytest.raises(SystemExit):
        main(["policy", "check", "policies"])
    coloured = capsys.readouterr().out
    assert "\x1b[1;31merror[E210]" in coloured
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == plain.split()


def test_a_code_is_explained_with_an_example_and_its_cure(run):
    printed = run("policy", "explain", "e210")
    assert printed.code == 0
    assert printed.out.startswith("E210: an unknown name\n")
    wrong, _, right = printed.out.partition("Right:")
    assert "    " + "  page: {levels: [{notify: [{schedule: ana}]}]}" in wrong
    assert "    " + "  page: {levels: [{notify: [{person: ana}]}]}" in right
    assert "docs/codes.md#e210" in printed.out


def test_explain_in_json(run):
    found = run("policy", "explain", "W274", "--json").json
    assert (found["code"], found["severity"]) == ("W274", "warning")
    assert set(found) == {"code", "severity", "title", "text", "wrong", "right"}


def test_without_a_code_all_are_listed(run):
    from escalator.language.codes import CODES

    lines = run("policy", "explain").out.splitlines()
    assert len(lines) == len(CODES) + 1
    assert "E210\tan unknown name" in lines
    assert [each["code"] for each in run("policy", "explain", "--json").json] == list(CODES)


def test_every_code_can_be_explained_in_both_forms(run):
    from escalator.language.codes import CODES

    for code in CODES:
        assert run("policy", "explain", code).out.startswith(f"{code}: ")
        assert json.loads(run("policy", "explain", code, "--json").out)["code"] == code


def test_an_unknown_code_is_wrong_usage_and_names_the_nearest(run):
    printed = run("policy", "explain", "W210")
    assert printed.code == 2
    assert printed.out == ""
    assert "did you mean E210?" in printed.err
