"""What a mail server answers, or fails to: whether another try can help, and whose trouble it is. Pure."""

import re
import ssl
from typing import Literal

from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from escalator.channels import clean
from escalator.channels.base import NotSent
from escalator.channels.smtp_url import Server

OUR_LOGIN = frozenset((530, 534, 535, 538))
"""Answers about our own login, whenever they come: the contact is not to blame."""
SUBJECT = re.compile(r"\s*4\.([0-9]{1,3})\.")
"""What an enhanced status code is about (RFC 3463): 1 the address, 2 the mailbox; 3 the system, 4 the network."""


class Progress:
    """How far one send got."""

    stage = "waiting for a free connection"
    posted = False
    """Whether the mail itself may have left us."""


def explain(trouble: Exception, progress: Progress, server: Server) -> NotSent:
    """What went wrong in the server's words and ours, and whether another try can help."""
    said = clean.line(getattr(trouble, "message", "") or trouble, 160)
    if isinstance(trouble, SMTPResponseException) and trouble.code > 0:
        return _explain_answer(trouble, f"{trouble.code} {said}", server)
    for cause in (trouble, trouble.__cause__):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _explain_certificate(cause, server)
    if isinstance(trouble, SMTPNotSupported) or type(trouble) is SMTPException:  # how the library says "no AUTH here"
        return NotSent("temporary", f"{server.name} lacks what ESCALATOR_SMTP_URL asks for (tls, login): {said}")
    reason = f"{said or 'timeout'} while {progress.stage}"
    if progress.posted:
        return NotSent("ambiguous", f"{server.name} may have taken the mail, but did not say so: {reason}")
    return NotSent("temporary", f"nothing was handed to {server.name}: {reason}")


def _explain_certificate(trouble: ssl.SSLCertVerificationError, server: Server) -> NotSent:
    reason = f"the certificate of {server.name} is not trusted ({clean.line(trouble.verify_message, 80)})"
    return NotSent("temporary", f"{reason}: name its authority with ca=, or set verify=no, in ESCALATOR_SMTP_URL")


def _explain_answer(trouble: SMTPResponseException, said: str, server: Server) -> NotSent:
    if isinstance(trouble, SMTPAuthenticationError) or trouble.code in OUR_LOGIN:
        return NotSent("temporary", f"{server.name} refused our login: {said}; check ESCALATOR_SMTP_URL")
    if isinstance(trouble, SMTPSenderRefused):
        return NotSent("temporary", f"{server.name} refused our sender: {said}; check ESCALATOR_EMAIL_FROM")
    about_the_mail = isinstance(trouble, (SMTPRecipientRefused, SMTPDataError))
    if about_the_mail and not isinstance(trouble, (SMTPConnectResponseError, SMTPHeloError)) and trouble.code >= 500:
        return NotSent("permanent", f"{server.name} refused: {said}")
    return NotSent("temporary", f"{server.name} cannot now: {said}", blames=_blamed(trouble))


def _blamed(trouble: SMTPResponseException) -> Literal["contact", "provider"]:
    """Greylisting, a full mailbox: one recipient's affair, which says nothing of the server."""
    about = SUBJECT.match(trouble.message)
    if trouble.code == 421 or not isinstance(trouble, (SMTPRecipientRefused, SMTPDataError)):
        return "provider"
    if (about and about[1] in ("1", "2")) or re.search("gr[ae]y ?list", trouble.message, re.IGNORECASE):
        return "contact"
    if about and about[1] in ("3", "4", "5"):
        return "provider"
    return "contact" if isinstance(trouble, SMTPRecipientRefused) else "provider"
