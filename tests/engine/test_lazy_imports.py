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
    assert "carrierx_provider.dynamic" in names, "the provider was not seen"
    # Its metadata take longer to load than all else that checks a number.
    assert "phonenumbers" not in names
    return names


def test_a_run_loads_what_sends_only_to_send(stack: Stack, imported: Path) -> None:
    """Not a preview of a new number, a changed one and a replace, nor an ``up`` without changes."""
    numbers = {
        name: {"phonenumber": f"+4670098765{place}", "capabilities": 3}
        for place, name in enumerate(("changed", "replaced", "new"))
    }
    stack.declare(changed=numbers["changed"], replaced=numbers["replaced"])
    assert stack.up().ok
    assert take(imported) >= HTTP_STACK | OUR_CLIENT
    assert stack.up("--expect-no-changes").ok
    assert not (HTTP_STACK | OUR_CLIENT) & take(imported)

    numbers["changed"]["name"] = "Support"
    numbers["replaced"]["capabilities"] = 1
    numbers["new"]["phonenumber"] = "+345901234567890"
    stack.declare(**numbers)
    preview = stack.preview()
    for line in ("1 to create", "1 to update", "1 to replace", "warning: +345901234567890: has 15"):
        assert preview.output.count(line) == 1, preview.output
    assert not (HTTP_STACK | OUR_CLIENT) & take(imported)
