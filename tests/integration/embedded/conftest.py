from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jeeves.store.embedded import EmbeddedPostgres
from tests.integration.embedded.processes import holders

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    home = folder / "postgresql"
    if home.exists():
        lock = home.resolve() / "server.lock"
        EmbeddedPostgres(folder).remove()
        assert not home.is_symlink()
        assert holders(lock) == []


@pytest.fixture
def open_folder() -> Iterator[Path]:
    # unlike tmp_path, every user may enter
    folder = Path(tempfile.mkdtemp(prefix="jeeves-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
