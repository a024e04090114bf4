"""Renders the policies' own templates in a child that can be killed; what fails sends the built-in text.

Jinja2's sandbox stops what reaches out of a template, not what burns: nested ranges, or `'%1000000000d'|format`, hang.
One child a process, started when the first template is rendered, replaced when it overruns its second.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from escalator.channels import clean
from escalator.channels.base import Message, Words
from escalator.core.policy import Form, Templates

WITHIN = 1.0
"""Seconds for one message's templates."""
START_WITHIN = 3.0
"""Seconds more for the first one of a child: it has to start."""
LINE = 4 * 1024 * 1024
"""Bytes of one answer."""
VALUE = 2000
"""Characters of a header's value."""


class Rendered(NamedTuple):
    """What became of a message's templates."""

    message: Message
    trouble: str = ""
    """Why the built-in text goes out instead; empty where it does not."""


class Renderer:
    """One per process."""

    def __init__(self, command: Sequence[str] = (sys.executable, "-m", "escalator.channels.template_child")) -> None:
        self._command = command
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._dying: set[asyncio.Task[None]] = set()

    async def render(self, message: Message, templates: Templates | None, form: Form | None) -> Rendered:
        """The message with `words` and `form` filled in; as it was, with the reason, where that fails."""
        asked = {f"words {name}": text for name, text in zip(Templates._fields, templates or (), strict=False) if text}
        if form is not None:
            asked |= {"body": form.body} if form.body is not None else {}
            asked |= {f"header {name}": text for name, text in form.headers}
        if not asked:
            return Rendered(message._replace(form=form))
        try:
            texts = await self._asked(asked, fields(message))
        except (OSError, ValueError, TimeoutError) as error:
            return Rendered(message, f"template failed ({clean.line(error, 120) or 'it took too long'}): built-in text")
        words = Words(*(texts.get(f"words {name}") for name in Words._fields)) if templates else None
        made = None
        if form is not None:
            headers = tuple((name, clean.line(texts[f"header {name}"], VALUE)) for name, _ in form.headers)
            made = form._replace(body=texts.get("body"), headers=headers)
        return Rendered(message._replace(words=words, form=made))

    async def close(self) -> None:
        async with self._turn:
            self._end()
        await asyncio.gather(*self._dying)

    async def _asked(self, templates: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, str]:
        """Raises ValueError with the child's reason, TimeoutError, OSError."""
        line = json.dumps({"templates": templates, "fields": given}).encode() + b"\n"
        async with self._turn:
            try:
                return await self._answer(line)
            except BaseException as error:
                if not isinstance(error, ValueError):
                    self._end()  # it hangs, died, or was left in the middle of an answer
                raise

    async def _answer(self, line: bytes) -> dict[str, str]:
        patience = WITHIN
        if self._child is None or self._child.returncode is not None:
            patience += START_WITHIN
            pipe = asyncio.subprocess.PIPE
            self._child = await asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, limit=LINE
            )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        async with asyncio.timeout(patience):
            self._child.stdin.write(line)
            await self._child.stdin.drain()
            answer = await self._child.stdout.readline()
        if not answer:
            raise OSError("the renderer died: out of memory?")
        found = json.loads(answer)
        if "error" in found:
            raise ValueError(found["error"])
        texts: dict[str, str] = found["texts"]
        return texts

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            task = asyncio.ensure_future(_buried(child))
            self._dying.add(task)
            task.add_done_callback(self._dying.discard)


async def _buried(child: asyncio.subprocess.Process) -> None:
    """Ends a child and its pipes; nobody waits for it."""
    if child.returncode is None:
        child.kill()
    with contextlib.suppress(OSError, ValueError):
        await child.communicate()


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
