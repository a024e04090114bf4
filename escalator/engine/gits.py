"""The git binary as a child process: no shell, no prompt, no hook, no end but its own or its deadline.

Law: what is secret travels in the child's environment, never in its arguments, and so in none of its errors; of our own
environment it gets nothing that begins with ESCALATOR_. Only https, ssh, git and files are spoken.
"""

import asyncio
import base64
import os
import re
import signal
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from escalator.core.instant import SECOND, Instant
from escalator.settings import Secret

DEADLINE = 60.0
"""Seconds for one call of git."""
LONGEST = 200
"""Characters of an author or a subject."""
FORMAT = "--format=%H%x00%an <%ae>%x00%s%x00%ct"
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_LEFT_OUT = ("ESCALATOR_", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX", "GIT_OBJECT", "GIT_ALTERNATE", "GIT_CONFIG_",
             "GIT_NAMESPACE", "GIT_TRACE", "GIT_COMMON_DIR", "GIT_PREFIX")  # fmt: skip
_ALWAYS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false",
    "protocol.ext.allow=never", "submodule.recurse=false", "advice.detachedHead=false", "log.showSignature=false",
)  # fmt: skip


class Commit(NamedTuple):
    id: str
    author: str
    subject: str
    at: Instant


class GitFailed(ValueError):
    """What git said, or that it said nothing in time."""


async def git(
    folder: Path, *words: str, feed: bytes = b"", login: tuple[str, Secret] | None = None, deadline: float = DEADLINE
) -> bytes:
    """Standard output. `login`: (https URL, `user:password`) to be known by. Raises GitFailed."""
    pipe, none = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    settings = [part for setting in _ALWAYS for part in ("-c", setting)]
    try:
        child = await asyncio.create_subprocess_exec(
            "git", *settings, *words, cwd=folder, env=_environment(login), start_new_session=True,
            stdin=pipe if feed else none, stdout=pipe, stderr=pipe,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise GitFailed("there is no git on this machine: install it, or give a folder") from error
    try:
        async with asyncio.timeout(deadline):
            out, err = await child.communicate(feed or None)
    except RuntimeError as error:
        # uvloop's word for a child that ended before it had read all that it was fed.
        raise GitFailed(f"git {words[0]} ended too soon") from error
    except TimeoutError:
        raise GitFailed(f"git {words[0]} did not end within {deadline:g} s") from None
    finally:
        if child.returncode is None:
            # The whole session: ssh, or whatever else git started.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
    if child.returncode:
        raise GitFailed(_said(err) or f"git {words[0]} ended with {child.returncode}")
    return out


async def commit(folder: Path, revision: str) -> Commit:
    """Raises GitFailed."""
    return read_commit(await git(folder, "log", "-1", FORMAT, revision, "--"))


def read_commit(raw: bytes) -> Commit:
    id, author, subject, at = raw.decode("utf-8", "replace").strip("\n").split("\x00")
    return Commit(id, _plain(author), _plain(subject), int(at) * SECOND)


async def commit_of_work_tree(path: Path) -> Commit | None:
    """The commit that a folder shows; None where it is no part of a work tree, or differs from the commit."""
    whole, folder = await asyncio.to_thread(work_tree, path)
    if folder is None:
        return None
    try:
        if await git(folder, "--no-optional-locks", "status", "--porcelain", "--", str(whole), deadline=5.0):
            return None
        return await commit(folder, "HEAD")
    except (GitFailed, OSError, ValueError):
        return None


def work_tree(path: Path) -> tuple[Path, Path | None]:
    """The whole path; and the folder to ask git in, None where none above it is a repository."""
    whole = path.absolute()
    folder = whole if whole.is_dir() else whole.parent
    return whole, folder if any((above / ".git").exists() for above in (folder, *folder.parents)) else None


def _environment(login: tuple[str, Secret] | None) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    env |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https:ssh:git:file",
        "LC_ALL": "C",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }
    if login is not None:
        url, secret = login
        words = base64.b64encode(secret.reveal().encode()).decode()
        env |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"http.{url}.extraHeader"}
        env["GIT_CONFIG_VALUE_0"] = f"Authorization: Basic {words}"
    return env


def _said(err: bytes) -> str:
    """The lines that matter, on one."""
    lines = [line.strip() for line in err.decode("utf-8", "replace").splitlines()]
    grave = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ssh:"))] or lines[-2:]
    return _plain("; ".join(grave), 500)


def _plain(text: str, longest: int = LONGEST) -> str:
    return _UNFIT.sub(" ", text).strip()[:longest]
