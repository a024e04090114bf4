"""What Twilio's codes and statuses mean for a page: tried again, given up, and whose fault it is. Tables, no I/O.

Twilio warns that codes change and are added: whatever stands in no table is temporary, because a page that is sent
twice is better than one that is lost. Sources: https://www.twilio.com/docs/api/errors and docs/3-reliability §4.
"""

import re
from typing import Literal, NamedTuple

from escalator.channels import clean
from escalator.channels.base import NotSent
from escalator.core.notification import Outcome

Fate = Literal["permanent", "temporary"]
Blame = Literal["provider", "contact"]

NUMBER = re.compile(r"\+?[0-9][0-9 ()-]{5,}[0-9]")
"""Phone numbers in Twilio's sentences: they are nobody's business in a log."""


class Verdict(NamedTuple):
    """What one code means."""

    fate: Fate
    blames: Blame
    remark: str


def _temporary(remark: str, blames: Blame = "contact") -> Verdict:
    return Verdict("temporary", blames, remark)


def _permanent(remark: str) -> Verdict:
    return Verdict("permanent", "contact", remark)


CODES: dict[int, Verdict] = {
    # The account: nobody can be reached until an operator has mended it, so the breaker may trip and tell them.
    20003: _temporary("the account SID and the auth token do not belong together", "provider"),
    20005: _temporary("the account is not active", "provider"),
    20006: _temporary("the account may not do this", "provider"),
    20404: _temporary("Twilio does not know the account", "provider"),
    30002: _temporary("the account was suspended", "provider"),
    # Too fast, or Twilio in trouble: cured by waiting.
    20429: _temporary("too many requests", "provider"),
    20500: _temporary("an error inside Twilio", "provider"),
    20503: _temporary("Twilio is out of service", "provider"),
    21611: _temporary("the sender's queue is full", "provider"),
    30001: _temporary("Twilio's queue overflowed", "provider"),
    30022: _temporary("the sender exceeds its rate", "provider"),
    30023: _temporary("the sender exceeds its daily cap", "provider"),
    # The sender: wrong in our settings or not registered, the same for every contact.
    21210: _temporary("the sending number is not verified", "provider"),
    21212: _temporary("the sending number is invalid", "provider"),
    21606: _temporary("the sending number cannot send texts to this one", "provider"),
    21659: _temporary("the sending number is not the account's", "provider"),
    21701: _temporary("the messaging service does not exist", "provider"),
    21703: _temporary("the messaging service has no number", "provider"),
    30032: _temporary("the toll-free number is not verified", "provider"),
    30034: _temporary("the sending number is not registered (A2P 10DLC)", "provider"),
    # The handset: it may be on again in a minute; until then the person's next contact.
    30003: _temporary("the phone is off or out of reach"),
    30004: _temporary("the phone or its carrier blocks the message"),
    30008: _temporary("the carrier gave no reason"),
    30036: _temporary("it waited longer than its validity period"),
    # The number: no retry makes it reachable.
    21211: _permanent("this is not a phone number"),
    21214: _permanent("the number cannot be reached"),
    21217: _permanent("this is not a valid phone number"),
    21401: _permanent("this is not a phone number"),
    21610: _permanent("the owner texted STOP; START brings the texts back"),
    21612: _permanent("no text can be sent from our number to this one"),
    21614: _permanent("this is not a mobile number"),
    21266: _permanent("sender and receiver are the same number"),
    30005: _permanent("the number does not exist"),
    30006: _permanent("a landline, or a carrier that takes no texts"),
    30007: _permanent("the carrier filtered it as spam"),
    # What the account may not reach: only an operator can allow it, and other contacts work.
    21215: _permanent("the account may not call this country"),
    21216: _permanent("Twilio does not call this number"),
    21219: _permanent("a trial account calls verified numbers only"),
    21408: _permanent("the account may not text this country"),
    21608: _permanent("a trial account texts verified numbers only"),
    13227: _permanent("the account may not call this country"),
}

CONTENT = frozenset((21602, 21605, 21617, 21618, 21619, 21654, 21656))
"""The text itself is refused: a minimal one goes out instead."""
UNUSABLE_URL = frozenset((21205, 21206, 21207, 21609, 21627))
"""Our public URL is refused (a host that is not public): the message goes out without callbacks."""

