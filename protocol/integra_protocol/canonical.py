"""Which bytes are the one encoding of a value, and which value do bytes stand for?

Canonical msgpack, length-prefixed fields, canonical base64 and domain strings
(docs/protocol.md section 0).  Decoding is bounded in bytes, containers, items and depth before
memory is spent on any of them.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias, cast

import msgpack

from integra_protocol.errors import BadCanonicalError, InputError, TooLargeError
from integra_protocol.limits import MAX_CONTENT_BYTES, MAX_CONTENT_CONTAINERS, MAX_CONTENT_DEPTH

Value: TypeAlias = "int | str | bytes | list[Value] | dict[str, Value] | None"
"""What decoding gives: nil, unsigned integer, text, bytes, array, map with text keys."""

Encodable: TypeAlias = "int | str | bytes | Sequence[Encodable] | Mapping[str, Encodable] | None"
"""What can be encoded: a value whose arrays may be tuples and whose maps any mapping."""

MAX_UINT: Final = 2**64 - 1
_MAX_ITEMS: Final = MAX_CONTENT_BYTES  # the largest document of single-byte items
_ITEMS_WITHOUT_SCAN: Final = 1_024  # msgpack allocates the claimed length of every open array


def encode(value: Encodable) -> bytes:
    """Return the canonical msgpack of value (docs/protocol.md section 0).

    Raises:
        InputError: a type, an integer outside 0..2**64-1, a text or a depth over 16 that the
            canonical form does not have.
    """
    return _pack(_ordered(value, MAX_CONTENT_DEPTH))


def decode(
    data: bytes,
    *,
    max_bytes: int,
    max_containers: int = MAX_CONTENT_CONTAINERS,
    max_depth: int = MAX_CONTENT_DEPTH,
) -> Value:
    """Return the value of which data is the canonical msgpack (docs/protocol.md section 0).

    Args:
        data: one whole document.
        max_bytes: the most bytes that data may have.
        max_containers: the most arrays and maps in it, itself included.
        max_depth: the most arrays and maps inside each other; 0 allows a single item only.

    Raises:
        TooLargeError: data is longer than max_bytes.
        BadCanonicalError: anything else that is not one canonical document within the bounds.
    """
    if len(data) > max_bytes:
        raise TooLargeError(f"{len(data)} bytes, at most {max_bytes}")
    try:
        value = _unpack(data, max_containers, _ITEMS_WITHOUT_SCAN)
    except _LengthExceededError:
        _scan(data, max_containers, max_depth)
        value = _unpack(data, max_containers, _MAX_ITEMS)
    _check_items((value,), max_depth)
    checked = cast("Value", value)
    if _pack(checked) != data:
        raise BadCanonicalError("not the shortest form, or a key twice")
    return checked


def decode_map(
    data: bytes,
    *,
    max_bytes: int,
    max_containers: int = MAX_CONTENT_CONTAINERS,
    max_depth: int = MAX_CONTENT_DEPTH,
) -> dict[str, Value]:
    """Return the map of which data is the canonical msgpack; arguments and errors of `decode`."""
    value = decode(data, max_bytes=max_bytes, max_containers=max_containers, max_depth=max_depth)
    if not isinstance(value, dict):
        raise BadCanonicalError("not a map")
    return value


def take_int(fields: Mapping[str, Value], key: str, *, low: int = 0, high: int = MAX_UINT) -> int:
    """Return the integer at key, low <= it <= high, or raise BadCanonicalError."""
    value = fields.get(key)
    if not isinstance(value, int) or not low <= value <= high:
        raise BadCanonicalError(f"{key}: not an integer from {low} to {high}")
    return value


def take_str(fields: Mapping[str, Value], key: str, *, low: int = 0, high: int = MAX_UINT) -> str:
    """Return the text at key of low..high characters, or raise BadCanonicalError."""
    value = fields.get(key)
    if not isinstance(value, str) or not low <= len(value) <= high:
        raise BadCanonicalError(f"{key}: not a text within its bounds")
    return value


def take_bytes(fields: Mapping[str, Value], key: str, *, length: int | None = None) -> bytes:
    """Return the bytes at key, exactly length of them if given, or raise BadCanonicalError."""
    value = fields.get(key)
    if not isinstance(value, bytes) or (length is not None and len(value) != length):
        raise BadCanonicalError(f"{key}: not bytes of the right length")
    return value


def take_list(fields: Mapping[str, Value], key: str, *, high: int = MAX_UINT) -> list[Value]:
    """Return the array at key of at most high items, or raise BadCanonicalError."""
    value = fields.get(key)
    if not isinstance(value, list) or len(value) > high:
        raise BadCanonicalError(f"{key}: not an array within its bounds")
    return value


def take_map(fields: Mapping[str, Value], key: str, *, high: int = MAX_UINT) -> dict[str, Value]:
    """Return the map at key of at most high pairs, or raise BadCanonicalError."""
    value = fields.get(key)
    if not isinstance(value, dict) or len(value) > high:
        raise BadCanonicalError(f"{key}: not a map within its bounds")
    return value


def require_keys(
    fields: Mapping[str, Value], required: frozenset[str], optional: frozenset[str] = frozenset()
) -> None:
    """Raise BadCanonicalError unless fields has every required key and none but these."""
    keys = fields.keys()
    if not required <= keys or not keys <= required | optional:
        raise BadCanonicalError("a key is missing or unknown")


def lp(*parts: bytes) -> bytes:
    """Return each part behind its length, u32 big-endian (LP of docs/protocol.md section 0)."""
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])


def u64(number: int) -> bytes:
    """Return number, 0..2**64-1, as 8 bytes big-endian."""
    return number.to_bytes(8, "big")


def domain(name: str) -> bytes:
    """Return the bytes that separate one use of a hash or signature from all others.

    D of docs/protocol.md section 0: ``integra/v1``, a space, the name, a zero byte.
    """
    return b"integra/v1 " + name.encode() + b"\0"


def sha256(data: bytes) -> bytes:
    """Return the 32-byte SHA-256 of data (H of docs/protocol.md section 0)."""
    return hashlib.sha256(data).digest()


def b64encode(data: bytes) -> str:
    """Return data in standard padded base64 without line ends (RFC 4648 section 4)."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def b64decode(text: str) -> bytes:
    """Return the bytes of which text is the base64 that `b64encode` gives.

    Raises:
        BadCanonicalError: any other spelling (RFC 4648 section 3.5 says why this matters).
    """
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise BadCanonicalError("not base64") from error
    if b64encode(data) != text:
        raise BadCanonicalError("not canonical base64")
    return data


