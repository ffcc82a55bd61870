"""What one preview costs before and after a program's own work. Takes about two minutes."""

import json
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.benchmark.figures import Figures, Promise
from tools.benchmark.python_processes import PythonProcess, PythonProcesses
from tools.benchmark.stack import Command, Program, RunFailedError, stack_of
from tools.pulumi_project import PulumiProject

ROUNDS = 9
MOST_SECONDS = 0.3
"""Of a preview that changes nothing, over that of a provider that does nothing."""

_PROGRAM = """\
import time

began = time.time()
import pulumi_carrierx as carrierx

imported = time.time()
{numbers}
import json, os
from pathlib import Path

Path(os.environ["MARKS"]).write_text(json.dumps([began, imported]))
"""
_ONE_NUMBER = 'carrierx.ExternalDID("one", phonenumber="+46700987654", capabilities=3)'

# As in an environment that was installed without compiling, and cannot be written to.
_NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/nowhere"}


@dataclass(frozen=True, slots=True)
class Split:
    """The seconds of one preview, part by part, in their order."""

    engine_begins: float
    packages: float
    engine_goes_on: float
    sdk: float
    import_ours: float
    program: float
    engine_ends: float
    provider: float
    """Of ``program``: how long the provider's process lived; 0 where it was not needed."""
    cpu_of_python: float
    """Of all Python processes together."""

    @property
    def total(self) -> float:
        """From the command's start to its end."""
        begun = self.engine_begins + self.packages + self.engine_goes_on
        return begun + self.sdk + self.import_ours + self.program + self.engine_ends


_WORDS = {
    "engine_begins": "the engine and its language host start",
    "packages": "`python -m pip list`: the language host looks for plugins",
    "engine_goes_on": "the engine continues",
    "sdk": "Python starts, `import pulumi`",
    "import_ours": "`import pulumi_carrierx`",
    "program": "the program runs and ends",
    "engine_ends": "the engine ends",
    "total": "**all**",
    "provider": "of it the provider's process, from its start to its end",
    "cpu_of_python": "CPU of the Python processes",
}


def one_split(project: PulumiProject, processes: PythonProcesses, marks: Path) -> Split:
    """Preview once.

    Raises:
        RunFailedError: The preview failed.
    """
    processes.take()
    began = time.time()
    run = project.run("preview")
    ended = time.time()
    if not run.ok:
        raise RunFailedError(run.output)
    told = processes.take()
    (packages,) = [process for process in told if process.is_package_list]
    (program,) = [process for process in told if process.is_program]
    first_line, imported = json.loads(marks.read_text(encoding="utf-8"))
    return Split(
        engine_begins=packages.begun - began,
        packages=packages.ended - packages.begun,
        engine_goes_on=program.begun - packages.ended,
        sdk=first_line - program.begun,
        import_ours=imported - first_line,
        program=program.ended - imported,
        engine_ends=ended - program.ended,
        provider=_lived(process for process in told if process.is_provider),
        cpu_of_python=sum(process.cpu_seconds for process in told),
    )


def _lived(processes: Iterable[PythonProcess]) -> float:
    return sum(process.ended - process.begun for process in processes)


def splits(numbers: str, environment: dict[str, str]) -> list[Split]:
    """Preview a program that declares these numbers, again and again."""
    with TemporaryDirectory(prefix="pulumi-carrierx-") as made:
        folder = Path(made) / "start-up"
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: start-up\nruntime: python\n", encoding="utf-8")
        source = _PROGRAM.format(numbers=numbers)
        (folder / "__main__.py").write_text(source, encoding="utf-8")
        project = PulumiProject(folder, Path(made))
        processes = PythonProcesses(Path(made) / "site")
        marks = Path(made) / "marks.json"
        project.environment |= {**processes.environment, "MARKS": str(marks), **environment}
        # The first one compiles what is not compiled yet.
        return [one_split(project, processes, marks) for _ in range(ROUNDS + 1)][1:]


def seconds_over_nothing() -> float:
    """How much longer a no-change preview of one number takes than with a provider of nothing."""
    with stack_of(Program.CARRIERX, 1) as ours, stack_of(Program.DOES_NOTHING, 1) as nothing:
        for stack in (ours, nothing):
            stack.run(Command.CREATE)
        # In turn, so that a machine that is busy for a while is so for both.
        seconds = [
            [stack.run(Command.PREVIEW_UNCHANGED).seconds for stack in (ours, nothing)]
            for _ in range(ROUNDS + 1)
        ]
    # The first one compiles what is not compiled yet.
    return statistics.median(mine - theirs for mine, theirs in seconds[1:])


def start_up_figures() -> Figures:
    """Measure an empty program, one number, and one number without compiled Python."""
    measured = {
        "empty program": splits("", {}),
        "one number": splits(_ONE_NUMBER, {}),
        "without bytecode": splits(_ONE_NUMBER, _NO_BYTECODE),
    }
    over = seconds_over_nothing()
    return Figures(
        title="What a run costs before its first number",
        explanation=(
            f"One `pulumi preview`, in ms, the median of {ROUNDS}; the parts follow one another. "
            "*Without bytecode* is an environment that cannot be written to, and whose packages "
            "were installed without compiling them, as `uv` does without `--compile-bytecode`: "
            "each process compiles them again. A recent `pip` helps too: the language host asks it "
            "for all packages in every run."
        ),
        columns=("part", *measured),
        rows=tuple(
            (
                words,
                *(
                    f"{statistics.median(getattr(split, part) for split in found) * 1_000:.0f}"
                    for found in measured.values()
                ),
            )
            for part, words in _WORDS.items()
        ),
        promises=(
            Promise(
                f"a preview of one number that has not changed takes at most {MOST_SECONDS} s more "
                f"than with a provider that does nothing (it took {over:.2f} s more)",
                kept=over <= MOST_SECONDS,
            ),
        ),
    )
