"""How long ``import pulumi_carrierx`` takes."""

import statistics
import subprocess
import sys

from tools.benchmark.figures import Figures, Promise

ROUNDS = 11
MILLISECONDS = 100

_PULUMI = "import pulumi"
_OURS = f"{_PULUMI}\nimport pulumi_carrierx"
# The first number loads what checks it; a program without numbers never pays for that.
_FIRST_NUMBER = f"""{_OURS}
from carrierx_provider.external_did.inputs import check_inputs
check_inputs({{"phonenumber": "+46700987654", "capabilities": 3}})"""

_TIMED = """
import time
started = time.perf_counter()
{statements}
print(time.perf_counter() - started)
"""


def milliseconds_of(statements: str) -> float:
    """Run statements in a new interpreter, and give the time they took; starting it is left out.

    Raises:
        subprocess.CalledProcessError: They failed.
    """
    run = subprocess.run(
        [sys.executable, "-c", _TIMED.format(statements=statements)],
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return float(run.stdout) * 1_000


def import_figures() -> Figures:
    """Measure in turn, so that a machine that is busy for a while is so for all of them."""
    measured: dict[str, list[float]] = {_PULUMI: [], _OURS: [], _FIRST_NUMBER: []}
    for statements in measured:
        milliseconds_of(statements)  # compiles what is not compiled yet
    for _ in range(ROUNDS):
        for statements, times in measured.items():
            times.append(milliseconds_of(statements))
    pulumi, ours, first_number = map(statistics.median, measured.values())
    # Of neighbours in time, so that the noise of the machine is in both.
    over = statistics.median(
        mine - theirs for theirs, mine in zip(measured[_PULUMI], measured[_OURS], strict=True)
    )
    return Figures(
        title="Import time",
        explanation=(
            f"A new interpreter each time, the median of {ROUNDS}, in ms. pydantic is loaded with "
            "the first number that a program declares, httpx with the first call."
        ),
        columns=("what", "ms", "over pulumi"),
        rows=(
            ("import pulumi", f"{pulumi:.0f}", ""),
            ("import pulumi_carrierx", f"{ours:.0f}", f"{over:+.0f}"),
            ("and check the first number", f"{first_number:.0f}", f"{first_number - pulumi:+.0f}"),
        ),
        promises=(
            Promise(
                f"importing pulumi_carrierx takes at most {MILLISECONDS} ms over importing pulumi",
                kept=over <= MILLISECONDS,
            ),
        ),
    )
