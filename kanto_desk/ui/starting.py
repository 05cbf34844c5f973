"""What must be settled before the rest of the window is imported, so that the first page comes soon.

Imports nothing of the program: everything imported before `prepare` pays for what it turns off.
"""

from __future__ import annotations

import builtins
import gc
import marshal
import os
import sys
import zlib
from types import CodeType, ModuleType
from typing import Any

COMPILED = f"{os.path.dirname(__file__)}/__pycache__/pyside-support.{sys.implementation.cache_tag}.bin"
"""PySide's support modules compiled, beside the compiled modules of this package and as trusted as they are."""


def prepare(compiled: str = COMPILED) -> None:
    """Make the imports of this process quick. Call before `kanto_desk.app` is imported; may be called twice.

    The collector rests until the main window has loaded the store (`ui.main_window`), which turns it on again: at a
    start nothing is garbage yet. PySide reads the source of every module imported after it, to see whether the module
    uses Qt and may want its `__feature__` names, which this program never does: a third of the time of all imports,
    and 28 MB of source text kept in memory. Its own support modules lie as source inside a library and are compiled
    at every start: that is done once and kept in the file `compiled` (measured, ARCHITECTURE.md).
    """
    gc.disable()
    if "PySide6.QtCore" not in sys.modules:
        _import_compiled(compiled)
    names = vars(sys.modules.get("shibokensupport.feature", sys))
    if "_mod_uses_pyside" in names:   # a part of PySide's own, not promised to stay
        names["_mod_uses_pyside"] = _is_ours


def _import_compiled(file: str) -> None:
    known, usual = _read(file), builtins.compile
    met: dict[tuple[str, int, int], CodeType] = {}

    def compile_once(source: Any, filename: Any, mode: str, *rest: Any, **more: Any) -> Any:
        if mode != "exec" or rest or more or not isinstance(source, str | bytes) or not isinstance(filename, str):
            return usual(source, filename, mode, *rest, **more)
        key = (filename, len(source), zlib.crc32(source.encode() if isinstance(source, str) else source))
        met[key] = known.get(key) or usual(source, filename, mode)
        return met[key]

    vars(builtins)["compile"] = compile_once
    try:
        import PySide6.QtCore  # noqa: F401 - the features come with it
    finally:
        vars(builtins)["compile"] = usual
    if met.keys() != known.keys():
        _write(file, met)


def _read(file: str) -> dict[tuple[str, int, int], CodeType]:
    """What was compiled before; nothing when there is no file, or not a whole one."""
    try:
        with open(file, "rb") as opened:
            check, content = opened.read(4), opened.read()
    except OSError:
        return {}
    if not content or int.from_bytes(check, "big") != zlib.crc32(content):
        return {}
    found: dict[tuple[str, int, int], CodeType] = marshal.loads(content)
    return found


def _write(file: str, compiled: dict[tuple[str, int, int], CodeType]) -> None:
    if sys.dont_write_bytecode:
        return
    content = marshal.dumps(compiled)
    fresh = f"{file}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(fresh, "wb") as opened:
            opened.write(zlib.crc32(content).to_bytes(4, "big") + content)
        os.replace(fresh, file)
    except OSError:   # a folder that is only read: compiled again next time
        return


def _is_ours(module: ModuleType) -> bool:
    """Whether PySide shall treat a module as one that uses Qt: no feature is chosen either way."""
    return getattr(module, "__name__", "").startswith("kanto_desk")
