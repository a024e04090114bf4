"""One way out: claims what is due, sends it, records the attempt.

A lane claims at most as many rows as it has senders free, so that no claimed row waits behind another's send; a hanging
provider fills its own lane and delays no other. Claims and results join the group commit.
"""

import asyncio
from collections import Counter
from typing import NamedTuple

import structlog

from escalator.channels.base import SEND_DEADLINE, Channel, Message, NotSent
from escalator.channels.templates import Renderer
from escalator.core.instant import SECOND, Instant, Span
from escalator.core.notification import Outcome
from escalator.engine.breaker import Breaker
from escalator.engine.claims import Claims, Letter, Report
from escalator.engine.metrics import Metrics
from escalator.store.db import Database, Unavailable

log = structlog.get_logger()

POLL = 1.0
"""Seconds between looks at the outbox: the truth where every wake-up was lost."""

LATEST_START = SEND_DEADLINE / 2
"""Seconds after its claim. A process that stood still in between (suspended, out of memory) lets the row go instead:
the incident may be acknowledged by now, the lease over, the message sent by somebody else."""

RECORDING = 25.0
"""Seconds for which a result is tried to be written; later the lease is over and the row is somebody else's."""


class Answer(NamedTuple):
    """What came of one attempt."""

    outcome: Outcome
    detail: str
    receipt: str | None = None
    retry_after: float | None = None
    acknowledged: bool = False
    blames_provider: bool = False
    """It failed, and not for this one contact's sake."""


