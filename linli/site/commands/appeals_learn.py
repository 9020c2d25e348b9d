"""`linli appeals train`, `evaluate`, `predict`: learn what messages are about from a site's own rows (诉求分类模型)."""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linli.kit.disk import reason
from linli.site.commands.prepare import Trouble, data_folder
from linli.site.commands.sheets import Sheet, read_sheet, say, say_some, write_sheet

if TYPE_CHECKING:
    from linli.methods.classify.model import Model
    from linli.site.commands.prepare import Commands

NAMES = {
    "text": ("text", "内容", "诉求内容", "正文"),
    "title": ("title", "标题", "主题"),
    "body": ("body", "留言详情"),
    "label": ("label", "类别", "分类", "一级分类", "一级标签"),
}
COMPARED = 20
"""Rows that the model in force has not seen, without which it cannot be compared with a new one."""
FITTING = 0.5
"""A model in force that agrees with fewer of the new labels than this speaks for wrong labels."""


def add(verbs: Commands) -> None:
    """Add the verbs to the group `appeals`."""
    learn = verbs.add_parser(
        "train",
        help="用本地数据训练分类模型",
        description="读 CSV 或 XLSX 的 text、label 两列（可有其他列），训练分类模型。现用的模型一直保留到新模型在同样的留出行上更好为止。",
    )
    learn.add_argument("file", type=Path, metavar="文件", help="CSV 或 XLSX，可压缩为 .gz")
    learn.add_argument("--force", action="store_true", help="不与现用模型比较，直接启用新模型")
    judge = verbs.add_parser(
        "evaluate",
        help="评测分类模型",
        description="有 --test：用文件训练，在另一文件上评测。没有：若现用模型没有见过这些行，评测现用模型；否则按来源分块做五折交叉评测，近似重复的行在同一折。",
    )
    judge.add_argument("file", type=Path, metavar="文件", help="CSV 或 XLSX，可压缩为 .gz")
    judge.add_argument("--test", type=Path, metavar="文件", help="在这个文件上评测，用前一个文件训练")
    judge.add_argument("--cross", action="store_true", help="一定做交叉评测，不用现用模型")
    judge.add_argument("--precision", type=float, default=0.98, metavar="比例", help="覆盖率所要求的正确率（0.98）")
    judge.add_argument("--no-baseline", action="store_true", help="不做对照")
    judge.add_argument("--json", action="store_true", help="结果写成一行 JSON")
    tell = verbs.add_parser(
        "predict",
        help="给诉求分类",
        description="读 text 一列，写出原有各列和 label、confidence（把握）、words（依据的词）、also（同一诉求的其他事项）。原有的 label 列改名为 given_label。",
    )
    tell.add_argument("file", type=Path, metavar="文件", help="CSV 或 XLSX，可压缩为 .gz")
    tell.add_argument("-o", "--output", type=Path, required=True, metavar="文件", help="结果表（.csv 或 .xlsx）")
    for parser in (learn, judge, tell):
        parser.add_argument("--model", type=Path, metavar="文件", help="模型文件（数据目录下 models/appeals.model）")
    learn.set_defaults(run=run_train)
    judge.set_defaults(run=run_evaluate)
    tell.set_defaults(run=run_predict)


@dataclass(frozen=True)
class Labelled:
    """Rows to learn from or to be judged by."""

    texts: list[str]
    labels: list[str]


def texts_of(sheet: Sheet) -> list[str]:
    """The text of each row: the column text, else title and body together."""
    if sheet.find(*NAMES["text"]) is not None:
        return sheet.column(*NAMES["text"])
    titles, bodies = sheet.column(*NAMES["title"]), sheet.column(*NAMES["body"])
    return [title + body for title, body in zip(titles, bodies, strict=True)]


def read_texts(path: Path, *, labelled: bool) -> Sheet:
    """Rows with a text, and a label where asked for."""
    sheet = read_sheet(path)
    if labelled:
        sheet.need("label", *NAMES["label"])
    if sheet.find(*NAMES["body"]) is None:
        sheet.need("text", *NAMES["text"])
    return sheet


