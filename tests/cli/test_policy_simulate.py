"""`policy simulate` at the terminal: what is supposed, how it is written, and what answers what makes no sense."""

import re
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

from escalator.cli.main import main
from pictures.ladders import LADDERS

ROOT = Path(__file__).resolve().parents[2]
POLICIES = str(ROOT / "policies")
MIDSIZE = str(ROOT / "tests" / "language" / "examples" / "midsize")
CRITICAL = ("policy", "simulate", "CriticalResponseTime", POLICIES, "--at", "2026-03-04T03:10")


def test_the_alert_is_what_one_types_first(run):
    printed = run(*CRITICAL)
    assert (printed.code, printed.err) == (0, "")
    lines = printed.out.splitlines()
    assert lines[0] == "alert     alertname=CriticalResponseTime"
    assert lines[1] == "severity  critical"
    assert lines[2] == "at        Wed 2026-03-04 03:10:00 Europe/London (2026-03-04T03:10:00Z)"
    assert re.fullmatch(r"route     routes\[1\] \(.*main\.yaml:\d+\)", lines[3])
    assert re.fullmatch(r"policy    critical \(.*main\.yaml:\d+\); high urgency", lines[4])
    assert lines[5] == "on call   cleo by boardroom until Mon 2026-03-09 09:00, then ana"
    assert lines[7].endswith("+0s  1 firing; route routes[1] → policy critical, high urgency; first page now")
    assert lines[-1] == (
        "First page to a person after 0s (cleo by push, sms and email); if nobody answers, ana after 5m, everyone "
        "after 10m, again from level 1 after 20m."
    )


def test_labels_alone_do_too_and_the_path_may_come_first(run, monkeypatch):
    monkeypatch.setenv("ESCALATOR_POLICIES", POLICIES)
    by_label = run("policy", "simulate", "--label", "alertname=CriticalResponseTime", "--at", "2026-03-04T03:10")
    assert by_label.out == run(*CRITICAL).out
    assert by_label.out == run("policy", "simulate", POLICIES, *CRITICAL[2:3], *CRITICAL[4:]).out


def test_json_says_the_same(run):
    said = run(*CRITICAL, "--ack", "ana@6m", "--fault", "provider:sms:rejecting", "--json").json
    assert set(said) == {
        "alert", "at", "until", "timezone", "severity", "urgency", "route", "policy", "heartbeat", "on_call", "faults",
        "first_page_after_seconds", "summary", "remarks", "timeline", "incidents",
    }  # fmt: skip
    assert said["faults"] == [{"kind": "provider", "name": "twilio", "mode": "rejecting"}]
    assert said["on_call"][0] == {
        "schedule": "boardroom", "person": "cleo", "until": "2026-03-09T09:00:00Z", "then": "ana",
    }  # fmt: skip
    assert (said["at"], said["until"]) == ("2026-03-04T03:10:00Z", "2026-03-04T03:46:00Z")
    first = said["timeline"][0]
    assert [each["event"] for each in first["events"]] == ["opened", "paged"]
    assert [(m["via"], m["heard"]) for m in first["messages"] if m["person"] == "cleo"] == [
        ("push", True), ("sms", False), ("email", True),
    ]  # fmt: skip
    acked = next(each for each in said["timeline"] if each["after_seconds"] == 360)
    assert acked["events"][0] == {"event": "acknowledged", "reason": "acknowledged by ana, holds for 30m", "by": "ana"}
    assert said["incidents"][0]["status"] == "triggered"


def test_the_picture_is_a_file(run, tmp_path):
    printed = run(*CRITICAL, "--svg", "ladder.svg")
    assert printed.code == 0
    assert parse(tmp_path / "ladder.svg").getroot().get("viewBox", "").startswith("0 0 640 ")
    assert run(*CRITICAL, "--svg", "ladder.svg", "--json").json["severity"] == "critical"


def test_what_may_be_supposed(run):
    out = run(*CRITICAL, "--fault", "person:cleo", "--resolve", "7m", "--timezone", "Asia/Kolkata").out
    assert "at        Wed 2026-03-04 08:40:00 Asia/Kolkata" not in out, "a time without offset is one of that zone"
    assert "broken    person cleo down, silently" in out
    assert "cleo does not hear it: push, sms, email" in out
    assert "Wed 2026-03-04 03:17:00       +7m  the source resolved it" in out
    assert "First page to a person after 5m (ana by push, sms and email)" in out


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("person:cleo:failing", "person cleo down, and says so"),
        ("provider:browser-push", "provider browser-push down, silently"),
        ("provider:call", "provider twilio down, silently"),
        ("channel:ops-slack:rejecting", "contact channel/ops-slack down, and refuses"),
        ("contact:cleo/sms", "contact person/cleo/sms down, silently"),
    ],
)
def test_what_may_be_broken(run, fault, said):
    assert f"broken    {said}\n" in run(*CRITICAL, "--fault", fault).out


def test_for_says_how_long(run):
    until = [run(*CRITICAL, "--for", span, "--json").json["until"] for span in ("4m", "1h")]
    assert until == ["2026-03-04T03:14:00Z", "2026-03-04T04:10:00Z"]


