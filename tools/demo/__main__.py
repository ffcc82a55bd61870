"""Command: show the main job on the real engine, against a local CarrierX.

    python -m tools.demo

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

from carrierx_simulator import SAMPLE_TOKEN, running_simulator
from tools.bootstrap.errors import SetUpError
from tools.demo.stage import DemoError, Screen, Stage
from tools.demo.steps import STEPS
from tools.pulumi_project import PulumiProject

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "quickstart"

_FAILED, _INTERRUPTED = 1, 130


def main() -> int:
    """Run the demo and return the exit code. Whatever happens, nothing is left behind."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    screen = Screen(sys.stdout)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    try:
        with TemporaryDirectory(prefix="carrierx-demo-", ignore_cleanup_errors=True) as folder:
            _show(screen, Path(folder))
    except BrokenPipeError:
        # The reader of the output is gone. Python would complain about it again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except (DemoError, SetUpError, OSError, TimeoutExpired) as error:
        screen.failed(str(error))
        return _FAILED
    except KeyboardInterrupt:
        screen.failed("interrupted. Everything that the demo started is stopped and removed.")
        return _INTERRUPTED
    return 0


def _show(screen: Screen, folder: Path) -> None:
    started = time.monotonic()
    summary: list[str] = []
    program = folder / "quickstart"
    shutil.copytree(EXAMPLE, program)
    with running_simulator() as simulator:
        environment = {"CARRIERX_BASE_URL": simulator.base_url, "CARRIERX_TOKEN": SAMPLE_TOKEN}
        project = PulumiProject(program, folder / "pulumi", environment)
        stage = Stage(screen, project, simulator, program / "numbers.yaml")
        version = project.run("version").output.strip()
        screen.text(
            f"A copy of examples/quickstart, on Pulumi {version}, with a local CarrierX at\n"
            f"{simulator.base_url}. The engine's output is shown as it is, without\n"
            "what stays the same. Below it: each HTTP call that CarrierX received meanwhile."
        )
        for number, (title, step) in enumerate(STEPS.items(), start=1):
            screen.heading(f"{number}/{len(STEPS)}  {title}")
            before = len(stage.calls)
            try:
                step(stage)
            except DemoError as error:
                raise DemoError(f"step {number}: {error}") from None
            made = Counter(call.method for call in stage.calls[before:])
            calls = ", ".join(f"{count} {method}" for method, count in made.items()) or "no call"
            summary.append(f"{number}  {title}: {calls}")
    seconds = time.monotonic() - started
    screen.heading(f"done: {stage.expectations} expectations, all held, in {seconds:.0f} s")
    screen.quote(summary)


if __name__ == "__main__":
    sys.exit(main())
