#!/usr/bin/env python3
"""Draws the quickstart's pictures and its sound, with nothing but Python.

    python3 conf-examples/quickstart-art.py

writes conf-examples/quickstart/demo/img/*.png and sound/*.wav.  They are in
the repository, so that nobody needs to run this.
"""

import math
import os
import struct
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "quickstart", "demo")


def rgb(text):
    return tuple(int(text[i:i + 2], 16) for i in (0, 2, 4))


def clamp(v):
    return 0.0 if v < 0 else 1.0 if v > 1 else v


class Picture:
    """
    Shapes with soft edges on a gradient, painted back to front; drawn on w by
    h units, of which a pixel takes 1 / scale.
    """

    def __init__(self, w, h, top, bottom, scale=.6):
        self.units, self.scale = w, scale
        w, h = round(w * scale), round(h * scale)
        self.w, self.h = w, h
        a, b = rgb(top), rgb(bottom)
        self.rows = []
        for y in range(h):
            t = y / (h - 1)
            px = bytes(round(p + (q - p) * t) for p, q in zip(a, b))
            self.rows.append(bytearray(px * w))

    def paint(self, box, cover, color, alpha=1.0, to=None):
        """cover(x, y) is 0..1; the color may run to another, downwards."""
        s = self.scale
        x0, y0, x1, y1 = (int(math.floor(v * s)) for v in box)
        x0, y0 = max(x0, 0), max(y0, 0)
        x1, y1 = min(x1 + 1, self.w), min(y1 + 1, self.h)
        a = rgb(color)
        b = rgb(to) if to else a
        for y in range(y0, y1):
            t = (y - y0) / max(1, y1 - y0 - 1)
            c = [p + (q - p) * t for p, q in zip(a, b)]
            row = self.rows[y]
            for x in range(x0, x1):
                k = cover((x + .5) / s, (y + .5) / s)
                if k <= 0:
                    continue
                k = alpha if k >= 1 else k * alpha
                i = x * 3
                for n in range(3):
                    row[i + n] = round(row[i + n] + (c[n] - row[i + n]) * k)

    def disc(self, cx, cy, r, color, alpha=1.0, to=None):
        self.paint((cx - r - 1, cy - r - 1, cx + r + 1, cy + r + 1),
                   lambda x, y: clamp(r - math.hypot(x - cx, y - cy) + .5),
                   color, alpha, to)

    def ring(self, cx, cy, r, width, color, alpha=1.0):
        o = r + width
        self.paint((cx - o, cy - o, cx + o, cy + o),
                   lambda x, y: clamp(width / 2 + .5
                                      - abs(math.hypot(x - cx, y - cy) - r)),
                   color, alpha)

    def ellipse(self, cx, cy, rx, ry, color, alpha=1.0, to=None):
        s = min(rx, ry)
        self.paint((cx - rx - 1, cy - ry - 1, cx + rx + 1, cy + ry + 1),
                   lambda x, y: clamp((1 - math.hypot((x - cx) / rx,
                                                      (y - cy) / ry)) * s + .5),
                   color, alpha, to)

    def polygon(self, points, color, alpha=1.0, to=None):
        """Convex, clockwise on the screen."""
        edges = []
        for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
            n = math.hypot(bx - ax, by - ay)
            edges.append((ax, ay, (bx - ax) / n, (by - ay) / n))
        xs, ys = [p[0] for p in points], [p[1] for p in points]

        def cover(x, y):
            return clamp(min(dx * (y - ay) - dy * (x - ax)
                             for ax, ay, dx, dy in edges) + .5)

        self.paint((min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1),
                   cover, color, alpha, to)

    def hill(self, height, color, alpha=1.0, to=None):
        """All that is below height(x)."""
        tops = [height(x) for x in range(self.units + 2)]
        self.paint((0, min(tops) - 1, self.units, self.h / self.scale),
                   lambda x, y: clamp(y - tops[int(x)] + .5), color, alpha, to)

    def band(self, points, width, color, alpha=1.0):
        """A line with round ends through the points."""
        segs = list(zip(points, points[1:]))

        def cover(x, y):
            d = 1e9
            for (ax, ay), (bx, by) in segs:
                vx, vy = bx - ax, by - ay
                t = clamp(((x - ax) * vx + (y - ay) * vy) / (vx * vx + vy * vy))
                d = min(d, math.hypot(x - ax - t * vx, y - ay - t * vy))
            return clamp(width / 2 - d + .5)

        xs, ys = [p[0] for p in points], [p[1] for p in points]
        self.paint((min(xs) - width, min(ys) - width,
                    max(xs) + width, max(ys) + width), cover, color, alpha)

    def save(self, name):
        zero = bytearray(self.w * 3)
        raw, prev = bytearray(), zero
        for row in self.rows:
            sub = bytearray((v - (row[i - 3] if i >= 3 else 0)) & 255
                            for i, v in enumerate(row))
            up = bytearray((v - p) & 255 for v, p in zip(row, prev))
            best = min(((sum(min(v, 256 - v) for v in f), n, f)
                        for n, f in ((1, sub), (2, up))))
            raw.append(best[1])
            raw += best[2]
            prev = row

        def chunk(tag, data):
            return (struct.pack(">I", len(data)) + tag + data
                    + struct.pack(">I", zlib.crc32(tag + data)))

        path = os.path.join(OUT, "img", name)
        with open(path, "wb") as f:
            f.write(b"\x89PNG\r\n\x1a\n"
                    + chunk(b"IHDR", struct.pack(">IIBBBBB", self.w, self.h,
                                                 8, 2, 0, 0, 0))
                    + chunk(b"IDAT", zlib.compress(bytes(raw), 9))
                    + chunk(b"IEND", b""))
        print("%-14s %6d bytes" % (name, os.path.getsize(path)))


