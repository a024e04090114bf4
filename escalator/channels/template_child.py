"""The child that renders templates: JSON lines in and out, in the sandbox, with little memory and processor time.

A template may still loop or grow within a second's limit; that is why this runs in a process that can be killed. It is
given no secret, and imports nothing of ours. Started by path, with `-P`: beside this file stands an `email.py`.
"""

import json
import resource
import sys
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

MEMORY = 256 * 1024 * 1024
"""Bytes beyond what the interpreter itself takes."""
CPU = 3
"""Seconds of processor time for one request: for a child whose parent was stopped or died; the parent kills sooner."""
OUTPUT = 256 * 1024
"""Bytes of all that one request renders."""


class TooLong(ValueError):
    """What a template renders passes OUTPUT."""


def environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
    made.filters.pop("random")  # a retry is made of the same words
    made.globals.pop("lipsum")
    return made


class Press:
    """Renders; templates are compiled once."""

    def __init__(self) -> None:
        self._compiled = lru_cache(256)(environment().from_string)

    def answer(self, templates: dict[str, str], fields: dict[str, Any]) -> dict[str, Any]:
        """`texts` of the templates that could be rendered, `errors` of those that could not."""
        texts: dict[str, str] = {}
        errors: dict[str, str] = {}
        room = OUTPUT
        for name, template in templates.items():
            try:
                texts[name] = _rendered(self._compiled(template), fields, room)
                room -= len(texts[name].encode("utf-8", "replace"))
            except Exception as error:  # noqa: BLE001  whatever a template does is its own failure, told to the parent
                errors[name] = f"{type(error).__name__}: {str(error)[:200]}"
        return {"texts": texts, "errors": errors}


def _rendered(template: Template, fields: dict[str, Any], room: int) -> str:
    parts = []
    for part in template.generate(fields):
        room -= len(part.encode("utf-8", "replace"))
        if room < 0:
            raise TooLong(f"more than {OUTPUT} bytes")
        parts.append(part)
    return "".join(parts)


def main() -> None:
    """Until standard input ends. The first line says that it has begun."""
    press = Press()
    grown = _pages() * resource.getpagesize() + MEMORY
    for limit, most in ((resource.RLIMIT_AS, grown), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))
    _say({"ready": True})
    for line in sys.stdin.buffer:
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + 1 + CPU
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
        asked = json.loads(line)
        _say(press.answer(asked["templates"], asked["fields"]))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


def _pages() -> int:
    """Of address space that the interpreter takes already."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0])
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main()
