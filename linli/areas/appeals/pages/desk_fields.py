"""Fields of the desk's forms (表单栏目): words, choices, places typed or chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals.pages.desk_read import Desk
from linli.commons.models import Body, Place
from linli.kit import reference
from linli.kit.forms import Form, Select, TextField
from linli.kit.scope import under

YES_NO = {"yes": True, "no": False}


def words(label: Any, missing: Any, *, most: int = 1000, hint: Any = "", rows: int = 4) -> TextField:
    """A paragraph that must be written."""
    area = forms.Textarea(attrs={"rows": rows})
    return TextField(label=label, help_text=hint, max_length=most, widget=area, error_messages={"required": missing})


def line(label: Any, *, most: int, hint: Any = "", **more: Any) -> TextField:
    """A line that may stay empty."""
    return TextField(label=label, required=False, max_length=most, help_text=hint, **more)


def pick_one(label: Any, missing: Any, choices: Any = (), **more: Any) -> forms.ChoiceField:
    """Radio buttons."""
    messages = {"required": missing, "invalid_choice": lazy("请从列出的选项中选一个。")}
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, error_messages=messages, **more)


def select(label: Any, *, required: bool = False, missing: Any = "", hint: Any = "") -> forms.ChoiceField:
    """A select whose choices come when the form is made."""
    messages = {"required": missing or lazy("请选择。"), "invalid_choice": lazy("这一项已不能选，请重新选择。")}
    return forms.ChoiceField(label=label, required=required, help_text=hint, error_messages=messages, widget=Select)


class PlaceField(TextField):
    """A place typed or chosen (地点): the browser offers the names; a part of the name is enough when it fits one only."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("error_messages", {"required": lazy("请选择发生地，可以输入社区名称的一部分。")})
        super().__init__(max_length=80, widget=forms.TextInput(attrs={"list": "places", "autocomplete": "off"}), **more)
        self.places: list[tuple[str, str]] = []

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        code = find_place(typed, self.places)
        return Place.objects.get(code=code)


def find_place(typed: str, places: list[tuple[str, str]]) -> str:
    """Code of the place meant. Raises: ValidationError when none or several fit."""
    exact = [code for code, name in places if typed in (code, name, place_option(code, name))]
    found = exact or [code for code, name in places if typed in name]
    if len(found) == 1:
        return found[0]
    if not found:
        raise forms.ValidationError(_("没有找到“%(typed)s”，请从列表中选择。") % {"typed": typed[:30]})
    names = "、".join(place_option(code, dict(places)[code]) for code in found[:5])
    raise forms.ValidationError(_("有 %(n)s 处符合：%(names)s。请写全一些。") % {"n": len(found), "names": names})


def place_option(code: str, name: str) -> str:
    """A place as it is offered: name, and the code that tells twins apart."""
    return f"{name}（{code}）"


def places_under(code: str, *, grids: bool = True) -> list[tuple[str, str]]:
    """Places to choose from: of a county all, above it only the counties."""
    return list(reference.kept(("places under", code, grids), lambda: _places_under(code, grids)))


def _places_under(code: str, grids: bool) -> tuple[tuple[str, str], ...]:
    rows = Place.objects.filter(under("code", code))
    if len(code) < 6:
        rows = rows.filter(level=Place.Level.COUNTY)
    elif not grids:
        rows = rows.exclude(level__in=(Place.Level.GRID, Place.Level.ESTATE))
    return tuple(rows.values_list("code", "name"))


class DeskForm(Form):
    """A form about one appeal before one post."""

    def __init__(self, *args: Any, desk: Desk, **more: Any) -> None:
        self.first: dict[str, Any] = {}
        super().__init__(*args, **more)
        self.desk = desk
        self.prepare()
        self.initial = {**self.first, **self.initial}

    def prepare(self) -> None:
        """Fill choices and first values from the appeal."""


def choose(form: forms.Form, name: str, choices: Iterable[Any]) -> None:
    """Set the choices of one field."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def county_bodies(county: str) -> list[Any]:
    """Bodies of a county for a select, grouped by kind."""
    groups: dict[str, list[tuple[str, str]]] = {kind: [] for kind in Body.Kind.values}
    rows = Body.objects.filter(under("place_id", county), ended_on=None).values_list("kind", "code", "name")
    for kind, code, name in rows:
        groups[kind].append((code, name))
    named = [(Body.Kind(kind).label, found) for kind, found in groups.items() if found]
    return [("", _("请选择")), *named]


def choices_of(form: forms.Form, name: str) -> list[Any]:
    """The choices of one field."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    return list(cast("Iterable[Any]", field.choices))
