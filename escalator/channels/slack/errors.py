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
OURS = Verdict("temporary", "contact", "Slack cannot read what we sent: a fault of ours, please report it")

CONTENT = frozenset(
    (
        "invalid_blocks", "invalid_blocks_format", "invalid_arguments", "msg_too_long", "msg_blocks_too_long",
        "no_text", "block_mismatch", "invalid_attachments", "too_many_attachments", "attachment_payload_limit_exceeded",
        "too_many_contact_cards", "markdown_text_conflict", "metadata_too_large", "invalid_metadata_format",
        "invalid_metadata_schema", "metadata_must_be_sent_from_app", "invalid_array_arg", "invalid_form_data",
        "invalid_json", "json_not_object", "duplicate_message_not_allowed", "slack_connect_file_link_sharing_blocked",
        "slack_connect_canvas_sharing_blocked", "slack_connect_lists_sharing_blocked",
    )
)  # fmt: skip
"""The content was refused: a plain text goes out instead."""
METADATA = frozenset(
    ("metadata_too_large", "invalid_metadata_format", "invalid_metadata_schema", "metadata_must_be_sent_from_app")
)
"""Of these: what names the notification must go too, though it cannot be found again then."""

ERRORS: dict[str, Verdict] = {
    # This contact will never take it.
    **dict.fromkeys(("channel_not_found", "not_in_channel"), Verdict("permanent", "contact", INVITE)),
    **dict.fromkeys(
        ("is_archived", "is_inactive", "user_not_found", "users_not_found", "user_disabled", "user_not_visible",
         "cannot_dm_bot", "messages_tab_disabled", "channel_type_not_supported", "cannot_find_channel"),
        Verdict("permanent", "contact", GONE),
    ),
    **dict.fromkeys(
        ("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
         "restricted_action_thread_locked", "restricted_action_non_threadable_channel"),
        Verdict("permanent", "contact", "the workspace does not let the app write there"),
    ),
    # Only there, and only for a while.
    **dict.fromkeys(
        ("external_channel_migrating", "update_failed", "streaming_state_conflict", "cant_update_message",
         "edit_window_closed", "message_not_found", "thread_not_found", "cannot_reply_to_message",
         "cant_broadcast_message", "no_dual_broadcast_content_update", "duplicate_channel_not_found"),
        Verdict("temporary", "contact", "not in this channel now"),
    ),
    # Nobody can be told until an operator has mended it: the breaker may trip and say so.
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
         "no_permission", "org_login_required", "ekm_access_denied", "team_access_not_granted", "access_denied",
         "enterprise_is_restricted", "two_factor_setup_required", "not_allowed_token_type", "team_not_found",
         "as_user_not_supported"),
        Verdict("temporary", "provider", TOKEN),
    ),
    # Slack itself.
    **dict.fromkeys(
        ("internal_error", "fatal_error", "service_unavailable", "request_timeout", "accesslimited",
         "team_added_to_org"),
        Verdict("temporary", "provider", "Slack is in trouble"),
    ),
    # We.
    **dict.fromkeys(
        ("invalid_arg_name", "invalid_charset", "invalid_post_type", "missing_post_type", "deprecated_endpoint",
         "method_deprecated", "unknown_method", "upgrade_required"),
        OURS,
    ),
}  # fmt: skip

UNKNOWN = Verdict("temporary", "contact", "not in our table")
NOT_SLACK = Verdict("temporary", "provider", "not an answer of Slack's API: check ESCALATOR_SLACK_API_URL")
RATE = frozenset(("ratelimited", "rate_limited", "message_limit_exceeded"))
MISSING = frozenset(
    (
        "message_not_found", "thread_not_found", "cannot_reply_to_message", "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
    )
)  # fmt: skip
"""The first message, or its thread, is no use any more: a new one is posted."""
FIXED = frozenset(("cant_update_message", "edit_window_closed", "update_failed", "streaming_state_conflict"))
"""It is there and cannot be edited: its thread tells what it does not show."""
RATE_WAIT = 30.0
"""Seconds, where Slack names none."""


def refusal(error: str, retry_after: float | None) -> NotSent:
    """The NotSent of one error code."""
    if error in RATE:
        return NotSent("temporary", f"{error}: slower, Slack says", retry_after or RATE_WAIT)
    other = NOT_SLACK if error.startswith("http_") else UNKNOWN
    verdict = OURS if error in CONTENT else ERRORS.get(error, other)
    return NotSent(verdict.fate, f"{error}: {verdict.cure}", retry_after, blames=verdict.blames)
