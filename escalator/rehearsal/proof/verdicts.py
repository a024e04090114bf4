"""A proof as it is handed on: one line a verdict for people, a document for programs."""

from typing import Any

from escalator.core.instant import SECOND, rfc3339, spoken
from escalator.rehearsal.proof.verify import Case, Proof, Verdict


def line(verdict: Verdict) -> str:
    """For a terminal."""
    within = spoken(verdict.guarantee.reach_human_within)
    sign = "ok  " if verdict.holds else "FAIL"
    how = f" with {verdict.worst.fault}" if verdict.worst.fault else ""
    where = f" ({verdict.guarantee.where})" if verdict.guarantee.where and not verdict.holds else ""
    about = f"{sign}  {verdict.about}: within {within}{where}"
    return f"{about}; no fault {after(verdict.calm)}, worst {after(verdict.worst)}{how}"


def after(case: Case) -> str:
    """How long until a person heard of it."""
    return "NEVER" if case.after is None else spoken(case.after)


def document(proof: Proof) -> dict[str, Any]:
    """For programs; times are RFC 3339 in UTC."""
    return {
        "holds": proof.holds,
        "since": rfc3339(proof.since),
        "until": rfc3339(proof.until),
        "nights": proof.walked,
        "looked": proof.looked,
        "guarantees": [judged(verdict) for verdict in proof.verdicts],
        "silences": [window.where for window in proof.silences],
        "gaps": [
            {"schedule": gap.schedule, "from": rfc3339(gap.since), "until": rfc3339(gap.until)} for gap in proof.gaps
        ],
    }


def judged(verdict: Verdict) -> dict[str, Any]:
    """One promise for one class of alerts."""
    return {
        "holds": verdict.holds,
        "where": verdict.guarantee.where,
        "reach_human_within_seconds": verdict.guarantee.reach_human_within // SECOND,
        "route": verdict.about.route.name,
        "policy": verdict.about.policy,
        "severity": verdict.about.severity.name.lower(),
        "example": verdict.about.labels,
        "without_fault": _case(verdict.calm),
        "worst": _case(verdict.worst),
    }


def _case(case: Case) -> dict[str, Any]:
    fault = {"kind": case.fault.kind, "name": case.fault.name, "mode": case.fault.mode.value} if case.fault else None
    return {
        "at": rfc3339(case.at),
        "fault": fault,
        "reached_after_seconds": None if case.after is None else case.after // SECOND,
    }
