"""The apprise library, held: everything here runs in a thread of its own, and imports the library only there.

It connects with other libraries, to wherever an address or a redirect leads. So each connection is judged where the
kernel is asked for it, by Python's audit hook; what it says of a failure is only in its log, which is heard here.
"""

import logging
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import unquote

from escalator.channels import clean
from escalator.channels.apprise.words import Room, Text
from escalator.channels.network import Guard

PACE = 4.0
"""Seconds to connect, and for each read: a thread cannot be stopped, only outwaited."""
ASSET: dict[str, Any] = {
    "app_id": "Escalator", "app_desc": "Escalator", "http_redirects": False, "async_mode": False, "image_url_mask": "",
    "service_timeout": 0, "storage_mode": "memory", "pgp_autogen": False, "pem_autogen": False,
}  # fmt: skip
"""No pictures from a third party's server, nothing on disk, no threads of its own."""
SECRET = re.compile(r"[^\s/:@?&=,#;]{6,}")
"""Parts of an address that nobody may read in a log."""


class Heard(NamedTuple):
    """What came of a message."""

    taken: bool
    said: tuple[str, ...] = ()
    """The library's warnings, then the reasons of broken connections."""
    refused: str | None = None
    """Where it would have connected though the guard forbids it."""


class Watch:
    """What happens while one message is under way."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.said: list[str] = []
        self.refused: str | None = None


_watch: ContextVar[Watch | None] = ContextVar("apprise_watch", default=None)
_loading = Lock()
_hooked: list[bool] = []


class Ear(logging.Handler):
    """Hears what the library logs of the message under way, in whichever thread."""

    def emit(self, record: logging.LogRecord) -> None:
        watch = _watch.get()
        text = record.getMessage()
        if watch is not None and (record.levelno >= logging.WARNING or text.startswith("Socket Exception")):
            watch.said.append(text)


def service(address: str) -> Any | None:
    """The library's object for an address; None for one that it cannot read."""
    apprise = _loaded()
    known: dict[str, Any] = {name: value for name, value in ASSET.items() if hasattr(apprise.AppriseAsset, name)}
    known |= {name: ASSET[name] for name in ("service_timeout", "storage_mode") if _takes(apprise.AppriseAsset, name)}
    made = apprise.Apprise.instantiate(address, asset=apprise.AppriseAsset(**known))
    if made is None:
        return None
    made.redirects = False  # the address itself could ask for them
    made.retry = 0
    made.socket_connect_timeout = made.socket_read_timeout = PACE
    return made


def count() -> tuple[str, int]:
    """(version, services) of what is installed."""
    apprise = _loaded()
    return str(apprise.__version__), len(apprise.Apprise().details()["schemas"])


def send(made: Any, text: Text, mood: str, guard: Guard) -> Heard:
    """`mood`: `failure`, `success` or `info`."""
    one = _loaded().Apprise(asset=made.asset)
    one.add(made)
    with _watching(guard) as watch:
        try:
            taken = bool(one.notify(body=text.body, title=text.title, notify_type=mood, body_format="text"))
        except Exception as trouble:  # noqa: BLE001  a hundred plugins: what one of them raises is a failed message
            watch.said.append(f"{type(trouble).__name__}: {trouble}")
            taken = False
    return Heard(taken, tuple(watch.said), watch.refused)


def room(made: Any) -> Room:
    """What the service bears. Text becomes longer where it is made into HTML or Markdown."""
    formats = made.notify_format if isinstance(made.notify_format, tuple) else (made.notify_format,)
    plain = any(getattr(each, "value", each) == "text" for each in formats)
    body = int(made.body_maxlen)
    return Room(body if plain else body * 4 // 5, int(made.title_maxlen))


def masked(text: str, address: str) -> str:
    """One line, without the secret parts of the address."""
    for form in (address, unquote(address)):
        for part in sorted(SECRET.findall(form.partition("://")[2]), key=len, reverse=True):
            text = text.replace(part, "…")
    return clean.line(text, 200)


@contextmanager
def _watching(guard: Guard) -> Iterator[Watch]:
    watch = Watch(guard)
    before = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(before)


def _takes(kind: type, name: str) -> bool:
    """Whether a constructor of this version knows an argument."""
    return name in kind.__init__.__code__.co_varnames  # type: ignore[misc]


def _loaded() -> Any:
    """The library with all its plugins, which it finds at the first address; some of them import what is deprecated."""
    with _loading:
        if not _hooked:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import apprise

                apprise.Apprise.instantiate("json://localhost")
            _hook()
            _hooked.append(True)
    return sys.modules["apprise"]


def _hook() -> None:
    """Once per process: an audit hook stays."""
    sys.addaudithook(_judge)
    log = logging.getLogger("apprise")
    log.propagate = False  # it may quote addresses, which are secrets
    log.setLevel(logging.DEBUG)
    log.addHandler(Ear())


def _judge(event: str, arguments: tuple[Any, ...]) -> None:
    """Of connections that a message under way makes; of no others."""
    if event not in ("socket.connect", "socket.sendto"):
        return
    watch = _watch.get()
    if watch is None:
        return
    address = arguments[1]
    host = str(address[0]) if isinstance(address, tuple) else "a socket of this machine"
    if not watch.guard.permits(host):
        watch.refused = host
        raise PermissionError(f"{host} may not be reached")
