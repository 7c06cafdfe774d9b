"""Who sends the e-mails that are owed? One task, which may be killed at any moment.

What is owed is counted in the database when it is sent; a message goes out at least once, and after
a crash in the moment between once more with the same Message-ID.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from integra_node.actions import mailboxes
from integra_node.operations.smtp import MailError, send
from integra_node.web.letters import letter

if TYPE_CHECKING:
    from collections.abc import Callable

    from integra_node.config import Config
    from integra_node.store.database import Database
    from integra_node.store.mailboxes import Owed

LOG: Final = logging.getLogger(__name__)
EVERY_S: Final = 15.0


class Mailing:
    """Sends what is owed."""

    def __init__(self, config: Config, database: Database, clock: Callable[[], int]) -> None:
        self._config = config
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Look every 15 seconds; for ever. Does nothing where no mail server is set."""
        while self._config.mail.host:
            await self.send_owed()
            await asyncio.sleep(EVERY_S)
        await asyncio.Event().wait()

    async def send_owed(self) -> int:
        """Send what is owed now; return how many messages the server took."""
        now, taken = self._clock(), 0
        for one in await self._database.read(lambda tx: mailboxes.owed(tx, now=now)):
            trouble = await self._send(one)
            if trouble is None:
                taken += 1
            elif not trouble.about_one:
                break  # the server is away: the others would only wait for the same
        return taken

    async def _send(self, one: Owed) -> MailError | None:
        zone, now = self._config.zone, self._clock()
        try:
            await send(self._config, letter(one, self._config, now=now))
        except MailError as error:
            trouble = error
            LOG.warning("mail not sent reason=%s", trouble.reason)
            await self._database.write(
                lambda tx: mailboxes.not_sent(tx, one, trouble.reason, now=now)
            )
            return trouble
        await self._database.write(lambda tx: mailboxes.sent(tx, one, zone=zone, now=now))
        return None
