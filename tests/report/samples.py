"""Sheets for the tests of the printed page. All companies and people are invented."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from datetime import date, time

from PIL import Image, ImageDraw

from kanto_desk.report.consultation_sheet import (
    Company,
    Confirmation,
    Consent,
    ConsultationSheet,
    Photo,
    Point,
    Promise,
    Supporter,
    Visitor,
)


def photo(colour: str, *, size: tuple[int, int] = (640, 480), exif: Image.Exif | None = None) -> bytes:
    """A JPEG with a few shapes on it."""
    image = Image.new("RGB", size, colour)
    pen = ImageDraw.Draw(image)
    for k in range(6):
        pen.rectangle((40 + k * 95, 160 + (k * 37) % 150, 105 + k * 95, size[1] - 60), fill=(90, 90, 105), outline="black")
        pen.ellipse((60 + k * 95, 300, 90 + k * 95, 330), fill=(220, 180, 80))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, **({"exif": exif} if exif else {}))
    return out.getvalue()


def strokes() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Three pen strokes."""
    wave = tuple((0.1 + k / 60, 0.5 + 0.25 * math.sin(k / 2.4) * math.exp(-k / 60)) for k in range(44))
    return wave, ((0.2, 0.2), (0.24, 0.5), (0.22, 0.8)), ((0.5, 0.78), (0.7, 0.74), (0.92, 0.7))


EMPTY = ConsultationSheet(reference="SIT-R08-P03-00001", version=1, record_uid="0196418e-7c1a-7000-8000-000000000001",
                          issued=date(2026, 4, 17), agency="埼玉県産業技術総合支援センター", held_on=date(2026, 4, 17),
                          company=Company(name="株式会社髙﨑精工"))

FULL = replace(
    EMPTY, reference="SIT-R08-P03-00042", version=1, record_uid="0196418e-7c1a-7b52-9d30-1f2a6c7e8b90", state="final",
    programme="関東経済産業局管内　地域資源広域連携ブランディング事業", form_number="様式第１号（第７条関係）",
    start=time(10, 0), end=time(12, 30), duration_minutes=150, form="巡回（訪問）", kind="継続", nth=2,
    place="相談企業 本社工場（埼玉県川口市）",
    company=Company(
        name="株式会社髙﨑精工", kana="カブシキガイシャタカサキセイコウ", corporate_number="1234567890123",
        representative="代表取締役　𠮷野 祇一", visitors=(Visitor("渡邉 德久", "品質保証部 部長"), Visitor("葛\U000e0100西 彌生", "製造課 課長")),
        postcode="332-0012", address="埼玉県川口市本町４丁目１番８号", phone="048-000-0000", email="hinshitsu@example.jp",
        industry="E24 金属製品製造業", products="自動車・航空機用の精密切削部品（アルミニウム合金、チタン合金、ステンレス鋼）",
        capital_thousand_yen=30_000, employees=48, employees_regular=41, employees_part_time=7, founded="1987年4月"),
    primary_category="医療機器参入（QMS/ISO 13485）", other_categories=("臨床ニーズ", "製販との連携"),
    subject="医療機器部品への参入と品質マネジメントシステムの整備",
    summary="同社は自動車向け切削部品を主力とし、近年は航空機用アクチュエータ部品の量産にも参入している。売上の構成は自動車71%、航空機18%、その他11%であり、電動化に伴う需要の減少を見込んで、医療機器分野への進出を経営課題と位置付けている。「本郷の医療機器メーカーと直接話がしたい」との要望が強く、薬事（医薬品医療機器等法）に関する基礎知識の習得と、品質マネジメントシステムの整備を並行して進める必要がある。",
    situation="現場を確認したところ、5軸加工機3台、複合旋盤6台、三次元測定機1台を保有し、鏡面仕上げ（Ra 0.05μm）の技術は競合に対して優位性がある。一方、洗浄工程が一般工業用の炭化水素系洗浄のみであり、医療用途では残留油分の管理値（TOC）を定めた上で、専用の洗浄ラインを設けることが望ましい。なお、滅菌工程については外部委託を前提とすることで合意した。\n学会の医師からは「先端の把持力を落とさずに外径を2.8mm以下にしたい」との具体的なニーズが出されている。試作に当たっては、材料証明（ミルシート）の保管、トレーサビリティ番号の刻印方法（レーザーマーキングによる耐食性の低下に注意）、生体適合性（ISO 10993-1）の考え方を事前に整理しておくこと。参考：https://www.example.go.jp/review-services/drug-reviews/about-reviews/devices/0018.html",
    advice="国際標準に関しては、IEC 60601シリーズの適用範囲外であることを確認した。将来、能動型器具へ展開する場合は、ソフトウェアのライフサイクル（IEC 62304）及びユーザビリティエンジニアリング（IEC 62366-1）が論点となるため、次回、認証機関の担当者を交えて説明の場を設ける。",
    points=(Point("医療機器製造業登録の要否と時期", "部品供給のみの場合、製造業登録は原則不要であることを確認。最終製品の製造工程のうち「設計」「主たる組立て」「滅菌」「国内における最終製品の保管」を担う場合に登録が必要となる。"),
            Point("ISO 13485認証取得の進め方", "ISO 9001の文書体系を土台に、リスクマネジメント（ISO 14971）と設計管理、滅菌バリデーションの差分を優先して整備する。取得までの目安は10か月。"),
            Point("本郷地区の医療機器メーカーとのマッチング", "鉗子先端部品（SUS420J2、公差±0.005mm）について、製販企業2社から引合いあり。試作3点、納期は5月末。")),
    promises=(Promise("ISO 13485差分分析表の作成", "株式会社髙﨑精工　渡邉部長", date(2026, 5, 15), "着手"),
              Promise("鉗子先端部品　試作図面の確認（NDA締結後）", "専門家　齋藤", date(2026, 4, 30), "未着手"),
              Promise("補助金（ものづくり・商業・サービス生産性向上促進補助金）の要件の確認と情報提供", "事務局　濵田", date(2026, 5, 8), "未着手")),
    direction="医療機器部品の受託加工から始め、2年後を目途に製造業登録と認証取得を行う。", next_date=date(2026, 5, 22),
    responses=("助言", "情報提供", "マッチングへ"), result="継続", referred=("公益財団法人 産業振興機構", "商工会議所"),
    programmes_used=("ものづくり補助金",),
    supporters=(Supporter("齋藤 靑志", "薬事コンサルタント", lead=True), Supporter("濵田 みのり", "事務局")),
    consents=(Consent("相談内容を関係する支援機関へ提供すること", True, date(2026, 4, 17)),
              Consent("社名を出した事例として公開すること", False)),
    photos=(Photo(photo("#8aa0bf"), "5軸加工機による鉗子先端部品の試作"), Photo(photo("#b8ad9a"), "洗浄工程（炭化水素系）"),
            Photo(photo("#7fae96"), "三次元測定機による検査")),
    approvals=("所長", "課長", "係長", "担当"),
    confirmation=Confirmation("渡邉 德久", "品質保証部 部長", date(2026, 4, 17), "pen", strokes()))

