"""What an installation leaves out is not missed in a checkout."""

from __future__ import annotations

from pathlib import Path

import ledger


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in Path(ledger.__file__).parent.rglob("*.py")}
    assert len(folders) > 20
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
