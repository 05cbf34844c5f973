"""The three sorts of failure: a rule says no, the world failed, or a bug (anything else)."""

from __future__ import annotations


class Refused(Exception):
    """A rule says no. Shown beside the field named; nothing was changed.

    `message` is one sentence in the user's language; `field` is the field's name, if one is to blame.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Trouble(Exception):
    """The world failed (disk, network, passphrase, damaged file). Says what happened, what is safe, what to do.

    All three texts are whole sentences in the user's language; `detail` is technical and folded away on screen.
    """

    def __init__(self, happened: str, safe: str, to_do: str, detail: str = "") -> None:
        super().__init__(" ".join(part for part in (happened, safe, to_do) if part))
        self.happened = happened
        self.safe = safe
        self.to_do = to_do
        self.detail = detail


class NotReached(Trouble):
    """The hub could not be reached, or whoever answered could not be verified: this computer is offline to it."""
