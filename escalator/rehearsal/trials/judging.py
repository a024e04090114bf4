"""What was expected beside what was: each expectation becomes rows, and a row says whether the two agree.

Law: `paged` and `channels` are exact, and only what somebody hears counts. The rest is asked for or passed over.
"""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from escalator.core.incident import Incident
from escalator.core.instant import Span
from escalator.language.diagnostics import Mark
from escalator.language.trials.values import Expected, Golden, Paged
from escalator.rehearsal.telling import Moment
from escalator.rehearsal.trials.playing import Played, meant
from escalator.rehearsal.trials.timelines import exact, said, timeline


class Row(NamedTuple):
    """One line of the comparison."""

    at: Span
    expected: str
    actual: str
    where: Mark | None = None
    agrees: bool = True


class Verdict(NamedTuple):
    """What became of one test."""

    played: Played
    rows: tuple[Row, ...]
    """In the order of time."""
    failures: tuple[tuple[Mark, str], ...]
    """Where each stands, and what is wrong, in a sentence."""

    @property
    def passed(self) -> bool:
        return not self.failures


def judge(played: Played) -> Verdict:
    trial = played.trial
    rows = [row for expected in trial.expect for row in _rows(played, expected)]
    if trial.timeline is not None:
        rows += compare(played, trial.timeline, timeline(played))
    failures = [(each.where, each.text) for each in played.troubles]
    failures += [(row.where or trial.where, sentence(row)) for row in rows if not row.agrees]
    if not trial.expect and trial.timeline is None:
        failures.append((trial.where, "this test expects nothing: add `expect`, or let `--update` write its timeline"))
    shown = rows if trial.timeline is not None else [*rows, *_rest(played, rows)]
    return Verdict(played, tuple(sorted(shown, key=lambda row: row.at)), tuple(failures))


def sentence(row: Row) -> str:
    """What is wrong, in one line."""
    if not row.expected:
        return f"at {exact(row.at)}: {row.actual}, and the timeline says nothing of it"
    if not row.actual:
        return f"at {exact(row.at)}: expected {row.expected}, and nothing of it came"
    return f"at {exact(row.at)}: expected {row.expected}; was {row.actual}"


def _rest(played: Played, rows: Sequence[Row]) -> Iterator[Row]:
    """What happened at instants for which nobody asked."""
    asked = {row.at for row in rows}
    for moment in played.moments:
        offset = moment.at - played.trial.starts
        if offset not in asked:
            yield from (Row(offset, "", text) for text in said(moment))


def _rows(played: Played, expected: Expected) -> Iterator[Row]:
    if expected.quiet is not None:
        yield from _quiet(played, expected, *expected.quiet)
        return
    at = played.end if expected.at is None else expected.at
    here = [moment for moment in played.at(at) if _concerns(played, expected, moment, at)]
    for wanted, actual, agrees in (*_pages(expected, here), *_story(expected, here), *_states(played, expected, at)):
        yield Row(at, wanted, actual, expected.where, agrees)


def _concerns(played: Played, expected: Expected, moment: Moment, at: Span) -> bool:
    if expected.incident is None:
        return True
    known = played.looks.get(at, {})
    return moment.incident in {each.id for each in meant(known, expected.incident)}


Comparison = tuple[str, str, bool]
"""(expected, actual, whether they agree)."""


def _pages(expected: Expected, here: Sequence[Moment]) -> Iterator[Comparison]:
    if expected.paged is not None:
        heard = [Paged(who, via) for moment in here for who, ways in moment.paged.items() for via in ways]
        heard = list(dict.fromkeys(heard))
        agrees = _same(expected.paged, heard)
        yield f"paged {people(expected.paged)}", f"paged {people(_alike(expected.paged, heard))}", agrees
    if expected.channels is not None:
        found = list(dict.fromkeys(name for moment in here for name in moment.channels))
        agrees = set(found) == set(expected.channels)
        yield f"channels {_listed(expected.channels)}", f"channels {_listed(found)}", agrees
    if expected.told is not None:
        told = list(dict.fromkeys(name for moment in here for name in moment.told))
        known = [Paged(*name.split(" by ", 1)) for name in told]
        agrees = _same([Paged(*name.split(" by ", 1)) for name in expected.told], known)
        yield f"told {_listed(expected.told)}", f"told {_listed(told)}", agrees


