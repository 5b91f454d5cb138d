"""One of many processes that write: it begins when its standard input ends, and notes answers."""

from __future__ import annotations

import json
import random
import sys
from typing import TextIO

from tests.support.concurrency.clients import Client, Document, client_of
from tests.support.concurrency.random_commands import Line, account_of, draw, shared

COMMIT_EVERY = 3
BATCH = 7


def main(
    path: str, client_kind: str, seed: str, name: str, habit: str, commands: str, notes: str
) -> None:
    dice = random.Random(f"{seed}/{name}")
    with client_of(path, client_kind) as client, open(notes, "w", buffering=1) as file:
        print("ready", flush=True)
        sys.stdin.read()
        for turn in range(int(commands)):
            if habit == "same keys":
                # Who is behind finds the work done, and soon catches up: all are at one key.
                give(client, shared(seed, f"key-{turn}"), file)
            else:
                take_a_turn(client, dice, seed, f"{name}/{turn}", turn, file)


def take_a_turn(
    client: Client, dice: random.Random, seed: str, words: str, turn: int, file: TextIO
) -> None:
    kind = dice.choices(["plain", "shared", "own key", "expecting", "batch"], (10, 5, 2, 3, 1))[0]
    if kind == "plain":
        give(client, draw(dice, words), file)
    elif kind == "shared":
        # Whoever is about as far as this process sends the same command under the same key.
        give(client, shared(seed, f"key-{turn // 3}"), file)
    elif kind == "own key":
        line = {**draw(dice, words), "idempotency_key": words}
        give(client, line, file)
        give(client, line, file)
    elif kind == "expecting":
        line = draw(dice, words)
        version = client.ask("balance", account_of(line))["version"]
        expected = max(1, version - dice.choice([0, 0, 0, 1]))
        give(client, {**line, "expected_version": expected}, file)
    else:
        lines = [draw(dice, f"{words}.{number}") for number in range(BATCH)]
        began = client.position()
        answers = client.batch(lines, COMMIT_EVERY)
        ended = client.position()
        for start in range(0, BATCH, COMMIT_EVERY):
            end = start + COMMIT_EVERY
            note(file, lines[start:end], answers[start:end], (began, ended))


def give(client: Client, line: Line, file: TextIO) -> None:
    began = client.position()
    answer = client.give(line)
    note(file, [line], [answer], (began, client.position()))


def note(
    file: TextIO, lines: list[Line], answers: list[Document], span: tuple[int | None, int | None]
) -> None:
    """Write down the commands of one commit, their answers, and how long the log was around them.

    Args:
        span: the end of the log before and after; None where the process cannot tell.
    """
    file.write(json.dumps([lines, answers, span]) + "\n")
