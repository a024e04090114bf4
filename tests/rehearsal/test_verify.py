"""The proof against the simulator: what verify says of an organisation, played at random instants under random faults.

The two share the rules, on purpose; what is tried here is everything that verify leaves out: the instants between the
breaks, the walks that it takes for equal, the faults that it takes to be harmless, and the passes after the first.
`VERIFY_SEEDS` tries more organisations.
"""

import os
import random
from functools import cache

import pytest

from escalator.core.book import Book
from escalator.core.instant import DAY, MINUTE, SECOND, Instant, Span
from escalator.core.providers import PROVIDERS
from escalator.rehearsal.faults import Fault, Mode
from escalator.rehearsal.night import PLAINLY, Circumstances, Night
from escalator.rehearsal.proof.classes import AlertClass
from escalator.rehearsal.proof.horizon import Horizon
from escalator.rehearsal.proof.reaching import Walks, turns_of
from escalator.rehearsal.proof.verify import Proof, verify
from tests.rehearsal.organisations import SINCE, organisation

SEEDS = int(os.environ.get("VERIFY_SEEDS", "60"))
AHEAD: Span = 12 * DAY
TRIES = 100
"""Instants and faults for each class of alerts."""


@cache
def proved(seed: int) -> tuple[Book, Proof]:
    book = organisation(seed)
    return book, verify(book, SINCE, AHEAD)


def faults(book: Book) -> list[Fault | None]:
    people = [Fault("person", name, mode) for name in book.people for mode in (Mode.SILENT, Mode.REJECTING)]
    return [None, *people, *(Fault("provider", name, mode) for name in set(PROVIDERS.values()) for mode in Mode)]


def reached(
    book: Book, about: AlertClass, at: Instant, fault: Fault | None, within: Span, around: Circumstances = PLAINLY
) -> Span | None:
    """By the simulator alone: an alert comes in, is routed and grouped, and time goes on to the first page heard."""
    night = Night(book, at, around, [fault] if fault else [])
    night.fire(about.labels or {})
    while (following := night.next_at()) is not None and following - at <= within + MINUTE:
        if any(message.page and message.person and message.heard for message in night.messages):
            break
        night.go_on()
    heard = [m.at - at for m in night.messages if m.page and m.person and m.heard]
    return min(heard, default=None)


def instants(dice: random.Random, book: Book, about: AlertClass) -> list[Instant]:
    """Anywhere, and close to where something changes."""
    policies = [policy for name in (about.policy, book.catch_all) if (policy := book.policy_named(name))]
    breaks = [at for at in Horizon(book, SINCE, AHEAD).of(policies, about.high).instants if at < SINCE + AHEAD]
    near = [dice.choice(breaks) - dice.randint(-2, 130) * MINUTE - dice.randint(0, 1) * SECOND for _ in range(TRIES)]
    anywhere = [SINCE + dice.randrange(AHEAD // SECOND) * SECOND for _ in range(TRIES)]
    return [min(max(at, SINCE), SINCE + AHEAD - 1) for at in near + anywhere]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nobody_is_reached_later_than_verify_says(seed: int) -> None:
    book, proof = proved(seed)
    dice = random.Random(seed)
    for verdict in proof.verdicts:
        worst = verdict.worst.after
        if worst is None or verdict.about.labels is None:
            continue
        states = turns_of(book, verdict.about)
        for at in instants(dice, book, verdict.about):
            fault = dice.choice(faults(book))
            around = PLAINLY._replace(turns=dice.choice(states))
            after = reached(book, verdict.about, at, fault, worst, around)
            assert after is not None, (seed, str(verdict.about), at, fault)
            assert after <= worst, (seed, str(verdict.about), at, fault)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_worst_case_is_real(seed: int) -> None:
    """Played, it is as bad as verify says; for one that never ends, as far as the first pass goes."""
    book, proof = proved(seed)
    for verdict in proof.verdicts:
        case = verdict.worst
        if case.after is not None and verdict.about.labels is not None:
            around = PLAINLY._replace(turns=dict(case.turns))
            assert reached(book, verdict.about, case.at, case.fault, case.after, around) == case.after, (seed, case)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_walk_that_was_remembered_is_the_walk_that_is_walked(seed: int) -> None:
    book, proof = proved(seed)
    dice = random.Random(seed)
    for about in {str(verdict.about): verdict.about for verdict in proof.verdicts}.values():
        if about.route.drop is not None:
            continue
        horizon = Horizon(book, SINCE, AHEAD)
        turns = dice.choice(turns_of(book, about))
        remembering = Walks(book, about, horizon, turns)
        for at in instants(dice, book, about):
            fault = dice.choice(faults(book))
            fresh = Walks(book, about, horizon, turns)
            assert remembering.reach(at, fault).after == fresh.reach(at, fault).after, (seed, str(about), at, fault)
