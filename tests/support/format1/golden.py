"""The golden files of format 1, to be read and never written."""

from __future__ import annotations

from pathlib import Path

GOLDEN = Path(__file__).parents[2] / "golden" / "format1"
BOOKS = GOLDEN / "books.db"
EXPORT = GOLDEN / "books.jsonl"
DAMAGED = GOLDEN / "damaged.db"

HEAD = (127, "1572447bdd9704421d7f8ebb4cb418cafa43769777a764dd7e68e69a3c335b23")
LEDGER_ID = "f5b16522-4a58-4791-9f6a-f1d8303e61cd"
CREATED_AT = 1_704_844_799_999_999
