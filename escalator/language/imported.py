"""A layer out of a calendar that lies among the policies: `{ical: oncall.ics}`. Each event names its person."""

import posixpath
from collections.abc import Mapping

from escalator.core.oncall import Imported, Shift
from escalator.language import scalars
from escalator.language.diagnostics import Mark, Note, source_line
from escalator.language.ics import Problem
from escalator.language.nodes import Node, Scalar, Table
from escalator.language.recurring import Said, expanded
from escalator.language.scope import Scope
from escalator.language.shapes.calendars import IMPORTED
from escalator.language.sources import LARGEST_CALENDAR, is_calendar


def layer(scope: Scope, node: Node, timezone: str) -> Imported | None:
    """None where anything is wrong with it; what is wrong inside the file is told by its lines."""
    fields = scope.fields(node, IMPORTED) or {}
    own = scalars.zone(scope, fields["timezone"]) if "timezone" in fields else None
    file = _file(scope, fields["ical"]) if "ical" in fields else None
    if file is None:
        return None
    text = scope.sources[file]
    if len(text) > LARGEST_CALENDAR:
        problem = Problem("E154", 1, f"this calendar has more than {LARGEST_CALENDAR // 1024} KiB", "export less of it")
        _complain(scope, file, problem, node)
        return None
    found = expanded(text, own or timezone)
    for problem in found.problems:
        _complain(scope, file, problem, node)
    names = [_person(scope, file, said, node) for said in found.said]
    shifts = [(one, names[one.event]) for one in found.occurrences]
    if found.problems or None in names:
        return None
    served = tuple(Shift(one.starts_at, one.ends_at, name) for one, name in shifts if name is not None)
    return Imported(served, file, own or timezone, str(node.mark))


def _file(scope: Scope, node: Node) -> str | None:
    """The calendar among the sources, from where the policy file lies."""
    name = scope.text(node, "the path of a calendar, such as `oncall.ics`")
    if name is None:
        return None
    known = {posixpath.normpath(file): file for file in scope.sources if is_calendar(file)}
    here = posixpath.dirname(node.mark.file)
    path = posixpath.normpath(posixpath.join(here, name))
    if path in known:
        return known[path]
    if known:
        cure = scope.meant(name, [posixpath.relpath(each, here or ".") for each in sorted(known)])
    else:
        cure = "put the `.ics` file into the folder of the policies; beside a single file none is read"
    scope.error("E150", node.mark, f"there is no calendar `{name}`", cure)
    return None


def _person(scope: Scope, file: str, said: Said, node: Node) -> str | None:
    """Whom an event means: its summary is a name or an e-mail address, or an attendee has the address."""
    known = scope.declared.get("people", {})
    names = {name.casefold(): name for name in known}
    mails = {mail: name for name in known if (mail := _mail(known[name].node))}
    words = said.summary.casefold()
    for found in (names.get(words), mails.get(words), *(mails.get(mail) for mail in said.mails)):
        if found is not None:
            return found
    whom = f"`{said.summary}`" if said.summary else "nobody"
    cure = scope.meant(said.summary, known) if said.summary else "write the person's name into `SUMMARY`"
    _complain(scope, file, Problem("E153", said.line, f"this event names {whom}, who is no person", cure), node)
    return None


def _mail(node: Node) -> str:
    """The e-mail contact, where it is written out."""
    contacts = _entries(node).get("contacts")
    mail = _entries(contacts).get("email") if contacts is not None else None
    return mail.value.casefold() if isinstance(mail, Scalar) else ""


def _entries(node: Node) -> Mapping[str, Node]:
    return {key.value: value for key, value in node.entries} if isinstance(node, Table) else {}


def _complain(scope: Scope, file: str, problem: Problem, node: Node) -> None:
    width = len(source_line(scope.sources, file, problem.line))
    mark = Mark(file, problem.line, 1, max(2, width + 1))
    scope.error(problem.code, mark, problem.message, problem.cure, (Note(node.mark, "read for this layer"),))
