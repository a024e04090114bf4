"""Settings: what is taken, what is refused, and that nothing secret ever shows."""

import ipaddress
from dataclasses import fields

import pytest

from escalator.config import (
    SETTINGS,
    Settings,
    SettingsError,
    UnknownSecret,
    environment,
    load,
    resolver,
    sanity,
    warnings,
)
from escalator.core.instant import DAY
from escalator.settings import Secret

CANARY = "hunter2-canary"


def problems(**given):
    with pytest.raises(SettingsError) as raised:
        load({f"ESCALATOR_{name}": value for name, value in given.items()})
    return raised.value.problems


def test_an_empty_environment_is_a_working_one():
    settings = load({})
    assert settings.database_url.reveal() == "sqlite+aiosqlite:///escalator.db"
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8080, "http://localhost:8080")
    assert settings.retention == 90 * DAY
    assert settings.admin_token is None
    assert settings.outbound_allow == ()


def test_the_table_and_the_dataclass_name_the_same_settings():
    assert [setting.field for setting in SETTINGS] == [field.name for field in fields(Settings)]


def test_links_lead_to_the_port_that_is_listened_on_unless_told_otherwise():
    assert load({"ESCALATOR_PORT": "9000"}).public_url == "http://localhost:9000"
    told = load({"ESCALATOR_PORT": "9000", "ESCALATOR_PUBLIC_URL": "https://e.example.com/"})
    assert told.public_url == "https://e.example.com"


def test_everything_wrong_is_told_at_once_each_with_its_cure():
    found = problems(PORT="99999", TRANSPORT="live-ish", RETENTION="90", SMTP_URL="mail.example.com")
    assert [problem.split(":")[0].split("=")[0] for problem in found] == [
        "ESCALATOR_PORT",
        "ESCALATOR_SMTP_URL",
        "ESCALATOR_TRANSPORT",
        "ESCALATOR_RETENTION",
    ]
    assert "ESCALATOR_PORT=99999: write a number from 1 to 65535" in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://u:p@h/d"),  # a driver that we do not speak
        ("DATABASE_URL", "postgresql+asyncpg://u:p@h"),  # no database
        ("DATABASE_URL", "sqlite+aiosqlite:///"),  # in memory: a restart would lose every alert
        ("PUBLIC_URL", "escalator.example.com"),  # no scheme
        ("PUBLIC_URL", "https://e.example.com/?a=1"),  # links are appended to it
        ("PUBLIC_URL", "https://e.example.com:notaport"),
        ("PORT", "0"),
        ("PORT", "٨٠٨٠"),  # digits, but not ASCII's
        ("INGEST_TOKEN", "two words"),  # no header carries it
        ("SMTP_URL", "smtp://h:25?tls=maybe"),
        ("SMTP_URL", "smtp://h:25?auth=login"),  # a word that we would ignore
        ("TWILIO_ACCOUNT_SID", "SK" + "0" * 32),  # a key's, not the account's
        ("TWILIO_FROM", "0171 1234567"),  # not E.164
        ("SLACK_API_URL", "slack.com/api"),
        ("EMAIL_FROM", "a@example.com, b@example.com"),
        ("EMAIL_FROM", "a@example.com\nBcc: x@example.com"),
        ("OUTBOUND_ALLOW", "10.2.0.1/16"),  # host bits set: which network is meant?
        ("RETENTION", "1h"),
        ("RETENTION", "90 d"),
        ("LAST_RESORT", "the boss"),
        ("LOG_LEVEL", "chatty"),
    ],
)
def test_a_value_that_cannot_work_is_refused(name, value):
    assert len(problems(**{name: value})) == 1


def test_email_without_a_sender_is_refused():
    assert "ESCALATOR_EMAIL_FROM" in problems(SMTP_URL="smtp://h:25?tls=none")[0]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:////var/lib/escalator/escalator.db",
        "postgresql+asyncpg://u:p@h:5432/d",
        "postgresql+asyncpg://u@/d?host=/run/postgresql",  # a socket in a directory
    ],
)
def test_a_database_is_a_file_a_host_or_a_socket(url):
    assert load({"ESCALATOR_DATABASE_URL": url}).database_url.reveal() == url


