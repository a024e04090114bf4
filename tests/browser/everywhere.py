"""Every page of the console, found by walking the doors, and what a browser can say of a page at one glance.

A page that comes later is found by itself; one whose address has words of its own needs an example here.
"""

from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi.routing import APIRoute

from escalator.web.build import ROUTERS
from escalator.web.pages import assets, devices, links, listening, phone
from escalator.web.pages.insight import exports

EXAMPLES: dict[str, dict[str, str]] = {
    "/people/{name}": {"name": "ben"},
    "/silences/{id}": {"id": "silences[0]"},
    "/policies/named/{name:path}": {"name": "payments"},
    "/policies/files/{file:path}": {"file": "routes.yaml"},
    "/policies/codes/{code}": {"code": "E220"},
}
"""By the path of a door, the words to put in where those of WORDS do not do."""
WORDS = {
    "incident_id": "210",
    "number": "1",
    "schedule": "payments",
    "person": "ben",
    "word": "no-such-link",
    "token": "no-such-link",
}
"""By the name of a parameter, what stands in the filled house."""
NO_PAGES = {
    assets: "files of pages",
    devices: "public pages with tests of their own (test_push.py)",
    links: "public pages with tests of their own (tests/web/test_pages.py)",
    listening: "events without an end",
    phone: "what makes it an app",
    exports: "tables as files",
}
"""Rooms of `web/pages` whose answers are no pages of the console."""
NOT_HTML: dict[str, str] = {
    "/system/outbox/{number}/letter": "a letter as its receiver's mail program shows it, in a frame",
}
"""Doors of a page's room that answer something else, and what."""
REFUSED = {"/sign-in/{word}": 404}
"""Pages that answer something else than 200 in the filled house."""


class Place(NamedTuple):
    """One page to look at."""

    path: str
    """Of the door."""
    url: str
    status: int = 200


def doors() -> list[str]:
    """The paths of all doors of the console that can be opened with a browser."""
    silent = {room.__name__ for room in NO_PAGES}
    routes = [route for room in ROUTERS for route in room.router.routes if isinstance(route, APIRoute)]
    return [
        route.path
        for route in routes
        if route.endpoint.__module__.startswith("escalator.web.pages.")
        and route.endpoint.__module__ not in silent
        and "GET" in route.methods
        and not route.path.endswith((".ics", ".csv", ".json"))
    ]


def places() -> list[Place]:
    """All but the unknown ones."""
    pages = [path for path in doors() if path not in NOT_HTML and path not in unknown()]
    return [Place(path, _filled(path), REFUSED.get(path, 200)) for path in pages]


def unknown() -> list[str]:
    """Doors whose words nobody knows: they need an example."""
    return [path for path in doors() if not {name for _, name in _words(path)} <= {*WORDS, *EXAMPLES.get(path, ())}]


def _filled(path: str) -> str:
    words = WORDS | EXAMPLES.get(path, {})
    for part, name in _words(path):
        path = path.replace(part, quote(words[name]))
    return path


def _words(path: str) -> list[tuple[str, str]]:
    """As they stand in the path, and their names."""
    return [(part, part.strip("{}").partition(":")[0]) for part in path.split("/") if part.startswith("{")]


