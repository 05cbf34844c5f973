"""keys.json: one random data key, wrapped by the passphrase, the recovery key and (if wished) the system's keychain.

Changing a passphrase rewraps the key and never touches the data. A key or passphrase is never logged or shown by repr.
A desk with nothing but sample data may lie open: its key is wrapped by a secret in the same file and protects nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kanto_desk.clock import Clock
from kanto_desk.db import recovery_key
from kanto_desk.db.disk import write_atomically, write_together
from kanto_desk.db.folder import ALONE
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr

FORMAT = 1
KEY_BYTES = 32
KEYCHAIN_SERVICE = "kanto-desk"
FREE_TRIES = 3            # a slip of the finger costs nothing
LONGEST_WAIT_SECONDS = 300
ESCROW = "escrow "
"""How the ways begin that recovery keys open which lie with the secretariat."""


@dataclass(frozen=True)
class Cost:
    """Argon2id parameters: passes, memory in KiB, lanes."""

    passes: int = 5
    memory_kib: int = 131072
    lanes: int = 2


class Keychain(Protocol):
    """The part of a `keyring` backend that is used."""

    def get_password(self, service: str, username: str) -> str | None:
        """The stored text, None when there is none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store a text."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""


class KeysLost(Trouble):
    """No copy of keys.json can be read any more; the copies beside the backups can take its place."""


