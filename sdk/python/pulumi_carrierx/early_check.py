"""All mistakes of a program at once, before anything is registered.

The engine stops at the first resource whose check fails, so a person with ten mistakes would meet
them one by one; and a mistake that Python itself finds, such as a misspelt argument, would end the
program with a traceback while the resources before it are being registered. But a program runs to
its end before its first registration leaves it. So each resource notes here what is wrong with the
values that are known by then, and the one input that all External DIDs share, the reference to
their provider, resolves only if nothing was noted.

The provider's own check stays the judge; it also sees what is only known later.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER

Declared = TypeVar("Declared", bound=pulumi.CustomResource)
Arguments = ParamSpec("Arguments")


class _Program:
    """What one run of a program has noted."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []
        self.wrong_resources: set[str] = set()
        self.stated_by: dict[tuple[str, str], str] = {}
        # A user's unit tests share one loop and one process: each number answers for itself.
        self.alone = isinstance(get_monitor(), MockMonitor)
        self.registering = self.alone
        self.reference: pulumi.Output[str] = pulumi.Output.from_input(self._reference())

    def note(self, resource_name: str, mistakes: list[str]) -> None:
        if mistakes:
            self.wrong_resources.add(resource_name)
            self.mistakes += [f"{resource_name}: {mistake}" for mistake in mistakes]
            if self.registering:
                # Declared in an ``apply``: nobody waits for the reference any more.
                raise pulumi.RunError(self.mistakes[-1])

    async def _reference(self) -> str:
        if self.alone or not self.mistakes:
            self.registering = True
            return EXTERNAL_DID_PROVIDER
        for mistake in self.mistakes:
            pulumi.log.error(mistake)
        message = (
            f"{_counted(len(self.mistakes), 'mistake')} in "
            f"{_counted(len(self.wrong_resources), 'External DID')}: nothing was sent to "
            "CarrierX. Mend the program and run again."
        )
        raise pulumi.RunError(message)


# A process may run several programs (the Automation API), each in an event loop of its own.
_programs: WeakKeyDictionary[asyncio.AbstractEventLoop, _Program] = WeakKeyDictionary()


def _program() -> _Program:
    loop = asyncio.get_event_loop()
    program = _programs.get(loop)
    if program is None:
        program = _programs[loop] = _Program()
    return program


def noting_wrong_arguments(
    declare: Callable[Concatenate[Declared, str, Arguments], None],
) -> Callable[Concatenate[Declared, str, Arguments], None]:
    """Let a resource's constructor note misspelt and missing arguments like any other mistake."""
    parameters = inspect.signature(declare).parameters
    required = [
        name
        for name, parameter in parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
    ]

    @functools.wraps(declare)
    def constructor(
        self: Declared, resource_name: str, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> None:
        misspelt = {name: value for name, value in kwargs.items() if name not in parameters}
        for name in misspelt:
            del kwargs[name]
        for name in required:
            kwargs.setdefault(name, None)
        if misspelt:
            from carrierx_provider.external_did.inputs import check_inputs  # noqa: PLC0415

            # A misspelt argument is a mistake whatever its value is.
            failures = check_inputs(dict.fromkeys(misspelt, "")).failures
            mistakes = [f"{f.field}: {f.reason}" for f in failures if f.field in misspelt]
            _program().note(resource_name, mistakes)
        declare(self, resource_name, *args, **kwargs)

    return cast("Callable[Concatenate[Declared, str, Arguments], None]", constructor)


def checked_reference(resource_name: str, inputs: Mapping[str, Any]) -> pulumi.Output[str]:
    """The reference to the provider, for one resource whose inputs are checked as far as known.

    :param inputs: the resource's inputs, None for what is not stated; Outputs count as unknown.
    """
    from carrierx_provider.external_did.inputs import check_inputs  # noqa: PLC0415 -- pydantic

    program = _program()
    checked = check_inputs({name: _known(value) for name, value in inputs.items()})
    mistakes = [f"{failure.field}: {failure.reason}" for failure in checked.failures]
    wrong = {failure.field for failure in checked.failures}
    # After a mistake elsewhere the inputs are as they came, so the number is checked by itself.
    number = check_inputs({"phonenumber": checked.inputs.get("phonenumber")}).inputs.get(
        "phonenumber"
    )
    account = checked.inputs.get("account", "")
    comparable = "phonenumber" not in wrong and not program.alone
    if comparable and isinstance(number, str) and isinstance(account, str):
        first = program.stated_by.setdefault((account, number), resource_name)
        if first != resource_name:
            mistakes.append(
                f"phonenumber: {first} states {number} too, and a number is registered once"
            )
    program.note(resource_name, mistakes)
    return program.reference


def _known(value: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input
    from carrierx_provider.unknown import UNKNOWN  # noqa: PLC0415 -- loaded with the check

    if isinstance(value, (pulumi.Output, Awaitable)):
        return UNKNOWN
    if isinstance(value, dict):
        return {key: _known(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_known(inner) for inner in value]
    return value


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
