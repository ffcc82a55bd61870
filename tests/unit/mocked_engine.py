"""Pulumi's own means to test a program, in place of the engine."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks, set_mocks

T = TypeVar("T")


class MockedEngine(Mocks):
    """Registers every resource with an ID after its name, and keeps its inputs."""

    def __init__(self) -> None:
        self.registered: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Register it."""
        self.registered[args.name] = args.inputs
        return f"{args.name}-sid", args.inputs

    def call(self, args: MockCallArgs) -> Any:
        """Fail: no program here calls anything."""
        pytest.fail(f"{args.token} was called")

    def value_of(self, program: Callable[[], pulumi.Output[T]]) -> T:
        """Run a program, and give the value of its output."""

        async def run() -> T:
            set_mocks(self)
            known: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            program().apply(known.set_result)
            return await asyncio.wait_for(known, timeout=30)

        return asyncio.run(run())
