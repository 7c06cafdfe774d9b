"""Which bounds hold on the wire? Every one of them with its unit (docs/protocol.md section 14)."""

from __future__ import annotations

from typing import Final

MAX_HEADER_BYTES: Final = 4_096
MAX_DATA_BYTES: Final = 262_144
MAX_BLOB_BYTES: Final = 307_200
MAX_CONTENT_BYTES: Final = MAX_BLOB_BYTES
MAX_CONTENT_CONTAINERS: Final = 4_096  # lists and maps in one content
MAX_CONTENT_DEPTH: Final = 16
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
MAX_BATCH_LEAVES: Final = 512
MAX_BATCH_CONTAINERS: Final = 8 + 3 * MAX_BATCH_LEAVES
MAX_NOTE_BYTES: Final = 16 * 1024
MAX_NOTE_SIGNATURES: Final = 32
MAX_COSIGNATURES: Final = 31  # cosignature lines that a node keeps for one note, newest per org
MAX_ROSTER_BYTES: Final = 1024 * 1024
MAX_TOKEN_BYTES: Final = 2_048
MAX_OTHER_BODY_BYTES: Final = 64 * 1024
MAX_PROOF_LINES: Final = 63
MAX_AUDIENCE: Final = 48  # organisations, issuer not counted
MAX_TARGETS: Final = 65  # indexes in a header's r
MAX_MEMBERS: Final = 256
MAX_PARTS: Final = 64
MAX_PART_BYTES: Final = 245_760
MAX_SIZE: Final = 2**53 - 1  # leaves of one log
MAX_RETENTION_S: Final = 315_576_000  # 10 years of 365.25 days, seconds

HASH_BYTES: Final = 32
SALT_BYTES: Final = 32
CEK_BYTES: Final = 32
NONCE_BYTES: Final = 24
WRAP_BYTES: Final = 1_168  # enc (1,120) and ciphertext (48)
KEM_PUBLIC_BYTES: Final = 1_216  # ML-KEM-768 (1,184) and X25519 (32)

TOKEN_LIFETIME_S: Final = 60
TOKEN_SKEW_S: Final = 120
MAX_CLOCK_CORRECTION_S: Final = 15 * 60

CONNECT_TIMEOUT_S: Final = 5
REQUEST_TIMEOUT_S: Final = 60
MAX_WAIT_S: Final = 30
IN_FLIGHT_PER_LOG: Final = 4
IN_FLIGHT_PER_CALLER: Final = 16
IDLE_REQUESTS_PER_S: Final = 20  # requests of one caller that deliver nothing new
BACKOFF_MIN_S: Final = 1
BACKOFF_MAX_S: Final = 60
BACKOFF_AFTER_A_DAY_S: Final = 15 * 60

DEFAULT_ENTRIES_PER_DAY: Final = 200_000
DEFAULT_BYTES_PER_DAY: Final = 2 * 1024**3
STALE_AFTER_S: Final = 7 * 86_400
ROSTER_GRACE_S: Final = 86_400
MAX_ROSTER_LIFETIME_S: Final = 400 * 86_400
