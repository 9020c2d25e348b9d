"""The published lists of both counties (清单): items in our own words, tied to matters where an appeal may rest on them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from demo.people import Town
from linli.areas.mandates import actions as mandates
from linli.areas.mandates.models import Matter, TaskList


@dataclass(frozen=True)
class Item:
    """One item: title, matter it covers for appeals, basis, responsible body, role, guidance and conditions."""

    title: str
    matter: str = ""
    basis: str = ""
    owner: str = ""
    role: str = ""
    conditions: str = ""


LAW = "《中华人民共和国{}》"
ORG = "居民委员会组织法、村民委员会组织法"

SELF = (
    Item("制定和修改居民公约、村规民约", "居民公约与自治事项", ORG),
    Item("劝导清理楼道堆放的杂物", "楼道堆物", "居民公约"),
    Item("按居民公约劝导文明养犬", "文明养犬公约", "居民公约"),
    Item("调解邻里间的小纠纷", "邻里纠纷", "《中华人民共和国人民调解法》"),
    Item("召集居民会议、居民代表会议", "", ORG),
    Item("商定小区公共空地、晾晒杆等的使用办法", "", ORG),
    Item("组织邻里节、百家宴等居民活动", "", "居民会议决定"),
    Item("管理和公布居民集资的小额公益金", "", "居民会议决定"),
    Item("推选楼栋长和居民小组长", "", ORG),
)
POWER = (
    Item("召集和主持居民会议、村民会议", "", ORG),
    Item("办理本居住地区居民的公共事务和公益事业", "", ORG),
    Item("调解民间纠纷", "", "《中华人民共和国人民调解法》"),
    Item("协助维护社会治安", "", ORG),
    Item("向人民政府反映居民的意见、要求和建议", "", ORG),
    Item("公布居务、村务，接受居民监督", "", ORG),
    Item("对不在清单内的任务说明理由后退回", "", "本县公布的清单"),
    Item("对街道和部门的工作提出评议意见", "", "本县公布的清单"),
)
GUIDE = "主管部门每季度培训一次，设专人答疑；按件安排工作经费"
ASSISTED = (
    Item("协助了解独居老人生活状况", "独居老人", LAW.format("老年人权益保障法"), "民政局", "contact", GUIDE),
    Item("协助低保和临时救助对象入户核查", "低保与救助", "《社会救助暂行办法》", "民政局", "visit", GUIDE),
    Item("协助宣传养老服务政策", "养老服务", LAW.format("老年人权益保障法"), "民政局", "publicise", GUIDE),
    Item("协助残疾人证办理引导", "残疾人", LAW.format("残疾人保障法"), "残联", "assist", GUIDE),
    Item("协助关爱留守儿童", "未成年人与留守儿童", LAW.format("未成年人保护法"), "民政局", "contact", GUIDE),
    Item(
        "协助走访退役军人家庭",
        "退役军人与优抚",
        LAW.format("退役军人保障法"),
        "退役军人事务局",
        "contact",
        GUIDE,
    ),
    Item("协助通知适龄儿童接种", "疾病防控与接种", LAW.format("传染病防治法"), "卫生健康局", "organise", GUIDE),
    Item(
        "协助登记就业困难人员",
        "就业与人事招考",
        LAW.format("就业促进法"),
        "人力资源和社会保障局",
        "reflect",
        GUIDE,
    ),
    Item("协助居民医保参保提醒", "医疗保险", LAW.format("社会保险法"), "医疗保障局", "publicise", GUIDE),
    Item("协助联络法律援助申请人", "法律服务", LAW.format("法律援助法"), "司法局", "assist", GUIDE),
)
GRID = (
    Item("巡查楼道、通道堵塞并上报", "消防通道", "网格化服务管理办法", "应急管理局"),
    Item("发现电动自行车楼内充电并劝导上报", "飞线充电与电动车", "网格化服务管理办法", "应急管理局"),
    Item("巡查井盖、护栏破损并上报", "井盖破损缺失", "网格化服务管理办法", "城市管理局"),
    Item("定期看望独居老人并记录", "独居老人", "网格化服务管理办法", "民政局"),
    Item("发现矛盾纠纷及时报告", "邻里纠纷", "网格化服务管理办法", "司法局"),
    Item("收集居民意见并录入平台", "", "网格化服务管理办法", ""),
    Item("宣传防火、防溺水、防诈骗知识", "", "网格化服务管理办法", ""),
    Item("核对网格内房屋、楼栋基础信息", "", "网格化服务管理办法", ""),
)
PROOFS = (
    Item(
        "居民在本社区居住情况（用于申请公共租赁住房）", "", "《公共租赁住房管理办法》及本省实施规定", "住房和城乡建设局"
    ),
    Item("村民宅基地使用情况", "", LAW.format("土地管理法"), "自然资源和规划局"),
    Item("农村集体经济组织成员家庭情况", "", LAW.format("农村土地承包法"), "农业农村局"),
    Item("特困人员生活自理情况见证", "", "《农村五保供养工作条例》", "民政局"),
    Item("遗失物品、走失人员认领见证", "", LAW.format("民法典"), "公安局"),
    Item("人民调解协议履行情况", "", LAW.format("人民调解法"), "司法局"),
    Item("被监护人与监护人共同生活情况", "", LAW.format("民法典"), "民政局"),
    Item("自建房施工已告知相邻住户", "", LAW.format("村民委员会组织法"), "住房和城乡建设局"),
)
SERVICES = (
    Item("就业信息查询和岗位推荐", "", "", "人力资源和社会保障局"),
    Item("城乡居民医保参保登记代办", "", "", "医疗保障局"),
    Item("高龄津贴申请代办", "", "", "民政局"),
    Item("残疾人两项补贴申请代办", "", "", "民政局"),
    Item("生育登记、托育信息咨询", "", "", "卫生健康局"),
    Item("家庭医生签约和健康讲座", "", "", "卫生健康局"),
    Item("法律咨询和人民调解预约", "", "", "司法局"),
    Item("图书阅览和老年大学课程", "", "", "文化旅游局"),
    Item("老年食堂就餐登记", "", "", "民政局"),
    Item("新就业群体歇脚点、饮水和充电", "", "", "总工会"),
)
ESTATE = (
    Item("查处小区内违章搭建", "违章搭建", "城市管理综合执法有关规定", "城市管理局"),
    Item("查处占用、堵塞消防通道", "消防通道", LAW.format("消防法"), "应急管理局"),
    Item("监管电梯使用和检验", "电梯故障", LAW.format("特种设备安全法"), "市场监督管理局"),
    Item("指导监督物业服务和维修资金使用", "物业服务", "《物业管理条例》", "住房和城乡建设局"),
    Item("查处餐饮油烟直排", "油烟扰民", LAW.format("大气污染防治法"), "生态环境分局"),
    Item("处理社会生活噪声", "噪声扰民", LAW.format("噪声污染防治法"), "公安局、生态环境分局"),
    Item("调查高空抛物", "高空抛物", LAW.format("民法典"), "公安局"),
    Item("检修小区内供电设施", "供电", LAW.format("电力法"), "供电公司"),
    Item("检修燃气管道和报警装置", "供气", "《城镇燃气管理条例》", "燃气公司"),
    Item("巡查流动摊点和占道经营", "占道经营", "城市管理综合执法有关规定", "城市管理局"),
)

TITLES = {
    "42": {
        "power": "居（村）民委员会权力清单",
        "self": "居民自治事项清单",
        "assisted": "协助政府工作事项清单",
        "grid": "网格事项清单",
        "service": "社区公共服务目录",
        "estate": "部门进小区执法和服务权责清单",
        "proof": "居（村）民委员会出具证明事项清单",
    },
    "43": {
        "power": "居（村）民委员会权力清单",
        "self": "居（村）民自治事项清单",
        "assisted": "协助办理政务服务事项指导目录",
        "grid": "网格化服务管理事项清单",
        "service": "社区政务服务事项目录",
        "estate": "执法和公共服务进小区事项清单",
        "proof": "有法定依据的证明事项清单",
    },
}
ITEMS = {
    "power": POWER,
    "self": SELF,
    "assisted": ASSISTED,
    "grid": GRID,
    "service": SERVICES,
    "estate": ESTATE,
    "proof": PROOFS,
}


def publish_lists(town: Town) -> None:
    """Draft, fill and publish one list of each kind for the county, in force from the same day."""
    county = town.ground.places["county"]
    lead = town.main["lead"]
    year = timezone.localdate().year
    for number, (kind, items) in enumerate(ITEMS.items(), 11):
        draft = mandates.draft_list(
            by=lead,
            place=county,
            kind=kind,
            title=f"{county.name}{TITLES[county.code[:2]][kind]}",
            basis=f"{county.name}人民政府办公室文件〔{year}〕{number} 号（演示）",
            effective_from=timezone.localdate(),
        )
        for item in items:
            _add(town, draft, item)
        mandates.publish_list(by=lead, task_list=draft)


def _add(town: Town, draft: TaskList, item: Item) -> None:
    mandates.add_item(
        by=town.main["lead"],
        task_list=draft,
        title=item.title,
        matter=Matter.objects.get(name=item.matter) if item.matter else None,
        basis=item.basis,
        owner=item.owner,
        role=item.role,
        conditions=item.conditions,
    )


def revise_grid_list(town: Town) -> None:
    """A second version of the grid list: one more item; the first version stays to be read (动态调整)."""
    county = town.ground.places["county"]
    lead = town.main["lead"]
    draft = mandates.draft_list(
        by=lead,
        place=county,
        kind="grid",
        title=f"{county.name}{TITLES[county.code[:2]]['grid']}",
        basis=f"{county.name}人民政府办公室文件〔{timezone.localdate().year}〕27 号（演示）",
        effective_from=timezone.localdate(),
    )
    _add(town, draft, Item("报告弃养的流浪犬只", "", "网格化服务管理办法", "公安局"))
    mandates.publish_list(by=lead, task_list=draft)


def draft_self_list(town: Town) -> None:
    """A second version of the self-governance list, still in drafting."""
    county = town.ground.places["county"]
    lead = town.main["lead"]
    draft = mandates.draft_list(
        by=lead,
        place=county,
        kind="self",
        title=f"{county.name}{TITLES[county.code[:2]]['self']}",
        basis="居民代表会议征求意见稿（演示）",
        effective_from=timezone.localdate(),
    )
    _add(town, draft, Item("商定电动自行车停放点", "", "居民会议决定"))
