"""A process that reads while others write, and notes what it has seen.

It begins when its standard input ends, goes on until the file ``stop`` is there, and looks once
more then. What it sees goes into the file ``notes``; `race_checks` finds out later whether it could
be seen.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from time import sleep
from typing import Any

from ledger import Ledger
from ledger.errors import NothingToArchive
from tests.support.concurrency.clients import ApiClient, Client, client_of
from tests.support.concurrency.random_commands import ACCOUNTS, LAST_WORDS
from tests.support.program import PROGRAM

LOOKS = 10
PAUSE = 0.005
"""Seconds after so many looks: the writers are to get on, too."""


def main(path: str, client_kind: str, kind: str, seed: str, stop: str, notes: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    dice = random.Random(f"{seed}/{kind}")
    with client_of(path, client_kind) as client, open(notes, "w", buffering=1) as file:

        def note(*sight: Any) -> None:
            file.write(json.dumps(sight) + "\n")

        print("ready", flush=True)
        sys.stdin.read()
        if kind == "follower":
            if isinstance(client, ApiClient):
                follow_by_api(client.ledger, stop, note)
            else:
                follow_by_command(path, note)
            return
        last, copies = False, 0
        while not last:
            last = os.path.exists(stop)
            if kind == "keeper":
                copies += 1
                note("backup", client.backup(f"{notes}-{copies}.db"))
            else:
                for _ in range(LOOKS if kind == "looker" and client_kind == "api" else 1):
                    look(client, path, kind, dice, note)
            sleep(PAUSE)


def look(
    client: Client, path: str, kind: str, dice: random.Random, note: Callable[..., None]
) -> None:
    account = dice.choice(ACCOUNTS)
    if kind == "rebuilder":
        client.rebuild()
        if isinstance(client, ApiClient):
            client.ledger.snapshot([account])
        note("rebuild")
        return
    if kind == "archiver":
        assert isinstance(client, ApiClient)
        head = client.ledger.head().recorded_us
        with suppress(NothingToArchive):
            folder = f"{path}-archive"
            report = client.ledger.archive(folder, head - dice.choice([0, 20_000]))
            note("archive", report.to_position)
        return
    if kind == "exporter":
        assert isinstance(client, ApiClient)
        header, *events = map(json.loads, client.ledger.export_events())
        assert header["events"] == len(events)
        note("export", [event["event_id"] for event in events])
        return
    question = dice.choice(["balance", "accounts", "balance A", "history A", "statement A"])
    answer = client.ask(*question.replace("A", account).split())
    if question in ("history A", "statement A"):
        answer["entries"] = [
            [entry[name] for name in ("version", "amount", "balance")]
            for entry in answer["entries"]
        ]
    note(question, answer)


def follow_by_api(ledger: Ledger, stop: str, note: Callable[..., None]) -> None:
    """Follow the log, and end where it ends once the writers are done."""

    class Done(Exception):
        """Raised in a pause: there is nothing new."""

    stopping = False

    def pause(seconds: float) -> None:
        nonlocal stopping
        if stopping:
            raise Done
        stopping = os.path.exists(stop)  # what was written before it is read once more
        sleep(PAUSE)

    try:
        for event in ledger.follow(raw=True, pause=pause):
            note("event", event.position, event.event_id)
    except Done:
        return


def follow_by_command(path: str, note: Callable[..., None]) -> None:
    """Press Ctrl-C on ``ledger events --follow`` once it has written the last event there is."""
    with subprocess.Popen(
        [PROGRAM, "events", "--follow", "--json", "--db", path], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            note("event", event["position"], event["event_id"])
            if event["data"].get("description") == LAST_WORDS:
                process.send_signal(signal.SIGINT)
        assert process.wait() == 130
