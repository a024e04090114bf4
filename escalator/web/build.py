"""All doors together: one FastAPI application behind the gate."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from escalator.web import (
    devices,
    events,
    explanation,
    feeds,
    health,
    incidents,
    oncall,
    openapi,
    people,
    policies,
    problems,
    reading,
    record,
    rehearsal,
    replies,
    swaps,
    tokens,
    windows,
)
from escalator.web.gate import Gate
from escalator.web.ingest import IngestDoor
from escalator.web.insight import door as insight
from escalator.web.needs import Needs
from escalator.web.pages import assets, links, listening, phone, signin
from escalator.web.pages import devices as device_pages
from escalator.web.pages.incidents import acts, listing, one
from escalator.web.pages.incidents import views as saved_views
from escalator.web.pages.insight import exports, show
from escalator.web.pages.oncall import room as oncall_pages
from escalator.web.pages.policies import room as policy_pages
from escalator.web.pages.silences import room as silence_pages
from escalator.web.pages.system import outbox, overview, records
from escalator.web.pages.system import people as access_pages

ROUTERS = (
    incidents,
    explanation,
    reading,
    record,
    rehearsal,
    windows,
    oncall,
    swaps,
    feeds,
    people,
    policies,
    events,
    tokens,
    health,
    replies,
    links,
    listing,
    acts,
    saved_views,
    one,
    devices,
    device_pages,
    assets,
    listening,
    phone,
    signin,
    overview,
    access_pages,
    records,
    outbox,
    oncall_pages,
    policy_pages,
    silence_pages,
    insight,
    show,
    exports,
)


def application(needs: Needs) -> FastAPI:
    """The doors behind the gate: everything but the senders'."""
    app = FastAPI(
        title="Escalator",
        version=needs.version,
        description="Alerts become incidents; people are paged until somebody acknowledges.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.needs = needs
    app.state.feed = events.Feed(needs.database)
    app.state.guesses = links.guesses()
    app.state.wrong_tokens = signin.wrong_tokens()
    app.state.trials = device_pages.trials()
    problems.install(app)
    for room in ROUTERS:
        # Not include_router: it hides the routes, and the test that walks them must see every one.
        app.router.routes.extend(room.router.routes)
    openapi.install(app)
    return app


def build(needs: Needs) -> ASGIApp:
    """What the server runs."""
    return Gate(application(needs), IngestDoor(needs), open_mode=needs.open_mode, public_url=needs.public_url)
