"""The documented provider, call by call the same, as cheap for the engine as ``nothing``.

As documented, a program ends before 300 numbers. This one does not, so that one call a number can
be compared at sizes beyond.
"""

from typing import Any

from as_documented import (  # type: ignore[import-not-found]  # copied beside it when it runs
    ExternalDIDProvider,
)
from pulumi.dynamic import Resource


class PerNumberProvider(ExternalDIDProvider):  # type: ignore[misc]  # its base is not found, above
    """Importable, without state, not secret."""

    serialize_as_secret_always = False


class PerNumber(Resource, module="benchmark", name="PerNumber"):
    """One number."""

    def __init__(self, name: str, props: dict[str, Any]) -> None:
        """Declare it."""
        super().__init__(PerNumberProvider(), name, props)
