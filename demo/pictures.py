"""Pictures for a few appeals (照片), drawn here: shapes only, nobody and no real place is shown."""

from __future__ import annotations

import io
import random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

from linli.kit import files

SIZE = (960, 720)
Box = tuple[float, float, float, float]


def photo(name: str, seed: int) -> tuple[bytes, str, str]:
    """A checked picture as an upload gives it.

    Args:
        name: one of lamp, road, manhole, rubbish, wires, hall, parking, pond, wall, shed, stall, tree. seed: variation.
    """
    chance = random.Random(seed)
    night = name == "lamp"
    image = Image.new("RGB", SIZE, (24, 28, 44) if night else (196, 208, 216))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 470, 960, 720), fill=(52, 52, 58) if night else (140, 138, 132))
    _houses(draw, chance, night)
    {
        "lamp": _lamp,
        "road": _hole,
        "manhole": _hole,
        "rubbish": _heap,
        "wires": _wires,
        "hall": _heap,
        "parking": _cars,
        "pond": _pond,
        "wall": _cracks,
        "shed": _shed,
        "stall": _shed,
        "tree": _tree,
    }[name](draw, chance)
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(1.2)).save(out, "JPEG", quality=78)
    return files.check_upload(SimpleUploadedFile(f"现场照片{seed}.jpg", out.getvalue(), "image/jpeg"))


def _houses(draw: ImageDraw.ImageDraw, chance: random.Random, night: bool) -> None:
    left = 0
    while left < SIZE[0]:
        width, top = chance.randrange(140, 260), chance.randrange(120, 280)
        tone = chance.randrange(150, 190) if not night else chance.randrange(38, 54)
        draw.rectangle((left, top, left + width, 470), fill=(tone, tone - 6, tone - 14))
        for y in range(top + 25, 430, 62):
            for x in range(left + 20, left + width - 40, 58):
                lit = night and chance.random() < 0.3
                draw.rectangle((x, y, x + 32, y + 36), fill=(240, 214, 140) if lit else (96, 108, 122))
        left += width + 14


def _lamp(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for x in (180, 470, 760):
        draw.rectangle((x, 210, x + 12, 520), fill=(84, 86, 92))
        draw.ellipse((x - 34, 190, x + 46, 226), fill=(60, 62, 68))
    draw.polygon(((0, 720), (960, 720), (640, 470), (330, 470)), fill=(36, 36, 42))


def _hole(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    x, y = chance.randrange(280, 460), chance.randrange(540, 590)
    draw.ellipse((x, y, x + 260, y + 92), fill=(62, 58, 54))
    draw.ellipse((x + 24, y + 16, x + 230, y + 80), fill=(26, 24, 24))
    for _ in range(14):
        a, b = chance.randrange(x - 60, x + 320), chance.randrange(y - 30, y + 120)
        draw.polygon(((a, b), (a + 18, b + 6), (a + 6, b + 16)), fill=(110, 106, 100))


def _heap(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for _ in range(40):
        x, y = chance.randrange(260, 700), chance.randrange(480, 660)
        tone = chance.choice(((36, 42, 58), (188, 150, 96), (210, 210, 206), (120, 60, 52)))
        size = chance.randrange(30, 84)
        box: Box = (x, y, x + size, y + size * 0.8)
        (draw.ellipse if chance.random() < 0.5 else draw.rectangle)(box, fill=tone)


def _wires(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for _ in range(9):
        x, y = chance.randrange(60, 500), chance.randrange(140, 320)
        points = [(x + step * 40, y + step * step * chance.uniform(1.5, 3.5)) for step in range(10)]
        draw.line(points, fill=(20, 20, 22), width=4)


def _cars(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for x in range(60, 860, 220):
        tone = chance.choice(((170, 40, 40), (230, 230, 228), (50, 70, 110), (90, 92, 96)))
        draw.rounded_rectangle((x, 540, x + 180, 620), 22, fill=tone)
        draw.rounded_rectangle((x + 34, 500, x + 146, 556), 18, fill=(70, 82, 94))
        for wheel in (x + 24, x + 126):
            draw.ellipse((wheel, 600, wheel + 36, 636), fill=(24, 24, 26))


def _pond(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    draw.ellipse((120, 480, 860, 710), fill=(104, 128, 70))
    for _ in range(22):
        x, y = chance.randrange(200, 760), chance.randrange(510, 680)
        draw.ellipse((x, y, x + 34, y + 10), fill=(206, 206, 196))


def _cracks(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    draw.rectangle((160, 160, 800, 640), fill=(176, 150, 128))
    for _ in range(5):
        x, y = chance.randrange(200, 760), 160
        points = [(x, y)]
        while y < 620:
            x, y = x + chance.randrange(-34, 35), y + chance.randrange(24, 60)
            points.append((x, y))
        draw.line(points, fill=(40, 34, 30), width=7)


def _shed(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    draw.rectangle((250, 380, 700, 640), fill=(156, 164, 172))
    draw.polygon(((220, 390), (730, 390), (660, 290), (300, 290)), fill=(44, 92, 150))
    for x in range(270, 690, 46):
        draw.line((x, 392, x, 638), fill=(120, 128, 136), width=3)


def _tree(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    draw.rectangle((450, 330, 500, 640), fill=(92, 66, 44))
    for _ in range(30):
        x, y = chance.randrange(300, 600), chance.randrange(120, 380)
        draw.ellipse((x, y, x + 90, y + 70), fill=(chance.randrange(50, 90), chance.randrange(96, 140), 52))
