"""`escalator policy plan`, as it is typed."""

import json
import os
import subprocess

import pytest

from escalator.core.instant import MINUTE
from escalator.rehearsal.standing import Standing, encode
from tests.rehearsal.test_plan import BEFORE, NOW, is_open

SLOWER = BEFORE.replace("escalate_after: 5m", "escalate_after: 7m")
FASTER = BEFORE.replace("escalate_after: 5m", "escalate_after: 3m")


def write(folder, text, name="policies"):
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "main.yaml").write_text(text)


def git(folder, *words):
    who = {"GIT_AUTHOR_NAME": "ana", "GIT_AUTHOR_EMAIL": "a@example.com"}
    who |= {"GIT_COMMITTER_NAME": "ana", "GIT_COMMITTER_EMAIL": "a@example.com", "HOME": str(folder)}
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, env={**os.environ, **who})


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    for text in (BEFORE, SLOWER):
        write(tmp_path, text)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", "policies")
    return tmp_path


class TestDirectories:
    def test_later_is_a_finding(self, run, tmp_path):
        write(tmp_path, BEFORE, "before")
        write(tmp_path, SLOWER)
        printed = run("policy", "plan", "policies", "--from", "before")
        assert printed.code == 1
        assert "LATER OR WEAKER: fewer people are paged in the same time" in printed.out
        assert "later or weaker." in printed.out.splitlines()[-1]

    def test_sooner_is_not(self, run, tmp_path):
        write(tmp_path, BEFORE, "before")
        write(tmp_path, FASTER)
        printed = run("policy", "plan", "policies", "--from", "before")
        assert printed.code == 0
        assert printed.out.splitlines()[-1] == "Nothing gets later or weaker."

    def test_nothing(self, run, tmp_path):
        write(tmp_path, BEFORE)
        printed = run("policy", "plan", "policies", "--from", "policies")
        assert (printed.code, printed.out) == (0, "Nothing changes: the same people are paged at the same times.\n")

    def test_programs_and_pull_requests(self, run, tmp_path):
        write(tmp_path, BEFORE, "before")
        write(tmp_path, SLOWER)
        found = run("policy", "plan", "--from", "before", "--json").json
        assert found["worse"] is True
        assert found["changes"][0]["old"]["rungs"][0]["people"]
        assert run("policy", "plan", "--from", "before", "--markdown").out.startswith("### Escalator")

    def test_policies_that_do_not_pass_their_check(self, run, tmp_path):
        write(tmp_path, BEFORE, "before")
        write(tmp_path, BEFORE.replace("catch_all: page", "catch_all: pgae"))
        printed = run("policy", "plan", "--from", "before")
        assert printed.code == 1
        assert "E210" in printed.err


class TestGit:
    def test_the_disk_against_a_revision(self, run, repository):
        write(repository, BEFORE)
        assert run("policy", "plan", "policies", "--git", "HEAD").code == 0
        assert run("policy", "plan", "policies", "--git", "HEAD~1").out.startswith("Nothing changes")

    def test_two_revisions(self, run, repository):
        printed = run("policy", "plan", "policies", "--git", "HEAD~1..HEAD")
        assert printed.code == 1
        assert "LATER OR WEAKER" in printed.out
        assert run("policy", "plan", "policies", "--git", "HEAD..HEAD~1").code == 0

    def test_one_file(self, run, repository):
        assert run("policy", "plan", "policies/main.yaml", "--git", "HEAD~1").code == 1

    def test_what_is_not_there(self, run, repository):
        for words, reason in (("nowhere", "nowhere"), ("HEAD~9", "HEAD~9")):
            printed = run("policy", "plan", "policies", "--git", words)
            assert printed.code == 2
            assert reason in printed.err

    def test_no_repository(self, run, tmp_path):
        write(tmp_path, BEFORE)
        printed = run("policy", "plan", "policies", "--git", "main")
        assert printed.code == 2
        assert "git" in printed.err


class TestService:
    def test_its_open_incidents_are_looked_at(self, run, service, tmp_path):
        standing = Standing(NOW, 3, {"main.yaml": BEFORE}, (is_open(2),))
        service.says("GET /api/v1/rehearsal", json.loads(encode(standing)))
        write(tmp_path, FASTER)
        found = run("policy", "plan", "policies", "--url", service.url, "--json").json
        (moved,) = found["incidents"]
        assert moved["id"] == 1
        assert moved["worse"] is False
        assert (moved["old"]["at"], moved["new"]["at"]) == ("2026-03-04T14:03:00Z", "2026-03-04T14:01:00Z")
        assert NOW % MINUTE == 0

    def test_an_answer_in_another_form(self, run, service, tmp_path):
        service.says("GET /api/v1/rehearsal", {"at": 1})
        write(tmp_path, BEFORE)
        printed = run("policy", "plan", "policies", "--url", service.url)
        assert printed.code == 1
        assert "is it of this version?" in printed.err

    def test_nobody_answers(self, run, tmp_path):
        write(tmp_path, BEFORE)
        assert run("policy", "plan", "policies", "--url", "http://127.0.0.1:9").code == 3


def test_one_state_of_before_is_compared(run, tmp_path):
    write(tmp_path, BEFORE)
    printed = run("policy", "plan", "--from", "policies", "--git", "main")
    assert printed.code == 2
    assert "exclude one another" in printed.err
