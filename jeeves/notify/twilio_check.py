"""Whether Twilio would take an alert, without sending one.

Lives here: the question. Must not live here: sending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.notify.conversation import Timeouts
from jeeves.notify.twilio_client import TwilioLine, utc_now

if TYPE_CHECKING:
    from jeeves.notify.twilio_client import TwilioAccount


def check_account(account: TwilioAccount, section: str) -> None:
    """Have Twilio accept the credentials of ``section`` by asking for the latest message to the owner.

    Raises NotificationRejected (they are wrong), NotifierUnavailable (Twilio cannot be asked).
    """
    line = TwilioLine(account=account, section=section, timeouts=Timeouts(total=20.0), clock=utc_now)
    line.ask(lambda client: client.messages.list(to=account.to, limit=1, page_size=1))