def test_networks_are_parsed():
    allowed = load({"ESCALATOR_OUTBOUND_ALLOW": "127.0.0.0/8, fd00::/8"}).outbound_allow
    assert allowed == (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


def test_a_setting_comes_from_a_file_without_its_last_line_break(tmp_path):
    (tmp_path / "token").write_text("abc123\n")
    settings = load({"ESCALATOR_ADMIN_TOKEN_FILE": str(tmp_path / "token")})
    assert settings.admin_token == Secret("abc123")


def test_a_setting_given_twice_is_refused(tmp_path):
    (tmp_path / "port").write_text("9")
    assert "unset one" in problems(PORT="8080", PORT_FILE=str(tmp_path / "port"))[0]


def test_a_file_that_is_missing_or_empty_is_named(tmp_path):
    (tmp_path / "empty").write_text("\n")
    assert "is empty" in problems(ADMIN_TOKEN_FILE=str(tmp_path / "empty"))[0]
    assert str(tmp_path / "gone") in problems(ADMIN_TOKEN_FILE=str(tmp_path / "gone"))[0]


def test_no_error_and_no_repr_shows_a_secret():
    bad = {
        setting.name.removeprefix("ESCALATOR_"): f"bad://u:{CANARY}/x@h:{CANARY} y"
        for setting in SETTINGS
        if setting.secret
    }
    found = problems(**bad)
    assert len(found) == len(bad)
    assert CANARY not in "\n".join(found)
    good = load({"ESCALATOR_ADMIN_TOKEN": CANARY, "ESCALATOR_DATABASE_URL": f"postgresql+asyncpg://u:{CANARY}@h/d"})
    assert CANARY not in f"{good!r} {good.admin_token} {[good.database_url]}"
    assert good.admin_token is not None
    assert good.admin_token.reveal() == CANARY


def test_the_environment_overrides_dotenv(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("ESCALATOR_PORT=1\nESCALATOR_HOST=::1  # comment\nexport DANA='$HOME'\n")
    monkeypatch.setenv("ESCALATOR_PORT", "2")
    found = environment(tmp_path)
    assert (found["ESCALATOR_PORT"], found["ESCALATOR_HOST"], found["DANA"]) == ("2", "::1", "$HOME")


def test_a_dotenv_that_is_not_text_is_an_error(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe=1")
    with pytest.raises(SettingsError, match="UTF-8"):
        environment(tmp_path)


def test_an_unknown_setting_gets_a_suggestion():
    found = warnings({"ESCALATOR_PUBLC_URL": "x", "ESCALATOR_SLACK_BOT_TOKEN": "x", "ESCALATOR_PORT_FILE": "x"})
    assert found == ["ESCALATOR_PUBLC_URL is not a setting; did you mean ESCALATOR_PUBLIC_URL?"]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"SMTP_URL": "smtp://mail.example.com"}, ["ESCALATOR_EMAIL_FROM"]),
        ({"TWILIO_ACCOUNT_SID": "AC" + "0" * 32}, ["ESCALATOR_TWILIO_AUTH_TOKEN", "ESCALATOR_TWILIO_FROM"]),
        ({"EMAIL_REPLY_TO": "in@example.com"}, ["ESCALATOR_EMAIL_INBOUND_SECRET"]),
    ],
)
def test_half_of_what_belongs_together_is_told(given, missing):
    assert [problem.split(":")[0] for problem in problems(**given)] == missing


def test_a_secret_reference_is_resolved_at_each_call(tmp_path):
    (tmp_path / "phone").write_text("+1\n")
    resolve = resolver({"DANA": "+49", "ELI_FILE": str(tmp_path / "phone")})
    assert resolve("secret:DANA") == "+49"
    assert resolve("dana@example.com") == "dana@example.com"
    assert resolve("secret:ELI") == "+1"
    (tmp_path / "phone").write_text("+2\n")  # rotated
    assert resolve("secret:ELI") == "+2"


def test_a_secret_that_nobody_gave_is_named():
    with pytest.raises(UnknownSecret, match="FEMI is not set; set it, or FEMI_FILE"):
        resolver({})("secret:FEMI")
    with pytest.raises(UnknownSecret, match="both"):
        resolver({"FEMI": "1", "FEMI_FILE": "/x"})("secret:FEMI")


@pytest.mark.parametrize(
    ("given", "ok"),
    [
        ({}, True),  # all on this machine
        ({"ESCALATOR_HOST": "0.0.0.0"}, False),  # served to others, links point to their own machine
        ({"ESCALATOR_PUBLIC_URL": "http://e.example.com"}, False),  # tokens in clear
        ({"ESCALATOR_HOST": "0.0.0.0", "ESCALATOR_PUBLIC_URL": "https://e.example.com"}, True),
    ],
)
def test_doctor_sees_a_public_url_that_will_not_work(given, ok):
    found = {finding.name: finding for finding in sanity(load(given))}
    assert found["public URL"].ok is ok


def test_doctor_says_that_the_sandbox_reaches_nobody_and_that_a_last_resort_is_missing():
    found = {finding.name: finding.text for finding in sanity(load({"ESCALATOR_TRANSPORT": "sandbox"}))}
    assert "nobody is reached" in found["transport"]
    assert "ESCALATOR_LAST_RESORT" in found["last resort"]
    healed = sanity(load({"ESCALATOR_LAST_RESORT": "ops@example.com"}))
    assert all(finding.ok for finding in healed)
