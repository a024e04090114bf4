"""By which channel the address of last resort is told: its form decides."""


def via_of(address: str) -> str:
    """`email` or `webhook`; raises ValueError for an address that is neither."""
    if address.strip().lower().startswith(("http://", "https://")):
        return "webhook"
    if "@" in address and "://" not in address:
        return "email"
    raise ValueError(
        "ESCALATOR_LAST_RESORT is an e-mail address, or a webhook URL that begins with https:// or http://"
    )