MESSAGE_STATUS: dict[str, Outcome | None] = {
    # On its way: no news. `sent` means that the carrier has it, not the phone.
    "accepted": None, "scheduled": None, "queued": None, "sending": None, "sent": None,
    # The phone (or, in some countries, the carrier) confirmed it.
    "delivered": Outcome.DELIVERED, "read": Outcome.DELIVERED,
    # The error code says whether a retry can cure it; see CODES.
    "undelivered": Outcome.TEMPORARY, "failed": Outcome.TEMPORARY,
    # Somebody cancelled it in Twilio's console: the incident may still want its page.
    "canceled": Outcome.TEMPORARY,
}  # fmt: skip


class CallEnd(NamedTuple):
    """How a call ended."""

    outcome: Outcome | None
    remark: str


CALL_STATUS: dict[str, CallEnd] = {
    "queued": CallEnd(None, "not yet dialled"),
    "initiated": CallEnd(None, "dialling"),
    "ringing": CallEnd(None, "it rings"),
    "in-progress": CallEnd(None, "somebody answered"),
    # They heard it; whether they act is what the level's deadline waits for.
    "completed": CallEnd(Outcome.DELIVERED, "answered"),
    # Not reached: the next contact now, and it rings again (a second call in a row passes most do-not-disturb modes).
    "busy": CallEnd(Outcome.TEMPORARY, "the line was busy, or the call was declined"),
    "no-answer": CallEnd(Outcome.TEMPORARY, "nobody answered"),
    # A carrier's trouble as often as a wrong number: a SIP code tells which, see GONE.
    "failed": CallEnd(Outcome.TEMPORARY, "the call could not be connected"),
    "canceled": CallEnd(Outcome.TEMPORARY, "the call was cancelled before anybody answered"),
}

MACHINE = CallEnd(Outcome.TEMPORARY, "an answering machine took the call")
RINGS = 3
"""Calls for one page, as many as the cap allows in a quarter of an hour: whoever answers none of them is not there."""
GONE = frozenset(("404", "410", "484", "604"))
"""SIP answers that say that there is no such number."""


def is_machine(answered_by: str) -> bool:
    """`human` and `unknown` hear the menu: taking a person for a machine is the worse mistake."""
    return answered_by.startswith("machine") or answered_by == "fax"


def refusal(status: int, code: int | None, text: str, retry_after: float | None) -> NotSent:
    """What an HTTP answer of 400 or more means."""
    verdict = CODES.get(code or 0) or _by_status(status)
    number = f" {code}" if code else ""
    detail = f"HTTP {status}{number}: {verdict.remark}" + (f" ({masked(text)})" if text else "")
    if status == 429 or code == 20429:
        retry_after = 1.0 if retry_after is None else retry_after
    return NotSent(verdict.fate, detail, retry_after, blames=verdict.blames)


def message_end(status: str, code: int | None) -> tuple[Outcome | None, str]:
    """What a later word about a text means; None: nothing yet."""
    outcome = MESSAGE_STATUS.get(status)
    if outcome is not Outcome.TEMPORARY:
        return outcome, status
    verdict = CODES.get(code or 0) or _temporary("a reason that is not in our table")
    shown = f"{status}, error {code}" if code else status
    return Outcome(verdict.fate), f"{shown}: {verdict.remark}"


def call_end(status: str, answered_by: str, sip: str, tries: int) -> tuple[Outcome | None, str]:
    """What a later word about a call means; None: nothing yet. `tries`: how often this page has been tried by it."""
    end = CALL_STATUS.get(status, CallEnd(None, "unknown status"))
    if is_machine(answered_by) and status in ("completed", "in-progress"):
        end = MACHINE
    if status == "failed" and sip in GONE:
        end = CallEnd(Outcome.PERMANENT, f"there is no such number (SIP {sip})")
    if end.outcome is Outcome.TEMPORARY and tries >= RINGS:
        end = CallEnd(Outcome.PERMANENT, f"{end.remark}; the phone was rung {RINGS} times")
    return end.outcome, f"{clean.line(status, 20)}: {end.remark}"


def masked(text: str) -> str:
    """Twilio's own words in one line, without phone numbers."""
    return NUMBER.sub("(number)", clean.line(text, 160))


def _by_status(status: int) -> Verdict:
    """An answer without a code that we know. Of a 4xx nobody can say whether it is all contacts' or only this one's:
    one contact must not close the way out for all.
    """
    if status in (401, 403, 404):
        return _temporary("Twilio does not let us in", "provider")
    if status == 429 or status >= 500:
        return _temporary("Twilio cannot take it now", "provider")
    return _temporary("refused, for a reason that is not in our table")
