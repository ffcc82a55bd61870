"""Building the engine: from Go modules to a directory with four executables."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.engine.go_toolchain import Go, find_go
from tools.engine.recipe import ENGINE, EXECUTABLES, PROGRAMS, SCRIPTS, Program
from tools.set_up.diagnosis import give_up
from tools.set_up.exclusive import exclusive
from tools.set_up.executable import answer_of, is_executable
from tools.set_up.failure import SetUpError
from tools.set_up.long_command import Command, run_long
from tools.set_up.say import duration, say

_NEEDED = 5_000_000_000
# What a user has set for builds of their own, and what would make this one fail or differ.
_ASTRAY = ("GOBIN", "GOEXPERIMENT")


def is_built(place: Path) -> bool:
    """Tell whether ``place`` holds a whole engine."""
    return all(is_executable(place / "bin" / name) for name in EXECUTABLES)


def build(place: Path, cache: Path, environment: Mapping[str, str]) -> None:
    """Build the engine into ``place``, unless it is there. Goes on where an earlier run stopped.

    One at a time: whoever comes second waits, and then uses what the first has built. Modules and
    compiled packages are kept beside ``place`` until the engine stands, and removed then.

    Args:
        place: Becomes a directory with ``bin`` in it, at once and whole.
        cache: Where tools for the build are installed.
        environment: The user's own; says where Go modules come from.

    Raises:
        SetUpError: It cannot be built; says what to do next.
        OSError: The cache directory cannot be written.
    """
    work = place.with_name(f"{place.name}.work")
    with exclusive(place.with_name(f"{place.name}.lock"), "building the engine"):
        if not is_built(place):
            started = time.monotonic()
            say(
                f"engine: building Pulumi {ENGINE.version} from its Go modules, once for this "
                "machine; about 5 minutes on 2 cores"
            )
            if work.exists():
                say("  going on with what an earlier run has left")
            else:
                work.mkdir()
                _warn_if_small(work)
            compiled = _compile(work, find_go(work, cache, environment))
            shutil.rmtree(place, ignore_errors=True)
            compiled.replace(place)
            say(f"engine: ready in {place / 'bin'} ({duration(time.monotonic() - started)})")
        # Also after a run that was killed here. What a stray process of it still writes stays.
        shutil.rmtree(work, ignore_errors=True)


def _warn_if_small(work: Path) -> None:
    free = shutil.disk_usage(work).free
    if free < _NEEDED:
        say(f"  only {free / 1e9:.1f} GB are free in {work.parent}; the build needs about 5 GB")


def _environment(work: Path, go: Go) -> dict[str, str]:
    """Give the environment of the build: the user's own, with directories and settings of ours."""
    inherited = {name: value for name, value in go.environment.items() if name not in _ASTRAY}
    temporary = work / "tmp"
    temporary.mkdir(exist_ok=True)
    host = answer_of([str(go.command), "env", "GOHOSTOS", "GOHOSTARCH"], inherited, directory=work)
    system, architecture = (host or "").split()
    return {
        **inherited,
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOARCH": architecture,
        "GOCACHE": str(work / "packages"),
        # Without it the modules are read-only, and cannot simply be removed.
        "GOFLAGS": "-modcacherw",
        "GOMODCACHE": str(work / "modules"),
        "GOOS": system,
        "GOTMPDIR": str(temporary),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def _compile(work: Path, go: Go) -> Path:
    """Compile the programs, and give the directory that holds them and the scripts."""
    environment = _environment(work, go)
    # An own directory for each run: a compiler that outlives a killed run writes into the old one.
    out = work / f"out.{os.getpid()}"
    binaries = out / "bin"
    shutil.rmtree(out, ignore_errors=True)
    binaries.mkdir(parents=True)
    for program in PROGRAMS:
        _compile_program(program, binaries, work, go, environment)
    for script in SCRIPTS:
        source = answer_of(
            [str(go.command), "list", "-m", "-f", "{{.Dir}}", script.module],
            environment,
            directory=ENGINE.module,
        )
        if not source:
            message = f"{script.module} is not among the fetched modules: run make clean-cache"
            raise SetUpError(message)
        shutil.copyfile(Path(source) / script.path, binaries / script.name)
        (binaries / script.name).chmod(0o755)
    if answer_of([str(binaries / ENGINE.name), "version"], environment) is None:
        message = f"the engine was built, but does not run: {binaries / ENGINE.name}"
        raise SetUpError(message)
    return out


def _compile_program(
    program: Program, binaries: Path, work: Path, go: Go, environment: Mapping[str, str]
) -> None:
    say(f"engine: {program.name}")
    fetched = 0
    packages = 0
    compiled = 0

    def count_fetched(line: str) -> None:
        nonlocal fetched, packages
        if line.startswith("go: "):
            fetched += 1
        else:
            packages += 1

    def count_compiled(_line: str) -> None:
        nonlocal compiled
        compiled += 1

    _run_go(
        Command([str(go.command), "list", "-deps", program.package], program.module, environment),
        log=work / f"{program.name}.modules.log",
        progress=lambda: f"fetching its modules: {fetched} so far",
        each_line=count_fetched,
    )
    say(f"  compiling its {packages} packages")
    _run_go(
        Command(
            [
                *(str(go.command), "build", "-v", "-trimpath", "-buildvcs=false"),
                *("-ldflags", program.linker_flags, "-o", str(binaries / program.name)),
                program.package,
            ],
            program.module,
            environment,
        ),
        log=work / f"{program.name}.build.log",
        progress=lambda: f"compiled {compiled} packages, of at most {packages}",
        each_line=count_compiled,
    )


def _run_go(
    command: Command,
    *,
    log: Path,
    progress: Callable[[], str],
    each_line: Callable[[str], None],
) -> None:
    if run_long(command, log=log, progress=progress, each_line=each_line):
        give_up("the engine could not be built", log)
