"""The console's own files: style, scripts, icons. Each carries its content's mark: a browser asks once."""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import Final, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from escalator.web.access import Public
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)

HERE: Final = Path(__file__).parent / "static"
FOREVER: Final = "public, max-age=31536000, immutable"
SHOWN: Final = {".css", ".js", ".svg", ".png", ".webmanifest"}
TYPES: Final = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


class Asset(NamedTuple):
    content: bytes
    small: bytes
    """Compressed; empty where that gains nothing."""
    media: str
    mark: str


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    small = gzip.compress(content, 9, mtime=0)
    media = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    gains = len(small) < len(content) * 0.9
    return Asset(content, small if gains else b"", media, hashlib.sha256(content).hexdigest()[:12])


ASSETS: Final = {path.name: _read(path) for path in sorted(HERE.iterdir()) if path.suffix in SHOWN}


def asset(name: str) -> str:
    """Where a page finds it; raises KeyError for a name that is not there."""
    return f"/assets/{name}?v={ASSETS[name].mark}"


@router.get("/assets/{name}")
@router.head("/assets/{name}")
async def show_asset(grant: Public, request: Request, name: str) -> Response:
    """One file. Without its mark (scripts import each other so) a browser asks whether it changed."""
    found = ASSETS.get(name)
    if found is None:
        raise Problem(404, f"There is no file {name!r}.")
    known = request.query_params.get("v") == found.mark
    headers = {"etag": f'"{found.mark}"', "cache-control": FOREVER if known else "no-cache", "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if found.small and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.small, headers=headers | {"content-encoding": "gzip"}, media_type=found.media)
    return Response(found.content, headers=headers, media_type=found.media)
