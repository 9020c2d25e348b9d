"""Matters as services (事项): the list, the questions of each, and whether answers fit the questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from linli.areas.appeals.models import Appeal
from linli.areas.mandates.models import Matter
from linli.commons.models import Place
from linli.kit.scope import under
from linli.methods.classify import OWNERS, default_catalogue

MOST = {"string": 120, "text": 1000}
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Question:
    """An attribute of a service (补充字段), as the standard describes it."""

    code: str
    datatype: str
    required: bool
    hint: str
    description: str
    values: tuple[tuple[str, str], ...] = ()

    def as_attribute(self, order: int) -> dict[str, Any]:
        """The attribute as it goes over the wire."""
        shown: dict[str, Any] = {
            "variable": True,
            "code": self.code,
            "datatype": self.datatype,
            "required": self.required,
            "datatype_description": self.hint,
            "order": order,
            "description": self.description,
        }
        if self.values:
            shown["values"] = [{"key": key, "name": name} for key, name in self.values]
        return shown

    def fault(self, given: list[str]) -> str:
        """What is wrong with what was given, or ""."""
        name = f"attribute[{self.code}]"
        if not given:
            return _("%(name)s 必填：%(words)s") % {"name": name, "words": self.description} if self.required else ""
        if len(given) > 1:
            return _("%(name)s 只能填一个值。") % {"name": name}
        if self.values and given[0] not in dict(self.values):
            listed = "、".join(key for key, _name in self.values[:10]) + ("…" if len(self.values) > 10 else "")
            return _("%(name)s 的值不在列表中，请从 %(listed)s 中选。") % {"name": name, "listed": listed}
        most = MOST.get(self.datatype, 0)
        if most and len(given[0]) > most:
            return _("%(name)s 请在 %(most)d 字以内。") % {"name": name, "most": most}
        return ""


def questions(matter: Matter, county: Place) -> tuple[Question, ...]:
    """What intake would like to know, and for safety hazards must know, besides the standard's own fields (补充字段)."""
    rows = Place.objects.filter(under("code", county.code), level=Place.Level.COMMUNITY).values_list("code", "name")
    asked = [
        Question(
            "place",
            "singlevaluelist",
            False,
            "12 位区划代码",
            "发生在哪个社区（村）；不填则按地址查找",
            tuple(rows) or ((county.code, county.name),),
        ),
        Question("spot", "string", False, "120 字以内", "具体位置，如楼栋、路口"),
        Question(
            "kind",
            "singlevaluelist",
            False,
            "诉求类型",
            "属于哪一类；不填则由系统建议、人工确认",
            tuple(Appeal.Kind.choices),
        ),
    ]
    if matter.safety:
        asked.append(
            Question(
                "danger",
                "singlevaluelist",
                True,
                "yes 或 no",
                "现在有没有人受伤或处境危险",
                ((YES, "有"), (NO, "没有")),
            )
        )
    return tuple(asked)


def service(matter: Matter) -> dict[str, Any]:
    """A matter as a service."""
    known = default_catalogue().matters.get(matter.code)
    words = [matter.class_name, *(known.strong[:8] if known else ())]
    owner = OWNERS.get(matter.owner, "")
    return {
        "service_code": matter.code,
        "service_name": matter.name,
        "description": f"{matter.class_name}：{matter.name}" + (f"。通常由{owner}办理。" if owner else "。"),
        "metadata": True,
        "type": "realtime",
        "keywords": ", ".join(words),
        "group": matter.class_name,
    }


def definition(matter: Matter, county: Place) -> dict[str, Any]:
    """A matter with its questions."""
    asked = questions(matter, county)
    return {
        "service_code": matter.code,
        "attributes": [question.as_attribute(order) for order, question in enumerate(asked, 1)],
    }
