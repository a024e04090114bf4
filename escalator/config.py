"""Settings from the environment. One table drives parsing, checking and the test of `docs/settings.md`.

Only `app/` and the command line read this. Every setting may also come from a file (`NAME_FILE`), and all of them
from `.env` in the working directory, which the environment overrides. Everything wrong is told at once.
"""

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from escalator import settings as values
from escalator.core.instant import Span
from escalator.settings import Network, Place, Secret

PREFIX = "ESCALATOR_"
Environment = Mapping[str, str]


class SettingsError(Exception):
    """Settings that cannot be used; `problems` has one line for each, with its cure."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnknownSecret(Exception):
    """A `secret:NAME` that neither NAME nor NAME_FILE gives."""


class Finding(NamedTuple):
    """One line of `escalator doctor`."""

    name: str
    ok: bool
    text: str
    warns: bool = False
    """Nothing is broken, and it is worth a look all the same."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the process was told, parsed. `docs/settings.md` says what each means."""

    database_url: Secret
    policies: Place
    policies_interval: Span
    policies_webhook_secret: Secret | None
    public_url: str
    host: str
    port: int
    ingest_token: Secret | None
    admin_token: Secret | None
    smtp_url: Secret | None
    email_from: str | None
    email_reply_to: str | None
    email_inbound_secret: Secret | None
    slack_bot_token: Secret | None
    slack_signing_secret: Secret | None
    slack_app_token: Secret | None
    slack_api_url: str
    twilio_account_sid: str | None
    twilio_auth_token: Secret | None
    twilio_from: str | None
    twilio_api_url: str
    pagerduty_events_url: str
    pagerduty_webhook_secret: Secret | None
    outbound_allow: tuple[Network, ...]
    transport: str
    heartbeat_url: Secret | None
    last_resort: Secret | None
    retention: Span
    log_format: str
    log_level: str
    url: str
    token: Secret | None


class Setting(NamedTuple):
    """One row: the name without its prefix in small letters is the field of Settings."""

    name: str
    parse: Callable[[str], Any]
    default: str | None = None
    secret: bool = False
    """Its value never stands in an error."""

    @property
    def field(self) -> str:
        return self.name.removeprefix(PREFIX).lower()


SETTINGS = (
    Setting("ESCALATOR_DATABASE_URL", values.database, "sqlite+aiosqlite:///escalator.db", secret=True),
    Setting("ESCALATOR_POLICIES", values.policies, "policies", secret=True),
    Setting("ESCALATOR_POLICIES_INTERVAL", values.interval, "60s"),
    Setting("ESCALATOR_POLICIES_WEBHOOK_SECRET", values.token, secret=True),
    Setting("ESCALATOR_PUBLIC_URL", values.web_address, "http://localhost:8080"),
    Setting("ESCALATOR_HOST", str, "127.0.0.1"),
    Setting("ESCALATOR_PORT", values.port, "8080"),
    Setting("ESCALATOR_INGEST_TOKEN", values.token, secret=True),
    Setting("ESCALATOR_ADMIN_TOKEN", values.token, secret=True),
    Setting("ESCALATOR_SMTP_URL", values.smtp, secret=True),
    Setting("ESCALATOR_EMAIL_FROM", values.mailbox),
    Setting("ESCALATOR_EMAIL_REPLY_TO", values.mailbox),
    Setting("ESCALATOR_EMAIL_INBOUND_SECRET", values.token, secret=True),
    Setting("ESCALATOR_SLACK_BOT_TOKEN", values.token, secret=True),
    Setting("ESCALATOR_SLACK_SIGNING_SECRET", values.token, secret=True),
    Setting("ESCALATOR_SLACK_APP_TOKEN", values.token, secret=True),
    Setting("ESCALATOR_SLACK_API_URL", values.web_address, "https://slack.com/api"),
    Setting("ESCALATOR_TWILIO_ACCOUNT_SID", values.account, None),
    Setting("ESCALATOR_TWILIO_AUTH_TOKEN", values.token, secret=True),
    Setting("ESCALATOR_TWILIO_FROM", values.caller, None),
    Setting("ESCALATOR_TWILIO_API_URL", values.web_address, "https://api.twilio.com"),
    Setting("ESCALATOR_PAGERDUTY_EVENTS_URL", values.web_address, "https://events.pagerduty.com"),
    Setting("ESCALATOR_PAGERDUTY_WEBHOOK_SECRET", values.token, secret=True),
    Setting("ESCALATOR_OUTBOUND_ALLOW", values.networks, ""),
    Setting("ESCALATOR_TRANSPORT", values.one_of("live", "sandbox"), "live"),
    Setting("ESCALATOR_HEARTBEAT_URL", values.secret_address, secret=True),
    Setting("ESCALATOR_LAST_RESORT", values.last_resort, secret=True),
    Setting("ESCALATOR_RETENTION", values.retention, "90d"),
    Setting("ESCALATOR_LOG_FORMAT", values.one_of("auto", "console", "json"), "auto"),
    Setting("ESCALATOR_LOG_LEVEL", values.one_of("debug", "info", "warning", "error"), "info"),
    Setting("ESCALATOR_URL", values.web_address, "http://localhost:8080"),
    Setting("ESCALATOR_TOKEN", values.token, secret=True),
)

