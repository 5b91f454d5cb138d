"""One of those who look on while a crowd writes: ``python -m … PATH MANNER KIND SEED STOP NOTES``.

It begins when its standard input ends, goes on until the file STOP is there, and looks once more
then. What it sees goes into a file of its own; whether that could be seen is judged afterwards.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from time import sleep
from typing import Any

from ledger import Ledger
from tests.support.concurrency.clients import PROGRAM, ApiHands, Hands, hands_on
from tests.support.concurrency.random_commands import ACCOUNTS, LAST_WORDS

LOOKS = 10
PAUSE = 0.005
"""Seconds after so many looks: the writers are to get on, too."""


def main(path: str, manner: str, kind: str, seed: str, stop: str, notes: str) -> None:
    dice = random.Random(f"{seed}/{kind}")
    with hands_on(path, manner) as hands, open(notes, "w", buffering=1) as file:

        def note(*sight: Any) -> None:
            file.write(json.dumps(sight) + "\n")

        print("ready", flush=True)
        sys.stdin.read()
        if kind == "follower":
            if isinstance(hands, ApiHands):
                follow_by_api(hands.ledger, stop, note)
            else:
                follow_by_command(path, note)
            return
        last, copies = False, 0
        while not last:
            last = os.path.exists(stop)
            if kind == "keeper":
                copies += 1
                note("backup", hands.backup(f"{notes}-{copies}.db"))
            else:
                for _ in range(LOOKS if kind == "looker" and manner == "api" else 1):
                    look(hands, kind, dice, note)
            sleep(PAUSE)


def look(hands: Hands, kind: str, dice: random.Random, note: Callable[..., None]) -> None:
    account = dice.choice(ACCOUNTS)
    if kind == "rebuilder":
        hands.rebuild()
        if isinstance(hands, ApiHands):
            hands.ledger.snapshot([account])
        note("rebuild")
        return
    if kind == "exporter":
        assert isinstance(hands, ApiHands)
        header, *events = map(json.loads, hands.ledger.export_events())
        assert header["events"] == len(events)
        note("export", [event["event_id"] for event in events])
        return
    question = dice.choice(["balance", "accounts", "balance A", "history A", "statement A"])
    answer = hands.ask(*question.replace("A", account).split())
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
        for event in ledger.follow(pause=pause):
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


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    main(*sys.argv[1:])
