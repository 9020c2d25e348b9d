"""`linli law check`, `import`, `parse`, `akn`, `compare` and `findings` (法规包与法规文本)."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from linli.site.commands import prepare
from linli.site.commands.sheets import written

if TYPE_CHECKING:
    from linli.law.parse import Tree
    from linli.law.types import Act
    from linli.site.commands.prepare import Commands


PIECE = 5_000
"""Provisions that are written at once."""


def add(commands: Commands) -> None:
    """Add the command group `law`."""
    group = commands.add_parser("law", help="法规包与法规文本").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    check = group.add_parser("check", help="核对法规包")
    check.add_argument("packs", nargs="*", metavar="法规包", help="法规包名称，不写则核对全部")
    check.add_argument("--texts", type=Path, metavar="文件夹", help="存放法规正文的文件夹")
    check.add_argument("--folder", type=Path, metavar="文件夹", help="只核对这个文件夹里的法规包")
    check.add_argument("--json", action="store_true", help="输出 JSON")
    check.add_argument("--outline", type=Path, metavar="文件", help="打印法规文件的大纲，供编写法规包用")
    check.set_defaults(run=run_check)
    load = group.add_parser("import", help="载入法规正式文本（txt、docx）")
    load.add_argument("file", type=Path, metavar="文件", help="法规文本文件")
    load.add_argument("--pack", default="", metavar="法规包", help="对应的法规包，如 hubei；不写则按标题判断")
    prepare.demo_option(load)
    load.set_defaults(run=run_import)
    parse = group.add_parser("parse", help="解析法规文本：编章节条款项目与问题（txt、md、docx，可多个或文件夹）")
    parse.add_argument("files", nargs="+", type=Path, metavar="文件", help="法规文本文件或文件夹")
    parse.add_argument("--json", action="store_true", help="输出 JSON；多个文件时每个文件一行")
    parse.set_defaults(run=run_parse)
    akn = group.add_parser("akn", help="导出为 Akoma Ntoso（法规交换格式）")
    akn.add_argument("file", type=Path, metavar="文件", help="法规文本文件（txt、md、docx）")
    akn.add_argument("-o", "--out", type=Path, metavar="文件", help="写入的文件；不写则打印")
    akn.add_argument(
        "--work", default="", metavar="标识", help="作品标识，如 /akn/cn-hb/act/regulation/2021/名称；不写则按标题判断"
    )
    akn.set_defaults(run=run_akn)
    compare = group.add_parser("compare", help="比对两个文本：同一法规的两稿，或两个省的法规")
    compare.add_argument("a", type=Path, metavar="甲", help="原稿，或一省的法规")
    compare.add_argument("b", type=Path, metavar="乙", help="新稿，或另一省的法规")
    compare.add_argument("--json", action="store_true", help="输出 JSON")
    compare.add_argument("-o", "--out", type=Path, metavar="文件", help="写成对照表（.html 或 .docx）")
    compare.set_defaults(run=run_compare)
    found = group.add_parser("findings", help="草案自查：引用落空、职责没有主体、罚则落空、日期空白等")
    found.add_argument("file", type=Path, metavar="文件", help="法规文本文件（txt、md、docx）")
    found.add_argument(
        "--pack", default="", metavar="法规包", help="这部法规的法规包，如 hubei；写了职责主体的不再提示"
    )
    found.add_argument("--json", action="store_true", help="输出 JSON")
    found.set_defaults(run=run_findings)


def run_check(options: argparse.Namespace) -> int:
    """Check packs; needs no database."""
    from linli.law import check

    argv = [*options.packs]
    for name in ("texts", "folder", "outline"):
        value = getattr(options, name)
        if value is not None:
            if not value.exists():
                raise prepare.Trouble(f"没有找到 {value}，请核对路径。", 2)
            argv += [f"--{name}", str(value)]
    if options.json:
        argv.append("--json")
    return check.main(argv)


def run_import(options: argparse.Namespace) -> int:
    """Load an official text into the database."""
    if not options.file.is_file():
        raise prepare.Trouble(f"没有找到文件 {options.file}，请核对路径。", 2)
    prepare.open_database(demo=options.demo)
    from linli.commons.actor import SYSTEM
    from linli.commons.statutes import current_texts, import_file

    before = {text.pk for text in current_texts().values()}
    text = import_file(options.file, by=SYSTEM, pack=options.pack)
    done = "与现用的正文完全相同，没有改动" if text.pk in before else "已载入"
    print(f"{done}：《{text.title}》（{text.pack}），共 {text.articles.count()} 条。")
    return 0


def run_parse(options: argparse.Namespace) -> int:
    """Parse texts; needs no database. Returns 1 when a file could not be read or holds no provision, else 0."""
    gc.disable()  # nothing of a text goes in circles, and half a million provisions would be looked through again and again
    try:
        return _parsed(options)
    finally:
        gc.enable()


def _parsed(options: argparse.Namespace) -> int:
    from linli.law.parse import read_file, read_tree
    from linli.law.parse.tree import Problem, Tree
    from linli.law.types import LawTextError

    paths = _texts_in(options.files)
    many = len(options.files) > 1 or options.files[0].is_dir()
    code = 0
    for path in paths:
        try:
            text, notes = read_file(path)
            tree, trouble, read = read_tree(text, markdown=path.suffix.lower() == ".md"), "", True
            if not tree.has_provisions:
                trouble = f"{path.name}：{tree.problems[0].reason}" if tree.problems else f"{path.name} 没有条文。"
            tree = tree.with_notes(notes)
        except LawTextError as error:
            tree, trouble, read = Tree((), (Problem(0, "", str(error)),), ()), str(error), False
        if options.json:
            sys.stdout.flush()
            sys.stdout.buffer.writelines(_json_of(tree, str(path) if many else ""))
        elif read:
            print(_summary(path, tree))
        if trouble:
            code = 1
            print(trouble, file=sys.stderr)
    return code


def _json_of(tree: Tree, file: str) -> Iterator[bytes]:
    """One line of JSON, in pieces: a hundred megabytes of text need not be there twice."""
    import msgspec

    encode = msgspec.json.Encoder().encode
    name = b'"file":' + json.dumps(file).encode() + b"," if file else b""  # ASCII: a name may be in another encoding
    yield b"{" + name + b'"provisions":['
    sign = b""
    for rows in tree.provisions_as_json(PIECE):
        yield sign + encode(rows)[1:-1]
        sign = b","
    yield b'],"problems":' + encode(tree.problems_as_json()) + b"}\n"


def _texts_in(given: list[Path]) -> list[Path]:
    """The files themselves and those of folders, by name; what Word keeps beside an open file is left out."""
    from linli.law.parse import SUFFIXES

    paths: list[Path] = []
    for path in given:
        if not path.is_dir():
            paths.append(path)
            continue
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        inside = [p for p in inside if not p.name.startswith(("~$", "."))]
        if not inside:
            raise prepare.Trouble(f"文件夹 {path} 里没有 .txt、.md 或 .docx 文件，请核对路径。", 2)
        paths += inside
    return paths


def _summary(path: Path, tree: Tree) -> str:
    """What was found in one file, for people: title, how many of each level, and the problems by line."""
    words = {
        "part": "编",
        "subpart": "分编",
        "chp": "章",
        "sec": "节",
        "art": "条",
        "para": "款",
        "point": "项",
        "item": "目",
    }
    count = Counter(node.level for node in tree.nodes)
    title = "".join(node.text for node in tree.act(0) if node.level == "title") or "无标题"
    levels = "，".join(f"{count[level]} {word}" for level, word in words.items() if count[level]) or "没有条文"
    acts = f"，共 {len(tree.acts)} 部" if len(tree.acts) > 1 else ""
    order = "编号连续" if tree.complete() else "编号不连续"
    lines = [f"{path}：{title}{acts}；{levels}；{order}；{len(tree.problems)} 个问题"]
    lines += [f"  第 {line} 行：{reason}" if line else f"  {reason}" for line, _, reason in tree.problems]
    return "\n".join(lines)


def run_akn(options: argparse.Namespace) -> int:
    """Write a text as Akoma Ntoso; needs no database."""
    from linli.law.akn import to_akn

    with _in_words():
        _put(to_akn(_read(options.file), work=options.work), options.out)
    return 0


def run_compare(options: argparse.Namespace) -> int:
    """Compare two texts; needs no database."""
    from linli.law import redline
    from linli.law.compare import as_json, compare
    from linli.law.works import pack_titled

    with _in_words():
        a, b = _act(options.a), _act(options.b)
        packs = pack_titled(a.title), pack_titled(b.title)
        topics = tuple({one.at: one.topic for one in pack.articles} if pack else {} for pack in packs)
        found = compare(a, b, topics=(topics[0], topics[1]) if any(topics) else None)
    if options.out is not None:
        suffix = options.out.suffix.lower()
        if suffix not in (".html", ".docx"):
            raise prepare.Trouble(f"不能写成 {options.out.name}，请写成 .html 或 .docx。", 2)
        _put(redline.as_docx(found) if suffix == ".docx" else redline.as_html(found), options.out)
    if options.json:
        print(json.dumps(as_json(found), ensure_ascii=False))
    elif options.out is None:
        print(redline.as_text(found))
    return 0


def run_findings(options: argparse.Namespace) -> int:
    """Read a draft against itself; needs no database. Returns 0, whatever was found."""
    from linli.law.consistency import KINDS, as_json, findings
    from linli.law.load import load_pack
    from linli.law.parse.front import NOTHING

    with _in_words():
        tree = _read(options.file)
        if not tree.provisions:
            raise prepare.Trouble(NOTHING)
        flags = findings(tree, pack=load_pack(options.pack) if options.pack else None)
    if options.json:
        print(json.dumps(as_json(flags), ensure_ascii=False))
        return 0
    print(f"共 {len(flags)} 处，供起草人核对：" if flags else "没有发现需要核对的地方。")
    for flag in flags:
        print(f"  第 {flag.line} 行 {flag.at}【{KINDS[flag.kind]}】{flag.message}")
    return 0


def _act(path: Path) -> Act:
    from linli.law.parse import parse, read_text

    return parse(read_text(path), markdown=path.suffix.lower() == ".md")


def _read(path: Path) -> Tree:
    from linli.law.parse import read_text, read_tree

    return read_tree(read_text(path), markdown=path.suffix.lower() == ".md")


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what cannot be read into one Chinese sentence and exit code 1."""
    from linli.law.types import LawTextError, PackError

    try:
        yield
    except (LawTextError, PackError) as error:
        raise prepare.Trouble(str(error)) from error


def _put(content: str | bytes, out: Path | None) -> None:
    """Print a text, or write it to a file."""
    if out is None:
        print(content)
        return
    with written(out) as place:
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    print(f"已写入 {out}。", file=sys.stderr)
