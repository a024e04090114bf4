"""The manifest to paste when the app is made in Slack: what it may do, and where its answers go."""

from typing import Any

SCOPES = (
    "chat:write",           # messages, and editing our own
    "chat:write.public",    # into public channels without an invitation
    "commands",             # /escalator
    "channels:read",        # the id of #name …
    "groups:read",          # … also of a private one
    "channels:history",     # whether a message of doubtful end arrived …
    "groups:history", "im:history",
    "im:write",             # direct messages
    "users:read", "users:read.email",  # who pressed: a person of the policies by e-mail
)  # fmt: skip


def manifest(public_url: str | None = None) -> dict[str, Any]:
    """As Slack reads it. `public_url`: answers come as signed HTTP there; None: over Socket Mode."""
    url = f"{public_url.rstrip('/')}/replies/slack" if public_url else None
    command: dict[str, Any] = {
        "command": "/escalator",
        "description": "Who is on call, what is open, acknowledge, page",
        "usage_hint": "oncall | list | ack 42 | page @person text | take SCHEDULE 2h | override SCHEDULE @person",
        "should_escape": True,
    }
    interactivity: dict[str, Any] = {"is_enabled": True}
    if url:
        command["url"] = interactivity["request_url"] = url
    return {
        "display_information": {
            "name": "Escalator",
            "description": "From an alert to a human who acknowledges",
            "background_color": "#14181f",
        },
        "features": {
            "bot_user": {"display_name": "Escalator", "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }
