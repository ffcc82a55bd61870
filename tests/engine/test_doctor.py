"""``pulumi-carrierx doctor``: what a stack needs, with the real engine and over HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from carrierx_simulator import SAMPLE_TOKEN
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import Told, run_command
from tests.engine.stack import Stack

BIN = Path(sys.executable).parent
PYTHON = (
    f"ok       python         {BIN}/python3 (Python {sys.version.split()[0]}) has pulumi "
    f"{version('pulumi')} and pulumi-carrierx {version('pulumi-carrierx')}"
)
HOST = "ok       language host  runs Python programs and dynamic providers"
ACCOUNT = [
    "ok       connection     URL (1 address) answers in 1ms, then in 1ms",
    "ok       token          CarrierX accepts the token in CARRIERX_TOKEN",
    "ok       scopes         reads are allowed (phonenumber.manage or phonenumber.read); "
    "phonenumber.create, .update and .delete cannot be tested without a write: an `up` names the "
    "one that it lacks",
    "ok       rate limit     no carrierx:requestsPerSecond, so calls slow down after the first "
    "429; CarrierX's response names no limit",
    "ok       clock          agrees with CarrierX's",
]
NO_RECORD = (
    "warning  ownership      no ownership record is kept, so the numbers of a killed run cannot be "
    "recognized. Run `pulumi config set carrierx:ownershipKey managed_by`."
)
ALONE = "Only the settings of the environment are checked."


def doctor(
    stack: Stack,
    *flags: str,
    real: bool = False,
    folder: Path | None = None,
    **changed: str,
) -> Told:
    """Run the command; its times and the URL are as good as any other."""
    told = run_command(stack, "doctor", *flags, real=real, folder=folder, **changed)
    url = stack.environment["CARRIERX_BASE_URL"]
    lines = [re.sub(r"\b[0-9]+ms", "1ms", line).replace(url, "URL") for line in told.lines]
    return told._replace(lines=lines)


def test_a_stack_that_is_well(stack: Stack, account: Account) -> None:
    """A line for each check, and no call but two reads."""
    stack.configure("carrierx:ownershipKey", "managed_by")
    code, (engine, *lines), _ = doctor(stack, real=True)
    assert re.fullmatch(r"ok       engine         pulumi 3\.\d+\.\d+.*", engine)
    assert lines == [
        HOST,
        PYTHON,
        "ok       stack          trial/dev",
        "ok       settings       1 setting of the stack, 3 variables of the environment",
        "ok       ownership      attributes.managed_by names each number's owner",
        *ACCOUNT,
        "11 ok, 0 warnings, 0 failed",
    ]
    assert code == 0
    assert account.calls() == ["GET ?limit=1&offset=0"] * 2


def test_what_is_wrong_with_a_stack(stack: Stack, account: Account) -> None:
    """Its settings, its passphrase, its name; each with what to do, and an exit code."""
    stack.configure("carrierx:requestsPerSecond", "many")
    stack.configure("carrierx:token", SAMPLE_TOKEN)
    code, (_, *lines), _ = doctor(stack)
    assert lines[2:] == [
        "ok       stack          trial/dev",
        "failed   settings       carrierx:requestsPerSecond must be a positive number of calls per "
        "second, such as 10. Fix it, then run this again.",
        "warning  settings       carrierx:token is in plain text in the stack's file and in its "
        "state. Run `pulumi config set --secret carrierx:token`, with a new token.",
        NO_RECORD,
        "warning  connection     not checked, and neither are token, scopes, rate limit and clock: "
        "see settings",
        "4 ok, 3 warnings, 1 failed",
    ]
    assert code == 1
    assert account.calls() == []

    stack.configure("carrierx:token", SAMPLE_TOKEN, secret=True)
    code, (_, *lines), _ = doctor(stack, without="PULUMI_CONFIG_PASSPHRASE")
    assert lines[2:5] == [
        "failed   stack          the stack's passphrase is missing or wrong: set "
        f"PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE. {ALONE}",
        "ok       settings       0 settings of the stack, 3 variables of the environment",
        "warning  ownership      not checked, since the stack's settings were not read",
    ]
    assert lines[5:] == [*ACCOUNT, "9 ok, 1 warning, 1 failed"]
    assert code == 1

    code, lines, _ = doctor(stack, "--json", "--stack", "prod", CARRIERX_TOKEN="another")
    found = {finding["check"]: finding for finding in json.loads("\n".join(lines))["findings"]}
    assert code == 1
    assert found["stack"] == {
        "check": "stack",
        "mark": "failed",
        "account": None,
        "text": 'no stack "prod" in project trial: `pulumi stack ls` lists them',
        "todo": ALONE,
    }
    assert found["token"]["text"] == "CarrierX does not accept the token in CARRIERX_TOKEN (401)"


def test_without_an_engine_and_without_a_stack(stack: Stack, tmp_path: Path) -> None:
    """It checks what is left: Python, the environment's settings, the account."""
    empty = tmp_path / "empty"
    empty.mkdir()
    code, lines, _ = doctor(stack, folder=empty, PATH=str(BIN))
    assert lines == [
        "failed   engine         the command `pulumi` is not on PATH. Install Pulumi: "
        "https://www.pulumi.com/docs/install/",
        "warning  language host  not checked, since it comes with `pulumi`",
        PYTHON,
        f"warning  stack          no Pulumi project in {empty} or above: run this in the "
        f"project's folder, or pass --cwd. {ALONE}",
        "ok       settings       0 settings of the stack, 3 variables of the environment",
        NO_RECORD,
        *ACCOUNT,
        "7 ok, 3 warnings, 1 failed",
    ]
    assert code == 1
    code, lines, _ = doctor(stack, PATH=str(BIN), CARRIERX_LOG="loud")
    assert (
        lines[3] == f"warning  stack          not read, since `pulumi` is needed for that. {ALONE}"
    )
    assert lines[6] == (
        "failed   log            CARRIERX_LOG must be debug or info, or not set. Fix it, then run "
        "this again."
    )
    assert code == 1

    # A project whose Python has nothing installed, and a flag that there is not.
    (stack.folder / "Pulumi.yaml").write_text(
        "name: trial\nruntime: {name: python, options: {virtualenv: venv}}\n", encoding="utf-8"
    )
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(stack.folder / "venv")], check=True
    )
    code, (_, _, python, *_), _ = doctor(stack)
    own = stack.folder / "venv" / "bin" / "python"
    assert python == (
        f"failed   python         {own} (Python {sys.version.split()[0]}) cannot import pulumi: "
        "ModuleNotFoundError: No module named 'pulumi'. Install it there: "
        f"`{own} -m pip install pulumi`."
    )
    assert code == 1
    code, lines, errors = doctor(stack, "--stak", "dev")
    assert (code, lines) == (2, [])
    assert "No such option: --stak" in "\n".join(errors)
