"""Studies that take seconds of pure computing, in a process of their own: JSON in, JSON out; see `engine.studies`.

Law: a study answers in words that a page can show as they are, and in nothing that only this version could read.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from escalator.core.book import Book
from escalator.core.instant import rfc3339, spoken
from escalator.language import compile_book
from escalator.rehearsal.changes.plan import Change, plan
from escalator.rehearsal.changes.planned import hours, ladder_lines, move_line, shift_lines, verdict
from escalator.rehearsal.proof.classes import zone_of
from escalator.rehearsal.proof.verdicts import after, judged
from escalator.rehearsal.proof.verify import Verdict, counterexample, spoken_gaps, verify
from escalator.rehearsal.standing import Standing, decode

MOST: Final = 40
"""Changes of ladders, and moves of incidents, that are told."""


def guarantees(asked: Any) -> dict[str, Any]:
    """`{"standing": …}`: whether what the live policies promise holds, with the overrides made by hand."""
    standing = decode(asked["standing"])
    book = _book(standing.sources, standing.revision)
    book = replace(book, overrides=(*book.overrides, *standing.circumstances.overrides))
    proof = verify(book, standing.at)
    return {
        "holds": proof.holds,
        "since": rfc3339(proof.since),
        "until": rfc3339(proof.until),
        "nights": proof.walked,
        "verdicts": [_verdict(book, each) for each in proof.verdicts],
        "gaps": spoken_gaps(book, proof.gaps),
        "silences": [{"where": each.where, "reason": each.silence.reason} for each in proof.silences],
    }


def _verdict(book: Book, each: Verdict) -> dict[str, Any]:
    return judged(each) | {
        "match": [str(matcher) for matcher in each.guarantee.match],
        "tolerate": list(each.guarantee.tolerate),
        "about": str(each.about),
        "within": spoken(each.guarantee.reach_human_within),
        "calm": after(each.calm),
        "worst_after": after(each.worst),
        "fault": str(each.worst.fault) if each.worst.fault else "",
        "counterexample": [] if each.holds else counterexample(book, each),
    }


def changes(asked: Any) -> dict[str, Any]:
    """`{"standing": …, "sources": {file: text}}`: what these policies would change if they went live now."""
    standing: Standing = decode(asked["standing"])
    old = _book(standing.sources, standing.revision)
    new = compile_book(asked["sources"], standing.revision + 1).parsed
    if new is None:
        return {"readable": False}
    found = plan(old, new, standing.at, standing.open, standing.circumstances)
    zone = zone_of(new, new.catch_all)
    return {
        "readable": True,
        "empty": found.empty,
        "worse": found.worse,
        "verdict": verdict(found),
        "changes": [_change(each) for each in found.changes[:MOST]],
        "more": max(0, len(found.changes) - MOST),
        "shifts": shift_lines(found),
        "moves": [
            {"incident": str(each.incident.id), "line": move_line(each, zone), "worse": each.worse}
            for each in found.moves[:MOST]
        ],
        "moved": len(found.moves),
        "open": found.incidents + standing.more,
        "unseen": standing.more,
    }


def _change(each: Change) -> dict[str, Any]:
    return {
        "alerts": list(each.alerts),
        "hours": hours(each.hours),
        "zone": each.zone,
        "worse": each.worse,
        "example": dict(each.labels),
        "lines": ladder_lines(each.old, each.new),
    }


def _book(sources: Mapping[str, str], revision: int) -> Book:
    found = compile_book(sources, revision).parsed
    if found is None:
        raise ValueError("the policies cannot be read")
    return found


STUDIES: Final[Mapping[str, Callable[[Any], dict[str, Any]]]] = {"guarantees": guarantees, "changes": changes}


if __name__ == "__main__":
    os.nice(10)
    asked = json.load(sys.stdin)
    json.dump(STUDIES[asked["study"]](asked), sys.stdout)