def read_labelled(path: Path) -> Labelled:
    """Rows with text and label; those that lack one are named and left out."""
    sheet = read_texts(path, labelled=True)
    texts, labels, empty = [], [], []
    for line, text, label in zip(sheet.lines, texts_of(sheet), sheet.column(*NAMES["label"]), strict=True):
        label = " ".join(label.split())
        if not text.strip() or not label:
            empty.append(f"第 {line} 行没有{'内容' if label else '类别'}，已跳过。")
        elif len(label) > 60:
            raise Trouble(f"{path.name} 第 {line} 行的类别超过 60 字，像是列对错了。请核对 label 一列。", 2)
        else:
            texts.append(text)
            labels.append(label)
    say_some(empty, "行同样跳过")
    if not texts:
        raise Trouble(f"{path.name} 没有一行同时有内容和类别。", 2)
    if len(set(labels)) > 1000:
        raise Trouble(f"{path.name} 有 {len(set(labels))} 个不同的类别，最多 1000 个。请核对 label 一列是不是类别。", 2)
    return Labelled(texts, labels)


def model_path(options: argparse.Namespace) -> Path:
    """Where the model in force is."""
    from linli.methods.classify.model import IN_FORCE

    return options.model or data_folder() / IN_FORCE


def load(path: Path) -> Model:
    """The model in force.

    Raises:
        Trouble: there is none, or it is damaged.
    """
    from linli.methods.classify.model import BadModel, Model

    if not path.is_file():
        raise Trouble("还没有训练过的模型。请先运行：linli appeals train 文件", 2)
    try:
        return Model.load(path)
    except BadModel as bad:
        raise Trouble(str(bad), 2) from bad


def run_train(options: argparse.Namespace) -> int:
    """Train; 0 also when the model in force stays because the new one is no better.

    Raises:
        Trouble: with exit code 2, nothing can be learnt from the rows.
    """
    data = read_labelled(options.file)
    return adopt(data, model_path(options), name=options.file.name, source=options.file.resolve(), force=options.force)


def adopt(
    data: Labelled, path: Path, *, name: str, source: Path | None = None, force: bool = False, least: float = 0.0
) -> int:
    """Learn from rows, and put the model in force unless the one before is better (训练并启用).

    Args:
        path: where the model in force is. name: what the rows are called. source: the file they came from, if any. force: compare
            with nothing. least: accuracy on held-out rows that the model must reach.

    Raises:
        Trouble: with exit code 2, nothing can be learnt from the rows, or the model cannot be written.
    """
    from linli.methods.classify import train as training
    from linli.methods.classify.model import BadModel, Model

    try:
        training.check(data.texts, data.labels)
        if len(data.texts) < training.USABLE:
            say(f"只有 {len(data.texts)} 行，少于 {training.USABLE} 行，结果仅供参考。")
        _say_contradictions(data)
        old = None
        if path.is_file() and not force:
            try:
                old = Model.load(path)
            except BadModel as bad:
                say(f"{bad} 现按没有旧模型处理。")
        if old is not None and not _is_better(old, data):
            return 0
        model, suspects = training.train(data.texts, data.labels)
    except training.BadRows as bad:
        raise Trouble(f"{name}：{bad}", 2) from bad
    held = model.about["held_out"]
    if held["accuracy"] < least and not force:
        print(
            f"留出检验：模型正确率 {held['accuracy']:.3f}，事项目录的词 {least:.3f}，模型还不如目录，没有启用。请等诉求更多时再试。"
        )
        return 0
    model = training.told(model, source=str(source or ""), trained=time.strftime("%Y-%m-%d %H:%M:%S"))
    try:
        if path.is_file():
            shutil.copyfile(path, path.with_name(path.name + ".previous"))
        model.save(path)
    except OSError as error:
        raise Trouble(f"写不了模型文件 {path}：{reason(error)}。请核对权限和磁盘空间。", 2) from error
    say_some(
        [
            f"可能标错：第 {suspect.row + 1} 条（{data.texts[suspect.row][:20]}…）标为“{suspect.label}”，像“{suspect.rather}”（{suspect.confidence:.0%}）。"
            for suspect in suspects
        ],
        "条可能标错",
    )
    print(
        f"已训练并启用：{len(data.texts)} 条、{len(model.labels)} 类；留出检验 宏平均 F1 {held['macro_f1']:.3f}，正确率 {held['accuracy']:.3f}，"
        f"最有把握的 70% 正确率 {held['surest_70']:.3f}。数据指纹 {model.about['data_sha256'][:12]}。"
    )
    return 0


