
/*
 * Clean-up of texts.
 */


#include "tap.h"
#include "card_text.h"


static const char *clean(const char *text, size_t limit);
static const char *clean_bytes(const char *text, size_t len, size_t limit);
static void test_characters(void);
static void test_references(void);
static void test_placeholders(void);
static void test_marks(void);
static void test_cut(void);
static void test_bytes(void);
static void test_direction(void);
static void test_percent(void);


static urlmeta_buf_t  buf;


int
main(void)
{
    test_characters();
    test_references();
    test_placeholders();
    test_marks();
    test_cut();
    test_bytes();
    test_direction();
    test_percent();

    urlmeta_buf_free(&buf);

    return done_testing();
}


static const char *
clean(const char *text, size_t limit)
{
    return clean_bytes(text, strlen(text), limit);
}


static const char *
clean_bytes(const char *text, size_t len, size_t limit)
{
    urlmeta_buf_reset(&buf);

    if (urlmeta_text_clean(&buf, text, len, limit) != URLMETA_OK) {
        return "memory";
    }

    return buf.data ? buf.data : "";
}


static void
test_characters(void)
{
    is_str(clean("plain", 300), "plain", "plain text is as it was");
    is_str(clean("", 300), "", "nothing");
    is_str(clean(" \t\r\n  spaced \xc2\xa0\xe3\x80\x80 out  ", 300),
           "spaced out", "white space is collapsed and trimmed");
    is_str(clean("a\xe2\x80\xa8" "b\xe2\x80\xa9" "c", 300), "a b c",
           "line and paragraph separators are white space");
    is_str(clean("a\b\x1b[31mb\x7f", 300), "a[31mb", "control characters");
    is_str(clean("a\xc2\x85" "b\xc2\x9b" "c", 300), "abc", "C1 controls");
    is_str(clean("\xe2\x80\xaegnp.exe\xe2\x80\xac", 300), "gnp.exe",
           "right-to-left override");
    is_str(clean("safe\xe2\x81\xa6 evil \xe2\x81\xa9", 300), "safe evil",
           "bidi isolates");
    is_str(clean("a\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f" "b", 300), "ab",
           "bidi marks");
    is_str(clean("pay\xe2\x80\x8bpal\xe2\x81\xa0\xef\xbb\xbf", 300), "paypal",
           "zero width characters");
    is_str(clean("\xf3\xa0\x81\x81\xf3\xa0\x81\x82hidden tags", 300),
           "hidden tags", "tag characters");
    is_str(clean("a\xef\xb7\x90\xef\xbf\xbe\xf0\x9f\xbf\xbf" "b", 300), "ab",
           "noncharacters");
    is_str(clean("\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", 300),
           "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae",
           "a zero width non-joiner stays");
    is_str(clean("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80", 300),
           "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
           "an emoji's joiner stays");
    is_str(clean("\xe2\x80\x8d\xe2\x80\x8c \xcc\x81", 300), "",
           "joiners and marks alone show nothing");
    is_str(clean("<script>alert(1)</script>", 300),
           "<script>alert(1)</script>", "markup is text and stays");
}


static void
test_references(void)
{
    is_str(clean("Tom &amp; Jerry&#39;s &quot;x&quot;&nbsp;y", 300),
           "Tom & Jerry's \"x\" y", "what is escaped twice is decoded");
    is_str(clean("caf&eacute; &Scaron;koda &#233; &#xe9; &szlig;", 300),
           "caf\xc3\xa9 \xc5\xa0koda \xc3\xa9 \xc3\xa9 \xc3\x9f",
           "letters with diacritics");
    is_str(clean("it&#039;s &#x27;&#X27;", 300), "it's ''",
           "a quote in every notation");
    is_str(clean("&lt;b&gt; &#60;script&#62; &#x3c;", 300),
           "&lt;b&gt; &#60;script&#62; &#x3c;", "never to < or >");
    is_str(clean("&amp;lt;script&amp;gt;", 300), "&lt;script&gt;",
           "one pass only");
    is_str(clean("&times; &euro; &#8217; &hellip; &unknown; &; & x", 300),
           "&times; &euro; &#8217; &hellip; &unknown; &; & x",
           "no other reference");
    is_str(clean("&amp &#39 &#; &#x; &#xzz; &#99999999;", 300),
           "&amp &#39 &#; &#x; &#xzz; &#99999999;", "what is no reference");
    is_str(clean("&#8238;", 300), "&#8238;", "no bidi control comes back");
}


static void
test_placeholders(void)
{
    is_str(clean("null", 300), "", "null");
    is_str(clean(" undefined ", 300), "", "undefined");
    is_str(clean("{{title}}", 300), "", "{{identifier}}");
    is_str(clean("{{ page_title }}", 300), "", "with spaces");
    is_str(clean("{{constructor.constructor('alert(1)')()}}", 300),
           "{{constructor.constructor('alert(1)')()}}",
           "anything else in braces is text");
    is_str(clean("{{7*7}}", 300), "{{7*7}}", "an expression is text");
    is_str(clean("{{}}", 300), "{{}}", "empty braces are text");
    is_str(clean("null and void", 300), "null and void", "part of a text");
    is_str(clean("Null", 300), "Null", "a name");

    urlmeta_buf_reset(&buf);
    urlmeta_buf_add_str(&buf, "before ");
    (void) urlmeta_text_clean(&buf, "null", 4, 300);
    is_str(buf.data, "before ", "what was in the buffer stays");
    (void) urlmeta_text_clean(&buf, "x", 1, 300);
    is_str(buf.data, "before x", "and is added to");
}


