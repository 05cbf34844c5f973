"""Opens the boxes above the window and connects them to services: settings, keys, history, recovery key, backup."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shiboken6 import isValid

from kanto_desk import __version__
from kanto_desk.clock import today
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import language, tr, years
from kanto_desk.services import bin as bin_
from kanto_desk.services import (
    care,
    directory_sources,
    escrow,
    failures,
    history,
    older_history,
    owner,
    photo_intake,
    phrases,
    restoring,
)
from kanto_desk.ui import leaving_key
from kanto_desk.ui.dialogs.bin import BinBox
from kanto_desk.ui.dialogs.first_passphrase import FirstPassphraseBox
from kanto_desk.ui.dialogs.history import HistoryBox
from kanto_desk.ui.dialogs.keys_help import KeysBox
from kanto_desk.ui.dialogs.passphrase import PassphraseBox
from kanto_desk.ui.dialogs.phrases import PhrasesBox
from kanto_desk.ui.dialogs.recovery import RecoveryBox, sheet
from kanto_desk.ui.dialogs.restore import RestoreBox
from kanto_desk.ui.dialogs.settings import SettingsBox, State
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.lease_words import lease_words
from kanto_desk.ui.pages.words import long_day
from kanto_desk.ui.theme import controller
from kanto_desk.ui.typed import Typed, typed

if TYPE_CHECKING:
    from kanto_desk.services.restoring import Preview
    from kanto_desk.ui.frame import Frame
    from kanto_desk.ui.main_window import MainWindow


def show(name: str, window: MainWindow) -> None:
    """Open a box by the id of its action."""
    frame = window.frame
    if frame is not None:
        _BOXES[name](window, frame)


def _keys(_window: MainWindow, frame: Frame) -> None:
    from kanto_desk.services import lease  # it knows messages: nothing of a start pays for them

    leased = lease.days_left(frame.desk.store) is not None
    KeysBox(frame, frame.actions_, *((lease_words(),) if leased else ())).open()


def _history(_window: MainWindow, frame: Frame) -> None:
    page = frame.places.current
    if page is None or page.root is None:
        frame.say(tr("記録を開くと、その変更履歴を見られます"))
        return
    page.flush()
    root, store, title = page.root, frame.desk.store, page.title()
    # after the saves: on the writer's queue, so that what was just typed is in it
    frame.write(lambda: (history.in_words(store, history.groups(store, root)), older_history.elsewhere(store, root)),
                lambda read: HistoryBox(frame, title, *read).open())


def _backup(_window: MainWindow, frame: Frame) -> None:
    _make_backup(frame, lambda _at: None)


def _make_backup(frame: Frame, then: Callable[[Any], None]) -> None:
    frame.flush()
    desk = frame.desk
    frame.say(tr("控えをとっています…"))

    def told(made: Any) -> None:
        frame.say(tr("控えをとり、読み直して確かめました（{rows}行）", rows=sum(made.counts.values())))
        then(made.verified)

    def failed(error: Exception) -> bool:
        then(care.last_verified(desk))
        frame.show_failure(error)
        return True
    # first the saves, then the copy: the backup is asked for when everything typed is on disk
    frame.write(lambda: None, lambda _none: frame.work(lambda: care.backup(desk), told, failed, lane="long"))


def _restore(window: MainWindow, frame: Frame) -> None:
    desk = frame.desk
    if not desk.protected:
        frame.say(tr("見本データだけのあいだは、控えがありません。"))
        return

    def choose(previews: Any) -> None:
        if any(one.isVisible() for one in frame.findChildren(RestoreBox)):
            return
        box = RestoreBox(frame, previews)
        box.chosen.connect(lambda one: _leave_for(window, frame, one))
        box.open()
    frame.keeping.settle_now()   # what was just typed counts as lost, too; held saves do not keep the box away
    frame.work(lambda: restoring.previews_of(desk), choose, lane="long")


def _leave_for(window: MainWindow, frame: Frame, one: Preview) -> None:
    """Go back to a backup once everything typed is on disk, or in a file of its own where the disk refuses."""
    keeping = frame.keeping
    if keeping.settle_now():
        _go_back(window, one)
    elif keeping.saving.trouble is None:
        keeping.when_settled(lambda: _leave_for(window, frame, one), leaving=False)
    elif not keeping.save_elsewhere():
        frame.say(tr("まだ保存できていない入力があるので、戻していません。先に「別の場所へ保存」で残します。"))
    elif keeping.quiet():
        _go_back(window, one)


def _go_back(window: MainWindow, one: Preview) -> None:
    window.go_back(one.backup)
    window.activateWindow()   # the box that asked went with the frame, and no box below it takes the keys


def _recovery(_window: MainWindow, frame: Frame) -> None:
    desk = frame.desk

    def shown(key: str) -> None:
        def paper() -> None:
            day = today(frame.clock)
            page = sheet(key, desk.store.person, long_day(day))
            try:
                frame.printer.print(box, page, tr("回復用の鍵"))
            except Trouble as trouble:
                frame.say(f"{trouble.happened}{trouble.to_do}")
        box = RecoveryBox(frame, key, paper, leaving_key.made_for(frame))
        box.noted.connect(lambda: frame.write(desk.note_recovery_key, lambda _none: _refresh(frame)))
        box.open()
    frame.write(desk.new_recovery_key, shown)


def _first_passphrase(_window: MainWindow, frame: Frame) -> None:
    """Protect a desk that lies open, then save what waited for it."""
    desk = frame.desk
    if desk.protected or any(one.isVisible() for one in frame.findChildren(FirstPassphraseBox)):
        return
    box = FirstPassphraseBox(frame)

    def protect(passphrase: str) -> None:
        try:
            if not frame.keeping.quiet():   # the files are about to be written anew
                box.refuse(tr("ほかの作業が続いています。終わってから、もう一度押します。"))
                return
            desk.protect(passphrase)
        except (Refused, Trouble, OSError) as error:
            trouble = failures.told(error)
            box.refuse(f"{trouble.happened}{trouble.safe}{trouble.to_do}" if trouble else str(error))
            return
        box.accept()
        frame.say(tr("合言葉を決めました。次からは、この合言葉で開きます。"))
        frame.keeping.saving.again()
        _refresh(frame)
    box.asked.connect(protect)
    box.finished.connect(lambda _result: None if desk.protected else frame.keeping.without_passphrase())
    box.open()


def _passphrase(frame: Frame) -> None:
    desk = frame.desk
    if not desk.protected:
        frame.dialog_asked.emit("first_passphrase")
        return
    box = PassphraseBox(frame)

    def change(old: str, new: str) -> None:
        def told(done: Any) -> None:
            if isValid(box):
                box.accept()
            frame.say(tr("合言葉を変えました。バックアップ{n}件も新しい合言葉で開きます。", n=done.backups))
            if done.unreached:   # stays until it is read: whoever opens those needs the former passphrase
                frame.alarm.show_trouble(Trouble(
                    tr("ここのバックアップには届かず、前の合言葉のままです：{folder}",
                       folder="、".join(done.unreached)),
                    tr("合言葉は変わりました。ここにある控えは、新しい合言葉で開きます。"),
                    tr("そのディスクをつないで、もう一度合言葉を変えると、そろいます。")))

        def failed(error: Exception) -> bool:
            if isValid(box):
                if isinstance(error, Refused):
                    box.refuse(error.message, error.field)
                    return True
                box.accept()   # the disk refused: nothing has changed, and the banner says so
            return False
        frame.work(lambda: care.change_passphrase(desk, new, old=old), told, failed, lane="long")
    box.asked.connect(change)
    box.open()


def _phrases(_window: MainWindow, frame: Frame) -> None:
    store = frame.desk.store
    if any(one.isVisible() for one in frame.findChildren(PhrasesBox)):
        return
    box = PhrasesBox(frame, phrases.in_order(store), phrases.fields(), frame.phrasing.wanted)
    frame.phrasing.wanted = ""

    def save(job: Callable[[], Any], told: str = "", words: Typed | None = None) -> None:
        def show(uid: object) -> None:
            if isValid(box):
                box.show_phrases(phrases.in_order(store), uid if isinstance(uid, str) else "")
                if told:
                    box.say(told)

        def failed(error: Exception) -> bool:
            if isinstance(error, Refused) and isValid(box):
                box.refuse(error.message, error.field)
                return True
            return False
        frame.write(job, show, failed, words)

    def edit(uid: str, values: dict[str, str]) -> None:
        save(lambda: phrases.edit(store, uid, **values),
             words=typed(None, (tr("定型文"), "\n".join(values.values())), slot=f"{uid}:{','.join(sorted(values))}"))
    box.edited.connect(edit)
    box.added.connect(lambda title, text: save(lambda: phrases.add(store, text, title=title), tr("定型文を足しました")))
    box.removed.connect(lambda uid: save(lambda: phrases.delete(store, uid), tr("定型文を消しました")))
    box.moved.connect(lambda uid, to: save(lambda: phrases.move(store, uid, to)))
    box.undo_asked.connect(lambda: save(lambda: _undone(phrases.undo(store)), tr("元に戻しました")))
    box.open()


def _undone(done: history.Reverted | None) -> None:
    if done is None:
        raise Refused(tr("これより前はありません"))


def _refresh(frame: Frame) -> None:
    if frame.places.current is not None:
        frame.places.current.activate()


def _bin(_window: MainWindow, frame: Frame) -> None:
    store = frame.desk.store
    box = BinBox(frame)
    asked: list[Job] = []   # the newest question

    def read(query: str) -> None:
        def show(items: Any) -> None:
            if isValid(box) and box.search.whole().strip() == query:
                box.show_items(items)
        for before in asked:
            before.cancel()
        asked[:] = [frame.read(lambda: bin_.listing(store, query), show, lane="finding")]

    def preview(item: Any) -> None:
        frame.work(lambda: bin_.preview(store, item),
                   lambda found: box.show_preview(item, found) if isValid(box) else None)

    def restore(item: Any) -> None:
        def done(back: Any) -> None:
            words = tr("{name} を戻しました", name=back.title)
            if back.also:
                words = tr("{name} を、{also} といっしょに戻しました", name=back.title, also=tr("、").join(back.also))
            frame.say(words, lambda: frame.write(lambda: history.undo(store, back.root)))
            if isValid(box):
                box.say(words)
                box.ask()

        def failed(error: Exception) -> bool:
            if isinstance(error, Refused) and isValid(box):
                box.say(error.message, refused=True)
                box.ask()
                return True
            return False
        frame.write(lambda: bin_.restore(store, item), done, failed)
    box.asked.connect(read)
    box.preview_asked.connect(preview)
    box.restore_asked.connect(restore)
    box.open()
    frame.flush()   # what was just typed may be about what was just deleted
    frame.write(lambda: None, lambda _none: read("") if isValid(box) else None)


def _settings(window: MainWindow, frame: Frame) -> None:
    desk, store = frame.desk, frame.desk.store
    keychain = window.keychain
    usable: bool | None = desk.keys.has("keychain") if keychain is not None else None
    state = State(str(desk.home), care.last_verified(desk), usable,
                  bool(store.setting("recovery_key_noted", False)), __version__, desk.protected,
                  bool(store.setting(photo_intake.KEEP_ORIGINAL, False)),
                  bool(store.setting(photo_intake.KEEP_PLACE, False)), directory_sources.lines(desk),
                  escrow.state(store).at is not None)
    box = SettingsBox(frame, owner.read(store), state, controller(), leaving_key.made_for(frame))

    def backed_up(at: Any) -> None:
        if isValid(box):   # the box may have been closed meanwhile
            box.show_backup(at)

    def save(job: Callable[[], None], then: Callable[[], None] | None = None, words: Typed | None = None) -> None:
        def failed(error: Exception) -> bool:
            if isinstance(error, Refused) and isValid(box):
                box.refuse(error.message, error.field)
                return True
            return False
        frame.write(job, lambda _none: then() if then else None, failed, words)

    box.scheme_chosen.connect(window.set_scheme)
    box.language_chosen.connect(lambda code: window.set_language(code, _again(window, box)))
    box.years_chosen.connect(lambda code: window.set_years(code, _again(window, box, by_years=True)))
    box.person_changed.connect(lambda name, kana: save(
        lambda: owner.set_person(store, name, kana), frame.show_owner,
        typed(None, (tr("お名前"), name), (tr("よみ"), kana), slot="person")))
    box.organization_changed.connect(lambda name: save(
        lambda: owner.set_organization(store, name), words=typed(None, (tr("所属"), name), slot="organization")))
    box.base_code_changed.connect(lambda code: save(lambda: owner.set_base_code(store, code)))
    def after_protecting(go_on: Callable[[], None]) -> None:
        if not desk.protected:
            box.accept()   # it would go on saying that there is no passphrase
        go_on()
    box.recovery_asked.connect(lambda: after_protecting(lambda: _recovery(window, frame)))
    box.passphrase_asked.connect(lambda: after_protecting(lambda: _passphrase(frame)))
    box.backup_asked.connect(lambda: _make_backup(frame, backed_up))

    def go_back() -> None:
        box.accept()
        _restore(window, frame)
    box.restore_asked.connect(go_back)

    def to_phrases() -> None:
        box.accept()
        frame.phrasing.wanted = ""
        _phrases(window, frame)
    box.phrases_asked.connect(to_phrases)

    def open_bin() -> None:
        box.accept()
        _bin(window, frame)
    box.bin_asked.connect(open_bin)

    def keep(on: bool) -> None:
        if keychain is not None:
            save((lambda: desk.remember_in_keychain(keychain)) if on
                 else (lambda: desk.keys.forget_keychain(keychain)))
    box.keychain_changed.connect(keep)
    box.photos.changed.connect(lambda name, on: save(lambda: store.set_setting(name, on)))
    box.open()
    # a folder on a network may take its time to be missing
    frame.work(lambda: care.unreached(desk), lambda folders: box.show_unreached(folders) if isValid(box) else None)


def _again(window: MainWindow, box: SettingsBox, *, by_years: bool = False) -> Callable[[], None]:
    """Opens the settings anew where they stood, in the language chosen there."""
    place = box.geometry()

    def open_again() -> None:
        show("settings", window)
        for fresh in window.findChildren(SettingsBox):
            if fresh.isVisible():
                fresh.setGeometry(place)
                (fresh.years[years()] if by_years else fresh.languages[language()]).setFocus()
    return open_again


_BOXES: dict[str, Callable[[MainWindow, Frame], None]] = {
    "keys": _keys, "history": _history, "backup": _backup, "recovery_key": _recovery, "settings": _settings,
    "restore": _restore, "phrases": _phrases, "bin": _bin,
    "first_passphrase": _first_passphrase,
}
