"""Workbench: lists drafted, filled by hand or from a file, published before effect, ended with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from linli.areas.mandates import actions as mandates
from linli.areas.mandates import queries
from linli.areas.mandates.flow import ListState
from linli.areas.mandates.models import Ground, Role, TaskList
from linli.areas.mandates.pages import show, tables
from linli.commons.actor import Actor
from linli.commons.web import actor, require, staff
from linli.kit.export import csv_response, xlsx_response
from linli.kit.forms import Form, TextField
from linli.kit.scope import get_visible, prefixes, under, visible_to
from linli.kit.text import clean_text

SEE = staff("mandates.see")
WRITE = staff("mandates.write_list")


class HeadForm(Form):
    """Name, basis and first day of a list."""

    title = TextField(label=_l("清单名称"), max_length=80, error_messages={"required": _l("请填写清单名称。")})
    basis = TextField(
        label=_l("制定依据"),
        max_length=200,
        help_text=_l("写明条例、文件名称和文号"),
        error_messages={"required": _l("请填写制定依据，写明条例或文件名称和文号。")},
    )
    effective_from = show.day_field(_l("施行日期"), help_text=_l("要在公布之日或以后：先公布，后施行"))


class DraftForm(HeadForm):
    """A new draft."""

    kind = forms.ChoiceField(
        label=_l("种类"),
        choices=[("", _l("请选择")), *TaskList.Kind.choices],
        error_messages={"required": _l("请选择清单种类。"), "invalid_choice": _l("请从列出的种类中选一种。")},
    )
    place = show.PickField(
        label=_l("适用地方"),
        error_messages={"required": _l("请选择适用地方。"), "invalid_choice": _l("请从列出的地方中选一个。")},
    )
    field_order = ("kind", "place", "title", "basis", "effective_from")

    def __init__(self, who: Actor, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        show.offer_places(self.fields["place"], who)


class ItemForm(Form):
    """One item of a draft."""

    title = TextField(label=_l("事项"), max_length=80, error_messages={"required": _l("请填写事项名称。")})
    matter = show.PickField(
        label=_l("对应诉求事项"),
        required=False,
        empty=_l("不对应"),
        help_text=_l("选了以后，系统按它放行或拦截派单"),
        error_messages={"invalid_choice": _l("请从事项目录中选一个，或者留空。")},
    )
    basis = TextField(label=_l("法定依据"), max_length=200, required=False)
    owner = TextField(label=_l("责任单位"), max_length=60, required=False)
    role = forms.ChoiceField(
        label=_l("协助方式"),
        required=False,
        choices=[("", _l("不写")), *Role.choices],
        error_messages={"invalid_choice": _l("请从六种协助方式中选一种。")},
    )
    conditions = TextField(label=_l("业务指导与工作保障"), max_length=200, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        show.offer_matters(self.fields["matter"])


class FileForm(Form):
    """A file of items."""

    file = forms.FileField(
        label=_l("事项表"),
        help_text=_l("XLSX 或 CSV，2 MB 以内；有一行不对，就一行也不导入"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": _l("请选择要导入的文件。"),
            "empty": _l("文件是空的。请按模板填写后再导入。"),
            "invalid": _l("没有收到文件，请重新选择。"),
        },
    )


def _views(request: HttpRequest, who: Actor) -> tuple[list[dict[str, Any]], Q]:
    today = timezone.localdate()
    over = Q(state=ListState.ENDED) | Q(state=ListState.PUBLISHED, effective_to__lte=today)
    kinds = {
        "": (_("在用和待施行"), Q(state=ListState.PUBLISHED) & ~over),
        "draft": (_("起草中"), Q(state=ListState.DRAFT)),
        "over": (_("已停用和旧版"), over),
    }
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in kinds else ""
    views = [
        {
            "label": label,
            "url": f"?view={key}",
            "current": key == chosen,
            "count": near(who, TaskList.objects.filter(found)).count(),
        }
        for key, (label, found) in kinds.items()
    ]
    return views, kinds[chosen][1]


def near(who: Actor, rows: QuerySet[TaskList]) -> QuerySet[TaskList]:
    """Lists that bind the post's own place or one below it; what other counties publish stands on the public pages."""
    here = Q(place__code__in=prefixes(who.place)) | under("place__code", who.place)
    return visible_to(who, rows).filter(here)


