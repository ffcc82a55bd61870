"""Where the engine is: the one named, the one on PATH, the one built before, or one built now."""

from collections.abc import Mapping
from pathlib import Path

from tools.engine.build import build, is_built
from tools.engine.installed import installed_engine
from tools.engine.recipe import EXECUTABLES, cache_key
from tools.set_up.cache_directory import cache_directory
from tools.set_up.executable import is_executable
from tools.set_up.failure import SetUpError


def engine_directory(environment: Mapping[str, str]) -> Path:
    """Give the directory with ``pulumi`` in it; build the engine first if there is none.

    ``PULUMI_CARRIERX_ENGINE_DIR`` names one; else the one on ``PATH`` is taken if it will do, else
    the one that was built before, else one is built. Put the directory on ``PATH``, behind that of
    the Python that shall run programs: the host that is built here takes the first Python there.

    Raises:
        SetUpError: There is none and none can be built; says what to do next.
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
    cache = cache_directory(environment)
    place = cache / "engine" / cache_key()
    left_over = place.with_name(f"{place.name}.work")
    if not is_built(place) or left_over.exists():
        build(place, cache, environment)
    return place / "bin"
