"""Templates of the policies: rendered in a child that can be killed, whatever they do."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from escalator.channels.templates import Renderer
from escalator.core.policy import TEMPLATE_FIELDS, Form, Templates
from tests.channels.samples import page
from tests.channels.test_webhook import endpoint
from tests.engine.live import live

HOSTILE = {
    "nested ranges": "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}"
    "{% endfor %}{% endfor %}",
    "a wide number": "{{ '%1000000000d' | format(1) }}",
    "a long text": "{{ 'x' * 1000000000 }}",
    "endless output": "{% for a in range(99999) %}{{ 'x' * 9999 }}{% endfor %}",
    "classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "what is not there": "{{ incident.nothing.at.all }}",
}


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    made = Renderer()
    await made.render(page(), Templates(short="{{ kind }}"), None)
    yield made
    await made.close()


async def test_a_policys_own_words(renderer: Renderer) -> None:
    templates = Templates(
        "{{ incident.title }}", "{{ kind }} {{ links.acknowledge }}", "{{ alerts[0].labels.instance }}"
    )
    found = await renderer.render(page(), templates, None)
    assert found.trouble == ""
    assert found.message.words == ("HostDown c1", f"page {page().acknowledge}", "host01.example:9100")


async def test_every_field_that_the_language_allows_is_there(renderer: Renderer) -> None:
    text = "".join(f"{{{{ {name} is defined }}}}" for name in TEMPLATE_FIELDS)
    found = await renderer.render(page(), Templates(short=text), None)
    assert found.message.words is not None
    assert found.message.words.short == "True" * len(TEMPLATE_FIELDS)


@pytest.mark.parametrize("name", HOSTILE)
async def test_whatever_a_template_does_the_built_in_text_goes_out_in_time(renderer: Renderer, name: str) -> None:
    began = time.monotonic()
    found = await renderer.render(page(), Templates(short=HOSTILE[name]), None)
    assert time.monotonic() - began < 2.5
    assert found.message.words is None
    assert "template failed" in found.trouble
    after = await renderer.render(page(), Templates(short="{{ kind }}"), None)
    assert after.message.words is not None, "the next one renders"
    assert after.message.words.short == "page"


async def test_a_child_that_cannot_be_started_costs_the_own_words_alone() -> None:
    made = Renderer((sys.executable, "-c", "raise SystemExit"))
    found = await made.render(page(), Templates(short="{{ kind }}"), None)
    assert (found.message.words, "template failed" in found.trouble) == (None, True)
    await made.close()


async def test_without_templates_no_child_is_started() -> None:
    made = Renderer(("/nonexistent",))
    found = await made.render(page(), None, Form(acknowledges=True))
    assert (found.trouble, found.message.form) == ("", Form(acknowledges=True))


async def test_many_at_once_each_get_their_own(renderer: Renderer) -> None:
    messages = [page(id=number) for number in range(20)]
    texts = [Templates(short=f"{number} {{{{ kind }}}}") for number in range(20)]
    found = await asyncio.gather(*(renderer.render(m, t, None) for m, t in zip(messages, texts, strict=True)))
    assert [each.message.words.short for each in found if each.message.words] == [f"{n} page" for n in range(20)]


async def test_what_is_no_template_is_sent_as_it_stands_without_a_child() -> None:
    made = Renderer(("/nonexistent",))
    found = await made.render(page(), Templates(short="as it stands"), Form("body", (("X-A", "b"),)))
    assert (found.trouble, found.message.form) == ("", Form("body", (("X-A", "b"),)))
    assert found.message.words is not None
    assert found.message.words.short == "as it stands"


async def test_an_error_in_one_text_costs_that_text_alone(renderer: Renderer) -> None:
    form = Form("{{ kind }}", (("X-Severity", "{{ incident.severity }}"),), acknowledges=True)
    found = await renderer.render(page(), Templates("{{ incident.no.such }}", "{{ kind }}"), form)
    assert found.message.words is not None
    assert found.message.words == (None, "page", None)
    assert found.message.form == Form("page", (("X-Severity", "critical"),), acknowledges=True)
    assert "words subject: UndefinedError" in found.trouble


async def test_a_form_is_whole_or_not_there(renderer: Renderer) -> None:
    form = Form("{{ kind }}", (("X-Severity", "{{ incident.no.such }}"),))
    found = await renderer.render(page(), Templates(short="{{ kind }}"), form)
    assert found.message.form is None
    assert found.message.words is not None


async def test_a_header_is_one_line_whatever_it_renders(renderer: Renderer) -> None:
    form = Form(None, (("X-Title", "{{ incident.title }}"),))
    found = await renderer.render(page(incident={"title": "a\r\nEvil: yes\x00\u202e"}), None, form)
    assert found.message.form is not None
    [(_, value)] = found.message.form.headers
    assert value.isprintable()


async def test_the_child_knows_none_of_our_secrets(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCALATOR_ADMIN_TOKEN", "canary-of-the-child")
    made = Renderer()
    await made.render(page(), Templates(short="{{ kind }}"), None)
    assert made._child is not None
    assert b"canary-of-the-child" not in Path(f"/proc/{made._child.pid}/environ").read_bytes()
    await made.close()


async def test_one_policys_endless_template_does_not_hold_up_anothers_words(renderer: Renderer) -> None:
    """Fifty messages of a storm whose template hangs, and one page whose does not: it waits a second, not fifty."""
    hanging = [renderer.render(page(id=n), Templates(short=HOSTILE["nested ranges"]), None) for n in range(50)]
    began = time.monotonic()
    *lost, good = await asyncio.gather(*hanging, renderer.render(page(), Templates(short="{{ kind }}"), None))
    assert time.monotonic() - began < 4.0
    assert {each.message.words for each in lost} == {None}
    assert good.message.words is not None


async def test_who_waits_too_long_for_others_gets_the_built_in_text() -> None:
    made = Renderer(within=2.0, patience=0.2)
    slow = asyncio.ensure_future(made.render(page(), Templates(short=HOSTILE["nested ranges"]), None))
    await asyncio.sleep(0)
    found = await made.render(page(), Templates(short="{{ kind }}"), None)
    assert "waited too long" in found.trouble
    assert "took more than" in (await slow).trouble
    await made.close()


async def test_a_send_that_is_given_up_leaves_no_answer_for_the_next_one(renderer: Renderer) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await renderer.render(page(), Templates(short=HOSTILE["nested ranges"]), None)
    found = await renderer.render(page(), Templates(short="next {{ kind }}"), None)
    assert found.message.words is not None
    assert found.message.words.short == "next page"


async def test_a_child_that_was_killed_from_outside_is_replaced(renderer: Renderer) -> None:
    assert renderer._child is not None
    renderer._child.kill()
    await renderer._child.wait()
    found = await renderer.render(page(), Templates(short="{{ kind }}"), None)
    assert found.message.words is not None


async def test_an_orphan_ends_by_itself(renderer: Renderer) -> None:
    """Its parent may die in the middle of a rendering: a loop ends with its processor time."""
    made = Renderer(within=30.0)
    began = time.monotonic()
    found = await made.render(page(), Templates(short=HOSTILE["nested ranges"]), None)
    assert time.monotonic() - began < 20.0
    assert "died" in found.trouble
    await made.close()


async def test_values_that_json_does_not_know_cost_no_page(renderer: Renderer) -> None:
    odd = page(incident={"title": "\ud800", "odd": object(), "deep": None})
    found = await renderer.render(odd, Templates(short="{{ incident.title }}"), None)
    assert found.message.words is not None or found.trouble


POLICIES = """\
version: 1
people: {alice: {contacts: {email: alice@example.com}}}
channels:
  jira:
    webhook: secret:JIRA
    body: '{"fields": {"summary": {{ incident.title | tojson }}, "n": {{ level }}}}'
    headers: {X-Priority: "{{ incident.severity }}", Content-Type: application/vnd.jira+json}
    acknowledges: ACKNOWLEDGES