@SEE
def lists(request: HttpRequest) -> HttpResponse:
    """Lists the post may see: in force, drafted, over."""
    who = actor(request)
    views, chosen = _views(request, who)
    words = str(clean_text(request.GET.get("q", "")))[:40]
    rows = near(who, TaskList.objects.filter(chosen)).select_related("place").annotate(size=Count("items"))
    for word in words.split():
        rows = rows.filter(Q(title__contains=word) | Q(place__name__contains=word) | Q(code__startswith=word))
    context = show.pages(request, rows.order_by("-effective_from", "code"))
    context |= {"views": views, "q": words, "may_write": who.may("mandates.write_list", None)}
    context["today"] = timezone.localdate()
    return render(request, "mandates/lists.html", context)


@WRITE
def new_list(request: HttpRequest) -> HttpResponse:
    """Begin a draft; the items of the version in force are taken over."""
    who = actor(request)
    form = DraftForm(who, request.POST or None)
    if request.method == "POST":
        row = form.attempt(lambda data: mandates.draft_list(by=who, **data))
        if row is not None:
            taken = row.items.count()
            messages.success(
                request,
                _("已起草第 %(v)s 版，沿用上一版 %(n)s 项。") % {"v": row.version, "n": taken}
                if taken
                else _("已起草，请添加事项。"),
            )
            return redirect("mandates_desk:list", row.code)
    context = {
        "form": form,
        "refused": show.refused(form),
        "title": _("起草清单"),
        "lead": _("如果这种清单已有在用的版本，新草稿先沿用它的全部事项，再改动要调整的几项。"),
        "button": _("开始起草"),
        "back": reverse("mandates_desk:lists"),
        "crumbs": [{"label": _("清单"), "url": reverse("mandates_desk:lists")}, {"label": _("起草")}],
    }
    return render(request, "mandates/form.html", context, status=form.status)


def _page(request: HttpRequest, row: TaskList, status: int = 200, **forms_: Form) -> HttpResponse:
    who = actor(request)
    draft = row.state == ListState.DRAFT
    grounds = Ground.objects.filter(item__task_list=row, closed_at=None)
    wrong = next((form for form in forms_.values() if form.errors), None)
    context: dict[str, Any] = {
        "list": row,
        "draft": draft,
        "items": list(row.items.select_related("matter", "admission")),
        "diff": queries.diff_of(who, row),
        "versions": queries.versions_of(who, row),
        "entries": show.timeline(row),
        "basis": show.chips_for("mandates.list_published", row.place_id),
        "may_write": draft and who.may("mandates.write_list", row),
        "may_publish": who.may("mandates.publish", row),
        "stops": queries.resting_on(who, grounds).count(),
        "head_form": HeadForm(
            initial={"title": row.title, "basis": row.basis, "effective_from": row.effective_from}, prefix="head"
        ),
        "item_form": ItemForm(prefix="item"),
        "file_form": FileForm(prefix="file"),
        "why_form": show.WhyForm(prefix="why"),
        "today": timezone.localdate(),
        "in_force": queries.lists_in_force(who, row.place_id).filter(pk=row.pk).exists(),
        "crumbs": [{"label": _("清单"), "url": reverse("mandates_desk:lists")}, {"label": row.title}],
        **forms_,
    }
    if wrong is not None:
        context |= {"form": wrong, "refused": show.refused(wrong)}
    return render(request, "mandates/list.html", context, status=status)


def _get(request: HttpRequest, code: str) -> TaskList:
    return get_visible(actor(request), TaskList.objects.select_related("place"), code=code)


@SEE
def one_list(request: HttpRequest, code: str) -> HttpResponse:
    """One list with everything that can be done to it now."""
    return _page(request, _get(request, code))


