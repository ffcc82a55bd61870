"""What commands that need a stack print on a console that is not in UTF-8."""

from __future__ import annotations

import subprocess

import pytest

from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import COMMAND, TIMEOUT_SECONDS, with_stand_in
from tests.engine.stack import Stack

NAME = "łódź"


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"PYTHONIOENCODING": "cp1252"}, r"\u0142ód\u017a"),
        ({"PYTHONIOENCODING": "ascii"}, r"\u0142\u00f3d\u017a"),
        ({"LC_ALL": "C"}, NAME),
    ],
)
def test_commands_are_readable_on_any_console(
    stack: Stack, account: Account, changed: dict[str, str], shown: str
) -> None:
    """The name of a number, and of a table. `report`, `doctor` and `simulate` are in tests/unit."""
    stack.configure("carrierx:ownershipKey", "managed_by")
    account.register(
        phonenumber="+46700987654",
        capabilities=3,
        name=NAME,
        attributes={"managed_by": "trial/dev/support"},
    )
    for code, text, *arguments in (
        (1, shown, "orphans"),
        (0, f"{shown}.yaml", "adopt", "--all", "--dry-run", "--table", f"{NAME}.yaml"),
        (0, "No numbers in the state", "release", "--all", "--yes"),
    ):
        done = subprocess.run(
            [COMMAND, *arguments],
            cwd=stack.folder,
            env={**with_stand_in(stack.environment), **changed},
            capture_output=True,
            encoding=changed.get("PYTHONIOENCODING", "utf-8"),
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert text in done.stdout
