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
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from carrierx_provider.core.text import shorten
from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER
from pulumi_carrierx.program_values import as_output, capability_input, is_known_later, json_input
from pulumi_carrierx.registrations_in_turn import await_registrations_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from carrierx_provider.external_did.inputs import InputFailure
    from carrierx_provider.number_table.checked_table import CheckedTable
    from carrierx_provider.number_table.row import WrittenRow
    from carrierx_provider.number_table.table_mistake import TableMistake

Declared = TypeVar("Declared", bound=pulumi.CustomResource)
Arguments = ParamSpec("Arguments")


class _Program:
    """What one run of a program has noted."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []
        self.wrong_arguments: list[str] = []
        self.wrong_resources: set[str] = set()
        self.wrong_tables = 0
        self.labels: dict[str, WrittenRow] = {}
        self.names: set[str] = set()
        self.stated_by: dict[tuple[str, str], str] = {}
        # A user's unit tests share one loop and one process: each number answers for itself.
        self.alone = isinstance(get_monitor(), MockMonitor)
        self.registering = self.alone
        if not self.alone:
            await_registrations_in_turn()
        self.reference: pulumi.Output[str] = pulumi.Output.from_input(self._reference())

    def note(self, resource_name: str, mistakes: list[str]) -> None:
        found = [f"{shorten(resource_name)}: {mistake}" for mistake in mistakes]
        if found:
            self.wrong_resources.add(resource_name)
            self.mistakes += found
            if self.registering:
                # Declared in an ``apply``: nobody waits for the reference any more.
                raise pulumi.RunError("; ".join(found))

    def note_table(self, mistakes: Sequence[TableMistake]) -> None:
        self.wrong_tables += 1
        self.mistakes += map(str, mistakes)
        if self.registering:
            raise pulumi.RunError("; ".join(map(str, mistakes)))

    async def _reference(self) -> str:
        if self.alone or not self.mistakes:
            self.registering = True
            return EXTERNAL_DID_PROVIDER
        for mistake in self.mistakes:
            pulumi.log.error(mistake)
        wrong = {
            "External DID": (len(self.wrong_resources), "the program"),
            "table": (self.wrong_tables, "the table" if self.wrong_tables == 1 else "the tables"),
        }
        where = [_counted(count, thing) for thing, (count, _) in wrong.items() if count]
        mend = [what for count, what in wrong.values() if count]
        message = (
            f"{_counted(len(self.mistakes), 'mistake')} in {' and '.join(where)}: nothing was "
            f"sent to CarrierX. Mend {' and '.join(mend)} and run again."
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
        noted: list[str] = []
        if not (isinstance(resource_name, str) and resource_name.isprintable() and resource_name):
            noted.append(
                "the resource's name in the stack must be a string of printable characters"
            )
            is_text = isinstance(resource_name, str) and resource_name
            resource_name = shorten(resource_name) if is_text else "(without a name)"
        if args:
            noted.append(
                f"{_counted(len(args), 'argument')} without a name: write each as phonenumber=…, "
                "capabilities=… and so on"
            )
        misspelt = [name for name in kwargs if name not in parameters]
        for name in misspelt:
            del kwargs[name]
        for name in required:
            kwargs.setdefault(name, None)
        if misspelt:
            from carrierx_provider.external_did.inputs import check_inputs  # noqa: PLC0415

            # A misspelt argument is a mistake whatever its value is.
            failures = check_inputs(dict.fromkeys([*required, *misspelt], "")).failures
            noted += [_line(failure) for failure in failures if failure.field not in parameters]
        _program().wrong_arguments = noted
        declare_by_names: Any = declare
        declare_by_names(self, resource_name, **kwargs)

    return cast("Callable[Concatenate[Declared, str, Arguments], None]", constructor)


def checked_inputs(
    resource_name: str, stated: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> dict[str, Any]:
    """What to register for one resource whose inputs are checked as far as they are known.

    After a mistake only the reference to the provider is left, by which the program will fail.

    :param stated: what the program states, None for what it does not; Outputs count as unknown.
    :returns: the inputs as they travel to the engine, and ``__provider``.
    """
    from carrierx_provider.external_did.inputs import check_inputs  # noqa: PLC0415 -- pydantic

    program = _program()
    mistakes, program.wrong_arguments = program.wrong_arguments, []
    mistakes += _name_mistakes(program, resource_name, opts)
    checked = check_inputs(stated, is_known_later)
    mistakes += [_line(failure) for failure in checked.failures]
    wrong = {failure.field for failure in checked.failures}
    number = checked.inputs.get("phonenumber")
    if checked.failures:
        # After a mistake elsewhere the inputs are as they came: so the number is checked by itself.
        alone = {"phonenumber": stated.get("phonenumber")}
        number = check_inputs(alone, is_known_later).inputs.get("phonenumber")
    account = checked.inputs.get("account", "")
    comparable = "phonenumber" not in wrong and not program.alone
    if comparable and isinstance(number, str) and isinstance(account, str):
        first = program.stated_by.get((account, number))
        program.stated_by[account, number] = resource_name
        # Two resources may have one name, under parents of two types.
        if first is not None:
            mistakes.append(
                f"phonenumber: {first} states {number} too, and a number is registered once"
            )
    program.note(resource_name, mistakes)
    inputs = dict.fromkeys(stated) if mistakes else _travelling(resource_name, stated)
    return {"__provider": program.reference, **inputs}


def noted_table(checked: CheckedTable) -> dict[str, pulumi.Output[None]]:
    """Note what is wrong with a table of numbers, and which labels it gives.

    :returns: inputs of its component, which say nothing; after a mistake anywhere in the program
        they fail, so that no component is left in the state without its numbers.
    """
    from carrierx_provider.number_table.checked_table import taken_labels  # noqa: PLC0415

    program = _program()
    mistakes = list(checked.mistakes)
    if not program.alone:
        mistakes += taken_labels(checked.rows, program.labels, program.names)
    if mistakes:
        program.note_table(mistakes)
    return {"table": program.reference.apply(lambda _: None)}


def checked_sid(
    resource_name: str,
    sid: Any,  # noqa: ANN401 -- any Pulumi Input
    account: Any,  # noqa: ANN401 -- any Pulumi Input
    opts: pulumi.ResourceOptions | None,
) -> tuple[Any, dict[str, Any]]:
    """The ID and the inputs of a resource that is only read; as ``checked_inputs``."""
    from carrierx_provider.external_did.argument_mistake import argument_mistake  # noqa: PLC0415

    def arrived(known: object) -> object:
        mistake = argument_mistake("sid", known)
        if mistake:
            message = f"{resource_name}: sid: {mistake}"
            raise pulumi.RunError(message)
        return known

    program = _program()
    mistakes = [
        f"{name}: {mistake}"
        for name, value in (("sid", sid), ("account", account))
        if value is not None or name == "sid"
        if not is_known_later(value)
        if (mistake := argument_mistake(name, value))
    ]
    mistakes += _name_mistakes(program, resource_name, opts)
    if is_known_later(sid):
        sid = as_output(sid).apply(arrived)
    elif mistakes:
        # Never asked for; the SDK wants a string.
        sid = "wrong"
    program.note(resource_name, mistakes)
    inputs = _travelling(resource_name, {"account": None if mistakes else account})
    return sid, {"__provider": program.reference, **inputs}


def _name_mistakes(
    program: _Program, resource_name: str, opts: pulumi.ResourceOptions | None
) -> list[str]:
    """A pool takes over what has one of its labels as its name, and no parent."""
    if program.alone or (opts is not None and opts.parent is not None):
        return []
    program.names.add(resource_name)
    if resource_name not in program.labels:
        return []
    return ["the name is the label of a number in a NumberPool too: give each its own"]


def _travelling(resource_name: str, stated: Mapping[str, Any]) -> dict[str, Any]:
    """The checked inputs, as they travel. What is known later is looked at once it is known."""

    def later(field: str, output: pulumi.Output[Any]) -> pulumi.Output[Any]:
        return output.apply(lambda value: arrived(field, value))

    def arrived(field: str, value: Any) -> Any:  # noqa: ANN401 -- any value of an Output
        # The SDK would meet a value that cannot travel with a traceback. All others go on to the
        # provider's check.
        from carrierx_provider.external_did.inputs import travel_failures  # noqa: PLC0415

        failures = travel_failures(field, value, is_known_later)
        if failures:
            lines = (f"{resource_name}: {_line(failure)}" for failure in failures)
            raise pulumi.RunError("; ".join(lines))
        return json_input(value, functools.partial(later, field))

    return {
        field: json_input(
            capability_input(value) if field == "capabilities" else value,
            functools.partial(later, field),
        )
        for field, value in stated.items()
    }


def _line(failure: InputFailure) -> str:
    return f"{failure.field}: {failure.reason}"


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
