"""Renders the policies' own templates in a child that can be killed; what fails sends the built-in text.

Jinja2's sandbox stops what reaches out of a template, not what burns: nested ranges, or `'%1000000000d'|format`, hang.
One child a process, started when the first template is rendered, replaced when it overruns its second.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from escalator.channels import clean
from escalator.channels.base import Message, Words
from escalator.core.policy import Form, Templates

WITHIN = 1.0
"""Seconds for one message's templates, from when their turn comes."""
START_WITHIN = 5.0
"""Seconds for a child to begin: an interpreter and Jinja2, on a busy machine."""
PATIENCE = 4.0
"""Seconds to wait for others' templates: what is left of a send's deadline is for sending."""
REST = 60.0
"""Seconds for which templates that overran are not tried: each of their messages would cost everybody a second."""
RESTING = 1000
LINE = 4 * 1024 * 1024
"""Bytes of one answer."""
VALUE = 2000
"""Characters of a header's value."""
CHILD = (sys.executable, "-P", str(Path(__file__).with_name("template_child.py")))
KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")
"""Of our environment, which holds secrets."""


class Rendered(NamedTuple):
    """What became of a message's templates."""

    message: Message
    trouble: str = ""
    """Why the built-in text goes out instead; empty where it does not."""


class Failed(Exception):
    """Nothing was rendered, for this reason."""


class Renderer:
    """One per process."""

    def __init__(self, command: Sequence[str] = CHILD, within: float = WITHIN, patience: float = PATIENCE) -> None:
        self._command = command
        self._within = within
        self._patience = patience
        self._turn = asyncio.Lock()
        """First come, first served."""
        self._child: asyncio.subprocess.Process | None = None
        self._dying: set[asyncio.Task[None]] = set()
        self._resting: dict[Any, float] = {}
        """Until when (the loop's time) each set of templates rests."""

    async def render(self, message: Message, templates: Templates | None, form: Form | None) -> Rendered:
        """The message with `words` and `form` filled in, as far as they could be, and what could not. Each text of the
        words stands for itself; a form is whole or not there. Never raises.
        """
        asked = {f"words {name}": text for name, text in zip(Templates._fields, templates or (), strict=False) if text}
        if form is not None:
            asked |= {"body": form.body} if form.body is not None else {}
            asked |= {f"header {name}": text for name, text in form.headers}
        if not asked:
            return Rendered(message._replace(form=form))
        texts, errors = await self._rendered(asked, message)
        words = Words(*(texts.get(f"words {name}") for name in Words._fields))
        made = form if form is None or all(name in texts for name in _parts(form)) else None
        if made is not None:
            headers = tuple((name, clean.line(texts[f"header {name}"], VALUE)) for name, _ in made.headers)
            made = made._replace(body=texts.get("body"), headers=headers)
        why = "; ".join(f"{name}: {error}" for name, error in errors.items())
        trouble = f"template failed ({clean.line(why, 200)}): built-in text sent" if why else ""
        return Rendered(message._replace(words=words if any(words) else None, form=made), trouble)

    async def close(self) -> None:
        async with self._turn:
            self._end()
        await asyncio.gather(*self._dying)

    async def _rendered(self, asked: Mapping[str, str], message: Message) -> tuple[dict[str, str], dict[str, str]]:
        """Texts and errors by name. What is no template needs no child."""
        plain = {name: text for name, text in asked.items() if "{" not in text}
        wanted = {name: text for name, text in asked.items() if name not in plain}
        if not wanted:
            return plain, {}
        try:
            line = json.dumps({"templates": wanted, "fields": fields(message)}, default=str).encode() + b"\n"
            answer = await self._asked(tuple(wanted.values()), line)
            return plain | answer["texts"], answer["errors"]
        except (Failed, TypeError, ValueError, LookupError, RecursionError) as error:
            return plain, {"it": str(error)}

    async def _asked(self, which: tuple[str, ...], line: bytes) -> dict[str, Any]:
        """The child's answer, when it is our turn; raises Failed."""
        clock = asyncio.get_running_loop().time
        try:
            await asyncio.wait_for(self._turn.acquire(), self._patience)
        except TimeoutError:
            raise Failed("waited too long for others") from None
        try:
            if self._resting.get(which, 0.0) > clock():
                raise Failed("it overran just now")
            await self._begin()
            return await self._answer(line)
        except TimeoutError:
            self._rest(which, clock())
            raise Failed(f"it took more than {self._within:g} s") from None
        except (OSError, ValueError):
            self._rest(which, clock())
            raise Failed("the renderer died: out of memory?") from None
        finally:
            self._turn.release()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        """Raises TimeoutError, OSError, ValueError."""
        assert self._child is not None
        try:
            async with asyncio.timeout(self._within):
                return await _line(self._child, line)
        except BaseException:
            self._end()  # it hangs, died, or was left in the middle of an answer
            raise

    async def _begin(self) -> None:
        """Sees that a child listens; raises Failed."""
        if self._child is not None and self._child.returncode is None:
            return
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        pipe = asyncio.subprocess.PIPE
        try:
            async with asyncio.timeout(START_WITHIN):
                self._child = await asyncio.create_subprocess_exec(
                    *self._command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, limit=LINE,
                    env=environment,
                )  # fmt: skip
                await _line(self._child, b"")
        except (OSError, ValueError, TimeoutError) as error:
            self._end()
            raise Failed(f"the renderer does not start: {type(error).__name__}") from None
        except BaseException:
            self._end()
            raise

    def _rest(self, which: tuple[str, ...], now: float) -> None:
        if len(self._resting) >= RESTING:
            self._resting = {each: until for each, until in self._resting.items() if until > now}
        self._resting[which] = now + REST

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            task = asyncio.ensure_future(_buried(child))
            self._dying.add(task)
            task.add_done_callback(self._dying.discard)


async def _line(child: asyncio.subprocess.Process, line: bytes) -> dict[str, Any]:
    """One line there, one back; raises OSError, ValueError."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(line)
    await child.stdin.drain()
    answer = await child.stdout.readline()
    if not answer.endswith(b"\n"):
        raise OSError("it ended")
    found: dict[str, Any] = json.loads(answer)
    return found


async def _buried(child: asyncio.subprocess.Process) -> None:
    """Ends a child and its pipes; nobody waits for it."""
    if child.returncode is None:
        child.kill()
    with contextlib.suppress(OSError, ValueError):
        await child.communicate()


def _parts(form: Form) -> list[str]:
    return [f"header {name}" for name, _ in form.headers] + (["body"] if form.body is not None else [])


def fields(message: Message) -> dict[str, Any]:
    """What a template may name: core.policy.TEMPLATE_FIELDS."""
    return {
        "incident": dict(message.incident),
        "alerts": [dict(alert) for alert in message.alerts],
        "person": message.person,
        "target": message.target,
        "level": message.level,
        "round": message.round,
        "reason": message.reason,
        "kind": message.kind,
        "links": {"incident": message.link, "acknowledge": message.acknowledge},
        "others": [dict(each) for each in message.also],
    }
