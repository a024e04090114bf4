"""What proves that a webhook comes from the forge: each signs in its own way, over the bytes as they came. Pure.

None of these signatures covers a time: whoever caught a webhook can send it again, which makes the service look once.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256

SIGNATURES = ("x-hub-signature-256", "x-forgejo-signature", "x-gitea-signature", "x-gogs-signature")
"""GitHub writes `sha256=` and the hex; the others the hex alone."""
TOKEN = "x-gitlab-token"  # noqa: S105  the header's name


def proves(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Header names in small letters. A signature that is wrong is not made good by another header."""
    for name in SIGNATURES:
        if name in headers:
            return _same(headers[name].removeprefix("sha256="), signature(body, secret))
    return TOKEN in headers and _same(headers[TOKEN], secret)


def signature(body: bytes, secret: str) -> str:
    """Hex HMAC-SHA256, as GitHub, Gitea and Forgejo make it."""
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def delivery(headers: Mapping[str, str]) -> bytes:
    """What GitLab calls this delivery, whose token says nothing of the body; nothing where the body is signed."""
    signed = any(name in headers for name in SIGNATURES)
    return b"" if signed else headers.get("x-gitlab-event-uuid", "").encode()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