LOOK = """
(scripts) => {
  const wrong = [];
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const name = (each) => each.outerHTML.slice(0, 110);
  const seen = (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const say = (what, which) => which.forEach((each) => wrong.push(what + ": " + name(each)));

  if (all("h1").filter(seen).length !== 1) wrong.push(all("h1").length + " h1");
  let before = 1;
  for (const head of all("h1,h2,h3,h4,h5").filter(seen)) {
    const level = Number(head.tagName[1]);
    if (level > before + 1) wrong.push("a step between headings is missing: " + name(head));
    before = level;
  }
  if (!document.documentElement.lang) wrong.push("no language");
  if (all("main").length !== 1) wrong.push(all("main").length + " main");
  if (!document.title || (all("nav.ways").length && !/ · Escalator$/.test(document.title))) {
    wrong.push("title: " + document.title);
  }

  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) {
    const wide = all("main *").filter((each) => {
      const box = each.getBoundingClientRect();
      return box.right > innerWidth + 1 && box.width && !each.closest(".scroll, svg, [class*=scroll]");
    });
    wrong.push(`wider than the screen: ${width} > ${innerWidth}`);
    say("sticks out", wide.slice(0, 4));
  }

  const stops = "a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex]";
  const controls = all(stops).filter((each) => seen(each) && !each.disabled);
  say("out of the order of tabs", controls.filter((each) => each.tabIndex > 0));
  say("cannot be reached by keyboard",
    controls.filter((each) => each.tabIndex < 0 && each.matches("a,button,input,select,textarea,summary")));
  say("only a pointer can press it", all("[onclick]"));
  say("turned round: the order of reading is another than that of looking", all("main *").filter((each) => {
    const style = getComputedStyle(each);
    return style.order !== "0" || /reverse/.test(style.flexDirection) || /reverse/.test(style.flexWrap);
  }));
  const ids = all("[id]").map((each) => each.id);
  const doubled = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (doubled.length) wrong.push("ids twice: " + doubled.slice(0, 5));
  say("without a style sheet's leave", all("[style]").filter((each) => !each.closest("svg")));
  say("leads elsewhere and says from where", all("a[href^='http']")
    .filter((each) => each.origin !== location.origin && !/noreferrer/.test(each.rel)));
  for (const label of all("label[for]")) if (!document.getElementById(label.htmlFor)) say("labels nothing", [label]);
  return wrong;
}
"""
"""What is wrong with a page, as far as its elements say: one sentence each."""

FOCUS = """
() => {
  const stops = "a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex='0']";
  const seen = (each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled;
  const look = (each) => {
    const drawn = [...each.querySelectorAll("rect,circle,path")].slice(0, 4);
    const rest = [each, each.parentElement, each.closest("label"), ...drawn].filter(Boolean);
    return rest.map((one) => {
      const style = getComputedStyle(one);
      const ring = style.outlineStyle === "none" ? "" : style.outlineWidth + style.outlineColor;
      const line = style.boxShadow + style.borderColor + style.textDecorationLine + style.strokeWidth;
      return ring + line + style.backgroundColor;
    }).join();
  };
  document.activeElement?.blur();
  return [...document.querySelectorAll(stops)].filter(seen).filter((each) => {
    const before = look(each);
    each.focus({ preventScroll: true, focusVisible: true });
    return document.activeElement === each && look(each) === before;
  }).map((each) => each.outerHTML.slice(0, 110));
}
"""
"""Which controls look the same with the keyboard's focus on them."""

STOPS = """
() => {
  const stops = "a[href],button,input:not([type=hidden]),select,textarea,summary,iframe,[tabindex='0']";
  const passed = (each) => each.type === "radio" && !each.checked;
  const seen = (each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled && !passed(each);
  return [...document.querySelectorAll(stops)].filter(seen).map((each, at) => each.dataset.stop = String(at));
}
"""
"""Numbers every control that the keyboard should come to, in the order of reading; the numbers."""

SMALL = """
() => {
  const seen = (each) => each.checkVisibility({ visibilityProperty: true });
  const targets = [...document.querySelectorAll("button,summary,input:not([type=hidden]),select,nav a")].filter(seen);
  return targets.filter((each) => {
    const label = each.closest("label");
    const boxes = [each, label].filter(Boolean).map((one) => one.getBoundingClientRect());
    const height = Math.max(...boxes.map((box) => box.height)), width = Math.max(...boxes.map((box) => box.width));
    return width > 0 && (height < 24 || width < 24);
  }).map((each) => each.outerHTML.slice(0, 110));
}
"""
"""Which controls are smaller than a finger needs at the very least (24 px, WCAG 2.2, 2.5.8)."""


def grave(found: dict[str, Any]) -> list[str]:
    """What axe holds to be serious or worse."""
    return [
        f"{each['id']}: {node['html'][:140]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:4]
    ]
