"""Names that the language takes, each once: what a vendor calls something, as near as E130 and E204 allow."""

import re
import unicodedata

LONGEST = 90
"""Characters of a name, which leaves room for a number; the language takes 100."""


class Names:
    """Hands out names of one section; a second thing of the same name gets a number."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def take(self, wanted: str, otherwise: str) -> str:
        base = fit(wanted) or fit(otherwise) or "unnamed"
        name, number = base, 1
        while name.lower() in self.taken:
            number += 1
            name = f"{base}-{number}"
        self.taken.add(name.lower())
        return name


def fit(wanted: str) -> str:
    """The text with what no name may hold turned into `-`; empty where nothing of it is left."""
    text = re.sub(r"[^\w .@+-]+", "-", unicodedata.normalize("NFC", wanted))
    return text[:LONGEST].strip(" .@+-")


def variable(*parts: str) -> str:
    """The name of an environment variable: `ALICE_PHONE`."""
    plain = unicodedata.normalize("NFKD", "_".join(dict.fromkeys(parts))).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Z0-9]+", "_", plain.upper()).strip("_")
    return (f"_{name}" if name[:1].isdigit() else name) or "SECRET"
