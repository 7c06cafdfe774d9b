"""How is personal data sealed at rest? XChaCha20-Poly1305 under a key that can be thrown away.

Everything about one notice, summary or alert is sealed under its *subject key*; that key is sealed
under the node's master key and lies only in the key table.  Deleting the row makes every copy
unreadable.  The associated data says what is sealed, so that a ciphertext moved elsewhere does not
open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from integra_protocol.errors import NotFoundError

Random = Callable[[int], bytes]

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 24


def seal(key: bytes, plaintext: bytes, what: bytes, random: Random) -> bytes:
    """Return nonce (24 bytes) and ciphertext of ``plaintext``, bound to ``what``."""
    nonce = random(NONCE_BYTES)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, what, nonce, key)


def unseal(key: bytes, sealed: bytes, what: bytes) -> bytes:
    """Return what ``seal`` was given.

    Raises:
        NotFoundError: the key is not the one, or the bytes were changed or moved.
    """
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed[NONCE_BYTES:], what, sealed[:NONCE_BYTES], key
        )
    except (CryptoError, ValueError, TypeError) as error:
        raise NotFoundError("this can no longer be opened") from error
