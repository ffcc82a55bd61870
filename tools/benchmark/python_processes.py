"""What each Python process of an engine run took, told by the process itself as it ends.

Python runs a module named ``sitecustomize`` at its start, in every process that the engine starts.
"""

import json
from dataclasses import dataclass
from pathlib import Path

_SITECUSTOMIZE = """\
import atexit
import gc
import json
import os
import sys
import time
from pathlib import Path

begun = time.time()


def tell():
    said = {
        "command": sys.orig_argv,
        "begun": begun,
        "ended": time.time(),
        "cpu_seconds": time.process_time(),
        "modules": len(sys.modules),
    }
    Path(os.environ["TOLD"], f"{os.getpid()}.json").write_text(json.dumps(said))


atexit.register(tell)
if os.environ.get("GARBAGE_COLLECTION") == "off":
    gc.disable()
"""


@dataclass(frozen=True, slots=True)
class PythonProcess:
    """One process that has ended."""

    command: tuple[str, ...]
    begun: float
    """When it came to its ``sitecustomize``, in seconds since 1970; so does ``ended``."""
    ended: float
    cpu_seconds: float
    """User and system time of the whole process, the start of Python included."""
    modules: int
    """How many modules it had loaded at its end."""

    @property
    def is_program(self) -> bool:
        """Whether it ran a Pulumi program."""
        return any(part.endswith("pulumi-language-python-exec") for part in self.command)

    @property
    def is_provider(self) -> bool:
        """Whether it was the process of the dynamic providers."""
        return "pulumi.dynamic" in self.command

    @property
    def is_package_list(self) -> bool:
        """Whether it listed the packages, by which the language host looks for plugins."""
        return {"pip", "list"} <= set(self.command)


class PythonProcesses:
    """Collects what the processes of a run tell."""

    def __init__(self, folder: Path) -> None:
        """Keep what is needed in ``folder``, which is made."""
        self._told = folder / "told"
        self._told.mkdir(parents=True)
        (folder / "sitecustomize.py").write_text(_SITECUSTOMIZE, encoding="utf-8")
        self.environment = {"PYTHONPATH": str(folder), "TOLD": str(self._told)}
        """The variables that a run needs, for its processes to tell."""

    def take(self) -> list[PythonProcess]:
        """Those that have ended since this was asked last, in the order in which they began."""
        processes = []
        for file in self._told.iterdir():
            said = json.loads(file.read_text(encoding="utf-8"))
            processes.append(PythonProcess(**{**said, "command": tuple(said["command"])}))
            file.unlink()
        return sorted(processes, key=lambda process: process.begun)
