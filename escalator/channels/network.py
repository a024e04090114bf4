"""Where outgoing requests may go. Addresses in policies come from people whom the host's own network must not trust,
so each one is judged after DNS has answered, and the connection goes to the very address that was judged.

Only public unicast, unless the operator names more in ESCALATOR_OUTBOUND_ALLOW. No proxies, no redirects: both would
connect somewhere that nobody judged.
"""

import socket
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.typedefs import StrOrURL
from yarl import URL

from escalator.channels import clean
from escalator.channels.base import NotSent

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SETTING = "ESCALATOR_OUTBOUND_ALLOW"
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
COMPATIBLE = IPv6Network("::/96")
NEVER: tuple[Network, ...] = (
    IPv4Network("100.64.0.0/10"),  # carrier-grade NAT, and Alibaba's metadata service
    IPv4Network(
        "192.0.0.0/24"
    ),  # protocol assignments, and Oracle's metadata service; only partly private to Python 3.11
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, withdrawn
    IPv4Network("168.63.129.16/32"),  # Azure's host agent: a public address that answers only from inside
    IPv6Network("3fff::/20"),  # documentation since 2024, unknown to Python 3.11
)


class Guard:
    """Judges addresses. `allow`: networks that are fine though they are not public; raises ValueError for a bad one."""

    def __init__(self, allow: Iterable[str | Network] = ()) -> None:
        self.allow: tuple[Network, ...] = tuple(ip_network(str(network).strip(), strict=False) for network in allow)

    def permits(self, address: str) -> bool:
        """Whether a connection to this IP address may be made."""
        try:
            ip = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return self._listed(ip) or all(self._listed(inner) or _public(inner) for inner in _destinations(ip))

    def destination(self, url: StrOrURL) -> URL:
        """The URL, ready to be requested; raises NotSent (permanent) for one that never may be. Asks no DNS."""
        try:
            found = URL(url)
            port = found.port
        except ValueError:
            raise NotSent("permanent", "this is not a URL") from None
        if found.scheme not in ("http", "https") or not found.raw_host or not port:
            raise NotSent("permanent", "only http:// and https:// addresses with a host can be called")
        if found.raw_user is not None or found.raw_password is not None:
            raise NotSent("permanent", "a user name or password in the URL would end up in logs: use a signing secret")
        literal = _literal(found.raw_host)
        if literal is not None and not self.permits(literal):
            raise self.refusal(found.raw_host)
        return found

    def refusal(self, host: str) -> NotSent:
        return NotSent(
            "permanent",
            f"{clean.line(host, 80)} is not on the public internet; if it may be called, add its network to {SETTING}",
        )

    def _listed(self, ip: Address) -> bool:
        return any(ip in network for network in self.allow)


class Resolver(AbstractResolver):
    """DNS, less the answers that may not be connected to; raises NotSent when none is left."""

    def __init__(self, guard: Guard, inner: AbstractResolver) -> None:
        self._guard = guard
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        answers = await self._inner.resolve(host, port, family)
        permitted = [answer for answer in answers if self._guard.permits(answer["host"])]
        if answers and not permitted:
            raise self._guard.refusal(host)
        if not answers:
            raise OSError(None, f"no address for {host}")
        return permitted

    async def close(self) -> None:
        await self._inner.close()


def connector(guard: Guard, resolver: AbstractResolver | None = None) -> aiohttp.TCPConnector:
    """Connections that go only where the guard permits. To be called inside the event loop."""

    def checked_socket(address: aiohttp.AddrInfoType) -> socket.socket:
        # The last gate: exactly what is about to be connected to, however it was found.
        family, kind, protocol, _, target = address
        if not guard.permits(str(target[0])):
            raise guard.refusal(str(target[0]))
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        resolver=Resolver(guard, resolver or aiohttp.ThreadedResolver()),
        ttl_dns_cache=10,
        limit=0,  # how many are in flight is the engine's choice: a request that queued here would wait unseen
        keepalive_timeout=4,  # below the 5 s of Node and uvicorn: a request into a closing connection ends ambiguous
        socket_factory=checked_socket,
    )


def _literal(host: str) -> str | None:
    """The IP address that a host name spells, also as 2130706433, 0x7f.1 or 0177.0.0.1, which `connect` understands."""
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except (OSError, UnicodeError):
        return None


def _destinations(ip: Address) -> Iterator[Address]:
    """Where a packet to this address ends: for IPv6 that carries IPv4, the addresses inside."""
    if isinstance(ip, IPv4Address):
        yield ip
    elif ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
    elif ip.sixtofour is not None:
        yield ip.sixtofour
    elif ip.teredo is not None:
        yield from ip.teredo
    elif ip in NAT64 or ip in COMPATIBLE:
        yield IPv4Address(int(ip) & 0xFFFF_FFFF)
    else:
        yield ip


def _public(ip: Address) -> bool:
    if isinstance(ip, IPv6Address) and ip not in GLOBAL_UNICAST:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in NEVER)
