"""Accounts: a key id of twelve digits is the account.

moto derives the account from access keys that it made itself and puts every
other caller into 123456789012. An environment whose configuration pins another
account could not be tried in the sandbox at all.
"""

import re

from moto.core.responses import BaseResponse

ACCOUNT_AS_KEY = re.compile(r"Credential=(\d{12})/")


def install() -> None:
    """Lets a key id of twelve digits choose the account."""
    original = BaseResponse.get_current_account

    def get_current_account(self: BaseResponse) -> str:
        match = ACCOUNT_AS_KEY.search(self.headers.get("Authorization") or "")
        return match.group(1) if match else original(self)

    BaseResponse.get_current_account = get_current_account
