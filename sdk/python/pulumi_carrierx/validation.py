"""All mistakes of a program at once, before anything is registered.

The engine stops at the first resource whose check fails, so a person with ten mistakes would see
one after the other. An error of Python itself, such as an unknown argument, would end the program
with a traceback while other resources are being registered. But a program runs to its end before
its first registration is sent. So each resource reports here what is wrong with the values that
are known by then. All External DIDs have one input in common, the reference to their provider, and
it resolves only if nothing was reported.

The provider checks everything again, including the values that are only known later.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from carrierx_provider.core.text import plural, shorten
from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER
from pulumi_carrierx.provider_input import as_output, is_known_later

if TYPE_CHECKING:
    from carrierx_provider.number_table.check import CheckedTable
    from carrierx_provider.number_table.table import Row

Constructor = TypeVar("Constructor", bound=Callable[..., None])


class _Program:
    """What one run of a program has declared and what is wrong with it."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []
        # Of the resource under construction, until its inputs are checked.
        self.argument_errors: list[str] = []
        self.wrong_resources: set[str] = set()
        self.wrong_tables = 0
        self.labels: dict[str, Row] = {}
        self.names: set[str] = set()
        self.declared_by: dict[tuple[str, str], str] = {}
        # A user's unit tests share one loop and one process, so their resources are independent.
        self.is_test = isinstance(get_monitor(), MockMonitor)
        self.registering = self.is_test
        if not self.is_test:
            await_registrations_in_turn()
        self.reference: pulumi.Output[str] = pulumi.Output.from_input(self._reference())

    def report(self, resource_name: str, mistakes: Sequence[str]) -> None:
        """Keep the mistakes of a resource; an error at once if registrations have begun."""
        if mistakes:
            self.wrong_resources.add(resource_name)
            self.report_lines([f"{shorten(resource_name)}: {mistake}" for mistake in mistakes])

    def report_lines(self, lines: Sequence[str]) -> None:
        """Keep these lines, likewise."""
        self.mistakes += lines
        if self.registering:
            # Declared inside an ``apply``: the reference has resolved already.
            raise pulumi.RunError("; ".join(lines))

    async def _reference(self) -> str:
        if self.is_test or not self.mistakes:
            self.registering = True
            return EXTERNAL_DID_PROVIDER
        wrong = {
            "External DID": (len(self.wrong_resources), "the program"),
            "table": (self.wrong_tables, "the table" if self.wrong_tables == 1 else "the tables"),
        }
        where = [plural(count, noun) for noun, (count, _) in wrong.items() if count]
        what = [name for count, name in wrong.values() if count]
        advice = f"Fix {' and '.join(what)} and run again."
        if len(self.mistakes) == 1:
            raise pulumi.RunError(f"{self.mistakes[0]}. Nothing was sent to CarrierX. {advice}")
        for mistake in self.mistakes:
            pulumi.log.error(mistake)
        raise pulumi.RunError(
            f"{plural(len(self.mistakes), 'mistake')} in {' and '.join(where)}: nothing was sent "
            f"to CarrierX. {advice}"
        )


# A process may run several programs (the Automation API), each in an event loop of its own.
_programs: WeakKeyDictionary[asyncio.AbstractEventLoop, _Program] = WeakKeyDictionary()


def _program() -> _Program:
    loop = asyncio.get_event_loop()
    program = _programs.get(loop)
    if program is None:
        program = _programs[loop] = _Program()
    return program


def collect_argument_errors(declare: Constructor) -> Constructor:
    """Have ``checked_inputs`` report a constructor's unknown and missing arguments, too."""
    arguments = inspect.getfullargspec(declare).kwonlyargs

    @functools.wraps(declare)
    def constructor(self: Any, resource_name: Any, *args: object, **kwargs: Any) -> None:  # noqa: ANN401 -- whatever a program passes
        errors: list[str] = []
        if not (isinstance(resource_name, str) and resource_name.isprintable() and resource_name):
            errors.append(
                "the resource's name in the stack must be a string of printable characters"
            )
            is_text = isinstance(resource_name, str) and resource_name
            resource_name = shorten(resource_name) if is_text else "(without a name)"
        if args:
            errors.append(
                f"{plural(len(args), 'argument')} without a name: write each as phonenumber=…, "
                "capabilities=… and so on"
            )
        unknown = [name for name in kwargs if name not in arguments]
        if unknown:
            from carrierx_provider.external_did.inputs import not_an_input  # noqa: PLC0415

            errors += [str(not_an_input(name)) for name in unknown]
        _program().argument_errors = errors
        # None is the same as leaving an argument out, and its absence is a mistake like any other.
        declare(self, resource_name, **{name: kwargs.get(name) for name in arguments})

    return cast("Constructor", constructor)


