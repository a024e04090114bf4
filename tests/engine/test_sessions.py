"""Sessions on both databases: they open, hold, and end with what opened them."""

import asyncio

from escalator.core.instant import HOUR, SECOND
from escalator.engine.keys import Grant, Keys, hashed
from escalator.engine.sessions import LIFE, LINK_LIFE, Sessions
from escalator.store.db import Database
from escalator.store.sessions import OUTSIDE

ADMIN = Grant("", "first link", None, ("admin",))


class Clock:
    """A database's clock that a test moves."""

    def __init__(self, database: Database) -> None:
        self._real = database.now
        self.by = 0
        database.now = self

    def __call__(self) -> int:
        return self._real() + self.by


async def test_a_session_has_what_its_token_allows_and_ends_with_it(database: Database) -> None:
    keys, sessions = Keys(database, "test"), Sessions(database, "test")
    id, token = await keys.create("phone", ("ack",), "alice", None, "admin")
    grant = await keys.find(token)
    assert grant is not None
    cookie = await sessions.open(grant, token)
    found = await sessions.find(cookie)
    assert found is not None
    assert (found.grant, found.token) == (Grant(id, "phone", "alice", ("ack",)), hashed(token))
    await keys.revoke(id, "admin")
    assert await Sessions(database, "test").find(cookie) is None
    clock = Clock(database)
    clock.by = 6 * SECOND
    assert await sessions.find(cookie) is None, "here within seconds"


async def test_a_session_of_the_settings_token_needs_no_row_of_it(database: Database) -> None:
    sessions = Sessions(database, "test")
    cookie = await sessions.open(Grant(OUTSIDE, "admin token", None, ("admin",)), "outside")
    found = await sessions.find(cookie)
    assert found is not None
    assert (found.grant.id, found.token) == (OUTSIDE, hashed("outside"))


async def test_a_session_ends_by_itself_and_by_signing_out(database: Database) -> None:
    sessions, clock = Sessions(database, "test"), Clock(database)
    cookie = await sessions.open(Grant(OUTSIDE, "admin token", None, ("admin",)), "outside")
    other = await sessions.open(Grant(OUTSIDE, "admin token", None, ("admin",)), "outside")
    await sessions.end(cookie)
    assert await sessions.find(cookie) is None
    assert await sessions.find(other) is not None
    clock.by = LIFE
    assert await sessions.find(other) is None
    assert await sessions.find("made up") is None


async def test_a_link_opens_one_session_however_many_press_it(database: Database) -> None:
    sessions = Sessions(database, "test")
    assert await sessions.untouched()
    word = await sessions.invite(ADMIN)
    assert await sessions.good(word)
    assert await sessions.find(word) is None, "a link is no cookie"
    cookies = await asyncio.gather(*(sessions.redeem(word) for _ in range(8)))
    [cookie] = [each for each in cookies if each]
    found = await sessions.find(cookie)
    assert found is not None
    assert found == (ADMIN, None)
    assert not await sessions.good(word)
    assert not await sessions.untouched()


async def test_a_link_lives_for_an_hour(database: Database) -> None:
    sessions, clock = Sessions(database, "test"), Clock(database)
    word = await sessions.invite(ADMIN)
    clock.by = LINK_LIFE
    assert LINK_LIFE == HOUR
    assert not await sessions.good(word)
    assert await sessions.redeem(word) is None
