"""The mail server as one URL names it."""

import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

PORTS = {"starttls": 587, "implicit": 465, "none": 25}
NAME = "ESCALATOR_SMTP_URL"


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed over, and how."""

    host: str
    port: int
    tls: str
    """starttls, implicit or none."""
    user: str = ""
    password: str = field(default="", repr=False)
    verify: bool = True
    ca: str | None = None
    """File of certificates to trust instead of the system's."""

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"

    def context(self) -> ssl.SSLContext:
        """How TLS is spoken; raises OSError when the `ca` file cannot be read."""
        context = ssl.create_default_context(cafile=self.ca)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def parse(url: str) -> Server:
    """`smtp://user:password@host:587?tls=starttls` (or `implicit`, `none`), `&verify=no`, `&ca=/path`; user and
    password percent-encoded. TLS is `starttls` unless said otherwise; `smtps://` and port 465 mean `implicit`.
    Raises ValueError, which never quotes the password.
    """
    try:
        parts = urlsplit(url.strip())
        port, query = parts.port, parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError(f"{NAME} is not a URL like smtp://user:password@host:587?tls=starttls") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError(f"{NAME} must look like smtp://user:password@host:587?tls=starttls")
    unknown = sorted(set(query) - {"tls", "verify", "ca"})
    if unknown:
        raise ValueError(f"{NAME} has an unknown option {unknown[0]!r}: there are tls, verify and ca")
    implied = "implicit" if parts.scheme == "smtps" or port == PORTS["implicit"] else "starttls"
    tls = query.get("tls", [implied])[0]
    if tls not in PORTS:
        raise ValueError(f"{NAME}: tls is starttls, implicit or none, not {tls!r}")
    verify = query.get("verify", ["yes"])[0]
    if verify not in ("yes", "no"):
        raise ValueError(f"{NAME}: verify is yes or no, not {verify!r}")
    return Server(
        host=parts.hostname,
        port=port or PORTS[tls],
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        verify=verify == "yes",
        ca=query.get("ca", [None])[0],
    )
