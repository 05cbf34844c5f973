"""What every screen is (`Page`) and what it may ask of the window it stands in (`Window`).

Pages know the window only through this protocol, and each other not at all: to open another record they ask the window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, runtime_checkable

from PySide6.QtWidgets import QWidget

from kanto_desk.clock import Clock
from kanto_desk.ui.jobs import Job, Lane
from kanto_desk.ui.typed import Key as Key
from kanto_desk.ui.typed import Typed

if TYPE_CHECKING:
    from kanto_desk.services.cameras import Camera
    from kanto_desk.ui.phrasing import Asked
    from kanto_desk.ui.syncing import Syncing

Place = Literal["today", "visits", "companies", "match", "figures", "sync"]
"""A place of the rail, in the order of Alt+1…6."""
Verb = Callable[[], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of "where am I"; `go` leads back to it, and the last step has none."""

    words: str
    go: Verb | None = None


class Files(Protocol):
    """How a file is chosen: a dialog of the system, or a test's answer. None and () mean the user went back."""

    def open(self, parent: QWidget, title: str, kinds: str) -> Sequence[Path]: ...

    def save(self, parent: QWidget, title: str, name: str, kinds: str) -> Path | None: ...

    def folder(self, parent: QWidget, title: str) -> Path | None: ...


class Printer(Protocol):
    """What takes a PDF to paper: the system's print dialog, or a test's tray. False when the user went back."""

    def print(self, parent: QWidget, pdf: Path | bytes, title: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Volume:
    """A USB stick or card that is plugged in: where it is mounted, and its name."""

    root: Path
    name: str


Volumes = Callable[[], Sequence[Volume]]
"""What is plugged in now; asked on a worker thread, because a dying card can make it wait."""


def no_volumes() -> Sequence[Volume]:
    """Nothing is plugged in."""
    return ()


Cameras = Callable[[], "Sequence[Camera]"]
"""Which cameras this computer has; asked on a worker thread, and only when a photo is to be taken."""


def no_cameras() -> Sequence[Camera]:
    """This computer has none."""
    return ()


@runtime_checkable
class Telling(Protocol):
    """What has a footer that says what happened."""

    def say(self, text: str) -> None: ...


class Window(Protocol):
    """What a page may ask of its window. Every call comes from the UI thread and returns at once."""

    @property
    def desk(self) -> Any: ...

    @property
    def clock(self) -> Clock: ...

    def show_contested(self, root: tuple[str, str] | None = None, part: str = "") -> None:
        """確認が必要な変更, at a record where one is named, and at its part of that uid."""

    @property
    def files(self) -> Files: ...

    @property
    def printer(self) -> Printer: ...

    @property
    def volumes(self) -> Volumes: ...

    @property
    def cameras(self) -> Cameras: ...

    def write(self, job: Callable[[], T], done: Callable[[T], None] | None = None,
              failed: Callable[[Exception], bool] | None = None, typed: Typed | None = None) -> None:
        """Queue a save to the one writer thread; the footer speaks after it is on disk.

        `done` is called on the UI thread with what `job` returned. `failed` may take care of the exception itself
        and return True; otherwise the window shows it (Refused in the footer, Trouble in the red banner).
        `typed` is what the save would write, in words: it goes into 別の場所へ保存 while the disk refuses.
        """

    def wait_for_saves(self, limit_ms: int) -> bool:
        """Wait until what was asked to be saved is, for at most so many milliseconds; no other event is handled."""

    def work(self, job: Callable[[], T], done: Callable[[T], None],
             failed: Callable[[Exception], bool] | None = None, *, beside: bool = False,
             lane: Lane = "reading") -> None:
        """Run a job that waits or reads for long on a worker thread; answers as `write` does.

        `beside`: on the thread for pictures and cards. `lane`: which jobs it waits behind.
        """

    def read(self, job: Callable[[], T], done: Callable[[T], None],
             failed: Callable[[Exception], bool] | None = None, *, lane: Lane = "reading") -> Job:
        """Run a reading that can be stopped; answers as `write` does.

        `cancel` of what is given ends it at once, in the middle of a statement too; it then answers nobody.
        """

    def open_consultation(self, uid: str) -> None:
        """Show a consultation in a tab of its own, or go to the tab that shows it."""

    def open_found(self, uid: str, part: Key, query: str) -> None:
        """Show a consultation at the part of it in which the words of a query stand."""

    def open_organization(self, uid: str) -> None:
        """Show an organization's profile."""

    def start_consultation(self, organization: str) -> None:
        """Make a visit with an organization, start its clock, and put the cursor into its capture box."""

    def begin_visit(self, consultation: str) -> None:
        """Start the clock of a planned visit and put the cursor into its capture box."""

    def go(self, place: Place) -> None:
        """Show a place of the rail, as Alt+1…6 do."""

    def do(self, action: str) -> None:
        """Carry out an action of the table by its id, as its key would."""

    @property
    def syncing(self) -> Syncing:
        """The sync of this desk: what runs, what waits."""

    @property
    def synced_while_typing(self) -> bool:
        """Whether a sync has brought something since the cursor came into the box it stands in."""

    def choose_phrase(self, asked: Asked) -> None:
        """Let the user find a set phrase for a text box of the page, in a panel inside the window."""

    def show_owner(self) -> None:
        """Show who works here, after the name became another."""

    def say(self, text: str, undo: Verb | None = None) -> None:
        """A finished action: a line in the footer for 6 s, with 元に戻す if `undo` is given."""

    def page_changed(self, page: Page) -> None:
        """Title, crumbs, verbs or root of a page changed: top bar, tabs and actions are brought up to date."""

    def close_page(self, page: Page) -> None:
        """Close an open record and go to the one before it."""

    def client_view(self, on: bool) -> None:
        """相手に見せる: fill the screen with the page alone, without rail, top bar, footer and other names."""


@runtime_checkable
class Viewed(Protocol):
    """A list whose conditions are kept under names."""

    def show_view(self, conditions: Mapping[str, Any]) -> None:
        """Use the conditions of a named view."""


@runtime_checkable
class Finds(Protocol):
    """A record that can be shown where words stand in it."""

    def show_found(self, part: Key, query: str) -> None:
        """Mark the words of a query, and go to them in this part."""


@runtime_checkable
class Imports(Protocol):
    """A page that can take in a file of records."""

    def open_import(self) -> None:
        """Ask for the file and show what taking it in would do."""


@runtime_checkable
class Confirms(Protocol):
    """The page with what waits for the user's decision after a sync."""

    def open_contested(self, root: Key | None = None, part: str = "") -> None:
        """Show it, at a record where one is named, and at its part of that uid."""


class Page(QWidget):
    """One screen. It connects actions to service functions and holds no rule.

    `verbs` names the actions of `kanto_desk.ui.actions` that this page serves now, by id: their keys, palette lines and
    F1 entries are switched on while the page is shown. `root` is the record that Ctrl+Z works on.
    """

    def __init__(self, window: Window) -> None:
        super().__init__()
        self.desk_window = window

    @property
    def root(self) -> Key | None:
        """The open record that undo and history belong to; None on lists."""
        return None

    @property
    def undo_root(self) -> Key | None:
        """The record whose last step Ctrl+Z takes back: the open one, or the one this page has just decided on."""
        return self.root

    @property
    def primary_action(self) -> str | None:
        """Id of the action of the page's one primary button; Ctrl+Enter does it."""
        return None

    def title(self) -> str:
        """The page's name in tabs and for screen readers."""
        raise NotImplementedError

    def crumbs(self) -> Sequence[Crumb]:
        """Where the user is, from the rail's place to this page."""
        return (Crumb(self.title()),)

    def verbs(self) -> Mapping[str, Verb]:
        """What this page can do now: action id → what to call."""
        return {}

    def standing(self) -> str:
        """What of this page is shown, e.g. its inner tab; "" for the whole."""
        return ""

    def stand_again(self, standing: str) -> None:
        """Show what `standing` of an earlier page told, after the screens were built anew."""

    def activate(self) -> None:
        """The page comes to the front: read what may have changed and put the cursor where the work goes on."""

    def flush(self) -> None:
        """Bring composed text into its box and hand every unsaved edit to `Window.write`. Called before the page is
        left, before undo, sign and close; must not wait."""

    def unwritten(self) -> str:
        """What is typed on this page and in no record yet; "" for nothing."""
        return ""

    def refresh(self, touched: frozenset[Key]) -> None:
        """Records were changed (by this page, another page, undo or sync): show again what this page shows of them."""
