"""What a receipt says of a sync."""

from kanto_desk.services.receipts import Noted
from kanto_desk.ui.pages.sync.words import receipt_words


def test_what_the_hub_did_not_take_was_not_sent() -> None:
    words = receipt_words(Noted("2026-11-29T10:00:00+09:00", "事務局", sent=5, held=1, refused=2))
    assert "送った変更 2件" in words and "保留 1件" in words and "受け取られなかった変更 2件" in words
    assert "送った変更" not in receipt_words(Noted("2026-11-29T10:00:00+09:00", "事務局", sent=2, refused=2))
