"""Command: show the main job, on the real engine, against a local CarrierX.

    python tools/demo/demo.py

Exit code 0: every step did what it must. 1: one did not; the last lines say which and why.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn

if __name__ == "__main__":
    # In place of this folder, so that the tools are one package however they are started.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tools.bootstrap.errors import SetUpError
from tools.demo.expectations import DemoError
from tools.demo.numbers_file import NumbersFile
from tools.demo.screen import Screen
from tools.demo.simulator import TOKEN, running_simulator
from tools.demo.stage import Stage
from tools.demo.steps import (
    drift,
    leave_alone,
    refuse_mistakes,
    register,
    release,
    replace,
    update,
)
from tools.pulumi_project import PulumiProject

if TYPE_CHECKING:
    from types import FrameType

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "quickstart"
STEPS = (register, leave_alone, update, drift, replace, refuse_mistakes, release)

_FAILED, _INTERRUPTED = 1, 130
_LOOPBACK = "127.0.0.1,localhost"


def main() -> int:
    """Run the demo; give the exit code. Whatever happens, nothing is left behind."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    screen = Screen(sys.stdout)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    try:
        with TemporaryDirectory(prefix="carrierx-demo-", ignore_cleanup_errors=True) as folder:
            _show(screen, Path(folder))
    except DemoError as error:
        if error.details:
            screen.text(f"\n{error.details}")
        screen.failed(str(error))
        return _FAILED
    except BrokenPipeError:
        # Whoever read this has gone. Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except (SetUpError, OSError, TimeoutExpired) as error:
        screen.failed(str(error))
        return _FAILED
    except KeyboardInterrupt:
        screen.failed("interrupted. Everything that the demo started is stopped and removed.")
        return _INTERRUPTED
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _show(screen: Screen, folder: Path) -> None:
    started = time.monotonic()
    summary: list[str] = []
    program = folder / "quickstart"
    shutil.copytree(EXAMPLE, program)
    with running_simulator() as simulator:
        project = PulumiProject(program, folder / "pulumi", _environment(simulator.base_url))
        stage = Stage(screen, project, simulator, NumbersFile(program / "numbers.yaml"))
        version = project.run("version").output.strip()
        screen.text(
            f"A copy of examples/quickstart, on Pulumi {version}, with a local CarrierX at\n"
            f"{simulator.base_url}. What the engine prints is shown as it is, less\n"
            "what stays the same. Below it: each HTTP call that CarrierX received meanwhile."
        )
        for number, step in enumerate(STEPS, start=1):
            screen.heading(f"{number}/{len(STEPS)}  {step.TITLE}")
            before = len(stage.calls)
            try:
                step.run(stage)
            except DemoError as error:
                raise DemoError(f"step {number}: {error}", error.details) from None
            made = Counter(call.method for call in stage.calls[before:])
            calls = ", ".join(f"{count} {method}" for method, count in made.items()) or "no call"
            summary.append(f"{number}  {step.TITLE}: {calls}")
    seconds = time.monotonic() - started
    screen.heading(f"done: {stage.expect.count} expectations, all held, in {seconds:.0f} s")
    screen.quote(summary)


def _environment(base_url: str) -> dict[str, str]:
    excepted = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    no_proxy = f"{excepted},{_LOOPBACK}".lstrip(",")
    return {
        "CARRIERX_BASE_URL": base_url,
        "CARRIERX_TOKEN": TOKEN,
        # Both spellings are in use. All that the demo talks to is on this machine.
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


if __name__ == "__main__":
    sys.exit(main())
