"""The same numbers with Terraform and its generic provider for REST APIs, where both are there."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from carrierx_simulator import SAMPLE_TOKEN
from tools.benchmark.measured_run import MeasuredRun, measured_run
from tools.benchmark.programs.declared import declared_numbers
from tools.benchmark.simulated_account import SimulatedAccount, simulated_account
from tools.benchmark.stack import NAMES, PROGRAMS, Command, RunFailedError
from tools.bootstrap.system import output_of

_PROVIDER = "terraform-provider-restapi"
_PROVIDER_SOURCE = "Mastercard/restapi"

# No look for newer versions, no advice about the next command.
_QUIET = {"CHECKPOINT_DISABLE": "true", "TF_IN_AUTOMATION": "true"}

# Without a refresh, as Pulumi's commands are by default, so that all rows do the same work.
_APPLY = ("apply", "-auto-approve", "-refresh=false")
_ARGUMENTS = {
    Command.CREATE: _APPLY,
    Command.PREVIEW_UNCHANGED: ("plan", "-refresh=false"),
    Command.UP_UNCHANGED: _APPLY,
    Command.REFRESH: ("apply", "-auto-approve", "-refresh-only"),
    Command.UPDATE: _APPLY,
    Command.DESTROY: ("destroy", "-auto-approve", "-refresh=false"),
}


def provider_executable() -> Path | None:
    """The provider: on ``PATH``, or in the folder where Terraform keeps local providers."""
    if on_path := shutil.which(_PROVIDER):
        return Path(on_path).absolute()
    local = Path("~/.terraform.d/plugins").expanduser()
    found = sorted(path for path in local.rglob(f"{_PROVIDER}*") if os.access(path, os.X_OK))
    return next((path for path in reversed(found) if path.is_file()), None)


def is_installed() -> bool:
    """Whether this machine has both."""
    return shutil.which("terraform") is not None and provider_executable() is not None


def version() -> str:
    """Terraform and its version; the provider does not tell its own."""
    answer = output_of(["terraform", "version", "-json"], {**os.environ, **_QUIET})
    found = json.loads(answer)["terraform_version"] if answer else "unknown"
    return f"Terraform {found}"


@dataclass(frozen=True, slots=True)
class TerraformProject:
    """One configuration with a state of its own."""

    folder: Path
    environment: dict[str, str]
    account: SimulatedAccount
    numbers: int

    def run(self, command: Command) -> MeasuredRun:
        """Run one command over all of the numbers.

        Raises:
            RunFailedError: It failed.
        """
        said = {
            "BENCHMARK_NUMBERS": str(self.numbers),
            "BENCHMARK_NAME": NAMES[command is Command.UPDATE],
        }
        (self.folder / "numbers.auto.tfvars.json").write_text(
            json.dumps({"numbers": dict(declared_numbers(said))}), encoding="utf-8"
        )
        arguments = [*_ARGUMENTS[command], "-input=false", "-no-color"]
        run = measured_run(["terraform", *arguments], self.folder, self.environment)
        if run.exit_code:
            raise RunFailedError(run.output)
        return run

    def state_bytes(self) -> int:
        """The size of the state file."""
        return (self.folder / "terraform.tfstate").stat().st_size


@contextmanager
def terraform_project(numbers: int, *, latency_ms: int = 0) -> Iterator[TerraformProject]:
    """An empty project, on a simulator and a folder that end with the block.

    Args:
        numbers: How many resources it declares.
        latency_ms: Milliseconds that the simulator waits before it handles a call.
    """
    provider = provider_executable()
    assert provider is not None, "asked for without a look at is_installed"
    with (
        TemporaryDirectory(prefix="pulumi-carrierx-") as made,
        simulated_account(latency_ms=latency_ms) as account,
    ):
        folder = Path(made) / "terraform"
        shutil.copytree(PROGRAMS / "terraform", folder)
        settings = Path(made) / "settings.tfrc"
        settings.write_text(_settings(_named(provider, Path(made))), encoding="utf-8")
        own = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
        environment = {
            **own,
            **_QUIET,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_VAR_base_url": account.base_url,
            "TF_VAR_token": SAMPLE_TOKEN,
        }
        yield TerraformProject(folder, environment, account, numbers)


def _named(provider: Path, folder: Path) -> Path:
    """A folder with the provider under its plain name: Terraform looks for no other."""
    plain = folder / "provider"
    plain.mkdir()
    (plain / _PROVIDER).symlink_to(provider)
    return plain


def _settings(provider_folder: Path) -> str:
    """Command-line settings that take the provider from there, without ``init`` or a registry."""
    overrides = f'dev_overrides {{ "{_PROVIDER_SOURCE}" = {json.dumps(str(provider_folder))} }}'
    return f"provider_installation {{\n  {overrides}\n  direct {{}}\n}}\n"
