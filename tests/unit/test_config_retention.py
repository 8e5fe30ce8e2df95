"""The sections [retention] and [health]."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.config import load_config
from jeeves.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from jeeves.config import Config


def loaded(folder: Path, lines: str) -> Config:
    path = folder / "jeeves.toml"
    path.write_text(f'[mail]\nusername = "a"\n{lines}\n', encoding="utf-8")
    return load_config(path)


def test_originals_stay_a_month_and_texts_two_years_unless_told_otherwise(tmp_path: Path) -> None:
    usual = loaded(tmp_path, "").retention
    assert (usual.raw, usual.texts) == (timedelta(days=30), timedelta(days=730))

    told = loaded(tmp_path, '[retention]\nraw = "1d"\ntexts = "never"').retention
    assert (told.raw, told.texts) == (timedelta(days=1), None)


@pytest.mark.parametrize("line", ['raw = "1h"', 'texts = "sometimes"', "texts = 730", 'mail = "1d"'])
def test_what_cannot_be_kept_to_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, f"[retention]\n{line}")

    assert f"retention.{line.split(maxsplit=1)[0]}" in caught.value.problems[0]


def test_figures_go_nowhere_unless_a_file_is_named(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").health.prometheus_file is None
    assert (
        loaded(tmp_path, '[health]\nprometheus_file = "jeeves.prom"').health.prometheus_file == tmp_path / "jeeves.prom"
    )
