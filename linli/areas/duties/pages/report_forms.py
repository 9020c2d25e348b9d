"""Forms of reports: the same questions online and at the counter."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals.pages.photos import PICTURES, PhotosField
from linli.areas.appeals.pages.public_forms import anonymous_field, contact_field, name_field
from linli.areas.appeals.pages.public_forms import words as paragraph
from linli.areas.duties import queries
from linli.areas.duties.actions.reports import MAX_WORDS
from linli.areas.mandates.pages.show import PickField
from linli.commons.models import Body, Place
from linli.kit.forms import Form, TextField
from linli.law import words as terms

PAPERS = f"{PICTURES},application/pdf"


class PapersField(PhotosField):
    """Evidence: pictures or PDF, several at once."""

    def __init__(self) -> None:
        super().__init__(accept=PAPERS)
        self.label = lazy("材料（照片或 PDF）")
        self.help_text = lazy("最多 4 份，每份不超过 10 MB。照片里的拍摄位置会自动去掉。")


class ReportForm(Form):
    """Which body, what kind of breach, what happened, and how to be reached."""

    respondent = PickField(
        label=lazy("反映哪个单位"),
        error_messages={
            "required": lazy("请选择单位。"),
            "invalid_choice": lazy("请从列出的单位中选一个。"),
        },
    )
    breach = forms.ChoiceField(
        label=lazy("反映什么"),
        widget=forms.RadioSelect(),
        error_messages={
            "required": lazy("请选择反映的是哪一类问题。"),
            "invalid_choice": lazy("请从列出的几类中选一类。"),
        },
    )
    words = TextField(
        label=lazy("发生了什么"),
        help_text=lazy("什么事、什么时候、在哪里、谁要求的。加密保存，只有受理处理的单位看得到。"),
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 7, "autocomplete": "off"}),
        error_messages={
            "required": lazy("请写一写发生了什么。"),
            "max_length": lazy("内容请在 %(limit_value)d 字以内，现在有 %(show_value)d 字。请删去一些。"),
        },
    )
    matter = TextField(
        label=lazy("有关诉求的编号"),
        help_text=lazy("如果是某件诉求没有办，填回执上的编号；办过这件诉求的人要回避。没有就不填。"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    uploads = PapersField()
    anonymous = anonymous_field(lazy("匿名也照样受理，凭编号和查询码看结果。"))
    name = name_field(lazy("姓名"))
    contact = contact_field(lazy("联系方式"), lazy("核实时用。加密保存；谁看了、为什么看，您查进度时都能看到。"))
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, county: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.initial["once"] = secrets.token_hex(16)
        field, breach = self.fields["respondent"], self.fields["breach"]
        assert isinstance(field, PickField) and isinstance(breach, forms.ChoiceField)
        field.empty = _("请选择")
        field.offer(_grouped(county))
        breach.choices = [(code, _(text)) for code, text in terms.BREACHES.items()]

    def asked(self, data: dict[str, Any]) -> dict[str, Any]:
        """What the action takes of the cleaned values."""
        return {key: value for key, value in data.items() if key != "once"}


def _grouped(county: str) -> list[tuple[str, str, str, Body]]:
    streets = dict(Place.objects.filter(code__startswith=county, level="street").values_list("code", "name"))
    rows = queries.respondents(county)
    ordered = sorted(rows, key=lambda body: body.place_id[:9] if len(body.place_id) >= 9 else "")
    return [(streets.get(body.place_id[:9]) or _("县级单位"), body.code, body.name, body) for body in ordered]


class AddForm(Form):
    """More words, more files."""

    text = paragraph(lazy("补充什么"), "", "", required=False)
    uploads = PapersField()