class Lane:
    """One way out."""

    def __init__(
        self, via: str, channel: Channel | None, database: Database, claims: Claims, metrics: Metrics,
        breaker: Breaker, renderer: Renderer,
    ) -> None:  # fmt: skip
        self._via = via
        self._renderer = renderer
        self._breaker = breaker
        self._spacing = int((channel.spacing if channel else 0) * SECOND)
        self._resting: dict[str, Instant] = {}
        """Until when each contact bears no further message; only where the way out is paced."""
        self._channel = channel
        self._database = database
        self._claims = claims
        self._metrics = metrics
        self._free = channel.at_once if channel else 8
        self._at_a_time, self._share = max(1, self._free // 2), max(1, self._free // 4)
        """Rows in one claim, and how many sends a contact may have under way to be in it: a receiver that hangs fills
        at most three quarters of the senders, and others get by.
        """
        self._flying: Counter[str] = Counter()
        self._full: frozenset[str] = frozenset()
        self._eased = False
        """A contact bears more again, which a claim under way may not have seen."""
        self._idle = asyncio.Event()
        self._idle.set()
        self._again = False
        self._sends: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be something to send."""
        self._again = True
        self._claims.call(self._via)

    async def run(self) -> None:
        """Until cancelled. Without work it rides with the transaction that next puts something in the outbox."""
        while True:
            await self._idle.wait()
            await self._claim(ride=not self._again)

    async def _claim(self, *, ride: bool) -> None:
        wanted = min(self._free, self._at_a_time)
        self._free -= wanted
        if not self._free:
            self._idle.clear()
        self._eased = False
        letters = await self._claimed(wanted, ride=ride)
        self._release(wanted - len(letters))
        # Whoever called us before this claim was committed is served by it: answers come in the order of commits.
        self._again = len(letters) == wanted or self._eased
        for letter in letters:
            self._departs(letter.row.contact)
            task = asyncio.ensure_future(self._send(letter))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)

    async def _claimed(self, wanted: int, *, ride: bool) -> list[Letter]:
        try:
            return await self._claims.claim(self._via, wanted, ride=ride, resting=self._rest)
        except Unavailable as error:
            log.warning("claim failed", via=self._via, error=str(error))
        except Exception as error:  # noqa: BLE001  a row that cannot be claimed must not end the lane: others can
            log.error("claim failed", via=self._via, error=repr(error))
        await asyncio.sleep(POLL)
        return []

    def _release(self, senders: int) -> None:
        self._free += senders
        if self._free:
            self._idle.set()

    async def _send(self, letter: Letter) -> None:
        started = self._database.now()
        answer = await self._attempt(letter)
        if answer.retry_after is not None:
            self._rests(letter.row.contact, int(answer.retry_after * SECOND))
        # The sender is free once the provider answered; that the result is still to be written delays nobody.
        self._release(1)
        self._lands(letter.row.contact)
        took = self._database.now() - started
        self._metrics.attempted(self._via, answer.outcome.value, took / SECOND)
        retry_after = None if answer.retry_after is None else int(answer.retry_after * SECOND)
        acknowledged = answer.acknowledged and letter.form is not None and letter.form.acknowledges
        report = Report(
            letter.row, started, took, answer.outcome, answer.detail, answer.receipt, retry_after, letter.others,
            acknowledged, asked=letter.message is not None and self._channel is not None,
        )  # fmt: skip
        await self._record(report)

    async def _attempt(self, letter: Letter) -> Answer:
        if letter.message is None or self._channel is None:
            return Answer(Outcome.PERMANENT, letter.trouble or f"channel {self._via} is not configured")
        late = (self._database.now() - letter.claimed_at) / SECOND
        if late > LATEST_START:
            return Answer(Outcome.TEMPORARY, f"not sent: this process stood still for {late:.0f} s after its claim")
        provider = self._channel.provider(letter.address)
        refusal = self._breaker.refusal(provider, self._database.now())
        if refusal is not None:
            return Answer(Outcome.TEMPORARY, refusal[0], None, max(1.0, (refusal[1] - self._database.now()) / SECOND))
        answer = await self._try(letter, late)
        if answer.blames_provider:
            self._breaker.failed(provider, answer.detail, self._database.now())
        else:
            self._breaker.passed(provider)
        return answer

    async def _try(self, letter: Letter, late: float) -> Answer:
        assert self._channel is not None
        assert letter.message is not None
        try:
            # What is left of the deadline, so that nothing lands later than that after its claim.
            async with asyncio.timeout(SEND_DEADLINE - late):
                message, trouble = await self._worded(letter)
                sent = await self._channel.send(letter.address, message)
        except NotSent as error:
            # A provider that asks for patience is well.
            down = error.outcome != "permanent" and error.retry_after is None and error.blames == "provider"
            return Answer(Outcome(error.outcome), error.detail, None, error.retry_after, blames_provider=down)
        except TimeoutError:
            return Answer(Outcome.AMBIGUOUS, f"no answer within {SEND_DEADLINE:g} s", blames_provider=True)
        except Exception as error:  # noqa: BLE001  a channel's bug is one failed attempt, never a dead lane
            log.error("channel failed", via=self._via, error=repr(error))
            return Answer(Outcome.TEMPORARY, f"internal error: {type(error).__name__}")
        outcome = Outcome.DELIVERED if sent.delivered else Outcome.SENT
        detail = "; ".join(filter(None, (sent.detail, trouble)))
        return Answer(outcome, detail, sent.receipt, acknowledged=sent.acknowledged)

    async def _worded(self, letter: Letter) -> tuple[Message, str]:
        """The message in the policy's own words where it has any; and why not, where that failed."""
        assert letter.message is not None
        if letter.templates is None and letter.form is None:
            return letter.message, ""
        return await self._renderer.render(letter.message, letter.templates, letter.form)

    def _rest(self, now: Instant) -> list[str]:
        """Who bears nothing at that instant; asked by the database's thread."""
        return [*self._full, *(contact for contact, until in self._resting.items() if until > now)]

    def _departs(self, contact: str) -> None:
        self._flying[contact] += 1
        if self._flying[contact] >= self._share:
            self._full |= {contact}
        self._rests(contact, self._spacing)

    def _lands(self, contact: str) -> None:
        self._flying[contact] -= 1
        if self._flying[contact] <= 0:
            del self._flying[contact]
        if contact in self._full and self._flying.get(contact, 0) < self._share:
            self._full -= {contact}
            self._ease()

    def _ease(self) -> None:
        self._eased = True
        self.wake()

    def _rests(self, contact: str, span: Span) -> None:
        """A paced contact bears nothing for a while; then this lane looks again."""
        if self._spacing and span > 0:
            now = self._database.now()
            until = max(now + span, self._resting.get(contact, 0))
            # A new value each time: another thread may be reading the old one.
            self._resting = {who: at for who, at in self._resting.items() if at > now} | {contact: until}
            asyncio.get_running_loop().call_later(span / SECOND, self._ease)

    async def _record(self, report: Report) -> None:
        try:
            async with asyncio.timeout(RECORDING):
                while not await self._recorded(report):  # noqa: ASYNC110  the database does not say when it is back
                    await asyncio.sleep(POLL)
        except TimeoutError:
            log.error("result lost", outbox=report.row.id, outcome=report.outcome.value)

    async def _recorded(self, report: Report) -> bool:
        try:
            await self._claims.record(report)
        except Unavailable:
            return False
        except Exception as error:  # noqa: BLE001  what cannot be written now: the lease ends, and it is sent again
            log.error("result refused", outbox=report.row.id, error=repr(error))
        return True

    async def stop(self, patience: float) -> None:
        """Lets sends that are under way end; what does not is taken over when its lease ends."""
        if self._sends:
            await asyncio.wait(self._sends, timeout=patience)
        for task in self._sends:
            task.cancel()
        if self._channel is not None:
            await self._channel.close()
