#!/usr/bin/env python3

"""Random URLs and what has to become of them, as JSON lines.

    cases.py DIRECTORY NUMBER SEED

DIRECTORY holds url_oracle.py, ssrf-urls.json and special-ranges.json.  A line
is {"url", "expect", "code", "canonical"}: a case of the list with its parts
changed, or the parts of several, or an address in some notation; the oracle
says what is right.  Names lead to a public address.
"""

import ipaddress
import json
import os
import random
import re
import sys

DIRECTORY, NUMBER, SEED = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

sys.dont_write_bytecode = True
sys.path.insert(0, DIRECTORY)

import url_oracle


class Ascii:
    """the oracle's expressions: a digit of theirs is one of ASCII"""

    S = re.S

    @staticmethod
    def match(pattern, text, flags=0):
        return re.match(pattern, text, flags | ascii_of(pattern))

    @staticmethod
    def search(pattern, text, flags=0):
        return re.search(pattern, text, flags | ascii_of(pattern))

    @staticmethod
    def fullmatch(pattern, text, flags=0):
        return re.fullmatch(pattern, text, flags | ascii_of(pattern))


def ascii_of(pattern):
    return re.A if isinstance(pattern, str) else 0


url_oracle.re = Ascii

rnd = random.Random(SEED)

with open(os.path.join(DIRECTORY, "ssrf-urls.json")) as f:
    URLS = [c["url"] for c in json.load(f)["cases"]]

RANGES = url_oracle.R
PUBLIC = RANGES["never_deny_examples"]
NETS = [ipaddress.ip_network(r["cidr"])
        for k in ("iana_ipv4", "iana_ipv6", "beyond_iana") for r in RANGES[k]]

PIECES = [
    "%", "%00", "%0a", "%0d%0a", "%20", "%2e", "%2f", "%40", "%31", "%", "@",
    ":", "::", "/", "//", "\\", "?", "#", ".", "..", "-", "--", "_", "~", "&",
    "[", "]", "[::1]", "xn--", "xn--n3h", "xn--a", "0x", "0", "00", "0o", "0b",
    "1", "127", "255", "256", " ", "\t", "\n", "\0", "\x7f", "\u00a0", "\u3002",
    "\uff0e", "\uff61", "\uff11", "\u24d0", "\u00ad", "\u200b", "\u200d",
    "\u2060", "\u0130", "\u212a", "\u017f", "\u00df", "\u2603", "\u2764",
    "\U0001d7d8", "\u202e", "\u0301", "\ufe0f", "\u05d0", "a", "Z", "e",
    "localhost", ".local", ".internal", ".test", ".arpa", ".home", ".onion",
    ".svc", ".com", "user@", "user:pass@", "|", "^", "<", ">", "{", "}", "\"",
    "'", "`", ";", "=", "+", "$", "*", "(", ")", "!", ",",
]

SCHEMES = ["http", "https", "HTTP", "Https", "http", "http", "https", "ftp",
           "file", "gopher", "ws", "data", "javascript", "httpx", "view+http"]
PORTS = ["", ":", ":80", ":443", ":080", ":00080", ":000080", ":0", ":22",
         ":8080", ":65535", ":65536", ":99999", ":-1", ":8o", ":80:80",
         ":4294967376", ":+80"]


def split(url):
    """scheme, "://", authority, rest; as far as there are such parts"""
    scheme, sep, rest = url.partition("://")

    if not sep:
        return "", "", url, ""

    n = min([rest.find(c) for c in "/?#" if c in rest] or [len(rest)])

    return scheme, sep, rest[:n], rest[n:]


def address4(a):
    n = int(a)
    b = a.packed
    parts = [str(x) for x in b]

    return rnd.choice([
        lambda: str(a),
        lambda: str(a),
        lambda: str(a),
        lambda: str(a) + ".",
        lambda: str(n),
        lambda: hex(n),
        lambda: oct(n).replace("o", ""),
        lambda: ".".join(hex(x) for x in b),
        lambda: ".".join("%04o" % x for x in b),
        lambda: ".".join("%03d" % x for x in b),
        lambda: "%d.%d" % (b[0], n & 0xffffff),
        lambda: "%d.%d.%d" % (b[0], b[1], n & 0xffff),
        lambda: "%d.%d.%d.%d" % tuple(x + 256 for x in b),
        lambda: ".".join(rnd.choice([x, "0x%x" % int(x), "0" + x])
                         for x in parts),
        lambda: "".join(chr(ord(c) - ord("0") + 0xff10) if c != "." else c
                        for c in str(a)),
        lambda: str(a).replace(".", rnd.choice("\u3002\uff0e\uff61")),
        lambda: str(a) + ".example.com",
        lambda: str(a) + ".nip.io",
    ])()


