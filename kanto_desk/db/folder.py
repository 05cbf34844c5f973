"""The data folder: names of its files, its lock to one process, what is unwise about its place. Opens no database."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kanto_desk.clock import Clock
from kanto_desk.db.disk import PRIVATE_FILE, PRIVATE_FOLDER
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr

ALONE = "sample"
"""The wrap of the key of a desk that lies open (keys.py)."""
ENOUGH_FREE_BYTES, LITTLE_FREE_BYTES = 500 * 1024 * 1024, 100 * 1024 * 1024
"""Below the first きょう mentions the disk; below the second a banner stays: a visit's photos may not fit any more."""
_CLOUD_NAMES = {"onedrive": "OneDrive", "dropbox": "Dropbox", "icloud": "iCloud", "mobile documents": "iCloud",
                "google drive": "Google Drive", "googledrive": "Google Drive", "box sync": "Box"}
_NETWORK_KINDS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "sshfs", "fuse.sshfs", "9p", "afpfs", "webdav", "davfs"}
_LOCKED_BYTE = 1 << 20   # beyond the content: a byte locked on Windows cannot be read by the one who is refused


class DataFolder:
    """One data folder by its path. Nothing is created or opened before a method says so."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = path / "records.db"
        self.attachments = path / "attachments.db"
        self.directory = path / "directory.db"
        self.keys = path / "keys.json"
        self.spare_keys = path / "keys.json.bak"
        self.lock_file = path / "kanto-desk.lock"
        self.backups = path / "backups"
        self.wiped = path / "wiped.json"   # there from before a desk is forgotten on its hub's order
        self.setup = path / "setup.unfinished"   # there from before the first file of a desk until it is made

    def lies_open(self) -> bool:
        """Whether the desk holds sample data alone and opens without a passphrase, as far as its key file says so.

        Asked before the first paint, so without the libraries of keys; `KeyFile.lies_open` decides.
        """
        for file in (self.keys, self.spare_keys):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                return set(json.loads(file.read_bytes())["wraps"]) == {ALONE}
        return False

    def put_aside(self, clock: Clock) -> None:
        """Take what an unfinished set-up left out of the way; records, should there be any, are kept in a folder."""
        left = [file for first in (self.records, self.attachments, self.keys)
                for file in self.path.glob(f"{first.name}*")]
        kept = any(file.stat().st_size for file in left if file.name.startswith(self.records.name))
        aside = self.path / f"unfinished-{clock():%Y%m%d-%H%M%S}"
        if kept:
            aside.mkdir(mode=PRIVATE_FOLDER)
        for file in left:
            if kept:
                file.replace(aside / file.name)
            else:
                file.unlink()

    def create(self) -> None:
        """Make the folder, readable by its owner alone. Raises Trouble."""
        try:
            self.path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            self.path.chmod(PRIVATE_FOLDER)
        except OSError as error:
            raise _explained(error) from error

    def make_private(self) -> None:
        """Set mode 0600 on the folder's files (SQLite gives -wal and -shm the mode of the database)."""
        for file in self.path.iterdir():
            if file.is_file():
                file.chmod(PRIVATE_FILE)

    def free_bytes(self) -> int:
        """Free space on the folder's disk."""
        return shutil.disk_usage(self.path).free

    def is_writable(self) -> bool:
        """Whether a file can be made in the folder (tried, since permission bits do not tell of a mounted disk)."""
        probe = self.path / f".probe-{os.getpid()}"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError:
            return False
        return True

    def warnings(self, mounts: Path = Path("/proc/mounts")) -> list[str]:
        """What is unwise about the folder's place, as sentences for the user; `mounts` is Linux's table of mounts."""
        found = []
        named = next((shown for part in self.path.absolute().parts for name, shown in _CLOUD_NAMES.items()
                      if name in part.lower()), None)
        if named:
            found.append(tr("データフォルダーが{name}の中にあります。同期の途中で記録が壊れるおそれがあるので、"
                            "別の場所に移してください。", name=named))
        if _is_network(self.path.absolute(), mounts):
            found.append(tr("データフォルダーがネットワークの上にあります。記録が壊れるおそれがあるので、"
                            "このパソコンの中に移してください。"))
        if not self.is_writable():
            found.append(tr("データフォルダーに書き込めません。"))
        elif self.free_bytes() < ENOUGH_FREE_BYTES:
            found.append(tr("ディスクの空きが{megabytes}MBしかありません。", megabytes=self.free_bytes() // 2**20))
        return found

    @contextmanager
    def locked(self, clock: Clock, *, reading: bool = False) -> Iterator[None]:
        """Hold the folder for this process. Raises Trouble naming process and time when another one holds it.

        With `reading`, a folder that takes no writing is held by its lock file as it is.
        """
        try:
            try:
                handle = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
            except OSError:
                if not reading:
                    raise
                handle = os.open(self.lock_file, os.O_RDONLY)
        except OSError as error:
            raise _explained(error) from error
        try:
            try:
                _take(handle)
            except OSError as error:
                raise self._held() from error
            holder = json.dumps({"pid": os.getpid(), "since": clock().isoformat(timespec="minutes")}).encode()
            with contextlib.suppress(OSError):   # a full disk: the lock itself holds, only the name is missing
                os.ftruncate(handle, 0)
                os.pwrite(handle, holder, 0) if hasattr(os, "pwrite") else os.write(handle, holder)
            yield
        finally:
            os.close(handle)   # gives the lock back, as does the death of the process

    def _held(self) -> Trouble:
        try:
            holder = json.loads(self.lock_file.read_text("utf-8"))
            who = tr("プロセス{pid}、{since}から", pid=holder["pid"], since=str(holder["since"]).replace("T", " ")[:16])
        except (OSError, ValueError, KeyError, TypeError):
            who = tr("相手は不明")
        return Trouble(
            tr("このデータフォルダーは、ほかの関東デスクが使っています（{who}）。", who=who),
            tr("記録は無事です。"),
            tr("開いているほうの窓を使うか、閉じてからもう一度始めてください。"),
        )


def _explained(error: OSError) -> Trouble:
    from kanto_desk.db.trouble import explain  # knows SQLite's codes, which no first page waits for

    return explain(error)


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_network(path: Path, mounts: Path) -> bool:
    if path.drive.startswith("\\\\"):
        return True
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    best, kind = "", ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) > 2:
            point = fields[1].replace("\\040", " ")
            if path.is_relative_to(point) and len(point) >= len(best):
                best, kind = point, fields[2]
    return kind in _NETWORK_KINDS
