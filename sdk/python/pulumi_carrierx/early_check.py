"""All mistakes of a program at once, before anything is registered.

The engine stops at the first resource whose check fails, so a person with ten mistakes would meet
them one by one. But a program runs to its end before its first registration leaves it. So each
resource notes here what is wrong with the values that are known by then, and the one input that
all External DIDs share, the reference to their provider, resolves only if nothing was noted.

The provider's own check stays the judge; it also sees what is only known later.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pulumi

from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Program:
    """What one run of a program has noted."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []
        self.resources: set[str] = set()
        self.reference: pulumi.Output[str] = pulumi.Output.from_input(self._reference())

    async def _reference(self) -> str:
        if not self.mistakes:
            return EXTERNAL_DID_PROVIDER
        for mistake in self.mistakes:
            pulumi.log.error(mistake)
        message = (
            f"{_counted(len(self.mistakes), 'mistake')} in "
            f"{_counted(len(self.resources), 'External DID')}: nothing was sent to CarrierX. Mend "
            "the program and run again."
        )
        raise pulumi.RunError(message)


# A process may run several programs (the Automation API), each in an event loop of its own.
_programs: WeakKeyDictionary[asyncio.AbstractEventLoop, _Program] = WeakKeyDictionary()


def checked_reference(resource_name: str, inputs: Mapping[str, Any]) -> pulumi.Output[str]:
    """The reference to the provider, for one resource whose inputs are checked as far as known.

    :param inputs: the resource's inputs, None for what is not stated; Outputs count as unknown.
    """
    from carrierx_provider.external_did.inputs import check_inputs  # noqa: PLC0415 -- pydantic

    loop = asyncio.get_event_loop()
    program = _programs.get(loop)
    if program is None:
        program = _programs[loop] = _Program()
    failures = check_inputs({name: _known(value) for name, value in inputs.items()}).failures
    if failures:
        program.resources.add(resource_name)
        program.mistakes += [
            f"{resource_name}: {failure.field}: {failure.reason}" for failure in failures
        ]
    return program.reference


def _known(value: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input
    from carrierx_provider.unknown import UNKNOWN  # noqa: PLC0415 -- loaded with the check

    if isinstance(value, dict):
        return {key: _known(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_known(inner) for inner in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    # An Output or an awaitable; anything else is the engine's to refuse.
    return UNKNOWN


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
