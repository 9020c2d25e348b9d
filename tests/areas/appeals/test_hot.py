"""What several people reported: one matter at one place is one group, seen as far as a post may see."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.areas.appeals import actions as appeals
from linli.areas.appeals import queries
from linli.areas.appeals.models import Appeal
from tests.areas.appeals.test_desk import at, page, signed_in
from tests.cast import Town, fresh

LAMP = ("翠湖花园路灯坏了，晚上很黑。", "翠湖花园的路灯不亮好几天了。", "翠湖花园门口路灯坏了没人修。")
LIFT = ("翠湖花园电梯又停了。", "翠湖花园电梯故障，老人下不了楼。", "翠湖花园电梯停运三天。")


def filed(town: Town, texts: tuple[str, ...]) -> list[Appeal]:
    """Appeals of the community, one after the other."""
    return [town.file(text).appeal for text in texts]


def groups(town: Town, **more: int) -> list[set[str]]:
    """The numbers of each group that the hotline sees."""
    found, _read = queries.hot(town.hotline, **{"days": 30, "least": 3, **more})
    return [{row.number for row in group.appeals} for group in found]


def numbers(rows: list[Appeal]) -> set[str]:
    return {row.number for row in rows}


def test_one_estate_with_two_matters_is_two_groups(hubei: Town) -> None:
    lamp, lift = filed(hubei, LAMP), filed(hubei, LIFT)
    found = groups(hubei)
    assert len(found) == 2 and numbers(lamp) in found and numbers(lift) in found
    shown = page(hubei.hotline, "/work/hot/")
    assert "看了 6 件，归出 2 组" in shown and "“翠湖花园”“路灯坏了”" in shown and "3 件未办结" in shown
    assert all(at(row) in shown for row in (*lamp, *lift))


def test_one_matter_in_two_communities_is_two_groups(hubei: Town) -> None:
    here = filed(hubei, LAMP)
    there = [
        appeals.file_appeal(by=hubei.hotline, place=hubei.sibling, text=text).appeal
        for text in ("路口的灯坏了，路灯不亮。", "路口的路灯坏了。", "路灯坏了没人修。")
    ]
    unplaced = appeals.file_appeal(by=hubei.hotline, place=hubei.county, text="翠湖花园路灯坏了三天。").appeal
    found = groups(hubei)
    assert numbers([*here, unplaced]) in found and numbers(there) in found and len(found) == 2


def test_too_few_too_old_withdrawn_and_erased_do_not_count(hubei: Town) -> None:
    lamp = filed(hubei, LAMP)
    assert groups(hubei, least=5) == []
    appeals.withdraw_appeal(by=hubei.hotline.lent("appeals.withdraw"), appeal=fresh(lamp[0]))
    assert groups(hubei) == [] and groups(hubei, least=2) == [numbers(lamp[1:])]
    Appeal.everything.filter(pk=lamp[1].pk).update(erased=True)
    assert groups(hubei, least=2) == []
    Appeal.everything.filter(pk__in=[row.pk for row in lamp]).update(
        erased=False, state="received", filed_at=timezone.now() - timedelta(days=40)
    )
    assert groups(hubei) == [] and len(groups(hubei, days=90)) == 1
    assert "近 30 天没有 3 件以上的同一件事" in page(hubei.hotline, "/work/hot/")
    assert "看这 3 件" in page(hubei.hotline, "/work/hot/?days=90")


def test_a_post_sees_only_groups_of_what_it_may_see(hubei: Town) -> None:
    filed(hubei, LAMP)
    assert "看这 3 件" in page(hubei.committee, "/work/hot/")
    assert "看了 0 件诉求" in page(hubei.neighbour, "/work/hot/")
    for who in (hubei.department, hubei.outsider):
        page(who, "/work/hot/", 404)


def test_groups_are_exported_with_one_row_an_appeal(hubei: Town) -> None:
    lamp = filed(hubei, ("翠湖花园路灯坏了，请打 10000000002。", *LAMP[1:]))
    answer = signed_in(hubei.hotline).get("/work/hot/export/csv/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "组,编号,标题,地点,状态,收到时间"
    assert len(lines) == 4 and all(row.number in "".join(lines) for row in lamp) and "10000000002" not in "".join(lines)
    assert signed_in(hubei.hotline).get("/work/hot/export/xlsx/?least=2").status_code == 200


@pytest.mark.parametrize("query", ["days=x&least=", "days=99999999999999999999", "least=0", "days=%F0%9F%98%80"])
def test_what_is_not_offered_is_as_if_nothing_had_been_chosen(hubei: Town, query: str) -> None:
    assert "近 30 天没有 3 件以上的同一件事" in page(hubei.hotline, f"/work/hot/?{query}")


def test_only_the_newest_are_read_and_the_page_says_so(hubei: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    filed(hubei, (*LAMP, *LIFT))
    for module in ("queries.alike", "pages.desk_hot"):
        monkeypatch.setattr(f"linli.areas.appeals.{module}.MOST_HOT", 4)
    shown = page(hubei.hotline, "/work/hot/")
    assert "只看最近 4 件，更早的不在其中。" in shown and "看了 4 件，归出 1 组" in shown
