"""A replay as a picture: people and the nights that were disturbed, before and then; as SVG without scripts or fonts.

Bars have their figures written beside them: colour alone says nothing.
"""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from escalator.core.instant import spoken
from escalator.core.spread import Spread
from escalator.rehearsal.history.tallies import Tally

WIDTH, ROW, LEFT, RIGHT = 720, 26, 180, 90
STYLE = """
  svg { font: 13px system-ui, sans-serif; color-scheme: light dark; }
  text { fill: #1a1a1a; } .quiet { fill: #666; } .before { fill: #9aa5b1; } .now { fill: #2563eb; }
  .back { fill: #fff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #eee; } .quiet { fill: #aaa; } .before { fill: #5b6670; } .now { fill: #60a5fa; }
    .back { fill: #16181d; }
  }
"""


class Bar(NamedTuple):
    """One line of a chart."""

    name: str
    values: tuple[float, ...]
    """As it was and as it would be; or one alone."""
    words: tuple[str, ...]


class Chart(NamedTuple):
    title: str
    bars: tuple[Bar, ...]


def charts(now: Tally, before: Tally | None) -> list[Chart]:
    """What is worth a look: interruptions, nights, and how long people waited."""
    tallies = [before, now] if before is not None else [now]
    names = list(dict.fromkeys(burden.person for tally in tallies for burden in tally.burdens))
    by_name = [{burden.person: burden for burden in tally.burdens} for tally in tallies]

    def people(what: str) -> tuple[Bar, ...]:
        rows = []
        for name in names:
            values = tuple(getattr(known[name], what) if name in known else 0 for known in by_name)
            rows.append(Bar(name, values, tuple(map(str, values))))
        return tuple(rows)

    spreads = {
        "first page, median": [tally.first_page.median for tally in tallies],
        "first page, p95": [tally.first_page.p95 for tally in tallies],
        "acknowledged, median": [tally.acknowledged.median for tally in tallies],
        "acknowledged, p95": [tally.acknowledged.p95 for tally in tallies],
    }
    waits = tuple(
        Bar(name, tuple(value or 0 for value in values), tuple("-" if v is None else spoken(v) for v in values))
        for name, values in spreads.items()
    )
    return [
        Chart("Interruptions", people("interruptions")),
        Chart("Nights with an interruption", people("nights")),
        Chart("Time from the alert", waits),
    ]


def draw(found: Sequence[Chart], title: str) -> str:
    """All charts below one another."""
    parts, y = [], 60
    for chart in found:
        parts.append(f'<text x="16" y="{y}" font-weight="600">{escape(chart.title)}</text>')
        y += 14
        most = max((value for bar in chart.bars for value in bar.values), default=0) or 1
        for bar in chart.bars:
            parts += _bar(bar, most, y)
            y += ROW + (10 if len(bar.values) > 1 else 0)
        if not chart.bars:
            parts.append(f'<text x="16" y="{y + 16}" class="quiet">nobody was paged</text>')
            y += ROW
        y += 34
    several = any(len(bar.values) > 1 for chart in found for bar in chart.bars)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{y}" class="back"/>',
        f'<text x="16" y="28" font-size="16" font-weight="600">{escape(title)}</text>',
    ]
    return "\n".join([*head, *(_legend() if several else []), *parts, "</svg>"]) + "\n"


def _bar(bar: Bar, most: float, y: int) -> list[str]:
    name = bar.name if len(bar.name) <= 20 else f"{bar.name[:19]}…"
    found = [f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>']
    for place, (value, words) in enumerate(zip(bar.values, bar.words, strict=True)):
        top, kind = y + 3 + place * 15, "before" if len(bar.values) > 1 and place == 0 else "now"
        width = max(1.0, value / most * (WIDTH - LEFT - RIGHT)) if value else 0.0
        found.append(f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="12" rx="2" class="{kind}"/>')
        found.append(
            f'<text x="{LEFT + width + 6:.1f}" y="{top + 10}" font-size="11" class="quiet">{escape(words)}</text>'
        )
    return found


def _legend() -> list[str]:
    x = WIDTH - 190
    return [
        f'<rect x="{x}" y="18" width="12" height="12" rx="2" class="before"/><text x="{x + 18}" y="28">before</text>',
        f'<rect x="{x + 90}" y="18" width="12" height="12" rx="2" class="now"/><text x="{x + 108}" y="28">then</text>',
    ]


def words_of(spread: Spread) -> str:
    """`median 30s, p95 5m`."""
    if spread.median is None or spread.p95 is None:
        return "none"
    return f"median {spoken(spread.median)}, p95 {spoken(spread.p95)}"
