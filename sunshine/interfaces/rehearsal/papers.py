"""The papers of a rehearsal: believable, fictional, and real files (PDF, DOCX, XLSX)."""

import io
import json
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, BinaryIO

import openpyxl
import typst

SUPPLIERS = [
    ("青禾泵业有限公司", "李青"),
    ("远川机电设备有限公司", "赵远"),
    ("明湖水处理技术有限公司", "孙湖"),
    ("北辰自动化工程有限公司", "周辰"),
    ("嘉木管道装备有限公司", "陈木"),
    ("银杉仪表科技有限公司", "冯杉"),
]
EXPERTS = ["钱学文", "孙立言", "周知行", "褚明理", "卫思齐", "蒋秉公", "韩致远", "杨守正"]

CRITERIA = [
    {"text": "具有独立承担民事责任的能力", "kind": "legal", "evidence": "营业执照"},
    {"text": "具有履行合同所必需的设备和专业技术能力", "kind": "technical", "evidence": "承诺书"},
    {"text": "近三年内在经营活动中没有重大违法记录", "kind": "legal", "evidence": "声明函"},
]

_LOTS = {
    "给排水设备": [
        ("取水泵组", [("1", "卧式离心泵", "12", "台"), ("2", "变频控制柜", "6", "台")]),
        ("配套阀门", [("1", "软密封闸阀 DN300", "36", "个"), ("2", "缓闭止回阀 DN300", "12", "个")]),
    ],
    "信息化设备": [
        ("监测仪表", [("1", "数据采集终端", "20", "套"), ("2", "边缘计算网关", "8", "套")]),
        ("软件与实施", [("1", "平台软件", "1", "套"), ("2", "现场实施", "30", "人日")]),
    ],
    "工程物资": [
        ("主要材料", [("1", "热镀锌钢管 DN100", "480", "米"), ("2", "不锈钢支架", "160", "副")]),
        ("辅助材料", [("1", "高强螺栓 M16", "2400", "套"), ("2", "防腐涂料", "600", "千克")]),
    ],
    "综合服务": [
        ("年度服务", [("1", "驻场服务", "12", "月"), ("2", "应急响应", "24", "次")]),
        ("专项服务", [("1", "设备检测", "40", "台次"), ("2", "技术培训", "6", "场")]),
    ],
}


def lot(
    number: int, *, mandatory: bool = True, estimate_fen: int = 1_000_000_00, category: str = "给排水设备"
) -> dict[str, Any]:
    """A lot with items of a category, in the shape the draft flow takes; capped five per cent above the estimate."""
    of_kind = _LOTS[category]
    title, items = of_kind[(number - 1) % len(of_kind)]
    basis = (
        "国有资金占主导地位的工程建设项目重要设备，达到规模标准"
        if mandatory
        else "不属于依法必须招标的项目，企业自愿招标"
    )
    return {
        "title": title,
        "mandatory": mandatory,
        "mandatory_basis": basis,
        "estimate_fen": estimate_fen,
        "price_cap_fen": estimate_fen * 105 // 100,
        "price_cap_basis": "近一年同类采购合同均价上浮百分之五",
        "bid_bond_fen": estimate_fen * 2 // 100,
        "delivery_days": 60,
        "quality": "合格",
        "items": [
            {"number": n, "name": name, "quantity": Decimal(quantity), "unit": unit, "classification": "431"}
            for n, name, quantity, unit in items
        ],
    }


def documents(title: str, lots: int, category: str = "给排水设备") -> list[tuple[str, BinaryIO]]:
    """The bidding documents: a PDF, a DOCX contract template and an XLSX bill."""
    return [
        (
            f"{title}招标文件.pdf",
            io.BytesIO(pdf(f"{title}招标文件", "第一章 招标公告\n第二章 投标人须知\n第三章 评标办法")),
        ),
        ("合同条款.docx", io.BytesIO(docx("合同条款", ["验收合格后三十日内付款。", "质保期二十四个月。"]))),
        ("采购清单.xlsx", io.BytesIO(bill(lots, category))),
    ]


@cache
def pdf(title: str, text: str) -> bytes:
    """A one-page PDF with selectable Chinese text."""
    body = "\n\n".join(_escaped(line) for line in text.splitlines())
    source = f'#set text(font: "Noto Sans CJK SC", size: 12pt)\n= {_escaped(title)}\n\n{body}\n'
    made = typst.compile(source.encode())
    assert isinstance(made, bytes)
    return made


