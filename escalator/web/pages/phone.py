"""The console as an app on a phone: what it is called there, and the worker that keeps what was seen last.

One worker serves the console and the devices' page: a browser has one for each address, and push belongs to it.
"""

import hashlib
import json
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from escalator.web.access import Public
from escalator.web.pages.assets import ASSETS, asset
from escalator.web.pages.entry import COOKIE, Visitor

router = APIRouter(include_in_schema=False)

WORKERS: Final = ("offline.js", "worker.js")
APART: Final = {*WORKERS, "push.js"}
"""Scripts of no page of the console."""
SHELL: Final = [
    asset(name) for name in ASSETS if name not in APART and name.endswith((".css", ".js", ".svg", "icon.png"))
]
"""What every page needs to look like itself: kept before it is asked for."""

# A worker lives under the policy that came with it, not under its page's.
_POLICY: Final = "default-src 'none'; connect-src 'self'; img-src 'self'"
_MARK: Final = hashlib.sha256(" ".join(SHELL).encode()).hexdigest()[:12]
_BEGINNING: Final = f'"use strict";\nconst SHELL = {json.dumps(SHELL)}, MARK = "{_MARK}";\n'
_WORKER: Final = _BEGINNING.encode() + b"\n".join(ASSETS[name].content for name in WORKERS)


@router.get("/app.webmanifest")
async def manifest(grant: Public) -> Response:
    """Makes the console an app of its own on the home screen; it opens with what burns."""
    return Response(ASSETS["console.webmanifest"].content, media_type="application/manifest+json")


@router.get("/worker.js")
async def worker(grant: Public) -> Response:
    """What shows notifications and answers when one is pressed, and what is shown where the line is down."""
    headers = {"service-worker-allowed": "/", "content-security-policy": _POLICY, "cache-control": "no-cache"}
    return Response(_WORKER, headers=headers, media_type="text/javascript")


def seat(request: Request, visitor: Visitor) -> str:
    """A mark of this session and of who sits there: what one has seen is not shown to another."""
    session = request.cookies.get(COOKIE, visitor.grant.id)
    return hashlib.sha256(f"seat\0{session}\0{visitor.name}".encode()).hexdigest()[:16]
