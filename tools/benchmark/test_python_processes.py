"""What a run's Python processes tell of themselves is theirs, and whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.benchmark.program_cost import Row, program_cpu_seconds
from tools.benchmark.python_processes import PythonProcesses
from tools.benchmark.start_up import one_split
from tools.pulumi_project import PulumiProject

if TYPE_CHECKING:
    from pathlib import Path

RUNS = 3
PROGRAM = """\
import json, os, time
from pathlib import Path
began = time.time()
import pulumi_carrierx as carrierx
carrierx.ExternalDID("one", phonenumber="+46700987654", capabilities=3)
Path(os.environ["MARKS"]).write_text(json.dumps([began, time.time()]))
"""


def test_the_parts_of_a_run_are_the_whole_run(tmp_path: Path) -> None:
    """Each process is told from the others, and no part of the time is left out or taken twice."""
    folder, marks = tmp_path / "one", tmp_path / "marks.json"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: one\nruntime: python\n", encoding="utf-8")
    (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    project = PulumiProject(folder, tmp_path)
    processes = PythonProcesses(tmp_path / "site")
    project.environment |= {**processes.environment, "MARKS": str(marks)}
    # On a busy machine the engine may kill a provider that takes 5 s to end, which tells nothing.
    runs = (one_split(project, processes, marks) for _ in range(RUNS))
    split = next(split for split in runs if split.provider)
    parts = (split.engine_begins, split.packages, split.sdk, split.program, split.engine_ends)
    assert min(parts) > 0
    assert split.provider < split.total
    assert split.cpu_of_python > 0
    assert processes.take() == []


def test_the_cost_of_a_program_is_that_of_its_process() -> None:
    """It is told from the engine's other processes, which tell too."""
    assert program_cpu_seconds(Row.WITHOUT_COLLECTION, 2) > 0
