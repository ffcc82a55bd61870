"""The example of a team: three stacks of one program, a table and owners each.

What its page shows, ``protect`` among it, ``test_docs.py`` runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrierx_simulator import SimulatorSettings, Token, running_simulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import CopiedProject

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "team"
TOKENS = {stack: f"the-token-of-{stack}" for stack in ("dev", "staging", "production")}


def carrierx(*stacks: str) -> Iterator[Account]:
    """An account that knows these stacks' tokens and no others."""
    tokens = tuple(Token(TOKENS[stack]) for stack in stacks)
    with running_simulator(SimulatorSettings(tokens=tokens)) as simulator:
        yield Account(simulator)


@pytest.fixture
def local() -> Iterator[Account]:
    """The simulator on a developer's own machine."""
    yield from carrierx("dev")


@pytest.fixture
def shared() -> Iterator[Account]:
    """CarrierX."""
    yield from carrierx("staging", "production")


def owners(account: Account) -> dict[str, str]:
    """Whom each number names."""
    return {number: did["attributes"]["managed_by"] for number, did in account.numbers().items()}


def test_environments_do_not_collide(local: Account, shared: Account, tmp_path: Path) -> None:
    """Each has its numbers, account and token; none takes or loses a number by mistake."""
    folder = tmp_path / "team"
    shutil.copytree(EXAMPLE, folder)
    environment = {"CARRIERX_BASE_URL": shared.base_url}

    def selected(stack: str) -> CopiedProject:
        return CopiedProject(folder, tmp_path, environment, stack=stack)

    selected("dev").configure("carrierx:baseUrl", local.base_url)
    for name, token in TOKENS.items():
        project = selected(name)
        project.configure("carrierx:token", token, secret=True)
        run = project.up()
        assert run.ok, run.output
        kept = (folder / f"Pulumi.{name}.yaml").read_text(encoding="utf-8")
        assert token not in kept + str(project.state()) + run.output
    assert owners(local) == {"+46701740625": "carrierx-team/dev/support"}
    assert owners(shared) == {
        "+46701740615": "carrierx-team/staging/support",
        "+46701740605": "carrierx-team/production/support",
        "+14155550132": "carrierx-team/production/sales",
    }
    registered = shared.numbers()
    staging, production = folder / "numbers.staging.yaml", folder / "numbers.production.yaml"
    of_staging, of_production = (
        staging.read_text(encoding="utf-8"),
        production.read_text(encoding="utf-8"),
    )

    # Copied: a run gets not so far as to send anything. The page has the same of production.
    copied = of_staging.replace("support:", "copied:").replace("+4670", "4670")
    production.write_text(f"{of_production}\n{copied}", encoding="utf-8")
    refused = selected("staging").up()
    assert not refused.ok
    assert (
        "error: numbers.staging.yaml:4: support: phonenumber: +46701740615 is also in "
        "numbers.production.yaml:19, and a number can be registered only once: remove one of them\n"
    ) in refused.output

    # Moved, and not released yet by the stack that has it.
    staging.write_text("other: {phonenumber: '+46701740616', capabilities: 3}", encoding="utf-8")
    refused = selected("production").up()
    assert not refused.ok
    assert "It belongs to carrierx-team/staging/support (attributes.managed_by)" in refused.output
    assert shared.numbers() == registered
