"""Which engine is used, which Go builds one, and under which name it is kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.outlines import error_of
from tests.unit.programs import put_program
from tools.bootstrap.engine import MINIMUM, engine_directory, installed_engine
from tools.bootstrap.engine_build import ENGINE, EXECUTABLES, PROGRAMS, cache_key, required_go
from tools.bootstrap.errors import SetUpError
from tools.bootstrap.go import find_go
from tools.bootstrap.system import at_least, unsuitable_because, version_in


def put_engine(directory: Path, version: str = "v3.259.0") -> Path:
    """Write executables that look like an installed engine."""
    for name in EXECUTABLES:
        put_program(directory / name, f"print({version!r})")
    return directory


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("v3.259.0", (3, 259, 0)),
        ("go1.26.8", (1, 26, 8)),
        ("go1.27", (1, 27, 0)),
        ("uv 0.13.9 (x86_64-unknown-linux-gnu)", (0, 13, 9)),
        ("v3.201.0-alpha.1+dirty", (3, 201, 0)),
        ("devel +abc", None),
        ("", None),
    ],
)
def test_a_version_is_found_in_what_a_program_prints(
    text: str, numbers: tuple[int, int, int] | None
) -> None:
    """The first version in a text counts, whatever is around it."""
    assert version_in(text) == numbers


@pytest.mark.parametrize(
    ("text", "minimum", "enough"),
    [
        ("v3.200.0", "3.200.0", True),
        ("v3.199.9", "3.200.0", False),
        ("go1.9.0", "1.25.11", False),
        ("go1.100.0", "1.25.11", True),
        ("no version", "1.0.0", False),
    ],
)
def test_versions_are_compared_as_numbers(text: str, minimum: str, *, enough: bool) -> None:
    """1.100 is newer than 1.25, and what has no version is never new enough."""
    assert at_least(text, minimum) is enough


def test_an_installed_engine_is_used_as_it_is(tmp_path: Path) -> None:
    """A recent engine on PATH, with its hosts beside it, is used."""
    directory = put_engine(tmp_path / "engine")
    assert installed_engine({"PATH": str(directory)}) == directory


def test_hosts_may_be_elsewhere_on_path(tmp_path: Path) -> None:
    """It is enough that PATH leads to each of the executables."""
    directory = put_engine(tmp_path / "engine")
    hosts = tmp_path / "hosts"
    hosts.mkdir()
    for name in EXECUTABLES:
        if name != "pulumi":
            (directory / name).rename(hosts / name)
    assert installed_engine({"PATH": f"{directory}:{hosts}"}) == directory


def test_hosts_may_be_beside_the_file_that_a_link_leads_to(tmp_path: Path) -> None:
    """An installer that links only ``pulumi`` into a folder on PATH has installed an engine."""
    directory = put_engine(tmp_path / "opt")
    links = tmp_path / "bin"
    links.mkdir()
    (links / "pulumi").symlink_to(directory / "pulumi")
    assert installed_engine({"PATH": str(links)}) == links


def test_an_old_engine_is_not_used_and_the_line_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason names the file, its version and the one that is needed."""
    directory = put_engine(tmp_path, version="v3.150.0")
    assert installed_engine({"PATH": str(directory)}) is None
    assert capsys.readouterr().err == (
        f"engine: not using {directory / 'pulumi'}: it is v3.150.0, "
        "and 3.200.0 or newer is needed\n"
    )


def test_an_engine_that_does_not_run_is_not_used(tmp_path: Path) -> None:
    """A version manager's shim is on PATH, but fails when it is run."""
    put_engine(tmp_path)
    put_program(tmp_path / "pulumi", "raise SystemExit(127)")
    assert installed_engine({"PATH": str(tmp_path)}) is None


def test_an_engine_without_its_python_host_is_not_used() -> None:
    """It could not run a Python program."""
    reason = unsuitable_because("v3.259.0", MINIMUM, ["pulumi-language-python"])
    assert reason == "pulumi-language-python is missing beside it"


def test_the_engine_that_is_named_comes_before_the_one_on_path(tmp_path: Path) -> None:
    """PULUMI_CARRIERX_ENGINE_DIR is the user's own choice."""
    named = put_engine(tmp_path / "named")
    other = put_engine(tmp_path / "other")
    environment = {"PULUMI_CARRIERX_ENGINE_DIR": str(named), "PATH": str(other)}
    assert engine_directory(environment) == named


def test_a_named_directory_without_an_engine_is_an_error(tmp_path: Path) -> None:
    """The error names the variable, the directory and what is missing in it."""
    put_engine(tmp_path)
    (tmp_path / "pulumi").unlink()
    assert (
        error_of(SetUpError, engine_directory, {"PULUMI_CARRIERX_ENGINE_DIR": str(tmp_path)})
        == f"PULUMI_CARRIERX_ENGINE_DIR is {tmp_path}, which has no pulumi"
    )


def test_an_engine_built_before_is_used_where_none_is_installed(tmp_path: Path) -> None:
    """Nothing is built, and nothing is fetched, when the cache has the engine."""
    binaries = put_engine(tmp_path / "engine" / cache_key() / "bin")
    environment = {"PATH": "", "PULUMI_CARRIERX_CACHE": str(tmp_path)}
    assert engine_directory(environment) == binaries


def test_the_go_on_path_is_used_when_it_is_recent_enough(tmp_path: Path) -> None:
    """A Go that can compile the modules is not fetched a second time."""
    installed = put_program(tmp_path / "bin" / "go", f"print('go{required_go()}')")
    found = find_go(required_go(), tmp_path, {"PATH": str(installed.parent)})
    assert found == installed


def test_the_newest_go_that_a_module_asks_for_is_the_one_required() -> None:
    """One Go compiles both programs."""
    assert all(at_least(required_go(), program.required_go) for program in PROGRAMS)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("go1.99.0", ""),
        ("go1.21.0", f"it is go1.21.0, and go{required_go()} or newer is needed"),
        (None, "it does not run"),
    ],
)
def test_an_unsuitable_go_is_skipped(version: str | None, reason: str) -> None:
    """An old one is not used: Go is not asked to fetch a newer one by itself."""
    assert unsuitable_because(version, f"go{required_go()}") == reason


def test_a_build_from_other_modules_has_another_name_in_the_cache(tmp_path: Path) -> None:
    """An engine that was built from other modules is never used for this one."""
    for pins in ("go.mod", "go.sum"):
        (tmp_path / pins).write_bytes((ENGINE.module / pins).read_bytes())
    same = replace(ENGINE, module=tmp_path)
    assert cache_key([same]) == cache_key([ENGINE])
    (tmp_path / "go.sum").write_text("other sums")
    assert cache_key([same]) != cache_key([ENGINE])
    assert cache_key([replace(ENGINE, version="3.260.0")]) != cache_key([ENGINE])


def test_the_version_that_go_mod_requires_is_the_one_that_is_linked_in() -> None:
    """A program says the version that it was made from."""
    for program in PROGRAMS:
        assert f" v{program.version}" in (program.module / "go.mod").read_text()
