"""Several command lines in one process, for files that none of them changes or waits for."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile

from tests.support.fork_server import ForkServer
from tests.support.program import Outcome


def run_in_one(
    server: ForkServer, lines: Iterable[tuple[str, ...]], cwd: Path, env: dict[str, str]
) -> list[Outcome]:
    """Run ``ledger`` with each line of arguments, one after the other in one fork.

    That takes a third of the time of a fork for each.
    """
    with open("/dev/null") as nothing, TemporaryFile() as out, TemporaryFile() as err:
        process = server.start(
            (nothing.fileno(), out.fileno(), err.fileno()),
            (__name__, "run_each"),
            *(json.dumps(line) for line in lines),
            cwd=cwd,
            env=env,
        )
        status = server.status_of(process)
        out.seek(0)
        err.seek(0)
        assert status == 0, (status, err.read())
        return [Outcome(*each) for each in json.load(out)]


def run_each(*lines: str) -> None:
    """Run each line, a JSON array, and write how it ended to stdout."""
    from ledger.cli.main import run

    streams, outcomes = (sys.stdout, sys.stderr), []
    for line in lines:
        sys.argv = ["ledger", *json.loads(line)]
        out, err = io.BytesIO(), io.BytesIO()
        sys.stdout, sys.stderr = (io.TextIOWrapper(each, encoding="utf-8") for each in (out, err))
        status = run()
        outcomes.append((status, out.getvalue().decode(), err.getvalue().decode()))
    sys.stdout, sys.stderr = streams
    json.dump(outcomes, sys.stdout)
