"""`escalator policy verify`: the proof that a critical alert reaches a human, whoever and whatever fails."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from escalator.cli import output
from escalator.cli.options import Json
from escalator.cli.policy.books import Where, book_at, now, progress

if TYPE_CHECKING:
    from escalator.core.book import Book
    from escalator.rehearsal.proof.verify import Case, Proof, Verdict

MOST_DAYS = 1500


def verify(
    path: Where = None,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="How far to look ahead.")] = 400,
    as_json: Json = False,
) -> None:
    """Prove the guarantees: for every class of alerts, every instant of the next 400 days and every single fault that
    a guarantee tolerates (one person, one provider, silently or reported), a page reaches a working person in time.

    A guarantee that does not hold is shown with its worst case as a timeline. Exit code 1 where one does not hold, or
    where a schedule that declares `coverage: always` has a gap.

    Example: escalator policy verify policies
    """
    from escalator.core.instant import DAY
    from escalator.rehearsal.proof.verify import verify as prove

    book = book_at(path)
    with progress("verify") as told:
        proof = prove(book, now(), days * DAY, told)
    if as_json:
        output.document(_shown(proof))
    else:
        _print(book, proof, days)
    if not proof.holds:
        raise typer.Exit(1)


def _print(book: "Book", proof: "Proof", days: int) -> None:
    from escalator.rehearsal.proof.verify import counterexample, spoken_gaps

    for verdict in proof.verdicts:
        print(output.clean(_line(verdict)))
        if not verdict.holds:
            for line in counterexample(book, verdict):
                print(f"        {output.clean(line)}")
    for text in spoken_gaps(book, proof.gaps):
        print(f"FAIL  {output.clean(text)}")
    for window in proof.silences:
        reason = f": {window.silence.reason}" if window.silence.reason else ""
        print(f"note  {output.clean(f'{window.where}: this silence is no part of the proof{reason}')}")
    broken = sum(not verdict.holds for verdict in proof.verdicts) + bool(proof.gaps)
    looked = f"{days} days, {proof.looked} instants and faults, {proof.walked} different nights"
    print(f"{'Proved' if not broken else f'{broken} broken'}: {looked}.", file=sys.stderr)


def _line(verdict: "Verdict") -> str:
    from escalator.core.instant import spoken

    within = spoken(verdict.guarantee.reach_human_within)
    sign = "ok  " if verdict.holds else "FAIL"
    calm, worst = _after(verdict.calm), _after(verdict.worst)
    how = f" with {verdict.worst.fault}" if verdict.worst.fault else ""
    where = f" ({verdict.guarantee.where})" if verdict.guarantee.where and not verdict.holds else ""
    return f"{sign}  {verdict.about}: within {within}{where}; no fault {calm}, worst {worst}{how}"


def _after(case: "Case") -> str:
    from escalator.core.instant import spoken

    return "NEVER" if case.after is None else spoken(case.after)


def _shown(proof: "Proof") -> dict[str, Any]:
    from escalator.core.instant import rfc3339

    return {
        "holds": proof.holds,
        "since": rfc3339(proof.since),
        "until": rfc3339(proof.until),
        "nights": proof.walked,
        "looked": proof.looked,
        "guarantees": [_verdict(verdict) for verdict in proof.verdicts],
        "silences": [window.where for window in proof.silences],
        "gaps": [
            {"schedule": gap.schedule, "from": rfc3339(gap.since), "until": rfc3339(gap.until)} for gap in proof.gaps
        ],
    }


def _verdict(verdict: "Verdict") -> dict[str, Any]:
    return {
        "holds": verdict.holds,
        "where": verdict.guarantee.where,
        "reach_human_within_seconds": verdict.guarantee.reach_human_within // 1_000_000,
        "route": verdict.about.route.name,
        "policy": verdict.about.policy,
        "severity": verdict.about.severity.name.lower(),
        "example": verdict.about.labels,
        "without_fault": _case(verdict.calm),
        "worst": _case(verdict.worst),
    }


def _case(case: "Case") -> dict[str, Any]:
    from escalator.core.instant import rfc3339

    fault = {"kind": case.fault.kind, "name": case.fault.name, "mode": case.fault.mode.value} if case.fault else None
    return {
        "at": rfc3339(case.at),
        "fault": fault,
        "reached_after_seconds": None if case.after is None else case.after // 1_000_000,
    }
