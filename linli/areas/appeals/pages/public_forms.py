"""Forms of the resident's pages."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linli.areas.appeals.actions.intake import MAX_TEXT
from linli.areas.appeals.pages.photos import HINT, PICTURES, PhotosField, PhotosInput
from linli.commons.actor import RESIDENT
from linli.commons.models import Place
from linli.kit.forms import Form, TextField
from linli.kit.scope import visible_to


def contact_field(label: Any, hint: Any) -> TextField:
    """Where somebody can be reached; may stay empty."""
    return TextField(
        label=label,
        help_text=hint,
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"max_length": _("联系电话请在 60 字以内。")},
    )


def name_field(label: Any) -> TextField:
    """What somebody is called; may stay empty."""
    return TextField(
        label=label,
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"max_length": _("称呼请在 40 字以内。")},
    )


def anonymous_field(hint: Any) -> forms.BooleanField:
    """The wish to stay unnamed."""
    return forms.BooleanField(label=_("不留姓名（匿名）"), required=False, help_text=hint)


def words(label: Any, hint: Any, missing: Any, required: bool = True) -> TextField:
    """A paragraph that the resident adds."""
    return TextField(
        label=label,
        help_text=hint,
        required=required,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        error_messages={"required": missing, "max_length": _("请在 2000 字以内，现在有 %(show_value)d 字。")},
    )


class WhatForm(Form):
    """Step 1: what happened."""

    text = TextField(
        label=_("发生了什么事"),
        help_text=_("写清楚什么东西、什么情况、从什么时候开始。例如：3 栋楼下路灯坏了三天，晚上很黑，老人不敢出门。"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        error_messages={
            "required": _("请写一写发生了什么事，一句话也可以。"),
            "max_length": _("内容请在 %(limit_value)d 字以内，现在有 %(show_value)d 字。请删去一些。"),
        },
    )
    # The draft keeps the good ones of several photos, so the draft checks them.
    photos = forms.Field(
        label=_("照片"), help_text=HINT, required=False, widget=PhotosInput(attrs={"accept": PICTURES})
    )


class WhereForm(Form):
    """Step 2: where it is."""

    place = TextField(
        label=_("哪个社区（村）"),
        widget=forms.Select(),
        error_messages={"required": _("请选择社区（村）。说不清是哪个社区，可以选街道或县。")},
    )
    place_text = TextField(
        label=_("具体位置"),
        help_text=_("小区、楼栋、路口，或附近的店名。例如：桃源路 12 号门口。"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("具体位置请在 120 字以内，现在有 %(show_value)d 字。")},
    )

    def clean_place(self) -> str:
        """A place of the tree, at least a county."""
        code = str(self.cleaned_data["place"])
        found = visible_to(RESIDENT, Place.objects.exclude(level__in=("province", "city"))).filter(code=code).first()
        if found is None:
            raise ValidationError(_("请从列表中选择一个地方。"))
        return found.code


class ContactForm(Form):
    """Step 3: how to reach you; nothing here must be filled in."""

    for_other = forms.ChoiceField(
        label=_("为谁反映"),
        choices=(("0", _("我自己的事")), ("1", _("替别人反映（家人、邻居、行动不便的人）"))),
        required=False,
        widget=forms.RadioSelect(),
        error_messages={"invalid_choice": _("请从两项中选一项。")},
    )
    contact = contact_field(
        _("联系电话"), _("办理中要问清情况、办完要回访时用。加密保存，谁看了、为什么看，您查进度时都能看到。")
    )
    name = name_field(_("怎么称呼您"))
    anonymous = anonymous_field(_("匿名也照样受理，编号、时限和答复都一样。"))


class CheckForm(Form):
    """Step 4: read once more and send."""

    token = forms.CharField(required=False, widget=forms.HiddenInput(), max_length=60)
    keep_matter = forms.BooleanField(label=_("按这个类型提交"), required=False)


class OpenForm(Form):
    """Number and secret code, as on the receipt."""

    number = TextField(
        label=_("编号"),
        help_text=_("回执上的 14 位数字"),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": _("请填写回执上的编号。"), "max_length": _("编号太长，请对照回执再输一次。")},
    )
    code = TextField(
        label=_("查询码"),
        help_text=_("10 位字母和数字，不分大小写"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("请填写回执上的查询码。"), "max_length": _("查询码太长，请对照回执再输一次。")},
    )

    def clean_number(self) -> str:
        """Full-width digits of a Chinese keyboard count as plain ones."""
        return unicodedata.normalize("NFKC", str(self.cleaned_data["number"]))

    def clean_code(self) -> str:
        """Full-width letters of a Chinese keyboard count as plain ones."""
        return unicodedata.normalize("NFKC", str(self.cleaned_data["code"]))


class AddForm(Form):
    """More information: words, photos, or both."""

    text = words(_("要补充什么"), _("新的情况、更准确的位置，或对方问到的事。只补照片也可以。"), "", required=False)
    photos = PhotosField()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("text") and not data.get("photos"):
            self.add_error("text", _("请写下要补充的内容，或加上照片。"))
        return data


class ReopenForm(Form):
    """Why it should be handled again."""

    text = words(_("为什么要重新办理"), _("哪里没解决，或问题又出现了。"), _("请写一写为什么要重新办理。"))


class RateForm(Form):
    """Is it solved, and how was it."""

    solved = forms.ChoiceField(
        label=_("问题解决了吗"),
        choices=(("1", _("解决了")), ("0", _("没有解决，请重新办理"))),
        widget=forms.RadioSelect(),
        error_messages={"required": _("请选择问题有没有解决。"), "invalid_choice": _("请从两项中选一项。")},
    )
    rating = forms.TypedChoiceField(
        label=_("您满意吗"),
        coerce=int,
        choices=(
            ("5", _("5 分 · 很满意")),
            ("4", _("4 分 · 满意")),
            ("3", _("3 分 · 一般")),
            ("2", _("2 分 · 不满意")),
            ("1", _("1 分 · 很不满意")),
        ),
        widget=forms.RadioSelect(),
        error_messages={"required": _("请选择满意度。"), "invalid_choice": _("满意度请选 1 到 5 分。")},
    )
    note = TextField(
        label=_("想说的话"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("请在 1000 字以内，现在有 %(show_value)d 字。")},
    )


class EraseForm(Form):
    """Nothing to fill in: whoever opened the appeal with its code may ask."""


class WithdrawForm(Form):
    """Nothing to fill in: the page itself is the question."""
