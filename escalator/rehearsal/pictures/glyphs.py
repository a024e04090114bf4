"""One mark: its shape and letter, its fate, how many it stands for. Used in the lanes and in the legend."""

from escalator.rehearsal.pictures import pen
from escalator.rehearsal.pictures.signs import SIZE, Sign, sign_of
from escalator.rehearsal.pictures.values import Mark

GOOD = frozenset({"cleared", "acknowledged"})


def width(mark: Mark) -> float:
    return SIZE + (pen.em(f"×{mark.number}") * 13 + 8 if mark.number > 1 else 0)


def colour(mark: Mark, kind: str) -> str:
    if mark.sign in GOOD:
        return "good"
    return kind if kind in ("channel", "alert") else "person"


def glyph(x: float, y: float, mark: Mark, kind: str) -> str:
    """`kind`: of its lane."""
    sign = sign_of(mark.sign)
    drawn = _body(sign, colour(mark, kind), mark.fate)
    if mark.number > 1:
        drawn += pen.text(SIZE + 2, 17, f"×{mark.number}", "count ink")
    words = pen.title(mark.title) if mark.title else ""
    return pen.element("g", words + drawn, transform=f"translate({pen.number(x)} {pen.number(y)})", class_="mark")


def _body(sign: Sign, ink: str, fate: str) -> str:
    """Heard: full. Told: an outline. Lost: an outline with a cross."""
    full = fate == "heard"
    edge = "" if full else "lost" if fate == "lost" else f"{'channel' if ink == 'channel' else 'person'}-edge"
    drawn = pen.element("path", d=sign.path, class_=ink if full else f"paper {edge}")
    if sign.stroke:
        drawn += pen.element("path", d=sign.stroke, class_="letter-line" if full else f"letter-line {edge}")
    if sign.letter:
        letter = "letter" if full else "lost-letter" if fate == "lost" else ink
        drawn += pen.text(SIZE / 2, sign.sits, sign.letter, f"glyph {letter}")
    return drawn + (_cross() if fate == "lost" else "")


def _cross() -> str:
    return pen.line(0, 0, SIZE, SIZE, "lost cross")