def _say_contradictions(data: Labelled) -> None:
    """Name texts that stand in the file with different labels."""
    known: dict[str, set[str]] = {}
    for text, label in zip(data.texts, data.labels, strict=True):
        known.setdefault(text, set()).add(label)
    say_some(
        [
            f"同一内容标了不同类别（{'、'.join(sorted(labels))}）：{text[:20]}…"
            for text, labels in known.items()
            if len(labels) > 1
        ],
        "条内容标了不同类别",
    )


def _is_better(old: Model, data: Labelled) -> bool:
    """Whether a model of these rows is at least as good as the one in force, on rows that neither was trained on."""
    from linli.methods.classify import train as training

    verdict = training.compare(old, data.texts, data.labels, least=COMPARED)
    if verdict is None:
        print(
            "现用模型已经学过这些数据，或新行太少、近似重复太多，没有足够的新行可作比较，现用模型不变。确要替换，请加 --force。"
        )
        return False
    if verdict.agreement < FITTING * min(1.0, old.about["held_out"]["accuracy"] * 1.5):
        print(
            f"现用模型只同意其中 {verdict.agreement:.0%} 的类别，标签可能有误（或换了一套类别），现用模型不变。核对无误后请加 --force。"
        )
        return False
    better = verdict.new >= verdict.old
    print(
        f"在双方都没有学过的 {verdict.rows} 行上：新模型宏平均 F1 {verdict.new:.3f}，现用模型 {verdict.old:.3f}，"
        + ("启用新模型。" if better else "现用模型不变。")
    )
    return better


def run_evaluate(options: argparse.Namespace) -> int:
    """Evaluate; prints a report or one line of JSON.

    Raises:
        Trouble: with exit code 2, the rows cannot be judged by.
    """
    from linli.methods.classify import train as training

    if not 0 < options.precision <= 1:
        raise Trouble(f"--precision 要在 0 和 1 之间，现在是 {options.precision:g}。", 2)
    data = read_labelled(options.file)
    begin = time.process_time()
    path = model_path(options)
    try:
        if options.test is not None:
            report = _on_file(data, read_labelled(options.test), options)
        else:
            model = load(path) if path.is_file() and not options.cross else None
            unseen = _unseen(model, data) if model is not None else None
            if model is not None and unseen is not None and len(unseen.texts) * 2 >= len(data.texts):
                report = _of_model(model, unseen, len(data.texts), options)
            else:
                training.check(data.texts, data.labels)
                report = training.cross_evaluate(
                    data.texts, data.labels, precision=options.precision, beside_baseline=not options.no_baseline
                )
    except training.BadRows as bad:
        raise Trouble(f"{options.file.name}：{bad}", 2) from bad
    report["cpu_seconds"] = round(time.process_time() - begin, 1)
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        _print(report)
    return 0


def _unseen(model: Model, data: Labelled) -> Labelled:
    """The rows that the model was not trained on."""
    from linli.methods.classify.model import row_hash

    seen = model.has_seen(row_hash(data.texts, data.labels))
    kept = [at for at, known in enumerate(seen.tolist()) if not known]
    return Labelled([data.texts[at] for at in kept], [data.labels[at] for at in kept])


def _on_file(data: Labelled, test: Labelled, options: argparse.Namespace) -> dict[str, Any]:
    from linli.methods.classify import train as training

    model, _ = training.train(data.texts, data.labels)
    report = _judged(model, test, options.precision)
    report |= {"split": f"用 {options.file.name} 训练，在 {options.test.name} 上评测", "train_rows": len(data.texts)}
    if not options.no_baseline:
        report["baseline"] = _baseline(data, test)
    return report


