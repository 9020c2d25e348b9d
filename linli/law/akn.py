"""Akoma Ntoso 3.0 (法规交换格式): a parsed text written as the OASIS standard has it, and read back to the same tree.

编 part, 分编 subpart, 章 chapter, 节 section, 条 article, 款 paragraph, 项 point, 目 item of a blockList. Title, notes, gazette head and
contents stand in the preface; from the first running line on they stand in the preamble; signature and date in the conclusions,
附件 and further acts of the file in the attachments. Page numbers and marks of a file format are left out. Valid under
akomantoso30.xsd; beyond what that checks, every eId is present and unique and the language is `zho`.
"""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from linli.law.parse import Node, Tree, written
from linli.law.parse import lines as p
from linli.law.types import LawTextError
from linli.law.works import Work, work_of

NAMESPACE = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
_TAGS = {"part": "part", "subpart": "subpart", "chp": "chapter", "sec": "section", "art": "article"}
_TAGS |= {"para": "paragraph", "point": "point"}
_LEVELS = {tag: level for level, tag in _TAGS.items()}
_RANK = {"part": 0, "subpart": 1, "chp": 2, "sec": 3, "art": 4, "para": 5, "point": 6, "item": 7}
_SKIPPED = ("page", "markup", "blank")
_N = f"{{{NAMESPACE}}}"
Plain = tuple[str, str, str, str, str]


