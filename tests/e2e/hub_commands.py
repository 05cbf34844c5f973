"""A hub by its commands, and desks that join it by theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.program import a_home, answer
from tests.hub.hub_process import serving


def hub(folder: Path, *arguments: object, code: int = 0) -> Any:
    return answer(folder.parent, "hub", *arguments, "--folder", folder, code=code)


@contextmanager
def two_joined(where: Path) -> Iterator[tuple[str, Path, Path]]:
    """A hub that serves in `where`/hub with two homes of one person that joined it: its URL and the homes."""
    folder = where / "hub"
    hub(folder, "init", "--name", "事務局")
    homes = a_home(where / "one"), a_home(where / "two")
    person = hub(folder, "people", "add", "高橋 直子")["person"]
    with serving(folder) as url:
        for home in homes:
            line = hub(folder, "code", person)["line"].split("/", 1)[1]
            told = answer(home, "enrol", f"{url.removeprefix('https://')}/{line}")
            assert (told["hub"], told["person"]) == ("事務局", "高橋 直子")
        yield url, *homes
