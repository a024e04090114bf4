"""Which channels there are; the sandbox; the last resort."""

from types import SimpleNamespace

import pytest

from escalator.channels import registry
from escalator.channels.last_resort import via_of
from escalator.channels.sandbox import KEPT, Delivered, Sandbox
from escalator.channels.wiring import Wiring
from tests.channels.samples import ACKNOWLEDGE, page

NEEDS_NOTHING = {"webhook", "slack", "pagerduty", "push", "apprise"}
"""Their addresses stand in the policies."""
MAIL = Wiring(smtp_url="smtp://127.0.0.1:9?tls=none", email_from="alerts@escalator.example")


async def test_a_channel_exists_where_its_settings_are() -> None:
    assert set(registry.build(Wiring())) == NEEDS_NOTHING
    assert set(registry.build(MAIL)) == NEEDS_NOTHING | {"email"}


async def test_every_channel_stands_under_the_name_that_policies_use() -> None:
    for via, channel in registry.build(MAIL).items():
        assert channel.via == via
        assert via in registry.METHODS


async def test_deleting_a_vendors_file_removes_its_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    left = [SimpleNamespace(name="webhook"), SimpleNamespace(name="wording")]
    monkeypatch.setattr(registry, "iter_modules", lambda path: left)
    assert set(registry.build(MAIL)) == {"webhook"}


async def test_the_public_url_names_our_mails() -> None:
    for url, host in (
        ("https://escalator.example/base", "escalator.example"),
        ("http://localhost:8080", "localhost"),
        ("http://[::1]:8080", "[::1]"),
    ):
        channel = registry.build(MAIL._replace(public_url=url))["email"]
        assert channel._host == host  # type: ignore[attr-defined]


async def test_in_the_sandbox_every_channel_delivers_to_memory_and_to_the_listener() -> None:
    heard: list[Delivered] = []
    sandbox = Sandbox(lambda: 1_000_000, heard.append)
    ways = registry.build(MAIL, sandbox)
    assert set(ways) == set(registry.METHODS)
    sent = await ways["sms"].send("+15550100", page())
    assert sent.delivered
    [delivered] = sandbox.delivered
    assert heard == [delivered]
    assert delivered.at == 1_000_000
    assert (delivered.via, delivered.address, delivered.person) == ("sms", "+15550100", "alice")
    assert delivered.acknowledge == ACKNOWLEDGE
    assert delivered.subject == "[#42] HostDown c1"
    assert ACKNOWLEDGE in delivered.text
    assert "sandbox" in await ways["sms"].check()


async def test_the_sandbox_forgets_the_oldest() -> None:
    sandbox = Sandbox(lambda: 0)
    channel = sandbox.channel("email")
    for id in range(KEPT + 3):
        await channel.send(f"{id}@example.com", page(id=id, alerts=()))
    assert len(sandbox.delivered) == KEPT
    assert sandbox.delivered[0].address == "3@example.com"


@pytest.mark.parametrize(
    ("address", "via"),
    [
        ("ops@example.com", "email"),
        ("Ops <ops@example.com>", "email"),
        ("https://example.com/hook", "webhook"),
        ("HTTP://example.com/hook?to=a@b", "webhook"),
    ],
)
def test_the_form_of_the_last_resort_decides_its_channel(address: str, via: str) -> None:
    assert via_of(address) == via


@pytest.mark.parametrize("address", ["", "ops", "ftp://a@b", "slack://x"])
def test_a_last_resort_that_is_neither_is_an_error(address: str) -> None:
    with pytest.raises(ValueError, match="ESCALATOR_LAST_RESORT"):
        via_of(address)


async def test_the_sandbox_keeps_what_a_message_was_made_from_the_newest_first_and_no_more_than_it_may() -> None:
    sandbox = Sandbox(lambda: 1_000_000)
    for number in range(KEPT + 2):
        sandbox.take("sms", "+15550100", page(id=number))
    assert [each.number for each in sandbox.newest(2)] == [KEPT + 2, KEPT + 1]
    assert sandbox.newest(1)[0].message.id == KEPT + 1
    kept = sandbox.find(3)
    assert kept is not None
    assert kept.message == page(id=2)
    assert (sandbox.find(2), sandbox.find(KEPT + 3)) == (None, None)
