"""Which SQLite library runs, and which journal it may be trusted with (数据库驱动).

This module imports no Django, because settings calls `install` before anything of Django's database layer is loaded.
"""

import importlib
import sys

WAL_LAST_FAULTY = (3, 51, 2)
"""Last version whose WAL reset can corrupt the file; every version since 3.7.0, the first with WAL, is affected."""


def install() -> bool:
    """Put the newer SQLite of the `pysqlite3` wheel in the place of the standard library's (替换驱动).

    Call it at the very top of settings. Without the wheel (no Linux aarch64 build exists) nothing is changed and the
    system's SQLite is used, in the journal mode that `journal_mode_for` allows it.

    Returns: True when the wheel is in use.
    Raises: RuntimeError when Django's SQLite backend was already loaded over the other library: two libraries on one
        file in one process would drop each other's locks.
    """
    try:
        wheel = importlib.import_module("pysqlite3")
        dbapi2 = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return False
    loaded = sys.modules.get("django.db.backends.sqlite3.base")
    if loaded is not None and loaded.Database is not dbapi2:
        raise RuntimeError("driver.install() 调用得太晚：Django 的数据库模块已加载。请移到 settings 文件最前面。")
    sys.modules["sqlite3"] = wheel
    sys.modules["sqlite3.dbapi2"] = dbapi2
    return True


def journal_mode_for(version: tuple[int, int, int]) -> str:
    """Return the journal mode a SQLite version may use: "WAL", or "DELETE" where WAL is absent or faulty (日志模式).

    Arguments:
        version: as in `sqlite3.sqlite_version_info`.
    """
    return "WAL" if version > WAL_LAST_FAULTY else "DELETE"
