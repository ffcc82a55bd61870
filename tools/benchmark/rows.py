"""What is compared: our provider, others that do the same work, and the least that it can take."""

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol

from tools.benchmark import terraform
from tools.benchmark.measured_run import MeasuredRun
from tools.benchmark.raw_http import raw_http
from tools.benchmark.simulated_account import SimulatedAccount
from tools.benchmark.stack import Command, Program, stack_of


class Row(StrEnum):
    """One way to do the work of a command, as tables and plots name it."""

    CARRIERX = "pulumi-carrierx"
    NOTHING = "nothing"
    NOTHING_LARGE = "nothing, as large a state"
    PER_NUMBER = "per number"
    AS_DOCUMENTED = "as documented"
    TERRAFORM = "Terraform"
    HTTP_4 = "httpx, 4 connections"
    HTTP_16 = "httpx, 16 connections"


COMPARED = tuple(row for row in Row if row is not Row.NOTHING_LARGE)
"""The rows of the comparison; the other one only tells where an engine's time goes."""

MOST_AS_DOCUMENTED = 200
"""Beyond, a program as documented ends in a RecursionError before it has declared its numbers, and
the engine's memory goes to gigabytes; the parts ``recursion`` and ``memory`` measure both."""

MOST_PER_NUMBER = 200
"""Up to here the row per number runs every command; beyond, only those about its reads."""

MOST_TERRAFORM = 500
"""Its time grows with the square of the numbers: 2,000 would take longer than all the rest."""

_PROGRAMS = {
    Row.CARRIERX: Program.CARRIERX,
    Row.NOTHING: Program.DOES_NOTHING,
    Row.NOTHING_LARGE: Program.DOES_NOTHING,
    Row.PER_NUMBER: Program.PER_NUMBER,
    Row.AS_DOCUMENTED: Program.AS_DOCUMENTED,
}
_CONNECTIONS = {Row.HTTP_4: 4, Row.HTTP_16: 16}


class Subject(Protocol):
    """Something that commands can be run on."""

    @property
    def account(self) -> SimulatedAccount:
        """The account that it changes, its own."""

    def run(self, command: Command) -> MeasuredRun:
        """Run one command over all numbers."""

    def state_bytes(self) -> int:
        """How large its state is on disk."""


def runs(row: Row, command: Command, numbers: int) -> bool:
    """Whether this row runs this command over so many numbers on this machine."""
    if row is Row.AS_DOCUMENTED:
        return numbers <= MOST_AS_DOCUMENTED
    if row is Row.PER_NUMBER and numbers > MOST_PER_NUMBER:
        return command in {Command.CREATE, Command.REFRESH}
    if row is Row.TERRAFORM:
        return terraform.is_installed() and numbers <= MOST_TERRAFORM
    return True


def subject_of(
    row: Row, numbers: int, *, latency_ms: int, checkpoints: bool
) -> AbstractContextManager[Subject]:
    """Something new to run commands on; it ends with the block.

    Args:
        row: Whose.
        numbers: How many numbers it is about.
        latency_ms: Milliseconds that the simulator waits before it handles a call.
        checkpoints: Whether Pulumi's engine writes the state after every step, as is its default,
            or once at the end.
    """
    if row is Row.TERRAFORM:
        return terraform.terraform_project(numbers, latency_ms=latency_ms)
    if row in _CONNECTIONS:
        return raw_http(numbers, _CONNECTIONS[row], latency_ms=latency_ms)
    environment = {} if checkpoints else {"PULUMI_SKIP_CHECKPOINTS": "true"}
    if row is Row.NOTHING_LARGE:
        environment["BENCHMARK_LARGE_STATE"] = "true"
    return stack_of(_PROGRAMS[row], numbers, latency_ms=latency_ms, environment=environment)
