"""Who comes into the console: with a session, a token or not at all; and that no other site's form counts."""

from collections.abc import Callable

import pytest

from escalator.engine.keys import Grant
from escalator.web import build
from tests.web.asgi import Client
from tests.web.conftest import House
from tests.web.pages.browser import Browser


@pytest.fixture
def browser(house: House) -> Browser:
    return Browser(Client(build(house.needs)))


async def test_a_stranger_is_led_to_where_one_signs_in_and_back(browser: Browser) -> None:
    answer = await browser.get("/?status=resolved")
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in?next=%2F%3Fstatus%3Dresolved")
    form = await browser.get(answer.headers["location"])
    assert 'value="/?status=resolved"' in form.text
    answer = await browser.post("/sign-in", {"token": "token-read", "next": "/?status=resolved"})
    assert (answer.status, answer.headers["location"]) == (303, "/?status=resolved")
    assert (await browser.get("/")).status == 200


async def test_a_stranger_who_is_a_program_is_told_to_bring_a_token(house: House) -> None:
    answer = await Client(build(house.needs)).get("/", headers={"accept": "application/json"})
    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="escalator"')
    assert (await Client(build(house.needs), token="token-read").get("/")).status == 200


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx", "evil", "/%0d"]
)
async def test_signing_in_leads_to_no_other_site(browser: Browser, wanted: str) -> None:
    answer = await browser.post("/sign-in", {"token": "token-read", "next": wanted})
    assert answer.headers["location"] == ("/%0d" if wanted == "/%0d" else "/")


@pytest.mark.parametrize(
    ("token", "says"), [("wrong", "unknown, expired or revoked"), ("", "unknown"), ("token-ingest", "lets alerts in")]
)
async def test_a_token_that_opens_nothing_is_told_why(browser: Browser, token: str, says: str) -> None:
    answer = await browser.post("/sign-in", {"token": token})
    assert (answer.status, browser.cookies) == (401, {})
    assert says in answer.text


async def test_guessing_is_slowed_down(browser: Browser) -> None:
    for _ in range(20):
        assert (await browser.post("/sign-in", {"token": "guess"})).status == 401
    answer = await browser.post("/sign-in", {"token": "token-read"})
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")


async def test_the_cookie_is_kept_from_scripts_and_on_https_from_open_lines(new_house: Callable[..., House]) -> None:
    for url, secure in (("http://localhost:8080", False), ("https://escalator.example.com", True)):
        client = Client(build(new_house(public_url=url).needs))
        answer = await client.post("/sign-in", body=b"token=token-read")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert ("Secure" in cookie) is secure


async def test_a_link_signs_in_once_and_opening_it_uses_nothing_up(house: House, browser: Browser) -> None:
    house.sessions.words["word"] = Grant("", "first link", None, ("admin",))
    for _ in range(3):
        assert "Sign in" in (await browser.get("/sign-in/word")).text
    assert (await browser.post("/sign-in/word")).status == 303
    assert (await browser.get("/")).status == 200
    again = Browser(browser.client)
    assert (await again.get("/sign-in/word")).status == 404
    assert (await again.post("/sign-in/word")).status == 404
    assert again.cookies == {}


async def test_signing_out_ends_the_session_and_forgets_what_the_browser_kept(house: House, browser: Browser) -> None:
    await browser.post("/sign-in", {"token": "token-read"})
    kept = dict(browser.cookies)
    answer = await browser.post("/sign-out")
    assert (answer.headers["location"], browser.cookies) == ("/sign-in", {})
    assert answer.headers["clear-site-data"] == '"cache"', "with the storage push would end"
    browser.cookies = kept
    assert (await browser.get("/")).status == 303


async def test_a_session_ends_with_the_admin_token_of_the_settings(new_house: Callable[..., House]) -> None:
    house = new_house(admin_token="first")
    browser = Browser(Client(build(house.needs)))
    await browser.post("/sign-in", {"token": "first"})
    assert (await browser.get("/")).status == 200
    house.settings["admin_token"] = "second"
    browser.client = Client(build(house.needs))
    assert (await browser.get("/")).status == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost:8080"}, 403),
        # Another port of this machine is another site to us.
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 303),
    ],
)
async def test_a_form_of_another_site_changes_nothing(browser: Browser, headers: dict[str, str], status: int) -> None:
    await browser.post("/sign-in", {"token": "token-read"})
    assert (await browser.post("/me", {"person": "alice"}, **headers)).status == status
    assert ("escalator_me" in browser.cookies) is (status == 303)
    assert (await Browser(browser.client).post("/sign-in", {"token": "token-read"}, **headers)).status == status


async def test_whoever_has_no_name_says_who_sits_there(house: House, browser: Browser) -> None:
    await browser.post("/sign-in", {"token": "token-ack"})
    assert (await browser.post("/me", {"person": "mallory"})).status == 422
    assert (await browser.post("/me", {"person": "alice", "next": "/system"})).headers["location"] == "/system"
    browser.cookies["escalator_me"] = "mallory"
    assert (await browser.get("/")).status == 200


async def test_a_refusal_is_a_page_for_people_and_a_problem_for_programs(house: House, browser: Browser) -> None:
    await browser.post("/sign-in", {"token": "token-read"})
    answer = await browser.get("/incidents/x")
    assert (answer.status, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    answer = await browser.get("/api/v1/incidents/7")
    assert answer.headers["content-type"] == "application/problem+json"
    house.database.down = True
    answer = await browser.get("/")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert "<h1>Service Unavailable</h1>" in answer.text


async def test_the_stream_of_changes_asks_who_listens(house: House) -> None:
    assert (await Client(build(house.needs)).get("/events")).status == 401
