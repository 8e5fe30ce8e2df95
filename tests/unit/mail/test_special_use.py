from __future__ import annotations

import pytest

from jeeves.mail.special_use import read_beside


@pytest.mark.parametrize(
    ("folders", "sent", "beside"),
    [
        (("INBOX",), True, ("\\Sent",)),
        (("INBOX",), False, ()),
        (("\\All",), True, ()),
        (("\\all",), True, ()),
        (("INBOX", "\\SENT"), True, ()),
        (("INBOX", "Sent"), True, ("\\Sent",)),
    ],
)
def test_sent_mail_is_read_beside_what_does_not_hold_it(
    folders: tuple[str, ...],
    *,
    sent: bool,
    beside: tuple[str, ...],
) -> None:
    assert read_beside(folders, sent=sent) == beside
