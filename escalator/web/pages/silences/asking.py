"""What is written into the form of a silence, and the silence that it means.

Law: nothing is lost that was written; what cannot be meant stands as a sentence beside its field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from escalator.core.alert import Matcher, Silence
from escalator.core.instant import LATEST, Instant
from escalator.core.mutes import Mute
from escalator.web.fields import plain, span_of
from escalator.web.pages.oncall.words import read
from escalator.web.pages.silences.words import matchers_in
from escalator.web.problems import Problem
from escalator.web.windows import LONGEST_SILENCE, selective

T = TypeVar("T")

FIELDS: Final = ("matchers", "starts", "for", "ends", "zone", "reason", "long", "incident")
LONGEST_REASON: Final = 2000
LONGEST_MATCHERS: Final = 20_000
BEFORE: Final = "preview"
"""The id of a silence that is not made yet."""


class Wanted(NamedTuple):
    """A silence that can be made."""

    matchers: tuple[Matcher, ...]
    starts_at: Instant
    ends_at: Instant
    reason: str

    def mute(self) -> Mute:
        """As it would be; for the preview, as if it held now."""
        return Mute(Silence(BEFORE, self.matchers, self.starts_at, self.ends_at, "", self.reason))


@dataclass
class Asked:
    """The form as it was filled in."""

    fields: Mapping[str, str]
    zone: str
    problems: dict[str, str] = field(default_factory=dict)
    matchers: tuple[Matcher, ...] | None = None
    """What can be previewed, also where other fields are wrong."""

    def text(self, name: str) -> str:
        return self.fields.get(name, "")

    def wanted(self, now: Instant) -> Wanted | None:
        """None where `problems` has something to say."""
        self.matchers = self._try("matchers", lambda: selective(matchers_in(self.text("matchers")[:LONGEST_MATCHERS])))
        start = self._try("starts", lambda: self._start(now))
        end = None if start is None else self._try("ends", lambda: self._end(start, now))
        if not self.text("reason"):
            self.problems["reason"] = "Say why: others will ask."
        if self.problems or self.matchers is None or start is None or end is None:
            return None
        return Wanted(self.matchers, start, end, self.text("reason")[:LONGEST_REASON])

    def _try(self, name: str, made: Callable[[], T]) -> T | None:
        try:
            return made()
        except Problem as problem:
            self.problems[problem.more.get("field", name)] = problem.detail
            return None

    def _start(self, now: Instant) -> Instant:
        """Now, where nothing is said."""
        if not self.text("starts"):
            return now
        found = read(self.text("starts"), self.zone)
        if found is None:
            raise Problem(422, "This is no time; write 2026-03-04T09:00, or leave it empty for now.")
        return found

    def _end(self, start: Instant, now: Instant) -> Instant:
        """`ends` goes before `for`: who wrote a time meant it."""
        end = read(self.text("ends"), self.zone, end=True) if self.text("ends") else self._after(start)
        if end is None:
            raise Problem(422, "This is no time; write 2026-03-04T17:00, or choose for how long.")
        if end <= max(start, now):
            raise Problem(422, "It would be over already: the end must be after the start, and after now.")
        if end - start > LONGEST_SILENCE and not self.text("long"):
            raise Problem(422, "A silence of more than 30 days is forgotten: confirm that it is meant.", field="long")
        return min(end, LATEST)

    def _after(self, start: Instant) -> Instant:
        if not self.text("for"):
            raise Problem(422, "Say when it ends: choose for how long, or write a time.")
        return start + span_of(self.text("for"))


def asked_of(get: Callable[[str], str], zone: str) -> Asked:
    """`get` gives a field's text as it was sent, '' where there is none."""
    # Browsers end lines with CR LF.
    return Asked({name: plain(get(name).replace("\r\n", "\n")).strip() for name in FIELDS}, zone)
