"""`linli appeals import`: take in appeals from a file (导入诉求)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linli.site.commands import prepare

if TYPE_CHECKING:
    from linli.site.commands.prepare import Commands

IMPORT = ["appeals", "import"]


def add(commands: Commands) -> None:
    """Show the command in the help; its own module reads its options (see `run_import`)."""
    group = commands.add_parser("appeals", help="诉求").add_subparsers(
        title="命令", metavar="命令", dest="verb", required=True
    )
    group.add_parser("import", help="从表格导入诉求（选项见 linli appeals import --help）", add_help=False)


def run_import(argv: list[str]) -> int:
    """Hand everything after `appeals import` to the importer; `--demo` chooses the demo's database."""
    demo = "--demo" in argv
    rest = [word for word in argv if word != "--demo"]
    if {"-h", "--help"} & set(rest):
        prepare.start_django(demo=demo)
    else:
        prepare.open_database(demo=demo)
    from linli.site.commands import appeals_import

    return int(appeals_import.run(rest))
