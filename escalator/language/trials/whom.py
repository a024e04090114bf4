"""`ana by sms`: a person and a way. One notation for who was paged, what is broken, and what cannot be used."""

from escalator.core.book import Book
from escalator.language.nodes import Node
from escalator.language.scope import Scope
from escalator.language.trials.values import Paged


def paged(scope: Scope, book: Book, node: Node) -> Paged | None:
    """`ana by sms`, or `ana`."""
    text = scope.text(node, "a person, such as `ana` or `ana by sms`")
    if text is None:
        return None
    name, by, via = text.partition(" by ")
    if name not in book.people:
        scope.error("E303", node.mark, f"`{text}` is not a person and a way", _cure(scope, book, name))
        return None
    if not by:
        return Paged(name)
    ways = dict.fromkeys(each.via for each in book.people[name].contacts)
    if via not in ways:
        known = f"{name} has {', '.join(f'`{each}`' for each in ways) or 'no contacts'}"
        scope.error("E303", node.mark, f"{name} cannot be reached by `{via}`", known)
        return None
    return Paged(name, via)


def contact(scope: Scope, book: Book, node: Node, channels: bool = False) -> str | None:
    """The id of one way to one person, or of a channel where those may stand here too."""
    text = scope.text(node, "a contact such as `ana by sms`")
    if text is not None and channels and text in book.channels:
        return f"channel/{text}"
    found = None if text is None else paged(scope, book, node)
    if found is not None and found.via is None:
        scope.error("E303", node.mark, f"by which way is {found.person} meant?", f"write `{found.person} by sms`")
        return None
    return None if found is None else f"person/{found.person}/{found.via}"


def told(scope: Scope, book: Book, node: Node) -> str | None:
    """Who hears how it goes on: a person, a person and a way, or a channel."""
    text = scope.text(node, "a person, a person and a way, or a channel")
    if text is None or text in book.channels:
        return text
    found = paged(scope, book, node)
    return None if found is None else str(found)


def _cure(scope: Scope, book: Book, name: str) -> str:
    if name in book.channels:
        return f"`{name}` is a channel: write `channels: [{name}]`"
    if name in book.schedules or name in book.teams:
        return f"`{name}` is no person: name who is paged"
    first = name.split(" ", 1)[0]
    return f"write `{first} by sms`" if first in book.people else scope.meant(name, book.people)
