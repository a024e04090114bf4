"""The apprise channel: an address is one of apprise's URLs, and a secret as a whole.

The library is synchronous: it runs in threads of this channel's own, so that a service that hangs delays nothing else.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from escalator.channels import clean
from escalator.channels.apprise import door, errors, library, words
from escalator.channels.apprise.direct import TELEGRAM, Direct
from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent, Sent
from escalator.channels.desk import Desk, Incoming, Outgoing
from escalator.channels.network import Guard, Network

T = TypeVar("T")

THREADS = 16
"""Twice the senders: one that hangs beyond its deadline keeps its thread until it gives up."""
HOSTED = frozenset(
    ("ntfy", "ntfys", "mmost", "mmosts", "gotify", "gotifys", "rocket", "rockets", "matrix", "matrixs", "json", "jsons",
     "xml", "xmls", "form", "forms", "nctalk", "nctalks", "signal", "signals", "hassio", "hassios", "mqtt", "mqtts",
     "apprise", "apprises", "mastodon", "mastodons", "synology", "synologys", "bark", "barks")
)  # fmt: skip
"""Schemes behind which a host stands, and no token: each host is a provider of its own."""
LOCAL = frozenset(("dbus", "qt", "glib", "kde", "gnome", "macosx", "windows", "syslog"))
"""The screen or the log of the machine that Escalator runs on: nobody is reached by them."""
MOODS = {"page": "failure", "resolved": "success"}
NTFY_ROOM = 3400, 1100
"""Characters: ntfy makes an attachment of what has more than 4,096 bytes. ASCII, and any other."""


class Apprise(Channel):
    """Every service that the installed library knows."""

    via = "apprise"
    door = "apprise"
    verifies = True
    spacing = 1.0
    """What Telegram asks for in a chat; Discord and ntfy bear little more. In a storm messages go together instead."""

    def __init__(
        self,
        public_url: str,
        allow: Iterable[str | Network] = (),
        *,
        deadline: float = SEND_DEADLINE - 0.3,
        telegram: str = TELEGRAM,
    ) -> None:
        self._replies = f"{public_url.rstrip('/')}/replies/apprise"
        self._guard = Guard(allow)
        self._deadline = deadline
        self._direct = Direct(self._guard, f"{self._replies}/mattermost", telegram)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="apprise")

    async def send(self, address: str, message: Message) -> Sent:
        address, scheme = address.strip(), scheme_of(address)
        if scheme in LOCAL:
            raise NotSent("permanent", f"{scheme}:// reaches nobody", blames="contact")
        try:
            async with asyncio.timeout(self._deadline):
                return await self._send(address, scheme, message)
        except TimeoutError:
            raise NotSent("ambiguous", f"{scheme}: no answer in time") from None

    def provider(self, address: str) -> str:
        scheme = scheme_of(address)
        return clean.line(f"apprise {scheme} {_host(address) if scheme in HOSTED else ''}".rstrip(), 80)

    async def check(self) -> str:
        version, services = await self._aside(library.count)
        return f"apprise: version {version}, {services} services; each contact is proved by a code"

    async def receive(self, request: Incoming, desk: Desk) -> Outgoing:
        return await door.receive(request, desk)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self._direct.close()

    async def _send(self, address: str, scheme: str, message: Message) -> Sent:
        button = self._ntfy_button(address, scheme, message)
        made = await self._aside(lambda: library.service(address + button))
        if made is None:
            raise NotSent("permanent", f"{scheme}: apprise cannot read this address", blames="contact")
        if self._direct.takes(scheme, made):
            return await self._direct.send(scheme, made, message)
        heard = await self._told(made, words.fitted(message, _room(scheme, made, message)), message)
        if not heard.taken and errors.status_of(heard.said) in errors.CONTENT:
            # Whatever it is that is refused: the least that can be said, without a button.
            made = await self._aside(lambda: library.service(address))
            heard = await self._told(made, words.least(message), message)
        return _judged(heard, scheme, address)

    async def _told(self, made: Any, text: words.Text, message: Message) -> library.Heard:
        mood = MOODS.get(message.kind, "info")
        return await self._aside(lambda: library.send(made, text, mood, self._guard))

    def _ntfy_button(self, address: str, scheme: str, message: Message) -> str:
        """What is added to an ntfy address: a button, pressed on the phone. An address with actions keeps its own."""
        if scheme not in ("ntfy", "ntfys") or not message.token or "actions=" in address:
            return ""
        press = {
            "action": "http", "label": "Acknowledge", "method": "POST", "clear": True,
            "url": f"{self._replies}/press?token={message.token}", "headers": {door.HEADER: door.PRESSED},
        }  # fmt: skip
        opens = {"action": "view", "label": "Open", "url": message.link}
        return f"{'&' if '?' in address else '?'}actions={quote(json.dumps([press, opens]))}"

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def scheme_of(address: str) -> str:
    """`ntfys` of `ntfys://…`; of a native URL (`https://discord.com/…`) its own scheme."""
    scheme, separator, _ = address.strip().partition("://")
    return clean.line(scheme.lower(), 20) if separator and scheme.isalnum() else "unknown"


def _host(address: str) -> str:
    try:
        parts = urlsplit(address.strip())
        return f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return ""


def _room(scheme: str, made: Any, message: Message) -> words.Room:
    room = library.room(made)
    if scheme not in ("ntfy", "ntfys"):
        return room
    narrow, wide = NTFY_ROOM
    plain = all(text.isascii() for text in words.fitted(message, room))
    return words.Room(narrow if plain else wide, room.title)


def _judged(heard: library.Heard, scheme: str, address: str) -> Sent:
    """Raises NotSent."""
    if heard.taken:
        return Sent(None, f"{scheme}: taken")
    if heard.refused is not None:
        raise Guard().refusal(heard.refused)
    said = [line for line in heard.said if errors.BROKEN not in line] or ["apprise gave no reason"]
    raise errors.fate(heard.said, library.masked(f"{scheme}: {said[-1]}", address))
