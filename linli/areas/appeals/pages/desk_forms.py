"""Forms of the desk (办理表单): what each step asks, with its own words for what is missing."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linli.areas.appeals import queries
from linli.areas.appeals.models import Appeal, CallBack, Erasure
from linli.areas.appeals.pages.desk_fields import (
    DeskForm,
    PlaceField,
    choices_of,
    choose,
    county_bodies,
    line,
    pick_one,
    place_option,
    places_under,
    select,
    words,
)
from linli.areas.appeals.pages.photos import PICTURES, PhotosField
from linli.areas.mandates import queries as mandates
from linli.areas.mandates.models import Bearer, Ground, Matter, Role
from linli.commons.models import Body, Place
from linli.commons.settings import limit_of
from linli.kit.forms import Form, TextField


class ClassifyForm(DeskForm):
    """Type, matter and place, as suggested (确认分类), HN 12 分类处置."""

    kind = select(lazy("类型"), required=True, missing=lazy("请选择诉求类型。"))
    matter = select(lazy("事项"), required=True, missing=lazy("请选择事项。"))
    place = PlaceField(label=lazy("发生地"), help_text=lazy("输入名称的一部分即可，列表里会给出全名。"))
    place_text = line(lazy("具体位置"), most=120, hint=lazy("楼栋、路口等，方便办理单位找到。"))
    danger = forms.BooleanField(label=lazy("危及人身或财产安全，按紧急办理"), required=False)
    brief = TextField(
        label=lazy("转办摘要"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("要交给物业、水电气等企业时填写：他们只看得到这一段。不写姓名、电话、门牌和居民原话。"),
    )

    def prepare(self) -> None:
        appeal, said = self.desk.appeal, self.desk.advice
        best = [] if appeal.confirmed else said.get("matters", [])[:3]
        top = {row["code"] for row in best}
        groups: list[Any] = [("", _("请选择"))]
        if best:
            groups.append((_("系统建议"), [(row["code"], row["name"]) for row in best]))
        for name, matters in queries.matters_by_class(self.desk.who):
            groups.append((name, [(one.code, one.name) for one in matters if one.code not in top]))
        choose(self, "matter", groups)
        choose(self, "kind", [("", _("请选择")), *Appeal.Kind.choices])
        field = self.fields["place"]
        assert isinstance(field, PlaceField)
        field.places = places_under(appeal.county_id)
        place = appeal.place_id if appeal.confirmed else said.get("place") or appeal.place_id
        self.first |= {
            "kind": appeal.kind or said.get("kind", ""),
            "matter": appeal.matter_id or said.get("matter", ""),
            "place": next((place_option(code, name) for code, name in field.places if code == place), ""),
            "place_text": appeal.place_text or said.get("place_detail", ""),
            "danger": appeal.danger,
            "brief": appeal.brief,
        }

    def clean_matter(self) -> Matter:
        return Matter.objects.get(code=self.cleaned_data["matter"])

    @property
    def places(self) -> list[str]:
        field = self.fields["place"]
        assert isinstance(field, PlaceField)
        return [place_option(code, name) for code, name in field.places]


class BriefForm(DeskForm):
    """The words that a firm reads."""

    brief = TextField(
        label=lazy("转办摘要"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=lazy("物业、水电气等企业只看得到这一段。不写姓名、电话、门牌和居民原话。"),
        error_messages={"required": lazy("请写转办摘要。")},
    )

    def prepare(self) -> None:
        self.first["brief"] = self.desk.appeal.brief


class ToForm(DeskForm):
    """To which body, on which ground (分派): suggested owners first, any other body of the county below."""

    to = pick_one(lazy("交给哪个单位"), lazy("请选择交给哪个单位。"))
    other = select(lazy("其他单位"), hint=lazy("上面没有合适的单位时，在这里选择。"))
    reason = TextField(
        label=lazy("理由"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": lazy("请写明理由。")},
    )  # fmt: skip
    ground = select(
        lazy("派单依据"), hint=lazy("不选时，系统按事项自动查找清单和准入。应急命令等不对应具体事项的，请在这里选择。")
    )
    role = select(lazy("协助方式"))
    guidance = line(lazy("业务指导"), most=200, hint=lazy("谁来教、怎么联系。"))
    conditions = line(lazy("工作条件和保障"), most=200, hint=lazy("人、财、物。"))
    funds = forms.DecimalField(
        label=lazy("经费（元）"), required=False, min_value=0, max_digits=12, decimal_places=2,
        error_messages={"invalid": lazy("请填数字，例如 500。")},
    )  # fmt: skip

    BURDEN = ("ground", "role", "guidance", "conditions", "funds")

    def prepare(self) -> None:
        appeal, who = self.desk.appeal, self.desk.who
        holder = self.desk.lead.body_id if self.desk.lead else ""
        owners = [owner for owner in queries.owners_of(who, appeal) if owner.body.code != holder]
        best = ""
        options = []
        for owner in owners:
            label = f"{owner.body.name}：{owner.why}"
            if owner.body.bearer != Bearer.AGENCY:
                grounds = mandates.grounds_for(
                    who, bearer=owner.body.bearer, place=owner.body.place_id, matter=appeal.matter
                )
                label += (
                    _("（依据 %(ground)s）") % {"ground": grounds[0]} if grounds else _("（没有派单依据，会被拦截）")
                )
                best = best or (owner.body.code if grounds else "")
            else:
                best = best or owner.body.code
            options.append((owner.body.code, label))
        choose(self, "to", [*options, ("other", _("其他单位（在下面选择）"))])
        choose(self, "other", county_bodies(appeal.county_id))
        choose(self, "role", [("", _("不是协助事项")), *Role.choices])
        named = [
            (str(row.pk), f"{Bearer(row.bearer).label}：{row}")
            for bearer in (Bearer.COMMITTEE, Bearer.GRID)
            for row in mandates.choosable_grounds(who, bearer=bearer, place=appeal.place_id)[:100]
        ]
        choose(self, "ground", [("", _("由系统查找")), *named])
        self.first.setdefault("to", best or "other")

    @property
    def best(self) -> str:
        """Name of the first suggestion that would pass, for the button that accepts it at once."""
        choices = choices_of(self, "to")
        return next((str(label) for code, label in choices if code == self.initial.get("to") != "other"), "")

    @property
    def burden(self) -> list[forms.BoundField]:
        """Fields that matter only for committees and grids."""
        return [self[name] for name in self.BURDEN if name in self.fields]

    @property
    def burden_open(self) -> bool:
        """Whether one of them was filled in, is wrong, or is what the refusal asks for."""
        asked = self.refusal is not None and self.refusal.code == "role_missing"
        return asked or any(field.errors or field.data for field in self.burden)

    @property
    def plain(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.BURDEN]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        code = data.get("other") if data.get("to") == "other" else data.get("to")
        if data.get("to") == "other" and not code and "other" not in self.errors:
            self.add_error("other", _("请选择其他单位。"))
        data["body"] = Body.objects.filter(code=code, ended_on=None).first() if code else None
        if code and data["body"] is None:
            self.add_error("to", _("这个单位已撤销，请选择现有单位。"))
        data["basis"] = Ground.objects.filter(pk=data["ground"]).first() if data.get("ground") else None
        return data


class MoveForm(ToForm):
    """As dispatch, with a reason that must be given (改派、协办)."""

    def prepare(self) -> None:
        super().prepare()
        self.fields["reason"].required = True


class RuleForm(ToForm):
    """A ruling (裁定): it fails, or another body is named at once."""

    uphold = pick_one(
        lazy("裁定"),
        lazy("请选择异议是否成立。"),
        [("no", lazy("不成立，由原单位继续办理")), ("yes", lazy("成立，改派给下面的单位"))],
    )
    ruling = words(
        lazy("裁定理由"), lazy("请写明裁定理由。"), hint=lazy("裁定会成为本县同类事项的先例，请写明依据的职责或清单。")
    )
    field_order = ("uphold", "ruling", "to", "other")

    def prepare(self) -> None:
        objection = self.desk.objection
        if objection is not None and objection.names_id:
            self.first["to"] = objection.names_id
        super().prepare()
        if objection is not None and objection.names is not None:
            choices = choices_of(self, "to")
            if all(code != objection.names_id for code, _label in choices):
                named = _("%(body)s：异议单位认为应由其办理") % {"body": objection.names.name}
                choose(self, "to", [(objection.names_id, named), *choices])
        for name in ("reason", "guidance", "conditions", "funds"):
            del self.fields[name]
        self.fields["to"].required = False
        self.fields["to"].label = _("异议成立时，交给哪个单位")

    def clean(self) -> dict[str, Any]:
        if self.data.get("uphold") == "no":
            self.cleaned_data |= {"to": "", "other": ""}
            self.errors.pop("to", None)
            self.errors.pop("other", None)
        return super().clean()


class DeclineForm(DeskForm):
    reason = words(
        lazy("不予受理的理由"), lazy("请写明理由。"), hint=lazy("居民会读到。请说清为什么，并告诉居民应向哪里反映。")
    )


class EscalateForm(DeskForm):
    reason = words(
        lazy("为什么难以承担"), lazy("请写明为什么难以承担。"), hint=lazy("街道（乡镇）会看到，并重新开始计时。")
    )


class ObjectForm(DeskForm):
    reason = words(lazy("异议理由"), lazy("请写明异议理由。"), hint=lazy("写明依据的清单、职责规定；裁定前暂停计时。"))
    names = select(lazy("认为应由哪个单位办理"), hint=lazy("知道就选，不知道可以不选。"))

    def prepare(self) -> None:
        choose(self, "names", county_bodies(self.desk.appeal.county_id))

    def clean_names(self) -> Body | None:
        return Body.objects.filter(code=self.cleaned_data["names"]).first()


class ExtendForm(DeskForm):
    amount = forms.IntegerField(
        label=lazy("延长"), min_value=1, max_value=1000,
        error_messages={"required": lazy("请填延长多少。"), "invalid": lazy("请填整数。")},
    )  # fmt: skip
    reason = words(lazy("理由"), lazy("请写明为什么需要延期。"))

    def prepare(self) -> None:
        clock = self.desk.clocks.get("handle")
        unit = str(clock.get_unit_display()) if clock else ""
        most = limit_of("appeals.extension_max", self.desk.appeal.place_id)
        self.fields["amount"].label = _("延长多少%(unit)s") % {"unit": unit.removeprefix("个")}
        if most.amount is not None:
            self.fields["amount"].help_text = _("一次最多 %(most)s，由别的单位审批。") % {"most": most}


class GrantForm(DeskForm):
    grant = pick_one(lazy("审批"), lazy("请选择是否批准。"), [("yes", lazy("批准")), ("no", lazy("不批准"))])
    decision = words(lazy("审批意见"), lazy("请写明审批意见。"))


class AskForm(DeskForm):
    question = words(
        lazy("需要居民补充什么"), lazy("请写明需要补充什么。"), hint=lazy("居民补充之前，办理时限暂停。一次问清楚。")
    )


class AnswerForm(DeskForm):
    text = words(
        lazy("答复内容"),
        lazy("请写答复。"),
        most=4000,
        rows=8,
        hint=lazy("说清楚查了什么、办了什么、结果如何、还有问题找谁。"),
    )


WAYS = [one for one in CallBack.How.choices if one[0] != "web"]


class ContactForm(DeskForm):
    how = pick_one(lazy("怎么联系的"), lazy("请选择联系方式。"), WAYS, initial="phone")


class CallBackForm(DeskForm):
    how = pick_one(lazy("方式"), lazy("请选择回访方式。"), WAYS, initial="phone")
    reached = pick_one(
        lazy("联系上了吗"), lazy("请选择是否联系上。"), [("yes", lazy("联系上了")), ("no", lazy("没有联系上"))]
    )
    solved = pick_one(
        lazy("居民说问题解决了吗"), "", [("yes", lazy("解决了")), ("no", lazy("没有解决，重新办理"))], required=False
    )
    rating = select(lazy("满意度"))
    note = line(lazy("居民原话"), most=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def prepare(self) -> None:
        labels = (_("很不满意"), _("不满意"), _("一般"), _("满意"), _("很满意"))
        choose(self, "rating", [("", _("没有说")), *((str(n), f"{n} · {label}") for n, label in enumerate(labels, 1))])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reached") == "yes" and not data.get("solved") and "solved" not in self.errors:
            self.add_error("solved", _("联系上了，请问清楚：问题解决了吗？"))
        return data


class OrderForm(DeskForm):
    text = words(lazy("督办要求"), lazy("请写明督办要求。"), hint=lazy("主办单位会收到，须反馈。"))


class ReplyForm(DeskForm):
    reply = words(lazy("反馈"), lazy("请写明反馈。"), hint=lazy("回应最早一件未反馈的督办。"))


class RevealForm(DeskForm):
    reason = words(
        lazy("为什么要看"),
        lazy("请写明原因。"),
        most=200,
        rows=2,
        hint=lazy("反映人会看到谁在什么时候因为什么看了他的信息。"),
    )


class EraseForm(DeskForm):
    shown = pick_one(
        lazy("怎样核对是本人"),
        lazy("请选择怎样核对是本人。"),
        [(value, label) for value, label in Erasure.Shown.choices if value != Erasure.Shown.CODE],
    )


class PurchaseForm(DeskForm):
    title = TextField(
        label=lazy("需要购买的服务"), max_length=80, error_messages={"required": lazy("请填写需要购买的服务。")}
    )
    need = words(lazy("理由"), lazy("请写明理由。"))
    amount = forms.DecimalField(
        label=lazy("估算金额（元）"), min_value=1, max_value=10**9, decimal_places=2,
        error_messages={"required": lazy("请填估算金额。"), "invalid": lazy("请填数字，例如 3000。")},
    )  # fmt: skip

    def prepare(self) -> None:
        appeal = self.desk.appeal
        matter = appeal.matter.name if appeal.matter else _("诉求事项")
        self.first |= {
            "title": _("%(matter)s服务") % {"matter": matter},
            "need": _("诉求 %(number)s 的事项不在清单内，不能交给社区承担，申请由第三方提供服务。")
            % {"number": appeal.number},
        }


class CounterForm(Form):
    """An appeal taken down for somebody at the counter or on the telephone (代录), HN 14."""

    channel = pick_one(
        lazy("怎么来的"),
        lazy("请选择窗口或电话。"),
        [("counter", lazy("窗口来人")), ("phone", lazy("电话"))],
        initial="counter",
    )
    text = words(
        lazy("反映什么"),
        lazy("请写一写反映的事。"),
        most=5000,
        rows=6,
        hint=lazy("尽量用居民自己的话，写清地点、时间、情况。"),
    )
    place = PlaceField(label=lazy("发生地"), help_text=lazy("输入社区（村）名称的一部分即可。"))
    place_text = line(lazy("具体位置"), most=120)
    name = line(lazy("怎么称呼"), most=40, hint=lazy("加密保存，办理单位看不到全名。"))
    contact = line(lazy("联系电话"), most=60, hint=lazy("只用于联系和回访；不留也可以凭编号和查询码查进度。"))
    anonymous = forms.BooleanField(label=lazy("不愿留姓名（匿名）"), required=False)
    photos = PhotosField(accept=f"{PICTURES},.pdf")
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, home: Place, **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["place"]
        assert isinstance(field, PlaceField)
        field.places = places_under(home.code)
        self.places = [place_option(code, name) for code, name in field.places]
        self.initial["once"] = secrets.token_hex(16)
        if home.level in (Place.Level.COMMUNITY, Place.Level.GRID):
            self.initial["place"] = place_option(home.code, home.name)