def wave(base, *parts):
    return lambda x: base + sum(a * math.sin(x / w + p) for a, w, p in parts)


def harbour():
    p = Picture(1200, 630, "f7d9a8", "ef8d64")
    p.disc(820, 300, 190, "fbe6bd", .35)
    p.disc(820, 300, 120, "fff1cf")
    p.hill(wave(330, (38, 170, .4), (12, 61, 2)), "d9826a", 1, "c46a62")
    p.hill(wave(390, (30, 120, 2.2), (9, 37, 1)), "a6566a", 1, "8a4664")
    p.polygon([(250, 395), (258, 205), (292, 205), (300, 395)], "fdf3e2")
    p.polygon([(253, 320), (256, 275), (294, 275), (297, 320)], "c8453f")
    p.polygon([(244, 206), (244, 196), (306, 196), (306, 206)], "4a2a45")
    p.polygon([(257, 196), (257, 166), (293, 166), (293, 196)], "ffe08a")
    p.polygon([(250, 167), (275, 140), (300, 167)], "4a2a45")
    p.hill(wave(452, (4, 90, 0), (2, 33, 1)), "6d3a63", 1, "2b2249")
    for i in range(9):
        y, half = 470 + i * 15, 118 - i * 9
        p.band([(820 - half, y), (820 + half, y)], 5 - i * .3, "ffd9a0",
               .75 - i * .06)
    p.polygon([(520, 520), (690, 520), (662, 556), (548, 556)], "211a38")
    p.polygon([(600, 512), (600, 395), (664, 512)], "fdf3e2")
    p.polygon([(590, 512), (540, 512), (590, 418)], "f3cfae")
    p.band([(595, 395), (595, 520)], 5, "211a38")
    p.save("harbour.png")


def lamp():
    p = Picture(1200, 1200, "e9eef0", "cdd8d9", .5)
    p.ellipse(600, 1010, 430, 46, "a9babb", .55)
    p.polygon([(420, 380), (780, 380), (1010, 1000), (190, 1000)], "fff3c4", .5)
    p.ellipse(600, 985, 190, 34, "1f3a40")
    p.ellipse(600, 972, 190, 34, "2d555c")
    p.band([(600, 970), (690, 700), (560, 420)], 26, "2d555c")
    p.disc(690, 700, 30, "e0a63a")
    p.polygon([(430, 390), (520, 220), (680, 220), (770, 390)], "e0663a", 1,
              "b94a28")
    p.ellipse(600, 390, 170, 26, "fff0b8")
    p.ellipse(600, 220, 80, 16, "c8532f")
    p.save("lamp.png")


