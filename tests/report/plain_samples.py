"""Plain papers to look at: a list across the sheet, one upright, and a record in parts."""

from __future__ import annotations

from datetime import date

from kanto_desk.report.plain_values import ListColumn, Part, PlainPaper

DAY = date(2026, 11, 24)
_WIDE = (ListColumn("番号", 72, number=True), ListColumn("企業名", 260), ListColumn("所在地", 124), ListColumn("分野", 128),
         ListColumn("できること", 260), ListColumn("認証", 116), ListColumn("最終相談", 84, number=True))


def listed(count: int) -> PlainPaper:
    """A list of so many companies on a sheet that lies across."""
    rows = [(f"{n:,}", f"株式会社 𠮷髙製作所 第{n}工場\nヨシタカセイサクジョ", "上田市\n長野県", "金属製品製造業",
             "順送プレス部品、深絞り容器、航空機内装の板金ブラケット\n金型を社内で直せるため、止まっても翌日に動く", "ISO 9001\nJIS Q 9100",
             "11/23") for n in range(1, count + 1)]
    return PlainPaper("企業の一覧", "長野県・★", "関東産業支援センター",
                      (("条件", "長野県・★"), ("並び順", "ふりがな順"), ("件数", f"{count:,}社"), ("印刷した日", "令和8年11月24日（火） 13:30、高橋 直子")),
                      (Part("", _WIDE, rows),), DAY, across=True)


LIST = listed(30)
RECORD = PlainPaper(
    "企業の記録", "株式会社 𠮷髙製作所", "関東産業支援センター",
    (("名称", "株式会社 𠮷髙製作所"), ("フリガナ", "ヨシタカセイサクジョ"), ("印刷した日", "令和8年11月24日（火） 13:30、高橋 直子")),
    (Part("会社のあらまし", (ListColumn("項目", 35), ListColumn("内容", 87), ListColumn("出どころ", 48)),
          (("所在地", "〒392-0012　長野県諏訪市四賀0000（見本）", "令和8年11月24日（火）\n第3回の相談で（高橋 直子）"),
           ("メール", "a-very-long-local-part-without-end@an-even-longer-domain-name-of-a-company.example.co.jp",
            "令和6年4月23日（火）\n取り込んだ一覧から（高橋 直子）［要確認］"))),
     Part("約束", (ListColumn("約束", 70), ListColumn("担当", 28), ListColumn("期限", 36), ListColumn("状態", 36)),
          (("ISO 13485 の取得計画を社内で決める", "宮坂 真理", "令和8年11月20日", "期限超過"),
           ("SUS316L φ1.2 の試作見積もりを送る", "高橋", "令和8年10月15日", "済\n令和8年10月14日")), note="済 1・残り 1"),
     Part("つながり", (ListColumn("関係", 30), ListColumn("企業", 60)), (), "つながりはまだありません。")),
    DAY, warning="支援機関の控えです。連絡先と、ほかの企業の名前を含むことがあります。", notes=("メモは内部のものなので、印刷していません。",))
ENGLISH = PlainPaper(
    "List of visits", "“press”", "Kanto Support Centre",
    (("Conditions", "“press”"), ("Order", "Newest visit first"), ("Number", "2 visits"), ("Printed", "24 November 2026 (Tue) 13:30")),
    (Part("", (ListColumn("No.", 72, number=True), ListColumn("Date", 170), ListColumn("Company", 260), ListColumn("Subject", 260),
               ListColumn("State", 160)),
          (("1", "2026-11-23\nFY 2026", "株式会社 上田プレス\nKD-R08-I7TV-00004", "Quotation for aircraft interiors", "Not signed"),
           ("2", "2026-10-08\nFY 2026", "株式会社 上田プレス\nKD-R08-I7TV-00002", "A first look at the press shop", "Signed"))),), DAY)
