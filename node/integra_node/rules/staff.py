"""Who acts, and may they?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from integra_node.rules.permissions import Action, Profile, Role, may, require

OPERATOR_ID: Final = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A person in the act of doing something, as far as the rules need to know them.

    Attributes:
        account_id: What the audit log names them by.
        username: What they sign in with.
        roles: What they are entrusted with.
        profile: What the node is for.
        officer_id: Whose key they sign with, if they are an officer.
        session_id: The session in use; empty on the command line.
        language: In which they read.
    """

    account_id: str
    username: str
    roles: frozenset[Role]
    profile: Profile
    officer_id: str | None = None
    session_id: str = ""
    language: str = "en"

    def may(self, action: Action) -> bool:
        """Return whether they may do this at this node."""
        return may(self.roles, action, self.profile)

    def require(self, action: Action) -> None:
        """Raise unless they may do this at this node.

        Raises:
            NotAllowedError: they may not.
        """
        require(self.roles, action, self.profile)


def operator(profile: Profile) -> Staff:
    """Return who acts on the machine's command line: an administrator without an account."""
    return Staff(
        account_id=OPERATOR_ID,
        username=OPERATOR_ID,
        roles=frozenset({Role.ADMIN}),
        profile=profile,
    )
