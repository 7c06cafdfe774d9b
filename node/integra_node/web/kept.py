"""What happens to a form that comes in after its session has ended? It is kept in the browser.

The sign-in page carries the fields along, for the same person only; after sign-in they are shown
for one more click, under the new session's form token.  Secrets are not carried.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from integra_node.web import csrf
from integra_node.web.forms import FormData, checked
from integra_node.web.refusals import BadFormError

_SECRETS: Final = frozenset({"pin", "otp", csrf.FIELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForm:
    """A form on its way through the sign-in page: its fields, and whose session had ended."""

    fields: tuple[tuple[str, str], ...]
    account_id: str

    def text(self) -> str:
        """Return it as the value of one hidden field."""
        return json.dumps({"fields": self.fields, "account": self.account_id}, ensure_ascii=False)


def keep(form: FormData, account_id: str) -> KeptForm:
    """Return what may be carried of a form."""
    fields = tuple((name, value) for name, value in form.items if not _is_secret(name))
    return KeptForm(fields=fields, account_id=account_id)


def read_kept(text: str) -> KeptForm | None:
    """Return the form that a sign-in page carried, or None if it carried none.

    Raises:
        BadFormError: it is not what that page holds.
    """
    if not text:
        return None
    try:
        value = json.loads(text)
        pairs = [(str(name), str(typed)) for name, typed in value["fields"]]
        account_id = str(value["account"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadFormError from error
    return keep(checked(pairs), account_id)


def _is_secret(name: str) -> bool:
    return re.split(r"[.-]", name)[-1] in _SECRETS or "password" in name
