"""What may be broken while a rehearsal goes on: a provider or a person, and how it shows.

Law: a fault never asks the rules anything. It says what a provider answers, and whether a human hears.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from escalator.core.effects import Notify
from escalator.core.notification import Outcome
from escalator.core.providers import PROVIDERS


class Mode(StrEnum):
    """How a fault shows."""

    SILENT = "silent"
    """Messages are taken and nobody hears: a phone on mute, a provider that swallows."""
    FAILING = "failing"
    """Not now, each time: tried again and again."""
    REJECTING = "rejecting"
    """Refused for good, at once."""


class Fault(NamedTuple):
    """One thing that is broken."""

    kind: str
    """`person` or `provider`; `contact` for one way to one person (`person/alice/sms`) or one channel."""
    name: str
    mode: Mode = Mode.SILENT

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {SPOKEN[self.mode]}"

    def concerns(self, message: Notify) -> bool:
        if self.kind == "person":
            return message.person == self.name
        if self.kind == "contact":
            return message.contact == self.name
        return PROVIDERS.get(message.via) == self.name


SPOKEN = {Mode.SILENT: "down, silently", Mode.FAILING: "down, and says so", Mode.REJECTING: "down, and refuses"}
ANSWERS = {Mode.SILENT: Outcome.SENT, Mode.FAILING: Outcome.TEMPORARY, Mode.REJECTING: Outcome.PERMANENT}
LOUDNESS = (Mode.REJECTING, Mode.FAILING, Mode.SILENT)


class Answer(NamedTuple):
    """What became of one try."""

    outcome: Outcome
    heard: bool
    """Whether it reached whom it was meant for, who is there to hear it."""


def answer(faults: Iterable[Fault], message: Notify) -> Answer:
    """Of several faults the loudest shows."""
    modes = {fault.mode for fault in faults if fault.concerns(message)}
    if not modes:
        return Answer(Outcome.SENT, heard=True)
    return Answer(ANSWERS[next(mode for mode in LOUDNESS if mode in modes)], heard=False)
