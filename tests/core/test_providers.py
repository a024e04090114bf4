"""Providers: what fails together is told apart from what does not, for every method that a policy may name."""

import pytest

from escalator.core.providers import PROVIDERS, provider_of
from escalator.language.people import CHANNELS, CONTACTS


@pytest.mark.parametrize("via", sorted({*CONTACTS, *CHANNELS}))
def test_every_way_out_has_a_provider(via):
    assert provider_of(via, "secret:A") == PROVIDERS[via]


def test_messages_and_calls_fail_together():
    assert provider_of("sms", "secret:A") == provider_of("call", "secret:B") == "twilio"


def test_everything_else_fails_alone():
    others = [provider_of(via, "") for via in PROVIDERS if via not in ("sms", "call")]
    assert len(set(others)) == len(others)
    assert set(others) == {"browser-push", "slack", "email", "pagerduty", "webhook", "apprise"}


def test_a_method_that_does_not_exist_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError):
        provider_of("pigeon", "")
