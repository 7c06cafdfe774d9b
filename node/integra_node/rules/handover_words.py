"""What is said with a step of a handover: which reason, which ground, which words?"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator

from integra_node.rules.codes import is_known
from integra_node.rules.fields import Body, Note, Token, known
from integra_node.rules.wire import Json, read_entered, read_received, to_json, to_value
from integra_protocol.canonical import Value

OTHER_REASON: Final = "other"


class StepWords(Body):
    """What the author of a step says: a reason of the list, a ground of refusal, words.

    ``owner`` is the officer who took the notice over, a pseudonym; never a name.
    """

    reason: Annotated[Token, AfterValidator(known("reason"))] | None = None
    ground: Annotated[Token, AfterValidator(known("refusal_ground"))] | None = None
    text: Note | None = None
    owner: Token | None = None


NO_WORDS: Final = StepWords()


def entered_words(reason: str, text: str, ground: str, owner: str) -> StepWords:
    """Return what a person entered; a reason that is no code of the list is taken as words.

    Raises:
        InvalidFieldsError: too long, or not a ground of the list.
    """
    reason, text = reason.strip(), text.strip()
    if reason and not is_known("reason", reason):
        text = f"{reason}\n{text}".strip()
        reason = OTHER_REASON
    given = {"reason": reason, "ground": ground, "text": text, "owner": owner}
    return read_entered(StepWords, {key: value for key, value in given.items() if value})


def received_words(data: Mapping[str, object]) -> StepWords:
    """Return what a partner's reply says beside the fields that the protocol names.

    Raises:
        BadBodyError: a field that everybody knows breaks its rule.
    """
    return read_received(StepWords, data)


def stored_words(data: Mapping[str, object]) -> StepWords:
    """Return what this node stored before."""
    return read_received(StepWords, data)


def words_wire(words: StepWords) -> dict[str, Value]:
    """Return the fields that travel with a reply."""
    return to_value(words)


def words_json(words: StepWords) -> dict[str, Json]:
    """Return the words as JSON values."""
    return to_json(words)