ENGLISH = replace(
    FULL, agency="Saitama Industrial Technology Support Center", form_number="Form 1 (Article 7)",
    programme="Kanto region: joint branding of local resources", form="On-site visit", kind="Continued",
    place="Head office and plant, Kawaguchi, Saitama",
    company=replace(FULL.company, name="Takasaki Seiko Co., Ltd.", kana="", representative="Giichi Yoshino, President",
                    visitors=(Visitor("Tokuhisa Watanabe", "Head of Quality Assurance"),),
                    address="4-1-8 Honcho, Kawaguchi, Saitama", industry="E24 Fabricated metal products",
                    products="Precision machined parts for cars and aircraft", founded="April 1987"),
    primary_category="Entering medical devices (QMS/ISO 13485)", other_categories=("Clinical needs", "Partnering"),
    subject="Entering medical device parts and setting up a quality system",
    summary="The company makes machined parts, mostly for cars, and has lately begun series production for aircraft actuators. Cars account for 71% of sales, aircraft for 18%. As electric cars will need fewer of these parts, the company’s management sees medical devices as its next field.",
    situation="Five-axis machines: 3; multi-tasking lathes: 6; one coordinate measuring machine. Mirror finishing (Ra 0.05 μm) is a strength. Cleaning is for general industry only; a separate line with a limit for residual oil is advisable. Reference: https://www.example.go.jp/review-services/drug-reviews/about-reviews/devices/0018.html",
    advice="IEC 60601 does not apply at this stage. A meeting with the certification body is planned for the next visit.",
    points=(Point("Whether and when registration is needed", "Not for parts alone. Registration is needed once design, main assembly, sterilisation or storage of the final product is done in-house."),
            Point("How to reach ISO 13485", "Build on ISO 9001; start with risk management (ISO 14971) and design control. About ten months.")),
    promises=(Promise("Gap analysis against ISO 13485", "Takasaki Seiko, Mr Watanabe", date(2026, 5, 15), "Begun"),),
    direction="Begin with contract machining; register and certify within two years.", responses=("Advice", "Information"),
    result="Continued", referred=("Industrial Promotion Organization",), programmes_used=(),
    supporters=(Supporter("Seiji Saito", "Regulatory consultant", lead=True), Supporter("Minori Hamada", "Secretariat")),
    consents=(Consent("Sharing of this record with partner organisations", True, date(2026, 4, 17)),),
    photos=(Photo(photo("#8aa0bf"), "Trial machining on a five-axis machine"), Photo(photo("#b8ad9a"), "Cleaning")),
    approvals=("Director", "Manager", "Officer"),
    confirmation=Confirmation("Tokuhisa Watanabe", "Head of Quality Assurance", date(2026, 4, 17), "pen", strokes()))

PAIRED = replace(
    FULL, situation="", advice="", photos=(), consents=(), points=(
        Point("ISO 13485 の取得計画が社内で決まらない（品質担当が1名）",
              "・まず委託加工として参入し、認証は2年計画に分ける。\n・認証機関の無料説明会に品質担当と出る。"),
        Point("内面の面粗さ Ra0.2 の測定手段がない", "工業技術センターの機器を借りる。"),
        Point("人手が足りない"), Point("全般", "週に一度は進み具合を社内で話し合う。")))
