"""The printable recovery key: 160 random bits as groups of letters and digits that survive being typed by hand.

It only converts; what the key unlocks is in keys.py. Crockford's alphabet: no I, L, O, U.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr

SECRET_BYTES = 20
GROUP = 4
CHECK_CHARACTERS = 4   # 20 bits: one wrong key in a million passes
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})
_SECRET_CHARACTERS = SECRET_BYTES * 8 // 5


def new_secret() -> bytes:
    """Fresh random bytes for one recovery key."""
    return secrets.token_bytes(SECRET_BYTES)


def _characters(number: int, count: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))


def _check(secret: bytes) -> str:
    digest = hashlib.sha256(b"kanto-desk recovery key" + secret).digest()
    return _characters(int.from_bytes(digest[:3], "big") >> 4, CHECK_CHARACTERS)


def printed(secret: bytes) -> str:
    """The key as printed: nine groups of four characters, the last one a check."""
    text = _characters(int.from_bytes(secret, "big"), _SECRET_CHARACTERS) + _check(secret)
    return "-".join(text[start:start + GROUP] for start in range(0, len(text), GROUP))


def typed(text: str) -> bytes:
    """The secret of a key typed in any width and case, with any spaces and hyphens; I, L and O are read as 1 and 0.

    Raises Refused when the length, a character or the check is wrong.
    """
    plain = unicodedata.normalize("NFKC", text).upper().translate(_LOOKALIKES)
    letters = "".join(letter for letter in plain if letter.isalnum())
    wanted = _SECRET_CHARACTERS + CHECK_CHARACTERS
    if len(letters) != wanted or any(letter not in _ALPHABET for letter in letters):
        raise Refused(tr("回復用の鍵は英数字{count}文字です。もう一度確かめてください。", count=wanted), "recovery_key")
    number = 0
    for letter in letters[:_SECRET_CHARACTERS]:
        number = number << 5 | _ALPHABET.index(letter)
    secret = number.to_bytes(SECRET_BYTES, "big")
    if letters[_SECRET_CHARACTERS:] != _check(secret):
        raise Refused(tr("回復用の鍵に写し間違いがあります。もう一度確かめてください。"), "recovery_key")
    return secret
