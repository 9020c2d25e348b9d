"""The staff side of appeals, through its pages: journeys, scope, exports, and every button that is shown."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from PIL import Image
from python_calamine import CalamineWorkbook

from linli.areas.appeals import actions as appeals
from linli.areas.appeals.flow import OPEN, State
from linli.areas.appeals.models import Appeal, Card, ImportRecord, Precedent
from linli.areas.appeals.pages.desk_read import Desk
from linli.areas.appeals.pages.desk_steps import accept
from linli.areas.mandates import actions as mandates
from linli.areas.mandates.models import Assignment, Matter, PurchaseRequest
from linli.commons.actor import RESIDENT, Actor
from linli.commons.models import Place
from linli.commons.settings import set_setting
from linli.kit import trail
from linli.kit.clock import Clock
from linli.kit.errors import WrongState
from tests.cast import Town, fresh

CANARY_NAME, CANARY_PHONE, CANARY_TEXT = "金丝雀某", "10000009999", "楼道第七块砖松了，路灯也不亮"
GATE = {"hubei": "湖北草案第四十一条第一款", "hunan": "湖南草案第十二条第一款"}


def signed_in(who: Actor) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    assert who.user is not None
    client.force_login(who.user)
    return client


def page(who: Actor, path: str, status: int = 200) -> str:
    answer = signed_in(who).get(path)
    assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[:2000])
    return answer.content.decode()


def at(appeal: Appeal, step: str = "") -> str:
    return f"/work/appeals/{appeal.number}/" + (f"{step}/" if step else "")


def send(who: Actor, appeal: Appeal, step: str, status: int = 302, **data: Any) -> str:
    answer = signed_in(who).post(at(appeal, step), data)
    text = answer.content.decode()
    assert answer.status_code == status, (step, answer.status_code, re.sub(r"\s+", " ", text)[:3000])
    return text


def classified(town: Town, matter: str = "路灯照明") -> dict[str, Any]:
    return {"kind": "求助", "matter": town.matter(matter).code, "place": town.community.code}


def hidden(html: str, action: str, nth: int = 0) -> dict[str, Any]:
    """Hidden fields of the nth form that posts to an address."""
    forms = re.findall(r'<form method="post" action="' + re.escape(action) + r'"[^>]*>(.*?)</form>', html, re.S)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', forms[nth]))


def test_an_appeal_is_worked_from_acceptance_to_closing_through_the_pages(town: Town) -> None:
    appeal = town.file().appeal
    shown = page(town.hotline, at(appeal))
    assert "轮到您：受理" in shown and "<mark>" in shown
    form = page(town.hotline, at(appeal, "accept"))
    assert f'value="{town.matter("路灯照明").code}" selected' in form  # the suggestion is preselected
    send(town.hotline, appeal, "accept", **classified(town))
    assert fresh(appeal).state == State.ACCEPTED

    refused = send(
        town.hotline, appeal, "dispatch", 422, to="other", other=town.bodies["committee"].code, reason="图方便"
    )
    assert GATE[town.pack] in refused and "草案模拟" in refused and "图方便" in refused
    assert "城市管理局" in refused and "滨江街道办事处" in refused and at(appeal, "purchase") in refused
    assert fresh(appeal).state == State.ACCEPTED
    owner = hidden(refused, at(appeal, "dispatch"))
    assert owner["other"] == town.bodies["urban_mgmt"].code and owner["reason"] == "图方便"
    with undone():
        street = hidden(refused, at(appeal, "dispatch"), 1)
        send(town.hotline, appeal, "dispatch", **street)
        assert fresh(appeal).handler == town.bodies["street"]
    with undone():
        prefilled = page(town.hotline, at(appeal, "purchase"))
        assert appeal.number in prefilled
        send(town.hotline, appeal, "purchase", title="路灯维修", need="社区没有能力", amount="3000")
        assert PurchaseRequest.objects.get().subject == appeal.trail_key

    send(town.hotline, appeal, "dispatch", **owner)
    assert fresh(appeal).handler == town.bodies["urban_mgmt"]
    send(town.department, appeal, "object", reason="属于住建局的职责", names=town.bodies["housing"].code)
    assert "认为应由住房和城乡建设局办理" in page(town.hotline, at(appeal, "rule"))
    send(town.hotline, appeal, "rule", uphold="yes", ruling="物业设施由住建局管", to=town.bodies["housing"].code)
    assert fresh(appeal).handler == town.bodies["housing"] and Precedent.objects.get().body == town.bodies["housing"]

    send(town.housing, appeal, "answer", text="已派人更换灯泡，今晚恢复照明。")
    no: dict[str, Any] = {"how": "phone", "reached": "yes", "solved": "no", "rating": "2", "note": "还是不亮"}
    assert "岗位不能“回访”" in send(town.housing, appeal, "callback", 403, **no)
    send(town.hotline, appeal, "callback", **no)
    assert (fresh(appeal).state, fresh(appeal).hops) == (State.HANDLING, 3)
    send(town.housing, appeal, "answer", text="重新接线，已恢复照明，请再看看。")
    send(town.hotline, appeal, "callback", how="visit", reached="yes", solved="yes", rating="5", note="亮了")
    closed = fresh(appeal)
    assert (closed.state, closed.solved, closed.rating) == (State.CLOSED, True, 5)
    told = page(town.hotline, at(appeal))
    for word in ("清单外拦截", "裁定：异议成立", "重新办理", "居民说解决了", "满意度 5 分"):
        assert word in told, word
    assert list(trail.verify()) == []


class undone:
    """A stretch of the story that is tried and taken back."""

    def __enter__(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            transaction.set_rollback(True)
        self.atomic.__exit__(*error)


def test_one_key_accepts_the_first_suggestion(town: Town) -> None:
    appeal = town.accepted()
    shown = page(town.hotline, at(appeal))
    assert "按建议分派" in shown and "职责单位是城市管理局" in shown
    send(town.hotline, appeal, "dispatch", **hidden(shown, at(appeal, "dispatch")))
    assert fresh(appeal).handler == town.bodies["urban_mgmt"]


def test_an_assisted_task_needs_its_role_where_the_draft_says_so(town: Town) -> None:
    town.publish("assisted", "协助政府工作事项清单", "路灯照明")
    appeal = town.accepted()
    to: dict[str, Any] = {"to": "other", "other": town.bodies["committee"].code}
    if town.pack == "hunan":
        assert "六种" in send(town.hotline, appeal, "dispatch", 422, **to)
    send(
        town.hotline,
        appeal,
        "dispatch",
        **to,
        role="contact",
        guidance="城管局李工",
        conditions="配一部车",
        funds="500",
    )
    lead = fresh(appeal).lead()
    assert lead is not None and (lead.ground.kind, lead.role, lead.funds) == ("list", "contact", Decimal(500))
    send(town.committee, appeal, "escalate", reason="没有登高车，社区办不了")
    assert fresh(appeal).handler == town.bodies["street"]


@pytest.mark.parametrize("step", ["transfer", "helper", "rule"])
def test_the_gate_stands_on_the_indirect_ways_too_and_its_ends_work_there(town: Town, step: str) -> None:
    appeal = town.handling()
    if step == "rule":
        appeals.object_appeal(by=town.department, appeal=appeal, reason="不是本单位职责")
    data = {
        "to": "other",
        "other": town.bodies["committee"].code,
        "reason": "让社区去",
        "uphold": "yes",
        "ruling": "让社区去办",
    }
    refused = send(town.hotline, appeal, step, 422, **data)
    assert GATE[town.pack] in refused and "仍由城市管理局办理" in refused
    street = hidden(refused, at(appeal, step))
    assert street["other"] == town.bodies["street"].code
    send(town.hotline, appeal, step, **street)
    assert town.bodies["street"] in fresh(appeal).concerned.all()


def test_a_ground_is_chosen_by_hand(town: Town) -> None:
    order = mandates.open_ground(
        by=town.lead, place=town.county, kind="emergency_order", ref="江岭县防汛 1 号令",
        valid_to=timezone.now() + timedelta(days=3),
    )  # fmt: skip
    appeal = town.accepted()
    assert "江岭县防汛 1 号令" in page(town.hotline, at(appeal, "dispatch"))
    send(
        town.hotline, appeal, "dispatch", to="other", other=town.bodies["committee"].code, ground=str(order.pk),
        role="organise",
    )  # fmt: skip
    lead = fresh(appeal).lead()
    assert lead is not None and lead.ground == order


def test_who_comes_second_is_told_what_happened_and_loses_nothing(town: Town) -> None:
    appeal = town.accepted()
    seen = hidden(page(town.hotline, at(appeal)), at(appeal, "dispatch"))
    send(town.street_desk, appeal, "dispatch", to="other", other=town.bodies["housing"].code, reason="先派")
    late = send(town.hotline, appeal, "dispatch", 409, **seen, reason="这些话不能丢")
    assert "已有变化" in late and "滨江街道办事处 陈涛：分派给住房和城乡建设局" in late and "这些话不能丢" in late
    assert fresh(appeal).handler == town.bodies["housing"]


def test_a_transfer_from_an_older_view_is_stopped(town: Town) -> None:
    appeal = town.handling()
    old = re.search(r'name="seen" value="([^"]+)"', page(town.hotline, at(appeal, "transfer")))
    assert old is not None
    send(town.street_desk, appeal, "transfer", to="other", other=town.bodies["housing"].code, reason="住建局管")
    send(
        town.hotline,
        appeal,
        "transfer",
        409,
        seen=old[1],
        to="other",
        other=town.bodies["street"].code,
        reason="街道管",
    )
    assert fresh(appeal).handler == town.bodies["housing"]


def test_classification_falls_with_an_acceptance_that_comes_too_late(town: Town) -> None:
    appeal = town.accepted()
    desk = Desk(town.hotline, appeal)
    before = trail.Entry.objects.count()
    other = Matter.objects.exclude(pk=town.matter("路灯照明").pk)[0]
    late = {"matter": other, "kind": "投诉", "place": town.sibling, "place_text": "", "danger": True, "brief": ""}
    with pytest.raises(WrongState):
        accept(desk, late)
    kept = fresh(appeal)
    assert (kept.matter, kept.kind, kept.place) == (town.matter("路灯照明"), "求助", town.community)
    assert trail.Entry.objects.count() == before


def test_a_place_is_found_by_a_part_of_its_name(town: Town) -> None:
    appeal = town.file().appeal
    data = classified(town) | {"place": "柳岸"}
    send(town.hotline, appeal, "accept", **data)
    assert fresh(appeal).place == town.sibling
    other = town.file().appeal
    many = send(town.hotline, other, "accept", 422, **(data | {"place": "滨江"}))
    assert "请写全一些" in many and "滨江街道（" in many
    none = send(town.hotline, other, "accept", 422, **(data | {"place": "月球"}))
    assert "没有找到“月球”" in none


def test_extensions_orders_questions_and_helpers_work_through_the_pages(town: Town) -> None:
    set_setting(by=town.lead, place=town.county, key="appeals.handle", value={"amount": 5, "unit": "working_days"})
    appeal = town.handling()
    shown = page(town.department, at(appeal))
    assert "还有 5 个工作日" in shown and "应于" in shown
    send(town.department, appeal, "extend", amount="3", reason="要等配件")
    assert "要等配件" in page(town.hotline, at(appeal, "grant"))
    send(town.hotline, appeal, "grant", grant="yes", decision="同意")
    assert "还有 8 个工作日" in page(town.department, at(appeal))
    send(town.supervisor, appeal, "order", text="请三日内办结")
    send(town.department, appeal, "reply", reply="配件已到，明天装")
    send(town.department, appeal, "ask", question="是哪一根灯杆？")
    assert fresh(appeal).waiting and "正在等居民补充" in page(town.hotline, at(appeal))
    send(town.hotline, appeal, "helper", to="other", other=town.bodies["housing"].code, reason="协助查线路")
    told = page(town.hotline, at(appeal))
    for word in ("批准延期", "请三日内办结", "配件已到", "是哪一根灯杆", "住房和城乡建设局"):
        assert word in told, word


PAYLOAD: dict[str, dict[str, Any]] = {
    "brief": {"brief": "三栋楼下公共照明故障，请检修。"},
    "decline": {"reason": "属于法院管辖，请向法院反映"},
    "escalate": {"reason": "社区没有能力"},
    "object": {"reason": "不属于本单位职责"},
    "extend": {"amount": "1", "reason": "等配件"},
    "grant": {"grant": "no", "decision": "理由不足"},
    "contact": {"how": "phone"},
    "forget": {"shown": "paper"},
    "ask": {"question": "是哪一栋？"},
    "answer": {"text": "已办结，详见现场照片和说明。"},
    "callback": {"how": "phone", "reached": "no", "note": ""},
    "order": {"text": "请尽快办理"},
    "reply": {"reply": "正在办理"},
    "purchase": {"title": "清运", "need": "没有能力", "amount": "100"},
    "reveal": {"reason": "电话回访"},
}


def payload(town: Town, step: str, appeal: Appeal) -> dict[str, Any]:
    """What a sensible person fills in."""
    if step in ("accept", "classify"):
        return classified(town)
    if step in ("dispatch", "transfer", "helper"):
        # another than the holder
        name = "urban_mgmt" if appeal.handler != town.bodies["urban_mgmt"] else "housing"
        return {"to": "other", "other": town.bodies[name].code, "reason": "职责单位"}
    if step == "rule":
        return {"uphold": "no", "ruling": "仍由原单位办理"}
    return PAYLOAD[step]


def shapes(town: Town) -> dict[str, Appeal]:
    """Appeals in every state and in the situations that open further steps."""
    set_setting(by=town.lead, place=town.county, key="appeals.handle", value={"amount": 5, "unit": "working_days"})
    made = {"received": town.file(name=CANARY_NAME, contact=CANARY_PHONE).appeal, "accepted": town.accepted()}
    made["handling"] = town.handling()
    made["ordered"] = town.handling()
    appeals.order_appeal(by=town.supervisor, appeal=made["ordered"], text="请尽快")
    made["asked"] = town.handling()
    appeals.ask_extension(by=town.department, appeal=made["asked"], amount=1, reason="等配件")
    made["waiting"] = town.handling()
    appeals.ask_resident(by=town.department, appeal=made["waiting"], question="哪一栋？")
    made["objected"] = town.handling()
    appeals.object_appeal(by=town.department, appeal=made["objected"], reason="不是本单位职责")
    made["answered"] = town.answered()
    made["closed"] = town.answered()
    appeals.call_back(by=town.hotline, appeal=made["closed"], how="phone", reached=True, solved=True, rating=4)
    made["declined"] = town.file().appeal
    appeals.decline_appeal(by=town.hotline, appeal=made["declined"], reason="请向法院起诉解决")
    town.publish("assisted", "协助政府工作事项清单", "路灯照明")
    made["committee"] = town.accepted()
    appeals.dispatch_appeal(
        by=town.hotline, appeal=made["committee"], to=town.bodies["committee"], reason="联系居民", role="contact"
    )
    return {name: fresh(appeal) for name, appeal in made.items()}


def test_every_step_shown_leads_to_an_action_that_works(town: Town) -> None:
    walked: set[str] = set()
    made = shapes(town)
    for name in ("hotline", "street_desk", "department", "committee", "supervisor", "lead", "province", "grid_worker"):
        who = town.cast[name]
        for situation, appeal in made.items():
            answer = signed_in(who).get(at(appeal))
            assert answer.status_code in (200, 404), (name, situation)
            if answer.status_code == 404:
                continue
            links = set(re.findall(re.escape(at(appeal)) + r"([a-z]+)/\"", answer.content.decode()))
            for step in links - {"photo"}:
                walked.add(step)
                where = (name, situation, step)
                assert signed_in(who).get(at(appeal, step)).status_code == 200, where
                with undone():
                    done = signed_in(who).post(at(appeal, step), payload(town, step, appeal))
                    text = re.sub(r"\s+", " ", done.content.decode())[:2500]
                    assert done.status_code == (200 if step == "reveal" else 302), (where, done.status_code, text)
    every = set(PAYLOAD) | {"accept", "dispatch", "transfer", "helper", "rule", "classify"}
    assert walked == every, every ^ walked


def test_steps_not_shown_are_refused(town: Town) -> None:
    made = shapes(town)
    page(town.province, at(made["accepted"], "dispatch"), 403)
    send(town.province, made["accepted"], "dispatch", 403, **payload(town, "dispatch", made["accepted"]))
    send(town.hotline, made["handling"], "answer", 403, **PAYLOAD["answer"])  # no holder
    gone = signed_in(town.hotline).get(at(made["handling"], "dispatch"), follow=True)
    assert "现在不能“分派”" in gone.content.decode()
    page(town.hotline, at(made["handling"], "nonsense"), 404)


def test_an_empty_form_says_what_is_missing(town: Town) -> None:
    made = shapes(town)
    for who, shape, step, word in (
        (town.hotline, "received", "decline", "请写明理由"),
        (town.hotline, "received", "accept", "请选择事项"),
        (town.hotline, "accepted", "dispatch", "请选择交给哪个单位"),
        (town.department, "handling", "answer", "请写答复"),
        (town.hotline, "answered", "callback", "请选择是否联系上"),
        (town.hotline, "objected", "rule", "请写明裁定理由"),
        (town.hotline, "received", "reveal", "请写明原因"),
    ):
        assert word in send(who, made[shape], step, 422), step
    bad: dict[str, Any] = {"to": "other", "other": "不存在", "funds": "很多"}
    assert "请填数字" in send(town.hotline, made["accepted"], "dispatch", 422, **bad)


def test_others_find_nothing(town: Town) -> None:
    appeal = town.handling(name=CANARY_NAME, contact=CANARY_PHONE)
    for who in (town.neighbour, town.outsider, town.housing, town.grid_worker, town.firm):
        for step in ("", "answer", "dispatch", "receipt"):
            answer = signed_in(who).get(at(appeal, step))
            assert answer.status_code == 404, (who.label, step)
        assert appeal.number not in page(who, "/work/appeals/")
        assert signed_in(who).post(at(appeal, "answer"), PAYLOAD["answer"]).status_code == 404
    assert Client().get(at(appeal)).status_code == 302


def to_firm(town: Town) -> Appeal:
    """An appeal that the property firm handles."""
    appeal = town.file(CANARY_TEXT, name=CANARY_NAME, contact=CANARY_PHONE, place_text="金丝雀楼 9 单元").appeal
    data = classified(town) | {"brief": "小区公共区域照明需要检修。请三日内处理。"}
    send(town.hotline, appeal, "accept", **data)
    send(town.hotline, appeal, "dispatch", to="other", other=town.bodies["property"].code, reason=f"{CANARY_NAME}催过")
    return fresh(appeal)


def test_a_firm_reads_the_brief_and_nothing_of_the_resident(town: Town) -> None:
    appeal = to_firm(town)
    appeals.ask_resident(by=town.firm, appeal=appeal, question="请问是哪一盏灯？")
    appeals.add_information(by=RESIDENT, appeal=fresh(appeal), text=f"我是{CANARY_NAME}，住金丝雀楼")
    seen = [
        page(town.firm, path)
        for path in ("/work/", "/work/appeals/", at(appeal), at(appeal, "answer"), at(appeal, "object"))
    ]
    exported = signed_in(town.firm).get("/work/appeals/export/csv/")
    seen.append(b"".join(exported.streaming_content).decode())  # type: ignore[attr-defined]
    for text in seen:
        assert "小区公共区域照明需要检修" in text
        for canary in (CANARY_NAME, CANARY_PHONE, "金丝雀", "第七块砖", CANARY_PHONE[:3] + "***"):
            assert canary not in text, canary
    assert appeal.number not in page(town.firm, "/work/appeals/?q=第七块砖")
    page(town.firm, at(appeal, "reveal"), 404)
    send(town.firm, appeal, "reveal", 404, reason="想知道")
    send(town.firm, appeal, "answer", text="照明已检修，恢复正常使用。")


def test_a_firm_reads_nothing_that_others_wrote_to_the_resident(town: Town) -> None:
    appeal = town.file(CANARY_TEXT).appeal
    send(town.hotline, appeal, "accept", **classified(town), brief="公共照明检修。")
    send(town.hotline, appeal, "dispatch", to="other", other=town.bodies["urban_mgmt"].code)
    send(town.department, appeal, "ask", question=f"{CANARY_NAME}您好，是哪一盏？")
    send(town.department, appeal, "answer", text=f"{CANARY_NAME}家门前的灯已经查看。")
    send(town.hotline, appeal, "callback", how="phone", reached="yes", solved="no", note=f"{CANARY_NAME}说没修")
    send(
        town.hotline,
        appeal,
        "transfer",
        to="other",
        other=town.bodies["property"].code,
        reason=f"{CANARY_NAME}所住小区",
    )
    assert CANARY_NAME in page(town.hotline, at(appeal))
    for step in ("", "answer"):
        assert CANARY_NAME not in page(town.firm, at(appeal, step))


def test_a_firm_needs_a_brief_first(town: Town) -> None:
    appeal = town.accepted()
    firm: dict[str, Any] = {"to": "other", "other": town.bodies["property"].code}
    told = send(town.hotline, appeal, "dispatch", 422, **firm)
    assert "请先写好摘要" in told and at(appeal, "classify") in told
    send(town.hotline, appeal, "classify", **classified(town), brief="公共照明检修。")
    send(town.hotline, appeal, "dispatch", **firm)


def test_a_refused_transfer_to_a_firm_leads_to_the_page_where_the_brief_can_be_written(town: Town) -> None:
    appeal = town.handling()
    property_firm = town.bodies["property"].code
    refused = send(town.hotline, appeal, "transfer", 422, to="other", other=property_firm, reason="物业维修")
    assert at(appeal, "brief") in refused and at(appeal, "classify") not in refused
    page(town.hotline, at(appeal, "brief"))


def test_funds_for_a_helping_body_are_kept(town: Town) -> None:
    appeal = town.handling()
    send(
        town.hotline, appeal, "helper", to="other", other=town.bodies["housing"].code, reason="请提供图纸", funds="300"
    )
    assert Assignment.objects.get(subject=appeal.trail_key, lead=False).funds == Decimal("300")


@pytest.mark.parametrize("step", ["accept", "decline", "order"])
def test_a_step_is_asked_for_also_where_nothing_was_suggested(hubei: Town, step: str) -> None:
    appeal = hubei.file("请看一看这件事。").appeal
    assert "spans" not in appeal.suggestion
    assert "请看一看这件事。" in page(hubei.hotline, at(appeal, step))


def test_the_reporter_is_masked_until_a_reason_is_given(town: Town) -> None:
    appeal = town.handling(name=CANARY_NAME, contact=CANARY_PHONE)
    for who in (town.hotline, town.department):
        shown = page(who, at(appeal))
        assert CANARY_NAME not in shown and CANARY_PHONE not in shown and "金***" in shown
    answer = signed_in(town.hotline).post(at(appeal, "reveal"), {"reason": "约上门时间"})
    text = answer.content.decode()
    assert CANARY_NAME in text and CANARY_PHONE in text and "no-store" in answer.headers["Cache-Control"]
    assert CANARY_PHONE not in page(town.hotline, at(appeal))
    entry = trail.Entry.objects.get(verb="appeals.identity_viewed")
    assert entry.note == "约上门时间" and "约上门时间" in page(town.hotline, at(appeal))
    page(town.supervisor, at(appeal, "reveal"), 404)


def test_photos_need_the_right_to_see_the_appeal(town: Town) -> None:
    raw = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(raw, "PNG")
    appeal = town.handling(photos=((raw.getvalue(), "image/png", "灯.png"),))
    shown = page(town.department, at(appeal))
    found = re.search(re.escape(at(appeal)) + r"photo/(\w+)/", shown)
    assert found is not None
    path = found[0]
    answer = signed_in(town.department).get(path)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/png"
    for who in (town.neighbour, town.outsider):
        page(who, path, 404)
    page(town.hotline, at(town.file().appeal) + f"photo/{found[1]}/", 404)


def test_similar_open_appeals_are_linked(town: Town) -> None:
    first = town.file("滨江社区 3 栋楼下路灯坏了，晚上很黑。").appeal
    second = town.file("滨江社区 3 栋楼下路灯坏了几天，晚上太黑。").appeal
    assert at(first) in page(town.hotline, at(second))


def test_the_list_narrows_by_every_filter(town: Town) -> None:
    lamp = town.handling()
    danger = town.file("滨江社区燃气泄漏，味道很大，危险！", channel="phone").appeal
    assert danger.danger
    late = town.accepted()
    Clock.objects.filter(subject=late.trail_key, name="dispatch").update(due_at=timezone.now() - timedelta(days=3))

    def numbers(query: str) -> set[str]:
        text = page(town.hotline, f"/work/appeals/?{query}")
        return {row.number for row in (lamp, danger, late) if at(row) in text}

    every = {lamp.number, danger.number, late.number}
    assert numbers("") == every
    assert numbers("state=handling") == {lamp.number}
    assert numbers("state=open") == every
    assert numbers("danger=on") == {danger.number}
    assert numbers("overdue=1") == {late.number}
    assert numbers("channel=phone") == {danger.number}
    assert numbers("kind=求助") >= {lamp.number, late.number}
    assert numbers(f"matter_class={town.matter('路灯照明').class_code}") >= {lamp.number, late.number}
    assert numbers(f"place={town.sibling.code}") == set()
    assert numbers("q=燃气") == {danger.number}
    assert numbers(f"q={lamp.number}") == {lamp.number}
    assert numbers(f"holder={town.bodies['urban_mgmt'].code}") == {lamp.number}
    assert numbers("state=nonsense&older=x&newer=%F0%9F%98%80") == every
    assert "没有符合条件的诉求" in page(town.hotline, "/work/appeals/?q=没有这个词")
    assert "已超期 " in page(town.hotline, "/work/appeals/?overdue=1")


def test_pages_follow_one_another_by_key(hubei: Town) -> None:
    made = [hubei.file(f"第{n}件：路灯坏了").appeal for n in range(30)]
    client = signed_in(hubei.hotline)
    first = client.get("/work/appeals/").content.decode()
    assert all(at(row) in first for row in made[5:]) and not any(at(row) in first for row in made[:5])
    older = re.search(r'href="([^"]+older=[^"]+)"', first)
    assert older is not None
    second = client.get(older[1].replace("&amp;", "&")).content.decode()
    assert all(at(row) in second for row in made[:5]) and not any(at(row) in second for row in made[5:])
    newer = re.search(r'href="([^"]+newer=[^"]+)"', second)
    assert newer is not None
    assert at(made[29]) in client.get(newer[1].replace("&amp;", "&")).content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/work/appeals/",
        "/work/appeals/?overdue=1&danger=1&state=open",
        "/work/hot/",
        "/work/supervision/",
        "/work/imports/",
    ],
)
def test_lists_ask_the_database_little(hubei: Town, django_assert_max_num_queries: Any, path: str) -> None:
    for n in range(12):
        hubei.file(f"第{n}件：路灯坏了")
    client = signed_in(hubei.hotline)
    client.get(path)  # the first page of a session notes where it began, and fills the memory of names, once
    with django_assert_max_num_queries(8 if path == "/work/appeals/" else 10):
        assert client.get(path).status_code == 200


def test_the_filter_offers_what_there_is_now_in_the_language_of_whoever_asks(hubei: Town) -> None:
    client = signed_in(hubei.hotline)
    assert "新设社区" not in client.get("/work/appeals/").content.decode()
    Place.objects.create(code=f"{hubei.street.code}099", name="新设社区", level="community")
    page = client.get("/work/appeals/").content.decode()
    assert "新设社区" in page and "只看超期" in page
    client.cookies["django_language"] = "en"
    assert "只看超期" not in client.get("/work/appeals/").content.decode()
    client.cookies["django_language"] = "zh-hans"
    chosen = client.get("/work/appeals/?kind=投诉&state=open").content.decode()
    assert re.search(r'<option value="投诉" selected', chosen) and re.search(r'<option value="open" selected', chosen)


def test_exports_hold_visible_rows_only_and_no_formula(town: Town) -> None:
    mine = town.file("=HYPERLINK(1)路灯坏了", name=CANARY_NAME, contact=CANARY_PHONE).appeal
    hidden_one = appeals.file_appeal(by=town.resident, place=town.sibling, text="柳岸的事").appeal
    answer = signed_in(town.committee).get("/work/appeals/export/csv/")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert mine.number in text and hidden_one.number not in text
    assert "'=HYPERLINK" in text and ",=HYPERLINK" not in text
    assert CANARY_NAME not in text and CANARY_PHONE not in text
    book = signed_in(town.hotline).get("/work/appeals/export/xlsx/?q=HYPERLINK")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2 and rows[1][0] == mine.number and str(rows[1][1]).startswith("'=HYPERLINK")
    page(town.auditor, "/work/appeals/export/csv/", 404)


def counter(town: Town, **more: Any) -> dict[str, Any]:
    return {
        "channel": "counter", "text": "滨江社区 3 栋路灯坏了", "place": town.community.code, "name": CANARY_NAME,
        "contact": CANARY_PHONE, "once": "a" * 32, **more,
    }  # fmt: skip


def test_a_counter_entry_gets_the_same_number_and_clock_and_a_receipt(town: Town) -> None:
    client = signed_in(town.committee)
    assert "滨江社区（" in client.get("/work/appeals/new/").content.decode()
    done = client.post("/work/appeals/new/", counter(town))
    appeal = Appeal.objects.get()
    assert done.status_code == 302 and done["Location"] == at(appeal, "receipt")
    assert (appeal.channel, appeal.filed_for, appeal.reporter_name) == ("counter", True, CANARY_NAME)
    assert set(Clock.objects.filter(subject=appeal.trail_key).values_list("name", flat=True)) == {"case", "accept"}
    receipt = client.get(done["Location"]).content.decode()
    code = re.search(r"<dd class=\"number\">([A-Z2-9]{10})</dd>", receipt)
    assert code is not None and appeal.opens_with(code[1]) and "<svg" in receipt
    for paper in ("", "?paper=80"):
        printed = client.get(at(appeal, "receipt") + f"print/{paper}").content.decode()
        assert code[1] in printed and appeal.number in printed and ("slip.css" in printed) == bool(paper)
    page(town.hotline, at(appeal, "receipt"), 404)  # the code is known to whoever entered it, for an hour
    again = client.post("/work/appeals/new/", counter(town))
    assert again["Location"] == done["Location"] and Appeal.objects.count() == 1  # a double click files once


def test_a_grid_worker_hands_out_the_receipt_of_an_appeal_that_others_handle(town: Town) -> None:
    client = signed_in(town.grid_worker)
    done = client.post("/work/appeals/new/", counter(town, place=town.grid.code))
    appeal = Appeal.objects.get()
    shown = client.get(done["Location"])
    assert shown.status_code == 200 and appeal.number in shown.content.decode()
    assert f'href="{at(appeal)}"' not in shown.content.decode()
    outside_area = client.post("/work/appeals/new/", counter(town, place=town.sibling.code, once="b" * 32))
    assert outside_area.status_code == 422 and Appeal.objects.count() == 1


def test_the_receipt_is_printed_first(hubei: Town) -> None:
    client = signed_in(hubei.committee)
    sent = client.post("/work/appeals/new/", counter(hubei), follow=True).content.decode()
    assert re.findall(r'<a class="btn[^"]*" href="[^"]*/receipt/print/">', sent) == [
        f'<a class="btn btn-main" href="{at(Appeal.objects.get(), "receipt")}print/">'
    ]


def test_a_counter_entry_that_is_wrong_keeps_what_was_typed(town: Town) -> None:
    client = signed_in(town.hotline)
    answer = client.post("/work/appeals/new/", counter(town, text="", place="滨江"))
    text = answer.content.decode()
    assert answer.status_code == 422 and "请写一写反映的事" in text and CANARY_NAME in text and "请写全一些" in text
    bad = client.post("/work/appeals/new/", counter(town, photos=SimpleUploadedFile("x.png", b"not a picture")))
    assert bad.status_code == 422 and "打不开或已损坏" in bad.content.decode()
    assert not Appeal.objects.exists()


def test_supervision_shows_cards_overdue_and_orders(town: Town) -> None:
    set_setting(by=town.lead, place=town.county, key="appeals.handle", value={"amount": 5, "unit": "working_days"})
    appeal = town.handling()
    Clock.objects.filter(subject=appeal.trail_key, name="handle").update(due_at=timezone.now() - timedelta(days=4))
    appeals.card_due()
    appeals.order_appeal(by=town.supervisor, appeal=fresh(appeal), text="请今天办结")
    assert Card.objects.get().level == "red"
    shown = page(town.supervisor, "/work/supervision/")
    for word in ("1 个环节已超期", "红牌", "城市管理局", "请今天办结", at(appeal)):
        assert word in shown, word
    link = re.search(r'href="(/work/appeals/\?overdue=1[^"]*)"', shown)
    assert link is not None
    assert at(appeal) in page(town.supervisor, link[1].replace("&amp;", "&"))
    assert at(appeal) in page(town.supervisor, "/work/supervision/?level=red")
    assert "没有未了结的牌" in page(town.supervisor, "/work/supervision/?level=yellow")
    text = b"".join(signed_in(town.supervisor).get("/work/supervision/export/csv/").streaming_content).decode()  # type: ignore[attr-defined]
    assert appeal.number in text and "红牌" in text
    assert signed_in(town.supervisor).get("/work/supervision/export/xlsx/?level=red").status_code == 200
    page(town.department, "/work/supervision/", 404)
    told = page(town.department, at(appeal))
    assert "红牌" in told and "已超期" in told


def test_imports_are_listed_for_those_who_may_import(town: Town) -> None:
    assert "还没有导入过" in page(town.hotline, "/work/imports/")
    ImportRecord.objects.create(
        code="R1", county=town.county, source="旧热线", filename="九月.xlsx", sha256="0" * 64, kind="open", total=10,
        created=4, started_by="user:1",
    )  # fmt: skip
    shown = page(town.hotline, "/work/imports/")
    assert "九月.xlsx" in shown and "4 / 10" in shown and "未完成" in shown
    page(town.street_desk, "/work/imports/", 404)


def test_open_states_all_have_a_sentence(town: Town) -> None:
    made = shapes(town)
    for appeal in made.values():
        text = page(town.hotline, at(appeal))
        sentence = re.search(r'class="status[^"]*">.*?<p>([^<]+)</p>', text, re.S)
        assert sentence is not None and len(sentence[1]) >= 4
    assert {appeal.state for appeal in made.values()} >= set(OPEN)
