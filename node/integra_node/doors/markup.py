"""How is XML written so that no text can become markup? What is not made here is escaped."""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr

HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
# What XML 1.0 cannot hold, however it is written.
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Xml(str):
    """Text that is well-formed XML already; only this module makes it."""

    __slots__ = ()


def tag(name: str, /, *inner: object, **attributes: object) -> Xml:
    """Return an element.

    Args:
        name: with its prefix, if it has one.
        inner: elements stay as they are, everything else is escaped text; None is left out.
        attributes: ``__`` in a name stands for a colon; None is left out.
    """
    told = "".join(
        f" {key.replace('__', ':')}={quoteattr(_clean(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    held = "".join(
        one if isinstance(one, Xml) else escape(_clean(one)) for one in inner if one is not None
    )
    return Xml(f"<{name}{told}>{held}</{name}>" if held else f"<{name}{told}/>")


def joined(*parts: Xml) -> Xml:
    """Return elements one after the other."""
    return Xml("".join(parts))


def document(root: Xml) -> str:
    """Return a whole document."""
    return HEAD + root


def _clean(value: object) -> str:
    return _NO_XML.sub("", str(value))
