"""What people send with forms, and where they are led afterwards: the answer to a form is always another page.

What is said there once, and how to undo it, travels in a cookie that only we read, so that any replica can say it.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from escalator.web.fields import plain
from escalator.web.problems import Problem

SAID: Final = "escalator_said"
LONGEST: Final = 200_000
"""Bytes of a form: a thousand chosen incidents, or a long note."""
LONGEST_SAID: Final = 600
"""Characters of a sentence."""
LONGEST_COOKIE: Final = 3800
"""A cookie holds 4 kB: what would undo more than that cannot be undone by a button."""


class Said(NamedTuple):
    """A sentence that is shown once."""

    text: str
    tone: str = "done"
    """done, warn or bad."""
    undo: tuple[str, dict[str, list[str]]] | None = None
    """A path of ours, and the fields that are posted there."""


class Form:
    """The fields of one form, without what would fake other text."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self.fields = fields

    def text(self, name: str, default: str = "") -> str:
        """The first value, stripped."""
        return self.many(name)[0] if self.fields.get(name) else default

    def many(self, name: str) -> list[str]:
        # Browsers end the lines of a text area with both.
        return [plain(value.replace("\r\n", "\n")).strip() for value in self.fields.get(name, ())]


async def form_of(request: Request) -> Form:
    """Raises Problem for what no page of ours sends."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind not in ("application/x-www-form-urlencoded", ""):
        raise Problem(415, "Send the fields as application/x-www-form-urlencoded, as a page does.")
    body = await request.body()
    if len(body) > LONGEST:
        raise Problem(413, f"At most {LONGEST} bytes.")
    try:
        return Form(parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=5000))
    except ValueError as failure:
        raise Problem(400, "The fields cannot be read, or there are too many.") from failure


def back(
    request: Request,
    path: str,
    text: str = "",
    *,
    tone: str = "done",
    undo: tuple[str, Mapping[str, str | Sequence[str]]] | None = None,
    form: Form | None = None,
) -> Response:
    """Leads to `path`, or to the form's `next` where that is one of ours, and says `text` there."""
    wanted = form.text("next") if form else ""
    answer = RedirectResponse(wanted if local(wanted) else path, 303)
    if text:
        taken_back = (undo[0], {name: _listed(value) for name, value in undo[1].items()}) if undo else None
        word = _word(Said(text[:LONGEST_SAID], tone, taken_back))
        answer.set_cookie(SAID, word, 60, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _word(said: Said) -> str:
    word = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    return word if len(word) <= LONGEST_COOKIE else _word(said._replace(text=said.text[:200], undo=None))


def local(path: str) -> bool:
    """Whether this leads to a page of ours and nowhere else."""
    parts = urlsplit(path) if path.startswith("/") and "\\" not in path and path.isprintable() else None
    return parts is not None and not parts.netloc and not path.startswith("//")


def said_in(request: Request) -> Said | None:
    """What the last form came to; whoever shows it takes the cookie away."""
    word = request.cookies.get(SAID)
    try:
        found: Any = json.loads(base64.urlsafe_b64decode(word)) if word else None
        return Said(str(found[0]), str(found[1]), _undo(found[2])) if found else None
    except (ValueError, TypeError, LookupError, RecursionError, AttributeError):
        return None


def _undo(found: Any) -> tuple[str, dict[str, list[str]]] | None:
    if found is None or not local(str(found[0])):
        return None
    return str(found[0]), {str(name): [str(value) for value in values] for name, values in found[1].items()}
