"""Official texts (法规正文): a county loads its own copy; the repository holds none."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from linli.commons.actor import Actor
from linli.commons.models import StatuteArticle, StatuteText
from linli.kit import trail
from linli.kit.action import action
from linli.kit.errors import BadInput
from linli.law.load import load_pack, packs
from linli.law.parse import normalised, parse, read_text
from linli.law.types import Act, Article, LawTextError, Pack, PackError, Paragraph

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
_ENOUGH = 0.25  # share of articles with the pack's fingerprint from which on a text without its title is recognised


def import_file(path: Path, *, by: Actor, pack: str = "") -> StatuteText:
    """Load an official text from a .txt or .docx file (载入正文).

    Args: path, the file; by, who loads it; pack, the pack's id, or "" to recognise it by title and fingerprints.
    Returns: the text in use. When the same text was in use already, that row, and nothing is written.
    Raises: BadInput, in Chinese, for a file that is missing, damaged, of another kind, or of another law.
    """
    act = _read(path)
    found = _given(act, pack) if pack else _recognised(act)
    known = StatuteText.objects.filter(pack=found.id, current=True, sha256=text_hash(act)).first()
    return known or load_text(by=by, act=act, pack=found)


@action("commons.load_text", at="act")
def load_text(*, by: Actor, act: Act, pack: Pack) -> StatuteText:
    """Put a parsed text in use for a pack (启用正文); the one before it is kept.

    An article whose fingerprint is not the pack's is marked stale: the duties that the pack states for it may no
    longer follow from the text.
    """
    expected = {article.at: article.sha256 for article in pack.articles}
    StatuteText.objects.filter(pack=pack.id, current=True).update(current=False)
    text = StatuteText.objects.create(pack=pack.id, title=(act.title or pack.title)[:120], sha256=text_hash(act))
    first: dict[str, Article] = {}
    for article in act.articles:  # a number that occurs twice is a finding of the parser; the first one stands
        first.setdefault(article.eid, article)
    StatuteArticle.objects.bulk_create(
        StatuteArticle(text=text, eid=eid, body=body_of(article), stale=article.sha256 != expected.get(eid))
        for eid, article in first.items()
    )
    stale = [eid for eid, article in first.items() if article.sha256 != expected.get(eid)]
    missing = [eid for eid in expected if eid not in first]
    facts = {"pack": pack.id, "sha256": text.sha256, "articles": len(first), "stale": stale, "missing": missing}
    trail.record("commons.text_loaded", text, by=by, facts=facts, note=text.title)
    return text


def body_of(article: Article) -> str:
    """An article as it is stored: each 款, 项 and 目 on a line of its own, as the parser reads it back."""
    lines = []
    for paragraph in article.paragraphs:
        lines.append(paragraph.text)
        for point in paragraph.points:
            lines.append(f"{point.number}{point.text}")
            lines += [f"{item.number}{item.text}" for item in point.items]
    return "\n".join(line for line in lines if line)


def paragraphs_of(number: str, body: str) -> tuple[Paragraph, ...]:
    """A stored article taken apart again into 款, 项 and 目 with their eIds."""
    # Indented, each line is a 款, 项 or 目 of its own, never the rest of a line that the width of a page broke.
    lines = "\n".join(f"　　{line}" for line in body.splitlines())
    return parse(f"{number}\n{lines}").articles[0].paragraphs


def text_hash(act: Act) -> str:
    """Fingerprint of a whole text: its title and the fingerprints of its articles."""
    return hashlib.sha256("\n".join([normalised(act.title), *(a.sha256 for a in act.articles)]).encode()).hexdigest()


def current_texts() -> dict[str, StatuteText]:
    """Pack id → the text in use."""
    return {text.pack: text for text in StatuteText.objects.filter(current=True)}


def _read(path: Path) -> Act:
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise BadInput("文件超过 10 MB，不像是法规正文。请换一个只有正文的文件。", code="text_size")
        if path.suffix.lower() == ".docx" and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                    raise BadInput("Word 文件展开后过大。请删去图片，或另存为 .txt 后再载入。", code="text_size")
        return parse(read_text(path))
    except (LawTextError, zipfile.BadZipFile, OSError) as error:
        message = str(error) if isinstance(error, LawTextError) else "文件已损坏，请重新下载或另存后再载入。"
        raise BadInput(message, code="text_unreadable") from error


def _candidates() -> list[Pack]:
    """Packs that state articles; the national one holds numbers only."""
    return [pack for pack in map(load_pack, packs()) if pack.articles]


def _core(title: str) -> str:
    """A title without its version: 某条例（草案） → 某条例."""
    return normalised(title).split("（")[0].split("(")[0]


def _likeness(act: Act, pack: Pack) -> float:
    """Share of the pack's articles that the text holds with the same fingerprint; 1.0 when the title is the same."""
    if _core(act.title) and _core(act.title) == _core(pack.title):
        return 1.0
    same = {article.sha256 for article in act.articles} & {article.sha256 for article in pack.articles}
    return len(same) / len(pack.articles)


def _recognised(act: Act) -> Pack:
    known = _candidates()
    best = max(known, key=lambda pack: _likeness(act, pack), default=None)
    if best is None or _likeness(act, best) < _ENOUGH:
        names = "、".join(f"《{pack.title}》（{pack.id}）" for pack in known)
        raise BadInput(
            f"认不出这是哪部法规（文件标题：{act.title[:40] or '无'}，共 {len(act.articles)} 条）。"
            f"现有法规包：{names}。请核对文件；确是其中一部的新稿时，请指明法规包。",
            code="text_unknown",
        )
    return best


def _given(act: Act, id: str) -> Pack:
    try:
        pack = load_pack(id)
    except PackError as error:
        raise BadInput(str(error), code="text_pack") from error
    if not pack.articles:
        raise BadInput(f"“{pack.short}”只收数值，没有条文，不能载入正文。请选择别的法规包。", code="text_pack")
    if _likeness(act, pack) == 0:
        raise BadInput(
            f"这份文件（标题：{act.title[:40] or '无'}）与《{pack.title}》标题不同，也没有一条相同。"
            "请核对是否选错了文件或法规包；文件第一行应是法规名称。",
            code="text_other",
        )
    return pack
