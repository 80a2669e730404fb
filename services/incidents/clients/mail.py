"""E-mail: one message to the mail server of the installation."""

import asyncio
import re
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

import aiosmtplib

from kernel.clock import utc_now
from kernel.errors import InvalidField
from servicekit.config import Secret
from services.incidents.domain.alert_message import Letter
from services.incidents.domain.delivery import Answer
from services.incidents.domain.destination import EmailTarget
from services.incidents.domain.errors import MailNotConfigured

# Plain addresses alone: no names, no comments, no quoting, nothing that ends a line.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})")
_PERMANENT = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    user: str
    password: Secret
    sender: str
    # `starttls`, `tls` or `none`.
    security: str
    tls: ssl.SSLContext


class SmtpMail:
    """Hands letters over to a mail server, if there is one."""

    def __init__(
        self, *, server: MailServer | None, connect_seconds: float, seconds: float
    ) -> None:
        self._server = server
        self._connect_seconds = connect_seconds
        self._seconds = seconds

    def inspect(self, target: EmailTarget) -> None:
        """Refuse what cannot be sent to.

        Raises:
            MailNotConfigured: there is no mail server.
            InvalidField: a recipient is no plain address.
        """
        if self._server is None:
            raise MailNotConfigured(
                "This installation sends no e-mail. Whoever runs it sets AOS_SMTP_HOST."
            )
        for place, recipient in enumerate(target.recipients):
            if not _ADDRESS.fullmatch(recipient):
                name = f"email.recipients[{place}]"
                raise InvalidField.named(name, "is not an address like name@example.org")

    async def __call__(self, letter: Letter) -> Answer:
        """Send once; whatever comes of it is an answer."""
        if self._server is None:
            return Answer(delivered=False, error="This installation sends no e-mail.")
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(letter, self._server)
        except (aiosmtplib.SMTPException, TimeoutError, OSError, ValueError) as error:
            return _answer_of(error)

    async def _send(self, letter: Letter, server: MailServer) -> Answer:
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password.value or None,
            timeout=self._connect_seconds,
            # Given, since it would otherwise be looked up in the directory of names.
            local_hostname=server.sender.rpartition("@")[2],
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=server.tls if server.security != "none" else None,
        )
        try:
            await client.connect()
            refused, _ = await client.send_message(
                _message(letter, server), sender=server.sender, recipients=list(letter.recipients)
            )
        finally:
            # Without a goodbye: what was taken is taken, and a server that is slow to let us go
            # would make it look as if it were not.
            client.close()
        # Sending it again would reach those twice who have it.
        error = f"It does not take {len(refused)} of the recipients." if refused else ""
        return Answer(delivered=True, status_code=250, error=error)


def _answer_of(error: Exception) -> Answer:
    """What a failure comes to, in words of our own: those of the server may quote the message."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [one.code for one in error.recipients]
        words, final = "It takes none of the recipients.", all(code in _PERMANENT for code in codes)
        return Answer(delivered=False, status_code=codes[0], error=words, is_final=final)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Answer(delivered=False, status_code=error.code, error="It does not know us.")
    if isinstance(error, (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused)):
        words, final = "It does not take the message.", error.code in _PERMANENT
        return Answer(delivered=False, status_code=error.code, error=words, is_final=final)
    if isinstance(error, TimeoutError):
        return Answer(delivered=False, error="The mail server did not answer in time.")
    return Answer(delivered=False, error="The mail server could not be talked to.")


def _message(letter: Letter, server: MailServer) -> EmailMessage:
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = server.sender
    message["To"] = ", ".join(letter.recipients)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = f"<{letter.message_id}@{server.sender.rpartition('@')[2]}>"
    # So that no out-of-office reply comes back.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message