def _of_model(model: Model, unseen: Labelled, rows: int, options: argparse.Namespace) -> dict[str, Any]:
    report = _judged(model, unseen, options.precision)
    report |= {
        "split": f"现用模型，在它没有学过的 {len(unseen.texts)} 行上（文件共 {rows} 行）",
        "train_rows": model.about["rows"],
    }
    if not options.no_baseline:
        data = _still_there(model)
        if data is None:
            report["baseline_note"] = "训练文件已不在原处或有改动，不能做对照；可用 --test 同时给出两个文件。"
        else:
            report["baseline"] = _baseline(data, unseen)
    return report


def _still_there(model: Model) -> Labelled | None:
    """The rows that the model was trained on, if the file is still what it was."""
    from linli.methods.classify.train import data_hash

    path = Path(str(model.about.get("source", "")))
    try:
        data = read_labelled(path) if path.is_file() else None
    except Trouble:
        return None
    if data is None or data_hash(data.texts, data.labels) != model.about["data_sha256"]:
        return None
    return data


def _judged(model: Model, test: Labelled, precision: float) -> dict[str, Any]:
    from linli.methods.classify.evaluate import figures

    told = model.predict(test.texts)
    import numpy as np

    return figures(
        test.labels, [one.label for one in told], np.array([one.confidence for one in told]), precision=precision
    )


def _baseline(data: Labelled, test: Labelled) -> dict[str, Any]:
    import numpy as np

    from linli.methods.classify.evaluate import baseline, figures

    chosen = baseline(data.texts, data.labels, test.texts)
    report = figures(test.labels, chosen, np.ones(len(chosen)))
    return {"macro_f1": report["macro_f1"], "accuracy": report["accuracy"]}


def _print(report: dict[str, Any]) -> None:
    print(f"评测：{report['split']}；{report['rows']} 行。")
    print(f"宏平均 F1 {report['macro_f1']:.4f}，正确率 {report['accuracy']:.4f}")
    if "baseline" in report:
        base = report["baseline"]
        print(f"对照（字 1–3 元 TF-IDF + SGD）：宏平均 F1 {base['macro_f1']:.4f}，正确率 {base['accuracy']:.4f}")
    if "baseline_note" in report:
        print(report["baseline_note"])
    least = "" if report["threshold"] is None else f"（把握不低于 {report['threshold']:.3f} 的）"
    print(
        f"正确率要求 {report['coverage_precision']:.0%} 时的覆盖率 {report['coverage']:.1%}{least}；最有把握的 70% 正确率 {report['surest_70']:.4f}"
    )
    print(f"把握与正确率的平均差距 {report['calibration']['ece']:.3f}")
    for one in report["calibration"]["bins"]:
        print(f"  把握约 {one['confidence']:.2f}：正确 {one['right']:.2f}（{one['rows']} 行）")
    print("类别\t行数\t精确率\t召回率\tF1")
    for name, row in report["per_class"].items():
        print(f"{name}\t{row['rows']}\t{row['precision']:.3f}\t{row['recall']:.3f}\t{row['f1']:.3f}")


def run_predict(options: argparse.Namespace) -> int:
    """Predict every row of a file.

    Raises:
        Trouble: with exit code 2, there is no usable model, or the file cannot be read or written.
    """
    model = load(model_path(options))
    sheet = read_texts(options.file, labelled=False)
    told = model.predict(texts_of(sheet))
    added = ("label", "confidence", "words", "also")
    header = [f"given_{name}" if name.strip().lower() in added else name for name in sheet.header]
    write_sheet(
        options.output,
        [*header, *added],
        (
            [*cells, one.label, f"{one.confidence:.4f}", " ".join(one.words), "、".join(one.also)]
            for cells, one in zip(sheet.rows, told, strict=True)
        ),
        mark=False,
    )
    counts = Counter(one.label or "（看不出）" for one in told)
    print(
        f"已分类 {len(told)} 条，写入 {options.output}："
        + "，".join(f"{name} {number}" for name, number in counts.most_common(12))
        + "。"
    )
    return 0
