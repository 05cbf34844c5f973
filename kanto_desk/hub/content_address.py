"""Where a hub's photos and files are: the folder of the hub, or `s3://bucket/prefix?endpoint=…`, kept as a setting.

Credentials come from the environment or a file, as the tools of S3 read them; never from an address, which is shown.
"""

from __future__ import annotations

import configparser
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from sqlalchemy import Connection

from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub.content_place import FolderPlace, Place, PlaceAway
from kanto_desk.hub.opening import Hub, put_value, value_of
from kanto_desk.i18n import tr

FOLDER_WORD: Final = "folder"
SETTING: Final = "contents"
LEFT: Final = "contents_from"
"""Setting: the address whose files are still on their way to where the hub keeps files now."""

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"[A-Za-z0-9!_.*'()/-]*")


@dataclass(frozen=True, slots=True)
class S3Address:
    """A bucket, what names in it begin with, the server (empty: AWS of the region), and its region."""

    bucket: str
    prefix: str
    endpoint: str
    region: str

    def __str__(self) -> str:
        """One way to write it, so that two of them can be compared."""
        asked = {"endpoint": self.endpoint, "region": self.region}
        return f"s3://{self.bucket}/{quote(self.prefix)}?" + urlencode({k: v for k, v in asked.items() if v}, safe=":/")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a store of objects knows the hub by. Never shown."""

    key: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        """Nothing of it."""
        return "Credentials(…)"


def address_of_contents(given: str) -> str:
    """An address in the one way it is written; `folder` for the hub's folder. Raises Refused."""
    return FOLDER_WORD if given == FOLDER_WORD else str(s3_address(given))


def s3_address(given: str) -> S3Address:
    """What `s3://bucket/prefix?endpoint=https://…&region=…` says. Raises Refused."""
    try:
        parts = urlsplit(given)
        asked = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        user = parts.username or parts.password
    except ValueError:
        raise _no_address() from None
    if user or not set(asked) <= {"endpoint", "region"} or "@" in asked.get("endpoint", ""):
        raise Refused(tr("場所には、endpoint と region のほかは書けません。鍵は環境変数かファイルで渡します。"),
                      "contents")
    prefix = parts.path.strip("/")
    if (parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or not _PREFIX.fullmatch(prefix)
            or ".." in prefix.split("/") or "//" in prefix or parts.fragment):
        raise _no_address()
    endpoint = asked.get("endpoint", "").rstrip("/")
    if endpoint:
        _need_safe(endpoint)
    return S3Address(parts.netloc, prefix, endpoint, asked.get("region", "us-east-1" if endpoint else "ap-northeast-1"))


def _no_address() -> Refused:
    return Refused(tr("保管先は folder、または s3://バケット/前置き?endpoint=https://… の形で指定します。"), "contents")


def _need_safe(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _no_address() from None
    if parts.scheme not in ("http", "https") or not host or parts.path or parts.query:
        raise _no_address()
    if parts.scheme == "http" and not _is_here(host):
        raise Refused(tr("保管先とは https でつなぎます。http は、このコンピューターの中だけで使えます。"), "contents")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def credentials_of(environment: Mapping[str, str] = os.environ) -> Credentials:
    """AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), else the file AWS_SHARED_CREDENTIALS_FILE.

    In the file the section is AWS_PROFILE, `default` without one. Raises Trouble.
    """
    key, secret = environment.get("AWS_ACCESS_KEY_ID", ""), environment.get("AWS_SECRET_ACCESS_KEY", "")
    if key and secret:
        return Credentials(key, secret, environment.get("AWS_SESSION_TOKEN", ""))
    file = environment.get("AWS_SHARED_CREDENTIALS_FILE", "")
    read = configparser.ConfigParser(interpolation=None)
    try:
        if file:
            read.read_string(Path(file).read_text("utf-8"))
        part = read[environment.get("AWS_PROFILE", "default")]
        return Credentials(part["aws_access_key_id"], part["aws_secret_access_key"], part.get("aws_session_token", ""))
    except (KeyError, OSError, ValueError, configparser.Error) as error:
        raise Trouble(tr("S3 の保管先の鍵が見つかりません。"), tr("何も変わっていません。"),
                      tr("環境変数 AWS_ACCESS_KEY_ID と AWS_SECRET_ACCESS_KEY、または AWS_SHARED_CREDENTIALS_FILE の"
                         "ファイルで渡します。"), type(error).__name__) from None


def place_at(folder: Path, address: str) -> Place:
    """The store of files at an address of `address_of_contents`. Raises Refused, Trouble; asks nothing of it yet."""
    if address == FOLDER_WORD:
        return FolderPlace(folder)
    try:
        from kanto_desk.hub.content_objects import ObjectPlace
    except ModuleNotFoundError as error:
        raise Trouble(tr("S3 の保管先を使う部品が入っていません。"), tr("何も変わっていません。"),
                      tr("pip install 'kanto-desk[hub-s3]' で入れます。"), str(error.name)) from error
    return ObjectPlace(folder, s3_address(address), credentials_of())


def contents_of(conn: Connection) -> str:
    """The address at which this hub's files are."""
    return str(value_of(conn, SETTING, FOLDER_WORD))


def place_of(hub: Hub) -> Place:
    """Where this hub keeps files now; `hub contents move` may change it while the hub serves. Raises Trouble."""
    if hub.place is not None:
        return hub.place
    with hub.read() as conn:
        address = contents_of(conn)
    return place_named(hub, address)


def place_named(hub: Hub, address: str) -> Place:
    """The store at an address, made once a hub."""
    found = hub.places.get(address)
    if found is None:
        found = hub.places[address] = place_at(hub.folder, address)
    return found


def use_contents(hub: Hub, given: str) -> None:
    """Begin to keep files at an address, while the hub has none elsewhere. Raises Refused, Trouble."""
    wanted = address_of_contents(given)
    with hub.read() as conn:
        now = contents_of(conn)
    if wanted == now:
        return
    if next(iter(place_at(hub.folder, now).names()), None) is not None:
        raise Refused(tr("写真やファイルは、いま {now} にあります。hub contents move で移します。", now=now),
                      "contents")
    need_answer(place_at(hub.folder, wanted), wanted)
    with hub.write() as conn:
        put_value(conn, SETTING, wanted)


def need_answer(place: Place, address: str) -> None:
    """Ask a store whether it can be used. Raises Trouble."""
    answers = getattr(place, "answers", None)
    try:
        if answers is not None:
            answers()
    except PlaceAway as away:
        raise told(away, address) from away


def told(away: PlaceAway, address: str) -> Trouble:
    """What is said of a store that is away, or refuses."""
    if away.refused:
        return Trouble(tr("保管先 {address} が、鍵を受け付けません。", address=address), tr("何も変わっていません。"),
                       tr("鍵と、その鍵に許されたことを確かめます。"), away.detail)
    return Trouble(tr("保管先 {address} につながりません。", address=address), tr("何も変わっていません。"),
                   tr("endpoint とバケットの名前、ネットワークを確かめて、もう一度実行します。"), away.detail)
