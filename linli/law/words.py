"""The codes of packs in words (用语): who owes, what proves it, what is counted, and a rule read aloud.

A pack holds codes so that rules can be computed; people read words. `tests/commons/test_law_pages.py` fails when a
pack uses a code that has no word here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from linli.law.types import Pack, Param, Rule, Value

FORCE: Mapping[str, str] = {"hard": "必须做", "soft": "鼓励做"}
WHO: Mapping[str, str] = {"urban": "只适用于城市社区", "rural": "只适用于农村社区（村）", "both": "城乡社区都适用"}

BEARERS: Mapping[str, str] = {
    "any": "任何单位和个人",
    "assembly": "居（村）民会议",
    "city": "市（州）人民政府",
    "civil_affairs": "民政部门",
    "committee": "居（村）民委员会",
    "community": "社区",
    "coordination_body": "社区治理协调推进部门",
    "county": "县级人民政府",
    "department": "政府有关部门",
    "emergency": "应急管理部门",
    "grid": "网格",
    "hotline": "热线管理部门",
    "housing": "住房城乡建设部门",
    "justice": "司法行政部门",
    "leader": "领导干部",
    "mass_org": "群团组织",
    "media": "新闻媒体",
    "natural_resources": "自然资源部门",
    "party": "党组织",
    "peoples_congress": "人民代表大会及其常务委员会",
    "platform_firm": "平台和快递企业",
    "property_firm": "物业服务企业",
    "province": "省人民政府",
    "resident": "居民",
    "social_org": "社会组织",
    "state_body": "国家机关",
    "street": "街道办事处、乡镇人民政府",
    "supervisory": "监察机关",
    "utility": "公共服务单位",
    "worker": "社区工作者",
}

BREACHES: Mapping[str, str] = {
    "push_down": "把自己的事推给居（村）委会或网格，或派清单外的任务",
    "neglect": "该做的没有做，或者一直拖着（不作为）",
    "refused": "该办的事不给办",
    "complaint_ignored": "检举、投诉、控告没人受理，或者受理了不处理",
    "misconduct": "失职、乱用权力、徇私情",
    "worker": "社区工作者没有做好本职",
    "other": "其他没有做到条例要求的",
}
"""Kinds of breach that can be reported (反映什么)."""

CORRECTORS: Mapping[str, str] = {
    "same_government": "同级人民政府",
    "assembly": "居（村）民会议",
    "township": "乡级人民政府（街道办事处）",
    "county": "县级人民政府及其有关主管部门",
    "two_committees": "社区“两委”",
    "competent": "有权机关",
    "supervisory": "监察机关",
    "criminal": "依法追究刑事责任的机关",
}
"""Who corrects (纠正主体)."""

MEASURES: Mapping[str, str] = {"correct": "责令改正", "criticise": "通报批评"}
"""What a corrector may do (措施)."""

SUBJECTS: Mapping[str, str] = {
    "community": "逐个社区（村）看",
    "county": "以县为单位看",
    "estate": "逐个小区看",
    "province": "以省为单位看",
    "street": "以街道（乡镇）为单位看",
}

UNITS: Mapping[str, str] = {
    "count": "个",
    "date": "日期",
    "days": "日",
    "hours": "小时",
    "households": "户",
    "m2": "平方米",
    "months": "个月",
    "percent": "%",
    "persons": "人",
    "seconds": "秒",
    "share_min": "（含本数）",
    "share_over": "（不含本数）",
    "text": "",
    "working_days": "个工作日",
    "yes_no": "",
    "years": "年",
    "yuan": "元",
    "yuan_per_month": "元/月",
}


def _table(text: str) -> Mapping[str, str]:
    """`code word；code word` on any number of lines → a mapping."""
    return {code: word for code, _, word in (pair.partition(" ") for pair in re.split(r"[；\n]", text.strip()))}


_TOPICS = """
admission 准入；career 职业发展；committee 居（村）委会；committees_setup 社区设置；commencement 施行；community_building 社区建设
convenience 便民服务；culture 文化；departments 部门；emergency 突发事件；evaluation 评议评估；facilities 服务设施
facility_functions 设施功能；funding 经费；government 政府；grids 网格；honours 表彰激励；hotline 热线；informatisation 信息化
interests 利益表达；leadership 领导；liability 法律责任；linkage 五社联动；lists 清单；mechanism 治理机制
new_employment 新就业群体；participation 居民参与；pay 工作者待遇；planning 规划；policy_benefits 政策优惠；principles 原则
property 物业服务；property_management 物业管理；public_services 公共服务；purpose 立法目的；rule_of_law 法治；safety 安全
scope 适用范围；self_governance 居民自治；services 服务；social_forces 社会力量；social_orgs 社会组织；staffing 工作者队伍
subcommittees 下属委员会；units 单位共建；villages 村的适用；volunteers 志愿服务
"""
TOPICS: Mapping[str, str] = _table(_TOPICS)

_EVIDENCE = """
acceptance 验收；acceptance_record 受理记录；account 账目；acknowledgement 签收；activity_record 活动记录；admission 准入决定
agreement 协议；allocation 拨款凭证；appeal_record 诉求记录；appraisal 考核；assessment 评估；assessment_register 考核评比台账
assignment 派单；attestation 经办人签认；audit_report 审计报告；benefit_record 待遇落实记录；bill 缴费单据；body_register 机构台账
booking 预约记录；boundary_map 四至图；budget 预算；calendar 日程；care_plan 关爱计划；care_record 关爱记录；case_library 案例库
certificate_register 持证台账；channel_register 渠道台账；charter 章程；complaint_record 投诉记录；consultation 征求意见
contact_record 联系记录；contest_register 创建评比台账；contract 合同；convention 公约；correction 改正记录；data_register 数据目录
data_sharing_record 数据共享记录；decision 决定；document 文件；drill_record 演练记录；duty_roster 值班表；election_record 选举记录
estate_register 小区台账；evaluation 评价；evaluation_report 评估报告；facility_register 设施台账；funding_record 经费记录
gate 准入关口记录；grant_record 补助记录；grid_map 网格图；guidance_record 指导记录；handover_record 移交记录
incident_record 事件记录；inspection_record 检查记录；job_record 就业记录；ledger_register 台账目录；linkage_record 联动记录
list 清单；maintenance_record 维修记录；mediation_record 调解记录；mediator_pool 调解员名册；minutes 会议记录
nuisance_report 扰民反映；opening_hours 开放时间；opinion_letter 意见书；opinion_record 意见记录；outcome_report 结果报告
outlet_register 网点台账；owners_decision 业主决定；pay_scale 薪酬标准；payroll 工资表；photo 照片；plan 规划计划
plan_indicator 规划指标；plan_review 规划审查；plaque_register 挂牌台账；points_ledger 积分账；policy 政策文件；publication 公布
quota_decision 定额决定；recruitment_notice 招聘公告；referral 转介记录；resolution 决议；resource_register 资源台账
review_record 复核记录；roster 名册；service_calendar 服务日程；service_catalogue 服务目录；service_register 服务台账
service_statistics 服务统计；stock_record 物资台账；street_task 街道任务；survey 调查；system_register 信息系统台账
team_register 队伍台账；trail 留痕；training_record 培训记录；visit_record 走访记录；volunteer_record 志愿服务记录；voucher 凭证
work_record 工作记录
"""
EVIDENCE: Mapping[str, str] = _table(_EVIDENCE)

_TERMS = """
admission 有效的准入决定；emergency_order 有效的应急指令；exception 经批准的例外；own_decision 居（村）委会自行决定；safety_rule 按规定开展的安全工作
"""
TERMS: Mapping[str, str] = _table(_TERMS)

_LITERALS: Mapping[str, str] = {"urban": "城市", "rural": "农村", "none": "无"}
_SIGNS: Mapping[str, str] = {
    "==": "为",
    "!=": "不为",
    ">=": "不少于",
    "<=": "不多于",
    ">": "大于",
    "<": "小于",
    "*": "×",
    "/": "÷",
    "and": "且",
    "or": "或",
    "not": "不是",
}
_TOKEN = re.compile(r"\s*(?:'([^']*)'|([A-Za-z_]\w*)|([\d_]+(?:\.\d+)?)|(==|!=|>=|<=|[-+*/<>()]))")


def bearer(code: str) -> str:
    """Who owes a duty (义务主体), in words; an unknown code stays itself, so that nothing is hidden."""
    return BEARERS.get(code, code)


def evidence(code: str) -> str:
    """What proves a duty (证据种类), in words."""
    return EVIDENCE.get(code, code)


def term(code: str, pack: Pack) -> str:
    """What a rule counts or compares (规则用词): a measured thing, a list, or a parameter of the pack."""
    if code in TERMS:
        return TERMS[code]
    measure = pack.find_measure(code)
    if measure is not None:
        return measure.label
    try:
        return f"「{pack.find_param(code).label}」"
    except KeyError:
        return code


def expression(text: str, pack: Pack) -> str:
    """An expression of a rule read aloud: `staff_per_10k * residents / 10_000` → “…” × 常住人口 ÷ 10000."""
    out = []
    for literal, name, number, sign in _TOKEN.findall(text):
        if literal:
            out.append(_LITERALS.get(literal, literal))
        elif name:
            out.append(_SIGNS.get(name) or term(name, pack))
        else:
            said = _SIGNS.get(sign, sign)
            out.append(number.replace("_", "") or (f" {said} " if sign in "+-*/" else said))
    return "".join(out)


def _each(value: Value | tuple[str, ...]) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _spaced(text: str) -> str:
    """A space before a figure, as everywhere between Chinese words and figures."""
    return f" {text}" if text[:1].isdigit() else text


def in_words(rule: Rule, pack: Pack) -> str:
    """A rule as one Chinese sentence (规则读法); which of the five shapes it has decides its form."""
    keys = rule.keys
    said = {key: expression(str(value), pack) for key, value in keys.items() if isinstance(value, str | int)}
    if rule.shape == "bound":
        bounds = [f"不少于{_spaced(said['at_least'])}"] if "at_least" in keys else []
        bounds += [f"不多于{_spaced(said['at_most'])}"] if "at_most" in keys else []
        text = f"{said['measure']}：{'，且'.join(bounds)}"
    elif rule.shape == "has_all":
        text = f"{said['set']}要齐全：{'、'.join(_each(keys['contains']))}"
    elif rule.shape == "published_list":
        text = f"{said['list']}要公布" if keys.get("published") else f"要有{said['list']}"
        text += f"，并按{said['reviewed_every']}复核" if "reviewed_every" in keys else ""
    elif rule.shape == "nothing_outside":
        text = f"{said['events']}都要在{said['not_in']}之内"
        if "unless" in keys:
            text += f"；有{'、'.join(term(code, pack) for code in _each(keys['unless']))}的除外"
    else:
        text = f"{said['record']}：" + (f"按{said['every']}进行" if "every" in keys else f"在{said['within']}之内完成")
    return f"{text}（{said['when']}时）。" if "when" in said else f"{text}。"


def params_of(rule: Rule, pack: Pack) -> tuple[Param, ...]:
    """The parameters that a rule names (规则参数), in the order of their names."""
    names = {name for value in rule.keys.values() for text in _each(value) for name in re.findall(r"[a-z]\w*", text)}
    found = []
    for name in sorted(names - set(TERMS)):
        try:
            found.append(pack.find_param(name))
        except KeyError:
            continue
    return tuple(found)


def value_in_words(param: Param) -> str:
    """The value of a parameter with its unit (参数取值), or 文本未定数 when the text names no number."""
    dated = param.on()
    if dated is None:
        return "文本未定数"
    unit = UNITS.get(param.unit, param.unit)
    return f"{dated.value}{'' if unit.startswith('（') else ' '}{unit}".strip()