def _done(request: HttpRequest, row: TaskList, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("mandates_desk:list", row.code)


@WRITE
@show.post_only("mandates_desk:list")
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change the head of a draft."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.write_list", row)
    form = HeadForm(request.POST, prefix="head")
    if form.attempt(lambda data: mandates.edit_list(by=who, task_list=row, **data)) is not None:
        return _done(request, row, _("已保存。"))
    return _page(request, show.changed(row), form.status, head_form=form)


@WRITE
@show.post_only("mandates_desk:list")
def add(request: HttpRequest, code: str) -> HttpResponse:
    """Add one item to a draft."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.write_list", row)
    form = ItemForm(request.POST, prefix="item")
    item = form.attempt(lambda data: mandates.add_item(by=who, task_list=row, **data))
    if item is not None:
        return _done(request, row, _("已添加第 %(n)s 项“%(t)s”。") % {"n": item.number, "t": item.title})
    return _page(request, row, form.status, item_form=form)


@WRITE
@show.post_only("mandates_desk:list")
def drop(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Take one item out of a draft."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.write_list", row)
    mandates.drop_item(by=who, task_list=row, number=number)
    return _done(request, row, _("已删除第 %(n)s 项。") % {"n": number})


@WRITE
@show.post_only("mandates_desk:list")
def load(request: HttpRequest, code: str) -> HttpResponse:
    """Add the items of a file to a draft: all of them, or none."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.write_list", row)
    form = FileForm(request.POST, request.FILES, prefix="file")
    count = form.attempt(lambda data: mandates.import_items(by=who, task_list=row, rows=tables.read_rows(data["file"])))
    if count is not None:
        return _done(request, row, _("已导入 %(n)s 项。") % {"n": count})
    return _page(request, row, form.status, file_form=form)


@staff("mandates.publish")
@show.post_only("mandates_desk:list")
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """Publish a draft."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.publish", row)
    form = Form(request.POST)
    if form.attempt(lambda data: mandates.publish_list(by=who, task_list=row)) is not None:
        return _done(request, row, _("已公布，%(d)s 起施行。") % {"d": row.effective_from})
    return _page(request, show.changed(row), form.status, plain_form=form)


@staff("mandates.publish")
@show.post_only("mandates_desk:list")
def end(request: HttpRequest, code: str) -> HttpResponse:
    """End a list with a reason; open tasks stop and their senders are told."""
    row, who = _get(request, code), actor(request)
    require(who, "mandates.publish", row)
    form = show.WhyForm(request.POST, prefix="why")
    if form.attempt(lambda data: mandates.end_list(by=who, task_list=row, why=data["why"])) is not None:
        return _done(request, row, _("已停用。靠它交办的任务已停止，并已通知交办单位。"))
    return _page(request, show.changed(row), form.status, why_form=form)


@SEE
def download(request: HttpRequest, code: str, form: str) -> HttpResponseBase:
    """The items of a list, a draft included, as CSV or XLSX."""
    row = _get(request, code)
    write = csv_response if form == "csv" else xlsx_response
    return write(
        f"{row.code}-v{row.version}", ("序号", *tables.HEAD), tables.cells_of(row.items.select_related("matter"))
    )


@SEE
def template(request: HttpRequest) -> HttpResponse:
    """An empty file with the right head, to be filled in."""
    return xlsx_response("list-items", tables.HEAD, [])


urlpatterns = [
    path("lists/", lists, name="lists"),
    path("lists/new/", new_list, name="list_new"),
    path("lists/template.xlsx", template, name="list_template"),
    path("lists/<str:code>/", one_list, name="list"),
    path("lists/<str:code>/edit/", edit, name="list_edit"),
    path("lists/<str:code>/add/", add, name="list_add"),
    path("lists/<str:code>/drop/<int:number>/", drop, name="list_drop"),
    path("lists/<str:code>/import/", load, name="list_import"),
    path("lists/<str:code>/publish/", publish, name="list_publish"),
    path("lists/<str:code>/end/", end, name="list_end"),
    path("lists/<str:code>/items.csv", download, {"form": "csv"}, name="list_csv"),
    path("lists/<str:code>/items.xlsx", download, {"form": "xlsx"}, name="list_xlsx"),
]