policies:
  page: {levels: [{notify: [{channel: jira}]}, {notify: [{person: alice}]}]}
catch_all: page
"""


@pytest.mark.parametrize(("allowed", "status"), [("true", "acknowledged"), ("false", "triggered")])
async def test_a_webhook_in_its_receivers_own_form_acknowledges_only_where_the_policy_says_so(
    database_url: str, tmp_path: Path, allowed: str, status: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        headers.append({name.lower(): value for name, value in request.headers.items()})
        return web.json_response({"acknowledge": True, "id": "OPS-1"})

    headers: list[dict[str, str]] = []
    async with endpoint(answer) as (hook, url):
        text = POLICIES.replace("ACKNOWLEDGES", allowed)
        async with live(database_url, tmp_path / "p", text, secrets={"secret:JIRA": url}) as one:
            await one.fire('Disk "Full"')
            await one.until(lambda: hook.bodies)
            await one.until(lambda: _sent(one))
            shown = await one.get("incidents/1")
    assert json.loads(hook.bodies[0]) == {"fields": {"summary": 'Disk "Full"', "n": 1}}
    assert headers[0]["x-priority"] == "critical"
    assert headers[0]["content-type"] == "application/vnd.jira+json"
    assert "idempotency-key" in headers[0]
    assert shown["status"] == status
    if allowed == "true":
        assert shown["acknowledged_by"] == "channel jira"


@pytest.mark.parametrize(
    "answer", ['{"acknowledge": "true"}', '{"acknowledge": 1}', '["acknowledge"]', '"acknowledge": true']
)
async def test_only_a_plain_true_acknowledges(sqlite_url: str, tmp_path: Path, answer: str) -> None:
    async def said(request: web.Request) -> web.Response:
        return web.Response(text=answer)

    async with endpoint(said) as (_, url):
        text = POLICIES.replace("ACKNOWLEDGES", "true")
        async with live(sqlite_url, tmp_path / "p", text, secrets={"secret:JIRA": url}) as one:
            await one.fire()
            await one.until(lambda: _sent(one))
            assert (await one.get("incidents/1"))["status"] == "triggered"


async def test_a_webhook_whose_template_fails_gets_the_built_in_body_and_the_ledger_says_why(
    sqlite_url: str, tmp_path: Path
) -> None:
    text = POLICIES.replace("{{ level }}", "{{ incident.no.such }}").replace("ACKNOWLEDGES", "false")
    async with endpoint() as (hook, url), live(sqlite_url, tmp_path / "p", text, secrets={"secret:JIRA": url}) as one:
        await one.fire()
        await one.until(lambda: hook.bodies)
        await one.until(lambda: _sent(one))
        [row] = await one.notifications()
    assert json.loads(hook.bodies[0])["type"] == "page"
    assert "template failed" in row["attempts"][0]["detail"]


AUTHORISED = """\
version: 1
people: {alice: {contacts: {email: alice@example.com}}}
channels: {jira: {webhook: secret:JIRA, headers: {Authorization: secret:KEY}}}
policies: {page: {levels: [{notify: [{channel: jira}]}, {notify: [{person: alice}]}]}}
catch_all: page
"""


async def test_a_header_may_be_a_secret_and_stays_one(sqlite_url: str, tmp_path: Path) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=403, text=f"no access with {request.headers['Authorization']}")

    key = "Basic {{ kind }}c2VjcmV0"
    async with endpoint(refuse) as (hook, url):
        secrets = {"secret:JIRA": url, "secret:KEY": key}
        async with live(sqlite_url, tmp_path / "p", AUTHORISED, secrets=secrets) as one:
            await one.fire()
            await one.until(lambda: hook.bodies)
            await one.until(lambda: _sent(one))
            [row] = [each for each in await one.notifications() if each["channel"] == "webhook"]
    assert hook.headers[0]["authorization"] == key, "a secret is no template"
    assert "no access" in row["attempts"][0]["detail"]
    assert "c2VjcmV0" not in json.dumps(row)


async def test_a_header_whose_secret_is_not_set_fails_by_name(sqlite_url: str, tmp_path: Path) -> None:
    async with endpoint() as (hook, url):
        secrets: dict[str, str | None] = {"secret:JIRA": url, "secret:KEY": None}
        async with live(sqlite_url, tmp_path / "p", AUTHORISED, secrets=secrets) as one:  # type: ignore[arg-type]
            await one.fire()
            await one.until(lambda: _sent(one))
            [row] = [each for each in await one.notifications() if each["channel"] == "webhook"]
    assert (row["state"], hook.bodies) == ("failed", [])
    assert "secret:KEY is not set" in row["attempts"][0]["detail"]


async def _sent(one: object) -> bool:
    rows = await one.notifications()  # type: ignore[attr-defined]
    return bool(rows) and rows[0]["state"] not in ("pending", "sending")
