"""The policy language: texts in, a Book or diagnostics out."""

from escalator.language.codes import explain
from escalator.language.compiler import Compiled, compile_book
from escalator.language.diagnostics import Diagnostic, drawn, render
from escalator.language.sources import Unreadable, digest, load_sources

__all__ = [
    "Compiled",
    "Diagnostic",
    "Unreadable",
    "compile_book",
    "digest",
    "drawn",
    "explain",
    "load_sources",
    "render",
]
