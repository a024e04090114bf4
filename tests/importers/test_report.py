"""The report: three fates, each line with its object, as text, JSON and Markdown; secrets by name."""

import json

from escalator.importers.report import Report


def report():
    made = Report("PagerDuty")
    made.carried("user Alice", "person `alice`")
    made.changed("service *x*", "a label")
    made.changed("service *x*", "a label")
    made.lost("rule 1", "nobody")
    made.secrets["ALICE_PHONE"] = "phone of Alice"
    return made


def test_as_text():
    assert report().as_text() == (
        "Carried over: 1\n  user Alice: person `alice`\nChanged meaning: 1\n  service *x*: a label\n"
        "Could not carry: 1\n  rule 1: nobody\n"
        "Secrets to set, for example in `.env`:\n  ALICE_PHONE=  # phone of Alice\n"
    )


def test_as_json():
    assert json.loads(json.dumps(report().as_document())) == {
        "importer": "PagerDuty",
        "carried": [{"source": "user Alice", "why": "person `alice`"}],
        "changed": [{"source": "service *x*", "why": "a label"}],
        "lost": [{"source": "rule 1", "why": "nobody"}],
        "secrets": [{"name": "ALICE_PHONE", "for": "phone of Alice"}],
    }


def test_as_markdown_names_become_no_markup():
    text = report().as_markdown()
    assert text.startswith("# Imported from PagerDuty\n\n## Carried over (1)\n")
    assert r"- **service \*x\***: a label" in text
    assert "```bash\nALICE_PHONE=  # phone of Alice\n```\n" in text


def test_the_count_of_each_fate():
    assert report().count() == "1 carried over, 1 changed meaning, 1 could not carry"
