"""The scenes of the demonstration: fictional buyers, projects and how far each one has come."""

from dataclasses import dataclass

BUYERS = [
    # domain, name, surname of its people
    ("shuiwu.example", "云岭水务有限公司", "王"),
    ("ditie.example", "云岭轨道交通有限公司", "罗"),
    ("nengyuan.example", "云岭能源有限公司", "梁"),
    ("wenlv.example", "云岭文旅投资有限公司", "唐"),
]
CATEGORIES = ("给排水设备", "信息化设备", "工程物资", "综合服务")


@dataclass(frozen=True)
class Scene:
    """One project: which buyer, what, how far it is played (``far``), and how many bids each lot gets.

    age   days between its announcement and today; negative ages are not announced yet
    """

    buyer: int
    title: str
    purpose: str
    category: str
    far: str
    age: int
    bids: tuple[int, ...] = (3,)
    mandatory: bool = True
    budget_wan: int = 100  # 万元
    real_files: bool = False
    marks: tuple[str, ...] = ()  # "question", "extension", "replace", "two" (envelopes)


_WATER, _INFO, _WORKS, _SERVICE = CATEGORIES
SCENES = [
    Scene(
        0,
        "城西水厂取水泵更新",
        "更新老旧取水泵，保障城西供水安全",
        _WATER,
        "signed",
        96,
        (4, 1),
        budget_wan=138,
        real_files=True,
    ),
    Scene(
        1,
        "一号线信号机房不间断电源采购",
        "替换到期电源，保证行车信号不中断",
        _INFO,
        "signed",
        92,
        (3,),
        real_files=True,
    ),
    Scene(2, "北郊热力站循环泵改造", "降低能耗，改善冬季供热", _WATER, "signed", 90, (3,), budget_wan=96),
    Scene(3, "云岭古城导览系统建设", "方便游客，分散客流", _INFO, "signed", 88, (4,), budget_wan=225, mandatory=False),
    Scene(0, "净水厂加药间管道更换", "消除腐蚀隐患", _WORKS, "signed", 85, (3,), budget_wan=64),
    Scene(
        1, "车辆段洗车机大修", "恢复洗车能力，节约用水", _SERVICE, "signed", 82, (3,), budget_wan=320, mandatory=False
    ),
    Scene(2, "分布式光伏逆变器采购", "补充屋顶光伏电站设备", _INFO, "signed", 80, (5,), budget_wan=58),
    Scene(3, "景区步道防腐木更换", "保障游客安全", _WORKS, "signed", 78, (3,), budget_wan=410),
    Scene(
        0,
        "管网漏损监测仪表采购",
        "把漏损率降到百分之八以下",
        _INFO,
        "signed",
        75,
        (4,),
        budget_wan=72,
        marks=("question",),
    ),
    Scene(1, "车站照明节能改造", "降低车站用电", _WORKS, "signed", 73, (3,), budget_wan=186),
    Scene(2, "充电桩运维服务", "保证城区充电桩在线率", _SERVICE, "signed", 70, (3,), budget_wan=240, mandatory=False),
    Scene(3, "博物馆恒湿设备采购", "保护馆藏文物", _INFO, "signed", 68, (3,), budget_wan=88),
    Scene(
        0, "污泥脱水机配件采购", "保障污泥处理连续运行", _WATER, "signed", 66, (3,), budget_wan=156, marks=("replace",)
    ),
    Scene(
        3,
        "景区综合管控平台建设",
        "统一客流、消防与安防的指挥调度",
        _INFO,
        "signed",
        65,
        (5,),
        budget_wan=286,
        marks=("two",),
    ),
    Scene(1, "隧道排水泵采购", "提高汛期排水能力", _WATER, "signed", 64, (3, 3), budget_wan=132),
    Scene(2, "调压站阀门更换", "消除燃气泄漏隐患", _WORKS, "notified", 48, (3,), budget_wan=268),
    Scene(3, "演艺中心灯光系统采购", "满足演出需要", _INFO, "notified", 46, (4,), budget_wan=175, mandatory=False),
    Scene(0, "二次供水水箱清洗服务", "保障居民用水卫生", _SERVICE, "notified", 45, (3,), budget_wan=94),
    Scene(1, "轨道几何尺寸检测仪采购", "提高检测精度", _INFO, "objected", 31, (3,), budget_wan=46),
    Scene(2, "储能电站消防系统采购", "提高储能安全", _WORKS, "candidates", 29, (4,), budget_wan=310),
    Scene(3, "游客中心智能闸机采购", "减少排队", _INFO, "candidates", 29, (3,), budget_wan=204),
    Scene(0, "原水水质在线监测站", "及早发现原水污染", _INFO, "candidates", 28, (3,), budget_wan=118),
    Scene(1, "车站自动扶梯大修", "消除安全隐患", _SERVICE, "report_signed", 27, (3,), budget_wan=276),
    Scene(2, "变电站环境监测终端采购", "实时掌握设备环境", _INFO, "evaluating", 26, (3,), budget_wan=352),
    Scene(0, "供水调度仿真系统开发", "提高供水调度水平", _INFO, "locked", 26, (4,), budget_wan=164, marks=("two",)),
    Scene(3, "温泉酒店热泵机组采购", "替代燃气锅炉", _WATER, "evaluating", 25, (4,), budget_wan=148),
    Scene(0, "泵站自动化控制系统改造", "实现泵站无人值守", _INFO, "opened", 25, (3,), budget_wan=226),
    Scene(1, "接触网绝缘子采购", "更换老化绝缘子", _WORKS, "opened", 24, (3,), budget_wan=198),
    Scene(2, "燃气表智能化改造", "方便居民，减少上门抄表", _INFO, "opening", 23, (3,), budget_wan=84),
    Scene(3, "景区污水处理设备采购", "达标排放", _WATER, "due", 22, (3, 4), budget_wan=264),
    Scene(0, "水表检定装置采购", "扩大检定能力", _INFO, "due", 22, (3,), budget_wan=172),
    Scene(
        1,
        "站台门控制器采购",
        "更换停产型号",
        _INFO,
        "announced",
        14,
        (2,),
        budget_wan=122,
        marks=("question", "extension"),
    ),
    Scene(2, "集中供冷冷却塔更换", "降低噪声与能耗", _WATER, "announced", 12, (1,), budget_wan=338),
    Scene(3, "索道钢丝绳采购", "到期更换，保证安全", _WORKS, "announced", 9, (0,), budget_wan=290),
    Scene(0, "深度处理活性炭采购", "保障夏季水质", _WATER, "announced", 7, (1, 0), budget_wan=410, marks=("question",)),
    Scene(1, "车载无线通信设备采购", "提升车地通信可靠性", _INFO, "announced", 5, (0,), budget_wan=166),
    Scene(2, "光伏组件清洗服务", "提高发电效率", _SERVICE, "announced", 3, (0,), budget_wan=512, mandatory=False),
    Scene(3, "文创产品设计服务", "丰富文创产品", _SERVICE, "announced", 2, (0,), budget_wan=66, mandatory=False),
    Scene(0, "应急供水车采购", "提高应急保障能力", _WORKS, "announced", 1, (0,), budget_wan=38),
    Scene(1, "钢轨打磨服务", "延长钢轨寿命", _SERVICE, "reviewed", -2, budget_wan=142),
    Scene(2, "蒸汽管网保温改造", "减少热损失", _WORKS, "in_review", -3, budget_wan=96),
    Scene(3, "民宿布草洗涤服务", "保证卫生标准", _SERVICE, "draft", -4, budget_wan=230, mandatory=False),
    Scene(0, "取水口拦污栅更换", "防止漂浮物进入", _WATER, "method_approved", -5, budget_wan=52),
    Scene(1, "乘客信息屏采购", "更换老化显示屏", _INFO, "initiated", -6, budget_wan=78),
    Scene(2, "老旧庭院管网改造物资", "配合老旧小区改造", _WORKS, "terminated", 40, (0,), budget_wan=184),
    Scene(3, "滨江栈道景观灯采购", "美化夜景", _WORKS, "opened", 60, (2,), budget_wan=126),
]
