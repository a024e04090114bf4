"""Pages for people: they show, and the link acknowledges once, for a person and never for a scanner."""

import re
from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest

from escalator.core import events
from escalator.core.incident import Status
from escalator.engine.links import Link
from escalator.web import build
from tests.web.asgi import Answer, Client
from tests.web.conftest import House
from tests.web.rows import NASTY, an_incident

LINK = "/replies/link/t0ken"


@pytest.fixture
def client(house: House) -> Client:
    an_incident(house, 42)
    house.links.links["t0ken"] = Link(42, "alice", False)
    return Client(build(house.needs))


class Browser:
    """Keeps the cookie that a page set, and fills its form in as a person would."""

    def __init__(self, client: Client, path: str = LINK) -> None:
        self.client = client
        self.path = path
        self.cookie = ""
        self.proof = ""

    async def open(self) -> Answer:
        answer = await self.client.get(self.path, headers=self._headers())
        for line in answer.headers.getlist("set-cookie"):
            name, morsel = next(iter(SimpleCookie(line).items()))
            self.cookie = f"{name}={morsel.value}"
        found = re.search(r'name="proof" value="([^"]+)"', answer.text)
        self.proof = found.group(1) if found else ""
        return answer

    async def submit(self, **fields: str) -> Answer:
        form = urlencode({"proof": self.proof} | fields).encode()
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return await self.client.post(self.path, body=form, headers=self._headers() | kind)

    def _headers(self) -> dict[str, str]:
        return {"cookie": self.cookie} if self.cookie else {}


async def test_a_person_opens_the_link_chooses_and_has_the_incident(client: Client, house: House) -> None:
    browser = Browser(client)
    page = await browser.open()
    assert page.status == 200
    for word in ("DiskFull db-1", "critical", "alice by email", "level 1: alice is on call", "a…@example.com"):
        assert word in page.text
    assert "Acknowledge as alice" in page.text
    done = await browser.submit(choice="acknowledge")
    assert (done.status, house.lifecycle.asked) == (200, [(42, events.Acknowledged("alice"))])
    assert "Acknowledged by alice." in done.text
    assert "<form" not in done.text


