"""Parser of Chinese statutes (法规文本解析): 编 章 节 条 款 项 目, sentences and fingerprints.

The levels and their numbering follow 立法法 art. 65: 编章节条 carry Chinese numerals, 款 none, 项 Chinese numerals in
brackets, 目 Arabic numerals. Articles are numbered through the whole act, so an article's eId never names its chapter.
`read_tree` keeps every character of any text; `parse` gives the act that packs and pages work with.
"""

from linli.law.parse.act import act_of, fingerprint, normalised, parse, sentences_of, split_sentences
from linli.law.parse.files import SUFFIXES, decode, read_file, read_text
from linli.law.parse.numerals import number_of, numeral_of, value
from linli.law.parse.reader import read_tree
from linli.law.parse.tree import PROVISIONS, Node, Problem, Tree, written

__all__ = [
    "PROVISIONS",
    "SUFFIXES",
    "Node",
    "Problem",
    "Tree",
    "act_of",
    "decode",
    "fingerprint",
    "normalised",
    "number_of",
    "numeral_of",
    "parse",
    "read_file",
    "read_text",
    "read_tree",
    "sentences_of",
    "split_sentences",
    "value",
    "written",
]
