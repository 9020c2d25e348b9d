"""Reading files of law (读取法规文件): .txt and .md in the encodings in use, and .docx."""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path
from xml.etree.ElementTree import ParseError

from linli.law.types import LawTextError

SUFFIXES = (".txt", ".md", ".docx")
MAX_BYTES = 200 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HAN = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\\s]")
_LOST = 0.002  # share of unreadable characters up to which a text is still read


def read_text(path: Path) -> str:
    """Text of a .txt, .md or .docx file (读取法规文件); see `read_file`, which tells as well what was left out."""
    return read_file(path)[0]


def read_file(path: Path) -> tuple[str, tuple[str, ...]]:
    """Text of a .txt, .md or .docx file, line ends as they stand, and what of it was left out (正文与未读入的部分).

    Encodings: UTF-8 and UTF-16 with or without BOM, GB18030 (GBK, GB2312). A few damaged characters become U+FFFD, which the
    parser reports with their line.
    Raises: LawTextError, in Chinese, when the file is missing, of another kind, too large, locked by a password, broken or in an
    unknown encoding.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise LawTextError(f"找不到文件 {path.name}，请检查路径。")
    if suffix not in SUFFIXES:
        raise LawTextError(f"不支持 {path.name} 的格式，请另存为 .docx 或 .txt。")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LawTextError(f"{path.name} 超过 200 MB，不像是法规正文，请换一个只有正文的文件。")
        return _read_docx(path) if suffix == ".docx" else (decode(path.read_bytes(), path.name), ())
    except OSError as error:
        raise LawTextError(f"{path.name} 读不出来，请检查文件和权限。") from error


def decode(raw: bytes, name: str = "文件") -> str:
    """Characters of a text file (解码). Raises: LawTextError when no encoding in use fits."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError:
                return _mostly(raw, (encoding,), name)
    try:
        text = raw.decode("utf-8")
        if "\x00" not in text:
            return text
    except UnicodeDecodeError:
        pass
    for encoding in ("utf-16-le", "utf-16-be"):
        if _like_utf16(raw, encoding):
            return raw.decode(encoding, errors="replace")
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return _mostly(raw, ("utf-8", "gb18030"), name)
    if "\x00" in text or _share(text) < 0.2:
        return _mostly(raw, ("utf-8",), name)
    return text


def _mostly(raw: bytes, encodings: tuple[str, ...], name: str) -> str:
    """The reading with the fewest lost characters, when few enough are lost (少量损坏)."""
    texts = [raw.decode(encoding, errors="replace") for encoding in encodings]
    best = min(texts, key=lambda text: text.count("\ufffd"))
    if not best or best.count("\ufffd") > max(1, len(best) * _LOST) or _share(best) < 0.2 or len(best) < 20:
        raise LawTextError(f"{name} 的编码无法识别，请另存为 UTF-8 文本。")
    return best


def _share(text: str) -> float:
    """Share of Chinese, white space and plain characters in the beginning of a text."""
    sample = text[:4000]
    return sum(1 for c in sample if _HAN.match(c) or " " <= c <= "~") / len(sample) if sample else 1.0


def _like_utf16(raw: bytes, encoding: str) -> bool:
    if len(raw) < 4 or len(raw) % 2:
        return False
    sample = raw[:4000].decode(encoding, errors="replace")
    return "\x00" not in sample and _share(sample) > 0.8 and sample.count("\ufffd") == 0


def _read_docx(path: Path) -> tuple[str, tuple[str, ...]]:
    """Text of a Word file, after it was looked at from outside: locked, of the old kind, too large."""
    with path.open("rb") as opened:
        head = opened.read(8)
    if head == _OLE:
        if _ENCRYPTED in path.read_bytes():
            raise LawTextError(f"{path.name} 加了密码，请去掉密码后另存为 .docx 再解析。")
        raise LawTextError(f"{path.name} 是旧版 Word 文件（.doc），请用 Word 或 WPS 另存为 .docx。")
    from lxml.etree import LxmlError

    from linli.law.parse.word import read_word

    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_BYTES:
                raise LawTextError(f"{path.name} 展开后过大，请删去图片，或另存为 .txt。")
        return read_word(path)
    except LawTextError:
        raise
    # A broken file fails in whichever part is broken: zip, package, relations, XML.
    except (
        zipfile.BadZipFile,
        LxmlError,
        ParseError,
        KeyError,
        ValueError,
        AttributeError,
        IndexError,
        TypeError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        if "encrypted" in str(error) or "password" in str(error):
            raise LawTextError(f"{path.name} 加了密码，请去掉密码后另存为 .docx 再解析。") from error
        raise LawTextError(f"{path.name} 不是可读的 Word 文件，请用 Word 或 WPS 另存为 .docx。") from error
