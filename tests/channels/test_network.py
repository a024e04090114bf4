"""Where outgoing requests may go: the table, and that nobody gets around it by DNS."""

import asyncio
import socket
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from escalator.channels.base import NotSent
from escalator.channels.network import Guard, connector
from escalator.channels.webhook import Webhook
from tests.channels.samples import page

FORBIDDEN = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",  # metadata of AWS, Google, Azure
    "168.63.129.16",  # Azure's host agent, a public address
    "100.64.0.1",  # carrier-grade NAT: Python does not call it private
    "100.100.100.200",  # Alibaba's metadata
    "192.0.0.192",  # Oracle's metadata
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",  # site-local: Python calls it global
    "fc00::1",
    "fd00:ec2::254",  # AWS metadata over IPv6
    "ff02::1",
    "2001:db8::1",
    "3fff::1",  # documentation since 2024
    "100::1",
    "4000::1",  # not allocated
    # IPv4 inside IPv6
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",  # Python calls it global
    "::10.0.0.1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1: Python calls it global
    "2002:a9fe:a9fe::",
    "64:ff9b::127.0.0.1",  # NAT64: Python calls it global
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::10.0.0.1",  # local NAT64
    "2001:0:7f00:1::f7f7:f7f7",  # Teredo, its server
    "2001:0:808:808:0:0:80ff:fffe",  # Teredo, its client 127.0.0.1
    # not addresses
    "",
    "localhost",
    "127.1",
]
PERMITTED = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:800::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",  # how an IPv6-only network reaches IPv4
    "2002:808:808::",
]
SPELLINGS = [
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://１２７.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "https://0/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_what_is_not_public_is_forbidden(address: str) -> None:
    assert not Guard().permits(address)


@pytest.mark.parametrize("address", PERMITTED)
def test_what_is_public_is_permitted(address: str) -> None:
    assert Guard().permits(address)


@pytest.mark.parametrize(
    ("network", "address", "permitted"),
    [
        ("10.2.0.0/16", "10.2.3.4", True),
        ("10.2.0.0/16", "10.3.0.1", False),
        # However the address is wrapped, it is the same place.
        ("10.2.0.0/16", "::ffff:10.2.3.4", True),
        ("10.2.0.0/16", "64:ff9b::10.2.3.4", True),
        ("::1/128", "::1", True),
        ("127.0.0.0/8", "::1", False),
        # A sloppy host part is meant as its network.
        ("127.0.0.1/8", "127.9.9.9", True),
        # Everything inside IPv6 that is not allowed stays forbidden beside an allowed IPv4 network.
        ("127.0.0.0/8", "fe80::1", False),
    ],
)
def test_the_operator_may_allow_networks(network: str, address: str, permitted: bool) -> None:
    assert Guard([network]).permits(address) is permitted


def test_a_network_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="internal"):
        Guard(["internal"])


@pytest.mark.parametrize("url", SPELLINGS)
async def test_a_literal_address_is_refused_however_it_is_spelt(url: str) -> None:
    channel = Webhook()
    with pytest.raises(NotSent) as caught:
        await channel.send(url, page())
    await channel.close()
    assert caught.value.outcome == "permanent"
    assert "ESCALATOR_OUTBOUND_ALLOW" in caught.value.detail


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ftp://example.com/", "http"),
        ("file:///etc/passwd", "http"),
        ("gopher://127.0.0.1:25/_MAIL", "http"),
        ("unix:///var/run/docker.sock", "http"),
        ("//example.com/", "http"),
        ("example.com", "http"),
        ("http://", "http"),
        ("http://user@example.com/", "user name"),
        ("http://user:pass@example.com/", "user name"),
        ("http://:pass@example.com/", "user name"),
        ("http://example.com:99999/", "URL"),
        ("http://[::1/", "URL"),
        ("", "http"),
    ],
)
def test_only_plain_http_urls_are_called(url: str, complaint: str) -> None:
    with pytest.raises(NotSent, match=complaint) as caught:
        Guard().destination(url)
    assert caught.value.outcome == "permanent"


class Names(AbstractResolver):
    """DNS that answers as told, one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers: Iterator[list[str]] = iter(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in next(self.answers)
        ]

    async def close(self) -> None:
        pass


class Listener:
    """Counts who connects."""

    def __init__(self) -> None:
        self.connected = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["::1"], ["127.0.0.1", "10.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_a_name_that_leads_inside_is_refused(answers: list[str]) -> None:
    listener = Listener()
    server = await asyncio.start_server(listener, "127.0.0.1", 0)
    channel = Webhook(resolver=Names(answers))
    with pytest.raises(NotSent) as caught:
        await channel.send(f"http://rebind.example:{server.sockets[0].getsockname()[1]}/", page())
    await channel.close()
    server.close()
    assert caught.value.outcome == "permanent"
    assert "rebind.example" in caught.value.detail
    assert "ESCALATOR_OUTBOUND_ALLOW" in caught.value.detail
    assert listener.connected == 0


async def test_rebinding_between_check_and_connection_gains_nothing() -> None:
    """The first answer is public, the second inside: the connection goes to the first, or nowhere."""
    listener = Listener()
    server = await asyncio.start_server(listener, "127.0.0.1", 0)
    names = Names(["198.41.0.4"], ["127.0.0.1"])
    tried: list[str] = []
    guard = Guard()
    connections = connector(guard, names)
    checked = connections._socket_factory
    assert checked is not None

    def recording(address: aiohttp.AddrInfoType) -> socket.socket:
        tried.append(str(address[4][0]))
        checked(address).close()
        raise OSError("the test makes no connection outside")

    connections._socket_factory = recording
    async with aiohttp.ClientSession(connector=connections) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.post(f"http://rebind.example:{server.sockets[0].getsockname()[1]}/", data=b"")
        connections.clear_dns_cache()
        with pytest.raises(NotSent):
            await session.post(f"http://rebind.example:{server.sockets[0].getsockname()[1]}/", data=b"")
    server.close()
    assert tried == ["198.41.0.4"]
    assert listener.connected == 0


async def test_the_socket_itself_is_the_last_gate() -> None:
    """Even a resolver that lies past the check cannot open a forbidden connection."""
    guard = Guard()
    connections = connector(guard)
    connections._resolver = Names(["127.0.0.1"])
    async with aiohttp.ClientSession(connector=connections) as session:
        with pytest.raises(NotSent, match=r"127\.0\.0\.1"):
            await session.post("http://liar.example:9/", data=b"")


async def test_only_the_permitted_of_several_answers_is_used() -> None:
    listener = Listener()
    server = await asyncio.start_server(listener, "127.0.0.1", 0)
    channel = Webhook(allow=["127.0.0.1/32"], resolver=Names(["10.0.0.1", "127.0.0.1"]))
    await channel.send(f"http://mixed.example:{server.sockets[0].getsockname()[1]}/", page())
    await channel.close()
    server.close()
    assert listener.connected == 1


async def test_no_answer_is_temporary() -> None:
    channel = Webhook(resolver=Names([]))
    with pytest.raises(NotSent) as caught:
        await channel.send("http://empty.example/", page())
    await channel.close()
    assert caught.value.outcome == "temporary"


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    listener = Listener()
    server = await asyncio.start_server(listener, "127.0.0.1", 0)
    channel = Webhook(allow=["127.0.0.0/8"])
    await channel.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", page())
    await channel.close()
    server.close()
    assert listener.connected == 1
