"""Reads a picture as it was drawn: where every element lies, which texts stand where, how many messages are marked."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring

from escalator.rehearsal.pictures import pen

SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"big": 18, "small": 14, "tiny": 13, "count": 13, "glyph": 13}


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float
    text: str = ""

    def meets(self, other: "Box") -> bool:
        across = self.left < other.right - 0.5 and other.left < self.right - 0.5
        return across and self.top < other.bottom - 0.5 and other.top < self.bottom - 0.5


class Drawing:
    def __init__(self, text: str) -> None:
        self.root = fromstring(text)
        _, _, width, height = map(float, self.root.attrib["viewBox"].split())
        self.paper = Box(0, 0, width, height)

    def words(self, name: str) -> str:
        found = self.root.find(f"{SVG}{name}")
        assert found is not None
        return found.text or ""

    def texts(self) -> list[str]:
        return [each.text or "" for each in self.root.iter(f"{SVG}text")]

    def marked(self) -> int:
        """Messages and events in the panels, a mark with a number counting as many."""
        panels = (each for each in self.root.iter(f"{SVG}g") if each.get("class") == "panel")
        marks = [mark for panel in panels for mark in panel.iter(f"{SVG}g") if mark.get("class") == "mark"]
        numbers = [[t.text or "" for t in mark.iter(f"{SVG}text") if "count" in t.attrib["class"]] for mark in marks]
        return sum(int(number[0][1:]) if number else 1 for number in numbers)

    def boxes(self) -> Iterator[Box]:
        yield from _boxes(self.root, 0, 0)

    def outside(self) -> list[Box]:
        slack = 1
        return [
            box for box in self.boxes()
            if box.left < -slack or box.top < -slack
            or box.right > self.paper.right + slack or box.bottom > self.paper.bottom + slack
        ]  # fmt: skip

    def collisions(self) -> list[tuple[str, str]]:
        """Pairs of texts that lie over each other."""
        texts = [box for box in self.boxes() if box.text]
        return [(a.text, b.text) for place, a in enumerate(texts) for b in texts[place + 1 :] if a.meets(b)]

    def marks(self) -> list[Box]:
        """Where each lies, in the panels."""
        panels = (each for each in self.root.iter(f"{SVG}g") if each.get("class") == "panel")
        found = [list(_boxes(mark, 0, 0)) for panel in panels for mark in panel.iter(f"{SVG}g") if _is_mark(mark)]
        return [
            Box(min(b[0] for b in each), min(b[1] for b in each), max(b[2] for b in each), max(b[3] for b in each))
            for each in found
        ]

    def heaps(self) -> list[tuple[Box, Box]]:
        """Pairs of marks that lie over each other."""
        marks = self.marks()
        return [(a, b) for place, a in enumerate(marks) for b in marks[place + 1 :] if a.meets(b)]


def _is_mark(element: Element) -> bool:
    return element.get("class") == "mark"


def _boxes(element: Element, x: float, y: float) -> Iterator[Box]:
    moved = re.match(r"translate\(([-\d.]+) ([-\d.]+)\)", element.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    if box := _box(element, x, y):
        yield box
    for child in element:
        yield from _boxes(child, x, y)


def _box(element: Element, x: float, y: float) -> Box | None:
    kind, of = element.tag.removeprefix(SVG), element.attrib
    if kind == "rect":
        left, top = x + float(of["x"]), y + float(of["y"])
        return Box(left, top, left + float(of["width"]), top + float(of["height"]))
    if kind == "line":
        xs, ys = sorted((float(of["x1"]), float(of["x2"]))), sorted((float(of["y1"]), float(of["y2"])))
        return Box(x + xs[0], y + ys[0], x + xs[1], y + ys[1])
    if kind == "path":
        return Box(x, y, x + 24, y + 24)
    return _text(element, x + float(of["x"]), y + float(of["y"])) if kind == "text" else None


def _text(element: Element, x: float, y: float) -> Box:
    classes = element.attrib["class"].split()
    size = next((SIZES[name] for name in classes if name in SIZES), 15)
    width = pen.em(element.text or "") * size
    left = x - width / 2 if "glyph" in classes else x
    return Box(left, y - size * 0.74, left + width, y + size * 0.2, element.text or "")