def _same(expected: Sequence[Paged], heard: Sequence[Paged]) -> bool:
    """Each one that is expected is there, and each one that is there is expected."""
    return all(any(_means(one, each) for each in heard) for one in expected) and all(
        any(_means(one, each) for one in expected) for each in heard
    )


def _means(expected: Paged, heard: Paged) -> bool:
    return expected.person == heard.person and expected.via in (None, heard.via)


def _alike(expected: Sequence[Paged], heard: Sequence[Paged]) -> list[Paged]:
    """In the order of what was expected, so that the eye finds what differs."""
    order = {each: place for place, each in enumerate(expected)}
    first = {each.person: place for place, each in reversed(list(enumerate(expected)))}
    last = len(expected)
    return sorted(heard, key=lambda each: (order.get(each, first.get(each.person, last)), each not in order))


def people(pages: Iterable[Paged]) -> str:
    """`ana by push, sms; ben`."""
    found: dict[str, list[str]] = {}
    for each in pages:
        found.setdefault(each.person, []).extend([each.via] if each.via else [])
    return "; ".join(f"{name} by {', '.join(ways)}" if ways else name for name, ways in found.items()) or "nobody"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _story(expected: Expected, here: Sequence[Moment]) -> Iterator[Comparison]:
    happened = list(dict.fromkeys(event for moment in here for event in moment.events))
    for event in expected.events:
        there = event in happened
        yield f"event {event}", f"event {event}" if there else f"events {_listed(happened)}", there


def _states(played: Played, expected: Expected, at: Span) -> Iterator[Comparison]:
    known = played.looks.get(at, {})
    if expected.incidents is not None:
        yield f"incidents {expected.incidents}", f"incidents {len(known)}", len(known) == expected.incidents
    found = meant(known, expected.incident)
    if expected.level is not None:
        wanted, levels = f"level {expected.level}", [f"level {each.level}" for each in found]
        yield wanted, _one_of(found, levels), levels == [wanted]
    if expected.status is not None:
        word, by = expected.status
        wanted = f"status {word}" + (f" by {by}" if by else "")
        actual = [f"status {each.status}" + _holder(each, bool(by)) for each in found]
        yield wanted, _one_of(found, actual), actual == [wanted]


def _holder(incident: Incident, asked: bool) -> str:
    return f" by {incident.acknowledged_by}" if asked and incident.acknowledged_by else ""


def _one_of(found: Sequence[Incident], said: Sequence[str]) -> str:
    if len(said) == 1:
        return said[0]
    if not said:
        return "no such incident"
    return "; ".join(f"incident {each.id} {text}" for each, text in zip(found, said, strict=True)) + ": say which"


def _quiet(played: Played, expected: Expected, since: Span, until: Span) -> Iterator[Row]:
    loud = [moment for moment in played.moments if since < moment.at - played.trial.starts < until]
    wanted = f"no pages between {exact(since)} and {exact(until)}"
    found = False
    for moment in loud:
        pages = [Paged(who, via) for who, ways in moment.paged.items() for via in ways]
        names = [people(pages)] * bool(pages) + moment.channels
        if names and _concerns(played, expected, moment, until):
            found = True
            yield Row(moment.at - played.trial.starts, wanted, f"paged {'; '.join(names)}", expected.where, False)
    if not found:
        yield Row(since, wanted, "no pages")


def compare(played: Played, written: Sequence[Golden], actual: Sequence[Golden]) -> Iterator[Row]:
    """A timeline that was written down beside the one that came."""
    offsets = {exact(moment.at - played.trial.starts): moment.at - played.trial.starts for moment in played.moments}
    where, at = played.trial.timeline_where, 0
    for tag, i, j, k, m in SequenceMatcher(None, written, actual, autojunk=False).get_opcodes():
        for place in range(max(j - i, m - k)):
            old = written[i + place] if i + place < j else None
            new = actual[k + place] if k + place < m else None
            at = offsets.get(new.at, at) if new else at
            yield Row(at, _stamped(old, new), _stamped(new, old), where, tag == "equal")


def _stamped(line: Golden | None, other: Golden | None) -> str:
    """With its time where the other one has another."""
    if line is None:
        return ""
    return line.text if other is not None and line.at == other.at else f"{line.at}: {line.text}"
