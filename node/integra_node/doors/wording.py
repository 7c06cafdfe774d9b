"""How does an alert read as one text? Whole: no indicator without its innocent explanation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from integra_node.rules.messages import N_

if TYPE_CHECKING:
    from integra_node.rules.alert import Alert

Say = Callable[[str, str], str]
SEEN_AS: Final = N_("Seen as: %(text)s")
INNOCENT: Final = N_("Innocent explanation: %(text)s")
WHAT_TO_DO: Final = N_("What to do: %(text)s")
NOT_TO_DO: Final = N_("What not to do: %(text)s")
HANDLING: Final = N_("Handling: %(text)s")


def whole_text(alert: Alert, say: Say) -> str:
    """Return everything that an alert says, in its own language."""
    language = alert.language

    def of(texts: Mapping[str, str] | None) -> str:
        return (texts or {}).get(language, "")

    lines = [("", of(alert.body))]
    for one in alert.indicators:
        lines += [(SEEN_AS, of(one.seen_as)), (INNOCENT, of(one.benign))]
    lines += [
        (WHAT_TO_DO, of(alert.recommended_action)),
        (NOT_TO_DO, of(alert.do_not_do)),
        (HANDLING, alert.handling_text or ""),
    ]
    return "\n\n".join(
        say(language, heading) % {"text": text} if heading else text
        for heading, text in lines
        if text
    )
