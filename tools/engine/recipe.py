"""What is built, from which modules: the data of the build, without the doing."""

import hashlib
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MODULES = Path(__file__).with_name("modules")
_SDK = "github.com/pulumi/pulumi/sdk/v3"
_GO_DIRECTIVE = re.compile(r"^go (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A program that is compiled from a Go package.

    Attributes:
        name: Of the executable.
        package: The Go package that it is compiled from.
        version: What the program says its version is; the release that go.mod requires.
        module: The directory with the go.mod and go.sum that pin all it is made from.
    """

    name: str
    package: str
    version: str
    module: Path

    @property
    def pins(self) -> bytes:
        """The two files that say which modules, in which versions, with which sums."""
        return b"".join((self.module / name).read_bytes() for name in ("go.mod", "go.sum"))

    @property
    def linker_flags(self) -> str:
        """Without the version the program calls itself a development build."""
        return f"-s -w -X {_SDK}/go/common/version.Version={self.version}"

    @property
    def required_go(self) -> str:
        """The oldest Go that compiles it, as its go.mod says."""
        found = _GO_DIRECTIVE.search((self.module / "go.mod").read_text(encoding="utf-8"))
        if found is None:
            raise AssertionError(self.module)
        return found[1]


@dataclass(frozen=True)
class Script:
    """A program that lies ready to run in a Go module.

    Attributes:
        name: Of the executable.
        module: The Go module that it lies in.
        path: Where it lies in the module.
    """

    name: str
    module: str
    path: str


ENGINE = Program(
    name="pulumi",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version="3.259.0",
    module=_MODULES / "pulumi",
)

# The last release in which the host lay inside the sdk module: it needs a go.mod of its own.
LANGUAGE_HOST = Program(
    name="pulumi-language-python",
    package=f"{_SDK}/python/cmd/pulumi-language-python",
    version="3.79.0",
    module=_MODULES / "language-python",
)

# The small one first, so that a machine on which nothing can be built says so soon.
PROGRAMS = (LANGUAGE_HOST, ENGINE)

# From the modules of ENGINE: they belong to the engine's release, not to the language host's.
SCRIPTS = (
    Script("pulumi-language-python-exec", _SDK, "python/cmd/pulumi-language-python-exec"),
    Script("pulumi-resource-pulumi-python", _SDK, "python/dist/pulumi-resource-pulumi-python"),
)

EXECUTABLES = tuple(part.name for part in (*PROGRAMS, *SCRIPTS))


def cache_key(programs: Sequence[Program] = PROGRAMS) -> str:
    """Name this build: another recipe, another kind of machine, another name.

    Args:
        programs: What the build compiles; by default all that an engine needs.
    """
    digest = hashlib.sha256()
    for program in programs:
        digest.update(f"{program.name} {program.package} {program.linker_flags}\n".encode())
        digest.update(program.pins)
    for script in SCRIPTS:
        digest.update(f"{script}\n".encode())
    machine = f"{sys.platform}-{platform.machine().lower()}"
    return f"{ENGINE.version}-{machine}-{digest.hexdigest()[:12]}"
