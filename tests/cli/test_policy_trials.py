"""`escalator policy test`, as it is typed."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len

from escalator.cli.policy.sides import wrapped
from escalator.cli.policy.trials import chosen_by
from tests.rehearsal.nights import POLICIES, told

FIRE = "- {at: 0m, fire: {alertname: Down}}"
GOOD = told(FIRE, "- {at: 0m, paged: ben}").replace("name: it", "name: the night page")
BAD = told(FIRE, "- {at: 0m, paged: ana}\n- {at: 5m, paged: [ana, ben]}").replace(
    "name: it", "name: <wrong> & \N{SNOWMAN}"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "policies"
    found.mkdir()
    (found / "main.yaml").write_text(POLICIES, encoding="utf-8")
    return found


def write(folder: Path, text: str, name: str = "main.test.yaml") -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_each_test_has_a_line(run, folder):
    write(folder, GOOD + "routes: [{labels: {alertname: A}, policy: page}]\n")
    printed = run("policy", "test")
    assert (printed.code, printed.out) == (0, "ok    route of alertname=A\nok    the night page\n")
    assert printed.err == "2 passed, 0 failed\n"


def test_a_failure_shows_both_timelines_side_by_side(run, folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    write(folder, BAD)
    printed = run("policy", "test", "policies")
    assert printed.code == 1
    assert printed.err == "0 passed, 1 failed\n"
    assert [line.rstrip() for line in printed.out.splitlines()] == [
        "FAIL  <wrong> & \N{SNOWMAN}",
        "      policies/main.test.yaml:8:9: at 0s: expected paged ana; was paged ben by push, sms",
        "",
        "Wednesday 2026-03-04, Europe/London",
        "                            expected                                        actual",
        "Wed 03:10:00         +0s  - paged ana                                     + paged ben by push, sms",
        "Wed 03:15:00         +5m    paged ana; ben                                  "
        "paged ana by push, sms; ben by push, sms",
        "",
    ]


@pytest.mark.parametrize("width", [40, 60, 81, 100, 200])
def test_no_line_is_wider_than_the_terminal(run, folder, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    long = f"- {{at: 1m, note: {{by: ben, text: {'雪だるま' * 30}}}}}"
    write(folder, told(f"{FIRE}\n{long}", "- {at: 0m, paged: ana}"))
    out = run("policy", "test").out
    shown = out.partition("Wednesday")[2].splitlines()[1:]
    assert "".join(shown).count("雪") == 30
    assert max(map(cell_len, shown)) <= width
    assert "- paged ana" in out
    assert "+ paged ben" in out


def test_wide_characters_count_as_two():
    assert wrapped("雪だるま snow", 8) == ["雪だるま", "snow"]
    assert wrapped("雪だるま", 5) == ["雪だ", "るま"]
    assert wrapped("", 5) == []


def test_what_people_write_does_not_steer_the_terminal(run, folder):
    write(
        folder,
        told('- {at: 0m, note: {by: ben, text: "\\e[31m"}}', "- {incidents: 1}").replace("it\n", '"\\e[2J"\n', 1),
    )
    printed = run("policy", "test")
    assert printed.code == 1
    assert "\x1b" not in printed.out + printed.err


def test_tests_are_chosen_by_a_part_of_their_name(run, folder):
    write(folder, GOOD + BAD.removeprefix("tests:\n"))
    assert run("policy", "test", "-k", "NIGHT").code == 0
    assert run("policy", "test", "-k", "*page").out == "ok    the night page\n"
    none = run("policy", "test", "-k", "nothing")
    assert (none.code, none.out) == (1, "")
    assert "No test has 'nothing' in its name." in none.err


def test_a_star_is_for_the_whole_name():
    assert [chosen_by(pattern)("A page") for pattern in ("", "pag", "pag*", "a p?ge", "[ab] page")] == [
        True, True, False, True, True,
    ]  # fmt: skip


def test_no_test_at_all_is_a_failure(run, folder):
    printed = run("policy", "test")
    assert printed.code == 1
    assert "No test was found." in printed.err


def test_what_a_path_may_be(run, folder):
    write(folder, GOOD)
    write(folder, BAD, "below/other.test.yaml")
    assert run("policy", "test", "policies").err == "1 passed, 1 failed\n"
    assert run("policy", "test", "policies/main.yaml").err == "1 passed, 0 failed\n"
    assert run("policy", "test", "policies/main.test.yaml").err == "1 passed, 0 failed\n"
    assert run("policy", "test", "policies/main.yaml", "policies/main.test.yaml").err == "2 passed, 0 failed\n"
    assert run("policy", "test", "nowhere").code == 1


def test_policies_that_do_not_pass_their_check_are_not_tested(run, folder):
    write(folder, GOOD)
    (folder / "main.yaml").write_text(POLICIES.replace("catch_all: page", "catch_all: pgae"))
    printed = run("policy", "test")
    assert (printed.code, printed.out) == (1, "")
    assert "did you mean `page`?" in printed.err


def test_a_file_that_is_wrong_is_shown_with_its_place(run, folder):
    write(folder, GOOD.replace("paged: ben", "pgaed: ben"))
    printed = run("policy", "test")
    assert (printed.code, printed.out) == (1, "")
    assert "error[E120]: an expectation has no key `pgaed`" in printed.err
    assert "--> policies/main.test.yaml:8:18" in printed.err


def test_an_update_writes_and_then_passes(run, folder):
    write(folder, "# head\n" + told(FIRE))
    assert run("policy", "test").code == 1
    printed = run("policy", "test", "--update")
    assert (printed.code, printed.out) == (0, "ok    it\n")
    assert "policies/main.test.yaml: timelines written" in printed.err
    text = (folder / "main.test.yaml").read_text(encoding="utf-8")
    assert text.startswith("# head\n" + told(FIRE))
    assert "      - 5m: ana paged by push, sms (level 2)\n" in text
    again = run("policy", "test", "--update")
    assert "written" not in again.err
    assert (folder / "main.test.yaml").read_text(encoding="utf-8") == text


def test_an_update_leaves_tests_alone_that_were_not_chosen(run, folder):
    write(folder, told(FIRE) + told(FIRE).removeprefix("tests:\n").replace("name: it", "name: other"))
    run("policy", "test", "--update", "-k", "other")
    assert (folder / "main.test.yaml").read_text(encoding="utf-8").count("timeline:") == 1


def test_after_an_update_a_changed_policy_fails(run, folder):
    write(folder, told(FIRE))
    run("policy", "test", "--update")
    (folder / "main.yaml").write_text(POLICIES.replace("escalate_after: 5m", "escalate_after: 7m"), encoding="utf-8")
    printed = run("policy", "test")
    assert printed.code == 1
    assert "expected 5m: ana paged by push, sms (level 2); was 7m: ana paged by push, sms (level 2)" in printed.out


def test_continuous_integration_gets_junit(run, folder, tmp_path):
    write(folder, GOOD + BAD.removeprefix("tests:\n"))
    write(folder, GOOD, "below/other.test.yaml")
    assert run("policy", "test", "--junit", "report.xml").code == 1
    root = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert root.tag == "testsuites"
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("3", "1", "0", "0")
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["policies/below/other.test.yaml", "policies/main.test.yaml"]
    for suite in (root, *suites):
        assert {"name", "tests", "failures", "errors", "skipped", "time"} == set(suite.attrib)
        assert re.fullmatch(r"\d+\.\d{6}", suite.get("time") or "")
    cases = suites[1].findall("testcase")
    assert [suite.get("tests") for suite in suites] == [str(len(suite)) for suite in suites]
    assert [(case.get("classname"), case.get("name"), case.get("file"), case.get("line")) for case in cases] == [
        ("main", "the night page", "policies/main.test.yaml", "2"),
        ("main", "<wrong> & \N{SNOWMAN}", "policies/main.test.yaml", "9"),
    ]
    assert list(cases[0]) == []
    (failure,) = cases[1]
    assert (failure.tag, failure.get("type")) == ("failure", "expectation")
    assert failure.get("message") == "at 0s: expected paged ana; was paged ben by push, sms"
    assert (failure.text or "").startswith("policies/main.test.yaml:15:9: at 0s: ")


def test_a_report_that_cannot_be_written_is_said(run, folder):
    write(folder, GOOD)
    printed = run("policy", "test", "--junit", "nowhere/report.xml")
    assert printed.code == 3
    assert "nowhere/report.xml: No such file or directory" in printed.err


def test_programs_get_everything(run, folder):
    write(folder, BAD)
    printed = run("policy", "test", "--json")
    assert printed.code == 1
    found = printed.json
    assert (found["ok"], found["passed"], found["failed"]) == (False, 0, 1)
    (one,) = found["tests"]
    assert one["failures"] == [
        {
            "file": "policies/main.test.yaml", "line": 8, "column": 9,
            "text": "at 0s: expected paged ana; was paged ben by push, sms",
        }
    ]  # fmt: skip
    assert {"at": "5m", "text": "ana paged by push, sms (level 2)"} in one["timeline"]
    assert found["coverage"][0]["percent"] == 30.0


def test_what_no_test_walked_is_shown_with_its_place(run, folder):
    write(folder, GOOD)
    printed = run("policy", "test", "--coverage")
    assert printed.code == 0
    assert "policy page\t-\t-\t1/2\t-\t0/1\n" in printed.out
    assert "not walked  policies/main.yaml:22  policy page: level 2\n" in printed.out
    assert "not walked  policies/main.yaml:16  routes[0]\n" in printed.out
    assert printed.out.endswith("20% walked: 2 of 10\n")


def test_too_little_walked_is_a_failure(run, folder, tmp_path):
    write(folder, GOOD)
    assert run("policy", "test", "--fail-under", "20").code == 0
    printed = run("policy", "test", "--fail-under", "20.5", "--coverage-json", "walked.json")
    assert printed.code == 1
    assert "20.0% walked, less than 20.5%" in printed.err
    (walked,) = json.loads((tmp_path / "walked.json").read_text(encoding="utf-8"))
    assert walked["percent"] == 20.0
    assert {way["name"] for way in walked["ways"] if way["walked"]} == {"catch_all", "level 1"}


def test_no_secret_is_shown(run, folder, monkeypatch):
    monkeypatch.setenv("BEN_PHONE", "+441632960000")
    write(folder, BAD)
    for more in ((), ("--json",), ("--coverage",), ("--junit", "out.xml")):
        printed = run("policy", "test", *more)
        assert not re.search(r"\+44|BEN_PHONE|secret:", printed.out + printed.err)
    assert "BEN_PHONE" not in Path("out.xml").read_text(encoding="utf-8")
