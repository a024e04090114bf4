"""One incident under whatever may happen to it, in any order: what must be true stays true.

Each step goes through `books.sound`, which says what; and through the Walk, which notices a message that the outbox
would take for one that was sent already. Here stand the laws that need a before and an after.
"""

from contextlib import suppress
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from escalator.core import events
from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.effects import Kind, Refused
from escalator.core.incident import Status
from escalator.core.instant import DAY, HOUR, MINUTE, SECOND
from escalator.core.policy import Policy, Repage, Route
from tests.core.books import (
    CRITICAL,
    INFO,
    NIGHT,
    NOON,
    WARNING,
    Walk,
    book,
    level,
    policy,
    target,
    unusable,
)

LOUD = policy(
    "loud",
    level("schedule:primary", "channel:ops"),
    level("next_on_call:primary", attempts=2, escalate_after=3 * MINUTE),
    level("bob", "carol", "dave", ack_all=True, during="office"),
    level("bob", "dave", round_robin=True),
    ack_timeout=30 * MINUTE,
)
QUIET = policy("quiet", level("channel:ops"), level("dave"), urgency="low", hold_until="office", ack_timeout=None)
SHORT = policy("loud", level("schedule:empty"), level("carol", severities=frozenset({CRITICAL})), repeat=1)
NOBODY = policy("nobody", level("schedule:empty"))
LAST = policy("last", level("carol"))
WATCHED = (Repage("label", label="cluster"), Repage("growth", 2.0))


def revision(*policies: Policy, catch_all: Policy) -> Book:
    """The last of the policies takes warnings and infos, the first the rest."""
    loud, quiet = [*policies, catch_all][0].name, [catch_all, *policies][-1].name
    by_severity = {severity: loud if severity > WARNING else quiet for severity in Severity}
    return book(*policies, catch_all=catch_all, routes=(Route("main", (), by_severity),))


BOOKS = (
    revision(LOUD, QUIET, catch_all=LAST),
    revision(SHORT, QUIET, catch_all=LAST),
    # every policy but catch_all is gone
    revision(catch_all=LAST),
    # nobody is reached, nowhere
    revision(NOBODY, catch_all=policy("last", level("schedule:empty"))),
    revision(replace(LOUD, repage_on=WATCHED), replace(QUIET, hold_until=None, repeat=None), catch_all=LAST),
)
PEOPLE = st.sampled_from(["bob", "carol", "dave", "erin"])
SPANS = st.sampled_from([0, SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 31 * MINUTE, HOUR, 7 * HOUR, 25 * HOUR])


