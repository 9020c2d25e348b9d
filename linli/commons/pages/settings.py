"""What a county sets itself (本县设定): limits, presets and official texts; the other desks of this room hang in here."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from linli.commons import queries, statutes
from linli.commons.actor import Actor
from linli.commons.models import Place, Setting, StatuteText
from linli.commons.pages import facts, settings_accounts, settings_bodies, settings_calendar, settings_trail
from linli.commons.settings import LAW, apply_preset, key_named, keys_at, set_setting
from linli.commons.web import actor, staff
from linli.kit import trail
from linli.kit.clock import Limit, Unit
from linli.kit.errors import BadInput, NotVisible
from linli.kit.forms import Form, TextField
from linli.law.load import load_pack, packs
from linli.law.types import Preset


class SettingForm(Form):
    """One setting; which fields it has depends on its shape."""

    source = TextField(
        label="出处",
        required=False,
        max_length=120,
        help_text="依据哪份文件或哪次会议定的，居民和各单位都看得到。",
        error_messages={"max_length": "出处请写在 120 字以内。"},
    )

    def __init__(self, key: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shape = key_named(key).shape
        whole = {"required": "请填写数量。", "invalid": "请填写整数。"}
        fields: dict[str, forms.Field] = {}
        if shape == "limit":
            fields["amount"] = forms.IntegerField(label="数量", error_messages=whole)
            fields["unit"] = forms.ChoiceField(
                label="单位",
                choices=Unit.choices,
                initial=Unit.WORKING_DAYS,
                error_messages={"required": "请选择单位。"},
            )
        elif shape == "number":
            unit = key_named(key).unit
            fields["amount"] = forms.IntegerField(label=f"数量（{unit}）" if unit else "数量", error_messages=whole)
        elif shape == "day":
            fields["day"] = forms.DateField(
                label="日期",
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                error_messages={"required": "请填写日期。", "invalid": "日期看不懂，请写成 2026-01-01。"},
            )
        else:
            fields["on"] = forms.ChoiceField(
                label=key_named(key).label,
                choices=(("yes", "是"), ("no", "否")),
                widget=forms.RadioSelect,
                error_messages={"required": "请选择是或否。"},
            )
        self.shape = shape
        self.fields = {**fields, **self.fields}

    def value(self, data: dict[str, Any]) -> Any:
        """The value as the setting stores it."""
        if self.shape == "limit":
            return {"amount": data["amount"], "unit": data["unit"]}
        if self.shape == "day":
            return data["day"].isoformat()
        return data["amount"] if self.shape == "number" else data["on"] == "yes"


class TextForm(Form):
    """An official text to load."""

    file = forms.FileField(
        label="正文文件",
        help_text="Word（.docx）或文本（.txt）。第一行是法规名称，每条另起一行。",
        error_messages={"required": "请选择正文文件。", "empty": "这是空文件，请重新选择。"},
    )
    pack = forms.ChoiceField(
        label="是哪部法规", required=False, error_messages={"invalid_choice": "请从列表中选择法规，或选“自动识别”。"}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [pack for pack in map(load_pack, packs()) if pack.articles]
        field = self.fields["pack"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("自动识别")), *((pack.id, pack.title) for pack in known)]


def in_words(key: str, value: Any) -> str:
    """A stored value for people: 5 个工作日, 是, 3 次, 未设, or the default, said to be one."""
    unit = f" {key_named(key).unit}" if key_named(key).unit else ""
    if value is None:
        default = key_named(key).default
        return _("未设") if default is None else _("默认 %(value)s%(unit)s") % {"value": default, "unit": unit}
    if key_named(key).shape == "limit":
        return str(Limit(value["amount"], value["unit"]))
    return (_("是") if value else _("否")) if key_named(key).shape == "switch" else f"{value}{unit}"


def _home(who: Actor) -> Place:
    """The place that the actor sets things for: the one the post covers."""
    return Place.objects.get(code=who.place)


def _rows(who: Actor) -> list[dict[str, Any]]:
    found = queries.settings_in_force(who)
    return [
        {
            "key": key,
            "label": key_named(key).label,
            "why": key_named(key).why,
            "value": in_words(key, row.value if row else None),
            "set": row is not None and row.value is not None,
            "row": row,
            "above": row is not None and row.place_id != who.place,
        }
        for key, row in found.items()
    ]


@staff("commons.set_limit")
def settings_page(request: HttpRequest) -> HttpResponse:
    """Every setting with its value, source and date; the presets on offer."""
    who = actor(request)
    rows = _rows(who)
    needed = [row for row in rows if key_named(row["key"]).default is None]
    context = {
        "place": _home(who),
        "groups": [
            {"label": _("诉求办理"), "rows": [row for row in rows if row["key"].startswith("appeals.")]},
            {"label": _("清单与准入"), "rows": [row for row in rows if row["key"].startswith("mandates.")]},
            {"label": _("立法征求意见"), "rows": [row for row in rows if row["key"].startswith("assembly.")]},
            {"label": _("履职台账"), "rows": [row for row in rows if row["key"].startswith("duties.")]},
            {"label": _("法规没有写的数"), "rows": [row for row in rows if row["key"].startswith(LAW)]},
            {"label": _("登录与安全"), "rows": [row for row in rows if row["key"].startswith("doors.")]},
        ],
        "unset": sum(not row["set"] for row in needed),
        "all": len(needed),
        "presets": load_pack("national").presets,
    }
    return render(request, "commons/settings.html", context)


@staff("commons.set_limit")
def setting_page(request: HttpRequest, key: str) -> HttpResponse:
    """One setting: set it, take it back, and how it came about."""
    who = actor(request)
    if key not in keys_at(who.place):
        raise NotVisible(_("没有这个设定项。请从“本县设定”中选择。"))
    place = _home(who)
    row = queries.settings_in_force(who)[key]
    form = SettingForm(key, request.POST if request.method == "POST" else None, initial=_initial(key, row))
    if request.method == "POST":
        if request.POST.get("do") == "unset":
            source = _("收回设定")
            set_setting(by=who, place=place, key=key, value=None, source=source)
            back = {"label": key_named(key).label, "value": in_words(key, None)}
            messages.success(request, _("“%(label)s”已改为%(value)s。") % back)
            return redirect("settings:settings")
        done = form.attempt(
            lambda data: set_setting(by=who, place=place, key=key, value=form.value(data), source=data["source"])
        )
        if done is not None:
            said = _("“%(label)s”已设为 %(value)s。") % {
                "label": key_named(key).label,
                "value": in_words(key, done.value),
            }
            messages.success(request, said)
            return redirect("settings:settings")
    entries = trail.history(Setting(place=place, key=key)).order_by("-id")[:50]
    context = {
        "key": key_named(key),
        "form": form,
        "value": in_words(key, row.value if row else None),
        "row": row,
        "own": row is not None and row.place_id == place.code and row.value is not None,
        "entries": [_told(key, entry) for entry in entries],
        "crumbs": [{"label": _("本县设定"), "url": reverse("settings:settings")}, {"label": key_named(key).label}],
    }
    return render(request, "commons/setting.html", context, status=form.status)


def _initial(key: str, row: Setting | None) -> dict[str, Any]:
    if row is None or row.value is None:
        return {}
    if key_named(key).shape == "limit":
        return {**row.value, "source": row.source}
    return {"amount": row.value, "day": row.value, "on": "yes" if row.value else "no", "source": row.source}


def _told(key: str, entry: trail.Entry) -> dict[str, Any]:
    """One change for the timeline."""
    old, new = entry.changes.get(key, [None, None])
    what = _("%(old)s → %(new)s") % {"old": in_words(key, old), "new": in_words(key, new)}
    return {"what": what, "who": entry.actor_label, "when": entry.at, "note": entry.note}


@staff("commons.set_limit")
def preset_page(request: HttpRequest, id: str) -> HttpResponse:
    """What a preset would set beside what holds now; POST takes it over."""
    preset = next((one for one in load_pack("national").presets if one.id == id), None)
    if preset is None:
        raise NotVisible(_("没有这个预设。请从“本县设定”中选择。"))
    who = actor(request)
    form = Form(request.POST if request.method == "POST" else None)
    if form.attempt(lambda data: apply_preset(by=who, place=_home(who), preset=preset.id)) is not None:
        messages.success(request, _("已采用预设，共 %s 项。每一项都可以再改。") % len(preset.limits))
        return redirect("settings:settings")
    context = {
        "preset": preset,
        "rows": _preview(preset, who),
        "form": form,
        "crumbs": [{"label": _("本县设定"), "url": reverse("settings:settings")}, {"label": _("预设")}],
    }
    return render(request, "commons/preset.html", context, status=form.status)


def _preview(preset: Preset, who: Actor) -> list[dict[str, Any]]:
    now = queries.settings_in_force(who)
    rows = []
    for limit in preset.limits:
        held = now.get(limit.key)
        new = str(Limit(limit.amount, limit.unit))
        old = in_words(limit.key, held.value if held else None)
        rows.append(
            {"label": key_named(limit.key).label, "old": old, "new": new, "same": old == new, "source": limit.source}
        )
    return rows


@staff("commons.load_text")
def texts_page(request: HttpRequest) -> HttpResponse:
    """Official texts in use, and the form that loads one (载入正文)."""
    form = TextForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    before = {text.pk for text in statutes.current_texts().values()}
    text = form.attempt(lambda data: _import(actor(request), data))
    if text is not None:
        if text.pk in before:
            messages.info(request, _("《%s》与现用的正文完全相同，没有改动。") % text.title)
        else:
            stale = text.articles.filter(stale=True).count()
            said = _("已载入《%(title)s》，共 %(n)s 条") % {"title": text.title, "n": text.articles.count()}
            said += _("，其中 %s 条与法规包不一致，已在各条注明。") % stale if stale else _("，与法规包逐条一致。")
            messages.success(request, said)
        return redirect("settings:texts")
    texts = StatuteText.objects.order_by("pack", "-loaded_at")
    context = {
        "form": form,
        "texts": [
            {"text": text, "articles": text.articles.count(), "stale": text.articles.filter(stale=True).count()}
            for text in texts
        ],
        "crumbs": [{"label": _("法规"), "url": reverse("law:index")}, {"label": _("载入正文")}],
    }
    return render(request, "commons/law_texts.html", context, status=form.status)


def _import(who: Actor, data: dict[str, Any]) -> StatuteText:
    upload = data["file"]
    if upload.size > statutes.MAX_BYTES:
        raise BadInput(_("文件超过 10 MB，不像是法规正文。请换一个只有正文的文件。"), code="text_size")
    stem, ending = os.path.splitext(os.path.basename(upload.name))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{stem[:40]}{ending[:10]}"
        file.write_bytes(upload.read())
        return statutes.import_file(file, by=who, pack=data["pack"])


urlpatterns: list[URLPattern] = [
    path("settings/", settings_page, name="settings"),
    path("settings/texts/", texts_page, name="texts"),
    path("settings/presets/<slug:id>/", preset_page, name="preset"),
    *settings_calendar.urlpatterns,
    *settings_bodies.urlpatterns,
    *settings_accounts.urlpatterns,
    *settings_trail.urlpatterns,
    *facts.urlpatterns,
    path("settings/<str:key>/", setting_page, name="setting"),
]
