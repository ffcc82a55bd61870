"""State on a backend that people share: PostgreSQL, as ``make team-db`` starts it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from carrierx_simulator import SAMPLE_TOKEN, RunningSimulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import run_command
from tests.engine.stack import Stack
from tests.waiting import PATIENCE_SECONDS
from tools.team_db.server import TeamDb

HELD_UP, SALES, CARE = "+46700987654", "+46700987655", "+46700987656"
"""The registration of the first is held up, for as long as a test likes."""

OTHERS = "+46700987657"


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[str]:
    """The URL of a database of the test's own."""
    environment = {**os.environ, "PULUMI_CARRIERX_TEAM_DB": str(tmp_path / "team-db")}
    yield TeamDb(environment).start()
    TeamDb(environment).remove()


def somebody(workspace: Path, account: Account, backend: str, stack: str = "dev") -> Stack:
    """A person's own checkout, home and machine, as it were; the state alone is shared."""
    return Stack(
        workspace,
        {
            "CARRIERX_TOKEN": SAMPLE_TOKEN,
            "CARRIERX_BASE_URL": account.base_url,
            "CARRIERX_OWNERSHIP_KEY": "managed_by",
            "PULUMI_BACKEND_URL": backend,
        },
        stack=stack,
    )


def stating(*numbers: str) -> dict[str, dict[str, object]]:
    """A table of these numbers."""
    return {f"n{number[1:]}": {"phonenumber": number, "capabilities": 3} for number in numbers}


def assert_nothing_is_lost(stack: Stack, account: Account, *numbers: str) -> None:
    """The state and the account have these numbers, each as the same registration."""
    held = {each["outputs"]["phonenumber"]: each["id"] for each in stack.resources().values()}
    live = {number: did["external_did_sid"] for number, did in account.numbers().items()}
    assert held == {number: live[number] for number in numbers}


def test_of_two_ups_on_a_stack_one_waits_and_other_stacks_go_on(
    tmp_path: Path, account: Account, simulator: RunningSimulator, backend: str
) -> None:
    """The second is told whose lock it is and sends nothing; afterwards it adds its own."""
    ann = somebody(tmp_path / "ann", account, backend)
    bob = somebody(tmp_path / "bob", account, backend)
    # The stack's settings come to the second by the repository.
    shutil.copy(ann.folder / "Pulumi.dev.yaml", bob.folder)
    ann.declare(**stating(HELD_UP, SALES))
    bob.declare(**stating(HELD_UP, SALES, CARE))
    simulator.set_faults(
        {"faults": [{"phonenumber": HELD_UP, "fault": "status", "status": 503, "retry_after": 1}]}
    )
    with ann.start("up", "--yes", "--skip-preview") as first:
        simulator.wait_for_fault()
        refused = bob.up()
        others = somebody(tmp_path / "others", account, backend, stack="staging")
        others.declare(**stating(OTHERS))
        third = others.up()
        assert first.poll() is None
        assert CARE not in account.numbers()
        simulator.clear_faults()
        output, _ = first.communicate(timeout=PATIENCE_SECONDS)
    assert first.returncode == 0, output
    assert third.ok, third.output

    assert not refused.ok
    told = " ".join(refused.output.split())
    assert (
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) "
        "to end or delete the lock file with `pulumi cancel`."
    ) in told
    lock = (
        r"postgres://\*{4}:\*{4}@[\w.:]+/pulumi/\.pulumi/locks/organization/trial/dev/[\w-]+\.json"
    )
    assert re.search(rf"{lock}\?\S+: created by \S+@\S+ \(pid {first.pid}\) at ", told)

    assert_nothing_is_lost(ann, account, HELD_UP, SALES)
    assert_nothing_is_lost(others, account, OTHERS)
    again = bob.up()
    assert again.ok, again.output
    assert_nothing_is_lost(ann, account, HELD_UP, SALES, CARE)


def test_orphans_are_found_and_the_backends_password_is_not_printed(
    tmp_path: Path, account: Account, backend: str
) -> None:
    """Neither by what goes well nor by what the engine says when it cannot get in."""
    stack = somebody(tmp_path, account, backend)
    stack.declare(**stating(SALES))
    assert stack.up().ok
    (resource,) = stack.resources().values()
    assert stack.run("state", "delete", resource["urn"], "--yes").ok

    parts = urlsplit(backend)
    password = Path(parse_qs(parts.query)["passfile"][0]).read_text().strip().rpartition(":")[2]
    place = parts.netloc.partition("@")[2]
    inside = f"postgres://pulumi:{password}@{place}/pulumi?sslmode=disable"
    # Which stack is selected is kept by the URL.
    named = ("--stack", "dev")
    code, lines, errors = run_command(stack, "orphans", *named, PULUMI_BACKEND_URL=inside)
    assert (code, errors) == (1, [])
    assert [line.split()[0] for line in lines if line.startswith("+")] == [SALES]
    assert password not in "\n".join(lines)

    nowhere = f"postgres://pulumi:{password}@127.0.0.1:9/pulumi?password={password}&sslmode=disable"
    code, lines, errors = run_command(stack, "orphans", *named, PULUMI_BACKEND_URL=nowhere)
    assert (code, lines) == (2, [])
    assert password not in "\n".join(errors)
    masked = "postgres://…@127.0.0.1:9/pulumi?password=…&sslmode=disable"
    assert f'pulumi: unable to open state database "{masked}"' in errors[0]

    assert run_command(stack, "orphans", "--release", "all", "--yes")[0] == 0
    assert account.numbers() == {}
