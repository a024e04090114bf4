"""A large organisation: 200 people, 50 schedules round the world, a policy for each team, and one for everybody.

`python -m tests.rehearsal.large` times its proof.
"""

import time

from escalator.core.book import Book
from escalator.language import compile_book
from escalator.rehearsal.proof.verify import Proof, verify
from tests.rehearsal.organisations import SINCE

PEOPLE, TEAMS = 200, 50
ZONES = ["Europe/London", "America/New_York", "Asia/Singapore", "Australia/Sydney", "America/Sao_Paulo"]


def text() -> str:
    each = PEOPLE // TEAMS
    lines = ["version: 1", "people:"]
    lines += [
        f"  p{n}: {{contacts: {{push: browser, sms: secret:P{n}, call: secret:P{n}, email: p{n}@example.com}}}}"
        for n in range(PEOPLE)
    ]
    lines += ["notification_rules: {high: [{via: push}, {via: sms, after: 1m}, {via: call, after: 3m}]}"]
    lines += ["teams:"] + [f"  t{t}: [{', '.join(_people(t, each))}]" for t in range(TEAMS)]
    lines += ["hours:"]
    lines += [f"  day{z}: {{timezone: {zone}, days: mon-fri, from: 08:00, to: 18:00}}" for z, zone in enumerate(ZONES)]
    lines += ["schedules:"] + [line for t in range(TEAMS) for line in _schedule(t, each)]
    lines += ["policies:"] + [line for t in range(TEAMS) for line in _policy(t)]
    lines += ["routes:"] + [f"  - {{match: {{team: t{t}}}, policy: t{t}}}" for t in range(1, TEAMS)]
    lines += ["catch_all: t0"]
    lines += ["guarantees:"]
    lines += ["  - {match: {severity: critical}, reach_human_within: 10m, tolerate: [person, provider]}"]
    return "\n".join(lines) + "\n"


def _people(team: int, each: int) -> list[str]:
    return [f"p{team * each + n}" for n in range(each)]


def _schedule(team: int, each: int) -> list[str]:
    names, zone = ", ".join(_people(team, each)), team % len(ZONES)
    return [
        f"  s{team}:",
        f"    timezone: {ZONES[zone]}",
        "    layers:",
        f"      - {{people: [{names}], every: shift, starts: 2026-01-05T08:00, during: day{zone}}}",
        f"      - {{people: [{names}], every: 1w, starts: 2026-01-05T18:00}}",
    ]


def _policy(team: int) -> list[str]:
    return [
        f"  t{team}:",
        "    levels:",
        f"      - {{notify: [{{schedule: s{team}}}], escalate_after: 4m, attempts: 2}}",
        f"      - {{notify: [{{next_on_call: s{team}}}], when: {{outside: day{team % len(ZONES)}}}}}",
        f"      - {{notify: [{{next_on_call: s{team}}}, {{team: t{team}}}]}}",
    ]


def book() -> Book:
    compiled = compile_book({"main.yaml": text()})
    assert compiled.book is not None, [str(each) for each in compiled.diagnostics if each.severity == "error"][:5]
    return compiled.book


def timed() -> tuple[Proof, float]:
    """The proof over 400 days, and how many seconds it took."""
    large = book()
    began = time.perf_counter()
    return verify(large, SINCE), time.perf_counter() - began


if __name__ == "__main__":
    proof, took = timed()
    print(
        f"{'holds' if proof.holds else 'broken'}: {took:.1f} s, {proof.looked} looked at, {proof.walked} nights walked"
    )
