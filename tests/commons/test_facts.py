"""The register of facts: rows are added and never changed, the latest day wins, and a bad table is refused row by row."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from linli.commons import facts
from linli.commons.facts import enter_fact, facts_at, read_value
from linli.commons.models import Fact, Place
from linli.kit.errors import BadInput, NotAllowed
from linli.kit.trail import Entry
from tests.cast import Town

HEAD = "地方,指标,值,截至日期,来源"


def today() -> date:
    return timezone.localdate()


def tell(town: Town, value: facts.Value, measure: str = "workers", days: int = 0, **more: Any) -> Fact:
    told: dict[str, Any] = {"place": town.community, "source": "名册", "as_of": today() - timedelta(days=days)} | more
    return enter_fact(by=town.committee, measure=measure, value=value, **told)


def known(town: Town, on: date | None = None, known_on: date | None = None) -> dict[str, str]:
    found = facts_at(town.community.code, on or today(), known_on=known_on).get(town.community.code, {})
    return {name: facts.value_in_words(row, facts.all_measures().get(name)) for name, row in found.items()}


def sign_in(client: Client, town: Town, who: str = "committee") -> None:
    user = town.cast[who].user
    assert user is not None
    client.force_login(user)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def send(client: Client, raw: bytes, name: str = "facts.csv") -> Any:
    return client.post("/work/facts/import/", {"file": SimpleUploadedFile(name, raw)})


def workbook(*rows: tuple[Any, ...]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD.split(","))
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, cell, book.add_format({"num_format": "yyyy-mm-dd"}))
            else:
                sheet.write(number, column, cell)
    book.close()
    return out.getvalue()


# ---- what is known when


def test_the_latest_day_wins_and_of_one_day_what_was_entered_last(hubei: Town) -> None:
    tell(hubei, Decimal(20), days=10)
    tell(hubei, Decimal(18), days=100)
    assert known(hubei) == {"workers": "20"}, "an older day entered later changes nothing"
    tell(hubei, Decimal(21), days=10)
    assert known(hubei) == {"workers": "21"}
    assert known(hubei, on=today() - timedelta(days=50)) == {"workers": "18"}
    assert known(hubei, on=today() - timedelta(days=200)) == {}
    assert Fact.objects.count() == 3


def test_what_was_known_on_a_day_leaves_out_what_was_entered_after_it(hubei: Town) -> None:
    early = tell(hubei, Decimal(20), days=30)
    Fact.objects.filter(pk=early.pk).update(entered_at=timezone.now() - timedelta(days=30))
    tell(hubei, Decimal(22), days=20)
    assert known(hubei) == {"workers": "22"}
    assert known(hubei, known_on=today() - timedelta(days=5)) == {"workers": "20"}


def test_nothing_known_is_not_nought_and_not_an_empty_list(hubei: Town) -> None:
    tell(hubei, None)
    tell(hubei, Decimal(0), measure="councils")
    tell(hubei, (), measure="subcommittees")
    tell(hubei, Decimal(1), measure="has_spare_venue")
    assert known(hubei) == {
        "workers": "无数据",
        "councils": "0",
        "subcommittees": "一项也没有",
        "has_spare_venue": "是",
    }
    rows = {row.measure: row for row in Fact.objects.all()}
    measures = facts.all_measures()
    assert facts.value_of(rows["workers"], measures["workers"]) is None
    assert facts.value_of(rows["subcommittees"], measures["subcommittees"]) == []
    assert facts.value_of(rows["has_spare_venue"], measures["has_spare_venue"]) is True


def test_the_trail_keeps_who_entered_what_from_where(hubei: Town) -> None:
    tell(hubei, Decimal("1050.5"), measure="area", source="房产证")
    entry = Entry.objects.get(verb="commons.fact_entered")
    assert entry.facts == {"measure": "area", "value": "1050.5", "as_of": today().isoformat()}
    assert (entry.note, entry.place) == ("房产证", hubei.community.code)


def test_the_database_itself_refuses_a_row_with_two_values_or_a_negative_one(hubei: Town) -> None:
    base = {"place": hubei.community, "measure": "workers", "as_of": today(), "source": "名册", "entered_by": "x"}
    for more in ({"number": 1, "items": ["一"]}, {"number": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Fact.objects.create(**base, **more)


# ---- who, and what


def test_a_committee_tells_of_its_own_community_only(hubei: Town) -> None:
    with pytest.raises(NotAllowed):
        tell(hubei, Decimal(3), place=hubei.sibling)
    for who, allowed in (("street_desk", True), ("lead", True), ("department", False), ("auditor", False)):
        attempt = {"by": hubei.cast[who], "place": hubei.sibling, "measure": "workers", "value": Decimal(3)}
        if allowed:
            enter_fact(**attempt, as_of=today(), source="名册")  # type: ignore[arg-type]
        else:
            with pytest.raises(NotAllowed):
                enter_fact(**attempt, as_of=today(), source="名册")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measure", "value", "more", "said"),
    [
        ("gold", Decimal(1), {}, "没有这个指标"),
        ("leaders", Decimal(1), {}, "按县"),
        ("workers", Decimal(-1), {}, "不能是负数"),
        ("workers", Decimal("1.5"), {}, "请填整数"),
        ("workers", Decimal(10) ** 12, {}, "数字过大"),
        ("workers", ("一",), {}, "值填得不对"),
        ("subcommittees", Decimal(4), {}, "值填得不对"),
        ("subcommittees", ("长" * 41,), {}, "每项最多"),
        ("committee_drills", ("2026-02-30",), {}, "请填日期"),
        ("committee_drills", ("2999-01-01",), {}, "将来的日期"),
        ("workers", Decimal(1), {"as_of": date(2999, 1, 1)}, "不能晚于今天"),
        ("workers", Decimal(1), {"source": "  "}, "写明来源"),
        ("workers", Decimal(1), {"source": "长" * 121}, "120 字"),
    ],
)
def test_a_fact_of_the_wrong_shape_is_refused(
    hubei: Town, measure: str, value: facts.Value, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        tell(hubei, value, measure=measure, **more)
    assert not Fact.objects.exists()


@pytest.mark.parametrize(
    ("measure", "text", "value"),
    [
        ("workers", " 21 ", Decimal(21)),
        ("residents", "12,050", Decimal(12050)),
        ("residents", "１２０５０", Decimal(12050)),
        ("area", "1050.5", Decimal("1050.5")),
        ("workers", "无数据", None),
        ("has_spare_venue", "否", Decimal(0)),
        ("subcommittees", "人民调解、治安保卫，人民调解", ("人民调解", "治安保卫")),
        ("subcommittees", "一项也没有", ()),
        ("committee_drills", "2026-01-31；2026-06-30", ("2026-01-31", "2026-06-30")),
    ],
)
def test_values_are_read_as_people_write_them(measure: str, text: str, value: facts.Value) -> None:
    assert read_value(facts.all_measures()[measure], text) == value


@pytest.mark.parametrize("text", ["", "21人", "=A1+1", "-3", "1.23456", "二十一", "1e5", "12,05"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_value(facts.all_measures()["workers"], text)


# ---- pages and tables


def test_a_committee_enters_a_fact_in_the_browser_and_keeps_what_it_typed(hubei: Town, client: Client) -> None:
    sign_in(client, hubei)
    form = {"place": "", "measure": "workers", "value": "二十一", "as_of": today().isoformat(), "source": "名册"}
    answer = client.post("/work/facts/new/", form)
    assert answer.status_code == 422 and "请只填数字" in text_of(answer) and "二十一" in answer.content.decode()
    answer = client.post("/work/facts/new/", form | {"value": "21"}, follow=True)
    assert "滨江社区" in text_of(answer) and "1 条事实" in text_of(answer)
    assert Fact.objects.get().place == hubei.community
    answer = client.post("/work/facts/new/", form | {"value": "21", "place": "柳岸社区"})
    assert answer.status_code == 422 and "您管辖范围内没有“柳岸社区”" in text_of(answer)


def test_a_table_goes_in_from_excel_and_from_gbk(hubei: Town, client: Client) -> None:
    sign_in(client, hubei, "lead")
    rows = workbook(
        ("滨江社区", "常住人口", 12050, date(2024, 5, 31), "年报"),
        (hubei.sibling.code, "社区工作者", 18.0, "2024年5月31日", "名册"),
        (int(hubei.sibling.code), "下属委员会", "人民调解、治安保卫", 45443, "会议记录"),
    )
    answer = send(client, rows, "facts.xlsx")
    assert answer.status_code == 302, text_of(answer)
    raw = f"{HEAD}\n滨江社区,社区工作者,21,2024-05-31,名册\n滨江社区,议事协商会,无数据,2024-5-31,\n"
    answer = send(client, raw.encode("gb18030"))
    assert answer.status_code == 422 and "第 3 行，来源：请写明来源" in text_of(answer)
    assert send(client, raw.replace("5-31,\n", "5-31,口头\n").encode("gb18030")).status_code == 302
    assert known(hubei) == {"residents": "12050", "workers": "21", "councils": "无数据"}
    assert {str(row.as_of) for row in Fact.objects.all()} == {"2024-05-31"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("429999001001000000,社区工作者,21,2024-05-31,名册", "您管辖范围内没有"),
        ("滨江社区,黄金,21,2024-05-31,名册", "没有“黄金”这个指标"),
        ("滨江社区,社区工作者,-21,2024-05-31,名册", "不能是负数"),
        ("滨江社区,社区工作者,=1+1,2024-05-31,名册", "请只填数字"),
        ("滨江社区,社区工作者,#REF!,2024-05-31,名册", "公式结果出错"),
        ("滨江社区,社区工作者,1.23457E+17,2024-05-31,名册", "科学计数法"),
        ("滨江社区,社区工作者,21,31/05/2024,名册", "时间看不懂"),
        ("滨江社区,社区工作者,21,2024-02-30,名册", "没有这一天"),
        ("滨江社区,社区工作者,21,,名册", "哪一天"),
        ("滨江社区,领导干部数,9,2024-05-31,名册", "按县"),
        ("滨江社区,社区工作者,,2024-05-31,名册", "请填写值"),
    ],
)
def test_each_wrong_row_is_named_and_nothing_is_taken(hubei: Town, client: Client, line: str, said: str) -> None:
    sign_in(client, hubei, "lead")
    answer = send(client, f"{HEAD}\n滨江社区,常住人口,12050,2024-05-31,年报\n{line}\n".encode())
    shown = text_of(answer)
    assert answer.status_code == 422 and "第 3 行" in shown and said in shown
    assert not Fact.objects.exists()


def test_a_long_number_that_excel_has_rounded_is_refused(hubei: Town, client: Client) -> None:
    sign_in(client, hubei, "lead")
    answer = send(client, workbook(("滨江社区", "常住人口", 123456789012345678, date(2024, 5, 31), "年报")), "f.xlsx")
    assert answer.status_code == 422 and "近似值" in text_of(answer)


def test_the_template_fits_the_import_and_the_export_tells_all(hubei: Town, client: Client) -> None:
    sign_in(client, hubei)
    tell(hubei, Decimal(21), source="=名册")
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/work/facts/?as=template").content))
    assert book.get_sheet_by_index(0).to_python()[0] == HEAD.split(",")
    answer: Any = client.get("/work/facts/?as=csv")
    rows = b"".join(answer.streaming_content).decode()
    assert f"滨江社区,社区工作者,21,人,{today()},'=名册" in rows


def test_filters_show_what_holds_now_and_what_was_known_on_a_day(hubei: Town, client: Client) -> None:
    sign_in(client, hubei)
    early = tell(hubei, Decimal(20), days=40)
    Fact.objects.filter(pk=early.pk).update(entered_at=timezone.now() - timedelta(days=40))
    tell(hubei, Decimal(22), days=1)
    assert "2 条事实" in text_of(client.get("/work/facts/"))
    latest = text_of(client.get("/work/facts/?shown=latest"))
    assert "1 条事实" in latest and "22" in latest
    before = client.get("/work/facts/", {"known_on": (today() - timedelta(days=10)).isoformat()})
    assert "1 条事实" in text_of(before)
    assert client.get("/work/facts/?known_on=x&measure=nothing").status_code == 200


def test_the_list_of_measures_leads_to_the_articles_that_count_with_them(town: Town, client: Client) -> None:
    sign_in(client, town)
    page = client.get("/work/facts/measures/").content.decode()
    assert ("/law/hubei/art_14/" if town.pack == "hubei" else "/law/hunan/art_17/") in page
    assert "不要填 0" in page


def test_the_register_asks_little_of_the_database(
    hubei: Town, client: Client, django_assert_max_num_queries: Any
) -> None:
    sign_in(client, hubei, "lead")
    for number in range(40):
        tell(hubei, Decimal(number), days=number)
    client.get("/work/facts/")  # the first page of a session notes when it began
    with django_assert_max_num_queries(9):
        client.get("/work/facts/")


def test_two_places_of_one_name_must_be_named_by_code(hubei: Town) -> None:
    Place.objects.create(code=f"{hubei.county.code}002001", name="滨江社区", level="community", kind="urban")
    with pytest.raises(BadInput, match="请改填代码"):
        facts.place_named(hubei.lead, "滨江社区")
    assert facts.place_named(hubei.lead, hubei.community.code) == hubei.community
    assert facts.place_named(hubei.committee, "") == hubei.community
