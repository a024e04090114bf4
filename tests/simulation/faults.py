"""Everything that can go wrong, by name; and the dice of one seed, which say what goes wrong when.

Each seed draws its own mix: some kinds off, some rare, some often. A mix of everything always would hide what only one
kind alone brings out.
"""

from collections import Counter
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """Kinds of trouble; the value says what happens."""

    CRASH_BEFORE_COMMIT = "the process dies before its commit"
    CRASH_AFTER_COMMIT = "the process dies after its commit, before it answers anybody"
    ROLLED_BACK = "a commit is rolled back and tried again"
    REPLY_LOST = "a commit succeeds and its reply is lost: it is run again"
    POISONED = "the database refuses what is in a commit, for good"
    DATABASE_AWAY = "one process cannot reach the database for some seconds"
    CRASH_BEFORE_SEND = "the process dies with a claimed row, before the request is out"
    CRASH_AFTER_SEND = "the process dies after the request is out"
    KILLED = "the process is killed at any instant"
    PAUSED = "the process stands still for longer than a lease"
    STUTTER = "the process stands still for some seconds"
    CLOCK_AHEAD = "one process's clock is ahead"
    CLOCK_BEHIND = "one process's clock is behind"
    SEND_TEMPORARY = "the provider answers 5xx"
    SEND_REFUSED = "the provider refuses the address for good"
    SEND_BUSY = "the provider answers 429 and names a wait"
    SEND_DOUBTFUL_TAKEN = "the connection breaks after the provider took it"
    SEND_DOUBTFUL_LOST = "the connection breaks and the provider never saw it"
    SEND_SLOW = "the provider drips"
    SEND_HANGS = "the provider never answers"
    SEND_HANGS_TAKEN = "the provider takes it and never answers"
    CHANNEL_BUG = "the channel's own code raises something unforeseen"
    OUTAGE = "a provider fails for minutes"
    WEBHOOK_DOUBLED = "both peers of an Alertmanager pair send it"
    WEBHOOK_LATE = "a webhook arrives minutes late, after newer ones"
    WEBHOOK_LOST = "a webhook is given up by its sender"
    WEBHOOK_CUT = "a webhook lists only some of its alerts (max_alerts)"
    SOURCE_SILENT = "the sender repeats nothing for minutes"
    BLINK = "an alert resolves and fires again between two webhooks"
    ACKNOWLEDGED = "somebody acknowledges"
    UNACKNOWLEDGED = "somebody takes an acknowledgement back"
    SNOOZED = "somebody snoozes"
    ESCALATED = "somebody escalates"
    REASSIGNED = "somebody reassigns"
    RESOLVED = "somebody resolves by hand"
    SILENCED = "somebody silences"
    UNSILENCED = "a silence is deleted"
    REVISED = "a new policy revision is admitted"
    REOPENED = "somebody takes a resolve back"


class Dice:
    """One seed's chance. `stream` gives independent dice, so that one part's draws do not shift another's."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        mix = Random(f"mix {seed}")
        self._weight = {fault: mix.choice((0.0, 0.3, 1.0, 1.0, 3.0)) for fault in Fault}
        self.calm = False
        """Set when the trouble is over."""
        self.struck: Counter[Fault] = Counter()

    def stream(self, name: str) -> Random:
        return Random(f"{name} {self.seed}")

    def strikes(self, fault: Fault, chance: float, dice: Random) -> bool:
        """Whether it happens now; `chance` is that of an ordinary mix."""
        struck = dice.random() < chance * self._weight[fault] and not self.calm
        self.struck[fault] += struck
        return struck


class Once(Dice):
    """No trouble but one: the numbered occasion of one kind, counted from 0."""

    def __init__(self, seed: int, fault: Fault, number: int) -> None:
        super().__init__(seed)
        self._fault = fault
        self._number = number
        self.occasions = 0

    def strikes(self, fault: Fault, chance: float, dice: Random) -> bool:
        if fault is not self._fault or self.calm:
            return False
        self.occasions += 1
        struck = self.occasions == self._number + 1
        self.struck[fault] += struck
        return struck
