"""Backups that nobody asks for: at the start, at the end and before a migration, where something has changed.

Knows neither windows nor timers. Making and rotating is `db.backup`; going back is `restoring`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from kanto_desk.db.backup import Backup
from kanto_desk.services import care, withdrawing
from kanto_desk.services.desk import Desk

AT_START: Final = "start"
AT_END: Final = "end"
SHORT = timedelta(seconds=5)
"""What the last backup took at most, for another one at every start and end; a larger desk gets one a day."""
A_DAY = timedelta(hours=20)
"""A little less than a day, so that somebody who begins at nine every morning has one every morning."""


def automatic(desk: Desk, reason: str) -> Backup | None:
    """Back up and verify if anything has changed since the newest backup; None where nothing is to be done.

    After a withdrawal the older backups go once the new one was verified.

    A desk that lies open holds nothing of the user's own and gets none. Raises Trouble.
    """
    if withdrawing.is_due(desk):
        return withdrawing.renew_backups(desk)
    return care.backup(desk, reason=reason) if is_due(desk) else None


def is_due(desk: Desk) -> bool:
    """Whether records changed since the newest verified backup in the data folder was made."""
    if not desk.protected:
        return False
    newest = care.newest_backup(desk.home)
    if newest is None:
        return True
    if newest.mark == care.state(desk):
        return False
    return newest.verified - newest.made <= SHORT or desk.clock() - newest.made >= A_DAY
