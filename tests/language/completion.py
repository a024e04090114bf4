"""Small policy texts made whole, so that a test or an example need show what it is about and nothing else."""

import re

from escalator.language import Diagnostic, compile_book
from escalator.language.sources import is_trial
from escalator.language.trials import compile_trials

MORE = re.compile(r"^# file: (\S+)\n", re.MULTILINE)
PEOPLE = ("ana", "ben", "cleo")


def parted(text: str) -> dict[str, str]:
    """The files of one text; `# file: NAME` begins another."""
    first, *others = MORE.split(text)
    return {"main.yaml": first, **dict(zip(others[::2], others[1::2], strict=True))} if others else {"main.yaml": first}


def completed(text: str) -> dict[str, str]:
    """The same files, and one more with the policy, `catch_all` and the people that they do not have."""
    sections = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    rest = ""
    if "policies" not in sections:
        rest += "policies: {page: {levels: [{notify: [{person: ana}, {person: ben}]}]}}\n"
    if "catch_all" not in sections:
        rest += "catch_all: page\n"
    named = [name for name in PEOPLE if re.search(rf"\b{name}\b", text + rest)]
    if "people" not in sections and named:
        rest += "people:\n" + "".join(
            f"  {name}: {{contacts: {{push: browser, email: {name}@example.com}}}}\n" for name in named
        )
    return {**parted(text), "rest.yaml": rest}


def diagnosed(sources: dict[str, str], now: int) -> tuple[Diagnostic, ...]:
    """Of policies, and of the tests among them."""
    trials = {name: text for name, text in sources.items() if is_trial(name)}
    compiled = compile_book({name: text for name, text in sources.items() if name not in trials}, now=now)
    if not trials:
        return compiled.diagnostics
    assert compiled.book is not None
    return (*compiled.diagnostics, *compile_trials(trials, compiled.book).diagnostics)
