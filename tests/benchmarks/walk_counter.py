"""How far a trip goes through the product's code: files entered, calls, changes of file.

Only code below the package ``ledger`` is counted, by `sys.setprofile`:

- a *call* is a function that begins. Resuming a generator is none, nor is a list, dict or set
  comprehension (which Python 3.12 no longer calls), nor the body of a class;
- a *file* is one in which a function ran, or a generator went on;
- a *move* is a change of file, on the way in as on the way back;
- a *room* is the first folder below ``ledger``; a module that lies there itself is its own room;
- what runs while a module is loaded is counted apart: it is the price of the import, and nobody
  who follows the trip reads it.
"""

from __future__ import annotations

import sys
from collections import Counter
from importlib.util import find_spec
from inspect import CO_OPTIMIZED
from os.path import dirname, relpath, sep
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple, Self

_INLINED = frozenset({"<listcomp>", "<dictcomp>", "<setcomp>"})


class Walk(NamedTuple):
    """What was counted; floats, since a walk may be the mean over many units.

    Attributes:
        entries: how often each file was entered: functions begun, generators resumed.
        calls: functions begun.
        moves: changes of file.
        room_moves: changes of room.
        import_calls: functions begun while a module was being loaded; not part of the rest.
    """

    entries: dict[str, float]
    calls: float
    moves: float
    room_moves: float
    import_calls: float = 0

    def less(self, other: Walk, units: int) -> Walk:
        """What each of some units added: this walk had so many more of them than the other."""
        before = other.entries
        return Walk(
            {file: (n - before.get(file, 0)) / units for file, n in self.entries.items()},
            (self.calls - other.calls) / units,
            (self.moves - other.moves) / units,
            (self.room_moves - other.room_moves) / units,
            (self.import_calls - other.import_calls) / units,
        )

    @property
    def files(self) -> list[str]:
        """The files that at least every second unit enters."""
        return sorted(file for file, entries in self.entries.items() if entries >= 0.5)


class WalkCounter:
    """Counts while its ``with`` block runs, in this thread."""

    def __init__(self) -> None:
        spec = find_spec("ledger")  # which does not load it
        origin = spec and spec.origin
        assert origin
        self._root = dirname(origin)
        self._names: dict[CodeType, str | None] = {}
        self._entries: Counter[str] = Counter()
        self._here: str | None = None
        self._calls = self._moves = self._room_moves = self._loading = self._import_calls = 0

    def __enter__(self) -> Self:
        sys.setprofile(self._see)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sys.setprofile(None)

    def walk(self) -> Walk:
        """What has been counted so far."""
        return Walk(
            dict(self._entries), self._calls, self._moves, self._room_moves, self._import_calls
        )

    def _see(self, frame: FrameType, event: str, argument: Any) -> None:
        if event not in ("call", "return"):
            return
        code = frame.f_code
        file = self._file(code)
        if file is None:
            return
        if code.co_name == "<module>":
            self._loading += 1 if event == "call" else -1
        elif not code.co_flags & CO_OPTIMIZED:
            return  # the body of a class
        elif event == "return":
            self._go(self._caller(frame))
        else:
            begins = _begins(frame) and code.co_name not in _INLINED
            if self._loading:
                self._import_calls += begins
                return
            self._calls += begins
            self._entries[file] += 1
            self._go(file)

    def _go(self, file: str | None) -> None:
        if self._loading or file is None or file == self._here:
            return
        if self._here is not None:
            self._moves += 1
            self._room_moves += _room(file) != _room(self._here)
        self._here = file

    def _caller(self, frame: FrameType) -> str | None:
        """The product's file that is gone back to, past whatever lies between."""
        outer = frame.f_back
        while outer is not None:
            file = self._file(outer.f_code)
            if file is not None and outer.f_code.co_flags & CO_OPTIMIZED:
                return file
            outer = outer.f_back
        return None

    def _file(self, code: CodeType) -> str | None:
        """The path below the package; None for code that is not the product's."""
        try:
            return self._names[code]
        except KeyError:
            path = code.co_filename
            below = path.startswith(self._root + sep)
            name = self._names[code] = relpath(path, self._root) if below else None
            return name


def _begins(frame: FrameType) -> bool:
    """Whether a function begins here, and not a generator goes on: RESUME's argument says so."""
    return frame.f_lasti < 0 or frame.f_code.co_code[frame.f_lasti + 1] & 3 == 0


def _room(file: str) -> str:
    return file.partition(sep)[0]
