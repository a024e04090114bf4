"""How a picture looks, by light and by dark. Colours stand here alone; each meets 4.5 : 1 where it carries words."""

FONT = 'system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif'

COLOURS: dict[str, tuple[str, str, str]] = {
    # what it is: (property, by light, by dark)
    "paper": ("fill", "#ffffff", "#12161c"),
    "row": ("fill", "#f3f5f8", "#1a2029"),
    "night": ("fill", "#d9dff0", "#0a0d14"),
    "line": ("stroke", "#c9d1da", "#39424e"),
    "tick": ("stroke", "#9aa5b1", "#566170"),
    "ink": ("fill", "#16191d", "#e8ecf1"),
    "soft": ("fill", "#4d5661", "#a9b3bf"),
    # marks
    "person": ("fill", "#1d55c0", "#7fb0ff"),
    "channel": ("fill", "#0b6b62", "#5cd0c0"),
    "alert": ("fill", "#b3261e", "#ff8f85"),
    "good": ("fill", "#1a6e35", "#67d08a"),
    "letter": ("fill", "#ffffff", "#10141a"),
    "letter-line": ("stroke", "#ffffff", "#10141a"),
    "person-edge": ("stroke", "#1d55c0", "#7fb0ff"),
    "channel-edge": ("stroke", "#0b6b62", "#5cd0c0"),
    "lost": ("stroke", "#c01c14", "#ff8f85"),
    "lost-letter": ("fill", "#9c1a13", "#ff9d94"),
    # bands
    "b-level1": ("fill", "#cfe0fb", "#1f3a66"),
    "b-level2": ("fill", "#e2d6fa", "#3d2c66"),
    "b-level3": ("fill", "#fbdcc4", "#5f3a1c"),
    "b-level4": ("fill", "#f9cfd6", "#662535"),
    "b-waits": ("fill", "#e4e7eb", "#2b323c"),
    "b-taken": ("fill", "#c9ecd3", "#1d4a2c"),
    "b-over": ("fill", "#dfe9e2", "#26352b"),
    "b-muted": ("fill", "#e9e2d0", "#3b3524"),
    "b-shift0": ("fill", "#dde4ec", "#2a333f"),
    "b-shift1": ("fill", "#eceff3", "#222a34"),
    "b-gap": ("fill", "#f9cfd6", "#662535"),
}
BANDS = tuple(name.removeprefix("b-") for name in COLOURS if name.startswith("b-"))

RULES = (
    f".ep text{{font-family:{FONT};font-size:15px}}"
    ".ep .big{font-size:18px;font-weight:700}.ep .strong{font-weight:700}.ep .small{font-size:14px}"
    ".ep .tiny{font-size:13px}"
    ".ep .glyph{font-size:13px;font-weight:700;text-anchor:middle}"
    ".ep .count{font-size:13px;font-weight:700}"
    ".ep .line,.ep .tick{stroke-width:1}.ep .tick{stroke-dasharray:2 3}"
    ".ep .letter-line{fill:none;stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}"
    ".ep .person-edge,.ep .channel-edge,.ep .lost{stroke-width:1.8;stroke-linejoin:round}"
    ".ep .cross{stroke-width:2.4;stroke-linecap:round}"
)


def sheet() -> str:
    """The style sheet of every picture; its names are under `.ep`, so that it may stand inside a page."""
    return f"{RULES}{_colours(1)}@media (prefers-color-scheme:dark){{{_colours(2)}}}"


def _colours(column: int) -> str:
    return "".join(f".ep .{name}{{{values[0]}:{values[column]}}}" for name, values in COLOURS.items())
