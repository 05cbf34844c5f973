"""What an unlock code is for, said wherever one is asked for: a rule of the house, no cryptography (DECISIONS 24)."""

from __future__ import annotations

from kanto_desk.i18n import tr


def lease_words() -> str:
    """What the lease protects from and what it does not, in a few sentences."""
    return tr("解除コードは、長く同期していないパソコンを、使う前に事務局に確かめるための決まりです。"
              "暗号の鍵ではありません。"
              "なくしたことに気づかないまま、だれかがふつうに使いつづけるのを止めます。"
              "合言葉を知る人が、別の方法で記録のファイルを読むことは止められません。"
              "記録を守っているのは、合言葉による暗号です。")
