"""Every user action once: its words, keys and icon. Keys, palette lines and the F1 list all come from this table.

Knows no page and no window: those say what an action does by handing over verbs (action id → what to call).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import language, tr
from kanto_desk.ui.page import Verb

GENERAL, RECORDING, RECORDS, LOOK, PLACES = "全体", "記録中", "記録", "表示", "行き先"


@dataclass(frozen=True, slots=True)
class Action:
    """A row of the table. `keys` are bound in the window; `shown` is what people read when the keys say it badly.

    With `bound` False the key belongs to a widget (Enter, ↑): the row stands in the F1 list only, and only where the
    page serves `needs`.
    """

    id: str
    ja: str
    group: str
    keys: tuple[str, ...] = ()
    icon: str = "arrow-right"
    shown: str = ""
    bound: bool = True
    in_palette: bool = True
    needs: str = ""
    en: str = ""

    @property
    def words(self) -> str:
        """What it is called in the language in use; `en` where the same Japanese word means one thing elsewhere."""
        return self.en if self.en and language() == "en" else tr(self.ja)

    @property
    def key_text(self) -> str:
        """Its keys as people read them; empty without one."""
        return self.shown or (self.keys[0] if self.keys else "")


TABLE: Final = (
    Action("search", "さがす・操作する", GENERAL, ("Ctrl+K",), "search", in_palette=False),
    Action("new_visit", "新しい相談", GENERAL, ("Ctrl+N",), "notebook-pen"),
    Action("new_company", "新しい企業", GENERAL, ("Ctrl+Shift+N",), "building-2"),
    Action("undo", "元に戻す", GENERAL, ("Ctrl+Z",), "undo-2"),
    Action("redo", "やり直す", GENERAL, ("Ctrl+Shift+Z", "Ctrl+Y"), "redo-2", shown="Ctrl+Shift+Z"),
    Action("saved", "保存されているか見る", GENERAL, ("Ctrl+S",), "save"),
    Action("sync_now", "いま同期する", GENERAL, ("Ctrl+Shift+S",), "refresh-cw"),
    Action("contested", "確認が必要な変更", GENERAL, (), "triangle-alert"),
    Action("history", "変更履歴", GENERAL, (), "history"),
    Action("keys", "キーの一覧", GENERAL, ("F1",), "keyboard"),
    Action("bin", "ごみ箱", GENERAL, (), "trash-2"),
    Action("settings", "設定", GENERAL, (), "settings"),
    Action("phrases", "定型文を直す・足す", GENERAL, (), "quote"),
    Action("backup", "今すぐ控えをとる", GENERAL, (), "hard-drive"),
    Action("restore", "控えに戻す…", GENERAL, (), "rotate-ccw"),
    Action("recovery_key", "回復用の鍵を控える", GENERAL, (), "key"),
    Action("back", "一つ前へもどる", GENERAL, ("Esc",), bound=False),

    Action("line_add", "行を加える", RECORDING, ("Enter",), bound=False, needs="capture"),
    Action("line_break", "行の中で改行", RECORDING, ("Shift+Enter",), bound=False, needs="capture"),
    Action("kind_said", "発言にする", RECORDING, ("Ctrl+1",), "message-square"),
    Action("kind_issue", "課題にする", RECORDING, ("Ctrl+2",), "triangle-alert"),
    Action("kind_advice", "助言にする", RECORDING, ("Ctrl+3",), "lightbulb"),
    Action("kind_promise", "約束にする", RECORDING, ("Ctrl+4",), "flag"),
    Action("kind_photo", "写真にする", RECORDING, ("Ctrl+5",), "camera"),
    Action("kind_memo", "メモにする", RECORDING, ("Ctrl+6",), "pen-line"),
    Action("edit_last", "最後の行を直す", RECORDING, ("↑",), bound=False, needs="capture"),
    Action("edit_line", "行を直す", RECORDING, ("F2",), "pen-line"),
    Action("promise_chips", "約束の担当・期限を選ぶ", RECORDING, ("F4",), "flag"),
    Action("next_blank", "次の空きへ・前の空きへ", RECORDING, (), shown="Tab / Shift+Tab", bound=False, needs="phrase"),
    Action("move_line", "行を上下に動かす", RECORDING, (), shown="Alt+↑ / Alt+↓", bound=False, needs="capture"),
    Action("capture", "記録の入力欄へ", RECORDING, ("Ctrl+L",), "pen-line"),
    Action("phrase", "定型文を入れる", RECORDING, ("Ctrl+;",), "quote"),
    Action("photo", "写真を入れる", RECORDING, ("Ctrl+Shift+P",), "camera"),
    Action("camera", "カメラで撮る", RECORDING, ("Ctrl+Shift+C",), "camera"),
    Action("paste_photo", "画像を貼る", RECORDING, ("Ctrl+V",), bound=False, needs="photo"),

    Action("next_step", "次の段階へ進む", RECORDS, ("Ctrl+Return", "Ctrl+Enter"), "arrow-right", shown="Ctrl+Enter"),
    Action("import", "企業の一覧を取り込む", RECORDS, (), "upload"),
    Action("twins", "同じ企業の確認", RECORDS, (), "copy"),
    Action("offers", "法人情報の変更", RECORDS, (), "refresh-cw"),
    Action("discard", "ごみ箱へ入れる", RECORDS, (), "trash-2"),
    Action("rename_company", "改称を書く", RECORDS, (), "pen-line"),
    Action("views", "残した条件", RECORDS, (), "filter"),
    Action("columns", "表の列を選ぶ", RECORDS, (), "columns-3"),
    Action("last_visit", "前回の記録をひらく", RECORDS, ("Ctrl+Shift+L",), "history"),
    Action("find", "このページの中をさがす", RECORDS, ("Ctrl+F",), "search"),
    Action("print", "印刷・PDF", RECORDS, ("Ctrl+P",), "printer"),
    Action("save_pdf", "PDF に保存", RECORDS, (), "download"),
    Action("client_view", "相手に見せる", RECORDS, ("Ctrl+Shift+V",), "maximize"),
    Action("next_tab", "次の記録", RECORDS, ("Ctrl+Tab",), "arrow-right"),
    Action("previous_tab", "前の記録", RECORDS, ("Ctrl+Shift+Tab",), "arrow-left"),
    Action("close_tab", "記録を閉じる", RECORDS, ("Ctrl+W",), "x"),

    Action("side", "右の欄を出す・しまう", LOOK, ("Ctrl+I",), "panel-right"),
    Action("zoom_in", "大きくする", LOOK, ("Ctrl++", "Ctrl+="), "zoom-in", shown="Ctrl + +"),
    Action("zoom_out", "小さくする", LOOK, ("Ctrl+-",), "zoom-out", shown="Ctrl + −"),
    Action("zoom_reset", "もとの大きさ", LOOK, ("Ctrl+0",), "search", shown="Ctrl + 0"),

    Action("today", "きょう", PLACES, ("Alt+1",), "calendar-days"),
    Action("visits", "相談", PLACES, ("Alt+2",), "notebook-pen", en="Visits"),
    Action("companies", "企業", PLACES, ("Alt+3",), "building-2", en="Companies"),
    Action("match", "マッチ", PLACES, ("Alt+4",), "handshake"),
    Action("figures", "集計", PLACES, ("Alt+5",), "chart-column"),
    Action("sync", "同期", PLACES, ("Alt+6",), "refresh-cw"),
)
"""Keys of the input method (F6–F10, 変換, 無変換, 半角/全角, Ctrl+Space, Shift+Space) are never bound."""

OF_PAGES: Final = frozenset({
    "kind_said", "kind_issue", "kind_advice", "kind_promise", "kind_photo", "kind_memo", "edit_line", "promise_chips",
    "capture", "phrase", "photo", "camera", "last_visit", "find", "print", "save_pdf", "client_view",
    "side",
})
"""What only some pages serve. F1 lists these keys everywhere, because that is where people learn them."""

BEFORE_A_CLIENT: Final = frozenset({"zoom_in", "zoom_out", "zoom_reset"})
"""What the window still does while the client looks on: nothing that could show another company."""

BY_ID: Final = {action.id: action for action in TABLE}


class Actions(QObject):
    """The table as QActions of one window. An action without a verb is off, so its key goes to whoever has the focus.

    The window's own verbs stay; those of the page shown come and go with it, and win where both have one.
    """

    def __init__(self, window: QWidget, verbs: Mapping[str, Verb], told: Mapping[str, Verb] | None = None) -> None:
        """`told` says why an action cannot be carried out here: its key answers everywhere, the palette has it not."""
        super().__init__(window)
        self._own, self._told = dict(verbs), dict(told or {})
        self._verbs, self._tells = dict(verbs), dict(self._told)
        self._made: dict[str, QAction] = {}
        for row in TABLE:
            if not row.bound:
                continue
            action = QAction(window)
            action.setShortcuts([QKeySequence(key) for key in row.keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(lambda _on=False, name=row.id: self.do(name))
            window.addAction(action)
            self._made[row.id] = action
        self.translate()
        self.serve({})

    def translate(self) -> None:
        """Take the words of the language in use."""
        for name, action in self._made.items():
            action.setText(BY_ID[name].words)

    def serve(self, page_verbs: Mapping[str, Verb], *, alone: bool = False) -> None:
        """Switch on what the window and the page now shown can do; `alone` leaves of the window's own what shows no
        other record.

        Raises KeyError when a page names an action that is not in the table.
        """
        for name in page_verbs:
            BY_ID[name]
        own = {name: verb for name, verb in self._own.items() if name in BEFORE_A_CLIENT} if alone else self._own
        self._verbs = {**own, **page_verbs}
        self._tells = {} if alone else self._told
        for name, action in self._made.items():
            action.setEnabled(name in self._verbs or name in self._tells)

    def do(self, name: str) -> bool:
        """Carry out an action; False when nothing serves it now."""
        verb = self._verbs.get(name)
        if verb is not None:
            verb()
        elif name in self._tells:
            self._tells[name]()
        return verb is not None

    def served(self, name: str) -> bool:
        """Whether an action can be carried out now."""
        return name in self._verbs

    def offered(self) -> tuple[Action, ...]:
        """The commands the palette offers now, in the order of the table."""
        return tuple(row for row in TABLE if row.bound and row.in_palette and row.id in self._verbs)

    def key_list(self) -> tuple[tuple[str, tuple[Action, ...]], ...]:
        """What F1 lists: heading → actions with a key that work here or on a record, in the order of the table."""
        out = []
        for group in dict.fromkeys(row.group for row in TABLE):
            rows = tuple(row for row in TABLE if row.group == group and row.key_text and self._works(row))
            if rows:
                out.append((group, rows))
        return tuple(out)

    def _works(self, row: Action) -> bool:
        if row.bound:
            return row.id in self._verbs or row.id in OF_PAGES
        return not row.needs or self._works(BY_ID[row.needs])
