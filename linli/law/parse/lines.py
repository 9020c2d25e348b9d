"""What one line of a statute is (行的样式): patterns, and the residue that is no text of law."""

from __future__ import annotations

import re

from linli.law.parse.numerals import ARABIC, CHINESE

_N = rf"[{CHINESE}{ARABIC}](?:[{CHINESE}{ARABIC}\s]*[{CHINESE}{ARABIC}])?"
SPACE = re.compile(r"\s+")
ARTICLE = re.compile(rf"第\s*({_N})\s*[条條](?:\s*之\s*([一二三四五六七八九十]+|[{ARABIC}]+))?(.*)", re.S)
DIVISION = re.compile(rf"第\s*({_N})\s*(分\s*[编編]|[编編章节節]|[篇卷部](?=\s|$)|部\s*分(?=\s|$))(.*)", re.S)
UNNUMBERED = re.compile(r"[总總附]\s*[则則]")
PREAMBLE = re.compile(r"序\s*言|前\s*言|引\s*言")
HEADING = re.compile(r"\s*[【\[［]([^】\]］]*)[】\]］]\s*(.*)", re.S)
ROUND_HEADING = re.compile(r"[（(](?!以下|[含包不]|即|如)([^（()）\d，。；：]{2,30})[）)]\s*(.*)$", re.S)
BARE_HEADING = re.compile(
    r"(?!本)([^\s\d，。；：、！？“”]{2,16})(?<![自于年月日])(?:\u3000+|\s{2,})(?![年月日])(\S.*)", re.S
)
POINT = re.compile(rf"[（(]\s*([{CHINESE}]+)\s*[）)]\s*(.*)", re.S)
ITEM = re.compile(rf"(?:[（(]\s*([{ARABIC}]+)\s*[）)]|([{ARABIC}]+)\s*[.．、](?![{ARABIC}]))\s*(.*)", re.S)
CLAUSE = re.compile(rf"([{CHINESE}]+)\s*[、．.]\s*(.*)", re.S)
SECOND_CLAUSE = re.compile(r"[\n\r\u2028][ \t\u3000\u00a0>#*_-]{0,40}二\s*[、．.]")
CHANGES = re.compile(r"[条款项章》”].{0,30}(?:修改为|修正为|改为)|增加.{0,12}作为|删去|予以废止|作.{0,4}修改")
CLAUSE_BEGINS = re.compile(r"将|增加|删|第|在|对|本|修改|原|把|此外|《|废止")
CHANGE_BEGINS = re.compile(r"将第|增加[一二三四五六七八九十两]|删[去除]第|第.{1,8}条.{0,20}修改为")
ATTACHMENT = re.compile(
    rf"附\s*(?:件|表|录|图|件表)?\s*[{CHINESE}{ARABIC}A-ZＡ-Ｚ]*\s*(?:[:：]|$|\s+\S)|附\s*(?:件|表|录|图)\s*[{CHINESE}{ARABIC}]+\S"
)
CONTENTS = re.compile(r"目\s*[录次]\s*$")
LEADERS = re.compile(r"[\s.．…·・_—-]*(?:[.．…·・_—-]{2,}|\t|\s{2,})[\s.．…·・_—-]*[（(]?\d{1,4}[）)]?$")
PAGE = re.compile(
    r"(?:[-—–－‐·•.\s]*\d{1,4}[-—–－‐·•.\s]*|第\s*\d+\s*页(?:[\s，,/／]*共\s*\d+\s*页)?|[Pp]age\s*\d+(?:\s*of\s*\d+)?)$"
)
# 第三条规定的…, 第三条第二款… at the start of a line is a reference, not an article; 第三条中华人民共和国… is one.
REFERENCE = re.compile(
    rf"规定|所[称列述指涉]|所规定|第[{CHINESE}{ARABIC}]+(?:款|项|条|目)|中[的，,、]|中规定|中关于|中增加|的|[，,、]|之规定|关于"
    r"|(?:和|或|或者|与|及|以及|至|到)(?:第|《)|款[的规]|[改作]为|修改为|增加[一二三四五六]|删[去除].|后增加|前增加|后面"
)
# The same behind a space, where only these can follow a number that is merely mentioned.
SPACED_REFERENCE = re.compile(rf"的|[，,、]|第[{CHINESE}{ARABIC}]+[款项条目]|规定的|所(?:列|称|指)")
# 第二条关于……的规定: may begin an article in an act that puts no space after the number.
WEAK_REFERENCE = re.compile(r"规定|关于|作为|增加|所")
NUMBER_ONLY = re.compile(rf"[{CHINESE}{ARABIC}\s]+$")
PUNCTUATED = re.compile(r"[。，；：,;]")
NO_HEADING = re.compile(r"[。，；：、！？“”（）()\d]|删|略|废止|[的了]$")
# 第五条至第九条（删去）: one line for several articles that are no more.
GONE = re.compile(
    rf"第\s*({_N})\s*[条條]\s*(至|到|[—–－~～-]+|、|和)\s*第?\s*({_N})\s*[条條]\s*([（(〔\[【]?\s*已?\s*(?:删|废|略|取消|失效).{{0,20}})$"
)
# A numbered article or division within a line, behind the end of a sentence, a bracket or a space.
_GAP = r"[ \t\u3000\u00a0]"
INLINE = re.compile(
    rf"第(?:(?<=[。；：！？”’）)》】〕\]]第)|(?<=\S{_GAP}第)|(?<=\S{_GAP}{{2}}第))"
    rf"\s*{_N}\s*(?:[条條](?:\s*之\s*[一二三四五六七八九十{ARABIC}]+)?|[章節节編编](?=\s))"
)
DIVISION_AND_MORE = re.compile(rf"第\s*{_N}\s*[章節节编編][^。；，：]{{0,24}}$")
LINE_HEAD = re.compile(
    rf"[\s>#*_\-+·•●【\[（(|]{{0,40}}(?:\d{{1,4}}[.)]\s+)?[*_【]{{0,4}}第\s*({_N})\s*[条條](?:\s*之\s*([一二三四五六七八九十]+|[{ARABIC}]+))?"
    rf"(?!规定|所|的|款|[和至或与及、，,]\s*第|第[{CHINESE}{ARABIC}])"
)
# What stands before a quotation of new law text in an amendment.
AMENDS = re.compile(r"(?:修改为|修正为|改为|作为|增加|补充|表述为|规定)")
CLOSING = re.compile("[”」』]")
OPEN, CLOSE, ENDS = "“「『", "”」』", "。；！？：;!?:"
NOTE = re.compile(r"[（(\[〔].*(?:通过|公布|发布|修正|修订|批准|施行|颁布|制定|会议|起实行).*[）)\]〕]$", re.S)
BARE_NOTE = re.compile(
    r"(?:\d{4}|[一二]\s*[九〇○零][一二三四五六七八九〇○零]{2})\s*年.*(?:通过|公布|发布|修正|修订|批准|施行|颁布|修改)"
)
HEADER = re.compile(
    r".*(?:公\s*报|公\s*告|主\s*席\s*令|国\s*务\s*院\s*令|政\s*府\s*令|委员会令|部\s*令|令)(?:[（(]?\s*第.{0,12}号\s*[）)]?)?$"
    r"|[（(〔]?第?\s*[\d一二三四五六七八九十百零〇○]+\s*[号期][）)〕]?$|.{0,24}[〔\[（(]\d{4}[〕\]）)]\s*第?\s*\d+\s*号$"
)
PROMULGATES = re.compile(r"现予(?:以)?(?:公布|发布)|现(?:公布|发布|印发)|已经.{0,120}(?:通过|批准)|特此公告")
TITLE = re.compile(
    r".{1,160}?(?:法|条例|规定|办法|决定|规则|细则|章程|修正案|解释|决议|通则|规程|标准|准则|制度|公约|规范|意见|方案|大纲|守则|规划)"
    r"(?:\s*[（(〔].{1,40}[）)〕])*$"
)
MORE_TITLE = re.compile(r"(?:关于|修改|废止|、|和|的|与|及|实施|办理|若干|部分|有关)$")
TITLE_GOES_ON = re.compile(r"等|的|关于|和|》|实施")
UNNUMBERED_ACT = re.compile(
    r".*(?:解释|决定|决议|修正案|批复|答复|通知|意见|公告|通告|命令|复函|函|声明|纪要)(?:\s*[（(〔].{1,80}[）)〕])*$"
)
DRAFT_MARK = re.compile(r"[（(〔].*(?:草案|稿|试行|暂行|修正|修订)[^。]{0,12}[）)〕]$")
DATED = re.compile(r"\d{4}\s*年|[〇零○].{1,3}年|通过|公布|发布|施行")
DATE_LINE = re.compile(
    r"(?:.{0,24}\s)?(?:\d{4}|[一二]\s*[九〇○零][一二三四五六七八九〇○零]{2})\s*年\s*[\d一二三四五六七八九十]+\s*月\s*[\d一二三四五六七八九十]+\s*日(?:\s*于\S{1,8})?$"
)


CLOSED = re.compile(r"[）)\]〕]\s*$")
_BESIDE = re.compile(r"[\s《》〈〉<>“”\"]")


def bare(text: str) -> str:
    """A title without white space and quotation marks (标题比对用)."""
    return _BESIDE.sub("", text)


def mentioned(rest: str) -> bool:
    """Whether what follows a number says that the article is only mentioned (引用而非条首)."""
    if rest and rest[0].isspace():
        return SPACED_REFERENCE.match(rest.lstrip()) is not None
    return REFERENCE.match(rest) is not None


def ended(text: str) -> bool:
    """Whether a line ends as a sentence or a member of a list does (句末), closing quotes and brackets set aside."""
    bare = text.rstrip("”」』’\"'）)】》 ")
    return not bare or bare[-1] in ENDS
