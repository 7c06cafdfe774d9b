"""Does a run say what it skipped, and fail when a required group was skipped?"""

import pytest

CASES = """
import pytest

@pytest.mark.slow
def test_marked(): pytest.skip("no fonts")

def test_prefixed(): pytest.skip("node: too old")

def test_unknown(): pytest.skip("tuesday")

def test_passes(): assert True

@pytest.mark.xfail(reason="known")
def test_expected_failure(): assert False
"""
INI = "[pytest]\nmarkers =\n    browser\n    postgresql\n    node\n    vectors\n    slow\n"


@pytest.fixture
def cases(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("INTEGRA_SLOW", "1")
    monkeypatch.delenv("INTEGRA_REQUIRE", raising=False)
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile(CASES)
    return pytester


def run(cases: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return cases.runpytest_inprocess(
        "-p", "skip_policy", "-p", "no:cacheprovider", "-p", "no:asyncio", *arguments
    )


def test_a_run_lists_each_skip_under_its_group(cases):
    result = run(cases)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["node *1  node: too old", "other *1  tue*", "slow *1  no fonts"])


def test_an_expected_failure_is_no_skip(cases):
    assert "known" not in run(cases).stdout.str()


@pytest.mark.parametrize("group", ["slow", "node", "other"])
def test_a_skip_in_a_required_group_fails_the_run(cases, monkeypatch, group):
    monkeypatch.setenv("INTEGRA_REQUIRE", f"vectors, {group}")
    result = run(cases)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"INTEGRA_REQUIRE forbids skips in: {group}"])


def test_a_required_group_without_skips_passes(cases, monkeypatch):
    monkeypatch.setenv("INTEGRA_REQUIRE", "postgresql")
    assert run(cases).ret == pytest.ExitCode.OK


def test_an_unknown_required_group_is_refused(cases, monkeypatch):
    monkeypatch.setenv("INTEGRA_REQUIRE", "browsers")
    assert run(cases).ret == pytest.ExitCode.USAGE_ERROR


def test_a_whole_skipped_file_counts(cases, monkeypatch):
    monkeypatch.setenv("INTEGRA_REQUIRE", "vectors")
    cases.makepyfile(
        test_whole="import pytest\npytest.skip('vectors: absent', allow_module_level=True)"
    )
    result = run(cases)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["vectors *1  vectors: absent"])


def test_skips_in_worker_processes_are_counted_once(cases, monkeypatch):
    monkeypatch.setenv("INTEGRA_REQUIRE", "node")
    cases.makepyfile(
        test_whole="import pytest\npytest.skip('vectors: whole', allow_module_level=True)"
    )
    result = run(cases, "-n", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["node *1  node: too old", "vectors *1  vectors: whole"])


def test_a_marked_test_is_skipped_when_its_group_is_missing(cases, monkeypatch):
    monkeypatch.delenv("INTEGRA_SLOW")
    run(cases).stdout.fnmatch_lines(["slow *1  slow: INTEGRA_SLOW is not 1"])
