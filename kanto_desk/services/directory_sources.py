"""Where the directory's data comes from and of which day: the terms ask for it wherever it is shown or printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kanto_desk.directory import facts
from kanto_desk.errors import Trouble
from kanto_desk.i18n import Language, tr
from kanto_desk.services import company_directory
from kanto_desk.services.desk import Desk
from kanto_desk.services.facts import Source


def lines(desk: Desk, shown: Language | None = None) -> tuple[str, ...]:
    """One line for each source of the directory in use; none where there is no directory.

    Of one that cannot be read the tax agency's line alone, without a date.
    """
    try:
        directory = company_directory.opened(desk)
        if directory is None:
            return ()
        with directory:
            return of_facts(directory.facts(), shown)
    except Trouble:
        return (agency(shown),)


def known(desk: Desk) -> int:
    """Of how many corporate numbers gBizINFO knows something. Raises Trouble."""
    directory = company_directory.opened(desk)
    if directory is None:
        return 0
    with directory:
        return int(directory.facts().get(facts.COUNT, 0))


def of_facts(noted: Mapping[str, str], shown: Language | None = None) -> tuple[str, ...]:
    """The lines of what is noted of a directory (`Directory.facts`)."""
    found = [agency(shown, noted["newest"])] if noted.get("newest") else []
    if facts.NEWEST in noted:
        line = tr("出典：gBizINFO（経済産業省）のデータを加工して作成", shown)
        found.append(_dated(line, noted[facts.NEWEST], shown))
    return tuple(found)


def of_paper(told: Iterable[Source], shown: Language) -> tuple[str, ...]:
    """The lines for a paper that prints these values: none where no value is from the directory, the date theirs."""
    days = [one.updated for one in told if one.origin == "directory"]
    newest = max((day for day in days if day is not None), default=None)
    return (agency(shown, newest.isoformat() if newest else ""),) if days else ()


def agency(shown: Language | None = None, newest: str = "") -> str:
    """The line of the tax agency's data. `newest`: the latest update in it, ISO."""
    return _dated(company_directory.source_line(shown), newest, shown)


def _dated(line: str, newest: str, shown: Language | None) -> str:
    return tr("{line}、{day} までの更新", shown, line=line, day=newest) if newest else line
