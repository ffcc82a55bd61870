"""Building the engine: from pinned Go modules to a directory with four executables."""

import hashlib
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.errors import SetUpError
from tools.bootstrap.go import find_go
from tools.bootstrap.log import duration, log
from tools.bootstrap.processes import Command, exclusive, run_long
from tools.bootstrap.system import is_executable, output_of, version_in

_MODULES = Path(__file__).with_name("modules")
_SDK = "github.com/pulumi/pulumi/sdk/v3"
_GO_DIRECTIVE = re.compile(r"^go (\S+)$", re.MULTILINE)
_NEEDED_BYTES = 5_000_000_000
# Settings that a user has for other builds, and that would make this one fail or differ.
_IGNORED = ("GOBIN", "GOEXPERIMENT")


@dataclass(frozen=True)
class Program:
    """A program that is compiled from a Go package.

    Attributes:
        name: The name of the executable.
        package: The Go package that it is compiled from.
        version: The version that the program reports; the release that go.mod requires.
        module: The directory with the go.mod and go.sum that pin its modules.
    """

    name: str
    package: str
    version: str
    module: Path

    @property
    def pins(self) -> bytes:
        """The files with the versions and hashes of all its modules."""
        # go.sum has what the build reads on Linux and macOS. To write it after a change of go.mod,
        # empty it and run `go list -mod=mod -deps PACKAGE` with each GOOS.
        return b"".join((self.module / name).read_bytes() for name in ("go.mod", "go.sum"))

    @property
    def linker_flags(self) -> str:
        """Without the version the program calls itself a development build."""
        return f"-s -w -X {_SDK}/go/common/version.Version={self.version}"

    @property
    def required_go(self) -> str:
        """The oldest Go that compiles it, from its go.mod."""
        found = _GO_DIRECTIVE.search((self.module / "go.mod").read_text(encoding="utf-8"))
        if found is None:
            raise AssertionError(self.module)
        return found[1]


@dataclass(frozen=True)
class Script:
    """A program that a Go module has ready to run.

    Attributes:
        name: The name of the executable.
        module: The Go module.
        path: Its path in the module.
    """

    name: str
    module: str
    path: str


def _engine(version: str, modules: str) -> Program:
    package = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
    return Program("pulumi", package, version, _MODULES / modules)


ENGINE = _engine("3.276.0", "pulumi")

# The oldest that is supported: `make test-oldest-engine` builds it.
OLDEST_ENGINE = _engine("3.200.0", "pulumi-oldest")

# The last release in which the host is in the sdk module: it needs a go.mod of its own.
LANGUAGE_HOST = Program(
    name="pulumi-language-python",
    package=f"{_SDK}/python/cmd/pulumi-language-python",
    version="3.79.0",
    module=_MODULES / "language-python",
)

# From the modules of the engine: they belong to its release, not to the language host's.
SCRIPTS = (
    Script("pulumi-language-python-exec", _SDK, "python/cmd/pulumi-language-python-exec"),
    Script("pulumi-resource-pulumi-python", _SDK, "python/dist/pulumi-resource-pulumi-python"),
)

EXECUTABLES = tuple(part.name for part in (LANGUAGE_HOST, ENGINE, *SCRIPTS))


def _programs(engine: Program) -> tuple[Program, Program]:
    """Give what is compiled: the small one first, so that what cannot be built fails soon."""
    return LANGUAGE_HOST, engine


def required_go(engine: Program = ENGINE) -> str:
    """Return the oldest Go that compiles all the programs."""
    needed = (program.required_go for program in _programs(engine))
    return max(needed, key=lambda go: version_in(go) or ())


def cache_key(engine: Program = ENGINE) -> str:
    """Name a build: other modules, other programs or another kind of machine, another name."""
    digest = hashlib.sha256()
    for program in _programs(engine):
        digest.update(f"{program.name} {program.package} {program.linker_flags}\n".encode())
        digest.update(program.pins)
    for script in SCRIPTS:
        digest.update(f"{script}\n".encode())
    machine = f"{sys.platform}-{platform.machine().lower()}"
    return f"{engine.version}-{machine}-{digest.hexdigest()[:12]}"


def is_built(place: Path) -> bool:
    """Return whether ``place`` has a complete engine."""
    return all(is_executable(place / "bin" / name) for name in EXECUTABLES)