def to_akn(tree: Tree, *, work: str = "") -> str:
    """Write a tree as Akoma Ntoso (导出). Args: work, FRBR URI of the first act, when its title does not tell it.

    Returns: the XML document. Raises: LawTextError when the text has no provision or `work` is no URI of a Chinese work.
    """
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(f"{_N}akomaNtoso")
    acts = [(tree.act(number), kind) for number, (_, kind) in enumerate(tree.acts)]
    if not acts or not any(node.level in _RANK for node in acts[0][0]):
        raise LawTextError("没有条文，不能导出。请先用 linli law parse 查看问题。")
    first = _act(root, acts[0][0], acts[0][1], work_of(acts[0][0], work))
    for number, (nodes, kind) in enumerate(acts[1:], 2):
        attachment = ET.SubElement(_attachments(first), f"{_N}attachment", {"eId": f"act_{number}"})
        if any(node.level in _RANK for node in nodes):
            _act(attachment, nodes, kind, work_of(nodes))
        else:
            _document(attachment, nodes, work_of(nodes), f"act_{number}")
    ET.indent(root, " ")
    _join(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _join(root: ET.Element) -> None:
    """Indentation belongs between elements, not into lines of text."""
    for line in root.iter(f"{_N}p"):
        for inner in line:
            line.text = inner.tail = None


def _act(above: ET.Element, nodes: Sequence[Node], kind: str, work: Work) -> ET.Element:
    act = ET.SubElement(above, f"{_N}{'bill' if work.draft else 'act'}", {"name": kind, "contains": "originalVersion"})
    began = next(at for at, node in enumerate(nodes) if node.level in _RANK)
    prefix = nodes[began].id.rpartition("__")[0] if nodes[began].id.startswith("act_") else ""
    prefix = f"{prefix.split('__')[0]}__" if prefix else ""
    _meta(act, work, prefix.removesuffix("__") or "main")
    _front(act, [node for node in nodes[:began] if node.level not in _SKIPPED], prefix)
    body = ET.SubElement(act, f"{_N}body", {"eId": f"{prefix}body"})
    rest = _body(body, nodes[began:], prefix)
    signed = next((at for at, node in enumerate(rest) if node.level != "signature"), len(rest))
    if signed:
        end = ET.SubElement(act, f"{_N}conclusions", {"eId": f"{prefix}conclusions"})
        _paragraphs(end, rest[:signed], f"{prefix}conclusions")
    for number, group in enumerate(_groups(rest[signed:]), 1):
        id = f"{prefix}att_{number}"
        _document(ET.SubElement(_attachments(act), f"{_N}attachment", {"eId": id}), group, work, id)
    return act


def _attachments(act: ET.Element) -> ET.Element:
    found = act.find(f"{_N}attachments")
    return ET.SubElement(act, f"{_N}attachments") if found is None else found


def _groups(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """The lines after the provisions, one group for each 附件."""
    starts = [at for at, node in enumerate(nodes) if at == 0 or p.ATTACHMENT.match(node.text)]
    for at, start in enumerate(starts):
        yield nodes[start : starts[at + 1] if at + 1 < len(starts) else len(nodes)]


def _front(act: ET.Element, nodes: Sequence[Node], prefix: str) -> None:
    running = next((at for at, node in enumerate(nodes) if node.level == "preamble"), len(nodes))
    for name, group in (("preface", nodes[:running]), ("preamble", nodes[running:])):
        if group:
            _paragraphs(ET.SubElement(act, f"{_N}{name}", {"eId": f"{prefix}{name}"}), group, f"{prefix}{name}")


def _paragraphs(above: ET.Element, nodes: Sequence[Node], id: str) -> None:
    for number, node in enumerate(nodes, 1):
        line = ET.SubElement(above, f"{_N}p", {"eId": f"{id}__p_{number}", "class": node.level})
        if node.level == "title":
            line = ET.SubElement(line, f"{_N}docTitle", {"eId": f"{id}__p_{number}__docTitle"})
        line.text = node.text


def _document(above: ET.Element, nodes: Sequence[Node], work: Work, id: str) -> None:
    doc = ET.SubElement(above, f"{_N}doc", {"name": "attachment", "contains": "originalVersion"})
    _meta(doc, work, id)
    main = ET.SubElement(doc, f"{_N}mainBody", {"eId": f"{id}__mainBody"})
    _paragraphs(main, [node for node in nodes if node.level not in _SKIPPED], f"{id}__mainBody")


def _body(body: ET.Element, nodes: Sequence[Node], prefix: str) -> list[Node]:
    """Provisions into the hierarchy; the nodes that come after it are returned."""
    open_: list[tuple[int, ET.Element]] = []
    rest: list[Node] = []
    used: set[str] = set()
    strays = 0
    for node in nodes:
        if node.level in _SKIPPED:
            continue
        if node.level not in _RANK:
            if node.level in ("signature", "attachment") or not open_:
                rest.append(node)
                continue
            while open_ and open_[-1][0] > _RANK["sec"]:
                open_.pop()
            strays += 1
            cross = {"eId": f"{prefix}crossHeading_{strays}", "class": node.level}
            if open_:
                ET.SubElement(open_[-1][1], f"{_N}crossHeading", cross).text = node.text
            else:
                rest.append(node)
            continue
        rank = _RANK[node.level]
        while open_ and open_[-1][0] >= rank:
            open_.pop()
        above = open_[-1][1] if open_ else body
        id = _unique(node.id, used)
        if node.level == "item":
            _item(above, node, id, used)
            continue
        element = ET.SubElement(above, f"{_N}{_TAGS[node.level]}", {"eId": id})
        if id != node.id:
            element.set("class", f"repeats {node.id}")
        if node.num:
            ET.SubElement(element, f"{_N}num").text = node.num
        if node.heading:
            ET.SubElement(element, f"{_N}heading").text = node.heading
        open_.append((rank, element))
        if node.level in ("para", "point"):
            content = ET.SubElement(element, f"{_N}content", {"eId": f"{id}__content"})
            ET.SubElement(content, f"{_N}p").text = node.text
    _introduce(body)
    return rest


def _introduce(body: ET.Element) -> None:
    """The text of a 款 with 项 is their introduction; an article without text still has a place for it."""
    for element in list(body.iter(f"{_N}paragraph")):
        content = element.find(f"{_N}content")
        if content is not None and element.find(f"{_N}point") is not None:
            content.tag = f"{_N}intro"
            content.set("eId", f"{element.get('eId')}__intro")
    for element in list(body.iter(f"{_N}article")):
        if element.find(f"{_N}paragraph") is None:
            content = ET.SubElement(element, f"{_N}content", {"eId": f"{element.get('eId')}__content"})
            ET.SubElement(content, f"{_N}p")


def _item(point: ET.Element, node: Node, id: str, used: set[str]) -> None:
    content = point.find(f"{_N}content")
    assert content is not None  # a 目 stands in a 项, and each of those was given its content
    block = content.find(f"{_N}blockList")
    if block is None:
        line = content.find(f"{_N}p")
        block = ET.SubElement(content, f"{_N}blockList", {"eId": _unique(f"{point.get('eId')}__list_1", used)})
        if line is not None:
            content.remove(line)
            ET.SubElement(block, f"{_N}listIntroduction").text = line.text
    item = ET.SubElement(block, f"{_N}item", {"eId": id})
    if id != node.id:
        item.set("class", f"repeats {node.id}")
    ET.SubElement(item, f"{_N}num").text = node.num
    ET.SubElement(item, f"{_N}p").text = node.text


def _unique(id: str, used: set[str]) -> str:
    """The eId, or where the text uses a number twice, one that tells the second from the first."""
    found, again = id, 1
    while found in used:
        again += 1
        found = f"{id}-r{again}"
    used.add(found)
    return found


def _meta(above: ET.Element, work: Work, component: str = "main") -> None:
    meta = ET.SubElement(above, f"{_N}meta")
    ident = ET.SubElement(meta, f"{_N}identification", {"source": "#linli"})
    expression = f"{work.uri}/zho@{work.version.isoformat()}"
    for name, uri, day, label, author in (
        ("Work", work.uri, work.adopted, "草案" if work.draft else "通过", "#author"),
        ("Expression", expression, work.version, "本版", "#author"),
        ("Manifestation", f"{expression}.xml", work.version, "本版", "#linli"),
    ):
        level = ET.SubElement(ident, f"{_N}FRBR{name}")
        this = f"{expression}/!{component}.xml" if name == "Manifestation" else f"{uri}/!{component}"
        ET.SubElement(level, f"{_N}FRBRthis", {"value": this})
        ET.SubElement(level, f"{_N}FRBRuri", {"value": uri})
        if name == "Work":
            ET.SubElement(level, f"{_N}FRBRalias", {"value": work.title, "name": "title"})
        ET.SubElement(level, f"{_N}FRBRdate", {"date": _day(day), "name": label})
        ET.SubElement(level, f"{_N}FRBRauthor", {"href": author})
        if name == "Work":
            parts = work.uri.split("/")
            ET.SubElement(level, f"{_N}FRBRcountry", {"value": parts[2]})
            if len(parts) > 6:
                ET.SubElement(level, f"{_N}FRBRsubtype", {"value": parts[4]})
            ET.SubElement(level, f"{_N}FRBRnumber", {"value": parts[-1]})
        elif name == "Expression":
            ET.SubElement(level, f"{_N}FRBRlanguage", {"language": "zho"})
    references = ET.SubElement(meta, f"{_N}references", {"source": "#linli"})
    scope = "" if component == "main" else f"{component}__"
    for id, href, shown in (
        ("linli", "/ontology/organization/linli", "邻里"),
        ("author", "/ontology/organization/author", work.author or "制定机关未载明"),
    ):
        ET.SubElement(references, f"{_N}TLCOrganization", {"eId": f"{scope}{id}", "href": href, "showAs": shown})
    if scope:
        for element in meta.iter():
            for key in ("source", "href"):
                value = element.get(key, "")
                if value.startswith("#"):
                    element.set(key, f"#{scope}{value[1:]}")


def _day(day: dt.date) -> str:
    return f"{day.year:04}-{day.month:02}-{day.day:02}"


# -- reading back ---------------------------------------------------------------------------------------------------------


def from_akn(text: str) -> Tree:
    """Read a document of `to_akn` back into its tree (读回). The nodes are the same but for lines, pages and marks of the file.

    Raises: LawTextError when the text is no Akoma Ntoso document.
    """
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text[:2000]):
        raise LawTextError("文件含有文档类型声明，不能读取。请用邻里导出的文件。")
    try:
        root = ET.fromstring(text.encode())
    except ET.ParseError as error:
        raise LawTextError("不是可读的 Akoma Ntoso 文件，请用邻里导出的文件。") from error
    nodes: list[Plain] = []
    acts: list[tuple[int, str]] = []
    for name in ("act", "bill"):
        act = root.find(f"{_N}{name}")
        if act is not None:
            _read_act(act, nodes, acts)
    if not acts:
        raise LawTextError("文件里没有法规（act 或 bill），请用邻里导出的文件。")
    return written(nodes, acts)


def _read_act(act: ET.Element, nodes: list[Plain], acts: list[tuple[int, str]]) -> None:
    acts.append((len(nodes), act.get("name", "act")))
    for child in act:
        tag = child.tag.removeprefix(_N)
        if tag == "body":
            for element in child:
                _read_element(element, nodes)
        elif tag in ("preface", "preamble", "conclusions"):
            _read_lines(child, nodes)
        elif tag == "attachments":
            for attachment in child:
                for inner in attachment:
                    if inner.tag == f"{_N}doc":
                        main = inner.find(f"{_N}mainBody")
                        if attachment.get("eId", "").startswith("act_") and "__" not in attachment.get("eId", ""):
                            acts.append((len(nodes), "none"))
                        if main is not None:
                            _read_lines(main, nodes)
                    else:
                        _read_act(inner, nodes, acts)


def _read_lines(above: ET.Element, nodes: list[Plain]) -> None:
    for line in above:
        nodes.append((line.get("class", ""), "", "", "", _text(line)))


def _read_element(element: ET.Element, nodes: list[Plain]) -> None:
    tag = element.tag.removeprefix(_N)
    if tag == "crossHeading":
        nodes.append((element.get("class", ""), "", "", "", _text(element)))
        return
    id = element.get("class", "").removeprefix("repeats ") or element.get("eId", "")
    num, heading = _text(element.find(f"{_N}num")), _text(element.find(f"{_N}heading"))
    if tag == "item":
        nodes.append(("item", id, num, "", _text(element.find(f"{_N}p"))))
        return
    content = element.find(f"{_N}content")
    content = element.find(f"{_N}intro") if content is None else content
    block = None if content is None else content.find(f"{_N}blockList")
    text = ""
    if tag in ("paragraph", "point") and content is not None:
        text = _text(content.find(f"{_N}p")) if block is None else _text(block.find(f"{_N}listIntroduction"))
    nodes.append((_LEVELS[tag], id, num, heading, text))
    for child in element if block is None else block:
        if child.tag.removeprefix(_N) in (*_LEVELS, "item", "crossHeading"):
            _read_element(child, nodes)


def _text(element: ET.Element | None) -> str:
    return "" if element is None else "".join(element.itertext())
