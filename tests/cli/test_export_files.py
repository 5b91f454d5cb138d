"""The file that an export goes to: one behind a link, one that is there, and one that is misnamed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.program import Run


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("typed", ["export latest.html", "export-events latest.html"])
def test_what_a_link_leads_to_is_replaced_and_the_link_stays(
    run: Run, tmp_path: Path, typed: str
) -> None:
    (tmp_path / "cellar").mkdir()
    (tmp_path / "latest.html").symlink_to("cellar/kept.html")
    kept = tmp_path / "cellar/kept.html"
    assert "is a link to" in run(*typed.split(), "--force").err
    kept.write_text("something dear\n")
    assert "exists already" in run(*typed.split()).err
    assert run(*typed.split(), "--force").status == 0
    assert (tmp_path / "latest.html").is_symlink()
    assert "acc-001" in kept.read_text("utf-8")
    assert os.listdir(tmp_path / "cellar") == ["kept.html"]
