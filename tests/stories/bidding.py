"""Second part of the story: questions, sealed bids in four browsers, and what nobody may read before the opening."""

import io
import json
import zipfile
from pathlib import Path

from django.conf import settings
from django.db import connection
from playwright.sync_api import Request, expect

from sunshine.interfaces.rehearsal import papers
from tests.stories.people import PATIENCE, Someone
from tests.stories.preparing import METERS, PUMPS, TITLE, Tale

# Words that occur nowhere else: in an uncompressed document, in a file's name, in the sealed form's JSON.
PLANTED = ("青禾泵业的独门配方甲乙丙", "独门叶轮图纸", "整机质保三十六个月，二十四小时内到场", "苏望舒")
CONTROL = "控制样本未加密子丑寅"


def asked(tale: Tale) -> None:
    """A supplier asks without a name; the officer answers; everybody reads both."""
    supplier, officer, visitor = (tale.house.enter(key) for key in ("supplier2", "officer", ""))
    supplier.open("/supplier/opportunities/").sees(TITLE).shot("opportunities")
    supplier.press(TITLE).sees(PUMPS, METERS).shot("supplier-project")
    supplier.give(text="卧式离心泵的汽蚀余量是否有上限要求？").press("匿名提问")
    officer.open(f"/buyer/projects/{tale.project}/questions/").sees("汽蚀余量")
    officer.sees_not(tale.house.cast["supplier2"].name, "远川机电设备有限公司")
    officer.shot("questions")
    officer.give(text="不高于 4.5 米，以招标文件第三章为准。").press("公布答复").sees("答复已公布。")
    visitor.open(f"/projects/{tale.project}/").sees("汽蚀余量", "不高于 4.5 米")
    visitor.sees_not("远川机电设备有限公司")


def sealed(tale: Tale) -> None:
    """Three suppliers bid for lot 1, the first replaces its bid; for lot 2 it bids alone."""
    first, second = tale.lots
    files = tale.folder
    (files / "独门叶轮图纸.zip").write_bytes(_uncompressed("配方.txt", PLANTED[0]))
    (files / "技术方案.docx").write_bytes(papers.docx("技术方案", [PLANTED[0]], stored=True))
    (files / "实施计划.pdf").write_bytes(papers.pdf("实施计划", "设备选型、实施计划与售后服务承诺"))
    for key, prices, names in (
        ("supplier1", ("61000", "30000"), ["技术方案.docx", "独门叶轮图纸.zip"]),
        ("supplier2", ("62500.5", "31000"), ["实施计划.pdf"]),
        ("supplier3", ("64000", "30800.123456"), ["实施计划.pdf"]),
    ):
        supplier = tale.house.enter(key)
        supplier.open(f"/supplier/lots/{first}/bid/").sees("投标文件须用您的数字证书签名")
        supplier.enrol()
        if key == "supplier1":
            supplier.shot("certificates")
        _bid(tale, supplier, first, prices, names)
    one = tale.house.enter("supplier1")
    one.shot("receipt", live=True)
    _bid(tale, one, first, ("60000", "29800"), ["技术方案.docx", "独门叶轮图纸.zip"], again=True)
    _bid(tale, one, second, ("12000", "9000", "6000"), ["实施计划.pdf"])
    one.open("/supplier/bids/").unlock().sees(PUMPS, METERS)
    one.shot("my-bids", live=True, again=lambda someone: someone.unlock().sees(PUMPS, METERS))


def _bid(
    tale: Tale, supplier: Someone, lot: str, prices: tuple[str, ...], names: list[str], *, again: bool = False
) -> None:
    """One bid: the form, the files, sealing and upload in the browser, the receipt."""
    page = supplier.open(f"/supplier/lots/{lot}/bid/").unlock().page
    if again:
        supplier.sees("您已在本标段递交投标")

    def fill(someone: Someone) -> None:
        for n, price in enumerate(prices, 1):
            someone.page.locator(f"#seal-price-{n}").fill(price)
        someone.give(tax_rate="0.13", delivery_days="55", quality=PLANTED[2], project_leader=PLANTED[3])
        someone.give(tech=[str(tale.folder / name) for name in names])

    fill(supplier)
    if supplier.key == "supplier1":
        supplier.shot("bid-again" if again else "bid", live=True, again=lambda someone: fill(someone.unlock()))
    knocks: list[Request] = []

    def note(request: Request) -> None:
        knocks.append(request)

    page.on("request", note)
    page.locator("[data-ref=submit]").click()
    expect(page.locator("[data-ref=receipt]")).to_be_visible(timeout=PATIENCE)
    page.remove_listener("request", note)
    nobody_knocked(knocks)
    expect(page.locator("[data-step=log] [data-state=complete]")).to_be_visible()
    supplier.sees("投标已送达，回执已存入您的密钥簿。")


def nobody_knocked(requests: list[Request]) -> None:
    """What went to the box had neither cookie nor referrer, while other requests of the same page had them."""
    box = [request.all_headers() for request in requests if "/box/" in request.url]
    assert len(box) >= 3 and not any({"cookie", "referer", "authorization"} & set(headers) for headers in box)
    assert any("cookie" in request.all_headers() for request in requests if "/account/keyring/" in request.url)


def _uncompressed(name: str, text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(name, text)
    return out.getvalue()


def nothing_to_read(tale: Tale) -> None:
    """Tables, blobs and logs hold none of the planted words; the same search finds what was not sealed."""
    officer, visitor = tale.house.enter("officer"), tale.house.enter("")
    (tale.folder / "澄清图纸.zip").write_bytes(_uncompressed("说明.txt", CONTROL))
    officer.open(f"/buyer/projects/{tale.project}/clarify/")
    officer.give(text="补充水泵安装图，不影响投标文件编制。", affects="0", files=str(tale.folder / "澄清图纸.zip"))
    officer.press("下一步：核对后发出").shot("clarify", live=True)
    officer.press("发出澄清修改").sees("变更公告已发布。")
    kept = everything_kept(tale)
    found = {word for word in (*PLANTED, CONTROL) for piece in kept if _holds(piece, word)}
    assert found == {CONTROL}
    officer.open(f"/buyer/projects/{tale.project}/opening/").sees("投标截止前，任何人都打不开投标文件")
    officer.shot("hall-before")
    visitor.open(f"/projects/{tale.project}/")
    inspector = tale.house.enter("inspector").open(f"/supervisor/projects/{tale.project}/")
    for reader in (officer, visitor, inspector):
        reader.sees_not("青禾泵业有限公司", "远川机电设备有限公司", "明湖水处理技术有限公司")


def everything_kept(tale: Tale) -> list[bytes]:
    """Every table as PostgreSQL dumps it, every file in the installation's folder, the server's log."""
    pieces = [tale.house.log.read_bytes()]
    pieces += [path.read_bytes() for path in Path(settings.VAR).rglob("*") if path.is_file()]
    with connection.cursor() as cursor:
        cursor.execute("select quote_ident(tablename) from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            with cursor.copy(f"copy {table} to stdout") as copy:  # type: ignore[attr-defined]
                pieces.append(b"".join(bytes(block) for block in copy))
    return pieces


def _holds(piece: bytes, word: str) -> bool:
    """As UTF-8, as JSON escapes, or as PostgreSQL's hexadecimal bytes."""
    plain = word.encode()
    return plain in piece or json.dumps(word)[1:-1].encode() in piece or plain.hex().encode() in piece
