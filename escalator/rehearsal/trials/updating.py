"""Which timelines of a file are written anew, and the proof that nothing else of it changed."""

from collections.abc import Sequence

from escalator.core.book import Book
from escalator.language.trials import compile_trials
from escalator.language.trials.values import Trial
from escalator.rehearsal.trials.judging import Verdict
from escalator.rehearsal.trials.rewriting import rewritten
from escalator.rehearsal.trials.timelines import timeline


class Unwritable(Exception):
    """The file cannot be written anew by itself; the text says what to do."""


def updated(book: Book, file: str, text: str, verdicts: Sequence[Verdict]) -> str:
    """The text with the timelines that came: of tests that have one, and of tests that expect nothing else."""
    fresh = {}
    for verdict in verdicts:
        trial = verdict.played.trial
        came = tuple(timeline(verdict.played))
        if not verdict.played.troubles and trial.timeline != came and (trial.timeline is not None or not trial.expect):
            fresh[trial.number] = came
    if not fresh:
        return text
    new = rewritten(text, fresh)
    suites = compile_trials({file: new}, book).suites
    before = compile_trials({file: text}, book).suites
    wanted = [_bare(each)._replace(timeline=fresh.get(each.number, each.timeline)) for each in before[0].trials]
    if (
        not suites
        or [_bare(each) for each in suites[0].trials] != wanted
        or len(before[0].cases) != len(suites[0].cases)
    ):
        raise Unwritable("write an empty `timeline:` on a line of its own first: this place cannot be found safely")
    return new


def _bare(trial: Trial) -> Trial:
    """Without places, which move."""
    nowhere = trial.where._replace(line=1, column=1, end=2)
    return trial._replace(
        where=nowhere,
        timeline_where=nowhere,
        events=tuple(each._replace(where=nowhere) for each in trial.events),
        expect=tuple(each._replace(where=nowhere) for each in trial.expect),
    )
