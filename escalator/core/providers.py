"""Which provider stands behind a way to reach somebody: what fails together, because one company or system carries it.

The names are those that policy tests use: `fault: {provider: twilio}`.
"""

PROVIDERS = {
    "push": "browser-push",
    "slack": "slack",
    "sms": "twilio",
    "call": "twilio",
    "email": "email",
    "pagerduty": "pagerduty",
    "webhook": "webhook",
    "apprise": "apprise",
}
"""By method. SMS and calls are one account at one company: a page that has both has one way out, not two."""


def provider_of(via: str, address: str) -> str:
    """The provider that carries a message to an address; raises KeyError for a method that does not exist.

    Webhooks count as one provider, and so does Apprise: whether two secrets name the same system cannot be known from
    the policies, and a promise must not rest on hoping that they do not.
    """
    return PROVIDERS[via]