@pytest.mark.parametrize("path", [LINK, "/replies/email/t0ken"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_a_link_changes_nothing_however_often(
    client: Client, house: House, path: str, method: str
) -> None:
    for _ in range(5):
        assert (await client.request(method, path)).status == 200
    assert house.lifecycle.asked == []
    assert not house.links.links["t0ken"].used


async def test_a_scanner_acknowledges_nothing_whatever_it_submits(client: Client, house: House) -> None:
    browser = Browser(client)
    await browser.open()
    cookie, proof = browser.cookie, browser.proof
    # Without the cookie, though it read the form.
    browser.cookie = ""
    assert (await browser.submit(choice="acknowledge")).status == 422
    # With the cookie, but without the form's proof, or with a guessed one.
    browser.cookie, browser.proof = cookie, ""
    assert (await browser.submit(choice="acknowledge")).status == 422
    browser.proof = "x" * 22
    assert (await browser.submit(choice="acknowledge")).status == 422
    # With both, pressing the button without a choice, or with the wrong one.
    browser.proof = proof
    for fields in ({}, {"choice": ""}, {"choice": "on"}):
        answer = await browser.submit(**fields)
        assert (answer.status, "choose" in answer.text) == (422, True)
    assert house.lifecycle.asked == []
    # The person who comes after it still can.
    assert (await browser.submit(choice="acknowledge")).status == 200


async def test_a_form_that_is_no_form_is_no_answer(client: Client, house: House) -> None:
    browser = Browser(client)
    await browser.open()
    for body in (b"", b"\xff" * 100, b"x" * 5000, b"a=b&" * 1000, b'{"choice": "acknowledge"}'):
        headers = {"cookie": browser.cookie}
        assert (await client.post(LINK, body=body, headers=headers)).status == 422
    assert house.lifecycle.asked == []


async def test_a_link_acknowledges_once(client: Client, house: House) -> None:
    browser = Browser(client)
    await browser.open()
    await browser.submit(choice="acknowledge")
    again = await browser.submit(choice="acknowledge")
    assert (again.status, len(house.lifecycle.asked)) == (409, 1)
    assert "Already acknowledged by alice." in again.text
    assert "Already acknowledged by alice." in (await browser.open()).text


async def test_a_link_to_no_person_asks_who_acknowledges(client: Client, house: House) -> None:
    house.links.links["t0ken"] = Link(42, None, False)
    browser = Browser(client)
    assert 'name="by"' in (await browser.open()).text
    assert "say who you are" in (await browser.submit(choice="acknowledge")).text
    assert (await browser.submit(choice="acknowledge", by="  Zoë\x1b ")).status == 200
    assert house.lifecycle.asked == [(42, events.Acknowledged("Zoë\ufffd"))]


@pytest.mark.parametrize(
    ("status", "used", "words"),
    [
        (Status.ACKNOWLEDGED, False, "Already acknowledged by bob."),
        (Status.RESOLVED, False, "It is resolved."),
        (Status.TRIGGERED, True, "This link was used before."),
    ],
)
async def test_a_link_with_nothing_left_to_do_says_so_and_offers_no_button(
    house: House, status: Status, used: bool, words: str
) -> None:
    an_incident(house, 43, status)
    house.links.links["other"] = Link(43, "alice", used)
    page = await Client(build(house.needs)).get("/replies/link/other")
    assert page.status == 200
    assert words in page.text
    assert "<form" not in page.text
    assert "set-cookie" not in page.headers


async def test_an_unknown_or_expired_link_says_what_to_do_and_guessing_is_slowed(client: Client) -> None:
    answer = await client.get("/replies/link/unknown")
    assert (answer.status, "newest message" in answer.text) == (404, True)
    statuses = [(await client.get(f"/replies/link/guess{number}")).status for number in range(25)]
    assert statuses[-1] == 429


async def test_a_database_that_is_away_is_said_in_words(client: Client, house: House) -> None:
    browser = Browser(client)
    await browser.open()
    house.database.down = True
    for answer in (await browser.open(), await browser.submit(choice="acknowledge")):
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert "Nothing was changed" in answer.text


async def test_the_cookie_stays_on_this_page_and_off_other_sites(new_house: Callable[..., House]) -> None:
    house = new_house(public_url="https://esc.example")
    an_incident(house, 42)
    house.links.links["t0ken"] = Link(42, "alice", False)
    cookie = (await Client(build(house.needs)).get(LINK)).headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "secure", f"path={LINK}", "max-age=86400"):
        assert part in cookie


async def test_a_browser_may_send_the_form_though_everything_is_open_and_origins_are_checked(
    new_house: Callable[..., House],
) -> None:
    house = new_house(open_mode=True)
    an_incident(house, 42)
    house.links.links["t0ken"] = Link(42, "alice", False)
    client = Client(build(house.needs))
    # With no-referrer, browsers send their own forms with `Origin: null`, which open mode refuses.
    assert (await client.get(LINK)).headers["referrer-policy"] == "same-origin"
    client.base["origin"] = "http://localhost:8080"
    browser = Browser(client)
    await browser.open()
    assert (await browser.submit(choice="acknowledge")).status == 200


async def test_pages_run_no_script_and_let_nothing_else_in(client: Client) -> None:
    page = await client.get(LINK)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page.text


async def test_what_senders_wrote_is_text_and_never_markup(house: House) -> None:
    an_incident(house, 44, title=NASTY)
    house.links.links["nasty"] = Link(44, None, False)
    client = Client(build(house.needs), token="token-read")
    for target in ("/", "/incidents/44", "/replies/link/nasty"):
        text = (await client.get(target)).text
        assert NASTY not in text
        assert "&lt;script&gt;" in text
        assert 'href="javascript:' not in text


async def test_the_list_shows_what_is_open_and_that_a_revision_is_refused(house: House) -> None:
    an_incident(house, 42)
    an_incident(house, 43, Status.RESOLVED, "Closed one")
    client = Client(build(house.needs), token="token-read")
    page = await client.get("/")
    assert "DiskFull db-1" in page.text
    assert "Closed one" not in page.text
    assert "refused" not in page.text
    house.revisions.refused = "main.yaml:3:1: no such schedule"
    assert "main.yaml:3:1" in (await client.get("/")).text


async def test_an_incidents_page_shows_it_or_says_that_there_is_none(house: House) -> None:
    an_incident(house, 42)
    client = Client(build(house.needs), token="token-read")
    page = await client.get("/incidents/42")
    assert (page.status, "451 try later" in page.text) == (200, True)
    assert "/incidents/42/act" not in page.text
    assert (await client.get("/incidents/7")).status == 404
    assert (await client.request("HEAD", "/incidents/42")).status == 200
    assert (await Client(build(house.needs)).get("/incidents/42")).headers["www-authenticate"].startswith("Bearer")
