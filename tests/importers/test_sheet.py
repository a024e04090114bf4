"""What every importer fills: names by the source's ids, secrets, people, a `catch_all` that reaches somebody."""

import pytest

from escalator.core.instant import MINUTE
from escalator.importers.channels import channel
from escalator.importers.fields import Unimportable
from escalator.importers.people import Someone, Step
from escalator.importers.sheet import Sheet
from escalator.language import compile_book


@pytest.fixture
def sheet():
    return Sheet("a test")


def person(sheet, name="ana", **contacts):
    someone = Someone(sheet, f"user {name}", name, name, name.title())
    for via, address in (contacts or {"email": f"{name}@example.com"}).items():
        someone.reach(via, address)
    return someone


def compiled(sheet, catch_all=None):
    result = sheet.finish(catch_all, "why")
    found = compile_book(result.files)
    assert found.book is not None, found.diagnostics
    return found.book


def told(sheet, fate):
    return [f"{line.source}: {line.why}" for line in sheet.report.lines(fate)]


def test_a_name_is_found_again_by_the_id_of_the_source(sheet):
    assert [sheet.name("policies", "Ops", "1"), sheet.name("policies", "ops", "2")] == ["Ops", "ops-2"]
    assert [sheet.known("policies", key) for key in ("1", "2", "3")] == ["Ops", "ops-2", None]
    assert sheet.name("schedules", "Ops", "1") == "Ops"  # each section has names of its own


def test_secrets_are_unique_and_say_whose_they_are(sheet):
    assert [sheet.secret(f"phone {number}", "Ana", "phone") for number in (1, 2)] == [
        "secret:ANA_PHONE",
        "secret:ANA_PHONE_2",
    ]
    assert sheet.report.secrets == {"ANA_PHONE": "phone 1", "ANA_PHONE_2": "phone 2"}


def test_one_number_is_one_secret_whatever_it_is_used_for(sheet):
    someone = person(sheet, sms="+1", call="+1")
    assert someone.contacts == {"sms": "secret:ANA_PHONE", "call": "secret:ANA_PHONE"}
    assert list(sheet.report.secrets) == ["ANA_PHONE"]


@pytest.mark.parametrize(
    ("via", "address", "written"),
    [
        ("email", "ana@example.com", "ana@example.com"),
        ("email", "not an address", "secret:ANA_EMAIL"),
        ("slack", "U024BE7LH", "U024BE7LH"),
        ("slack", "https://hooks.slack.com/x", "secret:ANA_SLACK"),
        ("push", "0123456789abcdef", "browser"),
        ("webhook", "https://example.com/x", "secret:ANA_WEBHOOK"),
    ],
)
def test_what_is_public_stands_there_and_everything_else_is_named(sheet, via, address, written):
    assert person(sheet, **{via: address}).contacts == {via: written}


def test_a_second_contact_of_a_kind_is_said_unless_it_is_the_same(sheet):
    someone = person(sheet, sms="+1")
    someone.reach("sms", "+1")
    assert told(sheet, "lost") == []
    someone.reach("sms", "+2")
    assert told(sheet, "lost") == ["user ana: a second sms contact: a person has one of each kind here"]
    assert list(sheet.report.secrets) == ["ANA_PHONE"]


def test_somebody_without_a_contact_gets_browser_push_and_that_is_said(sheet):
    Someone(sheet, "user bob", "bob", "bob", "Bob").settle()
    assert dict(compiled(sheet).people["bob"].contacts) == {"push": "browser"}
    assert "user bob: no contact is in the export: browser push stands instead" in told(sheet, "changed")


def test_each_way_is_used_once_at_its_first_time(sheet):
    steps = [Step("sms", 600), Step("sms", 60), Step("email", 0), Step("call", 5)]
    person(sheet, sms="+1", email="ana@example.com").settle(high=steps, low=[])
    found = compiled(sheet).people["ana"].rules
    assert {urgency: [(step.via, step.after // MINUTE) for step in rule] for urgency, rule in found.items()} == {
        "high": [("email", 0), ("sms", 1)]
    }
    assert "user ana: sms again after 10m: each way is used once" in told(sheet, "changed")


def test_a_person_is_named_by_the_login_before_the_at(sheet):
    assert Someone(sheet, "s", "1", "Ana.Smith@example.com", "").name == "ana.smith"
    assert Someone(sheet, "s", "2", "", "Ana Smith").name == "Ana Smith"
    assert Someone(sheet, "s", "3", "", "").name == "3"


def test_a_channel_is_declared_once_for_each_address(sheet):
    names = [
        channel(sheet, "slack", place, f"#{number}", "hook")
        for number, place in enumerate(("#ops", "#ops", "https://x"))
    ]
    assert names == ["0", "0", "2"]
    assert sheet.sections["channels"] == {"0": {"slack": "#ops"}, "2": {"slack": "secret:_2_SLACK"}}


def test_catch_all_is_the_sources_own_where_that_reaches_a_person(sheet):
    person(sheet).settle()
    sheet.put("policies", sheet.name("policies", "own"), {"levels": [{"notify": [{"person": "ana"}]}]})
    assert compiled(sheet, "own").catch_all == "own"


@pytest.mark.parametrize("wanted", ["own", "nothing", None])
def test_else_everybody_is_paged_and_that_is_said(sheet, wanted):
    person(sheet).settle()
    person(sheet, "bob").settle()
    sheet.put("channels", "ops", {"slack": "#ops"})
    sheet.put("policies", sheet.name("policies", "own"), {"levels": [{"notify": [{"channel": "ops"}]}]})
    book = compiled(sheet, wanted)
    assert book.catch_all == "everybody"
    assert book.teams["everybody"] == ("ana", "bob")
    assert "everybody is paged, choose better" in "\n".join(told(sheet, "changed"))


def test_without_anybody_there_is_nothing_to_import(sheet):
    with pytest.raises(Unimportable, match="nobody is in it"):
        sheet.finish(None, "")


def test_sections_stand_in_their_files_and_empty_ones_in_none(sheet):
    person(sheet).settle()
    assert list(sheet.finish(None, "").files) == ["people.yaml", "main.yaml"]
