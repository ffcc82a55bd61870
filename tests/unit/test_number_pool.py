"""A pool in a user's own unit tests, with Pulumi's mocks in place of the engine."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks, set_mocks

import pulumi_carrierx as carrierx

NUMBER = "+46700987654"


class Engine(Mocks):
    """Registers every resource, and keeps its inputs."""

    def __init__(self) -> None:
        """Nothing is registered yet."""
        self.registered: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Register it, with its name as its ID."""
        self.registered[args.name] = args.inputs
        return f"{args.name}-sid", args.inputs

    def call(self, args: MockCallArgs) -> Any:
        """Fail: no program here calls anything."""
        pytest.fail(f"{args.token} was called")


def sids_of(table: carrierx.NumberTable, engine: Engine) -> dict[str, str]:
    async def program() -> dict[str, str]:
        set_mocks(engine)
        pool = carrierx.NumberPool("numbers", table=table)
        sids: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        pool.sids.apply(sids.set_result)
        return await sids

    return asyncio.run(program())


def test_a_file_its_rows_and_a_dict_are_the_same(tmp_path: Path) -> None:
    """A pool takes the numbers in any of these forms, rows also as an iterator."""
    file = tmp_path / "numbers.yaml"
    file.write_text(f"a: {{phonenumber: {NUMBER}, capabilities: 3}}\n", encoding="utf-8")
    rows = carrierx.read_number_table(file)
    made = {"a": {"phonenumber": NUMBER, "capabilities": 3}}
    for table in (file, str(file), rows, iter(rows), made):
        engine = Engine()
        assert sids_of(table, engine) == {"a": "a-sid"}
        assert engine.registered["a"]["capabilities"] == 3
    assert sids_of([], Engine()) == sids_of({}, Engine()) == {}


def test_a_program_without_numbers_loads_no_check() -> None:
    """The modules that check tables and numbers are loaded when the first one is declared."""
    program = (
        "import sys, pulumi_carrierx\n"
        "print(*sorted({'pydantic', 'phonenumbers', 'carrierx_provider.number_table.files',\n"
        "    'carrierx_provider.external_did.inputs'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout == b"\n"


def test_mistakes_are_one_error(tmp_path: Path) -> None:
    """A unit test of a program sees all mistakes in one exception."""
    file = tmp_path / "numbers.csv"
    file.write_text("phonenumber,capabilities\n1,3\n", encoding="utf-8")
    wrong: dict[str, Any] = {"a": None, "b": {"phonenumber": NUMBER, 1: 2}}
    for table, line in (
        (file, f"{file}:2: phonenumber: +1 does not begin with a country code"),
        (
            wrong,
            "a: must be an object (a dict) of fields; b: capabilities: is missing: every External "
            "DID needs it; b: 1: is not an input of an External DID: the inputs are phonenumber, "
            "capabilities, underlying_carrier_sid, name, callback_url, attributes, string_key_1, "
            "string_key_2, account, adopt_existing",
        ),
    ):
        with pytest.raises(pulumi.RunError) as refused:
            sids_of(table, Engine())
        assert str(refused.value) == line
