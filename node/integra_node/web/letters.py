"""What does an e-mail say? How many things wait and where to sign in; nothing else, ever."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from integra_node.web.languages import SOURCE_LANGUAGE, available, translations

if TYPE_CHECKING:
    from integra_node.config import Config
    from integra_node.store.mailboxes import Owed


def letter(owed: Owed, config: Config, *, now: int) -> EmailMessage:
    """Return the message that is owed to somebody, in their language."""
    language = _language(owed.language, config.language)
    texts = translations(language)
    lines = [
        texts.ngettext(
            "%(count)s message waits for you in Integra.",
            "%(count)s messages wait for you in Integra.",
            owed.count,
        )
        % {"count": owed.count},
        texts.gettext("Sign in to read: %(address)s") % {"address": f"{config.staff_url}/messages"},
        texts.gettext("You chose to get these e-mails. Change that here: %(address)s")
        % {"address": f"{config.staff_url}/account/mail"},
        texts.gettext("Please do not answer: nobody reads this address."),
    ]
    box = owed.mailbox
    return _message(
        config,
        to=box.address,
        subject=texts.gettext("Integra: something waits for you"),
        body="\n\n".join(lines),
        language=language,
        name=f"{box.account_id} {owed.until}",
        now=now,
    )


def trial(config: Config, to: str, *, now: int) -> EmailMessage:
    """Return a message by which an administrator tries the settings out."""
    texts = translations(_language("", config.language))
    return _message(
        config,
        to=to,
        subject=texts.gettext("Integra: a trial message"),
        body=texts.gettext("If you can read this, Integra can send e-mail."),
        language=_language("", config.language),
        name=f"trial {now}",
        now=now,
    )


def _message(
    config: Config, *, to: str, subject: str, body: str, language: str, name: str, now: int
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = config.mail.sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    # The same message sent twice, after a crash in between, is one message to most programs.
    unique = hashlib.sha256(f"{config.org} {name}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{unique}@{config.mail.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by a machine
    message.set_content(body + "\n")
    message["Content-Language"] = language
    return message


def _language(own: str, default: str) -> str:
    return next((one for one in (own, default) if one in available()), SOURCE_LANGUAGE)