def build(place: Path, environment: Mapping[str, str], engine: Program = ENGINE) -> None:
    """Build an engine into ``place``, unless it is there. Continues an interrupted build.

    One process builds at a time; the others wait and then use the result. Modules and compiled
    packages are kept beside ``place`` until the engine is complete, and removed then.

    Args:
        place: Becomes a directory with ``bin`` in it, in one step.
        environment: The user's; says where Go modules come from.
        engine: ``ENGINE`` or ``OLDEST_ENGINE``.

    Raises:
        SetUpError: It cannot be built; says what to do next.
        OSError: The cache directory cannot be written.
    """
    work = place.with_name(f"{place.name}.work")
    with exclusive(place.with_name(f"{place.name}.lock"), "building the engine"):
        if not is_built(place):
            started = time.monotonic()
            log(
                f"engine: building Pulumi {engine.version} from its Go modules, once for this "
                "machine; about 5 minutes on 2 cores"
            )
            if work.exists():
                log("  continuing an earlier run")
            else:
                work.mkdir()
                _warn_about_space(work)
            go = find_go(required_go(engine), work, environment)
            compiled = _compile(engine, work, go, _environment(work, go, environment))
            shutil.rmtree(place, ignore_errors=True)
            compiled.replace(place)
            log(f"engine: ready in {place / 'bin'} ({duration(time.monotonic() - started)})")
        # Also after a run that was killed here. Files that a stray process still writes stay.
        shutil.rmtree(work, ignore_errors=True)


def _warn_about_space(work: Path) -> None:
    free = shutil.disk_usage(work).free
    if free < _NEEDED_BYTES:
        log(f"  only {free / 1e9:.1f} GB are free in {work.parent}; the build needs about 5 GB")


def _environment(work: Path, go: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the build: the user's, with our directories and settings."""
    # A GOROOT of the user belongs to the user's Go.
    ignored = {*_IGNORED, "GOROOT"} if work in go.parents else {*_IGNORED}
    inherited = {name: value for name, value in environment.items() if name not in ignored}
    temporary = work / "tmp"
    temporary.mkdir(exist_ok=True)
    host = output_of([str(go), "env", "GOHOSTOS", "GOHOSTARCH"], inherited, directory=work)
    system, architecture = (host or "").split()
    return {
        **inherited,
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOARCH": architecture,
        "GOCACHE": str(work / "packages"),
        # Otherwise the modules are read-only, and cannot simply be removed.
        "GOFLAGS": "-modcacherw",
        "GOMODCACHE": str(work / "modules"),
        "GOOS": system,
        "GOTMPDIR": str(temporary),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def _compile(engine: Program, work: Path, go: Path, environment: Mapping[str, str]) -> Path:
    """Compile the programs, and return the directory with their ``bin``."""
    # A directory for each run: a compiler that outlives a killed run writes into the old one.
    out = work / f"out.{os.getpid()}"
    binaries = out / "bin"
    shutil.rmtree(out, ignore_errors=True)
    binaries.mkdir(parents=True)
    for program in _programs(engine):
        _compile_program(program, binaries, work, go, environment)
    for script in SCRIPTS:
        source = output_of(
            [str(go), "list", "-m", "-f", "{{.Dir}}", script.module],
            environment,
            directory=engine.module,
        )
        if not source:
            message = f"{script.module} is not among the fetched modules: run make clean-cache"
            raise SetUpError(message)
        shutil.copyfile(Path(source) / script.path, binaries / script.name)
        (binaries / script.name).chmod(0o755)
    if output_of([str(binaries / engine.name), "version"], environment) is None:
        message = f"the engine was built, but does not run: {binaries / engine.name}"
        raise SetUpError(message)
    return out


def _compile_program(
    program: Program, binaries: Path, work: Path, go: Path, environment: Mapping[str, str]
) -> None:
    log(f"engine: {program.name}")
    listed: list[str] = []
    compiled: list[str] = []

    def modules() -> int:
        return sum(line.startswith("go: ") for line in listed)

    def command(step: str, *words: str) -> Command:
        log_file = work / f"{program.name}.{step}.log"
        return Command([str(go), *words], program.module, environment, log_file)

    failure = "the engine could not be built"
    run_long(
        command("modules", "list", "-deps", program.package),
        failure,
        progress=lambda: f"fetching its modules: {modules()} so far",
        on_line=listed.append,
    )
    packages = len(listed) - modules()
    log(f"  compiling its {packages} packages")
    flags = ["-v", "-trimpath", "-buildvcs=false", "-ldflags", program.linker_flags]
    run_long(
        command("build", "build", *flags, "-o", str(binaries / program.name), program.package),
        failure,
        progress=lambda: f"compiled {len(compiled)} packages, of at most {packages}",
        on_line=compiled.append,
    )
