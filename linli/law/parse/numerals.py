"""Numerals of statutes (编号): Chinese, Arabic and full-width, there and back."""

from __future__ import annotations

import re
from functools import lru_cache

from linli.law.types import LawTextError

_SPACE = re.compile(r"\s+")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TENS = {"廿": 20, "卅": 30, "卌": 40}

CHINESE = "零〇○一二两三四五六七八九十百千廿卅卌"
ARABIC = "0-9０-９"


@lru_cache(maxsize=4096)
def number_of(numeral: str) -> int:
    """Value of a Chinese or Arabic numeral (数字), 1 to 9999.

    Args: numeral, such as 二十一, 一百零三, 一二三 (digit by digit), 廿五, 12 or １２; inner spaces are ignored.
    Raises: LawTextError when it is not a numeral.
    """
    text = _SPACE.sub("", numeral)
    if not text:
        raise LawTextError("编号为空，请补上中文数字。")
    if text.isdecimal():
        return int(text) if len(text) < 10 else _bad(numeral)
    if len(text) > 1 and all(char in _DIGITS for char in text):  # 二〇二六, 一二: digit by digit
        return int("".join(str(_DIGITS[char]) for char in text)) if len(text) < 10 else _bad(numeral)
    total = current = 0
    for char in text:
        if char in _DIGITS:
            current = _DIGITS[char]
        elif char in _UNITS:
            total += (current or 1) * _UNITS[char]
            current = 0
        elif char in _TENS:
            total += _TENS[char]
            current = 0
        else:
            _bad(numeral)
    return total + current


def _bad(numeral: str) -> int:
    raise LawTextError(f"“{numeral}”不是中文数字，请检查编号。")


@lru_cache(maxsize=4096)
def value(numeral: str) -> int:
    """Value of a numeral as a reader of any text needs it (取值): 0 for what is none, such as 十1 or twelve 一 in a row."""
    try:
        return number_of(numeral)
    except LawTextError:
        return 0


@lru_cache(maxsize=4096)
def numeral_of(number: int) -> str:
    """Chinese numeral of a number (中文数字), 1 to 9999, as statutes write it: 12 → 十二, 103 → 一百零三.

    Raises: ValueError outside that range.
    """
    if not 1 <= number <= 9999:
        raise ValueError(f"编号 {number} 超出 1 至 9999。")
    out, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            out += ("零" if zero else "") + "零一二三四五六七八九"[digit] + name
            zero = False
        elif out:
            zero = True
    return out.removeprefix("一") if out.startswith("一十") else out