class DataKey:
    """The unlocked data key of a folder; every file gets a key of its own derived from it."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "<DataKey>"

    def __reduce__(self) -> Any:
        raise TypeError("a data key is not written anywhere")

    def subkey(self, name: str) -> bytes:
        """32 bytes for one use, e.g. "records.db" (HKDF-SHA256, RFC 5869)."""
        return _derive(self._secret, f"file {name}")

    def wrapped(self, wrapping: bytes, bound: bytes) -> dict[str, str]:
        """The key sealed by AES-256-GCM under `wrapping`, bound to `bound`."""
        nonce = secrets.token_bytes(12)
        return {"nonce": nonce.hex(), "sealed": AESGCM(wrapping).encrypt(nonce, self._secret, bound).hex()}


def new_key() -> DataKey:
    """A fresh random data key."""
    return DataKey(secrets.token_bytes(KEY_BYTES))


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"kanto-desk {purpose}".encode()).derive(secret)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class KeyFile:
    """The keys.json of one data folder, its second copy keys.json.bak and its count of failed tries.

    The count slows down somebody who types at this computer. It is a file that can be deleted, on purpose: whoever may
    delete files here may as well copy the folder and try elsewhere without any count, and writing it into keys.json
    would risk the one file that opens everything at each slip of the finger. What protects a copied folder is the
    cost of Argon2id (`Cost`) and the passphrase itself.
    """

    def __init__(self, path: Path, clock: Clock, cost: Cost | None = None, *, tries: Path | None = None) -> None:
        """`tries`: where failed tries are counted; given for a copy beside a backup, which is only read."""
        self.path = path
        self.spare = path if tries else path.with_name(path.name + ".bak")
        self.tries = tries or path.with_name("keys-tries.json")
        self.clock = clock
        self._cost = cost or Cost()
        self._changing = threading.Lock()   # a sync makes keys while somebody changes the passphrase

    def exists(self) -> bool:
        """Whether the folder has a key already."""
        return self.path.exists() or self.spare.exists()

    def create(self, passphrase: str) -> DataKey:
        """Make a fresh data key under a passphrase. Raises Refused for an empty one or when a key exists."""
        if self.exists():
            raise Refused(tr("このデータフォルダーには、もう鍵があります。"))
        key = new_key()
        document: dict[str, Any] = {"format": FORMAT, "id": secrets.token_hex(16), "wraps": {}}
        self._wrap_by_passphrase(document, key, passphrase)
        self._write(document)
        return key

    def create_open(self) -> DataKey:
        """Make a fresh data key that opens without a passphrase, for sample data only: it protects nothing.

        Raises Refused when a key exists.
        """
        if self.exists():
            raise Refused(tr("このデータフォルダーには、もう鍵があります。"))
        key, secret = new_key(), secrets.token_bytes(KEY_BYTES)
        document: dict[str, Any] = {"format": FORMAT, "id": secrets.token_hex(16), "wraps": {}}
        self._wrap(document, ALONE, key, _derive(secret, ALONE), {"secret": secret.hex()})
        self._write(document)
        return key

    def lies_open(self) -> bool:
        """Whether the folder opens without a passphrase."""
        return set(self._read()["wraps"]) == {ALONE}

    def unlock_alone(self) -> DataKey | None:
        """The data key of a desk that lies open, or lay open when protecting it was interrupted; None otherwise."""
        document = self._read()
        if ALONE not in document["wraps"]:
            return None
        secret = bytes.fromhex(document["wraps"][ALONE]["secret"])
        return self._open(document, ALONE, _derive(secret, ALONE))

    def protect(self, key: DataKey, passphrase: str) -> None:
        """Give a desk that lies open a passphrase and a new data key, since the former one could be read by anybody.

        The former key stays readable until `forget_alone`, so that an interrupted re-encryption can go on. Raises
        Refused for an empty passphrase, Trouble; then nothing has changed.
        """
        document = self._read()
        self._wrap_by_passphrase(document, key, passphrase)
        self._write(document)

    def forget_alone(self) -> None:
        """Every file is encrypted by the new key: drop the former one."""
        document = self._read()
        if document["wraps"].pop(ALONE, None) is not None:
            self._write(document)

    def has(self, way: str) -> bool:
        """Whether the key can be reached by "passphrase", "recovery" or "keychain"."""
        return way in self._read()["wraps"]

    def unlock(self, passphrase: str) -> DataKey:
        """The data key. Raises Refused, with the seconds to wait, for a wrong passphrase or one that comes too soon."""
        document = self._read()
        wait = self.wait_seconds()
        if wait:
            raise Refused(tr("合言葉の間違いが続いたため、あと{seconds}秒待ってください。", seconds=wait), "passphrase")
        if "passphrase" not in document["wraps"]:
            raise Refused(tr("見本データのデスクには、まだ合言葉がありません。"), "passphrase")
        failed, _ = self._tries()
        self._note_tries(failed + 1)   # counted before it is tested: a killed try counts too
        wrap = document["wraps"]["passphrase"]
        key = self._open(document, "passphrase", self._stretched(passphrase, bytes.fromhex(wrap["salt"]), wrap["cost"]))
        if key is None:
            wait = self.wait_seconds()
            raise Refused(tr("合言葉が違います。次は{seconds}秒後に試せます。", seconds=wait) if wait
                          else tr("合言葉が違います。"), "passphrase")
        with contextlib.suppress(OSError):   # a read-only folder can still be read
            self.tries.unlink(missing_ok=True)
        return key

    def unlock_by_recovery_key(self, text: str) -> DataKey:
        """The data key by a recovery key typed in any width and case. Raises Refused when it does not fit."""
        document = self._read()
        secret = recovery_key.typed(text)
        for way in document["wraps"]:
            if way == "recovery" or way.startswith(ESCROW):
                key = self._open(document, way, _derive(secret, way))
                if key is not None:
                    return key
        raise Refused(tr("この回復用の鍵は、このデータフォルダーのものではありません。"), "recovery_key")

    def unlock_by_keychain(self, keychain: Keychain) -> DataKey | None:
        """The data key by the system's keychain; None when it holds nothing that fits."""
        document = self._read()
        text = keychain.get_password(KEYCHAIN_SERVICE, document["id"])
        if text is None or "keychain" not in document["wraps"]:
            return None
        try:
            secret = bytes.fromhex(text)
        except ValueError:
            return None
        return self._open(document, "keychain", _derive(secret, "keychain"))

    def change_passphrase(self, old: str, new: str) -> None:
        """Rewrap the key under a new passphrase. Raises Refused as `unlock` does."""
        self.set_passphrase(self.unlock(old), new)

    def set_passphrase(self, key: DataKey, new: str, beside: Iterable[Path] = ()) -> None:
        """Rewrap an unlocked key under a new passphrase; recovery key and keychain stay valid.

        `beside`: copies of keys.json (those of backups) that change with it. Raises Trouble; then none has changed.
        """
        with self._changing:
            document = self._read()
            self._wrap_by_passphrase(document, key, new)
            self._write(document, beside)

    def put_back(self, content: bytes) -> None:
        """Put a sound copy (of a backup) in the place of both files. Raises Trouble, also when it is not sound."""
        if _sound(content) is None:
            raise lost()
        try:
            write_together((self.path, self.spare), content)
        except OSError as error:
            raise explain(error) from error

    def new_recovery_key(self, key: DataKey) -> str:
        """Make a recovery key, to be printed once; an earlier one is void."""
        return self._recovery_key(key, "recovery")

    def new_escrow_key(self, key: DataKey) -> tuple[str, str]:
        """A recovery key for the secretariat, beside the one on paper and beside former ones; gives its way and it."""
        way = f"{ESCROW}{secrets.token_hex(4)}"
        return way, self._recovery_key(key, way)

    def keep_escrow_key(self, way: str) -> None:
        """Every other recovery key of the secretariat opens nothing from now on; with an empty `way` none does."""
        with self._changing:
            document = self._read()
            former = [w for w in document["wraps"] if w.startswith(ESCROW) and w != way]
            for one in former:
                del document["wraps"][one]
            if former:
                self._write(document)

    def _recovery_key(self, key: DataKey, way: str) -> str:
        secret = recovery_key.new_secret()
        with self._changing:
            document = self._read()
            self._wrap(document, way, key, _derive(secret, way), {})
            self._write(document)
        return recovery_key.printed(secret)

    def remember_in_keychain(self, key: DataKey, keychain: Keychain) -> None:
        """Let the system's keychain unlock this folder."""
        with self._changing:
            document = self._read()
            secret = secrets.token_bytes(KEY_BYTES)
            keychain.set_password(KEYCHAIN_SERVICE, document["id"], secret.hex())
            self._wrap(document, "keychain", key, _derive(secret, "keychain"), {})
            self._write(document)

    def forget_keychain(self, keychain: Keychain) -> None:
        """Undo `remember_in_keychain`."""
        with self._changing:
            document = self._read()
            if document["wraps"].pop("keychain", None) is not None:
                self._write(document)
                keychain.delete_password(KEYCHAIN_SERVICE, document["id"])

    def wait_seconds(self) -> int:
        """Seconds until the next passphrase is accepted, 0 for now. A clock set back never makes it longer."""
        failed, last = self._tries()
        if failed < FREE_TRIES or last is None:
            return 0
        delay = min(2 ** (failed - FREE_TRIES + 1), LONGEST_WAIT_SECONDS)
        passed = max(timedelta(0), self.clock() - last).total_seconds()
        return max(0, int(delay - passed + 0.999))

    # Inside

    def _tries(self) -> tuple[int, datetime | None]:
        try:
            noted = json.loads(self.tries.read_text("utf-8"))
            return int(noted["failed"]), datetime.fromisoformat(noted["last"])
        except (OSError, ValueError, KeyError, TypeError):   # damaged counts like deleted: nothing protects it anyway
            return 0, None

    def _note_tries(self, failed: int) -> None:
        with contextlib.suppress(OSError):   # a read-only folder can still be read; Argon2id is the real brake
            write_atomically(self.tries, _canonical({"failed": failed, "last": self.clock().isoformat()}))

    @staticmethod
    def _stretched(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
        text = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
        return hash_secret_raw(text, salt, time_cost=cost["passes"], memory_cost=cost["memory_kib"],
                               parallelism=cost["lanes"], hash_len=KEY_BYTES, type=Type.ID)

    def _wrap_by_passphrase(self, document: dict[str, Any], key: DataKey, passphrase: str) -> None:
        if not passphrase.strip():
            raise Refused(tr("合言葉を入れてください。"), "passphrase")
        salt, cost = secrets.token_bytes(16), asdict(self._cost)
        self._wrap(document, "passphrase", key, self._stretched(passphrase, salt, cost),
                   {"kdf": "argon2id", "salt": salt.hex(), "cost": cost})

    @staticmethod
    def _bound(document: dict[str, Any], way: str, header: dict[str, Any]) -> bytes:
        return _canonical(["kanto-desk", document["format"], document["id"], way, header])

    def _wrap(self, document: dict[str, Any], way: str, key: DataKey, wrapping: bytes, header: dict[str, Any]) -> None:
        document["wraps"][way] = {**header, **key.wrapped(wrapping, self._bound(document, way, header))}

    def _open(self, document: dict[str, Any], way: str, wrapping: bytes) -> DataKey | None:
        wrap = document["wraps"][way]
        header = {name: value for name, value in wrap.items() if name not in ("nonce", "sealed")}
        try:
            secret = AESGCM(wrapping).decrypt(
                bytes.fromhex(wrap["nonce"]), bytes.fromhex(wrap["sealed"]), self._bound(document, way, header))
        except InvalidTag:
            return None
        return DataKey(secret)

    def _write(self, document: dict[str, Any], beside: Iterable[Path] = ()) -> None:
        content = {name: value for name, value in document.items() if name != "sum"}
        whole = _canonical({**content, "sum": hashlib.sha256(_canonical(content)).hexdigest()})
        try:   # the copy gets the same content: an old passphrase must not live on in it
            write_together((self.path, self.spare, *beside), whole)
        except OSError as error:
            raise explain(error) from error

    def _read(self) -> dict[str, Any]:
        """The document of the first sound copy; the other one is made equal to it when it can be written."""
        copies = {path: _content(path) for path in (self.path, self.spare)}
        for content in copies.values():
            document = _sound(content)
            if document is not None and content is not None:
                for path, other in copies.items():
                    if other != content:
                        with contextlib.suppress(OSError):   # mended another time
                            write_atomically(path, content)
                return document
        raise lost()


def lost() -> KeysLost:
    """What to tell when no copy of keys.json can be read."""
    return KeysLost(
        tr("鍵のファイル（keys.json）が読めません。"),
        tr("記録のファイルには触れていません。バックアップにも鍵のファイルがあります。"),
        tr("「復元」で最後のバックアップの鍵に戻してください。"),
    )


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _sound(content: bytes | None) -> dict[str, Any] | None:
    """The document of a copy, None when it is missing or damaged. Raises Trouble for a newer format."""
    try:
        document = json.loads(content or b"")
        if not isinstance(document, dict) or not isinstance(document["format"], int):
            return None
        if document["format"] > FORMAT:
            raise Trouble(
                tr("このデータフォルダーは、もっと新しい版のプログラムで作られました。"),
                tr("ファイルには何も書き込んでいません。"),
                tr("プログラムを新しい版にしてから開いてください。"),
                f"keys.json format {document['format']}",
            )
        noted = document.pop("sum")
        return document if noted == hashlib.sha256(_canonical(document)).hexdigest() else None
    except (ValueError, KeyError):
        return None
