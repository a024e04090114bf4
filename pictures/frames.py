"""How receivers show what we send: the vendors' surroundings, imitated; the words inside are the channels' own."""

import json
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, NamedTuple

from escalator.channels import wording
from escalator.channels.pagerduty import events
from escalator.channels.slack import blocks
from escalator.channels.twilio import words as texts
from escalator.channels.webhook import compose
from pictures.scene import page

STYLE = """
*{box-sizing:border-box}body{margin:0;padding:24px;background:#eceff3;font:15px/1.45 -apple-system,"Segoe UI",Roboto,
"Noto Sans",sans-serif;color:#1d1c1d}.card{background:#fff;border-radius:10px;padding:18px 20px;box-shadow:0 1px 3px #0002}
.soft{color:#616061;font-size:13px}.h{font-weight:800;font-size:18px;margin:2px 0 8px}.s{margin:6px 0;white-space:pre-wrap}
.b{display:inline-block;border:1px solid #bbb;border-radius:5px;padding:6px 12px;margin:6px 6px 0 0;font-weight:600;
font-size:14px;background:#fff}.primary{background:#007a5a;color:#fff;border-color:#007a5a}.danger{color:#c5221f;
border-color:#c5221f}.bubble{background:#e5e5ea;border-radius:18px;padding:10px 14px;max-width:78%;margin:6px 0;
white-space:pre-wrap;overflow-wrap:anywhere}.mine{background:#34c759;color:#fff;margin-left:auto}.phone{width:340px;
margin:0 auto;background:#fff;border-radius:28px;padding:22px 16px;box-shadow:0 2px 10px #0003}
pre{font:12.5px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
.bar{width:6px;background:#c5221f;border-radius:4px}.row{display:flex;gap:14px}
"""


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
    reply = f'<div class="soft" style="margin-top:12px">1 reply — <b>Escalator</b> {escape(blocks.line(acknowledged))}</div>'
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


FRAMES: dict[str, Frame] = {
    "slack": Frame(640, _slack),
    "email": Frame(680, _email),
    "sms": Frame(420, _sms),
    "pagerduty": Frame(640, _pagerduty),
    "webhook": Frame(640, _webhook),
}
