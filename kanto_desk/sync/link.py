"""The way to the hub: TLS to its own certificate authority alone, one connection kept open, the system's proxy."""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
import ssl
import urllib.parse
import urllib.request

import urllib3

from kanto_desk.sync.client import Stopped
from kanto_desk.sync.sockets import Sockets
from kanto_desk.sync.wire import MOST_UNPACKED

TIMEOUT = urllib3.Timeout(connect=10, read=120)


class HttpsLink:
    """A `Link` over HTTPS; `ca` is the authority's certificate (PEM) that this desk pinned when it was enrolled."""

    def __init__(self, url: str, ca: str, timeout: urllib3.Timeout = TIMEOUT) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._sockets = Sockets()
        self._pool = self._sockets.watch(_pool(ssl.create_default_context(cadata=ca)))

    def __call__(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Send one request. Raises OSError when the hub cannot be reached, or is another one than was pinned.

        Raises Stopped where another thread calls `cut` before the whole answer is here.
        """
        try:
            answer = self._pool.request("POST", self._url + path, body=body, headers=headers, retries=False,
                                        timeout=self._timeout, preload_content=False)
            try:
                content = answer.read(MOST_UNPACKED + 1)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if self._sockets.is_cut:
                raise Stopped from error
            raise OSError(str(error)) from error
        return answer.status, content

    def cut(self) -> None:
        """End a request under way, and every later one, from another thread: whoever waits for it gets Stopped."""
        self._sockets.cut()

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()
        self._sockets.close()


def authority_of(url: str, fingerprint: str) -> str | None:
    """The certificate (PEM) of the hub's authority, if it has this fingerprint; None if it is another hub's.

    Asked for without trust, then compared: the fingerprint came by another way (the secretariat's line).
    Raises OSError when the hub cannot be reached.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    place = urllib.parse.urlsplit(url)
    proxy = urllib.parse.urlsplit(urllib.request.getproxies().get("https", ""))
    connection = http.client.HTTPSConnection(proxy.hostname or place.hostname or "", proxy.port or place.port,
                                             context=context, timeout=10)
    try:
        if proxy.hostname:
            connection.set_tunnel(place.hostname or "", place.port)
        connection.request("GET", "/ca")
        der = ssl.PEM_cert_to_DER_cert(pem := connection.getresponse().read(1 << 16).decode("ascii", "replace"))
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    except UnicodeError as error:   # a name of a host that no name can be
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    except ValueError:
        return None
    finally:
        connection.close()
    found = base64.b32encode(hashlib.sha256(der).digest()[:20]).decode().lower()
    return pem if found == fingerprint.lower() else None


def _pool(context: ssl.SSLContext) -> urllib3.PoolManager:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    proxy = urllib.request.getproxies().get("https")
    if proxy:
        return urllib3.ProxyManager(proxy, ssl_context=context)
    return urllib3.PoolManager(ssl_context=context)
