# ruff: noqa: E402
"""Processes that write into an installation; the tests start them by name, record them, and kill them.

lines SYNCHRONOUS COUNT   write COUNT lines of the trail, each acknowledged into the file `acks` once it is committed
kills KILLS SEED          fork writers of appeals and kill each with SIGKILL; print what was acknowledged
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.site.settings")

import django

django.setup()

from django.conf import settings
from django.db import connection, connections

from linli.areas.appeals import actions as appeals
from linli.commons.actor import RESIDENT, SYSTEM
from linli.commons.models import Place
from linli.kit import trail


def lines(synchronous: str, count: int) -> None:
    """Write and acknowledge lines; SYNCHRONOUS=OFF is the negative control."""
    connection.ensure_connection()
    if synchronous == "OFF":
        connection.cursor().execute("PRAGMA synchronous = OFF")
    acks = os.open(settings.LINLI_DATA / "acks", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number in range(1, count + 1):
        trail.write([trail.Draft(SYSTEM, "appeals.closed", f"appeal:power-{number}", "429999")])
        os.write(acks, f"{number}\n".encode())


def file_forever(name: str, pipe: int) -> None:
    """File appeals, each under a key of its own, and name each one once it is committed."""
    place = Place.objects.get(code="429999001001")
    number = 0
    while True:
        key = f"{name}-{number}"
        appeals.file_appeal(by=RESIDENT, place=place, text="路灯坏了。", source="kill", source_key=key)
        os.write(pipe, f"{key}\n".encode())
        number += 1


def kills(count: int, seed: int) -> None:
    """Two writers at a time, killed at a random moment; every acknowledged key goes to standard output."""
    chance = random.Random(seed)
    connections.close_all()
    for kill in range(0, count, 2):
        children = []
        for which in "ab":
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(reader)
                file_forever(f"{seed}-{kill}{which}", writer)
            os.close(writer)
            children.append((child, reader))
        first = [os.read(reader, 65536) for _, reader in children]  # both are really writing
        time.sleep(chance.uniform(0.005, 0.15))
        for child, _ in children:
            os.kill(child, signal.SIGKILL)
        for (child, reader), began in zip(children, first, strict=True):
            os.waitpid(child, 0)
            rest = b""
            while more := os.read(reader, 65536):
                rest += more
            os.close(reader)
            sys.stdout.write((began + rest).decode())
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "lines":
        lines(sys.argv[2], int(sys.argv[3]))
    else:
        kills(int(sys.argv[2]), int(sys.argv[3]))
