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
    r"街道|乡镇|学校|幼儿园|医院|协会|团体|工会|银行|交易所|媒体|中心|服务站|会议|代表|主任|平台|当事人|各级|有关方面|双方|一方|各方|大会|小组|支部|党委|领导|"
    r"[者人员长师官](?![权身民工道际力才大体士事案次类均文])|庭|[省市县区州乡镇村局厅部委院站所队社会户](?=$|[，、（和及或应必]|在|对|根据|按|依|会同|可|要|每|接|自|于|向|经|因)"
)
# Where the last words before the command are a thing, somebody is to do it and nobody is named.
_THING = re.compile(
    r"(?:设施|制度|机制|公约|章程|计划|规划|方案|预案|项目|信息|资金|经费|清单|标准|结果|场所|场地|用房|住宅|小区|档案|材料|文书|设备|名单|台账|网点|记录|数据|费用|工程|系统|公告|报告|通道|面积)$"
)
_PRINCIPLE = re.compile(
    r"坚持|遵循|贯彻|符合|适应|包括|载明|写明|注明|具有|具备|有利于|体现|以|是|有|与|公平|真实|明确|遵守|承担|视为|理解|合理|由"
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
_VAGUE = re.compile(r"(?<!未)(?<!未依法)(?<!不)及时|定期|适时|尽快|按期|限期|经常|不定期")
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
            modal = _MODAL.search(sentence)
            before = re.sub(r"《[^》]*》|“[^”]*”", "", sentence[: modal.start()] if modal else sentence)
            last = re.split(r"[，；：]", before.rstrip("，"))[-1]
            earlier = before[: -len(last)] if last else before
            thing = _THING.search(last) is not None and not _BODIES.search(earlier)
            if _BODIES.search(before) and not thing:
                named = True
            elif not modal or named or text.node.level != "para" or (text.node.id, number) in known:
                continue
            elif not _PRINCIPLE.match(sentence, modal.end()):
                message = f"“{modal[0]}”之前没有写明由谁承担。"
                yield Flag("no_bearer", text.node.id, text.node.line, sentence, message)


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
    for text in texts:
        for sentence in split_sentences(text.node.text):
            at = (text.node.id, text.node.line, sentence)
            for match in _BARE.finditer(sentence):
                yield Flag("no_unit", *at, f"“{match[0]}”没有写单位。")
            for match in _BLANK.finditer(sentence):
                if not re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", normalised(match[0])):
                    yield Flag("blank_date", *at, f"“{normalised(match[0])}”的年月日没有填写。")
            if not _PERIOD.search(sentence):
                for word in dict.fromkeys(_VAGUE.findall(sentence)):
                    yield Flag("no_limit", *at, f"“{word}”没有写明期限或者周期。")


def as_json(flags: Sequence[Flag]) -> dict[str, list[dict[str, str | int]]]:
    """Findings as `linli law findings --json` prints them."""
    return {
        "findings": [{"kind": f.kind, "at": f.at, "line": f.line, "text": f.text, "message": f.message} for f in flags]
    }
