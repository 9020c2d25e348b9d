"""Suggestions for appeals: right on plain cases, never wrong about where a word stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.methods.classify import OWNERS, Catalogue, default_catalogue, suggest, suggest_kind
from linli.methods.danger import is_danger

CLASSES = (
    "城乡建设 党务政务 国土资源 环境保护 纪检监察 交通运输 经济管理 科技与信息产业 民政 农村农业 商贸旅游 卫生计生 "
    "政法 教育文体 劳动和社会保障"
)

WORDS = [word for matter in default_catalogue().matters.values() for word in matter.strong + matter.weak]
SCRAPS = ["不是", "没有", "无关", "演练", "\x00", "\ud800", "\u200b", "。", "12栋", "𠮷", "投诉", "请问"]
any_text = st.one_of(
    st.text(alphabet=st.characters(), max_size=80),  # surrogates and controls included
    st.lists(st.sampled_from(WORDS + SCRAPS * 20), max_size=15).map("".join),
)


def test_the_catalogue_has_the_fifteen_classes_in_their_order() -> None:
    classes = default_catalogue().classes
    assert list(classes) == [f"{number:02d}" for number in range(1, 16)]
    assert [group.name for group in classes.values()] == CLASSES.split()


def test_every_class_has_a_residual_matter_and_every_other_matter_has_strong_words() -> None:
    catalogue = default_catalogue()
    for code in catalogue.classes:
        assert catalogue.residual(code) == code + "99"
    for matter in catalogue.matters.values():
        assert bool(matter.strong) == (not matter.code.endswith("99")), matter.name
    names = [matter.name for matter in catalogue.matters.values()]
    assert len(names) == len(set(names))


def test_only_self_governance_matters_fall_to_the_committee() -> None:
    owned = {matter.name for matter in default_catalogue().matters.values() if matter.owner == "committee"}
    assert owned == {"居民公约与自治事项", "楼道堆物", "文明养犬公约"}


@pytest.mark.parametrize(
    ("text", "matter", "owner"),
    [
        ("小区门口路灯不亮已经一个月了", "路灯照明", "urban_mgmt"),
        ("老板拖欠工资三个月，农民工工资一分没发", "拖欠工资", "human_resources"),
        ("楼下烧烤店油烟很大，熏得开不了窗", "油烟扰民", "environment"),
        ("家里停电一整天了，供电局电话打不通", "供电", "power"),
        ("初中强制补课，每人收补课费", "违规补课与收费", "education"),
        ("在超市买到过期食品", "食品安全", "market"),
        ("想问低保怎么申请", "低保与救助", "civil_affairs"),
        ("楼道堆物太多，邻居不肯搬", "楼道堆物", "committee"),
        ("快递不派送上门", "邮政快递", "transport"),
        ("占用消防通道没人管", "消防通道", "emergency"),
    ],
)
def test_a_plain_appeal_gets_its_matter_first(text: str, matter: str, owner: str) -> None:
    best = suggest(text)[0]
    assert (best.name, best.owner) == (matter, owner)


def test_an_appeal_with_only_generic_words_gets_the_residual_matter() -> None:
    best = suggest("民警一直没来")[0]
    assert (best.code, best.class_name, best.owner) == ("1399", "政法", "police")


def test_the_title_counts_more_than_the_body() -> None:
    assert suggest("公交车", title="油烟")[0].name == "油烟扰民"
    assert suggest("油烟", title="公交车")[0].name == "公交线路与服务"


def test_evidence_in_the_title_is_marked() -> None:
    spans = suggest("请尽快来看", title="楼下油烟扰民")[0].evidence
    assert {span.where for span in spans} == {"title"}
    assert any(span.keyword == "油烟扰民" and (span.start, span.end) == (2, 6) for span in spans)


def test_the_longest_word_wins() -> None:
    assert [span.keyword for span in suggest("自来水厂")[0].evidence] == ["自来水"]
    keywords = {span.keyword for found in suggest("没有农民工工资", top=99) for span in found.evidence}
    assert "农民工工资" in keywords
    assert "工资" not in keywords


def test_a_denied_topic_is_no_evidence() -> None:
    found = suggest("这不是油烟的事，是路灯坏了", top=99)
    assert "油烟扰民" not in {item.name for item in found}
    assert found[0].name == "路灯照明"
    assert suggest("与物业费问题无关") == []


@pytest.mark.parametrize("text", ["", "你好", "\x00\x00", "\ud800", "\u200b" * 10])
def test_nothing_found_is_an_empty_list(text: str) -> None:
    assert suggest(text) == []


def test_top_limits_and_order_is_by_score() -> None:
    text = "路灯 公交 油烟 医院 低保 学校"
    assert len(suggest(text, top=2)) == 2
    assert suggest(text, top=0) == []
    scores = [item.score for item in suggest(text, top=99)]
    assert len(scores) >= 6
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("请问办理居住证需要什么材料？", "咨询"),
        ("实名举报某厂偷排废水", "举报"),
        ("我要投诉物业公司不作为", "投诉"),
        ("建议在路口增设红绿灯", "建议"),
        ("表扬网格员小王，服务周到", "表扬"),
        ("家里漏水，恳请帮忙解决", "求助"),
    ],
)
def test_the_kind_follows_the_cue(text: str, kind: str) -> None:
    found = suggest_kind(text)
    assert found.kind == kind
    assert found.evidence


def test_the_kind_without_a_cue_is_help_with_no_score() -> None:
    found = suggest_kind("路面有个坑")
    assert (found.kind, found.score, found.evidence) == ("求助", 0.0, ())


def test_thanks_at_the_end_are_not_praise() -> None:
    assert suggest_kind("我要投诉噪声，非常感谢").kind == "投诉"


@pytest.mark.parametrize(
    "text",
    [
        "3栋楼道有燃气味",
        "路灯杆漏电，孩子碰到被麻了",
        "担心墙体坍塌",
        "有人困在电梯里了",
        "没有井盖，老人掉进井",
        "楼上着火了",
        "施工队把燃气管挖断了",
        "燃气管道被挖机挖破，味道很大",
        "他们挖断了燃气管，快来人",
        "楼下电线断了有火花",
        "配电箱里一直打火花",
        "电线杆快倒了，斜在路边",
        "挡土墙裂缝往外鼓，下面就是住户",
        "学校后面的护坡开裂",
        "围墙已经倾斜，孩子天天从下面走",
    ],
)
def test_danger_is_seen(text: str) -> None:
    span = is_danger(text)
    assert span is not None
    assert text[span.start : span.end] == span.keyword


@pytest.mark.parametrize(
    "text",
    [
        "",
        "师傅来看过，没有漏电",
        "社区组织火灾演练",
        "为防止发生爆炸请检查",
        "不是漏气",
        "物业费太高",
        "工厂排放有毒气体",
        "充电桩坏了三天没人修",
        "楼道灯不亮",
        "电线杆广告太多",
        "电线杆上的广告掉下来没人管",
        "燃气管道施工把路挖断了，出行不便",
        "燃气管什么时候通到我们小区",
        "网线断了，宽带用不了",
        "电线乱拉，很难看",
        "外墙漆掉了，要求重新粉刷",
        "围墙外面堆了垃圾",
        "检查过，电线没有冒火花",
        "挡土墙什么时候修。墙上的裂缝是画的",
    ],
)
def test_danger_denied_prevented_or_practised_is_none(text: str) -> None:
    assert is_danger(text) is None


def test_a_denied_danger_does_not_hide_a_real_one() -> None:
    span = is_danger("厨房没有漏气，但是插座漏电")
    assert span is not None
    assert span.keyword == "漏电"


@given(any_text, any_text)
def test_spans_lie_in_their_part_and_scores_in_range(body: str, title: str) -> None:
    parts = {"title": title, "body": body}
    found = suggest(body, title=title, top=999)
    kind = suggest_kind(body, title=title)
    for score, evidence in [(kind.score, kind.evidence), *((item.score, item.evidence) for item in found)]:
        assert 0.0 <= score <= 1.0
        for span in evidence:
            assert 0 <= span.start < span.end <= len(parts[span.where])
            assert parts[span.where][span.start : span.end] == span.keyword
    for item in found:
        assert item.evidence
        assert item.owner in OWNERS
    danger = is_danger(body)
    assert danger is None or body[danger.start : danger.end] == danger.keyword


@given(any_text)
def test_equal_input_gives_equal_output(body: str) -> None:
    assert suggest(body, top=99) == suggest(body, top=99)


def test_a_very_long_text_is_read_in_linear_time() -> None:
    text = "小区路灯不亮，" * 15_000
    assert suggest(text)[0].name == "路灯照明"
    assert suggest_kind(text).kind == "求助"
    assert is_danger(text) is None


CLASS = '[[class]]\ncode = "01"\nname = "城乡建设"\nowner = "housing"\nkeywords = ["小区"]\n'
MATTER = '[[matter]]\ncode = "0101"\nclass = "01"\nname = "路灯"\nowner = "urban_mgmt"\nstrong = ["路灯"]\n'


def test_a_county_may_bring_its_own_catalogue() -> None:
    catalogue = Catalogue.from_toml(CLASS + MATTER)
    best = suggest("路灯坏了", catalogue=catalogue)[0]
    assert (best.code, best.class_name, best.safety) == ("0101", "城乡建设", False)
    assert suggest("小区很好", catalogue=catalogue) == []  # no residual matter in this catalogue


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[class", "不是有效的 TOML"),
        (CLASS + CLASS, "重复的一级分类编码"),
        (CLASS + MATTER + MATTER, "重复的事项编码"),
        (CLASS + MATTER.replace('"0101"', '"0201"'), "一级分类编码开头"),
        (CLASS + MATTER.replace("urban_mgmt", "nobody"), "承办部门类别"),
        (CLASS + MATTER.replace('["路灯"]', '["灯"]'), "太短"),
        (CLASS + MATTER.replace('["路灯"]', '"路灯"'), "加引号的词"),
        (CLASS + MATTER.replace('name = "路灯"\n', ""), "缺少“name”"),
        (CLASS + MATTER + 'together = [[["路灯"]]]\n', "两组词"),
        (CLASS + MATTER + 'together = [[["路灯"], ["断"]]]\n', "太短"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Catalogue.from_toml(text)
