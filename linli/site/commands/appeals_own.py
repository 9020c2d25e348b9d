"""`linli appeals learn`: learn from the site's own closed appeals what the next ones are about (用本站办结的诉求训练)."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING

from linli.site.commands import prepare
from linli.site.commands.appeals_learn import Labelled, adopt
from linli.site.commands.sheets import say

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands

MOST = 10_000
"""Appeals that are learnt from, the newest: some two minutes and half a gigabyte."""
LEAST_OF_MATTER = 5
"""A matter with fewer closed appeals cannot be learnt yet."""


def add(verbs: Commands) -> None:
    """Add the verb to the group `appeals`."""
    learn = verbs.add_parser(
        "learn",
        help="用本站办结的诉求训练分类模型",
        description="用本站已办结（和作为历史导入）的诉求及其最终事项训练分类模型，供受理时建议事项。新模型要在留出的诉求上不差于事项目录的词，"
        "也不差于现用模型，才会启用；可每月运行一次。",
    )
    learn.add_argument("--force", action="store_true", help="不作比较，直接启用新模型")
    prepare.demo_option(learn)
    learn.set_defaults(run=run_learn)


def run_learn(options: argparse.Namespace) -> int:
    """Learn; 0 also when nothing better came of it.

    Raises:
        Trouble: with exit code 2, there are too few closed appeals, or the model cannot be written.
    """
    prepare.open_database(demo=options.demo)
    from linli.areas.appeals.queries.suggested import model_file, settled
    from linli.commons.actor import SYSTEM

    rows = settled(SYSTEM.lent("appeals.see"), MOST)
    counts = Counter(name for _, name in rows)
    rare = sorted(name for name, number in counts.items() if number < LEAST_OF_MATTER)
    kept = [(text, name) for text, name in rows if counts[name] >= LEAST_OF_MATTER]
    if rare:
        more = "等" if len(rare) > 8 else ""
        say(f"{len(rare)} 个事项的办结诉求不到 {LEAST_OF_MATTER} 件，暂不学习：{'、'.join(rare[:8])}{more}。")
    if not kept:
        raise prepare.Trouble(
            "本站办结的诉求还太少，没有一个事项满 5 件。请先用，或用表格训练：linli appeals train 文件", 2
        )
    data = Labelled([text for text, _ in kept], [name for _, name in kept])
    plain = by_catalogue(data)
    print(f"本站有 {len(kept)} 件办结诉求、{len(counts) - len(rare)} 个事项可学；事项目录的词在其中正确 {plain:.3f}。")
    return adopt(data, model_file(), name="本站办结的诉求", force=options.force, least=plain)


def by_catalogue(data: Labelled) -> float:
    """Share of the rows whose matter the catalogue's words find: what a model must beat.

    It flatters the catalogue a little: whoever settled the matter had its suggestion before their eyes.
    """
    from linli.methods.classify import suggest

    right = 0
    for text, label in zip(data.texts, data.labels, strict=True):
        found = suggest(text, top=1)
        right += bool(found) and found[0].name == label
    return right / len(data.texts)
