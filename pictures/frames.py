"""How receivers show what we send: the vendors' surroundings, imitated; the words inside are the channels' own."""

import json
import re
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from escalator.channels import wording
from escalator.channels.apprise import words as anywhere
from escalator.channels.pagerduty import events
from escalator.channels.push.content import payload
from escalator.channels.slack import blocks
from escalator.channels.twilio import words as texts
from escalator.channels.webhook import compose
from pictures.scene import page

STYLE = Path(__file__).with_name("style.css").read_text()


class Frame(NamedTuple):
    width: int
    html: Callable[[], str]


def _whole(body: str) -> str:
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{body}"


def _slack() -> str:
    acknowledged = page(
        kind="update", reason="acknowledged by alice, holds for 1h", acknowledge=None,
        incident=page().incident | {"status": "acknowledged", "acknowledged_by": "alice",
                                    "acknowledged_at": "2026-03-04T03:11:20Z"},
    )  # fmt: skip
    told = page(person=None, target="channel ops")
    drawn = "".join(map(_block, blocks.post(told).blocks))
    line = escape(blocks.line(acknowledged))
    reply = f'<div class="soft" style="margin-top:12px">1 reply — <b>Escalator</b> {line}</div>'
    return _whole(f'<div class="card"><b>Escalator</b> <span class="soft">APP 03:10</span>{drawn}{reply}</div>')


def _block(block: Mapping[str, Any]) -> str:
    if block["type"] == "actions":
        return "".join(map(_element, block["elements"]))
    if block["type"] == "context":
        return "".join(f'<div class="soft">{escape(each["text"])}</div>' for each in block["elements"])
    text = block["text"]["text"]
    if block["type"] == "header":
        return f'<div class="h">{escape(text)}</div>'
    return f'<div class="s">{_mrkdwn(text) if block["text"]["type"] == "mrkdwn" else escape(text)}</div>'


def _mrkdwn(text: str) -> str:
    """Bold and links: all that our own words use."""
    linked = re.sub(r"<(https?://[^|>]+)\|([^>]+)>", r'<a style="color:#1264a3">\2</a>', text)
    return re.sub(r"\*([^*]+)\*", r"<b>\1</b>", linked)


def _element(element: Mapping[str, Any]) -> str:
    text = (element.get("text") or element.get("placeholder"))["text"]
    menu = " ▾" if element["type"] == "static_select" else ""
    return f'<span class="b {element.get("style", "")}">{escape(text)}{menu}</span>'


def _email() -> str:
    letter = wording.letter(page("email"))
    head = f'<div class="card" style="margin-bottom:10px"><div class="h">{escape(letter.subject)}</div>'
    head += '<div class="soft">Escalator &lt;escalator@example.com&gt; to alice@example.com</div></div>'
    inner = letter.html.partition("<body")[2].partition(">")[2].rpartition("</body>")[0]
    return _whole(head + inner)


def _sms() -> str:
    bubbles = [("", texts.text(page())), ("mine", "1"), ("", "Acknowledged: #42 DiskFull ledger-db-1")]
    drawn = "".join(
        f'<div class="bubble {who}" style="width:fit-content">{escape(text)}</div>' for who, text in bubbles
    )
    return _whole(f'<div class="phone"><div class="soft" style="text-align:center">+1 555 000 1000</div>{drawn}</div>')


def _pagerduty() -> str:
    event = events.event(page())
    payload = event["payload"]
    details = json.dumps(payload["custom_details"], indent=2, ensure_ascii=False)
    links = " · ".join(escape(each["text"]) for each in event["links"])
    return _whole(
        f'<div class="card row"><div class="bar"></div><div><div class="soft">TRIGGERED · {payload["severity"]} · '
        f'{escape(payload["source"])}</div><div class="h">{escape(payload["summary"])}</div>'
        f'<div class="soft">{links}</div><pre style="margin-top:10px">{escape(details)}</pre>'
        f'<div class="soft" style="margin-top:8px">dedup_key {escape(event["dedup_key"])}</div></div></div>'
    )


def _webhook() -> str:
    body = json.dumps(json.loads(compose(page())), indent=2, ensure_ascii=False)
    head = "POST /hook\nwebhook-id: msg_17.20260304031000\nwebhook-timestamp: 1772593800\nwebhook-signature: v1,…\n\n"
    return _whole(f'<div class="card"><pre>{escape(head + body)}</pre></div>')


def _apprise() -> str:
    """In ntfy's app, with the buttons under the words; and in Mattermost."""
    ntfy = anywhere.fitted(page(), anywhere.Room(3400, 200))
    chat = anywhere.fitted(page(), anywhere.Room(3900))
    press, opens = (
        f'<span class="b {style}">{text}</span>' for style, text in (("primary", "Acknowledge"), ("", "Open"))
    )
    return _whole(
        f'<div class="card" style="margin-bottom:14px"><div class="soft">ntfy · alice · 03:10</div>'
        f'<div class="h">{escape(ntfy.title)}</div><pre>{escape(ntfy.body)}</pre>{press}{opens}</div>'
        f'<div class="card"><b>Escalator</b> <span class="soft">BOT 03:10 · Mattermost, ops</span>'
        f"<pre>{escape(chat.body.partition(chr(10) * 2)[0])}\n…</pre>{press}"
        f'<div class="soft" style="margin-top:8px">(Only visible to you) Acknowledged by alice.</div></div>'
    )


def _push() -> str:
    shown = json.loads(payload(page()))
    text = escape(shown["body"])
    return _whole(
        f'<div class="card" style="border-radius:18px"><div class="soft">escalator.example.com · now</div>'
        f'<div style="font-weight:700;margin:4px 0">{escape(shown["title"])}</div><div class="s">{text}</div>'
        '<span class="b">Acknowledge</span></div>'
    )


FRAMES: dict[str, Frame] = {
    "slack": Frame(640, _slack),
    "email": Frame(680, _email),
    "sms": Frame(420, _sms),
    "pagerduty": Frame(640, _pagerduty),
    "push": Frame(440, _push),
    "webhook": Frame(640, _webhook),
    "apprise": Frame(640, _apprise),
}
