#!/usr/bin/env python3

"""Writes encoding_data.inc: the characters of the Encoding Standard's index
Big5 that glibc's BIG5-HKSCS does not read, or reads as others.

    python3 encoding_data.py index-big5.txt > encoding_data.inc

The index is https://encoding.spec.whatwg.org/index-big5.txt.
"""

import subprocess
import sys


def pairs(name):
    """Bytes and code point of each pointer that has one of its own."""
    with open(name, encoding="utf-8") as index:
        for line in index:
            if line.startswith("#") or not line.strip():
                continue

            pointer, code = line.split()[:2]
            lead, trail = divmod(int(pointer), 157)
            trail += 0x40 if trail < 0x3f else 0x62

            yield bytes([lead + 0x81, trail]), int(code, 16)


def iconv(data):
    """The text, or None if a character of it is not read."""
    run = subprocess.run(["iconv", "-f", "BIG5-HKSCS", "-t", "UTF-8"],
                         input=data, capture_output=True, check=False)

    return run.stdout.decode() if run.returncode == 0 else None


def different(part):
    """Those of a list that iconv does not read, or reads as another one:
    halves of it as long as it does not pass."""
    wanted = "\n".join(chr(code) for _, code in part)

    if iconv(b"\n".join(data for data, _ in part)) == wanted:
        return []

    if len(part) == 1:
        return part

    middle = len(part) // 2

    return different(part[:middle]) + different(part[middle:])


print("""
/* written by encoding_data.py */


static const urlmeta_big5_t  urlmeta_big5[] = {""")

for data, code in different(list(pairs(sys.argv[1]))):
    print("    { 0x%s, 0x%04x }," % (data.hex(), code))

print("};")
