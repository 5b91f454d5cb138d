"""The lives of a `Ledger` on each kind of store."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from ledger import Ledger
from ledger.commands.book import create_book
from ledger.commands.context import Context
from ledger.projections.projector import Projector
from tests.support.file_content import Content, content
from tests.support.memory_store import MemoryStore
from tests.support.property.ledger_machine import LedgerMachine
from tests.support.property.places import new_url
from tests.support.restoring import to_be_restored
from tests.support.servers.books import server_content


class MemoryMachine(LedgerMachine):
    def make(self, *, restoring: bool = False) -> None:
        self.store = MemoryStore("memory", self.time)
        projector = Projector(self.store)
        projector.create()
        if not restoring:
            create_book(self.store, Context("test", "run-1"), time_zone="UTC")
            projector.keep_up()
        self.open_again()

    def open_again(self) -> None:
        self.ledger = Ledger(
            self.store,
            clock=self.time,
            snapshot_interval=self.interval,
            defer_projections=self.deferred,
        )


class PostgresqlMachine(LedgerMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.url = ""

    def make(self, *, restoring: bool = False) -> None:
        if self.url:
            self.ledger.close()
        self.url = self.stack.enter_context(new_url())
        if restoring:
            self.ledger = to_be_restored(self.url, self.time, **self.options())
        else:
            self.ledger = self.open()

    def open(self) -> Ledger:
        return Ledger.open(self.url, clock=self.time, **self.options())

    def options(self) -> dict[str, Any]:
        return {"snapshot_interval": self.interval, "defer_projections": self.deferred}

    def open_again(self) -> None:
        self.ledger.close()
        self.ledger = self.open()

    def content(self) -> Content:
        return server_content(self.url)

    @contextmanager
    def bytes_kept(self) -> Iterator[None]:
        before = self.content()
        yield
        assert self.content() == before

    def teardown(self) -> None:
        if self.url:
            self.ledger.close()
        self.stack.close()


class SqliteMachine(LedgerMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="ledger-model-")
        self.files = 0

    @property
    def path(self) -> str:
        return os.path.join(self.folder, f"{self.files}.db")

    def make(self, *, restoring: bool = False) -> None:
        if self.files:
            self.ledger.close()
        self.files += 1
        if restoring:
            self.ledger = to_be_restored(
                self.path,
                self.time,
                snapshot_interval=self.interval,
                defer_projections=self.deferred,
            )
        else:
            self.ledger = self.open_file()

    def open_file(self) -> Ledger:
        return Ledger.open(
            self.path,
            clock=self.time,
            snapshot_interval=self.interval,
            defer_projections=self.deferred,
        )

    def open_again(self) -> None:
        self.ledger.close()
        self.ledger = self.open_file()

    def content(self) -> Content:
        return content(self.path)

    @contextmanager
    def bytes_kept(self) -> Iterator[None]:
        before = self.bytes_when_closed()
        yield
        assert self.bytes_when_closed() == before

    def bytes_when_closed(self) -> bytes:
        self.ledger.close()
        assert os.listdir(self.folder).count(f"{self.files}.db-wal") == 0
        with open(self.path, "rb") as file:
            content = file.read()
        self.ledger = self.open_file()
        return content

    def teardown(self) -> None:
        if self.files:
            self.ledger.close()
        shutil.rmtree(self.folder)
