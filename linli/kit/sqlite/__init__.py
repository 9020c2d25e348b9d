"""Django database backend for SQLite in which every write transaction waits for one file lock (单写锁 SQLite 后端).

`driver` chooses the SQLite library, `lock` is the file lock, `connection` takes it, `base` is the backend that Django
loads (ENGINE = "linli.kit.sqlite").
"""
