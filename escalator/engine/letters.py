"""What a claimed row becomes: the address as it is now, and everything that its channel may want to say.

Reads and decides nothing; part of the claim's transaction.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.channels.base import Channel, Message, Thread
from escalator.core.effects import Kind
from escalator.core.instant import DAY, Instant, Span, rfc3339
from escalator.core.notification import LAST_RESORT
from escalator.core.policy import Form, Templates
from escalator.engine.gathering import Bunch
from escalator.engine.world import View
from escalator.store import following, links, listing, particulars
from escalator.store.outbox import Claimed

LINK_LIFE: Span = DAY
ALERTS_SHOWN = 20


class Letter(NamedTuple):
    """Claimed rows with everything that their channel needs."""

    row: Claimed
    address: str
    message: Message | None
    """None: there is no address; `trouble` says why."""
    claimed_at: Instant
    trouble: str = ""
    others: tuple[Claimed, ...] = ()
    """Rows that the same message tells of."""
    templates: Templates | None = None
    """The policy's own wording, to be rendered before it is sent."""
    form: Form | None = None
    """The channel's own request, to be rendered likewise."""


class Sender(NamedTuple):
    """What this installation knows of addresses."""

    resolve: Callable[[str], str | None]
    """An address as written → the address, or None where its secret is not set."""
    public_url: str
    last_resort: str | None = None

    def url(self, incident_id: int) -> str:
        """Where a person sees the incident."""
        return f"{self.public_url.rstrip('/')}/incidents/{incident_id}"


class Clerk:
    """Writes the letters of one transaction."""

    def __init__(self, connection: Connection, view: View, sender: Sender, now: Instant) -> None:
        self._connection = connection
        self._view = view
        self._sender = sender
        self._now = now

    def letters(self, bunches: Sequence[Bunch], channel: Channel | None) -> list[Letter]:
        """One for each bunch; all of one way out."""
        if not bunches:
            return []
        rows = [row for bunch in bunches for row in (bunch.row, *bunch.others)]
        ids = sorted({row.incident_id for row in rows})
        shown = listing.shown(self._connection, ids, self._sender.url)
        first = sorted({bunch.row.incident_id for bunch in bunches})
        worst = particulars.worst_alerts(self._connection, first, ALERTS_SHOWN)
        alerts = {id: tuple(catalogued(self._view, alert) for alert in found) for id, found in worst.items()}
        tokens = {b.row.id: secrets.token_urlsafe(32) for b in bunches if b.row.kind == Kind.PAGE}
        self._keep_links([b.row for b in bunches], tokens)
        threads = following.threads(self._connection, rows) if channel is not None and channel.threads else {}
        return [self._letter(bunch, shown, alerts.get(bunch.row.incident_id, ()), tokens, threads) for bunch in bunches]

    def _keep_links(self, rows: Sequence[Claimed], tokens: Mapping[int, str]) -> None:
        expires = self._now + LINK_LIFE
        links.add(
            self._connection,
            [(hashed(tokens[r.id]), r.incident_id, r.id, r.person, expires) for r in rows if r.id in tokens],
        )

    def _letter(
        self,
        bunch: Bunch,
        shown: Mapping[int, Mapping[str, Any]],
        alerts: tuple[Mapping[str, Any], ...],
        tokens: Mapping[int, str],
        threads: Mapping[tuple[int, str], following.Earlier],
    ) -> Letter:
        row, incident = bunch.row, shown[bunch.row.incident_id]
        address, trouble = self._address(row)
        if address is None:
            return Letter(row, "", None, self._now, trouble, bunch.others)
        channel = self._view.book.channels.get(row.contact.partition("/")[2]) if row.person is None else None
        form, missing = self._form(channel.form if channel else None)
        if missing:
            return Letter(row, "", None, self._now, missing, bunch.others)
        token, earlier = tokens.get(row.id), threads.get((row.incident_id, row.contact))
        base = self._sender.public_url.rstrip("/")
        message = Message(
            id=row.id, kind=row.kind, incident=incident, alerts=alerts, person=row.person, target=row.target,
            level=row.level, round=row.round, reason=row.reason, link=self._sender.url(row.incident_id),
            first=row.round == 1 and row.level <= 1 and row.attempt <= 1,
            acknowledge=f"{base}/replies/{_door(row.via)}/{token}" if token else None, token=token,
            thread=Thread(*earlier) if earlier else None, tries=row.attempts, queued_at=rfc3339(row.created_at),
            also=tuple(shown[each.incident_id] for each in bunch.others),
            unverified=row.contact in self._view.unverified,
        )  # fmt: skip
        policy = self._view.book.policy_named(incident["policy"])
        templates = policy.templates if policy else None
        return Letter(row, address, message, self._now, "", bunch.others, templates, form)

    def _form(self, form: Form | None) -> tuple[Form | None, str]:
        """A channel's own request, the secrets of its headers filled in; and which of them is not set."""
        if form is None:
            return None, ""
        headers = []
        for name, value in form.headers:
            found = self._sender.resolve(value) if value.startswith("secret:") else value
            if found is None:
                return None, f"{value} is not set"
            # A secret is no template, whatever stands in it.
            literal = found is not value and "{" in found
            headers.append((name, "{% raw %}" + found + "{% endraw %}" if literal else found))
        return form._replace(headers=tuple(headers)), ""

    def _address(self, row: Claimed) -> tuple[str | None, str]:
        """Where a contact is reached now: the live Book's word, secrets filled in."""
        if row.contact == LAST_RESORT:
            return self._sender.last_resort, "ESCALATOR_LAST_RESORT is not set"
        written = written_address(self._view, row.contact)
        if written is None:
            return None, f"{row.contact} is no longer in the policies"
        found = self._sender.resolve(written)
        return found, f"{written} is not set" if found is None else ""


def written_address(view: View, contact: str) -> str | None:
    """The address of `person/alice/sms` or `channel/ops` as the live policies write it."""
    kind, name, *via = contact.split("/")
    if kind == "channel":
        channel = view.book.channels.get(name)
        return channel.address if channel else None
    person = view.book.people.get(name)
    return next((c.address for c in person.contacts if [c.via] == via), None) if person else None


def catalogued(view: View, alert: Mapping[str, Any]) -> Mapping[str, Any]:
    """The catalogue's runbook and words, where the sender gave none."""
    known = view.book.alerts.get(alert["labels"].get("alertname", ""))
    if known is None:
        return alert
    given = {name: text for name, text in alert["annotations"].items() if text}
    return {**alert, "annotations": {**known.annotations, **given}}


def hashed(token: str) -> str:
    """How tokens are kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _door(via: str) -> str:
    return "email" if via == "email" else "link"
