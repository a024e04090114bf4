"""`/policies/codes/CODE`: what a finding means, the least text that has it, and the same text cured."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.language.codes import CODES, nearest
from escalator.language.codes.page import shown
from escalator.web.access import AnyNeeds
from escalator.web.pages.entry import PageReader
from escalator.web.pages.frame import console
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)


@router.get("/policies/codes/{code}")
@router.head("/policies/codes/{code}")
async def show_code(needs: AnyNeeds, visitor: PageReader, request: Request, code: str) -> HTMLResponse:
    """As `escalator policy explain`."""
    known = CODES.get(code.upper())
    if known is None:
        raise Problem(404, f"There is no code {code[:20]!r}; did you mean {nearest(code[:20])}?")
    return console(
        request, needs, visitor, "policies/code.html", at="policies", code=known, wrong=shown(known.wrong),
        right=shown(known.right),
    )  # fmt: skip