@pytest.mark.parametrize(
    ("at", "instant"),
    [
        ("2026-07-01T03:10:00Z", "2026-07-01T03:10:00Z"),
        ("2026-07-01T03:10", "2026-07-01T02:10:00Z"),
        ("2026-07-01T03:10+05:30", "2026-06-30T21:40:00Z"),
        # clocks jump from 01:00 to 02:00
        ("2026-03-29T01:30", "2026-03-29T01:00:00Z"),
    ],
)
def test_times_are_local_where_they_do_not_say(run, at, instant):
    assert run(*CRITICAL[:4], "--at", at, "--json").json["at"] == instant


def test_a_clock_alone_is_the_next_time_that_it_shows_that(run, monkeypatch):
    monkeypatch.setattr("escalator.cli.policy.simulate.now", lambda: 1772593800_000_000)  # 2026-03-04T03:10:00Z
    found = [run(*CRITICAL[:4], "--at", at, "--json").json["at"] for at in ("03:10", "03:09", "23:00")]
    assert found == ["2026-03-04T03:10:00Z", "2026-03-05T03:09:00Z", "2026-03-04T23:00:00Z"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--ack", "clea@5m"], "there is no person 'clea'; did you mean cleo?"),
        (["--ack", "cleo"], "does not say when; write cleo@6m"),
        (["--ack", "cleo@soon"], "'soon' is no span"),
        (["--fault", "person:bne"], "did you mean ben?"),
        (["--fault", "provider:twillio"], "did you mean twilio?"),
        (["--fault", "channel:ops-slak"], "did you mean ops-slack?"),
        (["--fault", "contact:cleo/smss"], "did you mean cleo/sms?"),
        (["--fault", "person:cleo:silnt"], "did you mean silent?"),
        (["--fault", "cleo"], "write person:NAME"),
        (["--fault", "team:all"], "write person:NAME"),
        (["--fault", "person:cleo:silent:really"], "write person:NAME"),
        (["--at", "tonight"], "write 2026-03-04T03:10"),
        (["--at", "25:10"], "is no time"),
        (["--timezone", "Londn"], "is no time zone"),
        (["--timezone", "../etc"], "is no time zone"),
        (["--for", "5"], "--for '5' is no span"),
        (["--for", "15d"], "at most 14d"),
        (["--resolve", "x"], "--resolve 'x' is no span"),
        (["-l", "alertname=Other"], "is called 'CriticalResponseTime' and, by its label, 'Other'"),
        (["-l", "severity"], "is no label"),
        (["--svg", "no/such/place.svg"], "No such file or directory"),
        (["Another"], "write one alert's name"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage_and_is_answered_with_what_does(run, words, said):
    printed = run(*CRITICAL[:4], *words)
    assert (printed.code, printed.out) == (2, "")
    assert said in printed.err


def test_nothing_to_simulate_names_an_alert_that_could_be(run):
    printed = run("policy", "simulate", POLICIES)
    assert printed.code == 2
    assert "which alert? write its name, such as HighResponseTime" in printed.err


def test_an_alert_that_the_catalogue_lacks_is_simulated_and_remarked_on(run):
    printed = run("policy", "simulate", "HighCPU", POLICIES)
    assert printed.code == 0
    assert "did you mean HighCPUUsage?" in printed.err
    assert "severity  critical: what does not say how bad it is counts as critical" in printed.out
    assert "route     catch_all" in printed.out


def test_a_path_that_is_not_there_and_policies_that_do_not_pass_are_findings(run, tmp_path):
    assert run("policy", "simulate", "X", "no/such.yaml").code == 1
    (tmp_path / "wrong.yaml").write_text("version: 1\ncatch_all: nothing\n")
    printed = run("policy", "simulate", "X", "wrong.yaml")
    assert printed.code == 1
    assert "error[E206]" in printed.err
    assert "wrong.yaml:1:1" in printed.err


def test_a_heartbeat_opens_nothing_and_says_what_its_absence_does(run):
    out = run("policy", "simulate", "Watchdog", MIDSIZE).out
    assert out.splitlines()[-1] == (
        "Nobody is told: this alert is the heartbeat prometheus of its sender, and its absence for 5m pages by "
        "policy sre."
    )


def test_hostile_labels_leave_the_terminal_alone(run):
    printed = run("policy", "simulate", "evil\x1b[31m\u202e", POLICIES, "-l", "a=\x07\nb")
    assert printed.code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", printed.out + printed.err)


# --- the page ---------------------------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "policy-simulate.md").read_text(encoding="utf-8")
EXAMPLES = [
    tuple(part.strip("\n") for part in block.partition("\n")[::2])
    for block in re.findall(r"```console\n\$ escalator (.*?)```", PAGE, re.DOTALL)
]


@pytest.mark.parametrize(("command", "shown"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_the_examples_of_the_page_are_what_is_printed(capsys, monkeypatch, tmp_path, command, shown):
    monkeypatch.chdir(ROOT)
    words = [str(tmp_path / word) if word.endswith(".svg") else word for word in command.split()]
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code in (0, None)
    printed = capsys.readouterr().out.strip("\n")
    if shown:
        assert printed == shown


def test_the_page_shows_commands_that_draw_its_pictures():
    for name, words in LADDERS.items():
        assert f"$ escalator policy simulate {' '.join(words)} --svg {name}.svg\n" in PAGE
        assert f"](pictures/{name}.svg)" in PAGE
