"""New ledger files.

A new ledger is written under a temporary name and linked to its own when it is complete, so that no
other process ever sees half of one, and a refused first command leaves nothing behind.
"""

from __future__ import annotations

import os

import apsw

from ledger.errors import InvalidOption, LedgerAppeared, StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.sqlite.beside import BESIDE, check_free, owner_of
from ledger.eventstore.sqlite.errors import translate
from ledger.eventstore.sqlite.files import APPLICATION_ID, SCHEMA_VERSION, configure
from ledger.eventstore.sqlite.schema import schema_script


def create_in_memory(ledger_id: str) -> apsw.Connection:
    """An empty ledger that no file has."""
    connection = apsw.Connection(":memory:")
    _fill(connection, schema_script(), ledger_id)
    return connection


def create_temporary(ledger_id: str) -> apsw.Connection:
    """An empty ledger in a file that has no name, and is gone once it is closed."""
    connection = apsw.Connection("")
    _fill(connection, schema_script(), ledger_id)
    return connection


def _fill(connection: apsw.Connection, schema: str, ledger_id: str) -> None:
    """Make the tables of an empty ledger."""
    configure(connection, lock_timeout=0)
    connection.execute("BEGIN")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute(schema)
    connection.execute("INSERT INTO ledger VALUES (1, ?)", (ledger_id,))
    connection.execute("COMMIT")


class Draft:
    """A new ledger under a temporary name beside the path it is for."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._target = os.path.realpath(path)
        except (OSError, ValueError) as error:  # the working folder may be gone
            raise self._unmakable(error) from None
        owner = owner_of(self._target)
        if owner is not None:
            raise InvalidOption(f"{path!a} belongs to {owner}", advice="name another file")
        check_free(self._target)
        self.temporary = standing.temporary_name(self._target, BESIDE)

    def create(self, ledger_id: str) -> apsw.Connection:
        """Write the empty ledger, readable and writable by its owner alone.

        Returns:
            An open connection to it.

        Raises:
            StorageFailure: the folder does not exist, or cannot be written.
        """
        schema = schema_script()
        try:
            try:
                make_file(self.temporary)
            except OSError as error:
                raise self._unmakable(error) from None
            connection = apsw.Connection(self.temporary, flags=apsw.SQLITE_OPEN_READWRITE)
            try:
                _fill(connection, schema, ledger_id)
                if connection.execute("PRAGMA journal_mode = WAL").get != "wal":
                    raise StorageFailure(
                        f"no ledger can be made at {self.path!a}: the disk failed, or is of a kind "
                        "that programs cannot share",
                        advice="name a file on a disk of this machine",
                    )
            except BaseException:
                connection.close()
                raise
        except BaseException as error:
            self.discard()
            if isinstance(error, apsw.Error):
                raise translate(error, self.path) from error
            raise
        return connection

    def publish(self) -> None:
        """Give the finished ledger its name, unless another one has it by now.

        Raises:
            LedgerAppeared: another process made one there meanwhile; this one is discarded.
            StorageFailure: it cannot have the name; it is discarded too.
        """
        standing.saving()
        try:
            take_name(self.temporary, self._target)
        except FileExistsError:
            standing.not_saved()
            raise LedgerAppeared(
                f"another process made a ledger at {self.path} meanwhile",
                advice="repeat the command: it will use that ledger",
            ) from None
        except OSError as error:
            standing.not_saved()
            raise self._unmakable(error) from None
        finally:
            self.discard()
        sync_folder(os.path.dirname(self._target))

    def _unmakable(self, error: OSError | ValueError) -> StorageFailure:
        return StorageFailure(
            f"no ledger can be made at {self.path!a}: {reason_of(error)}",
            advice="name a file in a folder that exists and that you may write to",
        )

    def discard(self) -> None:
        """Remove every trace of the draft."""
        remove(self.temporary)


def take_name(temporary: str, target: str) -> None:
    """Give a file a name that nothing has yet; its temporary name may stay beside it.

    Raises:
        FileExistsError: something has the name.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        make_file(target)  # `rename` alone would replace a ledger made meanwhile
        try:
            os.rename(temporary, target)
        except OSError:
            os.unlink(target)
            raise


def remove(path: str) -> None:
    """Remove a database, with all that SQLite keeps beside it."""
    for suffix in ("", *BESIDE):
        standing.remove(path + suffix)


def sync_folder(folder: str) -> None:
    """Make a new name survive a power cut, where the system lets a folder be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        pass


def make_file(path: str) -> None:
    """Make an empty file, readable and writable by its owner alone, where there is none."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def reason_of(error: OSError | ValueError) -> str:
    """What the operating system says, without the path."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