def bell():
    p = Picture(1280, 720, "141b34", "141b34")
    for r, a in ((420, .05), (330, .07), (240, .09)):
        p.disc(640, 330, r, "ff9f43", a)
    p.band([(500, 110), (780, 110)], 26, "3a506b")
    p.ellipse(640, 160, 44, 50, "b9742c")
    p.ellipse(640, 290, 130, 150, "d08c36", 1, "b06a22")
    p.polygon([(510, 290), (770, 290), (830, 470), (450, 470)], "c07d2d", 1,
              "8f5019")
    p.ellipse(640, 470, 190, 30, "6d3b12")
    p.disc(640, 488, 34, "3b2210")
    p.band([(560, 330), (530, 420)], 16, "f3c878", .7)
    p.ring(640, 420, 300, 6, "5bc0be", .5)
    p.ring(640, 420, 360, 5, "5bc0be", .35)
    p.ring(640, 420, 420, 4, "5bc0be", .2)
    p.disc(640, 360, 78, "ffffff", .92)
    p.polygon([(614, 318), (690, 360), (614, 402)], "0b132b")
    p.save("bell.png")


def stew():
    p = Picture(1200, 900, "356570", "356570")
    for i in range(-3, 13):
        p.band([(i * 120, 0), (i * 120, 900)], 2, "ffffff", .06)
    p.ellipse(612, 492, 372, 352, "1b3a4b", .45)
    p.disc(600, 450, 350, "f4efe6")
    p.disc(600, 450, 318, "e4dccd")
    p.disc(600, 450, 290, "cb4c24")
    for n in range(7):
        a = n * 2 * math.pi / 7 + .3
        p.disc(600 + 165 * math.cos(a), 450 + 165 * math.sin(a), 58, "f7e6c4")
        p.disc(592 + 165 * math.cos(a), 442 + 165 * math.sin(a), 40, "fff6e0")
    for n in range(19):
        a, r = n * 2.4, 22 + n * 12.4
        x, y = 600 + r * math.cos(a), 450 + r * math.sin(a)
        p.ellipse(x, y, 17, 9, "5b8c3a" if n % 3 else "86b049")
    for n in range(11):
        a, r = n * 1.9 + 1, 60 + n * 18
        p.disc(600 + r * math.cos(a), 450 + r * math.sin(a), 11, "f2a03d")
    p.band([(1010, 180), (1060, 760)], 26, "c9cdd2")
    p.ellipse(1004, 150, 52, 84, "d8dce0")
    p.ellipse(1000, 150, 34, 62, "b9bec4")
    p.save("stew.png")


def lanterns():
    p = Picture(1200, 630, "16123a", "4a2a6b")
    for n in range(60):
        p.disc((n * 379) % 1200, (n * 211) % 330, 1.2 + n % 3 * .6, "ffffff",
               .35 + n % 4 * .15)
    p.hill(wave(500, (20, 160, 1), (7, 47, 0)), "241a4d", 1, "120d2e")
    for x, y, s, c in ((180, 330, 1.1, "ff8a5b"), (390, 210, .8, "ffd166"),
                       (600, 300, 1.4, "ff6b6b"), (820, 190, .9, "ffd166"),
                       (1020, 320, 1.2, "ff9f6b")):
        p.disc(x, y, 120 * s, c, .10)
        p.disc(x, y, 86 * s, c, .13)
        p.ellipse(x, y, 46 * s, 56 * s, c)
        p.ellipse(x, y, 22 * s, 54 * s, "fff1c9", .6)
        p.polygon([(x + 20 * s, y - 60 * s), (x + 20 * s, y - 50 * s - 1),
                   (x - 20 * s, y - 50 * s - 1), (x - 20 * s, y - 60 * s)],
                  "2a1b4a")
        p.polygon([(x - 20 * s, y + 50 * s), (x - 20 * s, y + 60 * s),
                   (x + 20 * s, y + 60 * s), (x + 20 * s, y + 50 * s)][::-1],
                  "2a1b4a")
        p.band([(x, y - 60 * s), (x, -20)], 1.6, "e8d8ff", .4)
    p.save("lanterns.png")


