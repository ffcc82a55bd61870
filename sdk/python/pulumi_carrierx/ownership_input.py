"""The owner that a resource keeps with its number, where the stack has ``carrierx:ownershipKey``.

Only the program knows the project, the stack and the resource's name: the engine does not tell a
dynamic provider.
"""

from __future__ import annotations

import os

import pulumi

from carrierx_provider.core.settings import ConfigurationError, ownership_key


def ownership_input(resource_name: str) -> dict[str, str] | None:
    """The ownership record of one resource, or None where the stack keeps none.

    :raises pulumi.RunError: ``carrierx:ownershipKey`` is no key; one line.
    """
    try:
        key = ownership_key(pulumi.Config("carrierx").get, os.environ)
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None
    if key is None:
        return None
    owner = f"{pulumi.get_project()}/{pulumi.get_stack()}/{resource_name}"
    return {"key": key, "owner": owner}
