"""Where the things live that outlast a checkout: the Pulumi engine, and uv."""

from collections.abc import Mapping
from pathlib import Path

from tools.set_up.failure import SetUpError


def cache_directory(environment: Mapping[str, str]) -> Path:
    """Name the cache directory, whether it exists or not.

    ``PULUMI_CARRIERX_CACHE`` if it is set, else ``pulumi-carrierx`` in ``XDG_CACHE_HOME``, else in
    ``~/.cache``. As its specification asks, a relative ``XDG_CACHE_HOME`` is ignored.

    Raises:
        SetUpError: None of these is set and the user has no home directory.
    """
    if stated := environment.get("PULUMI_CARRIERX_CACHE"):
        return Path(stated).absolute()
    standard = Path(environment.get("XDG_CACHE_HOME", ""))
    if standard.is_absolute():
        return standard / "pulumi-carrierx"
    home = environment.get("HOME")
    try:
        return (Path(home) if home else Path.home()) / ".cache" / "pulumi-carrierx"
    except RuntimeError as error:
        message = "there is no home directory: set PULUMI_CARRIERX_CACHE to a directory"
        raise SetUpError(message) from error
