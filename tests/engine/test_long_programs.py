"""What a program of many numbers does in its own process, counted on the real engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.engine.stack import Stack

NUMBERS = 60
# What a resource has beside its 28 outputs: URN, ID and the reference to its provider.
OUTPUTS = NUMBERS * 31

# The program counts what the SDK does at its end, and writes it down when the process ends.
PROGRAM = f"""\
import asyncio
import atexit
import json
import os
import pickle
from collections import Counter
from pathlib import Path

counted = Counter()
await_any = asyncio.wait
pickle_one = pickle._Pickler.dump


async def counting_wait(awaited, **options):
    counted["awaited"] += len(awaited)
    return await await_any(awaited, **options)


def counting_dump(self, value):
    counted["pickled"] += 1
    return pickle_one(self, value)


asyncio.wait = counting_wait
pickle._Pickler.dump = counting_dump
atexit.register(lambda: Path(os.environ["COUNTED"]).write_text(json.dumps(counted)))

import pulumi
import pulumi_carrierx as carrierx

table = {{
    f"number-{{index}}": {{
        "phonenumber": f"+4670{{1_000_000 + index}}",
        "capabilities": ["receive_sms", "send_sms"],
        "attributes": {{"team": "support"}},
    }}
    for index in range({NUMBERS})
}}
pooled = {{label: table.pop(label) for label in list(table)[::2]}}
carrierx.NumberPool("numbers", table=pooled)
*_, number = [carrierx.ExternalDID(label, **fields) for label, fields in table.items()]
integers = pulumi.Output.all(number.capabilities, number.active_capabilities)
pulumi.export("integers", integers.apply(lambda values: [repr(value) for value in values]))
"""


def test_the_end_of_a_program_costs_the_same_for_each_number(stack: Stack, tmp_path: Path) -> None:
    """No Output is awaited again and again while others resolve, and nothing is pickled.

    Half of the numbers are in a pool.
    """
    counted = tmp_path / "counted.json"
    stack.program(PROGRAM)
    run = stack.up(environment={"COUNTED": str(counted)})
    assert run.ok, run.output
    found: dict[str, Any] = json.loads(counted.read_text(encoding="utf-8"))
    assert found.get("awaited", 0) <= OUTPUTS, found
    assert found.get("pickled", 0) == 0, found
    assert stack.outputs()["integers"] == ["3", "3"]


def test_a_long_program_stays_below_the_recursion_limit(stack: Stack) -> None:
    """400 numbers in one program are no problem; with the SDK's own class it ends before that."""
    stack.declare(
        **{
            f"n{index}": {"phonenumber": f"+4670{index:07}", "capabilities": 3}
            for index in range(400)
        }
    )
    run = stack.preview()
    assert run.ok, run.output
