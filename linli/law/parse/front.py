"""What stands before and after the provisions of an act (题注、序言、落款、附件): named by how the lines look."""

from __future__ import annotations

from linli.law.parse import lines as p

Row = tuple[int, int, str, str, str, str, str]
"""Start, line, level, eId, number, heading, text; a node's characters run from its start to the start of the next one."""

NOTHING = "没有找到任何一条（形如“第一条”）。请确认文件是法规正文、每条另起一行；Word 自动编号请先转为文字。"
UNNUMBERED = "本文不分条，也没有“一、二、三”的编号，全文作为一条。"
CLAUSES = "本文不分条，以“一、二、三”为序，每一项作为一条。"
ASIDE = 400  # a longer line is running text, whatever it looks like
_WIDE = 22  # a line of a title that is shorter was not broken by the width of the page
EMPTY = "文件是空的，请换一个有正文的文件。"


def name_front(rows: list[Row], first: int) -> None:
    """Name title, notes, header lines and preamble among the rows from `first` on, in place (标题与题注)."""
    _broken_notes(rows, [n for n in range(first, len(rows)) if rows[n][2] == "preamble"])
    at = [n for n in range(first, len(rows)) if rows[n][2] in ("preamble", "title")]
    title = next((n for n in at if rows[n][2] == "title"), -1)
    if title < 0:
        title = _find_title(rows, at)
    for n in at:
        text = rows[n][6]
        level = "preamble"
        if n == title:
            level = "title"
        elif is_note(text):
            level = "note"
        elif is_aside(text) or (n < title and not p.PREAMBLE.fullmatch(text)):
            level = "header"
        rows[n] = (*rows[n][:2], level, *rows[n][3:])
    if title >= 0:
        _join_title(rows, title)
        _repeated_title(rows, title)


def _broken_notes(rows: list[Row], at: list[int]) -> None:
    """A note in brackets over several lines (题注折行) is all note."""
    for n in at:
        text = rows[n][6]
        if rows[n][2] != "preamble" or text[0] not in "（([〔" or p.CLOSED.search(text) or len(text) > ASIDE:
            continue
        for end in range(n + 1, min(n + 12, at[-1] + 1)):
            text += rows[end][6]
            if p.CLOSED.search(rows[end][6]):
                if is_note(text):
                    for row in range(n, end + 1):
                        rows[row] = (*rows[row][:2], "note", *rows[row][3:])
                break
            if rows[end][2] not in ("preamble", "header", "note") or p.ended(rows[end][6]):
                break


def _repeated_title(rows: list[Row], title: int) -> None:
    """The title once more, perhaps over several lines (标题重复): it stands beside the act."""
    whole = "".join(row[6] for row in rows[title - 6 if title > 6 else 0 : title + 1] if row[2] == "title")
    wanted, seen, end = p.bare(whole), "", title + 1
    while end < len(rows) and rows[end][2] in ("preamble", "header", "title") and len(seen) < len(wanted):
        seen += p.bare(rows[end][6])
        end += 1
        if not wanted.startswith(seen):
            return
        if seen == wanted:
            for n in range(title + 1, end):
                rows[n] = (*rows[n][:2], "header", *rows[n][3:])


def _find_title(rows: list[Row], at: list[int]) -> int:
    """The last line that looks like a title before the notes and the text begin; else the first plain line; else -1."""
    found = plain = -1
    for n in at:
        text = rows[n][6]
        if is_aside(text):
            if found >= 0 and is_note(text):
                break
        elif p.ended(text) or p.PREAMBLE.fullmatch(text):
            break
        elif len(text) <= ASIDE and p.TITLE.match(text):
            found = n
        elif plain < 0 and text[0] not in "（([〔":
            plain = n
    return found if found >= 0 else plain


