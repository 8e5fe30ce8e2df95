"""Advice about a mailbox, in the words of the table it is written in.

Lives here: ``mail.host`` becomes ``account "work".host`` where mailboxes are ``[[account]]`` tables. Must not live
here: the advice itself, which names the keys of ``[mail]`` wherever it is given.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from jeeves.config.accounts import name_of
from jeeves.config.models import Mail
from jeeves.errors import JeevesError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.config import Config

# A key, and nothing longer: a host may be called mail.port.example.
_KEY: Final = re.compile(rf"(?<![\w.@-])mail\.(?=(?:{'|'.join(Mail.model_fields)}|oauth_\*)(?![\w@-]|\.\w))")


def with_keys_of(config: Config, text: str) -> str:
    """Return ``text`` with the keys of the mailbox ``config`` is for, of several (``accounts.each_account``)."""
    name = name_of(config)
    return _KEY.sub(f'account "{name}".', text) if name else text


@contextmanager
def naming_keys_of(config: Config) -> Iterator[None]:
    """Have what fails within name the keys of the mailbox ``config`` is for. Raises what is raised within."""
    try:
        yield
    except JeevesError as error:
        error.message = with_keys_of(config, error.message)
        error.advice = with_keys_of(config, error.advice)
        raise
