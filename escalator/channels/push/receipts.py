"""What a device sends back once a message stands on its screen: whose message it was, and a proof that we gave it that.

The proof differs from what the ledger shows, so that whoever reads the ledger cannot pretend; and it is the same at
each retry, so that the copy which arrived first counts too.
"""

import hmac
from base64 import urlsafe_b64encode

from escalator.channels.push.keys import Pair


def given(vapid: Pair, key: str, device: str) -> str:
    """For one message (`Message.key`) to one device (its id)."""
    return f"{key}/{device}/{_proof(vapid, f'{key}/{device}')}"


def proved(vapid: Pair, receipt: str) -> tuple[str, str] | None:
    """(key, device); None for what we did not give."""
    what, _, proof = receipt.rpartition("/")
    if not hmac.compare_digest(proof.encode("utf-8", "replace"), _proof(vapid, what).encode()):
        return None
    key, _, device = what.partition("/")
    return key, device


def _proof(vapid: Pair, what: str) -> str:
    secret = vapid.private_key.private_numbers().private_value.to_bytes(32, "big")
    # The prefix keeps this apart from whatever else the key may sign.
    return urlsafe_b64encode(hmac.digest(secret, f"shown:{what}".encode("utf-8", "replace"), "sha256")[:18]).decode()
