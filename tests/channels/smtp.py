"""Mail servers: a real one (aiosmtpd), and one that follows a script of misbehaviour."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult


class Post:
    """The real server's post office: keeps what it accepts; `answers` overrides the answer at a stage by address."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.over_tls: list[bool] = []
        self.logins: list[bytes] = []
        self.answers: dict[tuple[str, str], str] = {}
        self.connections = 0

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self.answers.get(("MAIL", address), "250 OK")
        if answer.startswith("2"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self.answers.get(("RCPT", address), "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        [recipient] = envelope.rcpt_tos
        answer = self.answers.get(("DATA", recipient), "250 queued as 7")
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        if b"text/html" in envelope.content and ("HTML", recipient) in self.answers:
            return self.answers["HTML", recipient]
        if answer.startswith("2"):
            self.mails.append(mail)
            self.raw.append(envelope.content)
            self.recipients.append(recipient)
            self.over_tls.append(session.ssl is not None)
        return answer

    def log_in(self, server: SMTP, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        self.logins.append(login.login)
        return AuthResult(success=login.password == b"p@ss/word", handled=False)


@asynccontextmanager
async def serve(factory: Callable[[], asyncio.Protocol], context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def post_office(post: Post, implicit: ssl.SSLContext | None = None, **parameters: Any) -> AsyncIterator[int]:
    """The real server on a port of its own."""

    def open_counter() -> asyncio.Protocol:
        post.connections += 1
        return SMTP(post, hostname="mail.example", loop=asyncio.get_running_loop(), **parameters)

    async with serve(open_counter, implicit) as port:
        yield port


Rule = Callable[["Scripted", str], Awaitable[bool]]


class Scripted:
    """A server that does as told: `rule(server, command)` returns False when it has dealt with a command itself."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.commands: list[str] = []
        self.mails: list[bytes] = []
        self.connections = 0
        self.writer: asyncio.StreamWriter

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writer = writer
        try:
            if await self.rule(self, "connect"):
                writer.write(b"220 scripted\r\n")
            while text := (await reader.readline()).decode().strip():
                command = text.split()[0].upper()
                self.commands.append(command)
                self.writer = writer
                if await self.rule(self, command):
                    await self.answer(command, reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def answer(self, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if command == "DATA":
            writer.write(b"354 go on\r\n")
            self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
            self.writer = writer
            if not await self.rule(self, "mail"):
                return
        writer.write(b"221 bye\r\n" if command == "QUIT" else b"250 OK\r\n")


@asynccontextmanager
async def scripted(rule: Rule) -> AsyncIterator[tuple[Scripted, int]]:
    script = Scripted(rule)
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script.talk(reader, writer)
        except asyncio.CancelledError:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield script, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
