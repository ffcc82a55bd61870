"""Where the engine is: the one named, the one on PATH, the one built before, or one built now."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.bootstrap.engine_build import (
    ENGINE,
    EXECUTABLES,
    OLDEST_ENGINE,
    Program,
    build,
    cache_key,
    is_built,
)
from tools.bootstrap.errors import SetUpError
from tools.bootstrap.log import log
from tools.bootstrap.system import cache_directory, is_executable, output_of, unsuitable_because


def engine_directory(environment: Mapping[str, str]) -> Path:
    """Return the directory with ``pulumi`` in it; build the engine first if there is none.

    ``PULUMI_CARRIERX_ENGINE_DIR`` names one; else the one on ``PATH`` is used if it is suitable,
    else the one that was built before, else one is built. Put the directory on ``PATH`` behind that
    of the Python that shall run programs: the language host built here runs the first Python there.

    Raises:
        SetUpError: There is no engine and none can be built; says what to do next.
        OSError: The cache directory cannot be written.
    """
    if named := environment.get("PULUMI_CARRIERX_ENGINE_DIR"):
        missing = [name for name in EXECUTABLES if not is_executable(Path(named) / name)]
        if missing:
            message = f"PULUMI_CARRIERX_ENGINE_DIR is {named}, which has no {', '.join(missing)}"
            raise SetUpError(message)
        return Path(named).absolute()
    if installed := installed_engine(environment):
        return installed
    return built_engine(environment)


def built_engine(environment: Mapping[str, str], engine: Program = ENGINE) -> Path:
    """Return the directory of an engine that is built here; build it if it is not in the cache.

    Raises:
        SetUpError: It cannot be built; says what to do next.
        OSError: The cache directory cannot be written.
    """
    place = cache_directory(environment) / "engine" / cache_key(engine)
    left_over = place.with_name(f"{place.name}.work")
    if not is_built(place) or left_over.exists():
        build(place, environment, engine)
    return place / "bin"


def installed_engine(environment: Mapping[str, str]) -> Path | None:
    """Return the directory of the ``pulumi`` on ``PATH``, or None if it is not suitable.

    It is suitable when it runs, is as new as ``OLDEST_ENGINE``, and the programs that run Python
    programs and Python dynamic providers are beside it or on ``PATH``. A line says if it is not.
    """
    path = environment.get("PATH")
    found = shutil.which("pulumi", path=path)
    if found is None:
        return None
    version = output_of([found, "version"], {**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"})
    # The target of a link counts too: the engine looks beside the file that the link leads to.
    beside = [Path(found).parent, Path(found).resolve().parent]
    missing = [
        name
        for name in EXECUTABLES
        if not shutil.which(name, path=path)
        and not any(is_executable(directory / name) for directory in beside)
    ]
    if reason := unsuitable_because(version, OLDEST_ENGINE.version, missing):
        log(f"engine: not using {found}: {reason}")
        return None
    return beside[0]
