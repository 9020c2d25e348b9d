"""The data folder, its keys, and what stands open to the world (数据目录、密钥与暴露面)."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from linli.site.backup import record, state
from linli.site.health import ACCEPTABLE, REFUSE, WARN, Finding, judged
from linli.site.health.database import network_disk

KEYS = {"secret.key": 48, "field.key": 32}
LEAST_FREE = 200 * 1024 * 1024
LITTLE_FREE = 1024 * 1024 * 1024
WEAK = {"", "postgres", "password", "linli", "123456", "12345678", "admin", "root", "linli-demo-2026"}
FONTS = (".ttf", ".ttc", ".otf")


def look() -> list[Finding]:
    """Python, folder, keys, disk, backups, fonts."""
    data = Path(settings.LINLI_DATA)
    found = [
        Finding("python", "Python", platform.python_version()),
        Finding("data", "数据目录", str(data)),
        *[key(data / name, size) for name, size in KEYS.items()],
        space(data),
        backup_age(),
        interrupted(data),
        fonts(),
    ]
    if connection.vendor == "sqlite":
        found.append(network_disk(data))
    unknown = set(settings.LINLI_ACCEPT) - ACCEPTABLE
    if unknown:
        mend = f"这些不能登记接受；可写：{'、'.join(sorted(ACCEPTABLE))}"
        found.append(Finding("accept", "LINLI_ACCEPT", "、".join(sorted(unknown)), WARN, mend))
    return found


def key(path: Path, size: int) -> Finding:
    """A key file: there, whole, random, and nobody else's to read."""
    title = f"密钥 {path.name}"
    name = f"key.{path.stem}"
    if not path.exists():
        return Finding(name, title, "不在", REFUSE, "请从备份恢复这个文件；没有它，加密的内容读不出来")
    raw = path.read_bytes()
    if len(raw) != size or len(set(raw)) < size // 3:
        return Finding(name, title, f"{len(raw)} 字节，不是随机生成的密钥", REFUSE, "请从备份恢复这个密钥文件")
    demo = path.parent / "demo" / path.name
    if demo.exists() and demo.read_bytes() == raw:
        return Finding(name, title, "与演示数据的密钥相同", REFUSE, "演示密钥不能用于正式数据：请换新的数据目录")
    mode = stat.S_IMODE(path.stat().st_mode)
    private = os.name != "posix" or not mode & 0o077
    return judged(
        name, title, f"{size} 字节" if private else f"其他用户可读（{mode:o}）", private, f"请运行 chmod 600 {path}"
    )


def space(data: Path) -> Finding:
    """Free room on the disk of the data folder."""
    free = shutil.disk_usage(data).free
    text = f"剩余 {free / 2**30:.1f} GB"
    if free < LEAST_FREE:
        return Finding(
            "disk.space", "磁盘空间", text, REFUSE, "不足 200 MB：请先清理磁盘，见 docs/run.zh-CN.md“磁盘满了”"
        )
    return judged("disk.space", "磁盘空间", text, free >= LITTLE_FREE, "不足 1 GB：请尽快清理或扩容", WARN)


def backup_age() -> Finding:
    """When the last backup was made."""
    last = record.last()
    mend = "请运行 linli backup --to 目录 --keep 7，并设为定时任务"
    if last is None:
        return Finding("backup.age", "最近一次备份", "还没有备份过", WARN, mend)
    age = timezone.now() - last.at
    hours = age / timedelta(hours=1)
    return judged("backup.age", "最近一次备份", f"{hours:.1f} 小时前，{last.name}", hours <= 26, mend, WARN)


def interrupted(data: Path) -> Finding:
    """Whether a restore was cut off half-way."""
    left = state.unfinished(data)
    mend = "上次恢复中断，数据不完整：请重新运行 linli restore 备份文件 --replace"
    return judged("restore", "恢复", f"没有完成：{left}" if left else "没有中断的恢复", not left, mend)


def fonts() -> Finding:
    """Whether a Chinese font is there for PDF files; pages need none."""
    places = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts", Path("/Library/Fonts")]
    words = ("cjk", "wqy", "hans", "sourcehan", "simsun", "simhei", "msyh", "fangsong", "pingfang", "notosanssc")
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                low = name.lower()
                if low.endswith(FONTS) and any(word in low.replace("-", "").replace("_", "") for word in words):
                    return Finding("fonts", "中文字体", str(Path(folder) / name))
    return Finding("fonts", "中文字体", "没有找到", WARN, "PDF 文件需要：Debian/Ubuntu 请安装 fonts-noto-cjk")


def open_world(*, refuse: bool) -> list[Finding]:
    """Whether others on this machine can read the data folder."""
    data = Path(settings.LINLI_DATA)
    level = REFUSE if refuse else WARN
    if os.name != "posix":
        return []
    mode = stat.S_IMODE(data.stat().st_mode)
    closed = not mode & 0o007
    state = "只有本账号可读" if closed else f"其他用户可读（{mode:o}）"
    return [judged("data.mode", "数据目录权限", state, closed, f"请运行 chmod 700 {data}", level)]


def exposure() -> list[Finding]:
    """What only a real installation needs: host names, no debug, no demo, a database password."""
    hosts: list[str] = settings.ALLOWED_HOSTS if os.environ.get("LINLI_HOSTS", "").strip() else []
    found = [
        judged(
            "hosts",
            "允许的域名 LINLI_HOSTS",
            "、".join(hosts) or "没有设置",
            bool(hosts) and "*" not in hosts,
            "请把居民访问的域名写入 LINLI_HOSTS，多个用逗号分开，不能写 *",
        ),
        judged("debug", "调试模式", "开" if settings.DEBUG else "关", not settings.DEBUG, "正式运行不能打开调试模式"),
        judged(
            "demo.mode",
            "演示模式 LINLI_DEMO",
            "开" if settings.LINLI_DEMO else "关",
            not settings.LINLI_DEMO,
            "正式运行请去掉 LINLI_DEMO，并使用不含演示数据的 LINLI_DATA",
        ),
        judged("secret", "签名密钥", "已设置", strong_secret(), "太短、太简单或与演示相同：请从备份恢复 secret.key"),
        Finding("proxy", "反向代理 LINLI_PROXY", "有" if settings.LINLI_PROXY else "无"),
    ]
    if not settings.LINLI_PROXY:
        mend = "密码和联系方式会以明文传输：请在前面放一个 HTTPS 反向代理并设 LINLI_PROXY=1，见 docs/run.zh-CN.md"
        found[-1] = Finding("proxy", "反向代理 LINLI_PROXY", "没有登记", WARN, mend)
    given: dict[str, Any] = settings.DATABASES["default"]
    host = str(given.get("HOST", ""))
    if host and not host.startswith("/"):
        weak = str(given.get("PASSWORD", "")).lower() in WEAK
        local = host in ("127.0.0.1", "localhost", "::1")
        mend = "数据库密码为空或太简单：请换成随机密码，写入 LINLI_DB"
        level = WARN if local and not given.get("PASSWORD") else REFUSE
        found.append(judged("pg.password", "数据库密码", "弱" if weak else "已设置", not weak, mend, level))
    return found


def strong_secret() -> bool:
    """Whether the signing key is long and mixed enough."""
    secret = str(settings.SECRET_KEY)
    return len(secret) >= 50 and len(set(secret)) >= 8 and "insecure" not in secret
