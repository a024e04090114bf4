"""A bare mirror of one branch's newest commit, and the policy files in it. Nothing is checked out, nothing is run.

Law: it lies in a folder of its own that others cannot read and goes with the process; when anything fails it is thrown
away, and the next pull begins anew. Files are read as git stores them: no filter, no symbolic link, no submodule.
"""

import asyncio
import re
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from escalator.engine import gits
from escalator.engine.gits import Commit, GitFailed, git
from escalator.language.sources import MOST, Unreadable, is_calendar, is_policy, largest, unreadable
from escalator.settings import Place

TIP = "refs/escalator/tip"
RENEWED = 200
"""New commits after which the mirror is made anew: what older ones left behind goes with it."""
HOME: str | None = None
"""Where mirrors lie; None: where this machine keeps what is temporary."""
LINK, FILES = "120000", ("100644", "100755", "100664")


class Entry(NamedTuple):
    mode: str
    id: str
    size: int
    name: str


class Mirror:
    """Belongs to one Repository, which fetches once at a time."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._folder: Path | None = None
        self.commit: Commit | None = None
        """What was fetched last, whether its files could be read or not."""
        self._last: tuple[Commit, dict[str, str]] | None = None
        self._fetched = 0

    async def fetch(self) -> tuple[Commit, dict[str, str]]:
        """The newest commit of the branch, and its sources; raises GitFailed, Unreadable."""
        try:
            return await self._fetch()
        except GitFailed:
            await self.close()
            raise

    async def close(self) -> None:
        folder, self._folder, self._fetched = self._folder, None, 0
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _fetch(self) -> tuple[Commit, dict[str, str]]:
        if self._fetched >= RENEWED:
            await self.close()
        if self._folder is None:
            self._folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="escalator-git-", dir=HOME))
            await git(self._folder, "init", "--quiet", "--bare", "--template=")
        await self._pull(self._folder)
        self.commit = commit = await gits.commit(self._folder, TIP)
        if self._last is None or self._last[0] != commit:
            self._fetched += 1
            self._last = commit, await sources_at(self._folder, commit, self._place.path)
        return self._last

    async def _pull(self, folder: Path) -> None:
        place = self._place
        source = f"refs/heads/{place.branch}" if place.branch else "HEAD"
        login = (place.url, place.login) if place.login else None
        try:
            await git(
                folder, "fetch", "--quiet", "--force", "--depth=1", "--no-tags", "--no-recurse-submodules",
                "--no-write-fetch-head", "--", place.url, f"+{source}:{TIP}", login=login,
            )  # fmt: skip
        except GitFailed as error:
            if "couldn't find remote ref" in str(error):
                raise GitFailed(f"there is no branch {place.branch or 'HEAD'} in it") from error
            raise GitFailed(f"it cannot be fetched: {error}") from error


async def sources_of(path: Path, revision: str) -> dict[str, str]:
    """What a path of a work tree held at another revision; raises GitFailed, Unreadable."""
    whole, folder = await asyncio.to_thread(gits.work_tree, path)
    if folder is None:
        raise GitFailed(f"{path} is not in a git repository")
    above = (await git(folder, "rev-parse", "--show-prefix")).decode().strip()
    inside = above.rstrip("/") if whole == folder else f"{above}{whole.name}"
    return await sources_at(folder, await gits.commit(folder, revision), inside)


async def sources_at(folder: Path, commit: Commit, path: str) -> dict[str, str]:
    """Policy files of a commit, at or below a path; raises GitFailed, Unreadable."""
    root = f"{commit.id}:{path}"
    try:
        kind = (await git(folder, "cat-file", "-t", root)).decode().strip()
    except GitFailed as error:
        raise Unreadable((unreadable(path, f"commit {commit.id[:12]} has no such path"),)) from error
    if kind == "tree":
        return await _read(folder, await _entries(folder, root))
    size = int(await git(folder, "cat-file", "-s", root))
    id = (await git(folder, "rev-parse", root)).decode().strip()
    return await _read(folder, [Entry("100644", id, size, path.rpartition("/")[2])])


async def _entries(folder: Path, root: str) -> list[Entry]:
    """Policy files and calendars below a tree. Hidden ones are left out, as on a disk."""
    listed = (await git(folder, "ls-tree", "--full-tree", "-r", "-z", "-l", root)).decode("utf-8", "replace")
    found = []
    for line in listed.split("\0")[:-1]:
        about, _, name = line.partition("\t")
        mode, _, id, size = about.split()
        last = name.rpartition("/")[2]
        if (is_policy(last) or is_calendar(last)) and not re.search(r"(^|/)\.", name):
            found.append(Entry(mode, id, int(size) if size.isdigit() else 0, name))
    if len(found) > MOST:
        raise Unreadable((unreadable("", f"more than {MOST} policy files: is this the right place?"),))
    return found


async def _read(folder: Path, entries: list[Entry]) -> dict[str, str]:
    """Text by name. What is left out silently could be the policy that pages: it is refused instead."""
    failed = [unreadable(each.name, why) for each in entries if (why := _unfit(each))]
    if failed:
        raise Unreadable(tuple(failed))
    if not entries:
        return {}
    ids = "".join(f"{each.id}\n" for each in entries).encode()
    raw = await git(folder, "cat-file", "--batch", "--buffer", feed=ids)
    texts, at = {}, 0
    for each in entries:
        start = raw.index(b"\n", at) + 1
        at = start + each.size + 1
        texts[each.name] = raw[start : start + each.size].decode("utf-8", "surrogateescape")
    return {name: texts[name] for name in sorted(texts)}


def _unfit(each: Entry) -> str | None:
    most = largest(each.name)
    if each.mode == LINK:
        return "a symbolic link is not followed in git: commit the file itself"
    if each.mode not in FILES:
        return "this is no file"
    return f"{each.size} bytes are more than {most}: split it" if each.size > most else None
