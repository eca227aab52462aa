"""Fictional data for the style gallery: long titles, every state, refusals, zero, one and two hundred rows."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.clock import BEIJING
from sunshine.foundation.pages.grid import Column, Filter
from sunshine.foundation.pages.parts import (
    Change,
    Confirm,
    Fact,
    Link,
    Membership,
    NavGroup,
    NavItem,
    PersonMenu,
    Section,
    Tab,
    Tile,
    TimelineStep,
)
from sunshine.foundation.refusal import Refused

NOW = datetime(2026, 3, 23, 9, 30, tzinfo=BEIJING)
LONG_TITLE = (
    "云岭市轨道交通九号线二期工程（青石湾至白鹭洲段）车站机电设备及智能化系统集成采购"
    "及其安装、调试、培训和质量保证期内维护项目（第一标段：通风空调与给排水系统设备）"
)  # 80 characters with the brackets: as long as a real title may be
TITLES = (
    "城北水厂二氧化氯发生器采购",
    "2026 年度办公电脑及外设框架协议",
    "云岭港 3 号泊位岸桥电气改造工程",
    "职工食堂食材配送服务（三年）",
    LONG_TITLE,
    "Supply and installation of SCADA terminals, phase II (RTU/PLC, 48 stations)",
)
BUYERS = ("云岭水务集团有限公司", "云岭交通投资集团", "青石港务股份有限公司", "云岭能源建设有限公司")
STATES = {
    "draft": (_("草稿"), "neutral"),
    "receiving": (_("投标接收中"), "now"),
    "awarded": (_("已定标"), "done"),
    "failed": (_("流标"), "refused"),
    "hold": (_("异议冻结"), "hold"),
}
COLUMNS = (
    Column("title", _("项目"), "title", second="number"),
    Column("buyer", _("采购人"), sort=True),
    Column("stage", _("阶段"), "chip", states=STATES),
    Column("cap", _("最高投标限价"), "money", sort=True, unit="万元"),
    Column("due", _("投标截止时间"), "moment", sort=True),
    Column("lots", _("标段"), "num"),
)
FILTERS = (
    Filter("q", _("查找"), find=True),
    Filter("stage", _("阶段"), [(key, word) for key, (word, _kind) in STATES.items()]),
    Filter("method", _("采购方式"), [("open", _("公开招标")), ("invited", _("邀请招标"))]),
    Filter("from", _("发布日期起"), kind="date"),
)


def projects(count: int) -> list[dict[str, Any]]:
    """`count` rows of a project list, the same every time."""
    stages = list(STATES)
    return [
        {
            "title": TITLES[(4 + i) % len(TITLES)],
            "number": f"P-7k3m9q{i:04d}",
            "url": "#",
            "buyer": BUYERS[i % len(BUYERS)],
            "stage": stages[(1 + i) % len(stages)],
            "cap": None if i % 7 == 3 else 1_234_567_00 * (i * i + 1) % 98_765_432_100,
            "due": NOW + timedelta(days=i % 40 - 6, hours=i % 9),
            "lots": i % 5 + 1,
        }
        for i in range(count)
    ]


def steps() -> list[TimelineStep]:
    """An open tender in the middle of its bidding time."""
    return [
        TimelineStep(_("立项"), "done", NOW - timedelta(days=40)),
        TimelineStep(_("发布公告"), "done", NOW - timedelta(days=12), "招标投标法 第十六条", Link(_("招标公告"), "#")),
        TimelineStep(_("澄清修改"), "done", NOW - timedelta(days=4), document=Link(_("变更公告（第 2 版）"), "#")),
        TimelineStep(_("投标截止"), "now", NOW + timedelta(days=9), "招标投标法 第二十四条", note=_("还有 9 天")),
        TimelineStep(_("开标"), "todo", NOW + timedelta(days=9, minutes=30), "招标投标法 第三十四条"),
        TimelineStep(_("评标"), "todo", note=_("预计 3 个工作日")),
        TimelineStep(_("候选人公示"), "todo", note=_("不少于 3 日")),
        TimelineStep(_("定标与合同"), "todo"),
    ]


REFUSAL = Refused("too-early", _("投标截止时间（2026-04-01 09:30）以前不能开标。"), "招标投标法 第三十四条")


def shell() -> dict[str, Any]:
    """What the layouts read: navigation, person, breadcrumb, rehearsal."""
    nav = [_("公告"), _("结果"), _("计划"), _("价格与指数"), _("开放数据"), _("核验"), _("帮助")]
    work = [
        NavItem(_("今天"), "#", "home", 6, True, True),
        NavItem(_("采购计划"), "#", "calendar"),
        NavItem(_("采购项目"), "#", "list", 12),
        NavItem(_("待我批准"), "#", "check", 2, due=True),
    ]
    later = [
        NavItem(_("合同与付款"), "#", "contract"),
        NavItem(_("供应商"), "#", "team"),
        NavItem(_("本单位制度"), "#", "book"),
    ]
    return {
        "now": NOW,
        "rehearsal": True,
        "nav": [NavItem(label, "#", current=i == 0) for i, label in enumerate(nav)],
        "door_nav": [NavGroup(_("采购"), work), NavGroup(_("履约与管理"), later)],
        "foot_nav": [
            NavGroup(
                _("公开"), [NavItem(_("开放数据"), "#"), NavItem(_("核验证明"), "#"), NavItem(_("接口文档"), "#")]
            ),
            NavGroup(
                _("帮助"), [NavItem(_("供应商入门"), "#"), NavItem(_("法规与方法"), "#"), NavItem(_("新闻"), "#")]
            ),
            NavGroup(
                _("监督"), [NavItem(_("提出异议"), "#"), NavItem(_("投诉与举报"), "#"), NavItem(_("服务承诺"), "#")]
            ),
        ],
        "breadcrumb": [Link(_("首页"), "/"), Link(_("公告"), "#"), Link(LONG_TITLE)],
        "person_menu": PersonMenu(
            "王敏",
            memberships=[Membership("a", "云岭水务集团有限公司", True), Membership("b", "云岭水务城北水厂有限公司")],
            switch_url="#",
            doors=[NavItem(_("采购人工作区"), "#", current=True), NavItem(_("供应商工作区"), "#")],
            notifications_url="#",
            notifications=3,
        ),
    }


def tiles() -> list[Tile]:
    """Five figures with their definitions."""
    trend = _("比上月 +1.2 个百分点")
    return [
        Tile(_("今日开标"), "7", _("个标段"), definition=_("今天 0 时至 24 时内到达开标时间的标段数。")),
        Tile(_("公开率"), "99.4", "%", trend, _("已公开的公告 ÷ 依法应公开的公告。"), _("尚未接入的 2 个平台。")),
        Tile(
            _("节资率"),
            "8.7",
            "%",
            trend,
            _("（限价 − 中标价）÷ 限价，只计有限价的标段。"),
            _("35% 的标段没有限价。"),
        ),
        Tile(_("单一投标率"), "3.1", "%", _("比上月 −0.4 个百分点"), _("只有一个投标的标段 ÷ 全部标段。")),
        Tile(_("本年成交"), "48.26", _("亿元"), definition=_("中标结果公告中的金额之和。")),
    ]


def confirm() -> Confirm:
    """The page before an act that cannot be undone."""
    return Confirm(
        title=_("发布招标公告"),
        label=_("发布公告"),
        url="#",
        cancel_url="#",
        happens=[_("公告 N-4t8w1z6r0y 立即生效，之后只能用变更公告修改。"), _("投标箱开放到 2026-04-13 09:30。")],
        told=[_("订阅了“水处理设备”的 216 家供应商"), _("监督部门")],
        public=[_("公告全文、采购文件清单、时间表、最高投标限价")],
        signed_by=_("王敏，云岭水务集团有限公司（证书 C-2m5v8x1b4k）"),
        article="招标投标法 第十六条、第二十四条",
    )


def page() -> dict[str, Any]:
    """Everything the gallery shows besides its tables and its form."""
    return {
        **shell(),
        "colours": ["ink", "paper", "surface", "line", "sun", "sun-wash", "jade", "cinnabar", "indigo", "grey"],
        "long_title": LONG_TITLE,
        "soon": NOW + timedelta(days=9, hours=4),
        "past": NOW - timedelta(hours=3),
        "steps": steps(),
        "refusal": REFUSAL,
        "tiles": tiles(),
        "facts": [
            Fact(_("采购人"), BUYERS[0]),
            Fact(_("采购目的"), _("替换运行十五年的消毒设备，使出厂水余氯稳定达标。")),
            Fact(_("统一社会信用代码"), "91440101MA00000XX7"),
            Fact(_("评标办法"), _("综合评分法"), _("技术 50 分，商务 10 分，价格 40 分")),
        ],
        "changes": [
            Change(_("投标截止时间"), "2026-03-28 09:30", "2026-04-01 09:30"),
            Change(_("资格条件"), "具有 3 项以上类似业绩，注册资本不低于 500 万元", "具有 2 项以上类似业绩"),
            Change(_("交货地点"), "", "云岭市城北区水厂路 8 号"),
        ],
        "sections": [
            Section(_("基本信息与采购目的"), "#", "done"),
            Section(_("标段与采购标的"), "#", "problem", 2, True),
            Section(_("资格条件"), "#", "done"),
            Section(_("评标办法"), "#"),
            Section(_("时间表"), "#"),
        ],
        "tabs": [
            Tab(_("概况"), "#", current=True),
            Tab(_("文件"), "#", 8),
            Tab(_("提问与答复"), "#", 14),
            Tab(_("公告与变更"), "#", 3),
            Tab(_("证明"), "#"),
        ],
        "files": [
            {
                "name": "招标文件（正文）.pdf",
                "size": 2_345_678,
                "media_type": "application/pdf",
                "sha256": "9f86d081884c7d65",
            },
            {
                "name": "工程量清单_城北水厂_2026-03-11_最终版.xlsx",
                "size": 88_120,
                "media_type": "",
                "sha256": "60303ae22b998861",
            },
        ],
        "confirm": confirm(),
    }