static void
test_marks(void)
{
    int     i;
    char    text[2048];
    size_t  n;

    n = 0;
    text[n++] = 'a';

    for (i = 0; i < 500; i++) {
        text[n++] = '\xcc';
        text[n++] = '\x81';
    }

    clean_bytes(text, n, 300);
    is_int((long long) buf.len, 1 + 2 * URLMETA_TEXT_MAX_MARKS,
           "of 500 combining marks eight are kept");

    /* an enclosing mark and marks beyond the Basic Multilingual Plane */

    clean("a\xe2\x83\x9d\xf0\x9d\x85\xa7" "b", 300);
    is_str(buf.data, "a\xe2\x83\x9d\xf0\x9d\x85\xa7" "b",
           "few marks stay");

    clean("a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
          "\xe2\x80\x8d\xcc\x81" "b", 300);
    is_str(buf.data,
           "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
           "\xe2\x80\x8d" "b", "a joiner is no new base");
}


static void
test_cut(void)
{
    char    text[4096];
    size_t  i;

    is_str(clean("one two three", 13), "one two three", "it fits");
    is_str(clean("one two three", 12), "one two thre",
           "no word ends in the last quarter");
    is_str(clean("one two three four", 14), "one two three",
           "cut at a word");
    is_str(clean("one two three four", 16), "one two three",
           "cut at the word before");
    is_str(clean("one two ", 7), "one two", "white space after is no cut");
    is_str(clean("one two x", 7), "one two", "exactly at the word");
    is_str(clean("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 2),
           "\xe6\x97\xa5\xe6\x9c\xac", "cut at a code point");
    is_str(clean("abcde\xcc\x81", 5), "abcd", "no letter without its mark");
    is_str(clean("abcd\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80", 6),
           "abcd\xf0\x9f\x91\xa9\xe2\x80\x8d",
           "what is before a joiner may stand alone");

    memset(text, 'x', sizeof(text));

    clean_bytes(text, sizeof(text), 300);
    is_int((long long) buf.len, 300, "a long word is cut hard");

    for (i = 0; i < sizeof(text); i += 4) {
        memcpy(text + i, "\xf0\x9f\x98\x80", 4);
    }

    clean_bytes(text, sizeof(text), 300);
    is_int((long long) buf.len, 1200, "code points are counted, not bytes");
    is_int((long long) urlmeta_text_length(buf.data, buf.len), 300,
           "as urlmeta_text_length() counts them");
}


static void
test_bytes(void)
{
    int     i, good;
    char    text[512];
    size_t  n, k;

    is_str(clean("a\xed\xa0\x80" "b", 300),
           "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "b", "a lone surrogate");
    is_str(clean_bytes("a\0b", 3, 300), "ab", "NUL does not end a text");
    is_str(clean("\xff\xfe" "a", 300), "\xef\xbf\xbd\xef\xbf\xbd" "a",
           "bytes that are no UTF-8");
    is_str(clean("a\xe2\x82", 300), "a\xef\xbf\xbd", "a sequence cut short");

    /* any bytes give valid UTF-8 without control characters */

    good = 1;
    srand(7);

    for (i = 0; i < 20000; i++) {
        n = (size_t) rand() % sizeof(text);

        for (k = 0; k < n; k++) {
            text[k] = (char) (rand() >> 7);
        }

        clean_bytes(text, n, 100);

        for (k = 0; k < buf.len; k++) {
            if ((unsigned char) buf.data[k] < 0x20 || buf.data[k] == 0x7f) {
                good = 0;
            }
        }

        if (buf.len && (buf.data[0] == ' ' || buf.data[buf.len - 1] == ' ')) {
            good = 0;
        }

        if (urlmeta_text_length(buf.data, buf.len) > 100) {
            good = 0;
        }
    }

    ok(good, "20,000 random texts");
}


static void
test_direction(void)
{
    is_int(urlmeta_text_direction("abc", 3), 'l', "Latin");
    is_int(urlmeta_text_direction("12 \xd7\xa9", 5), 'r', "Hebrew");
    is_int(urlmeta_text_direction("\xd9\xa1 \xd8\xa7", 5), 'r',
           "Arabic after a digit");
    is_int(urlmeta_text_direction("\xe6\x97\xa5", 3), 'l', "Chinese");
    is_int(urlmeta_text_direction("\xf0\x9f\x98\x80 12 -", 9), 0,
           "nothing strong");
    is_int(urlmeta_text_direction("", 0), 0, "nothing");
}


static void
test_percent(void)
{
    urlmeta_buf_reset(&buf);
    (void) urlmeta_text_unescape_percent(&buf, "a%20b%C3%A9%zz%4", 16);
    is_str(buf.data, "a b\xc3\xa9%zz%4", "percent-encoding");

    urlmeta_buf_reset(&buf);
    (void) urlmeta_text_unescape_percent(&buf, "%00x", 4);
    is_int((long long) buf.len, 2, "a zero is a byte");
}
