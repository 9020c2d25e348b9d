"""The command line (命令行): `linli`. Every failure is one Chinese sentence on stderr and an exit code of 1 or 2."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from linli.site.commands import (
    admin,
    appeals,
    audit,
    backup,
    bundle,
    calendar,
    checkup,
    county,
    database,
    demo,
    grids,
    law,
    move,
    places,
    posts,
    run,
    serve,
    sites,
    tick,
    token,
)
from linli.site.commands.prepare import Trouble
from linli.site.commands.timed import leave

LIMITED = ("grids", "sites")
"""Commands whose `--seconds` counts to the end of their process."""

GROUPS = (
    run,
    serve,
    county,
    admin,
    database,
    backup,
    bundle,
    move,
    demo,
    law,
    checkup,
    appeals,
    places,
    sites,
    posts,
    grids,
    audit,
    tick,
    calendar,
    token,
)

WORDS = (
    (r"the following arguments are required: (.+)", r"缺少：\1"),
    (r"unrecognized arguments: (.+)", r"不认识的选项：\1"),
    (r"argument (.+?): invalid choice: '?(.*?)'? \(choose from (.+)\)", r"没有“\2”，可选：\3"),
    (r"argument (.+?): expected (?:one|at least one) argument", r"\1 后面要写一个值"),
    (r"argument (.+?): not allowed with argument (.+)", r"\1 不能和 \2 一起用"),
    (r"argument (.+?): (.+)", r"\1：\2"),
    (r"ambiguous option: (.+?) could match (.+)", r"\1 有多种可能：\2"),
)
"""argparse speaks English; these are all its complaints that can occur here."""


class Layout(argparse.HelpFormatter):
    """Help with a Chinese heading."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks Chinese (命令解析)."""

    def __init__(self, *, add_help: bool = True, **kwargs: Any) -> None:
        kwargs |= {"formatter_class": Layout, "allow_abbrev": False}
        super().__init__(add_help=False, **kwargs)
        self._positionals.title, self._optionals.title = "参数", "选项"
        if add_help:
            self.add_argument("-h", "--help", action="help", help="显示帮助")

    def error(self, message: str) -> NoReturn:
        for pattern, chinese in WORDS:
            if re.fullmatch(pattern, message):
                message = re.sub(pattern, chinese, message)
                break
        self.exit(2, f"{message}。用法见 {self.prog} --help\n")


def build_parser() -> Parser:
    """The parser with every command."""
    parser = Parser(prog="linli", description="邻里：基层治理与社区服务平台")
    commands = parser.add_subparsers(title="命令", metavar="命令", dest="command", required=True)
    for group in GROUPS:
        group.add(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Raises: SystemExit from the parser only (help, wrong usage)."""
    options = build_parser().parse_args(argv)
    code = guarded(lambda: int(options.run(options)))
    return leave(code) if options.command in LIMITED else code


def guarded(work: Any) -> int:
    """Do the work and turn every foreseeable failure into one sentence and an exit code."""
    try:
        return int(work())
    except Trouble as trouble:
        return complain(str(trouble), trouble.code)
    except KeyboardInterrupt:
        return complain("已停止。", 130)
    except BrokenPipeError:  # the reader of our output, such as `head`, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as stopped:  # a bad setting carries its text
        return complain(stopped.code, 2) if isinstance(stopped.code, str) else int(stopped.code or 0)
    except Exception as error:
        return complain(explain(error), 2 if is_database(error) else 1)


def is_database(error: Exception) -> bool:
    """Whether the database is at fault."""
    from django.db import Error

    return isinstance(error, Error)


def explain(error: Exception) -> str:
    """One Chinese sentence about an unexpected failure; LINLI_DEBUG=1 shows where it came from.

    Raises:
        Exception: the failure itself, when LINLI_DEBUG is set.
    """
    if os.environ.get("LINLI_DEBUG", "") not in ("", "0"):
        raise error
    first = " ".join(str(error).split())[:200] or type(error).__name__
    if is_database(error):
        return f"数据库打不开或已损坏（{first}）。请检查数据目录的权限和磁盘空间；文件损坏时请从备份恢复。"
    if isinstance(error, OSError):
        return f"文件或网络出错：{first}。请检查路径、权限和磁盘空间。"
    from linli.kit.errors import Refusal

    if isinstance(error, Refusal):
        return error.message
    if isinstance(error, ImportError | ModuleNotFoundError):
        return f"安装不完整（{first}）。请重新运行 make run 或重新安装。"
    return f"出现意外错误：{first}。设置 LINLI_DEBUG=1 再运行可看到详情，请附上详情报告问题。"


def complain(text: str, code: int) -> int:
    """Print a sentence to stderr and return the code; a name of undecodable bytes must not break the sentence."""
    print(text.encode("utf-8", "replace").decode(), file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