def _join_title(rows: list[Row], title: int) -> None:
    """A title over several lines (标题折行), and its （草案） on a line of its own, are all title."""
    above = title - 1
    if (
        above >= 0
        and rows[above][2] == "header"
        and p.TITLE_GOES_ON.match(rows[title][6])
        and not is_aside(rows[above][6])
    ):
        rows[above] = (*rows[above][:2], "title", *rows[above][3:])
        above -= 1
    while above >= 0 and rows[above][2] == "header" and _unfinished(rows[above][6]):
        rows[above] = (*rows[above][:2], "title", *rows[above][3:])
        above -= 1
    below = title + 1
    if below < len(rows) and rows[below][2] in ("preamble", "note"):
        text = rows[below][6]
        if p.DRAFT_MARK.match(text) and not p.DATED.search(text):
            rows[below] = (*rows[below][:2], "title", *rows[below][3:])


def _unfinished(text: str) -> bool:
    wide = len(text) >= _WIDE and not p.ended(text) and not is_aside(text) and not p.TITLE.match(text)
    return wide or bool(p.MORE_TITLE.search(text))


def is_note(text: str) -> bool:
    """Whether a line tells when and by whom the act was adopted or changed (题注), in brackets or without."""
    if len(text) > ASIDE:  # notes of often amended acts are long
        return text[0] in "（(〔[" and len(text) < 5 * ASIDE and p.NOTE.match(text) is not None
    return p.NOTE.match(text) is not None or (len(text) < 120 and p.BARE_NOTE.match(text) is not None)


def is_aside(text: str) -> bool:
    """Whether a line stands beside the act: note, date, gazette head, order of promulgation, label of an attachment."""
    return is_note(text) or (
        len(text) <= ASIDE
        and bool(
            p.ATTACHMENT.match(text) or p.HEADER.match(text) or p.DATE_LINE.match(text) or p.PROMULGATES.search(text)
        )
    )


def name_end(rows: list[Row], first: int, art: str) -> None:
    """Name signature, date and headings of attachments after the last sentence of an act, in place (落款与附件)."""
    end = len(rows)
    while end > first and rows[end - 1][2] in ("attachment", "page", "markup"):
        end -= 1
    at = end
    while at - 1 > first and _trails(rows[at - 1], art):
        at -= 1
    tail = range(at, end)
    dated = any(p.DATE_LINE.match(rows[n][6]) for n in tail)
    for n in tail:
        if rows[n][2] == "para":
            level = "signature" if dated or p.HEADER.match(rows[n][6]) else "attachment"
            rows[n] = (*rows[n][:2], level, "", "", "", rows[n][6])


def _trails(row: Row, art: str) -> bool:
    if row[2] == "page":
        return True
    if row[2] != "para" or not art or not row[3].startswith(f"{art}__para_") or row[3].endswith("__para_1"):
        return False
    text = row[6]
    if len(text) > ASIDE:
        return False
    return bool(p.DATE_LINE.match(text)) or (len(text) <= 40 and not p.PUNCTUATED.search(text) and not p.ended(text))


def amends(rows: list[Row], first: int) -> bool:
    """Whether the title of the act that begins at `first` says that it changes other acts (修正案、修改……的决定)."""
    for row in rows[first : first + 40]:
        if row[2] == "title":
            text = row[6]
            return "修正案" in text or ("决定" in text and any(word in text for word in ("修改", "废止", "修订")))
    return False


def continues(rows: list[Row], first: int) -> bool:
    """Whether the act is an amendment of the kind that goes on with the numbers of the amendment before it (修正案)."""
    return any(row[2] == "title" and "修正案" in row[6] for row in rows[first : first + 40])


def as_one_article(rows: list[Row], first: int, prefix: str) -> bool:
    """Make the text of a decision or interpretation without numbers its one article, in place (无编号的决定、解释).

    Returns: whether the act is of that kind and has text.
    """
    titles = [n for n in range(first, len(rows)) if rows[n][2] == "title"]
    if not titles or not p.UNNUMBERED_ACT.match("".join(rows[n][6] for n in titles)[-ASIDE:]):
        return False
    body = [n for n in range(titles[-1] + 1, len(rows)) if rows[n][2] == "preamble"]
    while body and not p.ended(rows[body[0]][6]):
        body.pop(0)
    if not body:
        return False
    id = f"{prefix}art_1"
    for number, n in enumerate(body, 1):
        rows[n] = (*rows[n][:2], "para", f"{id}__para_{number}", "", "", rows[n][6])
    start, line = rows[body[0]][:2]
    rows.insert(body[0], (start, line, "art", id, "", "", ""))
    return True
