
/*
 * Encodings: labels, sniffing, decoding, in whatever pieces the bytes come.
 */


#include <time.h>

#include "tap.h"
#include "buffer.h"
#include "charset.h"
#include "utf8.h"


#define FFFD  "\xef\xbf\xbd"


typedef struct {
    urlmeta_buf_t      out;
    urlmeta_charset_t *cs;
    const char        *meta;        /* told as a late meta when first called */
    int                bad;
    int                stop;
    int                xml;
} sink_t;


static int take(void *data, const char *utf8, size_t len);
static int feed(sink_t *s, const char *type, const char *data, size_t len,
    size_t step);
static void decodes(const char *type, const char *data, size_t len,
    const char *expected, const char *charset, urlmeta_charset_from_e from,
    const char *name);
static void sniffs(const char *data, const char *charset,
    urlmeta_charset_from_e from, const char *name);
static void utf8(void);
static void labels(void);
static void prescan(void);
static void decoders(void);
static void undecided(void);
static void hostile(void);


int
main(void)
{
    urlmeta_charset_init();
    urlmeta_charset_init();

    utf8();
    labels();
    prescan();
    decoders();
    undecided();
    hostile();

    return done_testing();
}


static int
take(void *data, const char *utf8, size_t len)
{
    sink_t  *s = data;

    if (len == 0 || len > 16384 || urlmeta_utf8_valid(utf8, len) != len) {
        s->bad = 1;
    }

    if (urlmeta_buf_add(&s->out, utf8, len) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    if (s->meta) {
        urlmeta_charset_late_meta(s->cs, s->meta, strlen(s->meta));
        s->meta = NULL;
    }

    return s->stop ? URLMETA_DONE : URLMETA_OK;
}


/* each piece in memory of its own, so that a read beyond it is seen */

static int
feed(sink_t *s, const char *type, const char *data, size_t len, size_t step)
{
    int      rc;
    char    *piece;
    size_t   i, n;

    urlmeta_buf_reset(&s->out);

    s->cs = urlmeta_charset_create(type, take, s);

    if (s->xml) {
        urlmeta_charset_xml(s->cs);
    }

    rc = URLMETA_OK;

    for (i = 0; i < len && rc == URLMETA_OK; i += n) {
        n = len - i < step ? len - i : step;
        piece = malloc(n);
        memcpy(piece, data + i, n);

        rc = urlmeta_charset_feed(s->cs, piece, n);

        free(piece);
    }

    if (rc == URLMETA_OK) {
        rc = urlmeta_charset_finish(s->cs);
    }

    return rc;
}


static void
decodes(const char *type, const char *data, size_t len, const char *expected,
    const char *charset, urlmeta_charset_from_e from, const char *name)
{
    size_t          i;
    sink_t          s;

    static size_t   steps[] = { 1, 2, 3, 7, 1023, 1024, 65536, 1 << 30 };

    memset(&s, 0, sizeof(s));

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {

        if (feed(&s, type, data, len, steps[i]) != URLMETA_OK
            || s.bad
            || strcmp(s.out.data ? s.out.data : "", expected) != 0
            || strcmp(urlmeta_charset_name(s.cs), charset) != 0
            || urlmeta_charset_from(s.cs) != from)
        {
            ok(0, "%s", name);
            printf("# in pieces of %zu: %s, %d: %s\n", steps[i],
                   urlmeta_charset_name(s.cs), urlmeta_charset_from(s.cs),
                   s.out.data ? s.out.data : "");
            urlmeta_charset_destroy(s.cs);
            urlmeta_buf_free(&s.out);
            return;
        }

        urlmeta_charset_destroy(s.cs);
    }

    ok(1, "%s", name);

    urlmeta_buf_free(&s.out);
}


static void
sniffs(const char *data, const char *charset, urlmeta_charset_from_e from,
    const char *name)
{
    sink_t  s;

    memset(&s, 0, sizeof(s));

    feed(&s, NULL, data, strlen(data), 5);

    is_str(urlmeta_charset_name(s.cs), charset, name);

    if (urlmeta_charset_from(s.cs) != from) {
        ok(0, "%s: from", name);
    }

    urlmeta_charset_destroy(s.cs);
    urlmeta_buf_free(&s.out);
}


static void
utf8(void)
{
    size_t         i, n;
    urlmeta_buf_t  b;

    /* the Encoding Standard's decoder, one U+FFFD for each maximal subpart */

    static struct {
        const char  *bytes;
        const char  *expected;
    } cases[] = {
        { "a\x80z", "a" FFFD "z" },
        { "\xc0\xaf", FFFD FFFD },
        { "\xc1\xbf", FFFD FFFD },
        { "\xe0\x80\xaf", FFFD FFFD FFFD },
        { "\xe0\x9f\xbf", FFFD FFFD FFFD },
        { "\xed\xa0\x80", FFFD FFFD FFFD },
        { "\xf0\x80\x80\xaf", FFFD FFFD FFFD FFFD },
        { "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD },
        { "\xf5\x80", FFFD FFFD },
        { "\xfe\xfe", FFFD FFFD },
        { "\xe2\x82", FFFD },
        { "\xe2\x82z", FFFD "z" },
        { "\xf0\x9f\x98", FFFD },
        { "\xf0\x9f\x98\xf0\x9f\x98\x80", FFFD "\xf0\x9f\x98\x80" },
        { "\xe2\x82\xe2\x82\xac", FFFD "\xe2\x82\xac" },
        { "\xf0\x9f<", FFFD "<" },
        { "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
          "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf" },
        { NULL, NULL }
    };

    memset(&b, 0, sizeof(b));

    for (i = 0; cases[i].bytes; i++) {
        n = strlen(cases[i].bytes);

        urlmeta_buf_reset(&b);
        urlmeta_utf8_add(&b, cases[i].bytes, n);
        is_str(b.data, cases[i].expected, "bad UTF-8 at once");

        decodes("text/html; charset=utf-8", cases[i].bytes, n,
                cases[i].expected, "utf-8", URLMETA_CHARSET_HEADER,
                "bad UTF-8 in pieces");
    }

    is_int((long long) urlmeta_utf8_ascii("0123456789abcdefg\x80", 18), 17,
           "the length of ASCII");
    is_int((long long) urlmeta_utf8_bad("\xe2\x82", 2), 0,
           "a beginning is not bad");

    urlmeta_buf_free(&b);
}


static void
labels(void)
{
    size_t       len;
    const char  *label;

    is_str(urlmeta_charset_lookup("UTF8", 4), "utf-8", "UTF8");
    is_str(urlmeta_charset_lookup("\t iso-8859-1\n", 13), "windows-1252",
           "iso-8859-1 within white space");
    is_str(urlmeta_charset_lookup("ascii", 5), "windows-1252", "ascii");
    is_str(urlmeta_charset_lookup("GB2312", 6), "gbk", "GB2312");
    is_str(urlmeta_charset_lookup("ks_c_5601-1987", 14), "euc-kr", "KS C");
    is_str(urlmeta_charset_lookup("x-sjis", 6), "shift_jis", "x-sjis");
    is_str(urlmeta_charset_lookup("hz-gb-2312", 10), "replacement", "HZ");
    is_str(urlmeta_charset_lookup("iso-8859-8-i", 12), "iso-8859-8-i",
           "ISO-8859-8-I");
    is_str(urlmeta_charset_lookup("x-mac-ukrainian", 15), "x-mac-cyrillic",
           "x-mac-ukrainian");
    is_str(urlmeta_charset_lookup("utf-7", 5), NULL, "no UTF-7");
    is_str(urlmeta_charset_lookup("utf-32", 6), NULL, "no UTF-32");
    is_str(urlmeta_charset_lookup("", 0), NULL, "no label");
    is_str(urlmeta_charset_lookup("utf-8\0x", 7), NULL, "a zero byte");
    is_str(urlmeta_charset_lookup("0123456789012345678901234567890123", 34),
           NULL, "a long label");

    ok(urlmeta_charset_param("text/html; Charset = \"Big5\"; x", 30, &label,
                             &len)
       && len == 4 && memcmp(label, "Big5", 4) == 0, "a quoted parameter");
    ok(urlmeta_charset_param("a; charset charset=x y", 22, &label, &len)
       && len == 1 && label[0] == 'x', "the first one with an equals sign");
    ok(!urlmeta_charset_param("text/html; charset=\"utf-8", 25, &label, &len),
       "a quote without an end");
    ok(!urlmeta_charset_param("text/html; charset=", 19, &label, &len),
       "no value");
    ok(!urlmeta_charset_param("text/html; charset", 18, &label, &len),
       "no equals sign");
    ok(!urlmeta_charset_param("", 0, &label, &len), "nothing");
}


static void
prescan(void)
{
    urlmeta_buf_t  b;

    sniffs("<meta charset=koi8-r>", "koi8-r", URLMETA_CHARSET_META,
           "meta charset");
    sniffs("<META/CHARSET='KOI8-R'/>", "koi8-r", URLMETA_CHARSET_META,
           "in capitals, with slashes");
    sniffs("<meta http-equiv=Content-Type content='text/html;charset=big5'>",
           "big5", URLMETA_CHARSET_META, "http-equiv");
    sniffs("<meta content='text/html;charset=big5' http-equiv=content-type>",
           "big5", URLMETA_CHARSET_META, "content before http-equiv");
    sniffs("<meta content='text/html;charset=big5'>", "utf-8",
           URLMETA_CHARSET_GUESS, "content without http-equiv");
    sniffs("<meta http-equiv=refresh content='text/html;charset=big5'>",
           "utf-8", URLMETA_CHARSET_GUESS, "another http-equiv");
    sniffs("<meta charset=nonsense><meta charset=big5>", "big5",
           URLMETA_CHARSET_META, "an unknown label");
    sniffs("<meta charset=utf-16le>", "utf-8", URLMETA_CHARSET_META,
           "UTF-16 cannot say so");
    sniffs("<meta charset=x-user-defined>", "windows-1252",
           URLMETA_CHARSET_META, "x-user-defined");
    sniffs("<!-- <meta charset=big5> --><meta charset=koi8-r>", "koi8-r",
           URLMETA_CHARSET_META, "a comment");
    sniffs("<!--><meta charset=big5>", "big5", URLMETA_CHARSET_META,
           "the shortest comment");
    sniffs("<!-- <meta charset=big5>", "utf-8", URLMETA_CHARSET_GUESS,
           "a comment without an end");
    sniffs("<a title='<meta charset=big5>'>", "utf-8", URLMETA_CHARSET_GUESS,
           "within an attribute");
    sniffs("<! <meta charset=big5>", "utf-8", URLMETA_CHARSET_GUESS,
           "within a bogus comment");
    sniffs("<metax charset=big5>", "utf-8", URLMETA_CHARSET_GUESS,
           "another element");
    sniffs("<meta charset=big5 charset=koi8-r>", "big5", URLMETA_CHARSET_META,
           "the first of equal attributes");
    sniffs("<meta charset=big5", "utf-8", URLMETA_CHARSET_GUESS,
           "a tag without an end");
    sniffs("<meta charset=", "utf-8", URLMETA_CHARSET_GUESS, "no value");
    sniffs("<meta", "utf-8", URLMETA_CHARSET_GUESS, "the name only");
    sniffs("<", "utf-8", URLMETA_CHARSET_GUESS, "a single <");
    sniffs("", "utf-8", URLMETA_CHARSET_GUESS, "nothing");
    sniffs("<?xml version='1.0' encoding='koi8-r'?>", "koi8-r",
           URLMETA_CHARSET_XML, "XML declaration");
    sniffs("<?xml encoding='koi8-r'?><meta charset=big5>", "big5",
           URLMETA_CHARSET_META, "a meta is stronger");
    sniffs("<?xml encoding=koi8-r?>", "utf-8", URLMETA_CHARSET_GUESS,
           "an XML declaration without quotes");
    sniffs("<?xml encoding='a b'?>", "utf-8", URLMETA_CHARSET_GUESS,
           "an XML declaration with a space");

    memset(&b, 0, sizeof(b));
    urlmeta_buf_printf(&b, "%*s<meta charset=koi8-r>", 1003, "");
    decodes(NULL, b.data, b.len, b.data, "koi8-r", URLMETA_CHARSET_META,
            "a meta that ends with the prescan");
    urlmeta_buf_reset(&b);
    urlmeta_buf_printf(&b, "%*s<meta charset=koi8-r>", 1004, "");
    decodes(NULL, b.data, b.len, b.data, "utf-8", URLMETA_CHARSET_GUESS,
            "a meta that does not");
    urlmeta_buf_free(&b);
}


static void
decoders(void)
{
#define HTML(cs)  "text/html; charset=" cs
#define DECODES(cs, name, bytes, expected)                                    \
    decodes(HTML(cs), bytes, sizeof(bytes) - 1, expected, name,               \
            URLMETA_CHARSET_HEADER, cs)

    DECODES("latin1", "windows-1252", "\x80\x81\x8d\x9f\xe9",
            "\xe2\x82\xac\xc2\x81\xc2\x8d\xc5\xb8\xc3\xa9");
    DECODES("windows-1253", "windows-1253", "\xe1\xd2", "\xce\xb1" FFFD);
    DECODES("koi8-u", "koi8-u", "\xf0\xae", "\xd0\x9f\xd1\x9e");
    DECODES("iso-8859-8-i", "iso-8859-8-i", "\xf9\xa1", "\xd7\xa9" FFFD);
    DECODES("x-mac-cyrillic", "x-mac-cyrillic", "\x80\xff",
            "\xd0\x90\xe2\x82\xac");
    DECODES("x-user-defined", "x-user-defined", "a\x80\xff",
            "a\xef\x9e\x80\xef\x9f\xbf");
    DECODES("shift_jis", "shift_jis", "\x83\x65\x83\x58\x83\x67\xb1\\",
            "\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88\xef\xbd\xb1\\");
    DECODES("shift_jis", "shift_jis", "\x81<b>\xa0\xfd\x82",
            FFFD "<b>" FFFD FFFD FFFD);
    DECODES("euc-jp", "euc-jp", "\xa4\xa2\x8e\xb1\x8f\xb0\xa1",
            "\xe3\x81\x82\xef\xbd\xb1\xe4\xb8\x82");
    DECODES("iso-2022-jp", "iso-2022-jp", "a\033$B$\"\033(Bb",
            "a\xe3\x81\x82" "b");
    DECODES("euc-kr", "euc-kr", "\xb0\xa1\x81\x41\xff<",
            "\xea\xb0\x80\xea\xb0\x82" FFFD "<");
    DECODES("euc-kr", "euc-kr", "\xa2\xe8<\xa2\xe8\xa2\xe8\xb0\xa1\xa2\xe8",
            FFFD "<" FFFD FFFD "\xea\xb0\x80" FFFD);
    DECODES("gb2312", "gbk", "\xc4\xe3\x80\x81\x30\x81\x30",
            "\xe4\xbd\xa0\xe2\x82\xac\xc2\x80");
    DECODES("gb18030", "gb18030", "\x95\x32\x82\x36\xd6",
            "\xf0\xa0\x80\x80" FFFD);
    DECODES("big5", "big5", "\xa4\xa4\xa4\xe5\xa4<",
            "\xe4\xb8\xad\xe6\x96\x87" FFFD "<");
    DECODES("utf-16le", "utf-16le", "a\0\x3d\xd8\x00\xde",
            "a\xf0\x9f\x98\x80");
    DECODES("utf-16be", "utf-16be", "\xd8\x3d\0b\xde\0\xd8\x3d",
            FFFD "b" FFFD FFFD);
    DECODES("utf-16be", "utf-16be", "\0a\0", "a" FFFD);
    DECODES("iso-2022-kr", "replacement", "<script>", FFFD);

    decodes(HTML("latin1"), "\xef\xbb\xbf\xc3\xa9", 5, "\xc3\xa9", "utf-8",
            URLMETA_CHARSET_BOM, "a byte order mark is stronger");
    decodes(HTML("latin1"), "\xff\xfe" "a\0", 4, "a", "utf-16le",
            URLMETA_CHARSET_BOM, "UTF-16LE by byte order mark");
    decodes(NULL, "\xfe\xff\0a", 4, "a", "utf-16be", URLMETA_CHARSET_BOM,
            "UTF-16BE by byte order mark");
    decodes(HTML("nonsense"), "<meta charset=latin1>\xe9", 22,
            "<meta charset=latin1>\xc3\xa9", "windows-1252",
            URLMETA_CHARSET_META, "an unknown label in the header");
    decodes(HTML("koi8-r"), "<meta charset=latin1>\xc1", 22,
            "<meta charset=latin1>\xd0\xb0", "koi8-r",
            URLMETA_CHARSET_HEADER, "the header is stronger than a meta");
    decodes(NULL, "<\0?\0x\0", 6, "<?x", "utf-16le", URLMETA_CHARSET_XML,
            "UTF-16 by the beginning of an XML declaration");
    decodes(NULL, "\xef\xbb", 2, "\xc3\xaf\xc2\xbb", "windows-1252",
            URLMETA_CHARSET_DEFAULT, "half of a byte order mark");
}


static void
undecided(void)
{
    int            i;
    sink_t         s;
    urlmeta_buf_t  b, expected;

    decodes(NULL, "caf\xc3\xa9", 5, "caf\xc3\xa9", "utf-8",
            URLMETA_CHARSET_GUESS, "valid UTF-8");
    decodes(NULL, "caf\xe9!", 5, "caf\xc3\xa9!", "windows-1252",
            URLMETA_CHARSET_DEFAULT, "not UTF-8");
    decodes(NULL, "caf\xc3", 4, "caf\xc3\x83", "windows-1252",
            URLMETA_CHARSET_DEFAULT, "not UTF-8 at the end");
    decodes(NULL, "\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0, \xea\xe0\xea "
            "\xe4\xe5\xeb\xe0 \xf1\xe5\xe3\xee\xe4\xed\xff", 28,
            "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xd0\xbc\xd0\xb8"
            "\xd1\x80, \xd0\xba\xd0\xb0\xd0\xba \xd0\xb4\xd0\xb5\xd0\xbb"
            "\xd0\xb0 \xd1\x81\xd0\xb5\xd0\xb3\xd0\xbe\xd0\xb4\xd0\xbd"
            "\xd1\x8f", "windows-1251", URLMETA_CHARSET_GUESS, "Russian");

    /* a meta behind the prescan and behind the first non-ASCII byte */

    memset(&b, 0, sizeof(b));
    memset(&expected, 0, sizeof(expected));

    urlmeta_buf_printf(&b, "%*s\xc1<meta charset=koi8-r>", 3000, "");
    urlmeta_buf_printf(&expected, "%*s\xd0\xb0<meta charset=koi8-r>", 3000,
                       "");
    decodes(NULL, b.data, b.len, expected.data, "koi8-r",
            URLMETA_CHARSET_META, "a meta in what is held back");

    /* a late meta that the parser tells */

    urlmeta_buf_reset(&b);
    urlmeta_buf_printf(&b, "%*s\xc1", 5000, "");
    memset(&s, 0, sizeof(s));
    s.meta = "koi8-r";
    feed(&s, NULL, b.data, b.len, 100);
    is_str(urlmeta_charset_name(s.cs), "koi8-r", "a late meta");
    ok(s.out.len == 5002 && !s.bad
       && memcmp(s.out.data + 5000, "\xd0\xb0", 2) == 0, "is taken");
    urlmeta_charset_late_meta(s.cs, "big5", 4);
    is_str(urlmeta_charset_name(s.cs), "koi8-r", "a later one is not");
    urlmeta_charset_destroy(s.cs);

    s.meta = "big5";
    feed(&s, HTML("koi8-r"), b.data, b.len, 100);
    is_str(urlmeta_charset_name(s.cs), "koi8-r",
           "nor one that the header contradicts");
    urlmeta_charset_destroy(s.cs);

    s.meta = "utf-16";
    feed(&s, NULL, b.data, b.len, 100);
    is_str(urlmeta_charset_name(s.cs), "utf-8", "a late UTF-16 is UTF-8");
    urlmeta_charset_destroy(s.cs);

    /* what is held back is bounded: the beginning decides */

    urlmeta_buf_reset(&b);
    urlmeta_buf_reset(&expected);

    for (i = 0; i < 60000; i++) {
        urlmeta_buf_add_str(&b, "\xc3\xa9");
    }

    urlmeta_buf_add(&expected, b.data, b.len);
    urlmeta_buf_add_str(&expected, FFFD);
    urlmeta_buf_add_char(&b, '\xe9');
    decodes(NULL, b.data, b.len, expected.data, "utf-8",
            URLMETA_CHARSET_GUESS, "an error behind what is held back");

    /* UTF-8 whose character is cut by the end of what is held back */

    urlmeta_buf_reset(&b);
    urlmeta_buf_reset(&expected);

    for (i = 0; i < 30000; i++) {
        urlmeta_buf_add_str(&b, "\xe2\x82\xac");
    }

    decodes(NULL, b.data, b.len, b.data, "utf-8", URLMETA_CHARSET_GUESS,
            "a character cut by the bound");

    s.xml = 1;
    feed(&s, NULL, "<?xml encoding='latin1'?>\xe9", 26, 1);
    is_str(urlmeta_charset_name(s.cs), "windows-1252", "XML with declaration");
    urlmeta_charset_destroy(s.cs);

    feed(&s, NULL, "<meta charset='latin1'/>\xe9", 25, 1);
    is_str(urlmeta_charset_name(s.cs), "utf-8", "XML without one");
    is_str(s.out.data, "<meta charset='latin1'/>" FFFD, "is UTF-8");
    urlmeta_charset_destroy(s.cs);

    s.xml = 0;
    s.stop = 1;
    is_int(feed(&s, HTML("utf-8"), "abc", 3, 1), URLMETA_DONE,
           "what the handler returns is returned");
    urlmeta_charset_destroy(s.cs);

    urlmeta_buf_free(&s.out);
    urlmeta_buf_free(&b);
    urlmeta_buf_free(&expected);
}


static void
hostile(void)
{
    size_t          i, k, n;
    sink_t          s;
    clock_t         start;
    unsigned        seed;
    urlmeta_buf_t   b, one;

    static const char  *types[] = {
        HTML("utf-8"), HTML("gb18030"), HTML("big5"), HTML("euc-jp"),
        HTML("shift_jis"), HTML("euc-kr"), HTML("iso-2022-jp"),
        HTML("utf-16le"), HTML("windows-1252"), NULL
    };

    /* any bytes in any pieces give the same valid text */

    memset(&b, 0, sizeof(b));
    memset(&one, 0, sizeof(one));
    memset(&s, 0, sizeof(s));

    seed = 1;

    for (i = 0; i < 100000; i++) {
        seed = seed * 1103515245 + 12345;
        urlmeta_buf_add_char(&b, (char) (seed >> 16));
    }

    for (k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
        feed(&s, types[k], b.data, b.len, 1 << 30);
        urlmeta_charset_destroy(s.cs);

        urlmeta_buf_reset(&one);
        urlmeta_buf_add(&one, s.out.data, s.out.len);

        feed(&s, types[k], b.data, b.len, 1);
        urlmeta_charset_destroy(s.cs);

        ok(!s.bad && s.out.len == one.len
           && memcmp(s.out.data, one.data, one.len) == 0,
           "random bytes as %s", types[k] ? types[k] : "unknown");
    }

    /* a megabyte of errors */

    start = clock();
    n = 1 << 20;

    urlmeta_buf_reset(&b);
    urlmeta_buf_reserve(&b, n);
    memset(b.data, 0xff, n);

    for (k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
        feed(&s, types[k], b.data, n, 16384);
        urlmeta_charset_destroy(s.cs);
    }

    /* comments, tags and metas that the searches in what is held back see */

    for (i = 0; i < n; i++) {
        b.data[i] = "\xe9<!-<meta "[i % 10];
    }

    feed(&s, NULL, b.data, n, 1);
    urlmeta_charset_destroy(s.cs);

    ok(!s.bad && clock() - start < 5 * CLOCKS_PER_SEC, "in linear time");

    urlmeta_buf_free(&s.out);
    urlmeta_buf_free(&b);
    urlmeta_buf_free(&one);
}
