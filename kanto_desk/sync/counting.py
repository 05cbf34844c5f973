"""How many bytes of messages went to a hub and came back, over all links of a run."""

from __future__ import annotations

from dataclasses import dataclass

from kanto_desk.sync.link import HttpsLink


@dataclass(slots=True)
class Traffic:
    """Bytes of messages up and down, without what HTTP and TLS add; of one that broke off those up alone."""

    up: int = 0
    down: int = 0

    def link(self, url: str, ca: str) -> Counted:
        """A link whose messages are counted here."""
        return Counted(url, ca, self)


class Counted(HttpsLink):
    """A link that counts."""

    def __init__(self, url: str, ca: str, traffic: Traffic) -> None:
        super().__init__(url, ca)
        self._traffic = traffic

    def __call__(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Send one request, as `HttpsLink` does."""
        self._traffic.up += len(body)
        status, answer = super().__call__(path, headers, body)
        self._traffic.down += len(answer)
        return status, answer
