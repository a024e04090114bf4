"""Where a browser signs in, with a token or with a link that works once, and out; and where it says who sits there.

A link is opened by mail scanners too: opening it shows a button, and pressing that uses it up.
"""

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from escalator.core.instant import MINUTE, SECOND
from escalator.engine.keys import Grant
from escalator.engine.sessions import LIFE
from escalator.web.access import AnyNeeds, Public, grant_of, implied
from escalator.web.needs import Needs
from escalator.web.pages.entry import COOKIE, ME, PageReader, same_site
from escalator.web.pages.forms import Form, back, form_of, local
from escalator.web.pages.looks import page
from escalator.web.problems import Problem
from escalator.web.tally import Tally

router = APIRouter(include_in_schema=False)

WRONG: Final = "This token is unknown, expired or revoked."
INGEST: Final = "This token only lets alerts in. Signing in needs one with the scope read, ack or admin."


def wrong_tokens() -> Tally:
    """By address: a token has 256 bits, so the limit only spares the database."""
    return Tally(20, MINUTE)


@router.get("/sign-in")
@router.head("/sign-in")
async def show_sign_in(needs: AnyNeeds, grant: Public, request: Request) -> Response:
    """The form."""
    wanted = request.query_params.get("next", "")
    return page("signin.html", next=wanted if local(wanted) else "", problem="", word="")


@router.post("/sign-in")
async def sign_in(needs: AnyNeeds, grant: Public, request: Request) -> Response:
    """Opens a session with what the token allows."""
    same_site(request)
    form, problem = await form_of(request), ""
    token = form.text("token")
    found = await _found(needs, request, token)
    if found is None:
        problem = WRONG
    elif not implied("read", found):
        problem = INGEST
    else:
        return _signed(needs, form, await needs.sessions.open(found, token))
    return page("signin.html", 401, next=form.text("next"), problem=problem, word="")


@router.get("/sign-in/{word}")
@router.head("/sign-in/{word}")
async def show_link(needs: AnyNeeds, grant: Public, word: str) -> Response:
    """The button. Changes nothing, however often it is opened."""
    if not await needs.sessions.good(word):
        return _over()
    return page("signin.html", next="", problem="", word=word)


@router.post("/sign-in/{word}")
async def use_link(needs: AnyNeeds, grant: Public, request: Request, word: str) -> Response:
    """Opens a session and uses the link up."""
    same_site(request)
    cookie = await needs.sessions.redeem(word)
    return _over() if cookie is None else _signed(needs, await form_of(request), cookie)


@router.post("/sign-out")
async def sign_out(needs: AnyNeeds, visitor: PageReader, request: Request) -> Response:
    """Ends this browser's session."""
    if cookie := request.cookies.get(COOKIE):
        await needs.sessions.end(cookie)
    answer = RedirectResponse("/sign-in", 303)
    # What the browser kept of the pages goes too (what the worker kept, it forgets itself: with the storage the worker
    # would go, and with it the pushes that page this person); cookies by name, for others may live on this host.
    answer.headers["clear-site-data"] = '"cache"'
    answer.delete_cookie(COOKIE)
    answer.delete_cookie(ME)
    return answer


@router.post("/me")
async def say_who(needs: AnyNeeds, visitor: PageReader, request: Request) -> Response:
    """Who sits at this browser, where its token names nobody: acts carry the name."""
    form = await form_of(request)
    person = form.text("person")
    if person and person not in needs.revisions.book.people:
        raise Problem(422, f"The policies know no person {person!r}.")
    answer = back(request, "/", f"You act as {person} here." if person else "You act without a name here.", form=form)
    _keep(needs, answer, ME, quote(person))
    return answer


async def _found(needs: Needs, request: Request, token: str) -> Grant | None:
    """Raises Problem 429 for whoever guesses."""
    client = request.client.host if request.client else ""
    now, wrong = needs.database.now(), request.app.state.wrong_tokens
    if wrong.full(client, now):
        raise Problem(429, "Too many wrong tokens from this address: wait a minute.", headers={"retry-after": "60"})
    found = await grant_of(needs, token) if token else None
    if found is None:
        wrong.add(client, now)
    return found


def _signed(needs: Needs, form: Form, cookie: str) -> Response:
    wanted = form.text("next")
    answer = RedirectResponse(wanted if local(wanted) else "/", 303)
    _keep(needs, answer, COOKIE, cookie)
    return answer


def _keep(needs: Needs, answer: Response, name: str, value: str) -> None:
    # Lax, not strict: whoever follows a link from a chat at night is signed in there.
    secure = needs.public_url.startswith("https:")
    answer.set_cookie(name, value, LIFE // SECOND, secure=secure, httponly=True, samesite="lax")


def _over() -> Response:
    lines = [
        "It was used, is over (it lives for an hour), or was not copied whole.",
        "Sign in with a token instead: escalator token create makes one.",
    ]
    return page("message.html", 404, title="This link leads nowhere", lines=lines)
