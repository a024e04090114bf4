"""What a text says: one of a few exact commands, or nothing. Pure.

Only the exact commands act: a do-not-disturb phone answers by itself, and what it says must never acknowledge.
"""

import re
from typing import Literal, NamedTuple

Verb = Literal["ack", "ack all", "resolve", "help", "stop", "start"]


class Command(NamedTuple):
    verb: Verb
    number: int | None = None
    """The incident; None where the words alone are the command."""


WORDS: dict[str, Command] = {
    "1": Command("ack"),
    "ack": Command("ack"),
    "ack all": Command("ack all"),
    "help": Command("help"),
    "info": Command("help"),
    # Twilio's own words: it stops and starts by itself, and we keep in step.
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"), Command("stop")),
    **dict.fromkeys(("start", "unstop", "yes"), Command("start")),
}
NUMBERED = re.compile(r"(ack|resolve)[ :#.,-]{0,4}([0-9]{1,9})")
EDGES = " \t\r\n.,;:!?\"'()…“”‘’"
"""What people and keyboards put around a word."""
ALMOST = re.compile(r"(?i)\W*(1|a[ck]k\w*|res\w*|help\w*)\b")
SHORT = 40
"""Characters: longer texts are no attempt at a command. Answering machines' answers would cost money in a circle."""


def parse(text: str) -> Command | None:
    """The command, or None for anything else."""
    plain = text.strip(EDGES)
    if len(plain) > SHORT or not plain.isascii():
        return None  # some foreign letters become k or s in lower case
    plain = " ".join(plain.lower().split())
    if found := NUMBERED.fullmatch(plain):
        return Command("ack" if found[1] == "ack" else "resolve", int(found[2]))
    return WORDS.get(plain)


def unclear(text: str) -> bool:
    """Whether this was meant to be a command: then it is worth an answer."""
    return len(text) <= SHORT and ALMOST.match(text) is not None