def podcast():
    p = Picture(800, 800, "0c4553", "0c4553", .6)
    for n in range(6):
        p.ring(400, 400, 110 + n * 52, 14 - n * 1.6, "fb8b24", .9 - n * .14)
    p.disc(400, 400, 86, "ffe8c7")
    p.band([(400, 362), (400, 408)], 46, "9a031e")
    p.band([(400, 436), (400, 462)], 8, "9a031e")
    p.band([(372, 464), (428, 464)], 8, "9a031e")
    p.save("podcast.png")


def lighthouse():
    p = Picture(1200, 630, "12355b", "3d7ea6")
    p.polygon([(600, 214), (1200, 60), (1200, 330)], "fff3b0", .22)
    p.polygon([(600, 214), (0, 330), (0, 60)], "fff3b0", .22)
    p.hill(wave(470, (14, 130, 0), (5, 41, 1)), "0e2a47", 1, "081a2e")
    p.polygon([(556, 490), (572, 250), (628, 250), (644, 490)], "f5f0e6", 1,
              "d5cfc2")
    p.polygon([(561, 420), (564, 365), (636, 365), (639, 420)], "d1495b")
    p.polygon([(568, 310), (571, 262), (629, 262), (632, 310)], "d1495b")
    p.polygon([(556, 252), (556, 240), (644, 240), (644, 252)], "0e2a47")
    p.polygon([(576, 240), (576, 190), (624, 190), (624, 240)], "ffe27a")
    p.polygon([(566, 191), (600, 152), (634, 191)], "0e2a47")
    p.save("lighthouse.png")


def icon():
    for size in (32, 180):
        s = size / 180
        p = Picture(size, size, "12355b", "1f5f8b", 1)
        p.disc(90 * s, 70 * s, 44 * s, "ffe27a", .3)
        p.polygon([(66 * s, 140 * s), (76 * s, 74 * s), (104 * s, 74 * s),
                   (114 * s, 140 * s)], "f5f0e6")
        p.polygon([(70 * s, 116 * s), (73 * s, 96 * s), (107 * s, 96 * s),
                   (110 * s, 116 * s)], "d1495b")
        p.polygon([(74 * s, 74 * s), (74 * s, 52 * s), (106 * s, 52 * s),
                   (106 * s, 74 * s)], "ffe27a")
        p.polygon([(66 * s, 53 * s), (90 * s, 32 * s), (114 * s, 53 * s)],
                  "0b2038")
        p.band([(24 * s, 146 * s), (156 * s, 146 * s)], 10 * s, "8fd3f4")
        p.save("icon-%d.png" % size)


def sound():
    """A struck bell, three seconds, 8 bits, 8 kHz."""
    rate, data = 8000, bytearray()
    for n in range(rate * 3):
        t = n / rate
        v = sum(a * math.exp(-t * d) * math.sin(2 * math.pi * f * t)
                for a, f, d in ((.34, 220, .7), (.26, 441, 1), (.2, 524, 1.4),
                                (.14, 662, 1.9), (.1, 1180, 3.2)))
        v *= min(1, (3 - t) * 2)
        data.append(round(128 + 120 * v))
    path = os.path.join(OUT, "sound")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, "bell.wav"), "wb") as f:
        f.write(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt "
                + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8)
                + b"data" + struct.pack("<I", len(data)) + data)


if __name__ == "__main__":
    os.makedirs(os.path.join(OUT, "img"), exist_ok=True)
    for draw in (harbour, lamp, bell, stew, lanterns, podcast, lighthouse, icon,
                 sound):
        draw()
