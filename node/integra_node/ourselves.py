"""Who are we, as the home folder says?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from integra_node.actions.us import Us
from integra_node.keys import load_keys

if TYPE_CHECKING:
    from integra_node.config import Config

KEYS_FOLDER: Final = "keys"


def make_us(config: Config) -> Us:
    """Return who we are, with the keys of the home folder.

    Raises:
        InputError: a key file is missing or open to others.
    """
    return Us(
        org=config.org,
        origin=config.origin,
        profile=config.profile,
        regime=config.regime,
        zone=config.zone,
        keys=load_keys(config.home / KEYS_FOLDER),
        random=os.urandom,
    )
