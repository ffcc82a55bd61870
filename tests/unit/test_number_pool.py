"""A pool in a user's own unit tests, with Pulumi's mocks in place of the engine."""

from pathlib import Path
from typing import Any

import pulumi

import pulumi_carrierx as carrierx
from carrierx_provider.external_did.schema import INPUT_FIELDS
from tests.unit.mocked_engine import MockedEngine
from tests.unit.outlines import error_of

NUMBER = "+46700987654"


def sids_of(table: carrierx.NumberTable, engine: MockedEngine, **more: Any) -> dict[str, str]:
    return engine.value_of(lambda: carrierx.NumberPool("numbers", table=table, **more).sids)


def test_a_file_its_rows_and_a_dict_are_the_same(tmp_path: Path) -> None:
    """A pool takes the numbers in any of these forms, rows also as an iterator."""
    file = tmp_path / "numbers.yaml"
    file.write_text(f"a: {{phonenumber: {NUMBER}, capabilities: 3}}\n", encoding="utf-8")
    rows = carrierx.read_number_table(file)
    made = {"a": {"phonenumber": NUMBER, "capabilities": 3}}
    for table in (file, str(file), rows, iter(rows), made):
        engine = MockedEngine()
        assert sids_of(table, engine) == {"a": "a-sid"}
        assert engine.registered["a"]["capabilities"] == 3


def test_a_table_without_rows_is_a_mistake(tmp_path: Path) -> None:
    """It may be a truncated export, and would release every number; unless the pool allows it."""
    file = tmp_path / "numbers.csv"
    file.write_text("phonenumber,capabilities\n", encoding="utf-8")
    tables: dict[str, carrierx.NumberTable] = {str(file): file, "numbers": {}}
    for name, table in tables.items():
        line = (
            f"{name}: has no rows, so the next up would release every number that it had: restore "
            "its rows, or pass allow_empty=True if that is intended"
        )
        assert error_of(pulumi.RunError, sids_of, table, MockedEngine()) == line
        assert sids_of(table, MockedEngine(), allow_empty=True) == {}
    assert error_of(pulumi.RunError, sids_of, iter([]), MockedEngine()) == line
    assert carrierx.read_number_table(file, allow_empty=True) == []
    # The table of another stack may well be empty.
    made = {"a": {"phonenumber": NUMBER, "capabilities": 3}}
    assert sids_of(made, MockedEngine(), others=[file]) == {"a": "a-sid"}


def test_mistakes_are_one_error(tmp_path: Path) -> None:
    """A unit test of a program sees all mistakes in one exception."""
    file = tmp_path / "numbers.csv"
    file.write_text("phonenumber,capabilities\n1,3\n", encoding="utf-8")
    wrong: dict[str, Any] = {"a": None, "b": {"phonenumber": NUMBER, 1: 2}}
    for table, line in (
        (
            file,
            f"{file}:2: phonenumber: +1 is too short: a phone number has 7 to 15 digits, country "
            "code included",
        ),
        (
            wrong,
            "a: must be an object (a dict) of fields; b: capabilities: is missing: every External "
            "DID needs it; b: 1: is not an input of an External DID: the inputs are "
            + ", ".join(INPUT_FIELDS),
        ),
    ):
        assert error_of(pulumi.RunError, sids_of, table, MockedEngine()) == line
