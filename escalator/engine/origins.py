"""Where policies come from: a folder that is read at each look, or a branch of a git repository that is pulled.

Law: an origin only says what is there; whether that runs is decided in `revisions`. What cannot be had raises, and the
last good revision runs on.
"""

import asyncio
from pathlib import Path
from typing import NamedTuple, Protocol

from escalator.engine import gits
from escalator.engine.checkout import Mirror
from escalator.language import Unreadable, digest, load_sources
from escalator.settings import Place
from escalator.store.revisions import Stamp


class Offer(NamedTuple):
    """What an origin holds."""

    digest: str
    sources: dict[str, str]
    stamp: Stamp


class Unusable(ValueError):
    """Why nothing is offered; `stamp` has a commit where one was found that cannot be read."""

    def __init__(self, text: str, stamp: Stamp) -> None:
        super().__init__(text)
        self.stamp = stamp


class Origin(Protocol):
    @property
    def shown(self) -> str:
        """Its name, without what is secret."""

    @property
    def far(self) -> bool:
        """Whether it has to be pulled before it offers something new."""

    async def pull(self) -> None:
        """Looks afresh; what fails is told by the next `offer`."""

    async def offer(self) -> Offer | None:
        """None before the first pull. Raises Unusable."""

    async def close(self) -> None: ...


def origin_of(place: Place | Path) -> Origin:
    """A folder is never taken for a repository's address: that is the settings' to tell."""
    if isinstance(place, Place) and place.git:
        return Repository(place)
    return Folder(Path(place.url if isinstance(place, Place) else place))


class Folder:
    """A directory, or one file; where it is part of a clean git work tree, the commit is told with it."""

    far = False

    def __init__(self, path: Path) -> None:
        self.shown = str(path)
        self._path = path
        self._last = Offer("", {}, Stamp())

    async def pull(self) -> None:
        """Each offer is fresh."""

    async def offer(self) -> Offer:
        try:
            sources = await asyncio.to_thread(load_sources, self._path)
        except (OSError, ValueError) as error:
            self._last = Offer("", {}, Stamp())
            raise Unusable(f"{self.shown}: {error}", Stamp(self.shown)) from error
        content = digest(sources)
        if content != self._last.digest:
            self._last = Offer(content, sources, await self._stamp())
        return self._last

    async def close(self) -> None:
        """Nothing is held."""

    async def _stamp(self) -> Stamp:
        commit = await gits.commit_of_work_tree(self._path)
        return Stamp(self.shown, *commit) if commit else Stamp(self.shown)


class Repository:
    """A branch of a git repository. Those who ask while a pull runs share the next one."""

    far = True

    def __init__(self, place: Place) -> None:
        self.shown = str(place)
        self._mirror = Mirror(place)
        self._lock = asyncio.Lock()
        self._asked = self._served = 0
        self._offer: Offer | None = None
        self._failure: Unusable | None = None

    async def pull(self) -> None:
        self._asked += 1
        mine = self._asked
        async with self._lock:
            if self._served >= mine:
                return
            self._served = self._asked
            await self._pull()

    async def _pull(self) -> None:
        try:
            commit, sources = await self._mirror.fetch()
        except (OSError, ValueError) as error:
            found = self._mirror.commit if isinstance(error, Unreadable) else None
            stamp = Stamp(self.shown, *found) if found else Stamp(self.shown)
            self._failure = Unusable(f"{self.shown}: {error}", stamp)
            return
        self._failure = None
        self._offer = Offer(digest(sources), sources, Stamp(self.shown, *commit))

    async def offer(self) -> Offer | None:
        if self._failure is not None:
            raise self._failure
        return self._offer

    async def close(self) -> None:
        await self._mirror.close()
