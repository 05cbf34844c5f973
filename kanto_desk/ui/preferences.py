"""Language, theme, zoom and the year named first: kept beside the encrypted files, because the page that asks for the
passphrase needs them.

Nothing personal may stand here.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from kanto_desk.i18n import Language, Years
from kanto_desk.ui.theme import Scheme

FILE = "window.json"
_LANGUAGES: tuple[Language, ...] = ("ja", "en")
_YEARS: tuple[Years, ...] = ("era", "western")
_SCHEMES: tuple[Scheme, ...] = ("system", "light", "dark")


class Preferences(NamedTuple):
    """The look of the window. `zoom` is in per cent."""

    language: Language = "ja"
    scheme: Scheme = "system"
    zoom: int = 100
    years: Years = "era"


def load(home: Path, language: Language | None = None) -> Preferences:
    """What was chosen last; the usual look when there is no file or it cannot be read. `language` wins if given."""
    try:
        read = json.loads((home / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        read = {}
    found = _checked(read if isinstance(read, dict) else {})
    return found._replace(language=language) if language else found


def save(home: Path, chosen: Preferences) -> None:
    """Keep the look. Raises OSError when the folder cannot be written."""
    text = json.dumps(chosen._asdict(), ensure_ascii=False)
    fresh = home / (FILE + ".new")
    fresh.write_text(text, "utf-8")
    os.replace(fresh, home / FILE)


def _checked(read: dict[str, Any]) -> Preferences:
    usual = Preferences()
    zoom = read.get("zoom")
    return Preferences(
        next((one for one in _LANGUAGES if one == read.get("language")), usual.language),
        next((one for one in _SCHEMES if one == read.get("scheme")), usual.scheme),
        zoom if isinstance(zoom, int) and 80 <= zoom <= 200 else usual.zoom,
        next((one for one in _YEARS if one == read.get("years")), usual.years),
    )
