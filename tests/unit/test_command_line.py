"""``pulumi-carrierx`` itself, apart from its commands."""

import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from carrierx_cli.main import application


def test_the_version_is_the_installed_one() -> None:
    """One line, as other commands tell it."""
    told = CliRunner().invoke(application, ["--version"])
    assert (told.exit_code, told.stdout) == (0, f"pulumi-carrierx {version('pulumi-carrierx')}\n")


@pytest.mark.parametrize(
    ("statement", "unneeded"),
    [
        # `simulate` starts without Pulumi, httpx and the models of the API.
        ("import carrierx_cli.main", {"pulumi", "grpc", "httpx", "carrierx_api", "starlette"}),
        # A program without numbers: what checks them is loaded for the first one.
        ("import pulumi_carrierx",
         {*("pydantic", "phonenumbers", "carrierx_provider.number_table.files"),
          "carrierx_provider.external_did.inputs"}),
        # The first number of a program, and of the provider: what sends is loaded to send.
        ("from carrierx_provider.external_did.inputs import check_inputs\n"
         "check_inputs({'phonenumber': '+345901234567890', 'capabilities': 3})",
         {"phonenumbers", "httpx", "anyio", "stamina", "yaml", "pulumi", "carrierx_api.client"}),
        # Without the extra "simulator" its command says what to install.
        ("import carrierx_simulator, carrierx_simulator.command", {"starlette", "uvicorn"}),
        # The simulator shares no code with the client, so that they cannot share a bug.
        ("import carrierx_simulator.server, carrierx_simulator.command",
         {"carrierx_api", "carrierx_provider", "pulumi_carrierx", "pulumi", "httpx"}),
    ],
)  # fmt: skip
def test_what_is_not_needed_is_not_loaded(statement: str, unneeded: set[str]) -> None:
    """By a fresh interpreter."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert unneeded.isdisjoint(told.stdout.split())