def parse_decimal(text: str, *, high: int) -> int:
    """Return the number that text spells in decimal without leading zeros, 0..high.

    Raises:
        BadCanonicalError: any other spelling, or more than high.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(high)):
        raise BadCanonicalError("not a decimal number within its bounds")
    number = int(text)
    if number > high or str(number) != text:
        raise BadCanonicalError("not a decimal number within its bounds")
    return number


class _LengthExceededError(Exception):
    """An array longer than may be allocated before its document was scanned."""


class _Budget:
    """Counts the containers of one document while they are built."""

    __slots__ = ("left",)

    def __init__(self, containers: int) -> None:
        self.left = containers

    def spend(self, container: object) -> object:
        self.left -= 1
        if self.left < 0:
            raise BadCanonicalError("too many arrays and maps")
        return container


def _unpack(data: bytes, max_containers: int, max_items: int) -> object:
    # A document of n bytes cannot hold more than n containers, so small ones need no counting.
    count = None if len(data) <= max_containers else _Budget(max_containers).spend
    try:
        value: object = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=True,
            max_ext_len=0,
            max_array_len=min(len(data), max_items),
            max_map_len=len(data) // 2,
            list_hook=count,
            object_hook=count,
        )
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        if "max_array_len" in str(error) and len(data) > max_items:
            raise _LengthExceededError from None
        raise BadCanonicalError("not msgpack within its bounds") from error
    return value


def _check_items(items: Iterable[object], depth: int) -> None:
    """Refuse what msgpack has and the canonical form has not, and more nesting than depth."""
    for item in items:
        kind = type(item)
        if kind is bytes or kind is str or item is None:
            continue
        if kind is not int:
            _check_container(item, depth)
        elif cast("int", item) < 0:
            raise BadCanonicalError("a negative integer")


_TEXT_ONLY: Final = frozenset({str})


def _check_container(value: object, depth: int) -> None:
    if depth == 0 and isinstance(value, (list, dict)):
        raise BadCanonicalError("nested too deeply")
    if isinstance(value, list):
        _check_items(value, depth - 1)
        return
    if not isinstance(value, dict):
        raise BadCanonicalError("a type outside the canonical form")
    # The order of code points is the order of UTF-8 bytes.
    if not _TEXT_ONLY.issuperset(map(type, value)) or (
        len(value) > 1 and list(value) != sorted(value)
    ):
        raise BadCanonicalError("keys that are not text in order")
    _check_items(value.values(), depth - 1)


def _ordered(value: object, depth: int) -> Value:
    if value is None or type(value) in (str, bytes):
        return cast("str | bytes | None", value)
    if type(value) is int:
        if not 0 <= value <= MAX_UINT:
            raise InputError("an integer outside 0..2**64-1 has no canonical form")
        return value
    if not isinstance(value, (list, tuple, Mapping)):
        raise InputError(f"{type(value).__name__} has no canonical form")
    if depth == 0:
        raise InputError("nested too deeply")
    if isinstance(value, (list, tuple)):
        return [_ordered(item, depth - 1) for item in value]
    if not all(type(key) is str for key in value):
        raise InputError("a key that is not text has no canonical form")
    return {key: _ordered(value[key], depth - 1) for key in sorted(value)}


def _pack(value: Value) -> bytes:
    try:
        packed: bytes = msgpack.packb(value, use_bin_type=True)
    except (ValueError, OverflowError) as error:  # a lone surrogate, or over 4 GiB
        raise InputError("a text or length has no canonical form") from error
    return packed


_SINGLE_BYTES: Final = frozenset((*range(0x80), 0xC0))
_SINGLE_BYTE_RUN: Final = re.compile(rb"[\x00-\x7f\xc0]+")
# For each leading byte: how many bytes of length follow it, and what an item of it is.
_ARRAY_LENGTHS: Final = {0xDC: 2, 0xDD: 4}
_MAP_LENGTHS: Final = {0xDE: 2, 0xDF: 4}
_BYTE_LENGTHS: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_FIXED_SIZES: Final = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}


def _scan(data: bytes, max_containers: int, max_depth: int) -> None:
    """Check that every claimed length fits into data, without allocating any of them.

    Only documents with a long array come here: nested claims of such arrays would each be
    allocated by msgpack although no byte of them is there.
    """
    open_items = [1]
    position = items = containers = 0
    while open_items:
        if open_items[-1] == 0:
            open_items.pop()
            continue
        if items >= _MAX_ITEMS or position >= len(data):
            raise BadCanonicalError("more items than allowed or present")
        if data[position] in _SINGLE_BYTES:
            run = _SINGLE_BYTE_RUN.match(data, position, position + open_items[-1])
            length = len(run[0]) if run else 1
            open_items[-1] -= length
            items += length
            position += length
            continue
        open_items[-1] -= 1
        items += 1
        children, skip = _measure(data, position + 1, data[position])
        position += 1 + skip
        if children is not None:
            containers += 1
            open_items.append(children)
            if containers > max_containers or len(open_items) - 1 > max_depth:
                raise BadCanonicalError("too many or too deep arrays and maps")
            if children > len(data) - position:
                raise BadCanonicalError("more items claimed than present")


def _measure(data: bytes, position: int, lead: int) -> tuple[int | None, int]:
    """Return the child count (None for a single item) and the bytes to skip behind lead.

    lead is none of the items of a single byte.
    """
    if lead <= 0x8F:
        return 2 * (lead & 0x0F), 0
    if lead <= 0x9F:
        return lead & 0x0F, 0
    if lead <= 0xBF:
        return None, lead & 0x1F
    if lead in _FIXED_SIZES:
        return None, _FIXED_SIZES[lead]
    for table, per_item in ((_BYTE_LENGTHS, 0), (_ARRAY_LENGTHS, 1), (_MAP_LENGTHS, 2)):
        if lead in table:
            width = table[lead]
            length = int.from_bytes(data[position : position + width], "big")
            return (length * per_item, width) if per_item else (None, width + length)
    raise BadCanonicalError("a type outside the canonical form")
