"""The pen: elements of SVG as text, escaped; how wide words are, roughly; how they are cut and broken into lines.

Law: every word that is drawn goes through `plain`: labels come from outside.
"""

import unicodedata
from collections.abc import Sequence
from html import escape

LONGEST = 400
"""Characters of one text that are looked at: what is longer is cut anyway."""
NARROW, WIDE = frozenset("iIljft.,:;|!'()[] "), frozenset("mwMWOQ@%—→")


def plain(text: str, longest: int = LONGEST) -> str:
    """On one line, without control characters and overrides of direction, and without heaps of accents."""
    kept: list[str] = []
    heap = 0
    for character in text[:longest]:
        heap = heap + 1 if unicodedata.combining(character) else 0
        if heap <= 2:
            kept.append(character if character.isprintable() else " ")
    return "".join(kept) + ("…" if len(text) > longest else "")


def em(text: str) -> float:
    """The width, in heights of the font; on the generous side, for fonts differ."""
    return sum(map(_em, text))


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.1
    if unicodedata.combining(character):
        return 0
    return 0.4 if character in NARROW else 0.95 if character in WIDE else 0.7 if character.isupper() else 0.61


def fitted(text: str, width: float, size: float) -> str:
    """The text, or as much of it as fits with an ellipsis; nothing where not even three characters would."""
    text = plain(text)
    if em(text) * size <= width:
        return text
    kept = text
    while kept and em(kept + "…") * size > width:
        kept = kept[:-1]
    return kept.rstrip() + "…" if len(kept) > 2 else ""


def first_that_fits(texts: Sequence[str], width: float, size: float) -> str:
    """Of the same words ever shorter, the first that fits whole; else the last, cut."""
    for text in texts:
        if em(plain(text)) * size <= width:
            return plain(text)
    return fitted(texts[-1], width, size) if texts else ""


def broken(text: str, width: float, size: float, most: int) -> list[str]:
    """At blanks, into at most so many lines; the last is cut."""
    lines: list[str] = []
    words = plain(text, 1000).split()
    while words and len(lines) < most - 1:
        line = words.pop(0)
        while words and em(f"{line} {words[0]}") * size <= width:
            line += f" {words.pop(0)}"
        lines.append(fitted(line, width, size))
    return [*lines, fitted(" ".join(words), width, size)] if words else lines


def folded(name: str, width: float, size: float) -> list[str]:
    """A name on one line, or on two of 13, broken behind a hyphen or dot if there is one."""
    name = plain(name)
    if em(name) * size <= width:
        return [name]
    most = next(length for length in range(len(name), -1, -1) if em(name[:length]) * 13 <= width)
    cut = max(name.rfind(sign, 0, most) for sign in "-._/ ") + 1 or most
    return [name[:cut], fitted(name[cut:], width, 13)]


def element(name: str, children: str = "", **attributes: object) -> str:
    """`class_` is `class`, `_` in names is `-`."""
    said = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{said}>{children}</{name}>" if children else f"<{name}{said}/>"


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    return number(value) if isinstance(value, float) else escape(plain(str(value)))


def number(value: float) -> str:
    """Short, and the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: str, class_: str) -> str:
    return element("text", escape(plain(words)), x=float(x), y=float(y), class_=class_)


def title(words: str) -> str:
    return element("title", escape(plain(words)) or "–")


def rect(x: float, y: float, width: float, height: float, class_: str, children: str = "", rx: float = 0) -> str:
    round_ = {"rx": float(rx)} if rx else {}
    size = {"x": float(x), "y": float(y), "width": max(0.0, float(width)), "height": float(height)}
    return element("rect", children, **size, class_=class_, **round_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    return element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=class_)
