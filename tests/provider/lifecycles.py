"""A lifecycle is data: what a program declares, step by step, and what each step does.

The cases stand in the tables of the test modules; here is what a step is, and how it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from carrierx_simulator import RunningSimulator
from carrierx_simulator.testing import SimulatedAccount
from tests.provider.front import dynamic_front
from tests.provider.program import GET
from tests.provider.stack import Outcome, Stack

NUMBER = "+46700987654"
OTHER_NUMBER = "+46700987655"
BYSTANDER = "+46700987656"
"""A number of the account that is not the stack's: see ``EVIDENCE``."""
BASE: dict[str, Any] = {"phonenumber": NUMBER, "capabilities": 3}
NAMED = {**BASE, "name": "support"}
KEY = "managed_by"
REPLACE = ", which CarrierX cannot update: "
"""In the warning of a replace."""
OWNER = "shop/prod/support"
RECORDS = {"ownershipKey": KEY}
"""The setting with which numbers keep ownership records."""
IMPATIENT = {"deadlineSeconds": "0.5"}
"""Settings for what fails until the deadline, or is looked for until it counts as gone."""
PAGE = "GET ?limit=1000&offset=0"
LOOK_UP = f'{PAGE}&filter=phonenumber like "%{NUMBER.removeprefix("+")}"'
GOING_ON = "which an earlier run of this resource registered"
"""In the warning of a create that goes on where another run was cut off."""


@dataclass(slots=True)
class World:
    """A stack, the account that it works on, and what is only known while a lifecycle runs."""

    stack: Stack
    account: SimulatedAccount
    simulator: RunningSimulator
    elsewhere: SimulatedAccount
    """Another account, at another server."""
    other_simulator: RunningSimulator
    another: SimulatedAccount
    """The account of another partner, at the same server."""
    sids: dict[str, str] = field(default_factory=dict)
    """Texts may name a SID: ``{sid}`` is the number's before the step, ``{new}`` after it, and
    ``{first}`` that after the first step."""
    forget: Callable[[], None] = lambda: None

    def fail(self, *faults: Mapping[str, Any]) -> None:
        """Let the provider's calls from now on meet these faults."""
        self.simulator.set_faults({"faults": [{"token": 0, **fault} for fault in faults]})

    def text(self, expected: str) -> str:
        """The text with its SIDs."""
        for name, sid in self.sids.items():
            expected = expected.replace(f"{{{name}}}", sid)
        return expected

    def note_sid(self, name: str) -> None:
        """Give the number's SID a name, if it is registered."""
        if NUMBER in (numbers := self.account.numbers()):
            self.sids[name] = numbers[NUMBER]["external_did_sid"]
            self.sids.setdefault("first", self.sids[name])


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of Pulumi, and its result. What is left out is not checked."""

    step: str | Mapping[str, str] = ""
    """What happens to every resource, or to each by name, as ``Outcome.steps`` has it."""
    calls: Sequence[str] | None = None
    """The provider's calls, or how each of them begins. Looks that find nothing count once."""
    live: Mapping[str, Any] = field(default_factory=dict)
    """What CarrierX has of the number afterwards, these fields at least."""
    registered: Sequence[str] | None = None
    """All numbers that are registered afterwards, ``BYSTANDER`` left out."""
    keeps_sid: bool | None = None
    """Whether the number has the SID from before the step."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    warning: str | Sequence[str] = ()
    """Part of the only warning, or of each; without it no warning is expected."""
    error: str | Sequence[str] = ()
    """Part of the only error, or of each; without it the command succeeds."""
    unsaid: Sequence[str] = ()
    """What no error says."""
    faults: Sequence[Mapping[str, Any]] = ()
    """What goes wrong meanwhile."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The stack's configuration from here on."""
    adopts: str = ""
    """The SIDs in CARRIERX_ADOPT."""

    def take(self, world: World) -> None:
        """Run the command, and look what it came to."""
        world.note_sid("sid")
        world.stack.settings |= self.settings
        world.account.calls()
        world.fail(*self.faults)
        if self.adopts:
            stack, front = world.stack, world.stack.front
            with dynamic_front(CARRIERX_ADOPT=world.text(self.adopts)) as stack.front:
                outcome = self._run(world)
            stack.front = front
        else:
            outcome = self._run(world)
        made = without_repeated_looks(world.account.calls())
        world.simulator.clear_faults()
        world.note_sid("new")
        self._assert_messages(world, outcome)
        if isinstance(self.step, str):
            assert set(outcome.steps.values()) == {self.step} or not self.step
        else:
            assert outcome.steps == self.step
        if self.calls is not None:
            assert len(made) == len(self.calls), made
            assert [
                call[: len(start)] for call, start in zip(made, self.calls, strict=True)
            ] == list(self.calls)
        self._assert_registration(world)
        for resource in world.stack.resources.values():
            assert {key: resource.outputs.get(key) for key in self.outputs} == self.outputs

    def is_noted(self, warning: str) -> bool:
        """Whether the warning counts: that of a replace is the preview's."""
        return REPLACE not in warning

    def _run(self, world: World) -> Outcome:
        raise NotImplementedError

    def _assert_messages(self, world: World, outcome: Outcome) -> None:
        warnings = [line for line in outcome.warnings if self.is_noted(line)]
        for expected, found in ((self.error, outcome.errors), (self.warning, warnings)):
            parts = [expected] if isinstance(expected, str) else expected
            assert len(found) == len(parts), found
            for part, line in zip(parts, found, strict=True):
                assert world.text(part) in line
        for part in self.unsaid:
            assert part not in "".join(outcome.errors)

    def _assert_registration(self, world: World) -> None:
        numbers = world.account.numbers()
        if self.registered is not None:
            assert sorted(numbers.keys() - {BYSTANDER}) == sorted(self.registered)
        if self.live:
            assert {key: numbers[NUMBER][key] for key in self.live} == self.live
        if self.keeps_sid is not None:
            assert (numbers[NUMBER]["external_did_sid"] == world.sids["sid"]) is self.keeps_sid


