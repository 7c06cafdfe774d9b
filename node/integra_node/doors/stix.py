"""How does an alert look in STIX 2.1? One ``report`` each, with what only Integra knows in an extension.

Whoever does not know the extension still reads the whole warning: the description carries the
innocent explanations and what not to do, because an indicator without them does harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from integra_node.actions.shelving import IDENTITY, Fixed, name_uuid
from integra_node.doors.wording import Say, whole_text
from integra_node.rules.codes import codes_of

if TYPE_CHECKING:
    from integra_node.actions.doors import Shown
    from integra_node.rules.alert import Alert

Object = dict[str, Any]

SPEC: Final = "2.1"
MARKING: Final = "marking-definition"
EXTENSION: Final = "extension-definition"
TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"report": "alert", "identity": IDENTITY, MARKING: MARKING, EXTENSION: EXTENSION}
)
"""STIX type to the kind of item on the shelf."""

# TLP 2.0 as OASIS publishes it (cti-stix-common-objects, extension 60a3c5c5); only these two exist
# here, because nothing stricter leaves.
_TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP_UUIDS: Final = {
    "CLEAR": "94868c89-83c2-464b-929b-a1a8aa3c8487",
    "GREEN": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
}
_TLP_CREATED: Final = "2022-10-01T00:00:00.000Z"

_CREATED: Final = "2026-01-01T00:00:00.000Z"  # of everything that is the same at every node
_EVERYWHERE: Final = "integra"  # these names are not of one federation
_PROJECT: Final = "*"
_PROJECT_ID: Final = f"identity--{name_uuid(_EVERYWHERE, IDENTITY, _PROJECT)}"
_ALERT_EXTENSION_UUID: Final = name_uuid(_EVERYWHERE, EXTENSION, "alert")
ALERT_EXTENSION: Final = f"{EXTENSION}--{_ALERT_EXTENSION_UUID}"
_REPORT_TYPES: Final = ["threat-report"]
_GONE: Final = "No longer available"


def fixed() -> tuple[Fixed, ...]:
    """Return what every collection has from the start, in the order in which it is referred to."""
    markings = (Fixed(kind=MARKING, name=label, uuid=uuid) for label, uuid in _TLP_UUIDS.items())
    handling = (
        Fixed(kind=MARKING, name=code, uuid=_handling_uuid(code))
        for code in codes_of("europol_handling")
    )
    project = Fixed(kind=IDENTITY, name=_PROJECT, uuid=name_uuid(_EVERYWHERE, IDENTITY, _PROJECT))
    ours = Fixed(kind=EXTENSION, name="alert", uuid=_ALERT_EXTENSION_UUID)
    return (*markings, *handling, project, ours)


def id_of(shown: Shown) -> str:
    """Return the STIX identifier of an item."""
    kind = shown.item.kind
    return f"{'report' if kind == 'alert' else kind}--{shown.item.uuid}"


def version_of(shown: Shown) -> str:
    """Return when the object was last changed; of what never changes, when it was made."""
    match shown.item.kind:
        case "alert":
            return _millis(shown.item.modified_ms)
        case "marking-definition" if shown.item.org in _TLP_UUIDS:
            return _TLP_CREATED
        case _:
            return _CREATED


def object_of(shown: Shown, federation: str, say: Say) -> Object:
    """Return an item of a shelf as a STIX object."""
    name = shown.item.org
    match shown.item.kind:
        case "identity":
            return _project() if name == _PROJECT else _identity(name, shown.item.uuid)
        case "marking-definition":
            return _tlp(name) if name in _TLP_UUIDS else _handling(name)
        case "extension-definition":
            return _extension()
        case _:
            return _report(shown, federation, say)


def _report(shown: Shown, federation: str, say: Say) -> Object:
    issuer = f"identity--{name_uuid(federation, IDENTITY, shown.item.org)}"
    created = _millis(shown.item.created_at * 1_000)
    found: Object = {
        "type": "report",
        "spec_version": SPEC,
        "id": id_of(shown),
        "created_by_ref": issuer,
        "created": created,
        "modified": version_of(shown),
        "report_types": _REPORT_TYPES,
        "published": created,
        "object_refs": [issuer],
        "object_marking_refs": [f"{MARKING}--{_TLP_UUIDS[shown.tlp]}"],
    }
    if shown.alert is None:
        return {**found, **_revoked(shown)}
    return {**found, **_content(shown, shown.alert, say)}


def _revoked(shown: Shown) -> Object:
    # The shelf may not know yet what was seen when this was read: a copy with the text must lose.
    late = 1 if shown.item.is_open else 0
    told: Object = {
        "modified": _millis(shown.item.modified_ms + late),
        "revoked": True,
        "name": _GONE,
    }
    return {**told, "description": shown.reason} if shown.reason else told


def _content(shown: Shown, alert: Alert, say: Say) -> Object:
    markings = [f"{MARKING}--{_TLP_UUIDS[shown.tlp]}"]
    if alert.europol_handling in codes_of("europol_handling"):
        markings.append(f"{MARKING}--{_handling_uuid(str(alert.europol_handling))}")
    return {
        "lang": alert.language,
        "name": alert.title[alert.language],
        "description": whole_text(alert, say),
        "labels": [alert.type, f"severity-{alert.severity}"],
        "object_marking_refs": markings,
        "external_references": [{"source_name": "integra", "external_id": shown.ref}],
        "extensions": {ALERT_EXTENSION: _fields(shown, alert)},
    }


def _fields(shown: Shown, alert: Alert) -> Object:
    grading = alert.grading
    fields: Object = {
        "extension_type": "property-extension",
        "version": shown.version,
        "alert_type": alert.type,
        "severity": alert.severity,
        "valid_from": alert.valid_from and alert.valid_from.isoformat(),
        "expires_on": alert.expires_at and alert.expires_at.isoformat(),
        "source_kind": alert.source_kind,
        "grading": grading
        and {"scheme": grading.scheme, "source": grading.source, "information": grading.info},
        "handling_code": alert.europol_handling,
        "handling_text": alert.handling_text,
        "settings": list(alert.settings),
        "regions": list(alert.regions),
        "professions": list(alert.professions),
        "titles": _texts(alert.title),
        "bodies": _texts(alert.body),
        "indicators": [
            {"seen_as": _texts(one.seen_as), "benign": _texts(one.benign)}
            for one in alert.indicators
        ],
        "recommended_action": _texts(alert.recommended_action),
        "do_not_do": _texts(alert.do_not_do),
    }
    return {name: value for name, value in fields.items() if value}


def _texts(texts: Mapping[str, str] | None) -> list[Object]:
    return [{"lang": language, "text": text} for language, text in (texts or {}).items()]


def _identity(org: str, uuid: str) -> Object:
    return {
        "type": "identity",
        "spec_version": SPEC,
        "id": f"identity--{uuid}",
        "created": _CREATED,
        "modified": _CREATED,
        "name": org,
        "identity_class": "organization",
    }


def _project() -> Object:
    return {
        **_identity("Integra", _PROJECT_ID.partition("--")[2]),
        "identity_class": "group",
        "description": "Federated exchange of practices and alerts in prison and probation.",
    }


def _tlp(label: str) -> Object:
    return {
        "type": MARKING,
        "spec_version": SPEC,
        "id": f"{MARKING}--{_TLP_UUIDS[label]}",
        "created": _TLP_CREATED,
        "name": f"TLP:{label}",
        "extensions": {
            _TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": label.lower()}
        },
    }


def _handling(code: str) -> Object:
    said = codes_of("europol_handling")[code].label("en")
    return {
        "type": MARKING,
        "spec_version": SPEC,
        "id": f"{MARKING}--{_handling_uuid(code)}",
        "created_by_ref": _PROJECT_ID,
        "created": _CREATED,
        "name": f"Europol handling code {code}",
        "definition_type": "statement",
        "definition": {"statement": f"Europol handling code {said}"},
    }


def _extension() -> Object:
    return {
        "type": EXTENSION,
        "spec_version": SPEC,
        "id": ALERT_EXTENSION,
        "created_by_ref": _PROJECT_ID,
        "created": _CREATED,
        "modified": _CREATED,
        "name": "Integra alert",
        "description": "What an alert of Integra says beyond a report: grading of source and "
        "information as given (never converted), indicators with innocent explanations, what to "
        "do and not to do, validity, and the texts in every language.",
        "schema": "docs/doors.md of Integra, section Alert extension",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    }


def _handling_uuid(code: str) -> str:
    return name_uuid(_EVERYWHERE, MARKING, f"europol-{code}")


def _millis(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1_000:03}Z"
