"""SARIF 2.1.0: the structure that the standard asks for, columns in the unit that is told, secrets left out."""

import json
from urllib.parse import urlsplit

import pytest

from escalator.core.instant import from_datetime, to_datetime
from escalator.language.codes import CODES
from escalator.language.sarif import sarif
from tests.language.completion import completed, diagnosed, parted

NOW = from_datetime(to_datetime(0).replace(year=2026, month=6))
PAGE = "https://escalator.example/docs/codes.md"


def log_of(sources: dict[str, str]) -> dict:
    """As a program gets it: through JSON."""
    return json.loads(json.dumps(sarif(diagnosed(sources, NOW), sources, "0.1.0", PAGE)))


def results(sources: dict[str, str]) -> list[dict]:
    return log_of(sources)["runs"][0]["results"]


def well_formed(log: dict) -> None:
    """What sections 3.13 to 3.49 of the standard demand of the objects that we write."""
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert driver["semanticVersion"].count(".") == 2
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        address = urlsplit(rule["helpUri"])
        assert address.scheme == "https"
        assert address.fragment == rule["id"].lower()
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("warning", "error")
        assert result["message"]["text"]
        assert len(result["locations"]) == 1
        for location in [*result["locations"], *result.get("relatedLocations", [])]:
            _well_placed(location["physicalLocation"])
        ids_of_related = [each["id"] for each in result.get("relatedLocations", [])]
        assert ids_of_related == list(range(1, len(ids_of_related) + 1))


def _well_placed(place: dict) -> None:
    address, region = place["artifactLocation"], place["region"]
    assert not address["uri"].startswith("/")
    assert ("uriBaseId" in address) == (not urlsplit(address["uri"]).scheme)
    assert region["startLine"] >= 1
    assert 1 <= region["startColumn"] < region["endColumn"]


@pytest.mark.parametrize("code", [code for code in CODES if code != "E100"])
def test_the_log_of_every_code_is_well_formed(code):
    each = CODES[code]
    log = log_of(parted(each.wrong) if each.whole else completed(each.wrong))
    well_formed(log)
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert (rule["id"], rule["helpUri"]) == (code, f"{PAGE}#{code.lower()}")


def test_a_policy_without_fault_is_a_run_without_results():
    log = log_of(completed(CODES["E203"].right))
    well_formed(log)
    assert log["runs"][0]["results"] == []


def test_columns_are_code_points_and_the_end_is_the_one_after_the_last():
    """In UTF-16 the fire would count twice, and the region would begin one column later."""
    line = "alerts: {A: {severity: info, summary: '\N{FIRE}', alertname: B}}"
    (found,) = [each for each in results(completed(line + "\n")) if each["ruleId"] == "E120"]
    region = found["locations"][0]["physicalLocation"]["region"]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "alertname" == region["snippet"]["text"]


def test_a_secret_is_in_no_part_of_the_log():
    log = log_of(completed("people: {ana: {contacts: {push: browser, sms: '+15550100'}}}\n"))
    well_formed(log)
    assert "5550100" not in json.dumps(log)
    assert (
        results(completed("people: {ana: {contacts: {push: browser, sms: '+15550100'}}}\n"))[0]["locations"][0][
            "physicalLocation"
        ]["region"]["snippet"]["text"]
        == "*" * 11
    )


def test_a_second_place_is_a_related_location():
    text = "routes:\n  - {match: {a: b}, policy: page}\n  - {match: {a: b, c: d}, policy: page}\n"
    (found,) = results(completed(text))
    (related,) = found["relatedLocations"]
    assert related["message"]["text"] == "takes them first"
    assert related["physicalLocation"]["region"]["startLine"] == 2


@pytest.mark.parametrize(
    ("file", "uri", "base"),
    [
        ("policies/main.yaml", "policies/main.yaml", "%SRCROOT%"),
        ("./a b/ä.yaml", "a%20b/%C3%A4.yaml", "%SRCROOT%"),
        ("/srv/x.yaml", "file:///srv/x.yaml", None),
    ],
)
def test_files_are_addresses(file, uri, base):
    address = results({file: "version: 2\n"})[0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert (address["uri"], address.get("uriBaseId")) == (uri, base)
