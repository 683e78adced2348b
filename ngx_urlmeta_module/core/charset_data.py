#!/usr/bin/env python3

"""Writes charset_data.inc: the labels of the Encoding Standard
(https://encoding.spec.whatwg.org/) and the tables of its single-byte
encodings, from Python's codecs with the standard's differences.

    python3 charset_data.py > charset_data.inc
"""

# name, kind, Python's codec or glibc's name, labels besides the name

ENCODINGS = [
    ("utf-8", "UTF8", None,
     "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf8 x-unicode20utf8"),
    ("ibm866", "SINGLE", "cp866", "866 cp866 csibm866"),
    ("iso-8859-2", "SINGLE", "iso8859-2",
     "csisolatin2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 "
     "l2 latin2"),
    ("iso-8859-3", "SINGLE", "iso8859-3",
     "csisolatin3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 "
     "l3 latin3"),
    ("iso-8859-4", "SINGLE", "iso8859-4",
     "csisolatin4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 "
     "l4 latin4"),
    ("iso-8859-5", "SINGLE", "iso8859-5",
     "csisolatincyrillic cyrillic iso-ir-144 iso8859-5 iso88595 iso_8859-5 "
     "iso_8859-5:1988"),
    ("iso-8859-6", "SINGLE", "iso8859-6",
     "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 "
     "iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 "
     "iso_8859-6:1987"),
    ("iso-8859-7", "SINGLE", "iso8859-7",
     "csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 iso8859-7 "
     "iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek"),
    ("iso-8859-8", "SINGLE", "iso8859-8",
     "csiso88598e csisolatinhebrew hebrew iso-8859-8-e iso-ir-138 iso8859-8 "
     "iso88598 iso_8859-8 iso_8859-8:1988 visual"),
    ("iso-8859-8-i", "SINGLE", "iso8859-8", "csiso88598i logical"),
    ("iso-8859-10", "SINGLE", "iso8859-10",
     "csisolatin6 iso-ir-157 iso8859-10 iso885910 l6 latin6"),
    ("iso-8859-13", "SINGLE", "iso8859-13", "iso8859-13 iso885913"),
    ("iso-8859-14", "SINGLE", "iso8859-14", "iso8859-14 iso885914"),
    ("iso-8859-15", "SINGLE", "iso8859-15",
     "csisolatin9 iso8859-15 iso885915 iso_8859-15 l9"),
    ("iso-8859-16", "SINGLE", "iso8859-16", ""),
    ("koi8-r", "SINGLE", "koi8-r", "cskoi8r koi koi8 koi8_r"),
    ("koi8-u", "SINGLE", "koi8-u", "koi8-ru"),
    ("macintosh", "SINGLE", "mac-roman", "csmacintosh mac x-mac-roman"),
    ("windows-874", "SINGLE", "cp874",
     "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620"),
    ("windows-1250", "SINGLE", "cp1250", "cp1250 x-cp1250"),
    ("windows-1251", "SINGLE", "cp1251", "cp1251 x-cp1251"),
    ("windows-1252", "SINGLE", "cp1252",
     "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 "
     "iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 "
     "us-ascii x-cp1252"),
    ("windows-1253", "SINGLE", "cp1253", "cp1253 x-cp1253"),
    ("windows-1254", "SINGLE", "cp1254",
     "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 "
     "iso_8859-9 iso_8859-9:1989 l5 latin5 x-cp1254"),
    ("windows-1255", "SINGLE", "cp1255", "cp1255 x-cp1255"),
    ("windows-1256", "SINGLE", "cp1256", "cp1256 x-cp1256"),
    ("windows-1257", "SINGLE", "cp1257", "cp1257 x-cp1257"),
    ("windows-1258", "SINGLE", "cp1258", "cp1258 x-cp1258"),
    ("x-mac-cyrillic", "SINGLE", "mac-cyrillic", "x-mac-ukrainian"),
    ("gbk", "ICONV", "GB18030",
     "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 iso-ir-58 "
     "x-gbk"),
    ("gb18030", "ICONV", "GB18030", ""),
    ("big5", "ICONV", "BIG5-HKSCS", "big5-hkscs cn-big5 csbig5 x-x-big5"),
    ("euc-jp", "ICONV", "EUC-JP-MS", "cseucpkdfmtjapanese x-euc-jp"),
    ("iso-2022-jp", "ICONV", "ISO-2022-JP", "csiso2022jp"),
    ("shift_jis", "ICONV", "CP932",
     "csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis"),
    ("euc-kr", "ICONV", "CP949",
     "cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 "
     "ksc5601 ksc_5601 windows-949"),
    ("replacement", "REPLACEMENT", None,
     "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr"),
    ("utf-16be", "UTF16BE", None, "unicodefffe"),
    ("utf-16le", "UTF16LE", None,
     "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16"),
    ("x-user-defined", "USER_DEFINED", None, ""),
]

# where the standard's indexes differ from Python's codecs

DIFFERENCES = {
    "windows-1255": {0xca: 0x05ba},
    "koi8-u": {0xae: 0x045e, 0xbe: 0x040e},
    "x-mac-cyrillic": {0xff: 0x20ac, 0xa2: 0x0490, 0xb6: 0x0491},
}

# windows-*: a byte below 0xA0 that is not defined is the C1 control


def table(name, codec):
    values = []

    for byte in range(0x80, 0x100):
        try:
            value = ord(bytes([byte]).decode(codec))
        except UnicodeDecodeError:
            value = 0
            if name.startswith("windows-") and byte < 0xa0:
                value = byte

        values.append(DIFFERENCES.get(name, {}).get(byte, value))

    return values


def main():
    print("\n/* made by charset_data.py */\n\n")

    tables = {}

    for name, kind, codec, _ in ENCODINGS:
        if kind == "SINGLE" and codec not in tables:
            ident = "urlmeta_encoding_" + name.replace("-", "_")
            tables[codec] = ident
            values = table(name, codec)
            print("static const uint16_t  %s[128] = {" % ident)
            for i in range(0, 128, 8):
                print("    " + " ".join("0x%04x," % v
                                        for v in values[i:i + 8]))
            print("};\n")

    print("\nstatic const urlmeta_encoding_t  urlmeta_encodings[] = {")

    for name, kind, codec, _ in ENCODINGS:
        iconv = '"%s"' % codec if kind == "ICONV" else "NULL"
        single = tables[codec] if kind == "SINGLE" else "NULL"
        print('    { "%s", URLMETA_ENCODING_%s, %s, %s },'
              % (name, kind, iconv, single))

    print("};\n\n")

    print("/* sorted for bsearch() */\n")
    print("static const urlmeta_encoding_label_t  urlmeta_encoding_labels[] "
          "= {")

    labels = sorted((label, i) for i, (name, _, _, more)
                    in enumerate(ENCODINGS)
                    for label in set([name] + more.split()))

    for label, i in labels:
        print('    { "%s", %d },' % (label, i))

    print("};")


main()
