#!/usr/bin/env python3

# Writes scan_data.inc: the HTML standard's 2,231 named character references
# (from Python's html.entities.html5, made of the standard's own list) and the
# names of the tags that the scanner knows, each with a hash table to find it.
#
#     python3 scan_data.py > scan_data.inc

import html.entities
import random
import re
import sys

MASK = (1 << 64) - 1

OWN = """a annotation-xml article aside audio base body br button desc footer
foreignobject form h1 h2 h3 h4 h5 h6 head header html iframe img link main math
meta nav noembed noframes noscript p picture plaintext script source span style
svg template textarea time title video xmp""".split()

# "any other start tag in foreign content" in the standard's section 13.2.6.5
BREAKOUT = """b big blockquote center code dd div dl dt em embed hr i li listing
menu nobr ol pre ruby s small strong strike sub sup table tt u ul var""".split()

MATH_TEXT = "mi mn mo ms mtext".split()

SPECIAL = {"annotation-xml": "ANNOTATION_XML"}


def c_string(b):
    return '"' + "".join("\\%03o" % c for c in b) + '"'


def rows(values, width):
    for i in range(0, len(values), width):
        yield "    " + ", ".join(values[i:i + width]) + ","


def reference_hash(name):
    h = 2166136261

    for c in name.encode():
        h = ((h ^ c) * 16777619) & 0xffffffff

    return (h ^ (h >> 15)) & 4095


def references():
    names = sorted(html.entities.html5)
    slots = [0] * 4096
    pool = b""
    entries = []

    for i, name in enumerate(names):
        text = html.entities.html5[name].encode()
        entries.append("    { %d, %d, %d, %s }," % (len(pool), len(name),
                                                  len(text), c_string(text)))
        pool += name.encode()

        h = reference_hash(name)

        while slots[h]:
            h = (h + 1) & 4095

        slots[h] = i + 1

    assert len(names) == 2231 and len(pool) < 65536

    print("#define URLMETA_REFERENCE_MAX         %d"
          % max(len(name) for name in names))
    print("#define URLMETA_REFERENCE_MAX_LEGACY  %d\n"
          % max(len(name) for name in names if name[-1] != ";"))
    print("static const char  urlmeta_reference_names[] =")

    for i in range(0, len(pool), 72):
        print('    "%s"' % pool[i:i + 72].decode())

    print(";\n")
    print("static const urlmeta_reference_t  urlmeta_references[] = {")
    print("\n".join(entries))
    print("};\n")
    print("/* entry's number from 1, open addressing */\n")
    print("static const unsigned short  urlmeta_reference_slots[4096] = {")
    print("\n".join(rows([str(s) for s in slots], 16)))
    print("};\n")


def tag_key(name):
    key = 0

    for c in name.encode():
        key = ((key << 8 | key >> 56) ^ c) & MASK

    return key


def tags():
    tag = {name: SPECIAL.get(name, name.upper()) for name in OWN}
    tag.update({name: "BREAKOUT" for name in BREAKOUT})
    tag.update({name: "MATH_TEXT" for name in MATH_TEXT})

    names = sorted(tag)
    generator = random.Random(1)

    while True:
        factor = generator.getrandbits(64) | 1
        hashes = [(tag_key(n) * factor & MASK) >> 55 for n in names]

        if len(set(hashes)) == len(names):
            break

    slots = [0] * 512

    for i, h in enumerate(hashes):
        slots[h] = i + 1

    print("#define URLMETA_TAG_FACTOR  0x%016xULL\n" % factor)
    print("static const urlmeta_tag_name_t  urlmeta_tag_names[] = {")
    print('    { 0, 0, URLMETA_TAG_OTHER, "" },')

    for name in names:
        print('    { 0x%016xULL, %d, URLMETA_TAG_%s, "%s" },'
              % (tag_key(name), len(name), tag[name], name))

    print("};\n")
    print("/* a perfect hash: entry's number, 0 for none */\n")
    print("static const unsigned char  urlmeta_tag_slots[512] = {")
    print("\n".join(rows([str(s) for s in slots], 16)))
    print("};")

    header = open(sys.path[0] + "/scan.h").read()
    stated = set(re.findall(r"URLMETA_TAG_([A-Z0-9_]+),", header))

    assert stated == set(tag.values()), stated ^ set(tag.values())


print("\n/* Made by scan_data.py; do not edit. */\n")
print("#ifdef URLMETA_SCAN_DATA_REFERENCES\n")
references()
print("#endif\n\n")
print("#ifdef URLMETA_SCAN_DATA_TAGS\n")
tags()
print("\n#endif")
