"""What a rehearsal leaves behind: each message as its receiver had it (or not), and each line of the timelines.

Values only. The order is that in which things happened.
"""

from typing import NamedTuple

from escalator.core.effects import Entry, Kind
from escalator.core.instant import Instant
from escalator.core.notification import Outcome


class Message(NamedTuple):
    """One try to send one message of one incident."""

    at: Instant
    incident: int
    kind: Kind
    contact: str
    """`person/ana/sms`, `channel/ops` or `last-resort`."""
    via: str
    person: str | None
    target: str
    """Why this contact: `schedule boardroom`."""
    round: int
    level: int
    attempt: int
    reason: str
    outcome: Outcome
    heard: bool
    """Whether it reached somebody who hears it: False under a fault."""
    tries: int
    """How many, with this one."""
    others: tuple[int, ...] = ()
    """Further incidents that the same message tells of; each has a record of its own."""
    carrier: bool = True
    """False where another record is the message that told of this incident too."""

    @property
    def channel(self) -> str | None:
        """The name of the channel, where it is one."""
        return self.contact.removeprefix("channel/") if self.contact.startswith("channel/") else None

    @property
    def page(self) -> bool:
        return self.kind is Kind.PAGE


class Line(NamedTuple):
    """One line of an incident's timeline."""

    at: Instant
    incident: int
    entry: Entry
