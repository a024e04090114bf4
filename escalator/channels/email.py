"""The e-mail channel: SMTP over a few kept connections. What servers answer is explained in `email_answers`.

A mail is handed over at most once per send: a kept connection that turns out to be dead is replaced only while nothing
of the mail has left us. After that, no answer means ambiguous, and the stable Message-ID lets mail clients see a copy.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from escalator.channels import clean, email_inbound, wording
from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent, Sent
from escalator.channels.desk import Desk, Incoming, Outgoing
from escalator.channels.email_answers import OUR_LOGIN, Progress, explain
from escalator.channels.email_letter import Mailbox, compose, mailbox
from escalator.channels.seen import Seen
from escalator.channels.smtp_url import Server, parse
from escalator.channels.wiring import Wiring

KEEP = 30.0
"""Seconds an idle connection is trusted; routers forget quiet ones without telling either end."""
ROOM_FOR_TOKEN = 64 - 44
"""Characters of a mailbox's name before `+` and a token (RFC 5321 allows 64)."""


class Kept(NamedTuple):
    """An idle connection."""

    line: SMTP
    since: float


class Email(Channel):
    """`url`: as in `smtp_url.parse`; `sender`: one mailbox, with or without a name; `host`: names our messages
    (Message-ID, EHLO). Raises ValueError for a URL or a sender that cannot be right.
    """

    via = "email"
    verifies = True
    door = "email"

    def __init__(
        self,
        url: str,
        sender: str,
        host: str,
        *,
        reply_to: str | None = None,
        inbound_secret: str | None = None,
        at_once: int = 8,
        deadline: float = SEND_DEADLINE - 0.3,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._server: Server = parse(url)
        try:
            self._sender = mailbox(sender)
        except ValueError as trouble:
            raise ValueError(f"ESCALATOR_EMAIL_FROM is {trouble}") from None
        self._host = host
        self._reply_to = _reply_box(reply_to) if reply_to else None
        self._inbound_secret = inbound_secret
        self.at_once = at_once
        """How many sends may be under way: one connection each."""
        self._slots = asyncio.Semaphore(at_once)
        self._idle: list[Kept] = []
        self._deadline = deadline
        self._wall = wall
        self._context: ssl.SSLContext | None = None

    async def send(self, address: str, message: Message) -> Sent:
        try:
            recipient = mailbox(address)
        except ValueError as trouble:
            raise NotSent("permanent", f"the address is {trouble}") from None
        progress = Progress()
        try:
            async with asyncio.timeout(self._deadline), self._slots:
                answer = await self._hand_over(recipient, message, progress)
        except (SMTPException, OSError) as trouble:
            raise explain(trouble, progress, self._server) from None
        return Sent(f"<{message.key}@{self._host}>", clean.line(f"250 {answer}", 200))

    async def check(self) -> str:
        progress = Progress()
        progress.stage = "connecting"
        try:
            async with asyncio.timeout(self._deadline):
                line = await self._connect()
                answer = await line.noop()
                await line.quit()
        except (SMTPException, OSError) as trouble:
            raise explain(trouble, progress, self._server) from None
        login = f", logged in as {self._server.user}" if self._server.user else ""
        return clean.line(f"email: {self._server.name} (tls: {self._server.tls}{login}): {answer.code}", 200)

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        return await email_inbound.receive(request, desk, self._inbound_secret)

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for kept in idle:
            try:
                await kept.line.quit(timeout=1)
            except (SMTPException, OSError):
                kept.line.close()

    async def _hand_over(self, recipient: Mailbox, message: Message, progress: Progress) -> str:
        """The full letter; where the server refuses its content for good, the minimal one, at once."""
        letter = wording.letter(message)
        try:
            return await self._carry(recipient, self._bytes(recipient, message, letter), progress)
        except SMTPDataError as refused:
            if refused.code < 500 or refused.code in OUR_LOGIN:
                raise
            progress.posted = False  # a refusal is an answer: nothing of it arrived
            return await self._carry(recipient, self._bytes(recipient, message, wording.minimal(message)), progress)

    def _bytes(self, recipient: Mailbox, message: Message, letter: wording.Letter) -> bytes:
        return compose(message, letter, self._sender, recipient, self._host, self._wall(), self._reply_to)

    async def _carry(self, recipient: Mailbox, letter: bytes, progress: Progress) -> str:
        """One mail over one connection; over the next one while kept ones turn out to be dead."""
        while True:
            progress.stage = "connecting"
            kept = self._take()
            line = kept or await self._connect()
            progress.stage = "naming sender and recipient"
            try:
                await _say(line, b"MAIL", b"FROM:<%b>" % self._sender.address.encode(), SMTPSenderRefused)
                await _say(line, b"RCPT", b"TO:<%b>" % recipient.address.encode(), SMTPRecipientRefused)
                progress.posted, progress.stage = True, "handing the mail over"
                answer = await line.data(letter)
            except (SMTPException, OSError) as trouble:
                line.close()
                if kept is not None and not progress.posted and _was_dead(trouble):
                    continue
                raise
            except asyncio.CancelledError:
                line.close()
                raise
            self._idle.append(Kept(line, time.monotonic()))
            return answer.message

    def _take(self) -> SMTP | None:
        """The idle connection used last, so that those not needed grow old; closes what is too old to trust."""
        while self._idle:
            line, since = self._idle.pop()
            if line.is_connected and time.monotonic() - since < KEEP:
                return line
            line.close()
        return None

    async def _connect(self) -> SMTP:
        server = self._server
        if self._context is None and server.tls != "none":
            # Reads the certificate bundle from disk, once.
            self._context = await asyncio.to_thread(server.context)
        line = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            local_hostname=self._host,
            use_tls=server.tls == "implicit",
            start_tls=server.tls == "starttls",
            tls_context=self._context,
            timeout=None,  # one deadline for the whole send, not one for each read
        )
        try:
            await line.connect()
            if line.is_ehlo_or_helo_needed:  # anew after STARTTLS; a login has done it already
                await _greet(line)
        except BaseException:
            line.close()
            raise
        return line


