"""Ways out that are not people: a Slack channel or a mailing list by its name, everything else as a secret."""

from escalator.importers.sheet import Sheet
from escalator.language.shapes.patterns import MAIL, SLACK


def channel(sheet: Sheet, via: str, address: str, wanted: str, what: str) -> str:
    """The name of the channel, declared once for each address; `what` says in the report what the secret is."""
    key = f"{via} {address}"
    name = sheet.known("channels", key)
    if name is None:
        name = sheet.name("channels", wanted.lstrip("#") or via, key)
        public = (via == "email" and MAIL.fullmatch(address)) or (via == "slack" and SLACK.fullmatch(address))
        parts = (name,) if name.lower().endswith(via) else (name, via)
        sheet.put("channels", name, {via: address if public else sheet.secret(what, *parts)})
    return name
