"""Whose eyes is a search for?

Every question to the index carries an `Audience`.  Only `audience_for` makes one, so that a search
of the code for that name finds each place that decides what a reader may see.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, final

from integra_protocol.errors import InputError

MAX_TOKENS: Final = 1000
"""Tokens of one audience or document."""

MAX_TOKEN_CHARS: Final = 200

_FORBIDDEN: Final = frozenset("\x1c\x1d\x1e\x1f\n")
_KEY: Final = object()


@final
class Audience:
    """The tokens a reader holds; a document is visible if it carries one of them."""

    __slots__ = ("_tokens",)
    _tokens: frozenset[str]

    def __init__(self, tokens: frozenset[str], key: object) -> None:
        if key is not _KEY:
            raise TypeError("an Audience is made by audience_for only")
        object.__setattr__(self, "_tokens", tokens)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an Audience does not change")

    @property
    def tokens(self) -> frozenset[str]:
        """The tokens held; none means that nothing is visible."""
        return self._tokens

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Audience) and self._tokens == other._tokens

    def __hash__(self) -> int:
        return hash(self._tokens)

    def __repr__(self) -> str:
        return f"Audience({len(self._tokens)} tokens)"


def audience_for(tokens: Iterable[str]) -> Audience:
    """Return the audience that holds tokens.

    Raises:
        InputError: too many tokens, an empty or overlong one, or one with a control character.
    """
    return Audience(checked_tokens(tokens), _KEY)


def checked_tokens(tokens: Iterable[str]) -> frozenset[str]:
    """Return tokens as a set, each 1 to 200 characters without separators, at most 1,000.

    Raises:
        InputError: one of these bounds is broken.
    """
    held = frozenset(tokens)
    if len(held) > MAX_TOKENS:
        raise InputError("too many audience tokens")
    for token in held:
        if not 0 < len(token) <= MAX_TOKEN_CHARS or not _FORBIDDEN.isdisjoint(token):
            raise InputError("an audience token is empty, too long or has a control character")
    return held
