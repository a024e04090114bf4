"""A Book of a text, whatever its checks of meaning say: for tests that look for what those would refuse."""

from escalator.core.book import Book
from escalator.language import compile_book


def book(text: str, revision: int = 0) -> Book:
    compiled = compile_book({"main.yaml": text}, revision)
    assert compiled.parsed is not None, [str(each) for each in compiled.diagnostics]
    return compiled.parsed
