"""Advice about a mailbox, in the words of the table it is written in.

Lives here: ``mail.host`` becomes ``account "work".host`` and ``jeeves auth google`` gets its ``--account work`` where
mailboxes are ``[[account]]`` tables. Must not live here: the advice itself, which is about ``[mail]`` wherever it is
given.
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
# A command for one mailbox, which of several has to be told which one.
_COMMAND: Final = re.compile(r"\bjeeves auth (?:google|status|revoke)\b(?! --account\b)")


def with_keys_of(config: Config, text: str) -> str:
    """Return ``text`` with keys and commands for the mailbox of ``config``, of several (``accounts.each_account``)."""
    name = name_of(config)
    return _COMMAND.sub(rf"\g<0> --account {name}", _KEY.sub(f'account "{name}".', text)) if name else text


@contextmanager
def naming_keys_of(config: Config) -> Iterator[None]:
    """Have what fails within name keys and commands as ``with_keys_of`` does. Raises what is raised within."""
    try:
        yield
    except JeevesError as error:
        error.message = with_keys_of(config, error.message)
        error.advice = with_keys_of(config, error.advice)
        raise
