"""Which files must be made before the wheel is whole? The compiled message catalogues."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = ("node/integra_node", "hub/integra_hub")


def compile_catalogue(po_path: Path) -> Path:
    """Write the `.mo` file beside a `.po` file; fuzzy messages are left out.

    Raises:
        ValueError: the catalogue is malformed.
    """
    with po_path.open("rb") as source:
        catalogue = read_po(source, abort_invalid=True)
    mo_path = po_path.with_suffix(".mo")
    # a running node may be reading the old one
    unfinished = mo_path.with_name(f".{mo_path.name}.{os.getpid()}")
    with unfinished.open("wb") as target:
        write_mo(target, catalogue)
    unfinished.replace(mo_path)
    return mo_path


class CatalogueBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # the parameter is private
    """Compiles every catalogue, for wheels and for editable installs alike."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name the results as artifacts (they are git-ignored)."""
        del version
        root = Path(self.root)
        for package in PACKAGES:
            for po_path in sorted((root / package).rglob("*.po")):
                mo_path = compile_catalogue(po_path)
                build_data["artifacts"].append(mo_path.relative_to(root).as_posix())
