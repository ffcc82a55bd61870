"""States of earlier versions keep working: no spurious diff after an upgrade."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER
from tests.engine.stack import CopiedProject

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("state", sorted(GOLDEN.glob("state-*.json")), ids=lambda path: path.stem)
def test_an_old_state_previews_without_a_change(tmp_path: Path, state: Path) -> None:
    """The program that wrote the state is unchanged, so the preview is empty, without a token."""
    folder = tmp_path / "golden"
    shutil.copytree(GOLDEN, folder)
    project = CopiedProject(folder, tmp_path)
    imported = project.run("stack", "import", "--file", str(folder / state.name))
    assert imported.ok, imported.output

    previewed = project.preview("--expect-no-changes")

    assert previewed.ok, previewed.output
    assert "3 unchanged" in previewed.output


def test_the_golden_state_is_worth_its_name() -> None:
    """It refers to the provider by the frozen reference, and its secret is encrypted."""
    (text,) = (path.read_text(encoding="utf-8") for path in GOLDEN.glob("state-0.1.0.json"))
    resources = json.loads(text)["deployment"]["resources"]
    references = [r["inputs"]["__provider"] for r in resources if "ExternalDID" in r["type"]]
    assert references == [EXTERNAL_DID_PROVIDER] * 2
    assert "key=golden" not in text
    assert "ciphertext" in text
