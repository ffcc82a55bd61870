"""What a user gets with ``pip install pulumi-carrierx``: the wheel itself, not the checkout."""

import importlib.metadata
import json
import os
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.unit.programs import run
from tests.unit.wheelhouse import make_wheelhouse

pytestmark = pytest.mark.xdist_group("built wheel")

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = {
    **{
        name: CHECKOUT / "provider" / name
        for name in ("carrierx_api", "carrierx_cli", "carrierx_provider", "carrierx_simulator")
    },
    "pulumi_carrierx": CHECKOUT / "sdk/python/pulumi_carrierx",
}
PIP = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--quiet")


def output_of(*command: str, cwd: Path) -> str:
    # PYTHONPATH would make other packages look installed.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = run(*command, cwd=cwd, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def names_in(wheel: Path) -> set[str]:
    with ZipFile(wheel) as opened:
        return set(opened.namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as pip builds it, with the build backend of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    offline = ("--no-build-isolation", "--no-deps", "--no-index")
    output_of(*PIP, "wheel", *offline, "--wheel-dir", str(folder), str(CHECKOUT), cwd=folder)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment that was empty before pip installed the wheel in it."""
    folder = tmp_path_factory.mktemp("installed")
    wheelhouse = folder / "wheelhouse"
    wheelhouse.mkdir()
    (declared,) = importlib.metadata.distributions(path=[str(wheel)])
    make_wheelhouse(wheelhouse, declared.requires or [])
    environment = folder / "environment"
    output_of(sys.executable, "-m", "venv", "--without-pip", str(environment), cwd=folder)
    output_of(
        *PIP,
        *("--python", str(environment / "bin" / "python"), "install", "--no-compile"),
        *("--no-index", "--find-links", str(wheelhouse), str(wheel)),
        cwd=folder,
    )
    return environment / "bin"


def test_contents(wheel: Path) -> None:
    """The wheel holds the five packages, whole, and nothing else but its metadata."""
    found = {name for name in names_in(wheel) if ".dist-info/" not in name}
    assert found == {
        f"{name}/{file.relative_to(folder).as_posix()}"
        for name, folder in PACKAGES.items()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_types(wheel: Path) -> None:
    """Each package tells type checkers that it is typed (PEP 561)."""
    assert names_in(wheel) >= {f"{package}/py.typed" for package in PACKAGES}


def test_no_plugin(wheel: Path) -> None:
    """The wheel tells the engine that no plugin belongs to it.

    Without that the engine takes any package named ``pulumi-…`` for one that needs a plugin of
    that name, and tries to download it again in every preview and up.
    """
    with ZipFile(wheel) as opened:
        assert json.loads(opened.read("pulumi_carrierx/pulumi-plugin.json"))["resource"] is False


def test_import(installed: Path) -> None:
    """With the declared dependencies alone, every public name is there, and from the wheel.

    The engine's dynamic front finds the provider's class where every state says it is.
    """
    program = (
        "import base64, json, pickle, pulumi_carrierx as package\n"
        "from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER\n"
        "public = [name for name in package.__all__ if hasattr(package, name)]\n"
        "provider = type(pickle.loads(base64.b64decode(EXTERNAL_DID_PROVIDER)))\n"
        "print(json.dumps([package.__file__, public, package.__all__, provider.__qualname__]))\n"
    )
    # Isolated: neither the working directory nor PYTHONPATH leads to the checkout.
    answer = output_of(str(installed / "python"), "-I", "-c", program, cwd=installed)
    file, public, named, provider = json.loads(answer)
    assert Path(file).is_relative_to(installed.parent)
    assert public == named
    assert "ExternalDID" in public
    assert provider == "ExternalDIDProvider"


def test_command(installed: Path) -> None:
    """The command ``pulumi-carrierx`` is there and explains itself."""
    assert "Run a local CarrierX" in output_of(
        str(installed / "pulumi-carrierx"), "simulate", "--help", cwd=installed
    )
