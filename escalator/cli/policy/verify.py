"""`escalator policy verify`: the proof that a critical alert reaches a human, whoever and whatever fails."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from escalator.cli import output
from escalator.cli.options import Json
from escalator.cli.policy.books import Where, book_at, now, progress

if TYPE_CHECKING:
    from escalator.core.book import Book
    from escalator.rehearsal.proof.verify import Proof

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
    from escalator.rehearsal.proof.verdicts import document
    from escalator.rehearsal.proof.verify import verify as prove

    book = book_at(path)
    with progress("verify") as told:
        proof = prove(book, now(), days * DAY, told)
    if as_json:
        output.document(document(proof))
    else:
        _print(book, proof, days)
    if not proof.holds:
        raise typer.Exit(1)


def _print(book: "Book", proof: "Proof", days: int) -> None:
    from escalator.rehearsal.proof.verdicts import line
    from escalator.rehearsal.proof.verify import counterexample, spoken_gaps

    for verdict in proof.verdicts:
        print(output.clean(line(verdict)))
        if not verdict.holds:
            for told in counterexample(book, verdict):
                print(f"        {output.clean(told)}")
    for text in spoken_gaps(book, proof.gaps):
        print(f"FAIL  {output.clean(text)}")
    for window in proof.silences:
        reason = f": {window.silence.reason}" if window.silence.reason else ""
        print(f"note  {output.clean(f'{window.where}: this silence is no part of the proof{reason}')}")
    broken = sum(not verdict.holds for verdict in proof.verdicts) + bool(proof.gaps)
    looked = f"{days} days, {proof.looked} instants and faults, {proof.walked} different nights"
    print(f"{'Proved' if not broken else f'{broken} broken'}: {looked}.", file=sys.stderr)
