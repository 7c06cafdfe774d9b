"""How are the roles called on the pages, and what does each let a person do?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from integra_node.rules.messages import N_
from integra_node.rules.permissions import Role

ROLE_NAMES: Final[Mapping[Role, str]] = {
    Role.READER: N_("Reader"),
    Role.CONTRIBUTOR: N_("Contributor"),
    Role.REVIEWER: N_("Reviewer"),
    Role.CASE_OFFICER: N_("Case officer"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.DUTY_OFFICER: N_("Duty officer"),
    Role.DPO: N_("Data protection officer"),
    Role.LIAISON: N_("Liaison"),
    Role.MENTOR_COORDINATOR: N_("Mentor coordinator"),
    Role.ADMIN: N_("Administrator"),
}
ROLE_HINTS: Final[Mapping[Role, str]] = {
    Role.READER: N_("Searches and reads practices and alerts."),
    Role.CONTRIBUTOR: N_("Writes practices and alerts, and clears what another contributor wrote."),
    Role.REVIEWER: N_("Reviews the practices of partners."),
    Role.CASE_OFFICER: N_("Writes handover notices and decides on those that arrive."),
    Role.SUPERVISOR: N_("Approves what others wrote, never their own."),
    Role.DUTY_OFFICER: N_("Takes in handover notices as they arrive."),
    Role.DPO: N_("Sees consents, disclosures, erasures and the audit log, not case content."),
    Role.LIAISON: N_("Looks after partners, misdirected notices and escalations."),
    Role.MENTOR_COORDINATOR: N_("Matches and supervises mentors."),
    Role.ADMIN: N_(
        "Runs the machine and the accounts, and sees no case. Excludes every other role."
    ),
}