def _escaped(line: str) -> str:
    return "".join("\\" + sign if sign in "\\#$*_`<>@=-+/[]~" else sign for sign in line)


_DOCX = {
    "[Content_Types].xml": (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/'
        'package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/'
        'package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    ),
}


def docx(title: str, paragraphs: list[str], *, stored: bool = False) -> bytes:
    """A small Word document; ``stored`` leaves its text uncompressed (so that a search would find it)."""
    lines = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in [title, *paragraphs])
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{space}"><w:body>{lines}</w:body></w:document>'
    )
    out = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, text in (_DOCX | {"word/document.xml": document}).items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text, method)
    return out.getvalue()


@cache
def bill(lots: int, category: str = "给排水设备") -> bytes:
    """The bill of quantities of the first ``lots`` lots."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["标段", "序号", "名称", "数量", "单位"])
    for number in range(1, lots + 1):
        for item in lot(number, category=category)["items"]:
            sheet.append([number, item["number"], item["name"], float(item["quantity"]), item["unit"]])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bid_parts(
    lot_id: str, total_fen: int, files: Mapping[str, bytes], *, two_envelope: bool = False
) -> dict[str, dict[str, bytes]]:
    """The three parts of a bid as {part: {entry: bytes}}: the forms as versioned JSON beside the documents.

    Of two envelopes the summary tells no price.
    """
    summary = {
        "v": "bid-summary/1",
        "lot": lot_id,
        "total_fen": None if two_envelope else str(total_fen),
        "rate": None,
        "delivery_days": 55,
        "quality": "合格",
        "project_leader": "项目负责人甲",
        "validity_days": 90,
    }
    line = {"item": "1", "unit_price": _yuan(total_fen), "quantity": "1", "attributes": {}}
    price = {"v": "bid-price/1", "lot": lot_id, "total_fen": str(total_fen), "tax_rate": "0.13", "lines": [line]}
    technical = files or {"技术方案.pdf": pdf("技术方案", "设备选型、实施计划与售后服务承诺")}
    return {
        "summary": {"summary.json": _json(summary)},
        "tech": {f"files/{name}": content for name, content in technical.items()},
        "price": {"price.json": _json(price)},
    }


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


# kind, slug, title, summary, body; each text in Chinese and English
NEWS = [
    (
        "news",
        "platform-opens",
        ("云岭市国企阳光采购服务平台启动演练", "The sunshine platform begins its rehearsal"),
        (
            "四家企业、六家供应商和八位专家走完采购全过程。",
            "Four buyers, six suppliers and eight experts play whole tenders.",
        ),
        (
            "本次演练从采购计划开始，到合同签订结束。投标文件在投标人自己的浏览器里加密，四位密钥持有人中的三位共同打开。"
            "\n\n所有单位、人员和项目均为虚构。",
            "The rehearsal runs from plans to signed contracts. Bids are encrypted in the bidders' own browsers and opened "
            "by three of four trustees.\n\nEvery organisation, person and project is fictional.",
        ),
    ),
    (
        "policy",
        "purpose-and-result",
        ("采购目的和结果都要公开", "Purpose and result are both public"),
        (
            "每份公告都写明为什么买；每个结果都写明给了谁、多少钱、为什么。",
            "Why it is bought, who got it, for how much and why.",
        ),
        (
            "采购人发布公告时须填写采购目的。结果公告载明中标人、中标价、被否决的投标及其理由。",
            "Buyers state the purpose with every notice. Results name the winner, the price, and rejected bids with reasons.",
        ),
    ),
    (
        "news",
        "verify-yourself",
        ("怎样自己验证一份回执", "How to verify a receipt yourself"),
        (
            "把回执粘贴到“验证”页，平台日志密钥的签名当场核对。",
            "Paste it into the Verify page; the log key's signature is checked.",
        ),
        (
            "投标递交后，供应商会立即得到一份签名回执。任何人都可以在“验证”页核对它，也可以用公开的工具在自己的电脑上核对。",
            "Suppliers get a signed receipt the moment a bid arrives. Anyone can check it on the Verify page, or on their own "
            "computer with the published tools.",
        ),
    ),
]
