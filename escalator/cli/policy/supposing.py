"""What one may suppose in `policy simulate`: an alert, a time, who answers, what is broken. Everything else is exit 2.

Law: here words become values, and a word that means nothing is answered with the nearest that does.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfoNotFoundError

from escalator import settings
from escalator.cli.options import Usage, pairs
from escalator.core.instant import DAY, Instant, Span
from escalator.core.providers import PROVIDERS
from escalator.core.wallclock import zone

if TYPE_CHECKING:
    from escalator.core.book import Book
    from escalator.rehearsal.faults import Fault
    from escalator.rehearsal.suppose.scenario import Ack

LONGEST: Span = 14 * DAY
POLICIES = (".yaml", ".yml")


def path_and_name(words: Sequence[str]) -> tuple[Path | None, str | None]:
    """Of at most two words the policies' path and the alert's name: what is there, or looks like it, is a path."""
    paths = [word for word in words if Path(word).exists() or "/" in word or word.endswith(POLICIES)]
    names = [word for word in words if word not in paths]
    if len(paths) > 1 or len(names) > 1:
        raise Usage(f"{' '.join(words)}: write one alert's name, and at most one PATH")
    return (Path(paths[0]) if paths else None), (names[0] if names else None)


def labels(name: str | None, given: Sequence[str] | None, book: "Book") -> dict[str, str]:
    """The alert's own labels."""
    found = pairs(given)
    if name is not None and found.setdefault("alertname", name) != name:
        raise Usage(f"the alert is called {name!r} and, by its label, {found['alertname']!r}")
    if not found:
        known = f", such as {next(iter(book.alerts))}" if book.alerts else ""
        raise Usage(f"which alert? write its name{known}, and --label name=value for what else it carries")
    return found


def moment(text: str | None, where: str, now: Instant) -> Instant:
    """As `wishes.instant`."""
    from escalator.rehearsal.suppose.wishes import instant

    try:
        return instant(text, where, now)
    except ValueError as error:
        raise Usage(f"--at {error}") from error


def place(text: str) -> str:
    """The name of a time zone."""
    try:
        zone(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Usage(f"--timezone {text!r} is no time zone; write UTC or a place, such as Europe/London") from error
    return text


def length(text: str | None, option: str) -> Span | None:
    if text is None:
        return None
    try:
        found = settings.span(text)
    except ValueError as error:
        raise Usage(f"{option} {text!r} is no span; {error}") from error
    if found > LONGEST:
        raise Usage(f"{option} {text}: at most 14d can be looked at")
    return found


def ack(text: str, book: "Book") -> "Ack":
    """`ana@6m`."""
    from escalator.rehearsal.suppose.scenario import Ack

    person, sign, after = text.rpartition("@")
    if not sign:
        raise Usage(f"--ack {text!r} does not say when; write {text}@6m")
    return Ack(_known("--ack", "person", person, book.people), length(after, "--ack") or 0)


def fault(text: str, book: "Book") -> "Fault":
    """`person:cleo`, `provider:twilio`, `channel:ops`, `contact:cleo/sms`, each with `:silent`, `:failing` or
    `:rejecting` behind it.
    """
    from escalator.rehearsal.faults import Fault, Mode

    kind, name, *rest = (*text.split(":"), "")[:3] if text.count(":") < 3 else (text, "")
    mode = rest[0] if rest and rest[0] else Mode.SILENT.value
    if not name or kind not in ("person", "provider", "channel", "contact"):
        raise Usage(f"--fault {text!r} is no fault; write person:NAME, provider:NAME, channel:NAME or contact:NAME/sms")
    _known("--fault", "mode", mode, [each.value for each in Mode])
    if kind == "channel":
        return Fault("contact", f"channel/{_known('--fault', 'channel', name, book.channels)}", Mode(mode))
    if kind == "contact":
        ways = [f"{person.name}/{contact.via}" for person in book.people.values() for contact in person.contacts]
        return Fault("contact", f"person/{_known('--fault', 'contact', name, ways)}", Mode(mode))
    known = book.people if kind == "person" else sorted(set(PROVIDERS.values()))
    return Fault(kind, _known("--fault", kind, _provider(name) if kind == "provider" else name, known), Mode(mode))


def _provider(name: str) -> str:
    """A method stands for whoever carries it: who writes `provider:sms` means Twilio."""
    return PROVIDERS.get(name, name)


def _known(option: str, what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    if name not in names:
        near = get_close_matches(name, names, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(names[:8])}" if names else "there is none"
        raise Usage(f"{option}: there is no {what} {name!r}; {hint}")
    return name
