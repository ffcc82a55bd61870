"""The packages of this environment as wheels again, for pip to install them without a network.

pip then resolves a project's real dependencies from their real metadata, and what is not declared
is missing. Neither an index nor anybody's cache is needed: an environment made from a lock leaves
in uv's cache no list of versions that a resolver could read offline.
"""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from zipfile import ZipFile


def make_wheelhouse(folder: Path, requirements: Iterable[str]) -> None:
    """Put all that may be needed for these requirements into a folder.

    Extras and markers are not looked at, so there may be more in it than is needed; what is not
    installed here is left out. pip decides.

    Args:
        folder: An empty folder.
        requirements: As a project's metadata has them, such as ``httpx>=0.27,<1``.
    """
    waiting = list(requirements)
    seen = set()
    while waiting:
        found = re.match(r"[\w.-]+", waiting.pop())
        name = found[0].lower() if found else ""
        if name in seen:
            continue
        seen.add(name)
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        waiting += installed.requires or []
        _pack(installed, folder)


def _pack(installed: Distribution, folder: Path) -> None:
    name = re.sub(r"[-_.]+", "_", installed.metadata["Name"])
    tags = re.findall(r"^Tag: (\S+)-(\S+)-(\S+)$", installed.read_text("WHEEL") or "", re.MULTILINE)
    # Each part of a file's tag is a set: cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.
    tag = "-".join(".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True))
    with ZipFile(folder / f"{name}-{installed.version}-{tag}.whl", "w") as wheel:
        for file in installed.files or ():
            # Commands are outside; compiled files are made again.
            if file.parts[0] != ".." and "__pycache__" not in file.parts:
                wheel.write(str(file.locate()), file.as_posix())
