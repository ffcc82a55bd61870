"""What all tests share: their order, and an environment without proxies for those that ask.

The longest come first, so that none is left alone on one core at the end.
"""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("soak", deadline=None, max_examples=1000)

LONGEST = (
    "tests/engine/test_docs.py::test_a_page_does_what_it_shows[docs/reliability.md]",
    "tests/engine/test_kill.py",
    "tests/engine/test_report.py",
    "tests/engine/test_orphans.py",
    "tests/engine/test_adopt.py",
    "tests/engine/test_docs.py::test_a_page_does_what_it_shows",
    "tests/engine/test_secrets.py",
    "tests/engine/",
    "tests/unit/test_built_wheel.py",
    "tests/unit/test_team_db.py",
    "tests/unit/test_policy_pack.py",
    "tests/property/",
)
"""Beginnings of the names of tests; what is not in it comes after all that is."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by the first beginning that a test's name has; equal ones stay in their order."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(name: str) -> int:
    return next((i for i, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names neither proxies nor CAs; a test may add some."""
    for variable in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch
