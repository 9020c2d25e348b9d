"""Models learnt from a site's own rows: what they say, how they are kept, and what bad rows and files do."""

import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods.classify.catalogue import default_catalogue
from linli.methods.classify.evaluate import figures, folds, look_alikes
from linli.methods.classify.features import READ, Words, chunks, count, weigh
from linli.methods.classify.model import BadModel, Model, row_hash, softmax
from linli.methods.classify.train import BadRows, best_temperature, compare, cross_evaluate, fit, train
from linli.methods.grams import Lookup, key_of, keys, lay

SAID = {
    "道路": "路面坑洼 井盖松动 路灯不亮 人行道破损 红绿灯坏了 护栏倒了",
    "噪声": "深夜施工 音响太大 广场舞扰民 机器轰鸣 睡不着觉 油烟难闻",
    "社保": "养老保险断缴 医保报销 工伤认定 拖欠工资 失业金领取 退休年龄",
}
COMMON = ["你好", "我是附近居民", "希望尽快处理", "已经反映多次", "请问怎么办", "谢谢领导", "影响很大", "一直没有答复"]


def rows(number: int, seed: int = 1) -> tuple[list[str], list[str]]:
    """Invented messages of three classes, in turn."""
    chance = random.Random(seed)
    texts, labels = [], []
    for at in range(number):
        label = list(SAID)[at % len(SAID)]
        words = chance.sample(SAID[label].split(), 2) + chance.sample(COMMON, 4)
        chance.shuffle(words)
        texts.append("，".join(words) + f"。{chance.randrange(9999)}号")
        labels.append(label)
    return texts, labels


@pytest.fixture(scope="module")
def model() -> Model:
    return train(*rows(150))[0]


def test_a_model_learns_and_says_which_words_decided(model: Model) -> None:
    texts, labels = rows(90, seed=2)
    told = model.predict(texts)
    assert np.mean([one.label == label for one, label in zip(told, labels, strict=True)]) > 0.95
    for text, one in zip(texts, told, strict=True):
        assert 1 / 3 <= one.confidence <= 1
        assert one.words
        assert all(word in text for word in one.words)
        assert all(word not in other for word in one.words for other in one.words if word != other)


def test_scores_are_the_sum_written_out(model: Model) -> None:
    text = "路灯不亮，路灯，深夜施工3次"
    points = [character if not character.isdigit() else "0" for character in text]
    expected = np.zeros(3)
    values: dict[int, float] = {}
    for size in (1, 2, 3):
        for start in range(len(text) - size + 1):
            gram = "".join(points[start : start + size])
            at = int(np.searchsorted(model.keys, key_of(gram))) if key_of(gram) else len(model.keys)
            if gram.isalnum() and at < len(model.keys) and model.keys[at] == key_of(gram):
                values[at] = values.get(at, 0.0) + 3.0  # all stands in the beginning
    weighed = {at: value * float(model.idf[at]) for at, value in values.items()}
    length = sum(value**2 for value in weighed.values()) ** 0.5
    for at, value in weighed.items():
        expected += value / length * model.weights[at]
    told = next(iter([model.words.told(block, grams)[0] for block, grams in chunks([text])]))
    expected += told[0] @ model.told + model.bias
    assert model.scores([text])[0] == pytest.approx(expected, abs=1e-4)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_text_is_told_alone_as_among_others(model: Model, texts: list[str]) -> None:
    together = model.predict(texts)
    for text, one in zip(texts, together, strict=True):
        alone = model.predict([text])[0]
        assert alone.label == one.label
        assert alone.confidence == pytest.approx(one.confidence, abs=1e-5)
        assert 0 <= one.confidence <= 1
        assert (one.label == "") == (one.confidence == 0)


def test_nothing_is_said_of_a_text_that_says_nothing(model: Model) -> None:
    for text in ("", " ", "😀😀", "。", "\ud800"):
        assert model.predict([text])[0].label == ""


def test_a_very_long_text_is_read_to_its_limit(model: Model) -> None:
    long = "路灯不亮" * 25_000
    assert model.predict([long])[0] == model.predict([long[:READ]])[0]


def test_a_message_with_two_matters_is_marked(model: Model) -> None:
    text = "您好，反映两个问题：一、门口路灯不亮，路面坑洼，井盖松动。二、楼下深夜施工，音响太大，睡不着觉。"
    one = model.predict([text])[0]
    assert {one.label, *one.also} == {"道路", "噪声"}
    assert model.predict(["门口路灯不亮，路面坑洼，井盖松动，护栏倒了。"])[0].also == ()


def test_a_model_comes_back_from_its_file_as_it_was(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "new" / "appeals.model"
    model.save(path)
    again = Model.load(path)
    texts = rows(30, seed=3)[0]
    assert again.predict(texts) == model.predict(texts)
    assert again.about == model.about
    assert again.has_seen(row_hash(*rows(150))).all()
    assert list(path.parent.iterdir()) == [path]
    for text in rows(150)[0]:
        assert text.encode() not in path.read_bytes()


@pytest.mark.parametrize("damage", ["cut", "turned", "other", "empty", "newer", "zip"])
def test_a_damaged_file_is_refused_in_words(model: Model, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "m.model"
    model.save(path)
    raw = path.read_bytes()
    middle = len(raw) // 2
    path.write_bytes(
        {
            "cut": raw[:middle],
            "turned": raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :],
            "other": b"PK\x03\x04 something",
            "empty": b"",
            "newer": raw.replace(b"CLASSIFIER 1 ", b"CLASSIFIER 9 ", 1),
            "zip": raw.partition(b"\n")[2],
        }[damage]
    )
    with pytest.raises(BadModel, match=r"模型"):
        Model.load(path)


def test_a_file_with_pickled_objects_is_never_opened(model: Model, tmp_path: Path) -> None:
    import hashlib
    import io

    path = tmp_path / "m.model"
    model.save(path)
    head, _, raw = path.read_bytes().partition(b"\n")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name == "bias.npy":
                evil = io.BytesIO()
                np.save(evil, np.array([{"a": 1}], dtype=object), allow_pickle=True)
                new.writestr(name, evil.getvalue())
            else:
                new.writestr(name, old.read(name))
    raw = out.getvalue()
    path.write_bytes(b" ".join([*head.split(b" ")[:2], hashlib.sha256(raw).hexdigest().encode()]) + b"\n" + raw)
    with pytest.raises(BadModel):
        Model.load(path)


def test_rows_from_which_nothing_can_be_learnt_are_refused() -> None:
    texts, labels = rows(60)
    with pytest.raises(BadRows, match="同一类“道路”"):
        train(texts, ["道路"] * 60)
    with pytest.raises(BadRows, match="只有 5 行"):
        train(texts[:5], labels[:5])
    with pytest.raises(BadRows, match="几乎每一行"):
        train(texts, [str(number) for number in range(60)])
    with pytest.raises(BadRows, match="学不出规律"):
        train(texts * 4, random.Random(1).choices(["甲", "乙", "丙", "丁"], k=240))


def test_wrong_labels_are_found() -> None:
    texts, labels = rows(300)
    spoilt = list(labels)
    spoilt[7], spoilt[100] = "社保" if labels[7] != "社保" else "道路", "噪声" if labels[100] != "噪声" else "道路"
    _, suspects = train(texts, spoilt)
    assert {suspect.row for suspect in suspects} == {7, 100}
    assert all(suspect.rather == labels[suspect.row] for suspect in suspects)


def test_training_is_the_same_every_time() -> None:
    one, other = (train(*rows(90))[0] for _ in range(2))
    assert np.array_equal(one.weights, other.weights)
    assert one.temperature == other.temperature


def test_a_new_model_is_compared_on_rows_that_neither_has_seen(model: Model) -> None:
    assert compare(model, *rows(150), least=20) is None
    texts, labels = rows(300, seed=5)
    verdict = compare(model, texts, labels, least=20)
    assert verdict is not None
    assert verdict.rows >= 20
    assert verdict.old > 0.9
    turned = {"道路": "噪声", "噪声": "社保", "社保": "道路"}
    poisoned = compare(model, texts, [turned[label] for label in labels], least=20)
    assert poisoned is not None
    assert poisoned.agreement < 0.1


def test_few_rows_are_enough_to_compare_when_more_of_them_are_held_out(model: Model) -> None:
    verdict = compare(model, *rows(60, seed=5), least=20)
    assert verdict is not None and 20 <= verdict.rows < 60


def test_look_alikes_are_those_of_the_brute_force() -> None:
    chance = random.Random(4)
    texts = rows(60, seed=9)[0]
    for number in range(0, 60, 3):
        texts.append(texts[number][: -chance.randrange(1, 5)] + "补充")
    shingles = []
    for text in texts:
        plain = "".join(filter(str.isalnum, text))
        shingles.append({plain[at : at + 5] for at in range(len(plain) - 4)})
    found = look_alikes(texts)
    for one in range(len(texts)):
        for other in range(one):
            share = len(shingles[one] & shingles[other]) / min(len(shingles[one]), len(shingles[other]))
            if share > 0.75:  # MinHash finds these with near certainty; a chain may join others too
                assert found[one] == found[other]
    for number in np.unique(found):
        assert number <= np.flatnonzero(found == number)[0]


def test_folds_are_blocks_of_every_class_with_look_alikes_together() -> None:
    chance = random.Random(6)
    texts = ["".join(chance.choices([chr(0x4E00 + at) for at in range(3000)], k=40)) for _ in range(100)]
    labels = rows(100)[1]
    texts += texts[:10]
    labels += labels[:10]
    truth = np.unique(labels, return_inverse=True)[1]
    fold = folds(texts, truth, 5)
    assert set(fold) == set(range(5))
    assert list(fold[100:]) == list(fold[:10])
    for number in range(3):
        mine = fold[:100][truth[:100] == number]
        assert list(mine) == sorted(mine)


def test_figures_are_those_counted_by_hand() -> None:
    report = figures(list("aabbb"), list("aabba"), np.array([0.9, 0.8, 0.7, 0.6, 0.95]), precision=0.75)
    assert report["accuracy"] == pytest.approx(0.8)
    assert report["per_class"]["a"] == {"precision": 2 / 3, "recall": 1.0, "f1": pytest.approx(0.8), "rows": 2}
    assert report["macro_f1"] == pytest.approx((0.8 + 0.8) / 2)
    assert report["coverage"] == 1.0
    assert report["surest_70"] == pytest.approx(3 / 4)
    assert figures(["a", "b"], ["b", "a"], np.array([0.5, 0.5]))["coverage"] == 0.0


def test_cross_evaluation_prints_the_baseline_beside_the_model() -> None:
    report = cross_evaluate(*rows(90), precision=0.9, beside_baseline=True, rounds=3)
    assert report["macro_f1"] > 0.9
    assert 0.5 < report["baseline"]["macro_f1"] <= 1
    assert set(report["per_class"]) == set(SAID)


@given(st.lists(st.text(alphabet="路灯不亮ab1 ，", max_size=12), min_size=1, max_size=6))
@settings(max_examples=80, deadline=None)
def test_grams_are_those_of_a_plain_loop(texts: list[str]) -> None:
    block = lay(texts, limit=10)
    found = keys(block, 3)
    for row, text in enumerate(texts):
        cut = text[:10]
        for size in (1, 2, 3):
            for start in range(len(cut)):
                gram = cut[start : start + size]
                expected = key_of(gram) if len(gram) == size and gram.isalnum() else 0
                assert int(found[size - 1][block.start[row] + start]) == expected


def test_a_lookup_finds_every_key_and_no_other() -> None:
    chance = np.random.default_rng(1)
    known = np.unique(chance.integers(1, 1 << 63, size=5000, dtype=np.uint64))
    strange = np.setdiff1d(chance.integers(1, 1 << 63, size=5000, dtype=np.uint64), known)
    where, number = Lookup(known).find(np.concatenate([known, strange, np.zeros(3, np.uint64)]))
    assert dict(zip(where.tolist(), number.tolist(), strict=True)) == {at: at for at in range(len(known))}


def test_catalogue_words_speak_for_their_matters() -> None:
    words = Words.of(default_catalogue())
    ((block, grams),) = chunks(["楼上深夜装修噪声扰民", "今天天气"])
    told, row, _, _ = words.told(block, grams)
    assert told[0].any()
    assert not told[1].any()
    assert set(row.tolist()) == {0}
    assert np.linalg.norm(told[0]) == pytest.approx(1, abs=1e-5)


def test_temperature_makes_the_truth_likeliest() -> None:
    chance = np.random.default_rng(3)
    scores = chance.normal(size=(400, 3))
    truth = np.array([chance.choice(3, p=line) for line in softmax(scores, 2.5)])
    found = best_temperature(scores, truth)
    losses = {
        power: -np.log(softmax(scores, power)[np.arange(400), truth]).mean()
        for power in (found, found * 0.8, found * 1.25)
    }
    assert min(losses, key=lambda power: losses[power]) == found
    assert 1.8 < found < 3.3


def test_a_class_missing_from_the_rows_is_never_said() -> None:
    texts, labels = rows(60)
    truth = np.array([["道路", "噪声", "社保"].index(label) for label in labels])
    kept = np.flatnonzero(truth < 2)
    model = fit([texts[at] for at in kept], truth[kept], ("道路", "噪声", "社保"), Words.of(default_catalogue()))
    assert {one.label for one in model.predict(texts)} <= {"道路", "噪声"}


def test_cells_count_the_beginning_threefold() -> None:
    text = "路灯" + "，好" * 30 + "路灯"
    known = Lookup(np.array([key_of("路灯")], dtype=np.uint64))
    ((block, grams),) = chunks([text])
    cells = count(block, grams, known)
    assert cells.value.tolist() == [4.0]
    assert weigh(cells, np.ones(1, np.float32)).value.tolist() == [1.0]
