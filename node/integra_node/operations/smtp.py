"""How does a message reach the agency's mail server? The only module that speaks SMTP.

TLS with the agency's own authority or the system's; without TLS only to a server on this computer.
The password is read from its file for each message and held nowhere.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

import aiosmtplib

from integra_protocol.errors import UnavailableError

if TYPE_CHECKING:
    from email.message import EmailMessage

    from integra_node.config import Config, MailSettings

TIMEOUT_S: Final = 30


class MailError(UnavailableError):
    """The mail server did not take a message; ``reason`` is a stable word, ``detail`` for people.

    ``about_one``: the fault lies with this message or its address, another may go out.
    """

    code = "mail_not_sent"

    def __init__(self, reason: str, detail: str, *, about_one: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.about_one = about_one


async def send(config: Config, message: EmailMessage) -> None:
    """Hand one message to the mail server and return when it has taken it.

    Raises:
        MailError: it was not taken.
    """
    settings = config.mail
    try:
        await aiosmtplib.send(
            message,
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=_password(config) if settings.username else None,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=_tls(config) if settings.security != "none" else None,
            timeout=TIMEOUT_S,
        )
    except aiosmtplib.SMTPAuthenticationError as error:
        raise MailError("login", f"{_place(settings)} refused the user name or password") from error
    except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as error:
        raise MailError("refused", f"{_place(settings)} refused it", about_one=True) from error
    except ssl.SSLError as error:
        raise MailError("tls", f"{_place(settings)}: {error.reason or 'TLS failed'}") from error
    except TimeoutError as error:
        raise MailError("timeout", f"{_place(settings)} did not answer") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        cause = error.__cause__ or error
        word = "tls" if isinstance(cause, ssl.SSLError) else "unreachable"
        raise MailError(
            word, f"{_place(settings)} cannot be used: {type(cause).__name__}"
        ) from error


def _tls(config: Config) -> ssl.SSLContext:
    ca_file = config.mail.ca_file
    context = ssl.create_default_context(cafile=str(config.path(ca_file)) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # what mail servers of agencies still speak
    return context


def _password(config: Config) -> str:
    file = config.mail.password_file
    if file is None:
        return ""
    try:
        return config.path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise MailError("login", f"the password file cannot be read: {error.strerror}") from error


def _place(settings: MailSettings) -> str:
    return f"the mail server {settings.host} port {settings.port}"
