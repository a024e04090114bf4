"""Codes of people and of how they are reached."""

from escalator.language.codes.code import Code

_PAGE = "policies: {page: {levels: [{notify: [{person: ana}]}]}}\n"

CODES = (
    Code(
        "W270",
        "somebody whom the rules do not reach",
        "Somebody has no contact that the notification rules use, so a page skips them.",
        "people:\n  ana: {contacts: {push: browser}, notification_rules: {high: [{via: sms}]}}\n" + _PAGE,
        "people:\n  ana: {contacts: {push: browser}, notification_rules: {high: [{via: push}]}}\n" + _PAGE,
    ),
    Code(
        "W274",
        "every method through one provider",
        "All methods by which a page of high urgency reaches this person are carried by one provider. Texts and calls "
        "both go through Twilio: when it is down, both are. Push, e-mail and Slack are carried by others.",
        "people:\n  ana: {contacts: {sms: secret:ANA_PHONE, call: secret:ANA_PHONE}}\n" + _PAGE,
        "people:\n  ana: {contacts: {push: browser, sms: secret:ANA_PHONE, call: secret:ANA_PHONE}}\n" + _PAGE,
    ),
    Code(
        "W275",
        "nothing that wakes",
        "This person can be paged with high urgency, and no method that the rules use then can wake "
        "anybody: letters and "
        "chat messages lie until morning. Push, texts and calls ring; a webhook or Apprise is taken to ring too.",
        "people:\n  ana: {contacts: {email: ana@example.com}}\n" + _PAGE,
        "people:\n  ana: {contacts: {push: browser, email: ana@example.com}}\n" + _PAGE,
    ),
    Code(
        "W276",
        "a step after the level is over",
        "The step comes later after the page than the level waits in all (`escalate_after` × "
        "`attempts`), so others are "
        "told before this person's last method was tried.",
        "notification_rules:\n  high: [{via: push}, {via: email, after: 10m}]\n"
        "policies:\n  page: {levels: [{notify: [{person: ana}], escalate_after: 5m}, {notify: [{person: ben}]}]}\n",
        "notification_rules:\n  high: [{via: push}, {via: email, after: 2m}]\n"
        "policies:\n  page: {levels: [{notify: [{person: ana}], escalate_after: 5m}, {notify: [{person: ben}]}]}\n",
    ),
)
