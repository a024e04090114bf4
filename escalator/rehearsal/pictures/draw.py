"""The whole picture: title, panels, legend, as one SVG document without scripts, fonts or anything from elsewhere."""

from collections.abc import Sequence
from hashlib import blake2b
from html import escape

from escalator.core.instant import spoken
from escalator.rehearsal.pictures import pen
from escalator.rehearsal.pictures.axis import panels
from escalator.rehearsal.pictures.glyphs import glyph
from escalator.rehearsal.pictures.panel import LEFT, RIGHT, WIDTH, draw_panel
from escalator.rehearsal.pictures.signs import SIGNS, SIZE, sign_of
from escalator.rehearsal.pictures.style import sheet
from escalator.rehearsal.pictures.values import Mark, Picture

MARGIN = 10.0
STORY = 6000
"""Characters of the description for those who listen."""


def draw(picture: Picture) -> str:
    """The same text for the same picture, on every machine."""
    body, y = _head(picture)
    every, end = panels(picture, LEFT, RIGHT)
    for number, panel in enumerate(every):
        drawn, height = draw_panel(picture, panel, y)
        body += pen.element("g", drawn, class_="panel")
        y += height + (14 if number < len(every) - 1 else 16)
    left_out = sum(mark.number for mark in picture.marks if mark.at >= end)
    if left_out:
        words = f"… and {left_out} more messages and events, up to +{spoken(picture.until - picture.since)}"
        body += pen.text(MARGIN, y + 14, words, "soft")
        y += 26
    drawn, y = _legend(picture, y)
    return _document(picture, body + drawn, y + MARGIN)


def _head(picture: Picture) -> tuple[str, float]:
    drawn, y = "", 8.0
    for words in pen.broken(picture.title, WIDTH - 2 * MARGIN, 19, 2):
        y += 23
        drawn += pen.text(MARGIN, y, words, "big ink")
    for paragraph in picture.lines:
        for words in pen.broken(paragraph, WIDTH - 2 * MARGIN, 15, 4):
            y += 20
            drawn += pen.text(MARGIN, y, words, "soft")
    return drawn, y + 14


def _legend(picture: Picture, y: float) -> tuple[str, float]:
    """Only of what the picture has."""
    drawn, x = "", MARGIN
    for sample, kind, said in _entries(picture):
        words = pen.fitted(said, WIDTH - SIZE - 4 * MARGIN, 14)
        needs = SIZE + 8 + pen.em(words) * 14 + 16
        if x > MARGIN and x + needs > WIDTH:
            x, y = MARGIN, y + SIZE + 8
        if sample is None:
            drawn += pen.rect(x, y, SIZE, SIZE, "night line", rx=3)
        else:
            drawn += glyph(x, y, sample, kind)
        drawn += pen.text(x + SIZE + 7, y + 17, words, "small soft")
        x += needs
    return pen.element("g", drawn, class_="legend"), y + SIZE


def _entries(picture: Picture) -> list[tuple[Mark | None, str, str]]:
    kinds = {lane.key: lane.kind for lane in picture.lanes}
    used = {mark.sign: kinds.get(mark.lane, "person") for mark in reversed(picture.marks)}
    order = [name for name in SIGNS if name in used] + sorted(set(used) - set(SIGNS))
    found: list[tuple[Mark | None, str, str]] = []
    for name in order:
        found.append((Mark(0, "", name), used[name], sign_of(name).word))
    fates = {mark.fate for mark in picture.marks}
    sample = next((name for name in order if sign_of(name).letter), "push")
    if "told" in fates:
        found.append((Mark(0, "", sample, "told"), "person", "told how it goes on"))
    if "lost" in fates:
        found.append((Mark(0, "", sample, "lost"), "person", "not heard"))
    return [*found, *([(None, "", "night")] if picture.nights else [])]


def _document(picture: Picture, body: str, height: float) -> str:
    names = _names(picture)
    said = pen.element("title", _words(picture.title), id=names[0])
    said += pen.element("desc", _words(picture.story, STORY), id=names[1])
    ground = pen.rect(0, 0, WIDTH, height, "paper")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {pen.number(WIDTH)} {pen.number(height)}" class="ep" '
        f'role="img" aria-labelledby="{names[0]} {names[1]}">{said}<style>{sheet()}</style>{ground}{body}</svg>\n'
    )


def _names(picture: Picture) -> Sequence[str]:
    """Several pictures may stand in one page."""
    mark = blake2b(f"{picture.title}\n{picture.story}".encode(errors="replace"), digest_size=4).hexdigest()
    return f"ep-t-{mark}", f"ep-d-{mark}"


def _words(text: str, longest: int = 400) -> str:
    return "\n".join(escape(pen.plain(line, longest)) for line in text[:longest].split("\n")) or "–"
