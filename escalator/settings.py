"""What a setting may be: a secret, a span, an address, a URL. Pure; each parser raises ValueError with the cure.

No error text repeats what was given: the caller does that where the value is no secret.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from escalator.core.instant import DAY, HOUR, MINUTE, SECOND, Span

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


class Secret:
    """A value that no log, traceback or `repr` shows; `reveal()` is where it leaves."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('********')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Place(NamedTuple):
    """Where the policies are: a folder, or a git repository."""

    url: str
    """Without what is secret. For a folder its path."""
    git: bool = False
    branch: str | None = None
    """None: the one that the repository itself calls its first (HEAD)."""
    path: str = ""
    """Inside the repository; empty for all of it."""
    login: Secret | None = None
    """`user:password` of an https URL."""

    def __str__(self) -> str:
        """As people may see it."""
        if not self.git:
            return self.url
        inside = f":{self.path}" if self.path else ""
        shown = self.url.replace("https://", "https://***@", 1) if self.login else self.url
        return f"{shown}#{self.branch or ''}{inside}" if self.branch or inside else shown


def token(text: str) -> Secret:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("write printable ASCII without spaces, as an HTTP header can carry it")
    return Secret(text)


def span(text: str) -> Span:
    """`90d`, `1h30m` as microseconds; raises ValueError."""
    parts = re.findall(r"(\d+)([smhdw])", text)
    if not parts or "".join(count + unit for count, unit in parts) != text:
        raise ValueError("write a number and a unit: 30s, 5m, 1h30m, 90d")
    return sum(int(count) * UNITS[unit] for count, unit in parts)


def retention(text: str) -> Span:
    kept = span(text)
    if kept < DAY:
        raise ValueError("keep at least 1d: the timeline of last night must be there this morning")
    return kept


def database(text: str) -> Secret:
    """A file, or a PostgreSQL database, by host or by the directory of its socket (`?host=/run/postgresql`)."""
    scheme, _, rest = text.partition("://")
    named = rest.partition("/")[2].partition("?")[0]
    if scheme not in ("sqlite+aiosqlite", "sqlite", "postgresql+asyncpg", "postgresql") or not named:
        raise ValueError("write sqlite+aiosqlite:///escalator.db or postgresql+asyncpg://user:password@host/database")
    return Secret(text)


def web_address(text: str) -> str:
    parts = _split(text, ("http", "https"), "write a whole URL: https://escalator.example.com")
    if parts.query or parts.fragment:
        raise ValueError("leave out what follows `?` or `#`")
    return text.rstrip("/")


def secret_address(text: str) -> Secret:
    _split(text, ("http", "https"), "write a whole URL: https://…")
    return Secret(text)


_GIT = re.compile(r"[a-z+]+://|[\w.-]+@[\w.-]+:(?!//)|[^#]*\.git/?(#|$)")
"""What is git's and no folder: a URL, `git@host:path`, a path that ends in `.git`."""
_BRANCH = re.compile(r"(?!/)(?!.*(\.\.|//|@\{|\.lock$|[/.]$))[\w./@+-]+")


def policies(text: str) -> Place:
    """A folder, or `URL#branch:path` of a git repository, where `#branch`, `:path` or both may be left out."""
    if not _GIT.match(text):
        return Place(text)
    url, _, rest = text.partition("#")
    branch, _, path = rest.partition(":")
    if branch and (not _BRANCH.fullmatch(branch) or branch.startswith("-")):
        raise ValueError("what follows `#` is a branch: https://git.example.com/oncall.git#main:policies")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError("the path after `:` is inside the repository: leave out `..`")
    return _repository(url)._replace(branch=branch or None, path="/".join(parts))


def _repository(url: str) -> Place:
    if "://" not in url:
        return Place(url, git=True)
    parts = _split(url, ("https", "ssh", "git", "file"), "write a folder, or a repository by https, ssh, git or file")
    user, at, address = parts.netloc.rpartition("@")
    if parts.scheme == "https" and at:
        name, _, password = user.partition(":")
        login = Secret(f"{unquote(name)}:{unquote(password)}")
        return Place(urlunsplit(parts._replace(netloc=address)), git=True, login=login)
    bare = f"{user.partition(':')[0]}@{address}" if at else address
    return Place(urlunsplit(parts._replace(netloc=bare)), git=True)


def interval(text: str) -> Span:
    every = span(text)
    if not 5 * SECOND <= every <= DAY:
        raise ValueError("write 5s at least and 1d at most")
    return every


def smtp(text: str) -> Secret:
    parts = _split(text, ("smtp",), "write smtp://user:password@host:587?tls=starttls")
    options = parse_qs(parts.query, keep_blank_values=True)
    if set(options) - {"tls"} or options.get("tls", ["starttls"])[-1] not in ("starttls", "implicit", "none"):
        raise ValueError("after `?` only tls=starttls, tls=implicit or tls=none may stand")
    return Secret(text)


def mailbox(text: str) -> str:
    if not re.fullmatch(r"[^\s<>]+@[^\s<>@]+|[^<>\r\n]+ <[^\s<>]+@[^\s<>@]+>", text):
        raise ValueError("write one address: escalator@example.com or Escalator <escalator@example.com>")
    return text


def account(text: str) -> str:
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", text):
        raise ValueError("write the account's SID: AC and 32 hexadecimal digits")
    return text


def caller(text: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32}", text):
        raise ValueError("write a number as +15551234567, or a messaging service's SID (MG…)")
    return text


def last_resort(text: str) -> Secret:
    return secret_address(text) if "://" in text else Secret(mailbox(text))


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError("write a number from 1 to 65535")
    return int(text)


def networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"write networks with commas between them, 10.2.0.0/16,127.0.0.0/8 ({error})") from error


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"write {', '.join(choices[:-1])} or {choices[-1]}")
        return text.lower()

    return parse


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(text: str, schemes: tuple[str, ...], cure: str) -> SplitResult:
    """The parts of a URL; urlsplit's own errors are dropped, because they may quote a password."""
    try:
        parts = urlsplit(text)
        if parts.scheme in schemes and (parts.hostname or parts.scheme == "file") and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise ValueError(cure)
