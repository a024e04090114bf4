"""`/system/audit`: who did what to the service itself, the newest first."""

import json
from typing import Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from escalator.core.instant import rfc3339
from escalator.store.health import Act
from escalator.web.access import AnyNeeds
from escalator.web.pages.entry import PageAdmin
from escalator.web.pages.frame import console

router = APIRouter(include_in_schema=False)

PAGE: Final = 100
KINDS: Final = (
    "silence",
    "override",
    "swap",
    "token",
    "session",
    "policy",
    "contact",
    "device",
    "feed",
    "prune",
    "seal",
)
"""First words of what is written down; `seal` is one a minute, and shown only where it is asked for."""


@router.get("/system/audit")
@router.head("/system/audit")
async def show_audit(
    needs: AnyNeeds, visitor: PageAdmin, request: Request, act: str = "", before: int | None = Query(None, ge=1)
) -> HTMLResponse:
    """A page of it; `before`: the entry with which the page before ended."""
    wanted = act if act in KINDS else None
    found = await needs.vitals.acts(act=wanted, before=before, limit=PAGE + 1)
    older = found[PAGE - 1].id if len(found) > PAGE else None
    entries = [_shown(each) for each in found[:PAGE]]
    return console(
        request, needs, visitor, "system/audit.html", at="system", tab="audit", entries=entries, act=wanted or "",
        kinds=KINDS, older=older, sandbox=needs.outbox is not None, newest=before is None,
    )  # fmt: skip


def _shown(entry: Act) -> dict[str, Any]:
    try:
        detail = json.loads(entry.detail)
    except ValueError:
        detail = entry.detail
    pairs = detail.items() if isinstance(detail, dict) else [("", detail)]
    words = {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in pairs}
    return {
        "at": rfc3339(entry.at), "by": entry.by, "act": entry.act, "detail": words,
        "chain": f"{entry.writer} {entry.number}",
    }  # fmt: skip
