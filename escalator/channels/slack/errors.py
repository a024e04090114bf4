"""What Slack's error codes mean for a message: a table. Slack adds codes: whatever is not here is temporary.

Source: the error lists of chat.postMessage, chat.update, conversations.open, users.lookupByEmail at docs.slack.dev.
"""

from typing import Literal, NamedTuple

from escalator.channels.base import NotSent

Fate = Literal["permanent", "temporary"]


class Verdict(NamedTuple):
    fate: Fate
    blames: Literal["provider", "contact"]
    cure: str


INVITE = "invite the app into the channel (/invite), or name another"
GONE = "name another in the policies"
TOKEN = "check ESCALATOR_SLACK_BOT_TOKEN, and install the app anew from `escalator slack manifest`"  # noqa: S105

ERRORS: dict[str, Verdict] = {
    # This contact will never take it.
    **dict.fromkeys(("channel_not_found", "not_in_channel"), Verdict("permanent", "contact", INVITE)),
    **dict.fromkeys(
        ("is_archived", "user_not_found", "users_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot",
         "messages_tab_disabled", "channel_type_not_supported", "cannot_find_channel"),
        Verdict("permanent", "contact", GONE),
    ),
    **dict.fromkeys(
        ("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
         "restricted_action_thread_locked", "restricted_action_non_threadable_channel"),
        Verdict("permanent", "contact", "the workspace does not let the app write there"),
    ),
    # Nobody can be told until an operator has mended it: the breaker may trip and say so.
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
         "no_permission", "org_login_required", "ekm_access_denied", "team_access_not_granted", "access_denied",
         "enterprise_is_restricted", "two_factor_setup_required", "not_allowed_token_type"),
        Verdict("temporary", "provider", TOKEN),
    ),
    # Slack itself.
    **dict.fromkeys(
        ("internal_error", "fatal_error", "service_unavailable", "request_timeout", "accesslimited",
         "team_added_to_org"),
        Verdict("temporary", "provider", "Slack is in trouble"),
    ),
}  # fmt: skip

UNKNOWN = Verdict("temporary", "contact", "not in our table")
RATE = frozenset(("ratelimited", "rate_limited", "message_limit_exceeded"))
CONTENT = frozenset(
    (
        "invalid_blocks", "invalid_blocks_format", "invalid_arguments", "msg_too_long", "msg_blocks_too_long",
        "no_text", "block_mismatch", "invalid_attachments", "too_many_attachments", "metadata_too_large",
        "invalid_metadata_format", "invalid_metadata_schema", "metadata_must_be_sent_from_app", "invalid_array_arg",
        "invalid_form_data", "duplicate_message_not_allowed",
    )
)  # fmt: skip
"""The content was refused: a plain text goes out instead."""
MISSING = frozenset(("message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"))
"""The message that was to be edited is gone: a new one is posted."""
RATE_WAIT = 30.0
"""Seconds, where Slack names none."""


def refusal(error: str, retry_after: float | None) -> NotSent:
    """The NotSent of one error code."""
    if error in RATE:
        return NotSent("temporary", f"{error}: slower, Slack says", retry_after or RATE_WAIT)
    verdict = ERRORS.get(error, UNKNOWN)
    return NotSent(verdict.fate, f"{error}: {verdict.cure}", retry_after, blames=verdict.blames)
