"""Contacts as strangers may see them: enough to recognise one's own, too little to use another's."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from escalator.core.book import Book


def masked(book: Book, notification: Mapping[str, Any]) -> dict[str, Any]:
    """A notification whose `contact` (`person/alice/email`) is its address, masked."""
    return {**notification, "contact": masked_contact(book, notification["contact"])}


def masked_contact(book: Book, contact: str) -> str:
    """The masked address, or the contact's name where the Book no longer knows it or it is a secret."""
    kind, _, rest = contact.partition("/")
    address = None
    if kind == "channel" and rest in book.channels:
        address = book.channels[rest].address
    elif kind == "person":
        name, _, via = rest.partition("/")
        person = book.people.get(name)
        address = next((each.address for each in person.contacts if each.via == via), None) if person else None
    return contact if address is None else mask(address)


def mask(address: str) -> str:
    """An address as policies write it, masked."""
    if address.startswith("secret:"):
        return "•••"
    if address == "browser":
        return "browser"  # a word of the language, not an address
    if "://" in address:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname}/…"
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}…@{domain}"
    digits = address.lstrip("+").replace(" ", "")
    return f"…{digits[-3:]}" if digits.isdecimal() else address if address.startswith("#") else "•••"
