"""`/system/outbox`: in the sandbox, each message as it would look where it would have arrived.

A letter is a document of its own, in a frame that may do nothing: what strangers wrote stands in it.
"""

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from escalator.channels.registry import seen
from escalator.channels.sandbox import Kept
from escalator.core.instant import rfc3339
from escalator.web.access import AnyNeeds
from escalator.web.needs import Needs
from escalator.web.pages.entry import PageAdmin
from escalator.web.pages.frame import POLICY, console
from escalator.web.problems import Problem

router = APIRouter(include_in_schema=False)

PAGE: Final = 30
LETTER: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'; sandbox"


@router.get("/system/outbox")
@router.head("/system/outbox")
async def show_outbox(
    needs: AnyNeeds, visitor: PageAdmin, request: Request, via: str = "", person: str = ""
) -> HTMLResponse:
    """The newest, by channel and person where asked."""
    found = [] if needs.outbox is None else needs.outbox.newest(1000)
    vias = sorted({each.delivered.via for each in found})
    fits = [each for each in found if via in ("", each.delivered.via) and person in ("", each.delivered.person)]
    headers = {"content-security-policy": f"{POLICY}; frame-src 'self'"}
    return console(
        request, needs, visitor, "system/outbox.html", at="system", tab="outbox", headers=headers, vias=vias, via=via,
        person=person, sandbox=needs.outbox is not None, number=len(fits),
        messages=[_shown(each) for each in fits[:PAGE]],
    )  # fmt: skip


@router.get("/system/outbox/{number}/letter")
async def show_letter(needs: AnyNeeds, visitor: PageAdmin, number: int) -> HTMLResponse:
    """The letter alone, as a mail client would show it."""
    look = seen(*_message(needs, number))
    if look.look != "letter":
        raise Problem(404, "This message was no letter.")
    return HTMLResponse(look.html or "", headers={"content-security-policy": LETTER, "x-frame-options": "SAMEORIGIN"})


def _message(needs: Needs, number: int) -> tuple[str, Any]:
    kept = needs.outbox.find(number) if needs.outbox is not None else None
    if kept is None:
        raise Problem(404, "The sandbox keeps no such message any more.")
    return kept.delivered.via, kept.message


def _shown(kept: Kept) -> dict[str, Any]:
    told = kept.delivered
    return {
        "number": kept.number, "at": rfc3339(told.at), "via": told.via, "person": told.person, "address": told.address,
        "kind": told.kind, "incident": told.incident, "acknowledge": told.acknowledge,
        "seen": seen(told.via, kept.message),
    }  # fmt: skip
