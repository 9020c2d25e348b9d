"""Registers (台账): one declaration gives list, filters, form, export and import of a table. See docs/add-a-register.md.

A register writes through actions only; what it shows is what its `rows` hands out for the actor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from linli.kit.errors import BadInput, NotVisible, Refusal
from linli.kit.export import FORMULA, csv_response, xlsx_response
from linli.kit.forms import Form
from linli.kit.tables import BadCell, Cell, Table, as_text, read_table
from linli.kit.text import clean_text

PAGE = 30
MOST_ROWS = 2000
MOST_ERRORS = 20
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Column:
    """A column (列): its title, an attribute of the row or a function that gives the value.

    `tight` keeps it on one line. `in_files` leaves it out on the page, where another column says the same in words.
    """

    label: str
    value: str | Callable[[Any], Any]
    num: bool = False
    tight: bool = False
    in_files: bool = False

    def of(self, row: Any) -> Any:
        """The value; a choice in words, a method called."""
        if callable(self.value):
            return self.value(row)
        shown = getattr(row, f"get_{self.value}_display", None) or getattr(row, self.value)
        return shown() if callable(shown) else shown


class ImportForm(Form):
    """A table to import (导入)."""

    file = forms.FileField(
        label="表格文件",
        help_text="Excel（.xlsx）或 CSV。表头要与模板相同，有一行不对就全部不导入。",
        error_messages={"required": "请选择要导入的表格。", "empty": "这是空文件，请重新选择。"},
    )


@dataclass(frozen=True, kw_only=True)
class Register:
    """One table as people keep it (台账).

    Args:
        name: of the addresses (`name`, `name_new`, `name_change`, `name_end`, `name_import`). title: of the list.
        noun, measure: 机构, 个: for sentences such as 共 3 个机构. model: its table.
        rows: actor → the rows the actor may see. columns: of list and export. key: a unique field of the rows; newest
        first is by its falling order. search: look-ups of the search box. filters: a django-filter FilterSet.
        form: fields of a new row, whose labels are the titles of an import. change_form: of a change; default `form`.
        create, change, end: actions, called with `by`, the row (not for create) and the form's fields.
        end_label, end_text: the word on the button that ends a row, and what follows from it, said before it is pressed.
        url: row → its own page. empty: what to do when there is nothing yet. nav: (label, url) links beside the heading.
        power: shows the buttons that write; what really counts is the power of the action.
    """

    name: str
    title: str
    noun: str
    measure: str
    model: type[models.Model]
    rows: Callable[[Any], models.QuerySet[Any]]
    columns: tuple[Column, ...]
    key: str = "pk"
    search: tuple[str, ...] = ()
    filters: type[django_filters.FilterSet] | None = None
    form: type[Form] | None = None
    change_form: type[Form] | None = None
    create: Callable[..., Any] | None = None
    change: Callable[..., Any] | None = None
    end: Callable[..., Any] | None = None
    end_label: str = "停用"
    end_text: str = ""
    url: Callable[[Any], str] | None = None
    empty: str = ""
    nav: tuple[tuple[str, str], ...] = ()
    power: str = ""

    def urls(
        self, prefix: str, guard: Callable[[View], View], write: Callable[[View], View] | None = None
    ) -> list[URLPattern]:
        """Addresses of the register under `prefix` (`bodies/`), each behind the guard that checks who comes.

        Args:
            guard: for the list. write: for the pages that change something; default: the same guard.
        """
        write = write or guard
        found = [path(prefix, guard(self.list_page), name=self.name)]
        if self.create and self.form:
            found.append(path(f"{prefix}new/", write(self.new_page), name=f"{self.name}_new"))
            found.append(path(f"{prefix}import/", write(self.import_page), name=f"{self.name}_import"))
        if self.change:
            found.append(path(f"{prefix}<str:key>/change/", write(self.change_page), name=f"{self.name}_change"))
        if self.end:
            found.append(path(f"{prefix}<str:key>/end/", write(self.end_page), name=f"{self.name}_end"))
        return found

    def address(self, request: HttpRequest, page: str = "", *args: Any) -> str:
        """Address of one of the register's pages, in the name space that the request came through."""
        space = request.resolver_match.namespace if request.resolver_match else ""
        return reverse(f"{space}:{self.name}{page}" if space else f"{self.name}{page}", args=args)

    def list_page(self, request: HttpRequest) -> HttpResponseBase:
        """Filters, table, pages; `as=csv`, `as=xlsx` hand out what is filtered, `as=template` the empty import table."""
        form_as = request.GET.get("as", "")
        if form_as == "template" and self.form:
            return xlsx_response(_("%(noun)s导入模板") % {"noun": self.noun}, self._titles(), [])
        by = request.actor  # type: ignore[attr-defined]
        rows = whole = self.rows(by)
        q = str(clean_text(request.GET.get("q", "")))[:60]
        for word in q.split():
            rows = rows.filter(Q(*((f"{look}__icontains", word) for look in self.search), _connector=Q.OR))
        picked = self.filters(request.GET, queryset=rows) if self.filters else None
        if picked is not None:
            rows = picked.qs if picked.is_valid() else rows
        if form_as in ("csv", "xlsx"):
            header = [column.label for column in self.columns]
            lines = ([column.of(row) for column in self.columns] for row in rows.order_by(f"-{self.key}").iterator())
            return (csv_response if form_as == "csv" else xlsx_response)(self.title, header, lines)
        shown, newer, older = self._page(request, rows)
        active = sum(bool(request.GET.get(name)) for name in picked.form.fields) if picked is not None else 0
        query = request.GET.copy()
        for name in ("as", "after", "before"):
            query.pop(name, None)
        may_write = not self.power or self.power in by.powers
        may_add = self.create and self.form and may_write
        ends = self.end is not None and self.url is None and may_write  # a page of its own holds the button itself
        context = {
            "register": self,
            "count": rows.count(),
            "any": whole.exists(),
            "columns": [{"label": column.label, "num": column.num} for column in self.columns if not column.in_files]
            + ([{"label": _("操作")}] if ends else []),
            "rows": [{"id": row.pk, "cells": self._cells(request, row, ends)} for row in shown],
            "q": q,
            "filter_form": picked.form if picked is not None else None,
            "active": active,
            "here": self.address(request),
            "new_url": self.address(request, "_new") if may_add else "",
            "import_url": self.address(request, "_import") if may_add else "",
            "query": query.urlencode(),
            "newer_url": newer,
            "older_url": older,
        }
        return render(request, "kit/register_list.html", context)

    def new_page(self, request: HttpRequest) -> HttpResponseBase:
        """The form of a new row."""
        assert self.form is not None and self.create is not None
        form = self.form(request.POST if request.method == "POST" else None)
        return self._form_page(request, form, _("新增%(noun)s") % {"noun": self.noun}, self._create(request))

    def change_page(self, request: HttpRequest, key: str) -> HttpResponseBase:
        """The form of a row that exists."""
        row = self._row(request, key)
        kind = self.change_form or self.form
        assert kind is not None and self.change is not None
        initial = {name: getattr(row, name, None) for name in kind.base_fields}
        form = kind(request.POST if request.method == "POST" else None, initial=initial)
        change = self.change
        by = request.actor  # type: ignore[attr-defined]
        title = _("修改：%(row)s") % {"row": row}
        return self._form_page(request, form, title, lambda data: change(by=by, row=row, **data))

    def end_page(self, request: HttpRequest, key: str) -> HttpResponseBase:
        """Asks once, and ends a row."""
        row = self._row(request, key)
        assert self.end is not None
        end, by = self.end, request.actor  # type: ignore[attr-defined]
        title = _("%(what)s：%(row)s") % {"what": self.end_label, "row": row}
        form = Form(request.POST if request.method == "POST" else None)
        return self._form_page(
            request, form, title, lambda data: end(by=by, row=row), danger=self.end_label, text=self.end_text
        )

    def import_page(self, request: HttpRequest) -> HttpResponseBase:
        """Takes a table whole or not at all, and says row by row what is wrong."""
        form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
        faults: list[str] = []
        if request.method == "POST" and form.is_valid():
            try:
                done = self.take(request, read_table(form.cleaned_data["file"].read()), faults)
            except Refusal as refusal:
                form.add_error("file", refusal.message)
            else:
                if not faults:
                    said = _("已导入 %(n)s %(measure)s%(noun)s。")
                    messages.success(request, said % {"n": done, "measure": self.measure, "noun": self.noun})
                    return redirect(self.address(request))
        here = self.address(request)
        context = {"register": self, "form": form, "faults": faults[:MOST_ERRORS], "more": len(faults) - MOST_ERRORS}
        context |= {"here": here, "titles": self._titles(), "crumbs": self._crumbs(request, _("导入"))}
        return render(request, "kit/register_import.html", context, status=422 if form.errors or faults else 200)

    def take(self, request: HttpRequest, table: Table, faults: list[str]) -> int:
        """Create a row for each line of a table, in one transaction; any fault takes all of it back.

        Args: faults, filled with one sentence for each thing that is wrong.
        Raises: BadInput when a column is missing or unknown, or there are too many rows.
        """
        assert self.form is not None
        names = {str(field.label): name for name, field in self.form.base_fields.items()}
        needed = {str(field.label) for field in self.form.base_fields.values() if field.required}
        if len(set(table.header)) != len(table.header):
            raise BadInput(_("表头有重复的列。请下载模板，按模板填写。"), code="import_header")
        if missing := sorted(needed - set(table.header)):
            raise BadInput(_("缺少这些列：%s。请下载模板，按模板填写。") % "、".join(missing), code="import_header")
        if unknown := [title for title in table.header if title not in names]:
            raise BadInput(_("不认识这些列：%s。请删去或改成模板里的列名。") % "、".join(unknown), code="import_header")
        if len(table.rows) > MOST_ROWS:
            raise BadInput(_("一次最多导入 %s 行，请拆成几个文件。") % MOST_ROWS, code="import_long")
        create = self._create(request)
        with transaction.atomic():
            for row in table.rows:
                try:
                    cells = [_cell(cell) for cell in row.cells]
                except BadCell as error:
                    faults.append(_("第 %(line)s 行：%(what)s。") % {"line": row.line, "what": error})
                    continue
                form = self.form(_keyed(self.form, {names[t]: c for t, c in zip(table.header, cells, strict=False)}))
                form.attempt(create)
                for name, errors in form.errors.items():
                    label = f"{form.fields[name].label}：" if name in form.fields else ""
                    said = "".join(str(error) for error in errors)
                    faults.append(_("第 %(line)s 行，%(what)s") % {"line": row.line, "what": label + said})
            if faults:
                transaction.set_rollback(True)
        return len(table.rows)

    def _create(self, request: HttpRequest) -> Callable[[dict[str, Any]], Any]:
        create, by = self.create, request.actor  # type: ignore[attr-defined]
        assert create is not None
        return lambda data: create(by=by, **data)

    def _titles(self) -> list[str]:
        assert self.form is not None
        return [str(field.label) for field in self.form.base_fields.values()]

    def _crumbs(self, request: HttpRequest, last: str) -> list[dict[str, str]]:
        return [{"label": self.title, "url": self.address(request)}, {"label": last}]

    def _row(self, request: HttpRequest, key: str) -> Any:
        try:
            row = self.rows(request.actor).filter(**{self.key: key}).first()  # type: ignore[attr-defined]
        except (ValueError, ValidationError):
            row = None
        if row is None:
            raise NotVisible()
        return row

    def _form_page(
        self,
        request: HttpRequest,
        form: Form,
        title: str,
        run: Callable[[dict[str, Any]], Any],
        danger: str = "",
        text: str = "",
    ) -> HttpResponseBase:
        if request.method == "POST" and form.attempt(lambda data: (run(data), True)) is not None:
            messages.success(request, _("已%(what)s。") % {"what": danger} if danger else _("已保存。"))
            return redirect(self.address(request))
        context = {
            "register": self,
            "form": form,
            "title": title,
            "danger": danger,
            "text": text,
            "here": self.address(request),
        }
        context["crumbs"] = self._crumbs(request, title)
        return render(request, "kit/register_form.html", context, status=form.status)

    def _cells(self, request: HttpRequest, row: Any, ends: bool) -> list[dict[str, Any]]:
        cells: list[dict[str, Any]] = [
            {"label": c.label, "text": "" if (v := c.of(row)) is None else v, "num": c.num, "tight": c.tight}
            for c in self.columns
            if not c.in_files
        ]
        if self.url:
            cells[0]["url"] = self.url(row)
        elif self.change:
            cells[0]["url"] = self.address(request, "_change", getattr(row, self.key))
        if ends:
            cells.append(
                {
                    "label": _("操作"),
                    "text": self.end_label,
                    "url": self.address(request, "_end", getattr(row, self.key)),
                }
            )
        return cells

    def _page(self, request: HttpRequest, rows: models.QuerySet[Any]) -> tuple[list[Any], str, str]:
        """One page by key, newest first, and the addresses of the pages before and after it."""
        after, before = self._mark(request, "after"), self._mark(request, "before")
        if before is not None:
            shown = list(rows.filter(**{f"{self.key}__gt": before}).order_by(self.key)[: PAGE + 1])
            newer, older = len(shown) > PAGE, True
            shown = shown[:PAGE][::-1]
        else:
            below = rows if after is None else rows.filter(**{f"{self.key}__lt": after})
            shown = list(below.order_by(f"-{self.key}")[: PAGE + 1])
            newer, older = after is not None, len(shown) > PAGE
            shown = shown[:PAGE]

        def link(name: str, row: Any) -> str:
            query = request.GET.copy()
            for old in ("after", "before"):
                query.pop(old, None)
            query[name] = str(getattr(row, self.key))
            return f"?{query.urlencode()}"

        if not shown:
            return [], "", ""
        return shown, link("before", shown[0]) if newer else "", link("after", shown[-1]) if older else ""

    def _mark(self, request: HttpRequest, name: str) -> Any:
        """Where a page begins; what is no value of the key counts as not given."""
        given = request.GET.get(name)
        if not given:
            return None
        field: Any = self.model._meta.pk if self.key == "pk" else self.model._meta.get_field(self.key)
        try:
            return field.to_python(given)
        except (ValidationError, OverflowError):
            return None


def _cell(cell: Cell) -> str:
    """A cell as a form takes it: a date without its midnight, a text without the apostrophe of our own export."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    text = as_text(cell)
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def _keyed(form: type[Form], data: dict[str, str]) -> dict[str, str]:
    """Values of choices may be written in words; the form knows their keys."""
    for name, value in data.items():
        choices = getattr(form.base_fields[name], "choices", ())
        named = {str(label): key for key, label in choices}
        data[name] = str(named.get(value, value))
    return data
