"""How pages look and what they may do: templates with autoescape, one style sheet inline, no scripts at all."""

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
    if not text:
        return "–"
    moment = datetime.fromisoformat(text)
    return f"{moment.day} {moment:%b %H:%M:%S} UTC"


_environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["clock"] = _clock
_environment.globals["style"] = Markup(_STYLE)  # noqa: S704  our own file


def page(template: str, status: int = 200, headers: dict[str, str] | None = None, **words: Any) -> HTMLResponse:
    """A whole page."""
    text = _environment.get_template(template).render(words)
    # With no-referrer a browser would send its own form with `Origin: null`.
    fixed = {"content-security-policy": POLICY, "referrer-policy": "same-origin"}
    return HTMLResponse(text, status, fixed | (headers or {}))
