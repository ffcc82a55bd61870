"""The example of a team: two stacks of one program, whose numbers name their owners."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from carrierx_simulator import SAMPLE_TOKEN
from tools.pulumi_project import PulumiProject

if TYPE_CHECKING:
    from tests.engine.account import Account

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "team"


def test_each_environment_owns_its_numbers(account: Account, tmp_path: Path) -> None:
    """Both stacks come up; a number copied into the other's file is refused by name."""
    folder = tmp_path / "team"
    shutil.copytree(EXAMPLE, folder)
    environment = {"CARRIERX_TOKEN": SAMPLE_TOKEN, "CARRIERX_BASE_URL": account.base_url}
    for stack in ("staging", "prod"):
        project = PulumiProject(folder, tmp_path, environment, stack=stack)
        run = project.up()
        assert run.ok, run.output
        assert project.preview("--expect-no-changes").ok
    owners = {number: did["attributes"]["managed_by"] for number, did in account.numbers().items()}
    assert owners == {
        "+46701740615": "carrierx-team/staging/support",
        "+46701740605": "carrierx-team/prod/support",
        "+14155550132": "carrierx-team/prod/sales",
    }

    numbers = folder / "numbers.prod.yaml"
    copied = (folder / "numbers.staging.yaml").read_text().replace("support:", "copied:")
    numbers.write_text(numbers.read_text() + copied)
    refused = project.up()
    assert not refused.ok
    assert "It belongs to carrierx-team/staging/support (attributes.managed_by)" in refused.output
