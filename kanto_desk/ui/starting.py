"""What must be settled before the rest of the window is imported, so that the first page comes soon.

Imports nothing of the program: everything imported before `prepare` pays for what it turns off.
"""

from __future__ import annotations

import gc
import sys
from types import ModuleType


def prepare() -> None:
    """Make the imports of this process quick. Call before `kanto_desk.app` is imported; may be called twice.

    The collector rests until the main window has loaded the store (`ui.main_window`), which turns it on again: at a
    start nothing is garbage yet. PySide reads the source of every module imported after it, to see whether the module
    uses Qt and may want its `__feature__` names, which this program never does: a third of the time of all imports,
    and 28 MB of source text kept in memory (measured, ARCHITECTURE.md).
    """
    gc.disable()
    import PySide6.QtCore  # noqa: F401 - the features come with it

    names = vars(sys.modules.get("shibokensupport.feature", sys))
    if "_mod_uses_pyside" in names:   # a part of PySide's own, not promised to stay
        names["_mod_uses_pyside"] = _is_ours


def _is_ours(module: ModuleType) -> bool:
    """Whether PySide shall treat a module as one that uses Qt: no feature is chosen either way."""
    return getattr(module, "__name__", "").startswith("kanto_desk")
