"""Composition root of the window: the only place that puts clock, folder, look and main window together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication

from kanto_desk import i18n
from kanto_desk.clock import Clock, system_clock
from kanto_desk.db.folder import DataFolder
from kanto_desk.errors import Trouble
from kanto_desk.i18n import Language
from kanto_desk.ui import preferences
from kanto_desk.ui.crash import CrashHandler
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.theme import controller

if TYPE_CHECKING:
    from kanto_desk.ui.page import Files, Printer


def run(home: Path, language: Language | None = None, clock: Clock = system_clock, *, files: Files | None = None,
        printer: Printer | None = None) -> int:
    """Show the window on a data folder until it is closed; gives the exit code of the process.

    `language` is for this run; None takes what was chosen last. `files` and `printer` replace the system's dialogs.
    """
    application()
    crash = CrashHandler(home, clock)
    window = build(home, language, clock, files=files, printer=printer, keychain=system_keychain)
    crash.parent_window = window
    crash.set_rescue(window.rescue)
    crash.set_told(lambda error: window.frame is not None and window.frame.tells(error))
    window.folder_made.connect(crash.folder_exists)
    if home.is_dir():
        crash.folder_exists()
    window.show()
    try:
        return QApplication.exec()
    finally:
        crash.close()


def application() -> QApplication:
    """The QApplication of this process, made in the Fusion style: setting a style later costs time before the paint."""
    app = QApplication.instance()
    if app is None:
        app = QApplication([*sys.argv[:1], "-style", "Fusion"])
        app.setProperty("look", "fusion")
    if not isinstance(app, QApplication):
        raise RuntimeError("this process already runs without windows")
    app.setApplicationName("kanto-desk")
    app.setDesktopFileName("kanto-desk")
    return app


def build(home: Path, language: Language | None = None, clock: Clock = system_clock, *, files: Files | None = None,
          printer: Printer | None = None, keychain: Callable[[], Any] | None = None,
          options: dict[str, Any] | None = None, volumes: Callable[[], Any] | None = None,
          cameras: Callable[[], Any] | None = None, network: Any = None, link: Any = None) -> MainWindow:
    """The main window on a data folder, not shown yet. `options` goes to the making and opening of desks."""
    chosen = preferences.load(home, language)
    i18n.use(chosen.language)
    i18n.use_years(chosen.years)
    controller().start(chosen.scheme, chosen.zoom)
    _translate_qt(chosen.language)
    folder = DataFolder(home)

    def edges() -> Any:
        from kanto_desk.services.cameras import found
        from kanto_desk.ui.edges import SystemFiles, SystemPrinter  # not needed before the first paint
        from kanto_desk.ui.frame import Edges
        from kanto_desk.ui.network import system_network
        from kanto_desk.ui.volumes import removable

        return Edges(clock, files or SystemFiles(), printer or SystemPrinter(), volumes or removable, cameras or found,
                     link, network or system_network)

    def free() -> None:
        with folder.locked(clock, reading=True):
            pass

    def forgotten() -> Trouble | None:
        if not folder.wiped.exists():   # the usual case: nothing of the database is loaded before the first paint
            return None
        from kanto_desk.services import forgetting

        try:
            with folder.locked(clock):
                forgetting.finish(folder)
        except Trouble as trouble:
            return trouble
        return forgetting.told(home)

    return MainWindow(home, edges, chosen, forgotten=forgotten, exists=_has_desk(folder), free=free,
                      asks_nothing=folder.lies_open, unfinished=folder.setup.exists(),
                      wait_seconds=lambda: _wait_seconds(folder, clock), keychain=keychain,
                      options={"clock": clock, **(options or {})})


def system_keychain() -> Any:
    """The system's key store; None where there is none that can be used. Asked on a worker thread or for 設定."""
    import keyring  # takes its time, and most starts do without
    from keyring.backends import fail

    found = keyring.get_keyring()
    return None if isinstance(found, fail.Keyring) else found


def _has_desk(folder: DataFolder) -> bool:
    """Whether to ask for the passphrase of a desk; also of one whose keys are lost, which a backup can bring back."""
    return not folder.setup.exists() and any(file.exists() for file in (folder.keys, folder.spare_keys, folder.records))


def _wait_seconds(folder: DataFolder, clock: Clock) -> int:
    if not folder.keys.with_name("keys-tries.json").exists():
        return 0   # the usual case: nothing of the key library is loaded before the first paint
    from kanto_desk.db.keys import KeyFile

    try:
        return KeyFile(folder.keys, clock).wait_seconds()
    except Trouble:
        return 0


def _translate_qt(language: Language) -> None:
    """Qt's own words (file dialogs, context menus) in Japanese."""
    app = QApplication.instance()
    if language == "ja" and app is not None:
        translator = QTranslator(app)
        if translator.load("qtbase_ja", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            app.installTranslator(translator)
