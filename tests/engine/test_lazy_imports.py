"""A run that sends nothing does not pay for what sends: seen in the provider's own process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.stack import Stack

# Python runs a module of this name at its start, in every process that the engine starts. In the
# one of the dynamic provider it writes down each module that is imported.
SITECUSTOMIZE = """\
import os
import sys

if "pulumi.dynamic" in sys.orig_argv:
    log = open(os.environ["IMPORTED"], "a", buffering=1)
    sys.addaudithook(lambda event, about: event == "import" and log.write(f"{about[0]}\\n"))
"""

HTTP_STACK = {"anyio", "certifi", "h11", "httpcore", "httpx", "stamina"}
OUR_CLIENT = {"carrierx_api.client", "carrierx_api.retry", "carrierx_api.transport"}

SUPPORT = {"phonenumber": "+46700987654", "capabilities": ["receive_sms"]}
SALES = {"phonenumber": "+46700987655", "capabilities": ["receive_sms"]}


@pytest.fixture
def imported(stack: Stack, tmp_path: Path) -> Path:
    """A file that gets the name of every module that the provider's process imports."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITECUSTOMIZE, encoding="utf-8")
    log = tmp_path / "imported.txt"
    stack.environment |= {"PYTHONPATH": str(site), "IMPORTED": str(log)}
    return log


def take(imported: Path) -> set[str]:
    """The modules imported since this was asked last."""
    names = set(imported.read_text(encoding="utf-8").split())
    imported.write_text("", encoding="utf-8")
    assert {"carrierx_provider.dynamic", "phonenumbers"} <= names, "the provider was not seen"
    return names


def test_a_preview_loads_nothing_that_sends(stack: Stack, imported: Path) -> None:
    """Of a new number, an unchanged one, a changed one and a replace; the ``up`` does load it."""
    stack.declare(support=SUPPORT)
    assert stack.preview().ok
    assert not (HTTP_STACK | OUR_CLIENT) & take(imported)

    assert stack.up().ok
    assert take(imported) >= HTTP_STACK | OUR_CLIENT

    stack.declare(
        support={**SUPPORT, "name": "Support"}, sales={**SALES, "capabilities": ["send_sms"]}
    )
    assert stack.up().ok
    take(imported)
    stack.declare(support={**SUPPORT, "name": "Another name"}, sales=SALES)
    preview = stack.preview()
    assert "1 to update" in preview.output
    assert "1 to replace" in preview.output
    assert not (HTTP_STACK | OUR_CLIENT) & take(imported)

    stack.declare(
        support={**SUPPORT, "name": "Support"}, sales={**SALES, "capabilities": ["send_sms"]}
    )
    assert stack.up("--expect-no-changes").ok
    assert not (HTTP_STACK | OUR_CLIENT) & take(imported)
