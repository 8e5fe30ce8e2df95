from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.push.life import PASSWORD, USER
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[GmailLikeServer]:
    with GmailLikeServer({USER: PASSWORD}) as running:
        yield running
