"""The External DIDs and their messaging, in SQLite: one row each, committed with each change.

A file in WAL mode keeps every committed change through a kill of the process. One lock around
one connection makes each method atomic, from any thread; ``with`` the connection ends its
transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable

from carrierx_simulator import errors
from carrierx_simulator.errors import Entry
from carrierx_simulator.json_values import JsonObject

_APPLICATION_ID = 0x43585349  # "CXSI"
# The number comes first in its index, so that a page is read in the table's order, without a sort.
_EXTERNAL_DIDS = """
CREATE TABLE external_dids (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    external_did_sid TEXT UNIQUE,
    phonenumber TEXT NOT NULL,
    partner_sid TEXT NOT NULL,
    object TEXT,
    UNIQUE (phonenumber, partner_sid)
)
"""
_MESSAGING = """
CREATE TABLE IF NOT EXISTS messaging (
    external_did_sid TEXT PRIMARY KEY,
    object TEXT NOT NULL
)
"""
# Files of the first version have messaging in a column of external_dids.
_MOVE_MESSAGING = """
INSERT INTO messaging SELECT external_did_sid, messaging FROM external_dids
WHERE messaging IS NOT NULL
"""
# Files of earlier versions have one account. SQLite cannot change what is unique in a table.
_ADD_PARTNER_SID = (
    "ALTER TABLE external_dids RENAME TO one_account",
    _EXTERNAL_DIDS,
    """INSERT INTO external_dids
    SELECT sequence, external_did_sid, phonenumber, json_extract(object, '$.partner_sid'), object
    FROM one_account""",
    # The sequence continues after the last number, even if that was deleted.
    "DELETE FROM sqlite_sequence WHERE name = 'external_dids'",
    "UPDATE sqlite_sequence SET name = 'external_dids' WHERE name = 'one_account'",
    "DROP TABLE one_account",
)


class StorageError(Exception):
    """A data file that cannot be used; the text says why, and names the file."""


class Storage:
    """All accounts of one simulator. Usable from any thread."""

    def __init__(self, path: str) -> None:
        """Open or create the file ``path``, or use memory for ``":memory:"``."""
        self._lock = threading.RLock()
        try:
            self._database = sqlite3.connect(path, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            raise StorageError(f"{path} cannot be used as a data file: {error}") from error

    def _prepare(self) -> None:
        database = self._database
        (application_id,) = database.execute("PRAGMA application_id").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application_id != _APPLICATION_ID and (tables or application_id):
            raise sqlite3.DatabaseError("it is another program's database")
        database.execute("PRAGMA journal_mode = WAL")
        # WAL and NORMAL survive a killed process; only a power cut can take the last commits.
        database.execute("PRAGMA synchronous = NORMAL")
        with database:
            database.execute("BEGIN IMMEDIATE")  # a file is converted as a whole, and once
            database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            database.execute(_MESSAGING)
            columns = [row[1] for row in database.execute("PRAGMA table_info(external_dids)")]
            if "messaging" in columns:
                database.execute(_MOVE_MESSAGING)
            if not columns:
                database.execute(_EXTERNAL_DIDS)
            elif "partner_sid" not in columns:
                for statement in _ADD_PARTNER_SID:
                    database.execute(statement)

    def account(self, partner_sid: str) -> StoredAccount:
        """The account of the partner with this SID; it may be empty."""
        return StoredAccount(self._database, self._lock, partner_sid)

    def phonenumber(self, sid: str) -> str | None:
        """The number that this SID belongs to in any account, as digits, or None."""
        with self._lock:
            found = self._database.execute(
                "SELECT phonenumber FROM external_dids WHERE external_did_sid = ?", (sid,)
            ).fetchone()
        return found[0] if found else None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()


class StoredAccount:
    """The External DIDs of one account, and their messaging. Those of others do not exist here."""

    def __init__(
        self, database: sqlite3.Connection, lock: threading.RLock, partner_sid: str
    ) -> None:
        self._database = database
        self._lock = lock
        self.partner_sid = partner_sid

    def _objects(self, query: str, *arguments: str | int) -> list[JsonObject]:
        """The objects that a query finds; ``partner_sid`` is its first argument."""
        with self._lock:
            rows = self._database.execute(query, (self.partner_sid, *arguments)).fetchall()
        return [json.loads(text) for (text,) in rows]

    def register(self, phonenumber: str, make: Callable[[int], JsonObject]) -> JsonObject:
        """Add the object that ``make`` builds from the next sequence number; digits only.

        409 if it is registered in this account; the status is inferred, see docs/simulator.md.
        """
        with self._lock, self._database as database:
            database.execute("BEGIN IMMEDIATE")  # another process may have the file open
            if self.with_phonenumber(phonenumber):
                raise errors.conflict([Entry("phonenumber", "is already registered")])
            row = database.execute(
                "INSERT INTO external_dids (phonenumber, partner_sid) VALUES (?, ?)",
                (phonenumber, self.partner_sid),
            )
            made = make(row.lastrowid or 0)
            database.execute(
                "UPDATE external_dids SET external_did_sid = ?, object = ? WHERE sequence = ?",
                (made["external_did_sid"], json.dumps(made), row.lastrowid),
            )
        return made

    def get(self, sid: str) -> JsonObject | None:
        """The object with this SID, or None."""
        found = self._objects(
            "SELECT object FROM external_dids WHERE partner_sid = ? AND external_did_sid = ?", sid
        )
        return found[0] if found else None

    def with_phonenumber(self, phonenumber: str) -> list[JsonObject]:
        """The object with exactly this number, as digits; at most one."""
        return self._objects(
            "SELECT object FROM external_dids WHERE partner_sid = ? AND phonenumber = ?",
            phonenumber,
        )

    def count(self) -> int:
        """How many numbers are registered."""
        with self._lock:
            row = self._database.execute(
                "SELECT count(*) FROM external_dids WHERE partner_sid = ?", (self.partner_sid,)
            ).fetchone()
        return int(row[0])

    def page(self, limit: int = -1, offset: int = 0) -> list[JsonObject]:
        """Objects in the order of registration; by default every one."""
        return self._objects(
            "SELECT object FROM external_dids WHERE partner_sid = ? "
            "ORDER BY sequence LIMIT ? OFFSET ?",
            limit,
            offset,
        )

    def update(self, sid: str, change: Callable[[JsonObject], JsonObject]) -> JsonObject:
        """Store what ``change`` makes of the object with this SID; 404 if there is no such object.

        Nothing is stored when ``change`` raises.
        """
        with self._lock, self._database as database:
            database.execute("BEGIN IMMEDIATE")
            stored = self.get(sid)
            if stored is None:
                raise errors.no_item()
            changed = change(stored)
            database.execute(
                "UPDATE external_dids SET object = ? WHERE external_did_sid = ?",
                (json.dumps(changed), sid),
            )
        return changed

    def delete(self, sid: str) -> None:
        """Remove the object with this SID and its messaging; 404 if there is no such object."""
        with self._lock, self._database as database:
            row = database.execute(
                "DELETE FROM external_dids WHERE external_did_sid = ? AND partner_sid = ?",
                (sid, self.partner_sid),
            )
            if not row.rowcount:
                raise errors.no_item()
            database.execute("DELETE FROM messaging WHERE external_did_sid = ?", (sid,))

    def messaging(self, sid: str) -> JsonObject | None:
        """What is stored of a number's messaging, or None."""
        found = self._objects(
            "SELECT messaging.object FROM messaging JOIN external_dids USING (external_did_sid) "
            "WHERE partner_sid = ? AND external_did_sid = ?",
            sid,
        )
        return found[0] if found else None

    def set_messaging(self, sid: str, messaging: JsonObject) -> None:
        """Store a number's messaging, unless the number was deleted meanwhile."""
        with self._lock, self._database as database:
            database.execute(
                "INSERT OR REPLACE INTO messaging SELECT external_did_sid, ? FROM external_dids "
                "WHERE external_did_sid = ? AND partner_sid = ?",
                (json.dumps(messaging), sid, self.partner_sid),
            )
