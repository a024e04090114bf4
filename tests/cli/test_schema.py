"""`escalator policy schema`: what it prints, where it writes, what it says of editors."""

import subprocess
import sys

import jsonschema_rs

from escalator.language.shapes.document import policies, trials


def test_the_schema_is_printed(run):
    printed = run("policy", "schema")
    assert printed.code == 0
    assert printed.json == policies()
    assert printed.err == ""
    jsonschema_rs.meta.validate(printed.json)


def test_the_schema_is_written_where_it_is_wanted(run, tmp_path):
    printed = run("policy", "schema", "--output", "schema.json")
    assert (printed.code, printed.out) == (0, "Wrote schema.json.\n")
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == run("policy", "schema").out


def test_a_program_is_told_where_it_was_written(run):
    assert run("policy", "schema", "-o", "schema.json", "--json").json == {"written": "schema.json"}


def test_a_place_where_nothing_can_be_written_is_wrong_usage(run):
    printed = run("policy", "schema", "--output", "nowhere/schema.json")
    assert printed.code == 2
    assert "nowhere/schema.json" in printed.err


def test_a_schema_beside_the_policies_is_none_of_them(run, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "main.yaml").write_text(
        "# yaml-language-server: $schema=.schema.json\n"
        "people: {a: {contacts: {email: a@example.com}}}\n"
        "policies: {p: {levels: [{notify: [{person: a}]}]}}\n"
        "catch_all: p\n"
    )
    before = run("policy", "check")
    assert before.code == 0
    run("policy", "schema", "--output", "policies/.schema.json")
    assert run("policy", "check") == before


def test_the_help_says_how_editors_find_it(run):
    told = " ".join(run("policy", "schema", "--help").out.split())
    for word in (
        "# yaml-language-server: $schema=.schema.json",
        '"yaml.schemas"',
        "redhat.vscode-yaml",
        "vim.lsp.config",
    ):
        assert word in told


def test_the_schema_needs_no_settings_and_no_service():
    code = (
        "import sys\nfrom escalator.cli.main import main\n"
        "try: main(['policy', 'schema'])\nexcept SystemExit: pass\n"
        "print(sorted({'sqlalchemy', 'aiohttp', 'fastapi'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert done.stdout.startswith('{\n "$schema"')


def test_tests_have_a_schema_of_their_own(run, tmp_path):
    printed = run("policy", "schema", "--tests")
    assert (printed.code, printed.json) == (0, trials())
    jsonschema_rs.meta.validate(printed.json)
    assert run("policy", "schema", "--tests", "-o", "s.json").out == "Wrote s.json.\n"
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == printed.out
