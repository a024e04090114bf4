"""What the doors answer, for the OpenAPI. The bytes are made by the store's listing; these describe them."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec
from pydantic import BaseModel, Field
from starlette.responses import Response

from escalator.web.problems import MEDIA

T = TypeVar("T")

Severity = Literal["info", "warning", "error", "critical"]
Status = Literal["triggered", "acknowledged", "snoozed", "resolved"]


class Json(Response):
    """JSON by msgspec: ten times the standard library's speed on a long list."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)


class Counts(BaseModel):
    firing: int
    resolved: int


class Incident(BaseModel):
    """One episode of a group of alerts, from fired to resolved."""

    id: str = Field(description="Short, speakable, unique.")
    version: int = Field(description="Grows with every change.")
    status: Status
    title: str
    severity: Severity
    urgency: Literal["high", "low"]
    labels: dict[str, str] = Field(description="Group labels.")
    route: str
    policy: str
    revision: int
    level: int
    round: int
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    snoozed_until: datetime | None
    due_at: datetime | None = Field(description="When something happens next by itself.")
    alerts: Counts
    paged: list[str] = Field(description="People.")
    url: str


class Alert(BaseModel):
    """One labelled fact of a sender."""

    fingerprint: str
    source: str
    status: Literal["firing", "resolved", "unconfirmed"]
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None
    last_seen: datetime | None
    generator_url: str
    incident: str


class Attempt(BaseModel):
    at: datetime
    took_ms: float
    outcome: str
    detail: str


class Notification(BaseModel):
    """One message to one contact."""

    id: str | int
    incident: str
    level: int
    round: int
    attempt: int = Field(description="Of the level; of an update, the version of its incident.")
    step: int = Field(description="Of the person's rules; from 100 on, a contact that was kept back at first.")
    target: str
    person: str | None
    channel: str
    contact: str = Field(description="Masked.")
    kind: Literal["page", "update", "resolved"]
    state: Literal["pending", "sending", "sent", "delivered", "failed", "cancelled", "unknown"]
    not_before: datetime
    sent_at: datetime | None
    receipt: str | None
    sent_with: str | int | None = Field(None, description="The notification whose message told of this one too.")
    evidence: str = Field("", description="Whether it arrived, and how we know, in one line.")
    attempts: list[Attempt]


class Entry(BaseModel):
    """One line of an incident's story."""

    at: datetime
    event: str
    reason: str
    by: str | None
    detail: Any = None


class Page(BaseModel, Generic[T]):
    """Some of what was asked for; `next` is the cursor of the rest."""

    items: list[T]
    next: str | None = None


class Items(BaseModel, Generic[T]):
    """All of what was asked for."""

    items: list[T]


class Matcher(BaseModel):
    label: str
    operator: str
    value: str | list[str]


class Silence(BaseModel):
    id: str
    matchers: list[Matcher]
    starts_at: datetime
    ends_at: datetime
    by: str
    reason: str


class Override(BaseModel):
    id: str = Field(description="Empty for one that stands in the policies.")
    schedule: str
    person: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    lives: Literal["policies", "database"] = Field(description="Where it is changed: in the files, or by hand.")
    where: str = Field(description="File, line and column, of one in the policies.")
    by: str = Field(description="Who made it, of one in the database.")


class Policy(BaseModel):
    name: str
    urgency: str | None
    levels: list[dict[str, Any]]


class Stamp(BaseModel):
    """Where a content comes from."""

    digest: str | None
    origin: str | None = Field(description="A folder or a repository, without what is secret.")
    commit: str | None
    author: str | None
    subject: str | None
    committed_at: datetime | None


class Revision(Stamp):
    """An admitted revision of the policies."""

    revision: int
    admitted_at: datetime
    by: str = Field(description="The process that admitted it, or who rolled back.")
    restores: int | None = Field(description="Of a rollback: the revision whose content this is.")


class WholeRevision(Revision):
    sources: dict[str, str] = Field(description="Text by path.")


class Waiting(Stamp):
    """Something newer that does not run."""

    reason: str
    diagnostics: list[dict[str, Any]]
    refused_at: datetime
    refused_by: str


class Heard(BaseModel):
    looks: bool = Field(description="false: this delivery was heard before.")


class Policies(BaseModel):
    revision: int
    digest: str
    origin: str = Field(description="Where this replica looks.")
    live: Revision | None = Field(description="null: nothing was ever admitted.")
    waiting: Waiting | None = Field(description="What is newer and does not run; every replica says the same.")
    problem: str | None = Field(description="Why what this replica finds at the origin is not live.")
    catch_all: str
    policies: list[Policy]
    routes: list[dict[str, Any]]


class Token(BaseModel):
    id: str
    name: str
    person: str | None
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewToken(BaseModel):
    id: str
    token: str = Field(description="Shown once.")
    name: str
    person: str | None
    scopes: list[str]
    expires_at: datetime | None


class WrongField(BaseModel):
    field: str
    problem: str


class ProblemDocument(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What is wrong, and what to do.")
    fields: list[WrongField] | None = None


_WHEN = {
    400: "A matcher or a cursor cannot be read.",
    401: "No token, or an unknown one.",
    403: "The token lacks the scope, or the request comes from another site.",
    404: "There is no such thing.",
    409: "The incident's state forbids it.",
    413: "The body is too large.",
    415: "The body is compressed.",
    429: "Too many unknown links from this address.",
    422: "A field is wrong; `fields` says which.",
    503: "The database cannot take it now: try again after Retry-After seconds.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Responses for the OpenAPI: these, and those that every door may give."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    every = sorted({401, 403, 413, 415, 422, 503, *statuses})
    return {status: {"description": _WHEN[status], "content": {MEDIA: {"schema": schema}}} for status in every}


def described(model: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The answer of a door that makes its own bytes."""
    return {status: {"model": model}}
