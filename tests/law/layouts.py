"""Acts whose tree is known, laid out as files in the wild lay them out (已知结构的法规与各种版式). Every sentence is invented."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from linli.law.parse import numeral_of

TITLE = "某县水井与菜园管理条例"
SENTENCES = (
    "水井应当加盖。",
    "菜园每天浇水两次，由种菜的人负责。",
    "依照本条例第一条的规定办理。",
    "违反第二条规定的，由村里责令改正；拒不改正的，不得浇水。",
    "前款以外的事由村民商量。",
    "规定的时间以内未浇水的，可以补浇。",
    "第三条规定的情形除外。",
    "本条例所称水井，是指“村里的井”。",
)
POINTS = ("井口；", "井绳；", "水桶。")

NUMBERS = ("chinese", "round", "arabic", "wide", "spaced", "old", "radical", "digits")
GAPS = ("　", " ", "  ", "\t", "：", "\n", "\n\n", "【题】", "　【题】　", "、", "．")
MARKS = ("", "**", "### ", "- ", "- **", "> ", "·", "● ", "【】", "1. ")
FRONTS = ("title", "none", "keys", "gazette", "broken", "twice", "order")
CONTENTS = ("none", "plain", "leaders", "bare", "articles")
TAILS = ("none", "signed", "list", "annex", "twin", "notes", "commented")
ENDS = ("\n", "\r\n", "\n\n", "\u2028")


@dataclass(frozen=True)
class Layout:
    """How an act is set: each word is one of the tuples above."""

    number: str
    gap: str
    mark: str
    front: str
    contents: str
    tail: str
    end: str
    indent: str
    pages: bool
    crowded: bool


@dataclass(frozen=True)
class Known:
    """An act as it should be read: articles as (number, inserted), each with its 款, each 款 with so many 项."""

    articles: tuple[tuple[tuple[int, int], tuple[tuple[str, int], ...]], ...]
    chapters: int

    def per_chapter(self) -> int:
        """Articles in each chapter but the last; 0 where there are no chapters."""
        return -(-len(self.articles) // self.chapters) if self.chapters else 0

    def heads(self) -> int:
        """Chapters that have an article."""
        return -(-len(self.articles) // self.per_chapter()) if self.chapters else 0

    def ids(self) -> list[str]:
        """EIds of the articles."""
        return [f"art_{main}" + (f"-{extra}" if extra else "") for (main, extra), _ in self.articles]


@st.composite
def acts(draw: st.DrawFn) -> Known:
    """Acts of 3 to 24 articles, some inserted (之一), some with 项."""
    count = draw(st.integers(3, 24))
    found: list[tuple[tuple[int, int], tuple[tuple[str, int], ...]]] = []
    for main in range(1, count + 1):
        for extra in range(draw(st.sampled_from((0, 0, 0, 0, 1, 2))) + 1):
            first = draw(st.sampled_from(SENTENCES[:4]))
            more = draw(st.lists(st.sampled_from(SENTENCES[4:]), max_size=2))
            points = draw(st.sampled_from((0, 0, 2, 3)))
            paras = [(first, 0), *((text, 0) for text in more)]
            if points:
                paras[-1] = (paras[-1][0].rstrip("。") + "：", points)
            found.append(((main, extra), tuple(paras)))
    return Known(tuple(found), draw(st.sampled_from((0, 0, 2, 3))))


def layouts() -> st.SearchStrategy[Layout]:
    """Every layout that is not contradictory: a number in brackets or in bold is followed by white space.

    Where 、 or ．parts number and text, articles quoted at the end of the file look like the act's own.
    """
    return _all().filter(
        lambda how: (
            how.gap.isspace() or not (how.mark.endswith(("】", "**")) or (how.gap in "、．" and how.tail == "notes"))
        )
    )


def _all() -> st.SearchStrategy[Layout]:
    return st.builds(
        Layout,
        number=st.sampled_from(NUMBERS),
        gap=st.sampled_from(GAPS),
        mark=st.sampled_from(MARKS),
        front=st.sampled_from(FRONTS),
        contents=st.sampled_from(CONTENTS),
        tail=st.sampled_from(TAILS),
        end=st.sampled_from(ENDS),
        indent=st.sampled_from(("", "　　", "    ", "\u00a0")),
        pages=st.booleans(),
        crowded=st.booleans(),
    )


def label(main: int, extra: int, how: str) -> str:
    """第N条之M in one of the ways of writing it."""
    plain = numeral_of(main)
    number = {
        "round": plain.replace("零", "〇"),
        "arabic": str(main),
        "wide": str(main).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        "spaced": f" {' '.join(plain)} ",
        "old": plain.replace("二十", "廿") if 20 <= main < 30 else plain,
        "radical": plain.replace("一", "⼀").replace("二", "⼆"),
        "digits": "".join("〇一二三四五六七八九"[int(digit)] for digit in str(main)),
    }.get(how, plain)
    return f"第{number}条" + (f"之{numeral_of(extra)}" if extra else "")


def written(known: Known, how: Layout) -> str:
    """The file: the act set in one layout."""
    lines = _front(known, how)
    per = known.per_chapter()
    joined = False
    for index, ((main, extra), paras) in enumerate(known.articles):
        if per and index % per == 0:
            head = "## " if how.mark.startswith(("#", "*", "-")) else how.indent
            lines.append(f"{head}第{numeral_of(index // per + 1)}章　章名")
            joined = False
        (text, points), *more = paras
        line = f"{how.indent if not how.mark else ''}{_marked(label(main, extra, how.number), how.mark)}{how.gap}{text}"
        if joined:
            lines[-1] += line.strip()
        else:
            lines += line.split("\n")
        lines += _points(points, how)
        for text, points in more:
            lines += [how.indent + text, *_points(points, how)]
        joined = how.crowded and index % 6 == 1 and not points and how.mark == "" and how.gap in ("　", " ", "  ", "\t")
        if how.pages and index % 5 == 4 and not joined:
            lines.append("— 3 —")
    return how.end.join([*lines, *_tail(how)]) + how.end


def _marked(number: str, mark: str) -> str:
    if mark == "【】":
        return f"【{number}】"
    return f"{mark}{number}" + ("**" if mark.endswith("**") else "")


def _points(count: int, how: Layout) -> list[str]:
    return [f"{how.indent}（{numeral_of(n)}）{POINTS[-1 if n == count else n - 1]}" for n in range(1, count + 1)]


def _front(known: Known, how: Layout) -> list[str]:
    lines = {
        "title": [TITLE, "（2020年1月1日某县人民代表大会常务委员会第三次会议通过）"],
        "none": [],
        "keys": ["---", 'id: "a%3D"', f'title: "{TITLE}"', 'publish: "2020-01-01"', "---", "", f"# {TITLE}"],
        "gazette": ["某县人民政府公报　2020年第3期", "某县人民政府令", "第12号", TITLE, "（2020年1月1日公布）"],
        "broken": [TITLE, "（2020年1月1日某县第七届人民代表", "大会第四次会议通过　2020年3月1日某省", "人民代表大会常务委员会批准）"],
        "twice": [f"# {TITLE}", "", "某县水井与菜园", "管理条例", "(2020年1月1日某县人民政府发布)"],
        "order": ["某县人民政府令", "第12号", f"《{TITLE}》已经县人民政府会议通过，现予公布。", "县长　某某", "2020年1月1日", TITLE],
    }[how.front]  # fmt: skip
    chapters = [f"第{numeral_of(n)}章　章名" for n in range(1, known.heads() + 1)]
    if how.contents == "none" or not chapters or how.front == "none":
        return lines
    if how.contents == "leaders":
        chapters = [f"{line}……{n}" for n, line in enumerate(chapters, 3)]
    head = [] if how.contents == "bare" and len(chapters) > 2 else ["目　录"]
    return [*lines, *head, *chapters]


def _tail(how: Layout) -> list[str]:
    return {
        "none": [],
        "signed": ["某县人民政府", "2020年1月1日"],
        "list": ["附：", "某县水井目录", "1．东井", "2．西井"],
        "annex": ["附件1", "第一条　东井归东村。", "第二条　西井归西村。", "附件2：用水登记表", "姓名\t井名"],
        "twin": [
            "附件：某县水井公约（示范文本）",
            "第一章　总则",
            "第一条　东井归东村。",
            "第二章　附则",
            "第二条　完。",
        ],
        "notes": ["附：本条例引用的有关法律条文", "《某水法》", "第十条　水归大家。", "第十一条　井归大家。"],
        "commented": ["<!-- 完 -->" if how.mark[:1] in ("#", "*", "-") else "- 12 -"],
    }[how.tail]
