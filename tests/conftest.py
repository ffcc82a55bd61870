"""What all tests share: their order, and a cheaper environment where it does not matter.

The longest come first, so that none is left alone on one core at the end.
"""

from __future__ import annotations

from collections.abc import Iterator

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

PLAIN_HTTP = {"contract", "lifecycle", "property", "provider"}
"""Folders of which no test, and no program that it starts, meets a certificate."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by the first beginning that a test's name has; equal ones stay in their order."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(name: str) -> int:
    return next((i for i, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))


@pytest.fixture(scope="module", autouse=True)
def _no_authorities(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Where none is needed: to load the certificate authorities takes a client 25 ms."""
    with pytest.MonkeyPatch.context() as environment:
        if request.path.parent.name in PLAIN_HTTP:
            environment.delenv("SSL_CERT_FILE", raising=False)
            environment.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("no-authorities")))
        yield
