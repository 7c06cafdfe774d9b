"""Who takes part in the demo federation, and on which ports? Everything here is fictional."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FEDERATION: Final = "demo.test"
HUB: Final = "hub"
QUORUM: Final = 3
FOUNDERS: Final = ("ministry-a", "ministry-b", "ministry-c")
THRESHOLD: Final = 2
ENTRIES_PER_DAY: Final = 10_000_000
BYTES_PER_DAY: Final = 64 * 1024**3
STAFF_PORT_BASE: Final = 8800
FEDERATION_PORT_OFFSET: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account of the demo; ``signs`` when it gets a signing key with a PIN."""

    username: str
    name: str
    roles: tuple[str, ...]
    signs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """One member that runs a node."""

    org: str
    name: str
    profile: str
    regime: str
    country: str
    time_zone: str
    language: str
    people: tuple[Person, ...]


def _library_people(language: str) -> tuple[Person, ...]:
    del language
    return (
        Person(username="writer", name="First contributor", roles=("contributor",), signs=True),
        Person(username="editor", name="Second contributor", roles=("contributor",), signs=True),
        Person(username="reader", name="Reader", roles=("reader",)),
        Person(username="dpo", name="Data protection officer", roles=("dpo",)),
        Person(username="admin", name="Administrator", roles=("admin",)),
    )


def _casework_people(language: str) -> tuple[Person, ...]:
    return (
        *_library_people(language),
        Person(username="officer", name="Case officer", roles=("case_officer",), signs=True),
        Person(
            username="colleague", name="Second case officer", roles=("case_officer",), signs=True
        ),
        Person(username="supervisor", name="Supervisor", roles=("supervisor",), signs=True),
        Person(username="duty", name="Duty officer", roles=("duty_officer",), signs=True),
    )


AGENCIES: Final = (
    Agency(
        org="pt-prison",
        name="Serviço Prisional (demonstração)",
        profile="casework",
        regime="LED",
        country="PT",
        time_zone="Europe/Lisbon",
        language="en",
        people=_casework_people("en"),
    ),
    Agency(
        org="fr-probation",
        name="Service de probation (démonstration)",
        profile="casework",
        regime="LED",
        country="FR",
        time_zone="Europe/Paris",
        language="fr",
        people=_casework_people("fr"),
    ),
    Agency(
        org="fr-ngo",
        name="Association d'accompagnement (démonstration)",
        profile="casework",
        regime="GDPR",
        country="FR",
        time_zone="Europe/Paris",
        language="fr",
        people=_casework_people("fr"),
    ),
    Agency(
        org="it-university",
        name="Università (dimostrazione)",
        profile="knowledge",
        regime="GDPR",
        country="IT",
        time_zone="Europe/Rome",
        language="en",
        people=_library_people("en"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Staff pages on ``base`` + 1..4, the hub's status on ``base``, federation 1,000 higher."""

    base: int

    def staff(self, position: int) -> int:
        """Return the port of staff pages, or with 0 of the hub's status page."""
        return self.base + position

    def federation(self, position: int) -> int:
        """Return the port on which other members call."""
        return self.base + FEDERATION_PORT_OFFSET + position
