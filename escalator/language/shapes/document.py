"""The JSON Schema (draft-07) of a kind of file, drawn from its shape.

It serves editors: it sees one file at a time and no names, and `escalator policy check` has the last word.
"""

import json

from escalator.language.shapes.file import TOP
from escalator.language.shapes.shape import Shape
from escalator.language.shapes.trials import TRIALS
from escalator.language.shapes.values import Schema, tidy

DRAFT = "http://json-schema.org/draft-07/schema#"


def document(shape: Shape, title: str, description: str) -> Schema:
    """The schema of files that have this shape."""
    return {"$schema": DRAFT, "title": title, "description": description, **tidy(shape.schema())}


def policies() -> Schema:
    """The schema of policy files."""
    return document(
        TOP, "Escalator policies", "People, schedules, policies and routes. A folder of such files is one policy."
    )


def trials() -> Schema:
    """The schema of test files, `*.test.yaml`."""
    return document(
        TRIALS, "Tests of Escalator policies", "Nights and what shall come of them, for `escalator policy test`."
    )


def written(schema: Schema) -> str:
    """The schema as the text of a file, the same each time."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
