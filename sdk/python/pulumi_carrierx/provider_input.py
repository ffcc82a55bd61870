"""What the SDK finds out for the provider: what is known later, secret, or whose a number is."""

from __future__ import annotations

import os
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from carrierx_provider.core.settings import Settings


def is_known_later(value: object) -> bool:
    """Whether the value is an Output or something to await."""
    return isinstance(value, (pulumi.Output, Awaitable))


def as_output(known_later: object) -> pulumi.Output[Any]:
    """The Output itself, or an Output of what is to be awaited."""
    if isinstance(known_later, pulumi.Output):
        return known_later
    # Output.from_input would look for further Outputs in the value, and would never return for a
    # value that contains itself.
    awaited: pulumi.Output[Any] = pulumi.Output.from_input(True).apply(lambda _: known_later)  # noqa: FBT003 -- any value
    return awaited


def secrecy_input(value: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input
    """True if the value turns out to be a secret, else None: the provider cannot see it."""
    if not isinstance(value, pulumi.Output):
        return None
    is_secret: pulumi.Output[bool] = pulumi.Output.from_input(value.is_secret())
    return is_secret.apply(lambda secret: secret or None)


def retention_input(opts: pulumi.ResourceOptions | None) -> bool | None:
    """True if the resource's own options retain the number, else None.

    The engine does not tell the provider. An option that the engine inherits from a component, or
    that a transformation sets, is not seen here either.
    """
    return True if opts is not None and opts.retain_on_delete else None


def order_input(opts: pulumi.ResourceOptions | None) -> bool | None:
    """True if the resource's own options release a number before another one takes its place.

    Else None, and likewise for a transformation's: see ``retention_input``.
    """
    return True if opts is not None and opts.delete_before_replace else None


def ownership_input(resource_name: str) -> dict[str, str] | None:
    """The ownership record of one resource, or None if the stack keeps none.

    Only the program knows the project, the stack and the resource's name: the engine does not tell
    them to a dynamic provider.
    """
    from carrierx_provider.core.settings import ConfigurationError  # noqa: PLC0415 -- pydantic

    try:
        key = stack_settings().ownership_key
    except ConfigurationError as error:
        raise pulumi.RunError(str(error)) from None
    if key is None:
        return None
    owner = f"{pulumi.get_project()}/{pulumi.get_stack()}/{resource_name}"
    return {"key": key, "owner": owner}


def stack_settings() -> Settings:
    """The settings of the stack that runs this program."""
    from carrierx_provider.core.settings import Settings  # noqa: PLC0415 -- pydantic

    configuration = pulumi.Config("carrierx")
    return Settings.of(lambda key: configuration.get(key.removeprefix("carrierx:")), os.environ)