CLIENT = ("ESCALATOR_URL", "ESCALATOR_TOKEN")


def environment(directory: Path | None = None) -> dict[str, str]:
    """The process's environment over `.env` of the directory (default: the working directory); raises SettingsError."""
    path = (directory or Path.cwd()) / ".env"
    if not path.is_file():
        return dict(os.environ)
    from dotenv import dotenv_values  # most machines have no `.env`: only those that do pay for it

    try:
        written = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: cannot be read ({error}); make it readable, in UTF-8"]) from error
    return {name: value for name, value in written.items() if value is not None} | dict(os.environ)


def load(environ: Environment) -> Settings:
    """Parses every setting; raises SettingsError with all problems at once."""
    parsed: dict[str, Any] = {}
    problems: list[str] = []
    for setting in SETTINGS:
        try:
            text = _given(setting.name, environ)
            text = setting.default if text is None else text
            parsed[setting.field] = None if text is None else setting.parse(text)
        except ValueError as error:
            problems.append(_complaint(setting, environ, str(error)))
    problems += _missing_together(parsed)
    if not _said("ESCALATOR_PUBLIC_URL", environ) and "port" in parsed:
        parsed["public_url"] = f"http://localhost:{parsed['port']}"
    if problems:
        raise SettingsError(problems)
    return Settings(**parsed)


def client(environ: Environment) -> tuple[str, Secret | None]:
    """Where the command line finds the service, and its token; other settings may be wrong. Raises SettingsError."""
    named = {name: value for name, value in environ.items() if name.removesuffix("_FILE") in CLIENT}
    settings = load(named)
    return settings.url, settings.token


def warnings(environ: Environment) -> list[str]:
    """What is set and will have no effect: names that nobody reads, with the nearest one that somebody does."""
    known = {setting.name for setting in SETTINGS}
    names = sorted(name for name in environ if name.startswith(PREFIX))
    found = []
    for name in names:
        bare = name.removesuffix("_FILE")
        if bare not in known:
            near = difflib.get_close_matches(bare, known, 1)
            found.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ""))
    return found


def resolver(environ: Environment) -> Callable[[str], str]:
    """A function that turns `secret:NAME` into the value of NAME or the content of the file NAME_FILE names.

    Anything else comes back as it is. The file is read at each call, so that a rotated secret is used at once.
    Raises UnknownSecret, whose text names the variable and never a value.
    """

    def resolve(reference: str) -> str:
        if not reference.startswith("secret:"):
            return reference
        name = reference.removeprefix("secret:")
        try:
            value = _given(name, environ)
        except ValueError as error:
            raise UnknownSecret(f"{name}: {error}") from error
        if value is None:
            raise UnknownSecret(f"{name} is not set; set it, or {name}_FILE, in the environment")
        return value

    return resolve


def sanity(settings: Settings) -> Iterator[Finding]:
    """Settings that parse and yet will not work in the night."""
    public = urlsplit(settings.public_url)
    local = values.is_loopback(public.hostname or "")
    if local and not values.is_loopback(settings.host):
        cure = "links in messages will open on the reader's own machine; set ESCALATOR_PUBLIC_URL"
        yield Finding("public URL", False, f"{settings.public_url}: {cure}")
    elif public.scheme == "http" and not local:
        yield Finding("public URL", False, f"{settings.public_url}: tokens in links travel in clear; use https")
    else:
        yield Finding("public URL", True, settings.public_url)
    if settings.transport == "sandbox":
        yield Finding("transport", False, "sandbox: nobody is reached; unset ESCALATOR_TRANSPORT to go live")
    if settings.last_resort is None:
        cure = "set ESCALATOR_LAST_RESORT to an address that is told when no policy reaches anyone"
        yield Finding("last resort", False, cure)


def _said(name: str, environ: Environment) -> bool:
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def _given(name: str, environ: Environment) -> str | None:
    """The value of NAME, or the content of NAME_FILE without its last line break; None where neither is set."""
    value, path = environ.get(name) or None, environ.get(f"{name}_FILE") or None
    if path is None:
        return value
    if value is not None:
        raise ValueError(f"both {name} and {name}_FILE are set; unset one")
    try:
        content = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path} ({type(error).__name__}); make it readable, in UTF-8") from error
    if not content:
        raise ValueError(f"the file {path} is empty; write the value into it")
    return content


def _complaint(setting: Setting, environ: Environment, cure: str) -> str:
    value = environ.get(setting.name)
    return f"{setting.name}: {cure}" if setting.secret or not value else f"{setting.name}={value}: {cure}"


TOGETHER = (
    ("smtp_url", "email_from", "e-mail needs a sender; write escalator@example.com"),
    ("twilio_account_sid", "twilio_auth_token", "Twilio's account needs its token"),
    ("twilio_account_sid", "twilio_from", "texts and calls need a number of yours, in the form +15551234567"),
    ("email_reply_to", "email_inbound_secret", "replies by mail need the secret that proves who posts them"),
)
"""(what is set, what it needs, why)."""


def _missing_together(parsed: Mapping[str, Any]) -> list[str]:
    return [
        f"{PREFIX}{needed.upper()}: {why}"
        for given, needed, why in TOGETHER
        if parsed.get(given) and needed in parsed and not parsed[needed]
    ]
