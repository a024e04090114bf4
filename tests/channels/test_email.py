"""E-mail against real and misbehaving servers on loopback."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from escalator.channels.base import Message, NotSent
from escalator.channels.email import Email, from_wiring
from escalator.channels.wiring import Wiring
from tests.channels.samples import ACKNOWLEDGE, INCIDENT, LINK, page
from tests.channels.smtp import Post, Scripted, post_office, scripted

SENDER = "Escalator <alerts@escalator.example>"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@asynccontextmanager
async def email(url: str, **options: float) -> AsyncIterator[Email]:
    channel = Email(url, SENDER, "escalator.example", **options)  # type: ignore[arg-type]
    try:
        yield channel
    finally:
        await channel.close()


async def refusal(channel: Email, address: str = "alice@example.com", message: Message | None = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await channel.send(address, message or page())
    return caught.value


async def test_a_page_arrives_with_both_parts_and_the_links() -> None:
    post = Post()
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        sent = await channel.send("Alice Example <alice@example.com>", page())
    [mail] = post.mails
    assert post.recipients == ["alice@example.com"]
    assert sent.receipt == mail["Message-ID"]
    assert not sent.delivered
    assert "queued as 7" in sent.detail
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    for part in (plain.get_content(), html.get_content()):
        assert ACKNOWLEDGE in part
        assert LINK in part
    assert mail["Subject"] == "[#42] HostDown c1"
    assert mail["From"] == SENDER
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Escalator-Incident"] == "42"
    assert not [name for name in mail if name.lower().startswith("list-")]
    assert not mail.defects


async def test_mails_of_one_incident_form_one_thread() -> None:
    post = Post()
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        await channel.send("alice@example.com", page(id=17))
        await channel.send("alice@example.com", page(id=17))
        worse = {"severity": "critical", "status": "resolved"}
        await channel.send("alice@example.com", page(id=18, kind="resolved", incident=worse, acknowledge=None))
        await channel.send("alice@example.com", page(id=19, incident={"id": "43"}))
    first, retry, resolved, other = post.mails
    assert first["Message-ID"] == retry["Message-ID"] == "<17.20260304031000@escalator.example>"
    assert resolved["Message-ID"] != first["Message-ID"]
    assert first["References"] == first["In-Reply-To"] == resolved["References"] != other["References"]
    assert first["Subject"] == resolved["Subject"] != other["Subject"]


async def test_starttls_verifies_the_certificate_and_logs_in(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    post = Post()
    options: dict[str, Any] = {
        "tls_context": server_tls,
        "auth_required": True,
        "authenticator": post.log_in,
        "require_starttls": True,
    }
    async with post_office(post, **options) as port:
        url = f"smtp://esc%40example.com:p%40ss%2Fword@127.0.0.1:{port}?tls=starttls"
        async with email(f"{url}&ca={ca_file}") as channel:
            await channel.send("alice@example.com", page())
            assert "logged in as esc@example.com" in await channel.check()
        async with email(url) as stranger:
            error = await refusal(stranger)
            assert error.outcome == "temporary"
            assert "certificate" in error.detail
            assert "verify=no" in error.detail
        async with email(f"{url}&verify=no") as trusting:
            await trusting.send("bob@example.com", page())
    assert post.over_tls == [True, True]
    assert set(post.logins) == {b"esc@example.com"}


async def test_implicit_tls_works_and_is_verified(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    post = Post()
    async with post_office(post, implicit=server_tls) as port:
        async with email(f"smtps://127.0.0.1:{port}?ca={ca_file}") as channel:
            await channel.send("alice@example.com", page())
        async with email(f"smtps://127.0.0.1:{port}") as stranger:
            assert "certificate" in (await refusal(stranger)).detail
    assert post.recipients == ["alice@example.com"]


async def test_a_wrong_password_is_our_trouble_and_not_the_contacts(server_tls: ssl.SSLContext) -> None:
    post = Post()
    options: dict[str, Any] = {"tls_context": server_tls, "auth_required": True, "authenticator": post.log_in}
    async with post_office(post, **options) as port:
        async with email(f"smtp://esc:sesame-open@127.0.0.1:{port}?tls=starttls&verify=no") as channel:
            error = await refusal(channel)
            assert error.outcome == "temporary"
            assert "ESCALATOR_SMTP_URL" in error.detail
            assert "sesame-open" not in error.detail
            with pytest.raises(NotSent, match="login"):
                await channel.check()
        async with email(f"smtp://127.0.0.1:{port}?tls=starttls&verify=no") as anonymous:
            assert (await refusal(anonymous)).outcome == "temporary"
    assert not post.mails


async def test_a_server_without_starttls_gets_no_password_and_no_mail() -> None:
    post = Post()
    async with post_office(post) as port, email(f"smtp://esc:secret@127.0.0.1:{port}") as channel:
        error = await refusal(channel)
    assert error.outcome == "temporary"
    assert "tls" in error.detail
    assert not post.logins
    assert not post.mails


@pytest.mark.parametrize(
    ("stage", "answer", "outcome"),
    [
        # A full mailbox or greylisting passes.
        ("RCPT", "450 4.2.0 greylisted", "temporary"),
        ("RCPT", "452 4.2.2 mailbox full", "temporary"),
        ("DATA", "451 4.3.0 try later", "temporary"),
        # This contact will never take it.
        ("RCPT", "550 5.1.1 no such user", "permanent"),
        ("DATA", "554 5.7.1 refused by policy", "permanent"),
        # The server wants a login: ours is at fault.
        ("RCPT", "530 5.7.0 authentication required", "temporary"),
        ("DATA", "530 5.7.0 authentication required", "temporary"),
    ],
)
async def test_what_the_server_answers_decides(stage: str, answer: str, outcome: str) -> None:
    post = Post()
    post.answers[stage, "alice@example.com"] = answer
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        error = await refusal(channel)
        assert error.outcome == outcome
        assert answer[:3] in error.detail
        await channel.send("bob@example.com", page())
    assert post.recipients == ["bob@example.com"]


@pytest.mark.parametrize(
    ("stage", "answer", "blames"),
    [
        # One recipient's affair.
        ("RCPT", "450 4.2.0 greylisted", "contact"),
        ("RCPT", "451 4.7.1 Greylisting in action, come back later", "contact"),
        ("RCPT", "450 try again in a minute", "contact"),
        ("RCPT", "452 4.2.2 mailbox full", "contact"),
        ("DATA", "452 4.2.2 mailbox full", "contact"),
        ("DATA", "451 4.7.1 gray list", "contact"),
        # The server's.
        ("RCPT", "451 4.3.0 no room on disk", "provider"),
        ("RCPT", "421 4.3.2 shutting down", "provider"),
        ("DATA", "451 4.3.0 try later", "provider"),
        ("DATA", "421 closing", "provider"),
        ("MAIL", "451 4.1.8 who are you", "provider"),
    ],
)
async def test_only_the_servers_own_trouble_counts_against_it(stage: str, answer: str, blames: str) -> None:
    post = Post()
    post.answers[stage, "alerts@escalator.example" if stage == "MAIL" else "alice@example.com"] = answer
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        error = await refusal(channel)
    assert (error.outcome, error.blames) == ("temporary", blames)


async def test_a_storm_is_one_mail_that_lists_its_incidents_in_both_parts() -> None:
    post = Post()
    others = tuple(INCIDENT | {"id": str(id), "url": f"https://escalator.example/incidents/{id}"} for id in (43, 44))
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        await channel.send("alice@example.com", page(also=others))
    [mail] = post.mails
    assert "3 incidents" in mail["Subject"]
    for part in mail.iter_parts():
        for id in (43, 44):
            assert f"https://escalator.example/incidents/{id}" in part.get_content()


async def test_a_page_says_where_a_reply_goes_and_what_is_no_page_does_not() -> None:
    post = Post()
    async with post_office(post) as port:
        channel = Email(f"smtp://127.0.0.1:{port}?tls=none", SENDER, "escalator.example", reply_to="Us <us@in.example>")
        await channel.send("alice@example.com", page(token="t" * 43))
        await channel.send("alice@example.com", page(kind="resolved", acknowledge=None))
        await channel.close()
    assert [mail["Reply-To"] for mail in post.mails] == [f"us+{'t' * 43}@in.example", None]


async def test_a_code_arrives_as_a_plain_mail() -> None:
    post = Post()
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        await channel.send("alice@example.com", page(kind="code", code="123456", incident={}, acknowledge=None))
    [mail] = post.mails
    assert mail["Subject"] == "Your Escalator code"
    assert "123456" in mail.get_content()


@pytest.mark.parametrize("reply_to", ["nobody", "twenty-one-characters@in.example.com"])
def test_a_mailbox_for_replies_needs_room_for_a_token(reply_to: str) -> None:
    with pytest.raises(ValueError, match="ESCALATOR_EMAIL_REPLY_TO"):
        from_wiring(Wiring(smtp_url="smtp://localhost", email_from=SENDER, email_reply_to=reply_to))


async def test_a_refused_sender_is_our_trouble() -> None:
    post = Post()
    post.answers["MAIL", "alerts@escalator.example"] = "553 5.7.1 not your address"
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        error = await refusal(channel)
    assert error.outcome == "temporary"
    assert "ESCALATOR_EMAIL_FROM" in error.detail


async def test_refused_content_is_sent_again_in_the_minimal_wording() -> None:
    post = Post()
    post.answers["HTML", "alice@example.com"] = "554 5.6.0 no HTML here"
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        await channel.send("alice@example.com", page())
    [mail] = post.mails
    assert mail.get_content_type() == "text/plain"
    assert ACKNOWLEDGE in mail.get_content()
    assert mail["Message-ID"] == "<17.20260304031000@escalator.example>"


async def test_a_kept_connection_serves_many_mails() -> None:
    post = Post()
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        for id in range(20):
            await channel.send("alice@example.com", page(id=id))
        assert post.connections == 1
        await asyncio.gather(*(channel.send("alice@example.com", page(id=id)) for id in range(20, 70)))
        assert post.connections <= channel.at_once
    assert len({mail["Message-ID"] for mail in post.mails}) == 70


async def test_a_kept_connection_that_was_dropped_is_replaced_and_nothing_is_doubled() -> None:
    async def drop_after_each_mail(server: Scripted, command: str) -> bool:
        if command == "mail":
            server.writer.write(b"250 OK\r\n")
            server.writer.close()
            return False
        return True

    async with scripted(drop_after_each_mail) as (server, port), email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        for id in range(3):
            await channel.send("alice@example.com", page(id=id))
    assert len(server.mails) == server.connections == 3


@pytest.mark.parametrize("goodbye", [b"421 4.4.2 idle for too long\r\n", b""])
async def test_a_server_that_gives_up_a_kept_connection_when_it_is_used_again_loses_no_mail(goodbye: bytes) -> None:
    async def give_up_second_mail(server: Scripted, command: str) -> bool:
        if command == "MAIL" and server.commands.count("MAIL") == 2:
            server.writer.write(goodbye)
            server.writer.close()
            return False
        return True

    async with scripted(give_up_second_mail) as (server, port), email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        await channel.send("alice@example.com", page(id=1))
        await channel.send("alice@example.com", page(id=2))
    assert len(server.mails) == 2
    assert server.connections == 2


async def test_an_old_server_is_greeted_in_its_own_way() -> None:
    async def know_only_helo(server: Scripted, command: str) -> bool:
        if command == "EHLO":
            server.writer.write(b"502 what?\r\n")
        return command != "EHLO"

    async with scripted(know_only_helo) as (server, port), email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        await channel.send("alice@example.com", page())
    assert server.commands[:2] == ["EHLO", "HELO"]
    assert len(server.mails) == 1


async def test_a_drop_after_the_mail_went_out_is_ambiguous() -> None:
    async def take_it_and_run(server: Scripted, command: str) -> bool:
        if command == "mail":
            server.writer.close()
        return command != "mail"

    async with scripted(take_it_and_run) as (server, port), email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        assert (await refusal(channel)).outcome == "ambiguous"
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("silent_at", "outcome"),
    [("connect", "temporary"), ("EHLO", "temporary"), ("RCPT", "temporary"), ("mail", "ambiguous")],
)
async def test_a_silent_server_costs_one_deadline(silent_at: str, outcome: str) -> None:
    async def be_silent(server: Scripted, command: str) -> bool:
        return command != silent_at

    async with scripted(be_silent) as (_, port), email(f"smtp://127.0.0.1:{port}?tls=none", deadline=0.3) as channel:
        started = time.monotonic()
        assert (await refusal(channel)).outcome == outcome
        assert time.monotonic() - started < 2


async def test_when_all_connections_are_busy_the_wait_is_said_to_be_ours() -> None:
    async def hang(server: Scripted, command: str) -> bool:
        return command != "mail"

    url = "smtp://127.0.0.1:{}?tls=none"
    async with scripted(hang) as (server, port), email(url.format(port), deadline=0.4, at_once=1) as channel:
        first = asyncio.create_task(refusal(channel))
        await asyncio.sleep(0.1)
        channel._deadline = 0.1
        second = await refusal(channel, "bob@example.com")
        assert (await first).outcome == "ambiguous"
    assert second.outcome == "temporary"
    assert "waiting for a free connection" in second.detail
    assert len(server.mails) == 1


async def test_a_send_that_is_cancelled_gives_its_connection_up() -> None:
    async def hang(server: Scripted, command: str) -> bool:
        return not (command == "mail" and server.connections == 1)

    async with scripted(hang) as (server, port), email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await channel.send("alice@example.com", page(id=1))
        await channel.send("alice@example.com", page(id=2))
    assert server.connections == 2


async def test_no_server_at_all_is_temporary() -> None:
    async with scripted(lambda server, command: asyncio.sleep(0, True)) as (_, port):
        pass
    async with email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        assert (await refusal(channel)).outcome == "temporary"


@pytest.mark.parametrize(
    "address",
    [
        "alice@example.com, bob@example.com",  # two
        "alice@example.com\r\nRCPT TO:<bob@example.com>",  # a command
        "alice@example.com\nBcc: bob@example.com",  # a header
        "team: alice@example.com;",  # a group
        "<alice@example.com> bob@example.com",
        "alice",
        "@example.com",
        "alice@",
        "alice@exa mple.com",
        "al\u202eice@example.com",
        "älice@example.com",  # would need SMTPUTF8
        f"{'a' * 65}@example.com",
        "alice@" + "x" * 64 + ".com",
        "",
    ],
)
async def test_an_address_that_is_not_exactly_one_mailbox_is_refused_for_good(address: str) -> None:
    async with email("smtp://127.0.0.1:9?tls=none") as channel:
        error = await refusal(channel, address)
    assert error.outcome == "permanent"
    assert "address" in error.detail


async def test_an_international_domain_is_written_in_ascii() -> None:
    post = Post()
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        await channel.send("alice@bücher.example", page())
    assert post.recipients == ["alice@xn--bcher-kva.example"]


async def test_a_line_that_is_only_a_dot_does_not_end_the_mail() -> None:
    post = Post()
    text = {"summary": "before\n.\n..\n.after"}
    async with post_office(post) as port, email(f"smtp://127.0.0.1:{port}?tls=none") as channel:
        await channel.send("alice@example.com", page(alerts=({"labels": {}, "annotations": text},)))
    [mail] = post.mails
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert ".after" in plain.get_content()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://mail.example", "smtp://"),
        ("smtp://", "smtp://"),
        ("smtp://mail.example:port", "smtp://"),
        ("smtp://mail.example?tls=maybe", "starttls, implicit or none"),
        ("smtp://mail.example?verify=perhaps", "yes or no"),
        ("smtp://mail.example?tsl=none", "unknown option"),
    ],
)
def test_a_url_that_cannot_be_right_is_refused_without_its_password(url: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        Email(url.replace("://", "://user:hunter2@"), SENDER, "escalator.example")
    assert "ESCALATOR_SMTP_URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_password_is_not_in_the_repr() -> None:
    channel = Email("smtp://user:hunter2@mail.example", SENDER, "escalator.example")
    assert "hunter2" not in repr(channel._server)


def test_without_settings_there_is_no_e_mail_and_half_the_settings_are_an_error() -> None:
    assert from_wiring(Wiring()) == ()
    with pytest.raises(ValueError, match="ESCALATOR_EMAIL_FROM"):
        from_wiring(Wiring(smtp_url="smtp://mail.example"))
    with pytest.raises(ValueError, match="ESCALATOR_EMAIL_FROM"):
        from_wiring(Wiring(smtp_url="smtp://mail.example", email_from="nobody"))
