"""Attachments (附件): checked by content, stripped of position, kept under their hash, streamed after a check.

Only pictures and PDF are taken. A picture is decoded and encoded anew, which drops EXIF (and with it the position)
and whatever else was hidden in it. A PDF cannot be cleaned that way: it is looked through for what acts by itself, kept as
it is, and handed out as a download only.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.http import FileResponse
from django.utils.translation import gettext_noop
from PIL import Image, ImageOps, UnidentifiedImageError

from linli.kit.errors import BadInput, NotVisible
from linli.kit.privacy import label
from linli.kit.text import clean_text

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 2560
FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""MPO is the JPEG with a second picture inside that many telephones write; the first picture is kept."""


class Attachment(models.Model):
    """A file that belongs to a subject (附件)."""

    code = models.CharField("编号", max_length=32, unique=True)
    subject = models.CharField("对象", max_length=80, db_index=True)
    name = models.CharField("文件名", max_length=120)
    kind = models.CharField("类型", max_length=40)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("指纹", max_length=64)
    added_at = models.DateTimeField("上传时间", auto_now_add=True)
    added_by = models.CharField("上传人", max_length=64)

    LABELS = label(L2="id code subject kind size sha256 added_at added_by", L3="name")

    @property
    def path(self) -> Path:
        """Where the bytes rest."""
        return Path(settings.LINLI_FILES) / self.sha256[:2] / self.sha256

    @property
    def is_picture(self) -> bool:
        """Whether a browser may show it in the page."""
        return self.kind.startswith("image/")


ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA)(?![A-Za-z])")
"""Parts of a PDF that run or carry something else; what a compressed part hides is not seen (SECURITY.md says so)."""
PDF_TAIL = 1024
HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def _check_pdf(raw: bytes, name: str) -> None:
    if b"%%EOF" not in raw[-PDF_TAIL:]:  # cut short, or another file hangs behind
        raise BadInput(
            gettext_noop("“%(name)s”不完整或已损坏。请重新导出 PDF 后再上传。"), said={"name": name}, code="file_broken"
        )
    if ACTIVE.search(re.sub(rb"#([0-9A-Fa-f]{2})", lambda sign: bytes([int(sign[1], 16)]), raw)):
        raise BadInput(
            gettext_noop("“%(name)s”里有脚本或嵌入的文件，不能上传。请打印成不带脚本的 PDF，或拍照上传。"),
            said={"name": name},
            code="file_active",
        )


def _clean(raw: bytes, name: str) -> tuple[bytes, str]:
    if raw.startswith(b"%PDF-"):
        _check_pdf(raw, name)
        return raw, "application/pdf"
    if raw[4:8] == b"ftyp" and raw[8:12] in HEIC:
        raise BadInput(
            gettext_noop(
                "“%(name)s”是 HEIC 照片，暂时读不了。请在手机相机设置里选“兼容性最佳”（JPG）后重拍，或截屏后上传截图。"
            ),
            said={"name": name},
            code="file_heic",
        )
    try:
        with Image.open(io.BytesIO(raw)) as picture:
            if picture.format not in FORMATS:
                raise BadInput(
                    gettext_noop("“%(name)s”不是支持的图片。请上传 JPG、PNG、WebP 图片或 PDF 文件。"),
                    said={"name": name},
                    code="file_kind",
                )
            if picture.width * picture.height > MAX_PIXELS:
                raise BadInput(
                    gettext_noop("“%(name)s”尺寸过大（超过 5000 万像素）。请压缩后再上传。"),
                    said={"name": name},
                    code="file_pixels",
                )
            form = picture.format
            picture.thumbnail((MAX_SIDE, MAX_SIDE))  # before all else: a large JPEG is then never decoded at full size
            upright = ImageOps.exif_transpose(picture)
            see_through = form in ("PNG", "WEBP") and upright.has_transparency_data
            bare = upright.convert("RGBA" if see_through else "RGB")
            bare.info = {}  # comments and XMP would be written again, and with them the position
            out = io.BytesIO()
            if FORMATS[form] == "image/jpeg":
                bare.save(out, "JPEG", quality=85)
            else:
                bare.save(out, form)
            return out.getvalue(), FORMATS[form]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(
            gettext_noop("“%(name)s”打不开或已损坏。请上传 JPG、PNG、WebP 图片或 PDF 文件。"),
            said={"name": name},
            code="file_broken",
        ) from error


def check_upload(upload: Any) -> tuple[bytes, str, str]:
    """Read and clean an upload: (bytes, content type, display name).

    Raises:
        BadInput: too large, of another kind, damaged, or a pixel flood.
    """
    name = os.path.basename(str(clean_text(str(upload.name or "")))).replace("\n", " ")[-120:] or "附件"
    if upload.size is not None and upload.size > MAX_BYTES:
        raise BadInput(
            gettext_noop("“%(name)s”超过 10 MB。请压缩或改拍小图后再上传。"), said={"name": name}, code="file_size"
        )
    raw = upload.read(MAX_BYTES + 1)
    if not raw or len(raw) > MAX_BYTES:
        raise BadInput(gettext_noop("“%(name)s”是空文件或超过 10 MB。"), said={"name": name}, code="file_size")
    cleaned, kind = _clean(raw, name)
    return cleaned, kind, name


def keep(cleaned: tuple[bytes, str, str], *, subject: str, by: str, code: str) -> Attachment:
    """Store a checked upload; the bytes are on disk before the row that names them."""
    raw, kind, name = cleaned
    digest = hashlib.sha256(raw).hexdigest()
    row = Attachment(code=code, subject=subject, name=name, kind=kind, size=len(raw), sha256=digest, added_by=by)
    if not row.path.exists():
        row.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=row.path.parent, delete=False) as part:
            part.write(raw)
            part.flush()
            os.fsync(part.fileno())
        os.replace(part.name, row.path)
    row.save()
    return row


def drop(subject: str) -> int:
    """Forget every attachment of a subject; bytes that nothing else names leave the disk after the commit."""
    rows = list(Attachment.objects.filter(subject=subject))
    Attachment.objects.filter(pk__in=[row.pk for row in rows]).delete()

    def unlink() -> None:
        for row in rows:
            if not Attachment.objects.filter(sha256=row.sha256).exists():
                row.path.unlink(missing_ok=True)

    transaction.on_commit(unlink)
    return len(rows)


def stream(row: Attachment) -> FileResponse:
    """Answer with the bytes. Call it only after the permission check on the subject.

    Raises:
        NotVisible: the bytes are gone.
    """
    if not row.path.exists():
        raise NotVisible(gettext_noop("附件文件已不在。请联系管理员从备份恢复。"))
    answer = FileResponse(
        row.path.open("rb"), content_type=row.kind, as_attachment=not row.is_picture, filename=row.name
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=600"
    return answer
