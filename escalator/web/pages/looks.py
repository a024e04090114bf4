"""How pages are written: templates with autoescape. And the public ones, with one style sheet inline and no scripts."""

import base64
import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

_HERE = Path(__file__).parent
# Ours, without a character that HTML would read: Markup keeps it as it is, so that its hash stays true.
_STYLE = (_HERE / "templates" / "page.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


def _clock(text: str | None) -> str:
    """`2026-03-04T03:10:00Z` as `4 Mar 03:10:00 UTC`."""
    return _written(text, "%b %H:%M:%S UTC")


def _minute(text: str | None) -> str:
    """`2026-03-04T03:10:00Z` as `4 Mar 03:10 UTC`."""
    return _written(text, "%b %H:%M UTC")


def _written(text: str | None, form: str) -> str:
    if not text:
        return "–"
    moment = datetime.fromisoformat(text)
    return f"{moment.day} {moment.strftime(form)}"


def _apart(text: str | None, now: str) -> str:
    """How far an instant is from now, in either direction: `45 s`, `12 min`, `3 h 20 min`, `5 d`."""
    if not text:
        return "–"
    seconds = int(abs((datetime.fromisoformat(text) - datetime.fromisoformat(now)).total_seconds()))
    if seconds < 90:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        rest = seconds % 3600 // 60
        return f"{seconds // 3600} h {rest} min" if rest else f"{seconds // 3600} h"
    return f"{seconds // 86_400} d"


environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.filters["clock"] = _clock
environment.filters["minute"] = _minute
environment.filters["apart"] = _apart
environment.globals["style"] = Markup(_STYLE)  # noqa: S704  our own file


def page(template: str, status: int = 200, headers: dict[str, str] | None = None, **words: Any) -> HTMLResponse:
    """A whole public page."""
    text = environment.get_template(template).render(words)
    # With no-referrer a browser would send its own form with `Origin: null`.
    fixed = {"content-security-policy": POLICY, "referrer-policy": "same-origin"}
    return HTMLResponse(text, status, fixed | (headers or {}))
