"""What the doors ask for is what the engine gives: this function exists for the type checker."""

from escalator.engine.contacts import Contacts
from escalator.engine.desk import Desk
from escalator.engine.devices import Devices
from escalator.engine.feeds import Feeds
from escalator.engine.intake import Intake
from escalator.engine.keys import Keys
from escalator.engine.lifecycle import Lifecycle
from escalator.engine.links import Links
from escalator.engine.metrics import Metrics
from escalator.engine.revisions import Revisions
from escalator.engine.standing import Standings
from escalator.engine.swaps import Swaps
from escalator.engine.upkeep import Upkeep
from escalator.engine.views import Views
from escalator.engine.windows import Windows
from escalator.store.db import Database
from escalator.web.needs import Needs
from tests.web.conftest import House


def fits(
    database: Database,
    intake: Intake,
    lifecycle: Lifecycle,
    windows: Windows,
    swaps: Swaps,
    feeds: Feeds,
    contacts: Contacts,
    devices: Devices,
    revisions: Revisions,
    standings: Standings,
    views: Views,
    keys: Keys,
    links: Links,
    desk: Desk,
    upkeep: Upkeep,
    metrics: Metrics,
) -> Needs:
    return Needs(
        database=database,
        intake=intake,
        lifecycle=lifecycle,
        windows=windows,
        swaps=swaps,
        feeds=feeds,
        contacts=contacts,
        devices=devices,
        revisions=revisions,
        standings=standings,
        views=views,
        keys=keys,
        links=links,
        desk=desk,
        doors={},
        upkeep=upkeep,
        metrics=metrics,
        public_url="http://localhost:8080",
        open_mode=True,
        version="0",
    )


def test_an_incidents_address_has_one_slash_however_the_public_url_ends(house: House) -> None:
    house.settings["public_url"] = "https://esc.example/base/"
    assert house.needs.incident_url(42) == "https://esc.example/base/incidents/42"
