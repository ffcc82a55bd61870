"""What a user gets with ``pip install pulumi-carrierx``: the wheel itself, not the checkout."""

import ast
import importlib.metadata
import json
import re
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.unit.programs import run

pytestmark = pytest.mark.xdist_group("built wheel")

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = {
    **{
        name: CHECKOUT / "provider" / name
        for name in ("carrierx_api", "carrierx_cli", "carrierx_provider", "carrierx_simulator")
    },
    "pulumi_carrierx": CHECKOUT / "sdk/python/pulumi_carrierx",
}
COME_WITH = {"grpc": "pulumi", "pydantic_core": "pydantic"}
"""What is imported, and comes with a package that is declared."""


def output_of(*command: str, cwd: Path) -> str:
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the build backend that pip would call."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))
    output_of(sys.executable, *build, cwd=CHECKOUT)
    (built,) = folder.iterdir()
    return built


def test_contents(wheel: Path) -> None:
    """The five packages, whole, each marked as typed (PEP 561); nothing else but the metadata."""
    with ZipFile(wheel) as opened:
        found = {name for name in opened.namelist() if ".dist-info/" not in name}
    assert found == {
        f"{name}/{file.relative_to(folder).as_posix()}"
        for name, folder in PACKAGES.items()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert found >= {f"{package}/py.typed" for package in PACKAGES}


def test_no_plugin(wheel: Path) -> None:
    """The wheel tells the engine that no plugin belongs to it.

    Without that the engine takes any package named ``pulumi-…`` for one that needs a plugin of
    that name, and tries to download it again in every preview and up.
    """
    with ZipFile(wheel) as opened:
        assert json.loads(opened.read("pulumi_carrierx/pulumi-plugin.json"))["resource"] is False


def test_dependencies(wheel: Path) -> None:
    """Whatever the code imports is declared: an environment of a user's has nothing else."""
    (built,) = importlib.metadata.distributions(path=[str(wheel)])
    requirements = [requirement.lower() for requirement in built.requires or []]
    declared = {re.split(r"[^\w.-]", requirement)[0] for requirement in requirements}
    assert declared >= set(COME_WITH.values())
    files = (file for folder in PACKAGES.values() for file in folder.rglob("*.py"))
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    modules = {
        *(name.name for node in nodes if isinstance(node, ast.Import) for name in node.names),
        *(node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)),
    }
    imported = {module.partition(".")[0] for module in modules}
    foreign = imported - sys.stdlib_module_names - {*PACKAGES} - {*COME_WITH}
    packages_of = importlib.metadata.packages_distributions()
    assert {
        name for name in foreign if declared.isdisjoint(map(str.lower, packages_of[name]))
    } == set()


def test_import(wheel: Path) -> None:
    """Every public name is there, and from the wheel; so is the command.

    The engine's dynamic front finds the provider's class where every state says it is.
    """
    program = (
        "import base64, json, pickle, sys\n"
        "from importlib.metadata import distributions\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import pulumi_carrierx as package\n"
        "from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER\n"
        "public = [name for name in package.__all__ if hasattr(package, name)]\n"
        "provider = type(pickle.loads(base64.b64decode(EXTERNAL_DID_PROVIDER)))\n"
        "(built,) = distributions(path=[sys.argv[1]])\n"
        "commands = {entry.name: entry.load().__module__ for entry in built.entry_points}\n"
        "told = [package.__file__, public, package.__all__, provider.__qualname__, commands]\n"
        "print(json.dumps(told))\n"
    )
    # Isolated: neither the working directory nor PYTHONPATH leads to the checkout.
    answer = output_of(sys.executable, "-I", "-c", program, str(wheel), cwd=wheel.parent)
    file, public, named, provider, commands = json.loads(answer)
    assert Path(file).is_relative_to(wheel)
    assert public == named
    assert "ExternalDID" in public
    assert provider == "ExternalDIDProvider"
    assert commands == {"pulumi-carrierx": "carrierx_cli.main"}
