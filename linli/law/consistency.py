"""Consistency of a draft with itself (草案自查): what a person should look at before it is passed.

Each kind of finding reads the words only and says so: it points, a drafter decides. Nothing here judges whether a rule is good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from linli.law.parse import Node, Tree, normalised, numeral_of, split_sentences, value
from linli.law.types import Pack

KINDS = {
    "reference": "引用落空",
    "no_bearer": "职责没有主体",
    "no_prohibition": "罚则所引条文没有禁止性规定",
    "no_unit": "数字没有单位",
    "blank_date": "日期空白",
    "no_limit": "及时、定期没有期限",
}
"""Codes of the findings, and their words."""

_CN = "零〇一二两三四五六七八九十百千"
_N = rf"[{_CN}\d]+"
_SELF = r"本(?:法典|法|条例|办法|规定|规则|细则|决定|章程|解释)"
_CITED = re.compile(
    rf"(?P<self>{_SELF})?(?:第(?P<art>{_N})条(?:之(?P<ins>[一二三四五六七八九十]+))?)(?:第(?P<para>{_N})款)?(?:第[（(]?(?P<point>{_N})[）)]?项)?"
    rf"|(?P<own>本条)(?:第(?P<para2>{_N})款)?(?:第[（(]?(?P<point2>{_N})[）)]?项)?"
    rf"|(?P<paraonly>第(?P<para3>{_N})款)(?:第[（(]?(?P<point3>{_N})[）)]?项)?"
    rf"|(?P<prev>前(?:两|二|三|四|几|各)?款|前(?:两|二|三)?条|上款|上一?条)(?:第[（(]?(?P<point4>{_N})[）)]?项)?"
)
_JOIN = re.compile(r"[、和及与或至到]|以及|或者|以及|规定的|，")
_FOREIGN = re.compile(
    r"(?:》|(?<!本)法|宪法|(?<!本)条例|(?<!本)办法|(?<!本)规定|(?<!本)典)(?:[（(][^）)]*[）)])?(?:的)?$"
)
_PROHIBITS = re.compile(r"不得|禁止|严禁|不准|不能|不可以|不应|应当|必须|可以拒绝|有权拒绝|未经")
_MODAL = re.compile(r"应当|必须")
_BODIES = re.compile(
    r"政府|部门|机关|机构|委员会|办事处|单位|组织|企业|公司|集团|财政|居民|村民|业主|公民|个人|工商户|农户|家庭|法人|法院|检察院|主席|总理|委员|军队|国家|国务院|社会|社区|"
    r"街道|乡镇|学校|幼儿园|医院|监狱|看守所|图书馆|博物馆|美术馆|科技馆|纪念馆|文化馆|影剧院|警察|股东|清算组|工作组|调查组|评审组|合议庭|"
    r"船舶|机动车|航空器|列车|客车|货车|船长|机长|车辆(?=$|，|应|必|不)|每股|协会|团体|工会|银行|交易所|媒体|中心|服务站|会议|代表|主任|平台|当事人|各级|有关方面|双方|一方|各方|受托方|委托方|出让方|受让方|大会|小组|支部|党委|领导|"
    r"[者人员长师官](?![权身民工道际力才大体士事案次类均文])|庭|[省市县区州乡镇村局厅部委院站所队社会户](?=$|[，、（和及或应必]|在|对|根据|按|依|会同|可|要|每|接|自|于|向|经|因)"
)
# Where the last words before the command are a thing, somebody is to do it and nobody is named.
_THING = re.compile(
    r"(?:设施|制度|机制|公约|章程|计划|规划|方案|预案|项目|信息|资金|经费|清单|标准|结果|(?<!交易)(?<!戒毒)(?<!公共)场所|场地|用房|住宅|小区|档案|材料|文书|设备|名单|台账|网点|记录|数据|费用|工程|系统|公告|报告|通道|面积"
    r"|收入|收支|支出|设施建设|工具|资料|文本|文件|废水|污水|废物|垃圾|航道|道路|公路|铁路|线路|管线|管道|网络|标识|标志|标牌|标签|证书|账簿|账目|建筑物?|构筑物|房屋|井|机场|港口|站点?"
    r"|[^收缴交付经]费|基金|补贴|补助|津贴|补偿|奖励|待遇|工资|价格|预算|决算|物资|物品|产品|药品|食品|商品|饮片|栏|窗口|平台|热线|阵地|配置|布局|转让|验收)$"
)
# What a command says of the nature of a thing, or of the one who does what stands before it.
_PRINCIPLE = re.compile(
    r"记明|记载|列明|标明|附有|附具|采[取用]书面|相同|相等|一致|平等|自愿|准确|客观|真实|科学|统筹|充分|互相|坚持|践行|从|主要包括|包括|包含|分为|接受|经(?!常|费)|取得|高于|低于|等于|适用|遵循|贯彻|符合|适应|包括|载明|写明|注明|具有|具备|有利于|体现|以|是|有|与|公平|真实|明确|遵守|承担|视为|理解|合理|由"
)
# 运输危险货物，应当…: whoever does it is bound. The clause begins with a verb, or ends in 的.
_DOES = re.compile(
    r"[^，]{0,40}(?:进行|从事|开展)[^，]{0,16}活动$|(?:对|向|在|因|从|为|自|于|以|与|经|按照|依照|根据|除)[^，]{0,40}，|(?:在[^，]{1,30}?[内上中下]|向[^，]{1,12}?)?(?:凡|依法|经批准|擅自|新|拟|申请|需要|可能|重新|首次|跨|统一|联合|共同)?"
    r"(?:运输|通过|购进|乘坐|装卸|承运|编制|制定|设立|设计|建造|建设(?=[^，]{3})|开展|提交|销售|收集|利用|进行|从事|勘[探查]|开[采发办设]|新建|改建|扩建|修建|整治|提供|采购|购买|出售|转让|变更|解除|订立|签订|终止|实施|"
    r"举办|组织|使用|处理|处置|查封|扣押|冻结|讯问|询问|审理|审查|办理|申请|申报|登记|发布|公布|发行|生产|经营|进口|出口|携带|邮寄|寄递|饲养|种植|养殖|捕捞|采集|采伐|排放|倾倒|贮存|储存|"
    r"拆除|占用|征收|征用|划定|调整|确定|选择|选举|召开|召集|修改|起草|拟定|拟订|作出|执行|采取|适用|行使|履行|接受|取得|拍卖|招标|投标|委托|聘任|招用|招聘|录用|解聘|检查|检验|检测|监测|评估|"
    r"鉴定|认定|认证|验收|施工|作业|爆破|驾驶|通行|停放|停泊|进入|出入|离开|搬迁|安置|补偿|收购|加工|屠宰|维修|安装|改造|更新|回收|销毁|披露|公开|通报|报送|查询|复制|引进|引入|"
    r"合并|分立|清算|注销|吊销|撤销|暂停|中止|恢复|延长|缩短|增加|减少|架设|敷设|穿越|跨越|提取|存取|发放|支付|缴纳|退还|筹集|募集|接收|移交|移送|起诉|上诉|申诉|抗诉|拘留|逮捕|搜查)"
)
# The place of the subject is empty, or holds only that to which something is to be done.
_NOBODY = re.compile(
    r"(?:(?:对|将)[^，；]{2,60}，?|[^，；]{0,8}(?:时|后|前)，|必要时，?|同时，?|此外，?|还|并|也|均|都)?"
)
_TO = re.compile(r"(?:及其[^，]{2,16})?(?:对|向|在|将|把|为|从|依|按|根据|就|因|与)")
# 单位的办公场所应当…: its owner is bound.
_OWNED = re.compile(r"(?:单位|机关|机构|企业|政府|学校|公司|部门|组织|个人|[^本他]人|者)[^，；]{0,6}的[^的，；]{1,24}$")
_CONDITION = re.compile(r"(?:的|时|后|前|期间|情况下|情形下)$")
# 必须连续施工的, 应当…的，: a command inside a condition is not the command of the sentence.
_INSIDE = re.compile(r"[^，；。]{0,60}?(?:的|外|时|后|前|期间)(?=，)")
_ASKS = re.compile(r"应当|必须|负责|责任|义务|要求")
_FORMULA = re.compile(r"责令|罚款|处罚|处分|追究|吊销|没收|拘留|警告|原则|赔偿")
_BY_RULE = re.compile(
    r"(?:按照|依照|根据|遵照|执行|按|依)[^，；。]{0,40}(?:规定|办法|标准|章程|规程|约定|方案|预案|要求|制度|规范|计划|规则|协议|合同|期限|时限|周期)|有关规定|规定的"
)
_UNITS = (
    "个|名|人|户|平方米|平方公里|立方米|公里|千米|米|厘米|毫米|公顷|亩|元|万元|亿元|角|分|倍|天|日|年|月|周|季|小时|分钟|秒|次|岁|周岁|家|处|所|间|件|项|条|款|章|节|目|号|"
    "级|届|期|份|张|套|台|辆|艘|吨|千克|公斤|克|升|层|栋|幢|座|种|类|批|组|位|成|折|点|页|字|代|度|℃|%|％|‰|工作日|以上|以下|以内|之一|之二|多|余|几|来|万|千|百|亿|"
    "方面|方|者|级|线|站|区|镇|乡|村|街|网|化|体|性|中|部分|分之|学|书|室|楼|路|段|车|票|刻|班|排|行|列|式|等|支|门|口|头|只|匹|棵|株|片|块|根|瓦|伏|赫|帕|兆|时|刻|轮|阶段|步|环|档|项目|大|小|审|权|农|会|队|公|委|通"
)
_BARE = re.compile(
    rf"(?:不少于|不低于|不超过|不高于|不得少于|不得低于|不得超过|不得高于|至少|达到|多于|少于|高于|低于|超过|满)\s*"
    rf"((?:\d+(?:\.\d+)?|[{_CN}]+)(?!\d|\.|[{_CN}]))\s*(?!(?:{_UNITS}))(?=[，。；、,;）)]|的|$)"
)
_BLANK = re.compile(
    r"(?:\d{0,3}|[×xX○〇_＿*＊□…]+)[\s　_＿×xX○〇*＊□…]*年[\s　_＿×xX○〇*＊□…]*月[\s　_＿×xX○〇*＊□…]*日"
)
_VAGUE = re.compile(
    r"(?<!未)(?<!未依法)(?<!不)(?<!无法)(?<!未能)(?<!不能)(?<!没有)(?<![实确整正平全面]、)及时(?!地|、[真准公完全足有稳]|性)"
    r"|(?<![不指])定期(?!限|会议|检验[标合报周机证]|检测[标合报周机证]|存款|运输|航|债|保险|合同|租|刊|出版|劳动|金)|适时|尽快"
)
_PERIOD = re.compile(
    rf"[{_CN}\d]+(?:个)?(?:工作日|小时|分钟|日|天|周|月|季度?|年)|每(?:年|月|季度?|周|日|半年)|半年|当日|当天|次日|立即|即时|随时|规定的?(?:期限|时间)"
)


@dataclass(frozen=True)
class Flag:
    """One thing to look at (自查发现). `kind` is a key of `KINDS`; `line` counts from 1 in the file; `text` is the sentence."""

    kind: str
    at: str
    line: int
    text: str
    message: str


@dataclass(frozen=True)
class _Text:
    """A 款, 项 or 目 with its article."""

    node: Node
    article: str
    number: tuple[int, int]
    para: int


def findings(tree: Tree, *, number: int = 0, pack: Pack | None = None) -> list[Flag]:
    """Read an act against itself (自查).

    Args: tree, the text; number, which act of the file; pack, the law as code of this act: a duty whose bearer it states is not
    called a duty without one.
    Returns: findings in the order of the text. Complexity: linear in the length of the text.
    """
    nodes = tree.act(number)
    texts = list(_texts(nodes))
    found = [*_references(nodes, texts), *_no_bearer(texts, pack), *_sanctions(texts), *_words(texts)]
    return sorted(found, key=lambda flag: (flag.line, list(KINDS).index(flag.kind)))


def _texts(nodes: Sequence[Node]) -> Iterator[_Text]:
    article, number, para = "", (0, 0), 0
    for node in nodes:
        if node.level == "art":
            article, para = node.id, 0
            main, _, inserted = node.id.rpartition("_")[2].partition("-")
            number = (int(main), int(inserted or 0))
        elif node.level in ("para", "point", "item") and article:
            para += node.level == "para"
            yield _Text(node, article, number, para)


def _references(nodes: Sequence[Node], texts: Sequence[_Text]) -> Iterator[Flag]:
    """前款 in a first 款, 本条例第五十条 when there are 45, 第三项 where there are two (引用)."""
    articles = {node.id.rpartition("__")[2]: node for node in nodes if node.level == "art"}
    inside = {node.id.partition("art_")[2]: node for node in nodes if node.level in ("para", "point")}
    quoted = _quoting(nodes)
    for text in texts:
        if quoted:  # an amendment speaks of another act throughout
            continue
        for sentence in split_sentences(text.node.text):
            yield from _cited(sentence, text, articles, inside)


def _quoting(nodes: Sequence[Node]) -> bool:
    title = "".join(node.text for node in nodes if node.level == "title")
    return "修正案" in title or ("决定" in title and "修改" in title) or "解释" in title


def _cited(sentence: str, text: _Text, articles: dict[str, Node], inside: dict[str, Node]) -> Iterator[Flag]:
    foreign, end = False, -1
    last = ""
    for match in _CITED.finditer(sentence):
        between = sentence[end : match.start()] if end >= 0 else sentence[: match.start()]
        joined = end >= 0 and not _JOIN.sub("", between).strip()
        if match["self"] or match["own"] or match["prev"]:
            foreign = False
        elif match["art"]:
            foreign = foreign if joined else bool(_FOREIGN.search(sentence[: match.start()]))
        elif match["paraonly"]:
            foreign = foreign and joined
        end = match.end()
        if foreign or _in_quotes(sentence, match.start()):
            continue
        if match["prev"]:
            reason = _before(match["prev"], text)
            if not reason and match["point4"] and match["prev"] in ("前款", "上款"):
                para = str(text.para - 1)
                reason = _there(_eid(*text.number), para, match["point4"], articles, inside)
            if match["prev"] in ("前条", "上条", "上一条"):
                last = _previous(_eid(*text.number), articles)
        elif match["art"]:
            last = _eid(value(match["art"]), match["ins"])
            reason = _there(last, match["para"], match["point"], articles, inside)
        elif match["own"]:
            last = _eid(*text.number)
            reason = _there(last, match["para2"], match["point2"], articles, inside)
        else:
            at = last if joined and last else _eid(*text.number)
            reason = _there(at, match["para3"], match["point3"], articles, inside)
        if reason:
            yield Flag("reference", text.node.id, text.node.line, sentence, f"“{match[0]}”：{reason}")


def _eid(number: int, inserted: str | int | None) -> str:
    extra = value(str(inserted)) if inserted else 0
    return f"{number}-{extra}" if extra else str(number)


def _previous(at: str, articles: dict[str, Node]) -> str:
    """The article before this one, inserted ones counted."""
    keys = [key.removeprefix("art_") for key in articles]
    return keys[keys.index(at) - 1] if at in keys and keys.index(at) else at


def _in_quotes(sentence: str, at: int) -> bool:
    return sentence.count("“", 0, at) > sentence.count("”", 0, at)


def _before(word: str, text: _Text) -> str:
    """What 前款, 前两款 or 前条 lacks before it, or "" when all is there."""
    many = {"两": 2, "二": 2, "三": 3, "四": 4}.get(word[1], 1)
    if word.endswith("款"):
        there = text.para - 1
        if there < many:
            return f"这是本条第{numeral_of(text.para)}款，前面没有{'这么多' if there else ''}款。"
    elif text.number[0] - 1 + text.number[1] < many:
        return "前面没有这么多条。" if text.number[0] > 1 else "这是第一条，前面没有条。"
    return ""


def _there(at: str, para: str | None, point: str | None, articles: dict[str, Node], inside: dict[str, Node]) -> str:
    """What a reference to an article, its 款 and 项 misses, or "" when it is there."""
    if f"art_{at}" not in articles:
        last = max((int(key.removeprefix("art_").split("-")[0]) for key in articles), default=0)
        return f"本文没有这一条（共至第{numeral_of(max(last, 1))}条）。"
    if para:
        if f"{at}__para_{value(para)}" not in inside:
            return "该条没有这一款。"
        if point and f"{at}__para_{value(para)}__point_{value(point)}" not in inside:
            return "该款没有这一项。"
    elif point and not any(key.startswith(f"{at}__") and key.endswith(f"__point_{value(point)}") for key in inside):
        return "该条没有这一项。"
    return ""


def _no_bearer(texts: Sequence[_Text], pack: Pack | None) -> Iterator[Flag]:
    """A sentence that commands and names nobody before the command (没有主体的职责).

    A prohibition without a subject binds everybody, a principle binds whoever acts: neither is named here. In a later sentence
    of a 款 the one named before goes on.
    """
    known = {(duty.at, number) for duty in pack.duties if duty.bearer for number in duty.sentences} if pack else set()
    named = False
    for text in texts:
        if text.node.level == "para":
            named = False
        for number, sentence in enumerate(split_sentences(text.node.text), 1):
            modal = _command(sentence)
            before = re.sub(r"《[^》]*》|“[^”]*”", "", sentence[: modal.start()] if modal else sentence)
            last = re.split(r"[，；：]", before.rstrip("，"))[-1]
            earlier = before[: -len(last)] if last else before
            thing = _THING.search(last) is not None and not (
                _BODIES.search(earlier) or _OWNED.search(last) or _acts(last)
            )
            if _BODIES.search(before) and not thing:
                named = True
            elif not modal or named or text.node.level != "para" or (text.node.id, number) in known:
                continue
            elif (
                _FORMULA.search(sentence) is None
                and (thing or _NOBODY.fullmatch(before))
                and not (_implied(before) or _PRINCIPLE.match(sentence, modal.end()))
            ):
                message = f"“{modal[0]}”之前没有写明由谁承担。"
                yield Flag("no_bearer", text.node.id, text.node.line, sentence, message)


def _command(sentence: str) -> re.Match[str] | None:
    """The first 应当 or 必须 of a sentence that is not inside a condition (主句的情态词)."""
    for modal in _MODAL.finditer(sentence):
        inside = _INSIDE.match(sentence, modal.end())
        if inside is None:
            return modal
    return None


def _implied(before: str) -> bool:
    """Whether the words before the command tell who is bound: whoever does the thing, or is in that case (行为人)."""
    clause = before.rstrip("，").rpartition("；")[2]
    if not clause:
        return False
    if "，" in before and _CONDITION.search(clause):
        return True
    return _DOES.match(clause) is not None


def _acts(clause: str) -> bool:
    """Whether a body that does something stands in the clause: 部门对送检材料, 企业使用公共设施 (主谓短语)."""
    return any(_TO.match(clause, body.end()) or _DOES.match(clause, body.end()) for body in _BODIES.finditer(clause))


def _sanctions(texts: Sequence[_Text]) -> Iterator[Flag]:
    """违反本条例第二十五条 where article 25 commands and forbids nothing (罚则落空)."""
    whole: dict[str, str] = {}
    for text in texts:
        for key in (_eid(*text.number), f"{_eid(*text.number)}__{text.para}"):
            whole[key] = whole.get(key, "") + text.node.text
    for text in texts:
        for sentence in split_sentences(text.node.text):
            for match in re.finditer(
                rf"违反(?:{_SELF})?((?:[、和及与或，]|以及|或者)?(?:的)?第{_N}条(?:之[一二三四五六七八九十]+)?(?:第{_N}款)?)+",
                sentence,
            ):
                for cited in re.finditer(rf"第({_N})条(?:之([一二三四五六七八九十]+))?(?:第({_N})款)?", match[0]):
                    at = _eid(value(cited[1]), cited[2])
                    key = f"{at}__{value(cited[3])}" if cited[3] else at
                    if key not in whole or at == _eid(*text.number):
                        continue
                    if not _PROHIBITS.search(whole[key]):
                        message = f"以违反{cited[0]}处罚，但{cited[0]}没有“不得”“禁止”“应当”一类的规定。"
                        yield Flag("no_prohibition", text.node.id, text.node.line, sentence, message)


def _words(texts: Sequence[_Text]) -> Iterator[Flag]:
    """Numbers without units, blank dates, 及时 and 定期 without a period (数字、日期、期限)."""
    whole: dict[str, str] = {}
    for text in texts:
        whole[text.article] = whole.get(text.article, "") + text.node.text
    lead = ""
    for text in texts:
        lead = text.node.text if text.node.level == "para" else lead
        for sentence in split_sentences(text.node.text):
            at = (text.node.id, text.node.line, sentence)
            for match in _BARE.finditer(sentence):
                yield Flag("no_unit", *at, f"“{match[0]}”没有写单位。")
            for match in _BLANK.finditer(sentence):
                if not re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", normalised(match[0])):
                    yield Flag("blank_date", *at, f"“{normalised(match[0])}”的年月日没有填写。")
            if _asked_when(sentence, lead) and not _PERIOD.search(whole[text.article]):
                for word in dict.fromkeys(_VAGUE.findall(sentence)):
                    yield Flag("no_limit", *at, f"“{word}”没有写明期限或者周期。")


def _asked_when(sentence: str, lead: str) -> bool:
    """Whether 及时 or 定期 in a sentence is a limit that this act leaves open (期限留白).

    It is none in a sanction or a principle, where nothing is commanded, and where another text is named that sets it.
    """
    if _FORMULA.search(sentence) or _BY_RULE.search(sentence):
        return False
    return _ASKS.search(sentence) is not None or (sentence != lead and _ASKS.search(lead) is not None)


def as_json(flags: Sequence[Flag]) -> dict[str, list[dict[str, str | int]]]:
    """Findings as `linli law findings --json` prints them."""
    return {
        "findings": [{"kind": f.kind, "at": f.at, "line": f.line, "text": f.text, "message": f.message} for f in flags]
    }
