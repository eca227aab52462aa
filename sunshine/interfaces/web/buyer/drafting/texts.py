"""Words of the desk that more than one page says."""

from typing import Any

from django.utils.translation import gettext_lazy as _

REASONS = [
    ("mandatory", _("依法必须招标")),
    ("policy", _("企业制度规定")),
    ("market", _("市场竞争充分，公开招标更优")),
]
SECTIONS: dict[str, Any] = {
    "basics": _("基本信息"),
    "lots": _("标段与采购内容"),
    "criteria": _("资格条件"),
    "scheme": _("评标办法"),
    "timetable": _("时间表"),
    "files": _("文件"),
    "trustees": _("开标密钥持有人"),
    "check": _("检查"),
}
FIELDS: dict[str, Any] = {
    "title": _("项目名称"),
    "purpose": _("采购目的"),
    "region": _("地区"),
    "contact_name": _("联系人"),
    "contact_phone": _("联系电话"),
    "consortium_allowed": _("接受联合体"),
    "performance_bond_percent": _("履约保证金"),
    "objection_channel": _("异议渠道"),
    "contract_terms": _("合同主要条款"),
    "documents_from": _("文件获取开始"),
    "documents_to": _("文件获取结束"),
    "questions_due_at": _("提问截止"),
    "bids_due_at": _("投标截止"),
    "opening_place": _("开标地点"),
    "bid_validity_days": _("投标有效期"),
    "envelopes": _("信封"),
    "sealing": _("密封方式"),
    "decrypt_window": _("解密时限"),
    "decrypt_remedy": _("解密失败的补救方案"),
    "too_few_after_decrypt": _("解密后不足三家"),
}
ITEM_COLUMNS: dict[str, Any] = {
    "number": _("序号"),
    "name": _("名称"),
    "classification": _("分类编码"),
    "quantity": _("数量"),
    "unit": _("计量单位"),
    "specification": _("规格与要求"),
}
ENVELOPES = [
    ("one", _("单信封：投标文件在开标时一次开启，报价当场公布")),
    ("two", _("双信封：先开技术标；技术评审结果固定之后，再开通过者的商务标（报价）")),
]
SEALING = [
    ("T", _("持有人共同开启：四位持有人中三位释放份额即可解密，投标人不必到场")),
    ("D", _("投标人参与解密：持有人释放份额之外，投标人还须在解密时限内释放自己的份额")),
    ("B", _("投标人自己开启：没有持有人，每份投标只有投标人自己能打开，须在解密时限内开启")),
]
TOO_FEW = [
    ("continue", _("继续评审，论证竞争性")),
    ("fail", _("该标段流标")),
]
KINDS = [
    ("legal", _("主体资格")),
    ("technical", _("技术能力")),
    ("financial", _("财务状况")),
    ("record", _("业绩信誉")),
]
CRITERION_KINDS = [
    ("subjective", _("主观分")),
    ("objective", _("客观分")),
]
LAST_TIE = [
    ("received", _("投标文件递交先后")),
    ("vote", _("评标委员会记名投票")),
    ("draw", _("可验证的抽签（依法必须招标的项目不得使用）")),
]
# acts in a history that have no row in a lifecycle table
ACTS: dict[str, Any] = {
    "project:seat-trustees": _("指定开标密钥持有人"),
    "project:make-key": _("开标密钥持有人生成密钥"),
}
