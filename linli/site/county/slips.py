"""Start codes on paper (账号单): a table for the operator, and a slip of A6 for each person."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from pathlib import Path

from linli.commons.county.opening import StartCode
from linli.kit.disk import reason
from linli.kit.errors import BadInput
from linli.kit.export import xlsx_bytes

HEAD = ("姓名", "账号", "启用码", "有效期至", "机构", "岗位")
_STYLE = (
    "@page{size:A6;margin:10mm}body{font:14pt/1.6 sans-serif;margin:0}article{break-after:page;padding:4mm 0}"
    "h1{font-size:14pt;margin:0 0 3mm}dl{margin:0}dt{color:#555;font-size:10pt}dd{margin:0 0 2mm;font-weight:bold}"
    "dd.code{font-family:monospace;font-size:17pt;letter-spacing:1px}p{font-size:10pt;margin:3mm 0 0}"
)
ADVICE = "启用码只用一次：打开登录地址，点“用一次性代码设密码”，填账号和启用码。请当面核对身份后交给本人；不要拍照、不要转发。"


def slips_table(codes: Sequence[StartCode]) -> bytes:
    """All start codes as a workbook."""
    return xlsx_bytes(HEAD, [(one.name, one.username, one.code, one.until, one.body, one.role) for one in codes])


def slips_page(codes: Sequence[StartCode], address: str) -> str:
    """A page that prints one slip of A6 for each person; it needs no other file."""
    text = html.escape
    slips = "\n".join(
        f"<article><h1>邻里 · 账号启用单</h1><dl><dt>姓名</dt><dd>{text(one.name)}</dd>"
        f"<dt>机构和岗位</dt><dd>{text(one.body)} · {text(one.role)}</dd><dt>账号</dt><dd>{text(one.username)}</dd>"
        f'<dt>启用码</dt><dd class="code">{text(one.code)}</dd><dt>有效期至</dt><dd>{text(one.until)}</dd><dt>登录地址</dt><dd>{text(address)}</dd></dl>'
        f"<p>{ADVICE}</p></article>"
        for one in codes
    )
    return (
        f'<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>账号启用单</title>'
        f"<style>{_STYLE}</style></head><body>{slips}</body></html>"
    )


def write_private(path: Path, raw: bytes) -> None:
    """Write a new file that only its owner reads.

    Raises:
        BadInput: a file of that name is there already, or it cannot be written.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(raw)
    except FileExistsError as error:
        raise BadInput(
            f"{path} 已经有了，不会覆盖。请先移走旧的账号单，或用 --slips 换一个文件名。", code="slips_there"
        ) from error
    except OSError as error:
        raise BadInput(f"账号单写不进 {path}：{reason(error)}。请换一个文件夹。", code="slips_unwritable") from error
