"""Photos in forms (照片): several at once, each checked by content."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals.actions.intake import MAX_PHOTOS
from linli.kit.errors import BadInput
from linli.kit.files import check_upload

PICTURES = "image/jpeg,image/png,image/webp"
HINT = format_lazy(lazy("最多 {most} 张，每张不超过 10 MB。照片里的拍摄位置会自动去掉。"), most=MAX_PHOTOS)


class PhotosInput(forms.FileInput):
    """A file input that takes several files; for pictures alone a phone offers camera and album."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos as `file_appeal` and `add_information` take them."""

    def __init__(self, *, accept: str = PICTURES) -> None:
        super().__init__(
            label=lazy("照片"), help_text=HINT, required=False, widget=PhotosInput(attrs={"accept": accept})
        )

    def clean(self, data: Any, initial: Any = None) -> tuple[tuple[bytes, str, str], ...]:
        if len(data or ()) > MAX_PHOTOS:
            raise forms.ValidationError(_("照片最多 %(most)d 张，请少选几张。") % {"most": MAX_PHOTOS})
        try:
            return tuple(check_upload(upload) for upload in data or ())
        except BadInput as refusal:
            raise forms.ValidationError(refusal.shown) from refusal