@dataclass(frozen=True, kw_only=True)
class OfProgram(Command):
    """A command of a program that declares the number like this; None: no longer."""

    inputs: Mapping[str, Any] | None = field(kw_only=False)
    name: str = "support"
    """The resource's name in the program."""
    beside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The other numbers that the program declares, by resource name; they come after this one."""
    replaces: Sequence[str] = ()
    """Names of the resources that ``--replace`` is given."""

    def _declare(self, world: World) -> None:
        """Declare the numbers; a SID that is to be read may be named as in a text."""
        declared = {} if self.inputs is None else {self.name: self.inputs}
        world.stack.declare(
            **{
                name: {**number, GET: world.text(number[GET])} if GET in number else number
                for name, number in {**declared, **self.beside}.items()
            }
        )


@dataclass(frozen=True, kw_only=True)
class Up(OfProgram):
    """An ``up``."""

    refresh: bool = False
    continue_on_error: bool = False
    in_turn: bool = False
    """Whether each number is changed before the next is checked; else all are checked first."""
    settles: bool = True
    """Whether nothing is left to do after a success."""

    def _run(self, world: World) -> Outcome:
        self._declare(world)
        return world.stack.up(
            refresh=self.refresh,
            continue_on_error=self.continue_on_error,
            replaces=self.replaces,
            in_turn=self.in_turn,
        )

    def take(self, world: World) -> None:
        """Run it; after a success a preview and a refresh show no change."""
        Command.take(self, world)
        if self.settles and not self.error:
            assert world.stack.settled()


@dataclass(frozen=True, kw_only=True)
class Preview(OfProgram):
    """A ``preview``. It never makes a call, but for what is only read."""

    calls: Sequence[str] | None = ()

    def is_noted(self, warning: str) -> bool:  # noqa: ARG002 -- any
        """Every warning counts."""
        return True

    def _run(self, world: World) -> Outcome:
        self._declare(world)
        return world.stack.preview(replaces=self.replaces)


class Refresh(Command):
    """A ``refresh``."""

    def _run(self, world: World) -> Outcome:
        return world.stack.refresh()


class Destroy(Command):
    """A ``destroy``."""

    def _run(self, world: World) -> Outcome:
        return world.stack.destroy()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Somebody else works on the account, and the state does not know."""

    do: Callable[[SimulatedAccount], object]

    def take(self, world: World) -> None:
        """Let them."""
        self.do(world.account)


def refused(method: str, status: int, **more: Any) -> dict[str, Any]:
    """The fault of calls that are answered with a status."""
    return {"fault": "status", "status": status, "method": method, **more}


def lost(method: str, **more: Any) -> dict[str, Any]:
    """The fault of calls that take effect, but whose answer does not arrive."""
    return {"fault": "drop", "when": "after", "method": method, **more}


def forget_field(field: str, **more: Any) -> dict[str, Any]:
    """The fault of answers to a GET that leave a field out."""
    return {"fault": "forget_field", "field": field, "method": "GET", **more}


def changed(**body: Any) -> Elsewhere:
    """Somebody else changes the number."""
    return Elsewhere(lambda account: account.change(NUMBER, **body))


def registered(**body: Any) -> Elsewhere:
    """Somebody else registers the number."""
    return Elsewhere(lambda account: account.register(**{**BASE, **body}))


EVIDENCE = registered(phonenumber=BYSTANDER)
"""Somebody else has a number in the account, which shows whose account it is."""

GONE_ALREADY = "was already gone: "
"""In the warning of a release that finds nothing."""

RELEASED = Elsewhere(lambda account: account.release(NUMBER))
"""Somebody else releases the number, or a run of which the state knows nothing."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the state."""

    take: Callable[[World], None]


def _remember(world: World) -> None:
    world.forget = world.stack.snapshot()


REMEMBER = Moment(_remember)
FORGET = Moment(lambda world: world.forget())
"""The state is what it was at ``REMEMBER``: the runs since were killed, and it was not written."""

Step: TypeAlias = Command | Elsewhere | Moment
Lifecycles: TypeAlias = dict[str, tuple[Step, ...]]
"""By a sentence that says what they show."""


def live_through(world: World, steps: Sequence[Step]) -> None:
    """Take all steps; a step that fails says which one it is."""
    for position, step in enumerate(steps, 1):
        try:
            step.take(world)
        except AssertionError as error:
            error.add_note(f"in step {position}: {step}")
            raise


def without_repeated_looks(calls: Sequence[str]) -> list[str]:
    """The calls; what is gone is looked for several times, which counts as one look."""
    return [
        call
        for call, before in zip(calls, [None, *calls], strict=False)
        if call != before or not call.endswith("-> 404")
    ]
