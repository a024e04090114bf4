"""What strangers wrote, made harmless: labels, annotations and providers' answers pass through here before a person,
a header or a log sees them. Nothing here raises, whatever it is given.

Harmless means: no controls, no invisible or bidirectional tricks, no half characters, no endless text, no link but to
http and https.
"""

import re
from typing import Any
from unicodedata import category
from urllib.parse import urlsplit

JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiner: several scripts and most family emoji are misspelt without them."""
LINK_LENGTH = 2000


def line(text: Any, limit: int = 200) -> str:
    """One line of at most `limit` characters; whatever would break the line is a space."""
    text = text if isinstance(text, str) else str(text)
    text = text[: 4 * limit]  # what is left of an endless text after the cut cannot exceed this
    if not text.isprintable():
        text = " ".join("".join(map(_harmless, text)).split())
    return cut(text.strip(), limit)


def block(text: Any, limit: int = 2000, lines: int = 40) -> tuple[str, ...]:
    """At most `lines` lines and `limit` characters in all."""
    text = text if isinstance(text, str) else str(text)
    found = [line(part, limit) for part in re.split(r"[\n\r\v\f\x85\u2028\u2029]+", text[: 2 * limit])]
    kept: list[str] = []
    room = limit
    for part in filter(None, found):
        if room <= 0 or len(kept) == lines:
            kept[-1] = cut(kept[-1] + " …", limit)
            break
        kept.append(cut(part, room))
        room -= len(part)
    return tuple(kept)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; an ellipsis shows that there was more."""
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"


def link(url: Any) -> str | None:
    """The address, if a person may be sent there: http or https, a host, no credentials, nothing unprintable."""
    if not isinstance(url, str) or not url.isascii() or not 10 <= len(url) <= LINK_LENGTH:
        return None
    if not url.isprintable() or any(c in url for c in " \"'<>\\^`{|}"):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and parts.username is None else None


def host(url: str) -> str:
    """Where a link leads, for a person who is about to follow it."""
    return cut(urlsplit(url).hostname or "", 60)


def _harmless(character: str) -> str:
    if character.isprintable() or character in JOINERS:
        return character
    kind = category(character)
    if kind == "Cf":
        return ""
    if kind in ("Cs", "Co") or character == "\0" or (ord(character) & 0xFFFE) == 0xFFFE:
        return "\ufffd"
    # An unassigned character may be an emoji younger than this Python's tables.
    return character if kind == "Cn" else " "
