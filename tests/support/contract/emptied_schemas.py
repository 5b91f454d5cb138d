"""Schemas of empty ledgers on a server, each used by one test after another.

To make one and to drop it takes a server ten times as long as most tests; to empty it does not.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.servers.postgresql import PostgresServer

_OBJECTS = """
SELECT array_agg(told ORDER BY told) FROM (
    SELECT format('%%s %%s %%s', relkind, relname, (
        SELECT array_agg(format('%%s %%s', attname, atttypid) ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = pg_class.oid AND attnum > 0
    )) AS told
    FROM pg_class WHERE relnamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT format('%%s %%s', oid::regprocedure, md5(prosrc)) FROM pg_proc
    WHERE pronamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT format('%%s %%s %%s', tgname, tgenabled, tgrelid::regclass) FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = %(schema)s::regnamespace
    UNION ALL
    SELECT format('%%s %%s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = %(schema)s::regnamespace
) AS objects
"""

_TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace
ORDER BY relname
"""


class EmptiedSchemas:
    """Gives out schemas in which there is a ledger, and nothing in it.

    Args:
        make: makes a ledger with an id in a schema that is not there yet.
    """

    def __init__(self, server: PostgresServer, make: Callable[[str, str], None]) -> None:
        self._server = server
        self._make = make
        self._free: defaultdict[str, list[str]] = defaultdict(list)
        self._as_made: dict[str, tuple[str, Any]] = {}

    @contextmanager
    def lent(self, ledger_id: str) -> Iterator[str]:
        """The name of one; it is emptied in the end, or dropped where more than rows was changed.

        Raises:
            LockNotAvailable: somebody still holds something in it.
        """
        free = self._free[ledger_id]
        schema = free.pop() if free else self._made(ledger_id)
        try:
            yield schema
        except BaseException:
            self._server.drop_schema(schema)
            raise
        if self._empty(schema):
            free.append(schema)
        else:
            self._server.drop_schema(schema)

    def _made(self, ledger_id: str) -> str:
        schema = self._server.unused_schema()
        self._make(schema, ledger_id)
        self._as_made[schema] = self._state(schema)
        return schema

    def _empty(self, schema: str) -> bool:
        """Take out all rows but those that were there first; whether it is as it was made."""
        admin = self._server.admin()
        tables = [name for (name,) in admin.execute(_TABLES, [schema])]
        locked = ", ".join(f"{schema}.{name}" for name in tables)
        deletes = "; ".join(f"DELETE FROM {schema}.{name}" for name in tables if name != "ledger")
        with admin.transaction():
            admin.execute(f"LOCK TABLE {locked} IN ACCESS EXCLUSIVE MODE")
            if self._state(schema) != self._as_made[schema]:
                return False
            admin.execute(f"SET LOCAL session_replication_role = replica; {deletes}")
        return True

    def _state(self, schema: str) -> tuple[str, Any]:
        """A digest of what is defined in it, and what it says of its ledger."""
        admin = self._server.admin()
        ((objects,),) = admin.execute(_OBJECTS, {"schema": schema})
        said = admin.execute(f"SELECT * FROM {schema}.ledger").fetchall()
        return hashlib.sha256(repr(objects).encode()).hexdigest(), said
