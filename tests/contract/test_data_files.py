"""Data files that earlier versions wrote. What survives a restart is in test_command.py."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from carrierx_simulator import Token
from tests.contract.conftest import NUMBER, Connect, Serve, path_of, problems

OTHER = "0b5c7a39-7d5e-4f10-9f63-2f1d0c6f7a11"
SECOND, DELETED = "46700987655", "46700987656"

# The tables of each version, and how they are filled from those of this one.
_NUMBERS = """
ALTER TABLE external_dids RENAME TO now;
CREATE TABLE external_dids (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    external_did_sid TEXT UNIQUE,
    phonenumber TEXT NOT NULL UNIQUE,
    object TEXT{}
);
INSERT INTO external_dids SELECT sequence, external_did_sid, phonenumber, object{} FROM now;
DELETE FROM sqlite_sequence WHERE name = 'external_dids';
UPDATE sqlite_sequence SET name = 'external_dids' WHERE name = 'now';
DROP TABLE now;
"""
_COLUMN = """,
    (SELECT stored.object FROM messaging AS stored
    WHERE stored.external_did_sid = now.external_did_sid)"""
EARLIER = {
    "messaging in a column": _NUMBERS.format(",\n    messaging TEXT", _COLUMN)
    + "DROP TABLE messaging;",
    "one account": _NUMBERS.format("", ""),
}


@pytest.mark.parametrize("version", EARLIER)
@pytest.mark.parametrize("empty", [False, True])
def test_a_data_file_of_an_earlier_version_is_converted(
    serve: Serve, connect: Connect, tmp_path: Path, version: str, empty: bool
) -> None:
    """Its numbers are those of the default account, as they were; others can have accounts now."""
    data = str(tmp_path / "numbers.db")
    before = serve(data=data, messaging_delay_ms=0)
    kept = [] if empty else [before.register(), before.register(SECOND)]
    if kept:
        before.post(f"{path_of(kept[0])}/messaging", json={"enabled": True}).raise_for_status()
    before.delete(path_of(before.register(DELETED))).raise_for_status()
    with closing(sqlite3.connect(data)) as database:
        database.executescript(EARLIER[version])

    tokens = (Token("ours"), Token("theirs", partner_sid=OTHER))
    for generation in (1, 2):
        ours = serve(data=data, tokens=tokens)
        theirs = connect(ours.simulator.base_url, "theirs")
        shown = ours.get("/external_dids", params={"exclude_fields": "id"}).json()["items"]
        assert shown == kept
        if kept:
            body = {"phonenumber": NUMBER, "capabilities": 3}
            refused = ours.post("/external_dids", json=body)
            assert problems(refused, 409) == [("phonenumber", "is already registered")]
            assert ours.get(f"{path_of(kept[0])}/messaging").json()["status"] == "enabled"
            assert ours.get(f"{path_of(kept[1])}/messaging").status_code == 404
        # A number is never given the generated name of a number that was deleted.
        made = theirs.register()
        assert made["name"] == f"External DID {102505 + len(kept) + generation}"
        assert (made["partner_sid"], theirs.total()) == (OTHER, 1)
        theirs.delete(path_of(made)).raise_for_status()


def test_a_data_file_keeps_its_accounts(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    """Accounts belong to partners, not to positions of tokens."""
    data = str(tmp_path / "numbers.db")
    tokens = (Token("ours"), Token("theirs", partner_sid=OTHER))
    ours = serve(data=data, tokens=tokens)
    mine = ours.register()
    other = connect(ours.simulator.base_url, "theirs").register()
    theirs = serve(data=data, tokens=tokens[::-1])
    assert theirs.get(path_of(other)).json() == other
    assert theirs.get(path_of(mine)).status_code == 404
    assert connect(theirs.simulator.base_url, "ours").get(path_of(mine)).json() == mine
