r"""How texts of the language are spelled. The loader matches them whole; the schema shows editors the same sources.

`\w` means Unicode here and ASCII to editors, so it stands inside brackets only, where `ecma` can spell it out.
"""

import re

DURATION = re.compile(r"(?:([0-9]{1,9})w)?(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?")
TURN = re.compile(r"([1-9][0-9]{0,3})([mhdw])")
WHOLE = re.compile(r"[0-9]{1,9}")
FACTOR = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)x")
CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
WALL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]")
PLACE = re.compile(r"(?!Etc/)[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_RANGE = re.compile("(?:{0})(?:-(?:{0}))?".format("|".join(DAYS)))
SECRET = re.compile(r"secret:[A-Za-z_][A-Za-z0-9_]*")
MAIL = re.compile(r"[^@\s]+@[^@\s]+")
SLACK = re.compile(r"#[^\s#]{1,80}|[A-Z][A-Z0-9]{2,20}|[^@\s]+@[^@\s]+")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
NAME = re.compile(r"[\w](?:[\w .@+-]{0,98}[\w.@+-])?")


def ecma(*patterns: re.Pattern[str], words: tuple[str, ...] = ()) -> str:
    """One pattern for JSON Schema that takes a whole text which is one of the words, or which a pattern takes whole."""
    sources = [*words, *(pattern.pattern if pattern.flags & re.ASCII else _unicode(pattern) for pattern in patterns)]
    return f"^(?:{'|'.join(sources)})$"


def _unicode(pattern: re.Pattern[str]) -> str:
    return pattern.pattern.replace(r"\w", r"\p{L}\p{N}_")
