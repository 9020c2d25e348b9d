"""Rows of tables that commands read and write (表格行); works without a database."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from linli.kit.disk import reason
from linli.site.commands.prepare import Trouble

SHOWN = 20


@dataclass(frozen=True)
class Rows:
    """Rows of a table as text (文本行): the line of each in the file, the header, and the cells by column."""

    header: tuple[str, ...]
    lines: tuple[int, ...]
    cells: tuple[tuple[str, ...], ...]
    place: Mapping[str, int]

    def column(self, name: str) -> list[str]:
        """The cells of one of the named columns; "" throughout where the file has none."""
        at = self.place.get(name)
        return [""] * len(self.cells) if at is None else [row[at] for row in self.cells]


def read_rows(path: Path, names: Mapping[str, Sequence[str]], needed: Sequence[str]) -> Rows:
    """Read a CSV or XLSX (also .gz; UTF-8 with or without mark, UTF-16, GB18030).

    Args:
        names: for each column that is known, the headings it may have. needed: which of them must be there.

    Raises:
        Trouble: with exit code 2, the file cannot be read or a column is missing.
    """
    from linli.kit.errors import Refusal
    from linli.kit.tables import BadCell, as_text, read_path

    try:
        _, table = read_path(path)
    except Refusal as refusal:
        raise Trouble(f"{path.name}：{refusal.message}", 2) from refusal
    heads = [head.strip().lower() for head in table.header]
    place: dict[str, int] = {}
    for name, spellings in names.items():
        found = [heads.index(spelling) for spelling in spellings if spelling in heads]
        if found:
            place[name] = found[0]
    missing = [name for name in needed if name not in place]
    if missing:
        wanted = "、".join("/".join(names[name]) for name in missing)
        raise Trouble(f"{path.name} 缺少列：{wanted}。现有的列：{'、'.join(table.header) or '无'}。请改表头后再试。", 2)
    width = len(table.header)
    cells: list[tuple[str, ...]] = []
    for row in table.rows:
        out = []
        for at in range(width):
            cell = row.cells[at] if at < len(row.cells) else ""
            if isinstance(cell, str):
                out.append(cell.replace("\x00", ""))
                continue
            try:
                out.append(as_text(cell))
            except BadCell as bad:
                raise Trouble(f"{path.name} 第 {row.line} 行“{table.header[at]}”：{bad}。", 2) from bad
        cells.append(tuple(out))
    return Rows(table.header, tuple(row.line for row in table.rows), tuple(cells), place)


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV in UTF-8, whole or not at all; what was there stays until all is written.

    Raises:
        Trouble: with exit code 2, the place cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
                out = csv.writer(file)
                out.writerow(header)
                out.writerows(rows)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Trouble(f"写不了 {path}：{reason(error)}。请核对路径、权限和磁盘空间。", 2) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def data_folder() -> Path:
    """Where the installation keeps its data, as in the settings, without loading them."""
    root = Path(__file__).resolve().parent.parent.parent.parent
    return Path(os.environ.get("LINLI_DATA", "").strip() or root / "data").resolve()


def say(words: object) -> None:
    """Say something beside the result; undecodable bytes must not break the sentence."""
    print(str(words).encode("utf-8", "replace").decode(), file=sys.stderr)


def say_some(sentences: Sequence[str], what: str) -> None:
    """Say the first twenty sentences, and how many more there are."""
    for sentence in sentences[:SHOWN]:
        say(sentence)
    if len(sentences) > SHOWN:
        say(f"……还有 {len(sentences) - SHOWN} {what}。")