async def _greet(line: SMTP) -> None:
    try:
        await line.ehlo()
    except SMTPHeloError:
        await line.helo()


async def _say(
    line: SMTP, verb: bytes, address: bytes, refused: type[SMTPSenderRefused] | type[SMTPRecipientRefused]
) -> None:
    """One line of the envelope. The library's `mail` and `rcpt` parse again what `mailbox` has parsed: 40 µs each."""
    answer = await line.execute_command(verb, address)
    if answer.code not in (250, 251):
        raise refused(answer.code, answer.message, address.decode())


def seen(message: Message) -> Seen:
    """The letter."""
    letter = wording.letter(message)
    return Seen("letter", letter.subject, (letter.plain,), html=letter.html)


SEEN = {"email": seen}


def from_wiring(wiring: Wiring) -> tuple[Email, ...]:
    """Nothing without ESCALATOR_SMTP_URL; raises ValueError when only one of its two settings is there."""
    if not wiring.smtp_url:
        return ()
    if not wiring.email_from:
        raise ValueError("ESCALATOR_SMTP_URL is set, but not ESCALATOR_EMAIL_FROM: the address that mails come from")
    host = urlsplit(wiring.public_url).hostname or "localhost"
    return (
        Email(
            wiring.smtp_url, wiring.email_from, f"[{host}]" if ":" in host else host, reply_to=wiring.email_reply_to,
            inbound_secret=wiring.email_inbound_secret,
        ),
    )  # fmt: skip


def _reply_box(text: str) -> Mailbox:
    """Raises ValueError, also where the name leaves no room for a token."""
    try:
        box = mailbox(text)
    except ValueError as trouble:
        raise ValueError(f"ESCALATOR_EMAIL_REPLY_TO is {trouble}") from None
    if len(box.address.partition("@")[0]) > ROOM_FOR_TOKEN:
        raise ValueError(f"ESCALATOR_EMAIL_REPLY_TO: at most {ROOM_FOR_TOKEN} characters before the @")
    return box


def _was_dead(trouble: Exception) -> bool:
    """Whether a kept connection had been given up by the server: gone, or 421 (closing)."""
    if isinstance(trouble, SMTPResponseException):
        return trouble.code == 421
    return isinstance(trouble, (SMTPServerDisconnected, ConnectionError))
