"""What the company's people arranged: contacts proved, devices, windows, swaps, views, tokens, calendars."""

from base64 import urlsafe_b64encode
from collections.abc import Coroutine
from typing import Any

from escalator.core.alert import Matcher
from escalator.core.instant import DAY, HOUR, MINUTE, SECOND
from escalator.core.oncall import Contact
from pictures.weeks import NOW, Weeks

UNPROVED = {("hana", "sms"), ("dev", "email")}
"""Contacts whose owners never typed the code in."""
DEVICES = (
    ("ana", "Chrome on Android"), ("ben", "Safari on iPhone"), ("ben", "Firefox on Linux"),
    ("cleo", "Chrome on Android"), ("emil", "Edge on Windows"), ("grace", "Chrome on Mac"),
)  # fmt: skip


def arrange(company: Weeks) -> None:
    """Goes on the agenda."""
    house = company.house

    def does(minutes: float, what: Any) -> None:
        company.at(NOW - round(minutes * MINUTE), lambda: company.does(what()))

    _proved(company)
    for person, label in DEVICES:
        does(40_000, lambda person=person, label=label: _device(company, person, label))
    _windows(company, does)
    week = NOW - NOW % DAY + 8 * DAY
    does(900, lambda: house.swaps.ask(
        "platform", "emil", "femi", week + 8 * HOUR, week + 16 * HOUR, by="emil", reason="school play"
    ))  # fmt: skip
    views = (("Payments, unanswered", "status=triggered&match=team%3Dpayments"), ("Critical", "severity=critical"))
    for name, query in views:
        does(3000, lambda name=name, query=query: house.views.create(name, query, "ana"))
    for name, scopes, person in (
        ("the wall", ("read",), None),
        ("ana's phone", ("ack",), "ana"),
        ("deploys", ("ack",), None),
    ):
        does(20_000, lambda it=(name, scopes, person): house.keys.create(*it, None, "emil"))
    does(18_000, lambda: house.feeds.create("schedule", "payments", "ana"))
    does(18_000, lambda: house.feeds.create("person", "ben", "ben"))


def _proved(company: Weeks) -> None:
    """Everybody asks for codes in the first hour, and most type them in."""
    for number, person in enumerate(company.house.world.book.people.values()):
        for contact in person.contacts:
            if contact.via in company.verifies:
                when = company.began + (number + 1) * 2 * MINUTE
                company.at(when, lambda who=person.name, contact=contact: _asks(company, who, contact))


def _asks(company: Weeks, person: str, contact: Contact) -> None:
    company.does(company.house.contacts.send_code(person, contact.via, person))
    code = company.codes.pop((person, contact.via))
    if (person, contact.via) not in UNPROVED:
        confirm = company.house.contacts.confirm
        company.at(company.now + 40 * SECOND, lambda: company.does(confirm(person, contact.via, code, person)))


async def _device(company: Weeks, person: str, label: str) -> None:
    devices, name = company.house.devices, f"{person} {label}"
    token, _ = await devices.link(person)
    point = urlsafe_b64encode(b"\x04" + name.encode().ljust(64, b"."))
    endpoint = f"https://push.example.com/{name.replace(' ', '-')}"
    await devices.register(token, person, endpoint, point.decode(), urlsafe_b64encode(bytes(16)).decode(), label)


def _windows(company: Weeks, does: Any) -> None:
    windows, later = company.house.windows, NOW + 2 * DAY - NOW % HOUR

    def mute(service: str, since: int, hours: int, by: str, reason: str) -> Coroutine[Any, Any, Any]:
        starts = NOW - since * MINUTE
        return windows.silence((Matcher("service", "=", service),), starts, starts + hours * HOUR, by, reason)

    does(300, lambda: mute("billing-export", 300, 12, "ana", "the new export goes live; see INV-2210"))
    does(60 * 24 * 9, lambda: mute("edge", 60 * 24 * 9, 3, "emil", "move of the load balancers"))
    search = (Matcher("service", "=~", "search-.*"), Matcher("severity", "!=", "critical"))
    does(
        50, lambda: windows.silence(search, NOW + 20 * HOUR, NOW + 23 * HOUR, "femi", "reindex of the search clusters")
    )
    does(700, lambda: windows.override("payments", "cleo", later, later + 12 * HOUR, "cleo", "Ben flies home"))
    does(2000, lambda: windows.override("platform", "hana", NOW - 5 * HOUR, NOW - HOUR, "grace", "dentist"))
