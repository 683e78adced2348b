#!/usr/bin/env python3

# Writes html_name_data.inc: what the names of elements mean for the copy of a
# body, with a hash table to find them.  Elements that are not here are inline
# ones.
#
#     python3 html_name_data.py > html_name_data.inc

import random

MASK = (1 << 64) - 1

# names, their flags, their kinds
NAMES = [
    ("a", "LINK", ""),
    ("button", "UNSAID", "CONTROL"),
    ("label noscript", "UNSAID", ""),
    ("option", "", "ITEM"),
    ("iframe math noembed noframes style svg template title xmp", "", "RAW"),
    ("script select textarea", "", "RAW CONTROL"),
    ("area base br col embed img link meta param source track wbr", "",
     "VOID"),
    ("input", "", "VOID CONTROL"),
    ("article blockquote body center details div dl fieldset figure header "
     "hgroup main ol p section summary ul", "BLOCK", ""),
    ("address caption figcaption h1 h2 h3 h4 h5 h6 pre", "BLOCK UNSAID", ""),
    ("aside dialog footer menu nav", "BLOCK", "ASIDE"),
    ("form", "BLOCK", "CONTROL"),
    ("dd dt li tbody tfoot thead tr", "BLOCK", "ITEM"),
    ("hr", "BLOCK", "VOID"),
    ("table", "BLOCK TABLE", ""),
    ("td th", "BLOCK TABLE", "ITEM"),
]


# urlmeta_tag_key()

def key(name):
    k = 0

    for c in name.encode():
        k = ((k << 8 | k >> 56) ^ c) & MASK

    return k


def bits(words):
    return "|".join("URLMETA_HTML_BODY_" + w for w in words.split()) or "0"


entries = sorted((name, bits(flags), bits(kind))
                 for names, flags, kind in NAMES for name in names.split())
generator = random.Random(1)

while True:
    factor = generator.getrandbits(64) | 1
    hashes = [(key(e[0]) * factor & MASK) >> 55 for e in entries]

    if len(set(hashes)) == len(entries):
        break

slots = [0] * 512

for i, h in enumerate(hashes):
    slots[h] = i + 1

print("\n/* Made by html_name_data.py; do not edit. */\n")
print("#define URLMETA_HTML_BODY_FACTOR  0x%016xULL\n" % factor)
print("static const urlmeta_html_body_name_t  urlmeta_html_body_names[] = {")
print('    { 0, "", 0, 0 },')

for name, flags, kind in entries:
    print('    { 0x%016xULL, "%s",\n      %s, %s },'
          % (key(name), name, flags, kind))

print("};\n")
print("/* a perfect hash: entry's number, 0 for none */\n")
print("static const unsigned char  urlmeta_html_body_slots[512] = {")

for i in range(0, len(slots), 16):
    print("    " + ", ".join(str(s) for s in slots[i:i + 16]) + ",")

print("};")
