"""Duty stories: a committee tells what it has, a county publishes what it owes, and the board says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.areas.mandates import actions as mandates
from linli.kit import trail
from linli.kit.errors import RuleBroken
from tests.areas.duties.test_board import line, sign_in, text_of
from tests.cast import Town


def enter(client: Client, measure: str, value: str) -> Any:
    form = {
        "place": "",
        "measure": measure,
        "value": value,
        "as_of": timezone.localdate().isoformat(),
        "source": "名册",
    }
    return client.post("/work/facts/new/", form, follow=True)


def test_one_worker_short_in_hubei_and_no_standard_in_hunan(hubei: Town, hunan: Town, client: Client) -> None:
    """HB 14, HN 17(2): the same 21 workers; one draft says how many there must be, the other does not."""
    for town in (hubei, hunan):
        sign_in(client, town.committee)
        assert enter(client, "residents", "12050").status_code == 200
        assert enter(client, "workers", "21").status_code == 200
        sign_in(client, town.lead)
        said = text_of(client.get(f"/work/duties/{town.bodies['lead'].code}/staffing/"))
        if town is hubei:
            assert "需 21.69，有 21，缺 1 人 · 第十四条 · 名册" in said
        else:
            assert "草案未给标准" in said and "未达标" not in said
    client.logout()
    assert "缺 1 人" in text_of(client.get(f"/standards/{hubei.community.code}/"))
    sign_in(client, hubei.committee)
    enter(client, "workers", "22")
    sign_in(client, hubei.lead)
    assert "达标 1 个" in text_of(client.get(f"/work/duties/{hubei.bodies['lead'].code}/staffing/"))
    assert list(trail.verify()) == []


def test_to_publish_the_list_is_to_do_the_duty(town: Town) -> None:
    """HB 37(1), HN 7(1): the list is owed until it is out; the publication itself is the evidence."""
    duty = "assisted_list" if town.pack == "hubei" else "assisted_list_published"
    assert line(town, "lead", duty).state == "unmet"
    town.publish("assisted", "协助事项清单", "路灯照明")
    found = line(town, "lead", duty)
    assert found.state == "met" and found.seen.count >= 1


def test_who_is_refused_at_the_gate_has_it_on_the_board(town: Town) -> None:
    """HB 41, HN 12 and 13(2): the gate keeps the task from the grid; the attempt stays with the sender."""
    with pytest.raises(RuleBroken):
        mandates.assign_task(
            by=town.department, to=town.bodies["grid"], title="统计门店", text="请统计", matter=town.matter("路灯照明")
        )
    if town.pack == "hunan":
        found = line(town, "urban_mgmt", "grid_nothing_outside")
        assert (found.state, found.sentence) == ("unmet", "清单外应为 0 件，有 1 件（路灯照明） · 第十三条")
        assert line(town, "housing", "grid_nothing_outside").state == "met"
    else:
        assert line(town, "urban_mgmt", "no_push_down").state == "met", "HB 41 speaks of committees only"
