"""The bearer mechanisms of the Gmail-like server: XOAUTH2 as Google documents it, OAUTHBEARER (RFC 7628).

Lives here: bytes to user and token, and the explanation of a refusal. Must not live here: which tokens are good.
"""

from __future__ import annotations

import base64
import binascii
import json
import re

MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
_FORMS = {
    "XOAUTH2": re.compile(r"user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01"),
    "OAUTHBEARER": re.compile(r"n,a=([^,\x01]+),\x01auth=Bearer ([^\x01]+)\x01\x01"),
}
# What the client has to say to the explanation before the server says NO; RFC 7628, section 3.2.3, for the second.
CLOSING = {"XOAUTH2": b"", "OAUTHBEARER": b"\1"}


def read_response(mechanism: str, encoded: bytes) -> tuple[str, str]:
    """Return user name and token. Raises ValueError."""
    match = _FORMS[mechanism].fullmatch(decode(encoded).decode())
    if match is None:
        raise ValueError(mechanism)
    username = match[1].replace("=2C", ",").replace("=3D", "=") if mechanism == "OAUTHBEARER" else match[1]
    return username, match[2]


def decode(line: bytes) -> bytes:
    """Return what a line of base64 holds. Raises ValueError."""
    try:
        return base64.b64decode(line.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def explanation() -> bytes:
    """Return the challenge that explains a refusal, as Gmail words it."""
    return base64.b64encode(
        json.dumps({"status": "400", "schemes": "Bearer", "scope": "https://mail.google.com/"}).encode()
    )