def embedded(a):
    """an IPv6 address with that IPv4 address in one of its forms"""
    h = "%x:%x" % (int(a) >> 16, int(a) & 0xffff)
    inverse = "%x:%x" % (~int(a) >> 16 & 0xffff, ~int(a) & 0xffff)

    return rnd.choice([
        "::ffff:" + h, "::ffff:%s" % a, "::" + h, "::%s" % a,
        "::ffff:0:" + h, "64:ff9b::" + h, "64:ff9b::%s" % a,
        "64:ff9b:1::" + h, "64:ff9b:1:%s::" % h, "2002:%s::1" % h,
        "2001:0:%s::" % h, "2001::%s" % inverse,
        "2001:470:1f0b::5efe:" + h, "2a00::200:5efe:" + h,
        "2607:f8b0::5efe:%s" % a, "fe80::5efe:" + h,
        "2606:4700::" + h, "2001:470::1:5efe:" + h,
    ])


def address6(a):
    text = rnd.choice([str(a), a.exploded, str(a).upper(),
                       str(a).replace("::", ":0:", 1),
                       str(a) + rnd.choice(["%25eth0", "%1", "%lo"])
                       if rnd.random() < .1 else str(a)])

    return text if rnd.random() < .03 else "[" + text + "]"


def literal():
    """an address: of a range, next to one, public or any"""
    kind = rnd.random()

    if kind < .5:
        net = rnd.choice(NETS)
        n = rnd.choice([int(net[0]), int(net[-1]),
                        int(net[0]) + rnd.randrange(net.num_addresses),
                        int(net[0]) - 1, int(net[-1]) + 1])
        a = net[0].__class__(n % (1 << net[0].max_prefixlen))

    elif kind < .7:
        a = ipaddress.ip_address(rnd.choice(PUBLIC))

    elif kind < .85:
        a = ipaddress.IPv4Address(rnd.getrandbits(32))

    else:
        a = ipaddress.IPv6Address(1 << 125 | rnd.getrandbits(125))

    if a.version == 4 and rnd.random() < .35:
        text = embedded(a)

        try:
            return address6(ipaddress.IPv6Address(text))

        except ValueError:
            return "[" + text + "]"

    return address4(a) if a.version == 4 else address6(a)


def label():
    return rnd.choice([
        "www", "a", "xn--n3h", "xn--fa-hia", "x" * rnd.randint(60, 66),
        "1", "0x1", "b\u00fccher", "\u4f8b\u3048", "-a", "a-", "a_b",
        "ab--cd", "\u0440\u0444", "e\u0301", "i\u2764", "xn--abc",
        "%x" % rnd.getrandbits(24), "test", "local",
    ])


def name():
    text = ".".join(label() for _ in range(rnd.choice([1, 2, 2, 2, 3, 5])))

    return text + rnd.choice(["", "", "", ".com", ".com", ".de", ".", "..",
                              ".internal", ".co.uk", ".\u0440\u0444",
                              ".example"])


def mutate(text):
    n = rnd.randrange(len(text) + 1)
    how = rnd.randrange(7)

    if how < 3 or not text:
        return text[:n] + rnd.choice(PIECES) + text[n:]

    n = min(n, len(text) - 1)

    if how == 3:
        return text[:n] + text[n + 1:]

    if how == 4:
        return text[:n] + text[n].swapcase() + text[n + 1:]

    if how == 5:
        return text[:n] + "".join("%%%02x" % b for b in text[n].encode()) \
               + text[n + 1:]

    m = min(len(text), n + rnd.randint(1, 6))

    return text[:m] + text[n:]


def make():
    url = rnd.choice(URLS)
    scheme, sep, authority, rest = split(url)
    kind = rnd.random()

    if kind < .35:
        authority = literal()

    elif kind < .5:
        authority = name()

    elif kind < .6:
        authority = split(rnd.choice(URLS))[2]

    if rnd.random() < .25:
        authority += rnd.choice(PORTS)

    if rnd.random() < .1:
        scheme = rnd.choice(SCHEMES)

    if rnd.random() < .1:
        rest = split(rnd.choice(URLS))[3]

    if rnd.random() < .01:
        rest = "/" + "a" * rnd.randint(1900, 2100)

    parts = [scheme, sep, authority, rest]

    while rnd.random() < .45:
        n = rnd.choice([0, 1, 2, 2, 2, 3, 3])
        parts[n] = mutate(parts[n])

    return "".join(parts)


def main():
    seen = set()

    while len(seen) < NUMBER:
        url = make()

        # an empty one is another error: there is none
        if url in seen or not url:
            continue

        seen.add(url)

        expect, code, canonical = url_oracle.decide({
            "url": url, "expect": "allow", "dns": {"A": ["93.184.216.34"]},
        })

        print(json.dumps({"url": url, "expect": expect, "code": code,
                          "canonical": canonical}))


main()
