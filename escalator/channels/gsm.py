"""What fits into an SMS: 160 characters of the GSM alphabet, or 70 of any other (67 in each of several parts).

One character outside the alphabet more than halves the room and doubles the price, so accents go where words survive.
"""

from unicodedata import combining, normalize

from escalator.channels import clean

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
DOUBLE = frozenset("^{}\\[~]|€")
"""In the alphabet by an escape: they count as two."""
LOOKS = str.maketrans({"…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "`": "'"})
ONE = 160
TWO_WIDE = 2 * 67
"""Characters in two parts of a text in another alphabet."""


def fit(text: str, around: str) -> str:
    """As much of a text as leaves one SMS for it and what stands around it; at least 20 characters."""
    plain = fold(text)
    # Folding Cyrillic or Chinese leaves question marks: then the words are worth a second part.
    if plain.count("?") - text.count("?") > len(text) // 4:
        return clean.cut(text, max(20, TWO_WIDE - len(around)))
    room = max(20, ONE - length(around))
    if length(plain) <= room:
        return plain
    while length(plain) > room - 3:
        plain = plain[:-1]
    return plain.rstrip() + "..."


def fold(text: str) -> str:
    """The text in the GSM alphabet: what is not in it loses its accents, or becomes a question mark."""
    return "".join(map(_letter, text.translate(LOOKS)))


def length(text: str) -> int:
    """In GSM characters."""
    return sum(2 if character in DOUBLE else 1 for character in text)


def _letter(character: str) -> str:
    if character in ALPHABET or character in DOUBLE:
        return character
    bare = "".join(part for part in normalize("NFKD", character) if not combining(part))
    return bare if bare and all(part in ALPHABET for part in bare) else "?"
