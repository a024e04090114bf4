"""What takes seconds to work out, the guarantees' proof and what a change changes, without holding up anything.

Law: one at a time, each in a child that this process outlives; what was found is kept, so that looking again costs
nothing. Nothing here is needed to page anybody.
"""

import asyncio
import json
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec
import structlog

from escalator.core.instant import MINUTE, Instant, Span

log = structlog.get_logger()

CHILD: Final = (sys.executable, "-m", "escalator.rehearsal.studying")
DEADLINE: Final = 120.0
"""Seconds. 200 people in 50 teams take 8."""
KEPT: Final = 16
"""Answers that are kept, the newest."""
WAITING: Final = 4
"""Studies that wait for their turn; whoever asks for more is told to come back."""
AGAIN: Final[Span] = MINUTE
"""What failed is tried again only after that."""


class Answer(NamedTuple):
    """What is known of a study."""

    state: Literal["working", "found", "failed", "busy"]
    at: Instant
    """Since when it is worked upon, or when it ended."""
    found: Any = None
    """The child's JSON; of what failed, why."""


class Studies:
    """One per process."""

    def __init__(self, now: Callable[[], Instant], child: Sequence[str] = CHILD, deadline: float = DEADLINE) -> None:
        self._now = now
        self._child = child
        self._deadline = deadline
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._turn = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def known(self, key: str) -> Answer | None:
        """None: nobody asked, or it failed and may be tried again."""
        answer = self._answers.get(key)
        if answer is not None and answer.state == "failed" and self._now() - answer.at > AGAIN:
            return None
        return answer

    def begin(self, key: str, study: str, asked: Mapping[str, Any]) -> Answer:
        """Works it out, unless it is known or being worked out. `asked`: what JSON can say, or is already."""
        known = self.known(key)
        if known is not None:
            return known
        if len(self._tasks) > WAITING:
            return Answer("busy", self._now())
        answer = Answer("working", self._now())
        self._keep(key, answer)
        self._tasks[key] = asyncio.ensure_future(self._work(key, msgspec.json.encode({"study": study, **asked})))
        return answer

    async def answer(self, key: str, patience: float) -> Answer | None:
        """As `known`, after so many seconds at most."""
        if (task := self._tasks.get(key)) is not None:
            await asyncio.wait([task], timeout=patience)
        return self.known(key)

    async def stop(self) -> None:
        """Ends what is under way."""
        for task in tuple(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        # One that was ended before it began had no say.
        for key in tuple(self._tasks):
            del self._tasks[key], self._answers[key]

    async def _work(self, key: str, asked: bytes) -> None:
        try:
            async with self._turn:
                state, found = await self._outcome(asked)
        except BaseException:
            # The process ends, or what nobody thought of: it is not being worked out any more.
            self._answers.pop(key, None)
            raise
        finally:
            del self._tasks[key]
        if state == "failed":
            log.warning("a study failed", study=key, why=found)
        self._keep(key, Answer(state, self._now(), found))

    async def _outcome(self, asked: bytes) -> tuple[Literal["found", "failed"], Any]:
        try:
            return "found", await self._ask(asked)
        except TimeoutError:
            return "failed", f"it took longer than {self._deadline:g} s"
        except (OSError, ValueError) as error:
            return "failed", str(error)[:200]

    def _keep(self, key: str, answer: Answer) -> None:
        self._answers[key] = answer
        self._answers.move_to_end(key)
        done = [each for each in self._answers if each not in self._tasks and each != key]
        for old in done[: max(0, len(self._answers) - KEPT)]:
            del self._answers[old]

    async def _ask(self, asked: bytes) -> Any:
        """Raises TimeoutError, OSError, ValueError."""
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(*self._child, stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            async with asyncio.timeout(self._deadline):
                said, complained = await child.communicate(asked)
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            raise ValueError(_last(complained) or f"it ended with {child.returncode}")
        return json.loads(said)


def _last(complained: bytes) -> str:
    lines = complained.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