class AnIncident(RuleBasedStateMachine):
    @initialize(
        found=st.sampled_from(BOOKS),
        severity=st.sampled_from(Severity),
        firing=st.integers(1, 3),
        now=st.sampled_from([NOON, NIGHT]),
        broken=st.sampled_from([(), ("bob",), ("bob", "carol", "dave")]),
    )
    def opens(self, found: Book, severity: Severity, firing: int, now: int, broken: tuple[str, ...]) -> None:
        self.walk = Walk(found, now, **unusable(*broken))
        self.walk.opens(severity, firing=firing)

    def does(self, event: events.Event) -> None:
        """A refusal is an answer; then nothing has changed."""
        before = self.walk.state
        try:
            self.walk.does(event)
        except Refused:
            assert self.walk.state is before

    @property
    def firing(self) -> int:
        return self.walk.state.firing

    # --- time -------------------------------------------------------------------------------------------------------

    @rule(span=SPANS)
    def time_passes(self, span: int) -> None:
        self.walk.passes(span)

    @rule(span=SPANS)
    def the_process_sleeps(self, span: int) -> None:
        self.walk.sleeps(span)

    # --- sources ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.walk.state.open)
    @rule(number=st.integers(1, 4), cluster=st.sampled_from(["north", "south"]), severity=st.sampled_from(Severity))
    def alerts_join(self, number: int, cluster: str, severity: Severity) -> None:
        self.does(events.Joined(number, (("cluster", cluster),)))
        if severity > self.walk.state.severity:
            self.does(events.Worsened(severity))
            assert self.walk.state.status is Status.TRIGGERED

    @precondition(lambda self: self.firing > 1)
    @rule()
    def one_resolves(self) -> None:
        self.does(events.Cleared(1))

    @precondition(lambda self: self.firing)
    @rule()
    def the_source_resolves_all(self) -> None:
        self.does(events.SourceResolved(self.firing))
        self.walk.news()
        quiet = self.walk.state.hold_at or self.walk.now + DAY
        self.walk.passes(max(0, min(HOUR, quiet - self.walk.now - 1)))
        assert self.walk.news() == [], "paged though it is over"

    @precondition(lambda self: not self.walk.state.open)
    @rule(number=st.integers(1, 3))
    def it_fires_again(self, number: int) -> None:
        self.does(events.Refired(number))

    @rule(number=st.integers(1, 2))
    def a_doubtful_firing(self, number: int) -> None:
        self.does(events.Held(number, self.walk.now + MINUTE))

    @precondition(lambda self: self.walk.state.held)
    @rule()
    def the_doubt_is_over(self) -> None:
        self.does(events.Unheld(self.walk.state.held))

    @precondition(lambda self: self.walk.state.open)
    @rule(span=SPANS)
    def a_silence_covers_it(self, span: int) -> None:
        self.does(events.Silenced(self.walk.now + span, "migration"))

    @precondition(lambda self: self.walk.state.silenced)
    @rule()
    def the_silence_is_deleted(self) -> None:
        self.does(events.SilenceDue())

    @precondition(lambda self: self.walk.state.open and self.firing)
    @rule(close=st.booleans())
    def no_news_of_any_alert(self, close: bool) -> None:
        self.does(events.StaleDue(self.firing, self.walk.now + HOUR, close))

    @precondition(lambda self: self.walk.state.unconfirmed)
    @rule()
    def it_is_heard_of_again(self) -> None:
        self.does(events.Refreshed(self.walk.now + 4 * HOUR))

    @rule()
    def everybody_it_paged_is_unreachable(self) -> None:
        state = self.walk.state
        self.does(events.Unreachable(state.round, state.level, state.attempt, "ann", everyone=True))

    # --- policies ---------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.walk.state.open)
    @rule(found=st.sampled_from(BOOKS))
    def the_policies_change(self, found: Book) -> None:
        before = self.walk.state
        self.walk.book = found
        self.does(events.PolicyChanged(before.revision + 1, "main"))
        if before.level_at is not None:
            assert self.walk.state.level_at is not None
            assert self.walk.state.level_at <= before.level_at, "change delayed a page"
        if before.lapse_at is not None:
            assert self.walk.state.lapse_at is not None
            assert self.walk.state.lapse_at <= before.lapse_at

    # --- people -----------------------------------------------------------------------------------------------------

    @rule(by=PEOPLE)
    def somebody_acknowledges(self, by: str) -> None:
        holder = self.walk.state.acknowledged_by if self.walk.state.status is Status.ACKNOWLEDGED else None
        self.does(events.Acknowledged(by))
        if holder:
            assert self.walk.state.acknowledged_by == holder

    @rule(by=PEOPLE)
    def somebody_takes_it_back(self, by: str) -> None:
        self.does(events.Unacknowledged(by))

    @rule(by=PEOPLE, span=SPANS)
    def somebody_snoozes(self, by: str, span: int) -> None:
        self.does(events.Snoozed(by, self.walk.now + span))

    @rule(by=PEOPLE, number=st.none() | st.integers(0, 5))
    def somebody_escalates(self, by: str, number: int | None) -> None:
        self.does(events.Escalated(by, number))

    @rule(by=PEOPLE, to=st.sampled_from(["bob", "team:sre", "schedule:empty", "channel:ops"]))
    def somebody_reassigns(self, by: str, to: str) -> None:
        self.does(events.Reassigned(by, (target(to),)))

    @rule(by=PEOPLE)
    def somebody_resolves_by_hand(self, by: str) -> None:
        self.does(events.Resolved(by))

    @rule(by=PEOPLE, closed=st.integers(0, 3), heir=st.sampled_from([0, 0, 9]))
    def somebody_takes_the_resolve_back(self, by: str, closed: int, heir: int) -> None:
        before, self.walk.facts = self.walk.state, {**self.walk.facts, "closed": closed, "heir": heir}
        self.does(events.Reopened(by))
        self.walk.facts = {n: fact for n, fact in self.walk.facts.items() if n not in ("closed", "heir")}
        if not before.open and self.walk.state.open:
            assert not heir
            assert self.walk.state.firing == closed

    # --- always -----------------------------------------------------------------------------------------------------

    @invariant()
    def while_somebody_holds_it_no_page_waits(self) -> None:
        state = self.walk.state
        if state.status in (Status.ACKNOWLEDGED, Status.SNOOZED) or not state.open:
            waiting = [page for page in self.walk.pages if page.at + page.after > self.walk.now]
            assert all(page.kind is not Kind.PAGE for page in waiting)

    @invariant()
    def severity_and_urgency_only_rise(self) -> None:
        worst, high = getattr(self, "seen", (INFO, False))
        state = self.walk.state
        assert state.severity >= worst
        assert state.high or not high
        self.seen = (state.severity, state.high)

    def teardown(self) -> None:
        """However it went, what still fires and is urgent pages somebody or tells the last resort within a day."""
        walk = getattr(self, "walk", None)
        if walk is None or not walk.state.open or not walk.state.high or walk.state.firing == 0:
            return
        walk.news()
        with suppress(Refused):
            walk.does(events.Escalated("erin", 1))
            assert walk.passes(DAY).news()


TestAnIncident = AnIncident.TestCase
TestAnIncident.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
