"""Uploads: known by content, freed of position and comments, kept under their hash."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from linli.kit.errors import BadInput, NotVisible
from linli.kit.files import MAX_BYTES, MAX_SIDE, check_upload, keep, stream

SECRET = b"SECRET-PLACE-30.5N"
PDF = b"%PDF-1.7\n%%EOF"


def upload(raw: bytes, name: str = "图.jpg", size: int | None = -1) -> Any:
    return SimpleNamespace(name=name, size=len(raw) if size == -1 else size, read=io.BytesIO(raw).read)


def saved(picture: Image.Image, form: str, **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **more)
    return out.getvalue()


def photo(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    picture = Image.new(mode, size, 128 if mode in ("L", "P") else None)
    picture.putpixel((0, 0), 255 if mode in ("L", "P") else (255,) * len(picture.getbands()))
    return picture


def gps() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-PLACE-30.5N"
    exif[0x0112] = 6  # turned on its side
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 30.0, 0.0), 3: "E", 4: (114.0, 20.0, 0.0)})
    return exif


def opened(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw))


def test_position_is_removed_and_the_picture_stands_upright() -> None:
    raw = saved(photo(), "JPEG", exif=gps(), comment=SECRET, xmp=b"<x>" + SECRET + b"</x>")
    assert SECRET in raw and opened(raw).getexif().get_ifd(0x8825)
    cleaned, kind, name = check_upload(upload(raw))
    assert (kind, name) == ("image/jpeg", "图.jpg")
    assert SECRET not in cleaned
    clean = opened(cleaned)
    assert not dict(clean.getexif()) and not {"exif", "xmp", "comment"} & set(clean.info)
    assert clean.size == (48, 64)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_hidden_words_are_removed_from_other_kinds(form: str) -> None:
    more: dict[str, Any] = {"exif": gps().tobytes()}
    if form == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", SECRET.decode())
        more["pnginfo"] = words
    else:
        more["xmp"] = SECRET
    raw = saved(photo(), form, **more)
    assert SECRET in raw
    cleaned, kind, _ = check_upload(upload(raw))
    assert SECRET not in cleaned and kind == f"image/{form.lower()}"
    assert not dict(opened(cleaned).getexif())


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1"])
def test_pictures_of_every_mode_are_taken(mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    cleaned, _, _ = check_upload(upload(saved(photo().convert(mode), form)))
    assert opened(cleaned).mode == ("RGBA" if mode in ("RGBA", "LA") else "RGB")


def test_the_two_pictures_of_a_telephone_are_taken_as_one() -> None:
    raw = saved(photo(), "MPO", save_all=True, append_images=[photo((32, 24))])
    assert opened(raw).format == "MPO"
    cleaned, kind, _ = check_upload(upload(raw))
    assert (kind, opened(cleaned).format, opened(cleaned).size) == ("image/jpeg", "JPEG", (64, 48))


def test_what_hangs_behind_a_picture_is_left_behind() -> None:
    for form in ("PNG", "JPEG", "WEBP"):
        tail = b"PK\x03\x04" + SECRET + b"<script>alert(1)</script>"
        cleaned, _, _ = check_upload(upload(saved(photo(), form) + tail))
        assert SECRET not in cleaned and b"<script>" not in cleaned


def test_a_turned_large_picture_is_upright_and_small() -> None:
    exif = gps()
    cleaned, _, _ = check_upload(upload(saved(Image.new("RGB", (4000, 1000)), "JPEG", exif=exif)))
    assert opened(cleaned).size == (640, MAX_SIDE) and not dict(opened(cleaned).getexif())


def test_large_pictures_are_made_small() -> None:
    cleaned, _, _ = check_upload(upload(saved(Image.new("RGB", (4000, 1000)), "JPEG")))
    assert opened(cleaned).size == (MAX_SIDE, 640)


def flood() -> bytes:
    """A PNG of a few bytes that says it is 60,000 × 60,000 pixels."""
    head = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


def wide(pixels: int) -> bytes:
    return saved(Image.new("1", (10000, pixels // 10000)), "PNG")


def text_bomb() -> bytes:
    """A small PNG whose compressed text unpacks to 80 MB."""
    plain = saved(photo(), "PNG")
    data = b"Comment\0\0" + zlib.compress(b"0" * 80_000_000, 9)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    return plain[:33] + chunk + plain[33:]


REFUSED = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "file_broken"),
    "html": (b"<!DOCTYPE html><script>alert(1)</script>", "file_broken"),
    "empty": (b"", "file_size"),
    "text": ("不是图片".encode(), "file_broken"),
    "gif": (saved(photo(mode="P"), "GIF"), "file_kind"),
    "bmp": (saved(photo(), "BMP"), "file_kind"),
    "tiff": (saved(photo(), "TIFF"), "file_kind"),
    "cut short": (saved(Image.effect_noise((300, 300), 90).convert("RGB"), "JPEG")[:2000], "file_broken"),
    "svg that says it is xml": (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "file_broken"),
    "heic": (b"\0\0\0\x18ftypheic" + b"\0" * 100, "file_heic"),
    "pdf cut short": (PDF[:8] + b"1 0 obj << /Type /Catalog >>", "file_broken"),
    "pdf with a zip behind": (PDF + b"PK\x03\x04" + b"\0" * 5000, "file_broken"),
    "pdf with a script": (PDF[:9] + b"1 0 obj << /S /JavaScript /JS (app.alert(1)) >>" + PDF[8:], "file_active"),
    "pdf with a hidden script": (PDF[:9] + b"1 0 obj << /S /#4aavaScript >>" + PDF[8:], "file_active"),
    "pdf with a file inside": (PDF[:9] + b"<< /Names << /EmbeddedFiles 3 0 R >> >>" + PDF[8:], "file_active"),
    "png text bomb": (text_bomb(), "file_broken"),
    "zip": (b"PK\x03\x04" + b"\0" * 100, "file_broken"),
    "pixel flood": (flood(), "file_broken"),
    "60 million pixels": (wide(60_000_000), "file_pixels"),
    "11 MB": (b"\xff\xd8\xff" + b"\0" * (11 * 1024 * 1024), "file_size"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_or_pdf_is_refused_in_chinese(what: str) -> None:
    raw, code = REFUSED[what]
    with pytest.raises(BadInput) as refused:
        check_upload(upload(raw, "坏.jpg"))
    assert refused.value.code == code and "坏.jpg" in refused.value.message


def test_a_size_that_lies_is_found_by_reading() -> None:
    with pytest.raises(BadInput) as refused:
        check_upload(upload(b"%PDF-1.7" + b"\0" * MAX_BYTES, size=10))
    assert refused.value.code == "file_size"


def test_a_pdf_is_taken_and_handed_out_as_a_download_only(db: None, settings: Any, tmp_path: Path) -> None:
    settings.LINLI_FILES = tmp_path
    raw = PDF
    row = keep(check_upload(upload(raw, "说明.pdf")), subject="appeal:1", by="resident", code="c1")
    answer = stream(row)
    assert b"".join(answer) == raw
    assert answer["Content-Type"] == "application/pdf" and answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff" and "private" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\x00b\u202e.jpg", "ab.jpg"),
        ("", "附件"),
        ("长" * 300 + ".jpg", "长" * 116 + ".jpg"),
    ],
)
def test_names_are_tamed(name: str, shown: str) -> None:
    assert check_upload(upload(PDF, name))[2] == shown


def test_the_same_picture_is_kept_once(db: None, settings: Any, tmp_path: Path) -> None:
    settings.LINLI_FILES = tmp_path
    cleaned = check_upload(upload(saved(photo(), "PNG")))
    first = keep(cleaned, subject="appeal:1", by="resident", code="c1")
    second = keep(cleaned, subject="appeal:2", by="resident", code="c2")
    assert first.path == second.path and first.is_picture
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [first.path]


def test_bytes_that_are_gone_are_not_found(db: None, settings: Any, tmp_path: Path) -> None:
    settings.LINLI_FILES = tmp_path
    row = keep(check_upload(upload(PDF)), subject="appeal:1", by="resident", code="c1")
    row.path.unlink()
    with pytest.raises(NotVisible):
        stream(row)
