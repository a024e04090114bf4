"""What becomes of revisions in the database: admitted, refused and kept waiting, rolled back. Each is one transaction.

Law: numbers only grow, and an admitted content is never changed. What was admitted before comes back only by a wish: a
rollback, a disk that this process watched change, or a commit that is newer than all that were taken.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.core.effects import Refused
from escalator.core.instant import Instant
from escalator.engine.origins import Offer
from escalator.store import audit, revisions
from escalator.store.db import Database
from escalator.store.revisions import Revision, Stamp, Waiting


class Wanted(NamedTuple):
    """A content that compiles and keeps its promises."""

    offer: Offer
    deliberate: bool
    """This disk held the newest revision and changed since: an older content is a wish, not a lag."""


class Refusal(NamedTuple):
    """Why a content is not admitted."""

    digest: str
    stamp: Stamp
    reason: str
    diagnostics: tuple[dict[str, Any], ...] = ()


class Rollback(NamedTuple):
    number: int
    by: str


class Admissions:
    """One per process. Every method raises Unavailable."""

    def __init__(self, database: Database, writer: str) -> None:
        self._database = database
        self._writer = writer

    async def stale(self, wanted: Wanted) -> str | None:
        """Why this ran before and is not to run again; None: it may be judged."""
        if await self._database.read(lambda c: revisions.known(c, wanted.offer.digest)) is None:
            return None
        return await self._database.write(self._stale, wanted)

    async def admit(self, wanted: Wanted) -> int | str:
        """The number under which it runs, or why it does not."""
        return await self._database.write(self._admit, wanted)

    async def refuse(self, refusal: Refusal) -> None:
        """Every replica shows it from now on."""
        await self._database.write(self._refuse, refusal)

    async def settle(self, at: Instant) -> None:
        """What runs is what the origin held at that instant: nothing older waits."""
        waits = await self._database.read(revisions.waiting)
        if waits is not None and waits.at < at:
            await self._database.write(self._settle, at)

    async def roll_back(self, number: int, by: str) -> int:
        """The number of the new revision with that content; raises Refused."""
        answer: int | str = await self._database.write(self._roll_back, Rollback(number, by))
        if isinstance(answer, str):
            raise Refused(answer)
        return answer

    def _admit(self, connection: Connection, items: Sequence[Wanted]) -> Sequence[int | str]:
        return [self._admit_one(connection, *item) for item in items]

    def _admit_one(self, connection: Connection, offer: Offer, deliberate: bool) -> int | str:
        newest = revisions.newest_number(connection)
        if newest and revisions.known(connection, offer.digest) == newest:
            return newest
        if stale := self._stale_one(connection, offer, deliberate):
            return stale
        number = revisions.admit(connection, self._new(newest + 1, offer, self._writer))
        detail: dict[str, Any] = {"revision": number, "digest": offer.digest}
        if offer.stamp.commit:
            detail |= {"commit": offer.stamp.commit, "origin": offer.stamp.origin}
        self._note(connection, self._writer, "policy.admit", detail)
        return number

    def _new(self, number: int, offer: Offer, by: str, restores: int | None = None) -> Revision:
        return Revision(number, offer.digest, offer.sources, self._database.now(), by, offer.stamp, restores)

    def _stale(self, connection: Connection, items: Sequence[Wanted]) -> Sequence[str | None]:
        return [self._stale_one(connection, *item) for item in items]

    def _stale_one(self, connection: Connection, offer: Offer, deliberate: bool) -> str | None:
        """That somebody rolled it back is for every replica to show."""
        known = revisions.known(connection, offer.digest)
        if known is None or deliberate or _newer(connection, offer):
            return None
        live = revisions.heads(connection, 1)[0]
        if known == live.number:
            return None
        if live.restores is None or live.restores >= known:
            return "the policies on this disk were admitted before and something newer is live: they are not run again"
        reason = (
            f"these policies ran as revision {known}, and {live.by} rolled back to revision {live.restores} (live as "
            f"{live.number}): they run again when something in them changes, or by escalator policy rollback {known}"
        )
        self._keep(connection, Refusal(offer.digest, offer.stamp, reason))
        return reason

    def _refuse(self, connection: Connection, items: Sequence[Refusal]) -> Sequence[None]:
        self._keep(connection, items[-1])
        return [None] * len(items)

    def _keep(self, connection: Connection, item: Refusal) -> None:
        waits = Waiting(item.digest, item.stamp, item.reason, item.diagnostics, self._database.now(), self._writer)
        revisions.keep_waiting(connection, waits)

    def _settle(self, connection: Connection, items: Sequence[Instant]) -> Sequence[None]:
        revisions.nothing_waits(connection, max(items))
        return [None] * len(items)

    def _roll_back(self, connection: Connection, items: Sequence[Rollback]) -> Sequence[int | str]:
        return [self._roll_back_one(connection, *item) for item in items]

    def _roll_back_one(self, connection: Connection, number: int, by: str) -> int | str:
        found, live = revisions.load(connection, number), revisions.heads(connection, 1)
        if found is None or not live:
            return f"there is no revision {number}: escalator policy history lists them"
        if live[0].digest == found.digest:
            # Run once more because the reply of the commit was lost, or asked for twice: it is done.
            return live[0].number if live[0].restores == number else f"revision {number} is what runs already"
        offer = Offer(found.digest, found.sources, found.stamp)
        made = revisions.admit(connection, self._new(live[0].number + 1, offer, by, number))
        self._note(connection, by, "policy.rollback", {"revision": made, "restores": number, "digest": found.digest})
        return made

    def _note(self, connection: Connection, by: str, act: str, detail: dict[str, Any]) -> None:
        audit.append(connection, self._writer, self._database.now(), by, act, detail)


def _newer(connection: Connection, offer: Offer) -> bool:
    """Whether a content that ran before was committed anew, after all that was taken: a revert, and no lag."""
    stamp, last = offer.stamp, revisions.taken(connection)
    if last is None or stamp.commit is None or stamp.committed_at is None or revisions.met(connection, stamp.commit):
        return False
    return offer.digest != last.digest and stamp.committed_at >= (last.stamp.committed_at or 0)