def checked_inputs(
    resource_name: str, declared: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> dict[str, Any]:
    """The inputs of one resource, checked as far as they are known.

    Returns:
        The inputs as they are sent to the engine, and ``__provider``. After a mistake all other
        inputs are None, and the program fails by the reference to the provider.
    """
    # Loads pydantic.
    from carrierx_provider.external_did.inputs import check_inputs, number_of  # noqa: PLC0415

    program = _program()
    checked = check_inputs(declared, is_known_later)
    mistakes = [
        *program.argument_errors,
        *_name_mistakes(program, resource_name, opts),
        *map(str, checked.failures),
    ]
    number = None if program.is_test else number_of(checked)
    if number is not None:
        first = program.declared_by.get(number)
        program.declared_by[number] = resource_name
        # Two resources may have the same name, under parents of two types.
        if first is not None:
            mistakes.append(
                f"phonenumber: {first} declares {number[1]} too, and a number can be registered "
                "only once"
            )
    program.report(resource_name, mistakes)
    inputs = dict.fromkeys(declared) if mistakes else _sent(resource_name, declared)
    return {"__provider": program.reference, **inputs}


def collect_table_errors(checked: CheckedTable) -> dict[str, pulumi.Output[None]]:
    """Report what is wrong with a table of numbers, and keep the labels that it gives.

    Returns:
        Inputs of its component, which have no content. After a mistake anywhere in the program they
        fail, so that no component is left in the state without its numbers.
    """
    from carrierx_provider.number_table.check import taken_labels  # noqa: PLC0415

    program = _program()
    problems = list(checked.problems)
    if not program.is_test:
        problems += taken_labels(checked.rows, program.labels, program.names)
    if problems:
        program.wrong_tables += 1
        program.report_lines([str(problem) for problem in problems])
    return {"table": program.reference.apply(lambda _: None)}


def checked_sid(
    resource_name: str,
    sid: Any,  # noqa: ANN401 -- any Pulumi Input
    account: Any,  # noqa: ANN401 -- any Pulumi Input
    opts: pulumi.ResourceOptions | None,
) -> tuple[Any, dict[str, Any]]:
    """The ID and the inputs of a resource that is only read, as ``checked_inputs``."""
    from carrierx_provider.external_did.inputs import argument_mistakes  # noqa: PLC0415

    def check_when_known(known: object) -> object:
        for mistake in argument_mistakes({"sid": known}):
            raise pulumi.RunError(f"{resource_name}: {mistake}")
        return known

    program = _program()
    arguments = {"sid": sid} if account is None else {"sid": sid, "account": account}
    known_now = {name: value for name, value in arguments.items() if not is_known_later(value)}
    mistakes = argument_mistakes(known_now)
    mistakes += _name_mistakes(program, resource_name, opts)
    if is_known_later(sid):
        sid = as_output(sid).apply(check_when_known)
    elif mistakes:
        # Never sent; the SDK requires a string.
        sid = "wrong"
    program.report(resource_name, mistakes)
    inputs = _sent(resource_name, {"account": None if mistakes else account})
    return sid, {"__provider": program.reference, **inputs}


def _name_mistakes(
    program: _Program, resource_name: str, opts: pulumi.ResourceOptions | None
) -> list[str]:
    """A resource without a parent, named as a pool's label, would be moved into the pool."""
    if program.is_test or (opts is not None and opts.parent is not None):
        return []
    program.names.add(resource_name)
    if resource_name not in program.labels:
        return []
    return ["the name is also the label of a number in a NumberPool: rename one of them"]


def _sent(resource_name: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    """The checked inputs as they are sent. A value that is known later is checked then."""
    # They load pydantic.
    from carrierx_provider.core.json_values import exact_json  # noqa: PLC0415
    from carrierx_provider.core.validation import failures_of  # noqa: PLC0415
    from carrierx_provider.external_did.schema import is_collection  # noqa: PLC0415

    late: list[tuple[str, tuple[str, ...], pulumi.Output[Any]]] = []

    def plain(field: str, value: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input
        # Capabilities may be a set, which JSON does not have.
        is_set = field == "capabilities" and is_collection(value) and not isinstance(value, Enum)
        return list(value) if is_set else value

    def sent(field: str, path: tuple[str, ...], value: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input
        def when_known(known_later: object, below: tuple[str, ...]) -> pulumi.Output[Any]:
            here, output = (*path, *below), as_output(known_later)
            late.append((field, here, output))
            return output.apply(lambda known: sent(field, here, known))

        # For a value that cannot be sent the SDK would print a traceback. All others go on to the
        # provider's check.
        converted, problems = exact_json(plain(field, value), is_known_later, when_known)
        return refuse() if problems else converted

    async def refuse() -> None:
        """Report every such value, whichever became known first."""
        failures = []
        for field, path, output in late:
            _, problems = exact_json(plain(field, await output.future()), is_known_later)
            there = [replace(problem, path=(*path, *problem.path)) for problem in problems]
            failures += failures_of(field, there)
        raise pulumi.RunError("; ".join(f"{resource_name}: {failure}" for failure in failures))

    return {
        name: None if value is None else sent(name, (), value) for name, value in declared.items()
    }


def await_registrations_in_turn() -> None:
    """Make the end of a program cost the same for each number, however many there are.

    At the end of a program the SDK awaits what it has started (``wait_for_rpcs`` in
    ``pulumi.runtime.stack``, seen in SDK 3.241 to 3.272): first the registrations on its list, one
    after the other, then all Outputs at once, which it checks again whenever one of them resolves.
    A registration is put on the list when the event loop runs, and a program that awaits nothing
    ends before that: the list is empty, and everything is awaited in the second way. Each of N
    numbers has some thirty Outputs, so an ``up`` costs N²: for 300 numbers most of the program's
    time, for 10,000 an hour.

    One entry on the list makes the SDK start with the first way. This entry is done already.
    """
    # A later SDK without such a list is slower than it could be, nothing else.
    with suppress(AttributeError, ImportError):
        from pulumi.runtime.settings import SETTINGS  # noqa: PLC0415 -- may be missing one day

        done = asyncio.get_event_loop().create_future()
        done.set_result(None)
        SETTINGS.rpc_manager.rpcs.append(done)
