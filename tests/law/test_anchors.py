"""Where the provisions of one draft stand in the next: kept, changed, moved, split, merged, gone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.law.anchors import follow
from linli.law.parse import numeral_of, parse

WELL = "村里的水井由所在村民小组加盖上锁，每年春天淘洗一次，淘洗的日子提前三天告诉用水的人家。"
BRIDGE = "木桥每逢大水之后由乡镇人民政府派人查看，桥面朽坏的当日封闭，并在两端竖立牌子。"
LAMP = "路灯的电费在村集体收益里开支，灯杆编号，坏了的灯三日内换好。"
TREE = "百年以上的古树挂牌登记，修枝须经县林业部门同意，树下五米以内不得生火堆肥。"
FERRY = "渡口的船只每船载客不得超过核定的人数，遇有大风大雾停止摆渡。"
LISTS = "看护人应当做好下列事情：\n（一）早晚各巡看一遍并且写下日记；\n（二）发现裂缝立即报告乡镇的值班人员；\n（三）冬季扫雪撒沙防止行人滑倒。"


def act(*articles: str) -> str:
    return "\n".join(["某县公物看护条例", *(f"第{numeral_of(n)}条　{text}" for n, text in enumerate(articles, 1))])


def went(a: str, b: str) -> dict[str, tuple[str | None, str]]:
    return {eid: (to.eid, to.how) for eid, to in follow(parse(a), parse(b)).items()}


def test_in_an_unchanged_text_everything_stays_where_it_is() -> None:
    text = act(WELL, f"{BRIDGE}\n{LISTS}")
    found = went(text, text)
    assert list(found) == [
        *("art_1", "art_1__para_1", "art_2", "art_2__para_1", "art_2__para_2"),
        *(f"art_2__para_2__point_{n}" for n in (1, 2, 3)),
    ]
    assert all(to == (eid, "same") for eid, to in found.items())


def test_an_article_put_in_before_carries_the_numbers_along() -> None:
    found = went(act(WELL, f"{BRIDGE}\n{LAMP}"), act(TREE, WELL, f"{BRIDGE}\n{LAMP}"))
    assert found["art_1"] == ("art_2", "same") and found["art_2__para_2"] == ("art_3__para_2", "same")


def test_a_paragraph_put_in_pushes_the_next_one_down_and_changed_words_are_told() -> None:
    found = went(act(f"{BRIDGE}\n{LAMP}"), act(f"{BRIDGE}\n{TREE}\n{LAMP.replace('三日', '二日')}"))
    assert found["art_1__para_1"] == ("art_1__para_1", "same")
    assert found["art_1__para_2"] == ("art_1__para_3", "changed")
    assert found["art_1"] == ("art_1", "changed")


def test_a_point_struck_out_falls_back_to_its_paragraph_and_those_after_it_move_up() -> None:
    shorter = LISTS.replace("（二）发现裂缝立即报告乡镇的值班人员；\n（三）", "（二）")
    found = went(act(WELL, LISTS), act(WELL, shorter))
    assert found["art_2__para_1__point_3"] == ("art_2__para_1__point_2", "same")
    assert found["art_2__para_1__point_2"] == ("art_2__para_1", "changed")


def test_a_list_rewritten_under_its_head_keeps_its_paragraph() -> None:
    new = "看护人应当做好下列事情：\n（一）保管钥匙；\n（二）收取押金；\n（三）替换损坏的门窗玻璃；\n（四）向游客讲解来历。"
    found = went(act(f"{WELL}\n{LISTS}"), act(f"{WELL}\n{new}"))
    assert found["art_1__para_2"] == ("art_1__para_2", "changed")
    assert found["art_1__para_2__point_2"] == ("art_1__para_2", "changed")


def test_an_article_carried_elsewhere_is_moved_with_all_it_holds() -> None:
    found = went(act(LISTS, WELL, BRIDGE, LAMP), act(WELL, BRIDGE, LAMP, LISTS))
    assert found["art_1"] == ("art_4", "moved")
    assert found["art_1__para_1__point_2"] == ("art_4__para_1__point_2", "moved")
    assert found["art_2"] == ("art_1", "same")


def test_paragraphs_of_a_split_article_are_found_in_the_new_one() -> None:
    found = went(act(f"{WELL}\n{BRIDGE}\n{LISTS}", LAMP), act(f"{WELL}\n{BRIDGE}", LISTS, LAMP))
    assert found["art_1"] == ("art_1", "changed") and found["art_1__para_2"] == ("art_1__para_2", "same")
    assert found["art_1__para_3"] == ("art_2__para_1", "moved")
    assert found["art_1__para_3__point_1"] == ("art_2__para_1__point_1", "moved")
    assert found["art_2"] == ("art_3", "same")


def test_an_article_merged_into_another_is_found_there() -> None:
    found = went(act(f"{WELL}\n{BRIDGE}", LAMP, TREE), act(f"{WELL}\n{BRIDGE}\n{LAMP}", TREE))
    assert found["art_2"] == ("art_1", "moved") and found["art_2__para_1"] == ("art_1__para_3", "moved")
    assert found["art_3"] == ("art_2", "same")


def test_a_paragraph_run_into_the_one_before_is_found_inside_it() -> None:
    found = went(act(f"{WELL}{FERRY}\n{LAMP}", TREE), act(f"{WELL}{FERRY}{LAMP}", TREE))
    assert found["art_1__para_2"] == ("art_1__para_1", "moved")


def test_two_paragraphs_that_change_places_are_both_found() -> None:
    found = went(act(f"{WELL}\n{LAMP}\n{TREE}", BRIDGE), act(f"{LAMP}\n{WELL}\n{TREE}", BRIDGE))
    assert found["art_1__para_1"][0] == "art_1__para_2" and found["art_1__para_2"][0] == "art_1__para_1"
    assert sorted(found[f"art_1__para_{n}"][1] for n in (1, 2, 3)) == ["moved", "same", "same"]


def test_a_paragraph_struck_out_falls_back_to_its_article_while_that_lives_on() -> None:
    found = went(act(f"{WELL}\n{BRIDGE}", LAMP), act(WELL, LAMP))
    assert found["art_1__para_2"] == ("art_1", "changed")


def test_an_article_struck_out_is_an_orphan_with_all_it_holds() -> None:
    found = follow(parse(act(WELL, LISTS, LAMP)), parse(act(WELL, LAMP)))
    gone = [eid for eid, to in found.items() if to.how == "orphan"]
    assert gone == [eid for eid in found if eid.startswith("art_2")]
    assert all(found[eid].eid is None and found[eid].likeness == 0 for eid in gone)


def test_words_that_another_provision_always_had_are_not_taken_for_the_one_struck_out() -> None:
    fine = "违反本条例规定的，由县人民政府城市管理部门责令改正；拒不改正的，处五十元以上二百元以下罚款。"
    other = fine.replace("城市管理", "交通运输").replace("二百元", "五百元")
    found = went(act(WELL, fine, LAMP, other), act(WELL, LAMP, other))
    assert found["art_2"] == (None, "orphan") and found["art_4"] == ("art_3", "same")


def test_a_number_of_a_cited_article_that_changed_is_a_change_of_words() -> None:
    found = follow(parse(act(WELL, BRIDGE + "依照第一条办理。")), parse(act(TREE, WELL, BRIDGE + "依照第二条办理。")))
    assert (found["art_2"].eid, found["art_2"].how, found["art_2"].likeness) == ("art_3", "changed", 1.0)


def test_an_article_without_words_does_no_harm() -> None:
    assert went("第一条\n第二条　" + WELL, "第一条　" + WELL)["art_2"][0] == "art_1"


PIECES = [
    f"{what}{how}，{when}由{who}{do}。"
    for what, how, when, who, do in zip(
        *(
            ["祠堂的匾额", "晒谷的场子", "打鱼的池塘", "进山的小道", "公用的磨坊", "放牛的草坡", "寄信的木箱", "看戏的台子", "量米的斗", "报时的钟"],
            ["不得涂抹", "轮流使用", "禁止电捕", "保持通畅", "按序排队", "封育三年", "每日开启", "先到先坐", "校准分量", "专人敲响"],
            ["清明前", "秋收时", "开春后", "落雪天", "逢集日", "立夏起", "午饭前", "散场后", "年底时", "破晓时"],
            ["族里老人", "各组组长", "渔业协会", "护林队伍", "磨坊匠人", "放牧人家", "邮路信使", "戏班管事", "集市管理员", "小学校长"],
            ["擦拭上漆", "抓阄排定", "投放鱼苗", "清理落石", "更换石盘", "修补围栏", "分拣登记", "清扫座位", "盖上火印", "校对时刻"],
        ),
        strict=True,
    )
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), min_size=1, max_size=5),
    st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), min_size=1, max_size=5),
)
def test_every_provision_is_told_once_and_stands_where_its_words_are(a: list[list[int]], b: list[list[int]]) -> None:
    """Oracle: any two texts made of ten unlike sentences; a 款 whose sentence occurs once in each text must be found at it."""
    one, other = (parse(act(*("\n".join(PIECES[n] for n in article) for article in text))) for text in (a, b))
    found = follow(one, other)
    assert list(found) == [
        eid for article in one.articles for eid in (article.eid, *(paragraph.eid for paragraph in article.paragraphs))
    ]
    known = {paragraph.eid: paragraph.text for article in other.articles for paragraph in article.paragraphs}
    known |= {article.eid: "" for article in other.articles}
    ours = [paragraph for article in one.articles for paragraph in article.paragraphs]
    for to in found.values():
        assert (to.eid is None) == (to.how == "orphan") and (to.eid is None or to.eid in known)
        assert 0 <= to.likeness <= 1
    for paragraph in ours:
        if sum(p.text == paragraph.text for p in ours) == 1 == sum(text == paragraph.text for text in known.values()):
            assert known[found[paragraph.eid].eid or ""] == paragraph.text


@pytest.mark.parametrize("cut", range(1, 6))
def test_of_a_long_text_nothing_is_lost_when_articles_go(cut: int) -> None:
    kept = [piece for n, piece in enumerate(PIECES) if n % 5 != cut % 5]
    found = follow(parse(act(*PIECES)), parse(act(*kept)))
    for n, piece in enumerate(PIECES):
        to = found[f"art_{n + 1}"].eid
        assert to == (f"art_{kept.index(piece) + 1}" if piece in kept else None)
