"""Forms: what is read of them, where they lead, and what is said there once."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from escalator.web.pages.forms import LONGEST, SAID, back, form_of, local, said_in
from escalator.web.problems import Problem


def request(body: bytes = b"", kind: str = "application/x-www-form-urlencoded", cookie: str = "") -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode()), (b"cookie", cookie.encode())]
    scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": headers, "scheme": "http"}
    return Request(scope, receive)


async def test_lines_of_a_text_area_are_lines() -> None:
    form = await form_of(request(b"note=one%0D%0Atwo"))
    assert form.text("note") == "one\ntwo"


async def test_fields_are_read_without_what_fakes_other_text() -> None:
    form = await form_of(request(b"note=+a%00b%E2%80%AEc+&id=1&id=2&empty="))
    assert form.text("note") == "a\ufffdb\ufffdc"
    assert form.many("id") == ["1", "2"]
    assert (form.text("empty", "x"), form.text("none", "x"), form.many("none")) == ("", "x", [])


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"a=1", "multipart/form-data; boundary=x", 415),
        (b"a" * (LONGEST + 1), "application/x-www-form-urlencoded", 413),
        (b"&".join([b"a=1"] * 5001), "application/x-www-form-urlencoded", 400),
    ],
)
async def test_what_no_page_of_ours_sends_is_refused(body: bytes, kind: str, status: int) -> None:
    with pytest.raises(Problem) as refused:
        await form_of(request(body, kind))
    assert refused.value.status_code == status


def _said(answer: Any) -> Any:
    cookie = answer.headers["set-cookie"].split(";")[0]
    return said_in(request(cookie=cookie))


def test_what_a_form_came_to_is_said_once_with_how_to_undo_it() -> None:
    answer = back(request(), "/", "Acknowledged #1.", tone="warn", undo=("/undo", {"id": ["1", "2"], "x": "y"}))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert _said(answer) == ("Acknowledged #1.", "warn", ("/undo", {"id": ["1", "2"], "x": ["y"]}))


def test_more_than_a_cookie_holds_is_said_without_undoing() -> None:
    answer = back(request(), "/", "x" * 5000, undo=("/undo", {"id": [str(number) for number in range(2000)]}))
    assert len(answer.headers["set-cookie"]) < 4096
    assert _said(answer) == ("x" * 200, "done", None)


@pytest.mark.parametrize(
    "found", [1, [], ["a"], [1, 2, 3], ["a", "b", ["//evil", {}]], ["a", "b", ["/x", 7]], ["a", "b", ["/x"]], {"a": 1}]
)
def test_a_cookie_that_is_not_ours_says_nothing_or_leads_nowhere_else(found: Any) -> None:
    word = urlsafe_b64encode(json.dumps(found).encode()).decode()
    said = said_in(request(cookie=f"{SAID}={word}"))
    assert said is None or said.undo is None


@given(st.text())
def test_no_path_that_is_called_local_leaves_this_host(path: str) -> None:
    if local(path):
        assert path.startswith("/")
        assert not path.startswith("//")
        assert "\\" not in path
