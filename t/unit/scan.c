
/*
 * The scanner: its states case by case, independence of how the document is
 * cut into chunks, and linear time.
 */


#include <dirent.h>
#include <time.h>

#include "buffer.h"
#include "scan.h"
#include "tap.h"


typedef struct {
    urlmeta_scan_t  *sc;
    urlmeta_buf_t    out;           /* what came, written out */
    urlmeta_buf_t    text;          /* of the text that is not yet complete */
    unsigned         count;
    unsigned         stop_at;       /* the handler ends the scan there */
    unsigned         truncated;
} sink_t;


typedef struct {
    const char      *input;
    const char      *output;
} case_t;


#define HEAD_TAGS  (urlmeta_tag_bit(URLMETA_TAG_META)                         \
                    | urlmeta_tag_bit(URLMETA_TAG_LINK)                       \
                    | urlmeta_tag_bit(URLMETA_TAG_BASE)                       \
                    | urlmeta_tag_bit(URLMETA_TAG_HTML)                       \
                    | urlmeta_tag_bit(URLMETA_TAG_TITLE)                      \
                    | urlmeta_tag_bit(URLMETA_TAG_SCRIPT))


static int sink(void *data, const urlmeta_token_t *token);
static int sink_count(void *data, const urlmeta_token_t *token);
static void sink_flush(sink_t *s);
static void sink_init(sink_t *s);
static void sink_free(sink_t *s);
static int feed(urlmeta_scan_t *sc, const char *data, size_t len,
    size_t chunk);
static void scan_all(sink_t *s, const char *data, size_t len, size_t chunk);
static void test_cases(void);
static void test_wants(void);
static void test_bounds(void);
static void test_tags(void);
static void test_chunks(void);
static void test_corpus(void);
static char *slurp(const char *path, size_t *len);
static void test_linear(void);
static double timed(const char *data, size_t len, int all);
static char *repeat(const char *before, const char *piece, const char *after,
    size_t len);


/* what comes of an input, as sink() writes it out */

static const case_t  cases[] = {

    /* tags and attributes */

    { "a<b>c</b>d", "\"a\"<b>\"c\"</b>\"d\"" },
    { "<META NAME=A CONTENT=\"B c\">", "<meta name='A' content='B c'>" },
    { "<a x=1 X=2 x='3'>", "<a x='1'>" },
    { "<a x y= z =1 w = '2'>", "<a x='' y='z' =1='' w='2'>" },
    { "<a\nx\t=\f\"1\"\r\ny='2'/>", "<a x='1' y='2'/>" },
    { "<a x=1/>", "<a x='1/'>" },
    { "<a / x / y>", "<a x='' y=''>" },
    { "<meta/name=a/content=b>", "<meta name='a/content=b'>" },
    { "<meta/name='a'/content='b'>", "<meta name='a' content='b'>" },
    { "<a =x>", "<a =x=''>" },
    { "<a ==x>", "<a =='x'>" },
    { "<a x==y>", "<a x='=y'>" },
    { "<a x=>b", "<a x=''>\"b\"" },
    { "<a x='1'y=\"2\"z>", "<a x='1' y='2' z=''>" },
    { "<a x=\"1>2\">3", "<a x='1>2'>\"3\"" },
    { "<a x=y\">z\">", "<a x='y\"'>\"z\\\">\"" },
    { "<a \"x\">", "<a \"x\"=''>" },
    { "<a x=\"1\r\n2\r3\n4\">", "<a x='1\n2\n3\n4'>" },
    { "<a><b", "<a>" },
    { "<a><b x='", "<a>" },
    { "</a x='1' y/>b", "</a>\"b\"" },
    { "</>a", "\"a\"" },
    { "a<", "\"a<\"" },
    { "a</", "\"a</\"" },
    { "a< b<1<>", "\"a< b<1<>\"" },
    { "</ a>b", "<!-- a-->\"b\"" },
    { "<?xml version='1.0'?>a", "<!--?xml version='1.0'?-->\"a\"" },

    /* line ends */

    { "a\r\nb\rc\nd\r\r\ne", "\"a\nb\nc\nd\n\ne\"" },
    { "<title>a\r\nb\r</title>\r\n", "<title>\"a\nb\n\"</title>\"\n\"" },
    { "<!--a\r\nb\rc-->", "<!--a\nb\nc-->" },

    /* character references */

    { "&amp;&lt;&gt;&quot;&NotEqualTilde;", "\"&<>\\\"\xe2\x89\x82\xcc\xb8\"" },
    { "&copy 2020 &copy2020", "\"\xc2\xa9 2020 \xc2\xa9""2020\"" },
    { "&amp", "\"&\"" },
    { "&am", "\"&am\"" },
    { "&notit; &notin; &noti", "\"\xc2\xacit; \xe2\x88\x89 \xc2\xaci\"" },
    { "&", "\"&\"" },
    { "&&amp;&;&#;&#x;&#xg;&#X", "\"&&&;&#;&#x;&#xg;&#X\"" },
    { "&bogus;&ThisIsAVeryLongNameOfNoReferenceAtAll;",
      "\"&bogus;&ThisIsAVeryLongNameOfNoReferenceAtAll;\"" },
    { "&CounterClockwiseContourIntegral;", "\"\xe2\x88\xb3\"" },
    { "&CounterClockwiseContourIntegral",
      "\"&CounterClockwiseContourIntegral\"" },
    { "&#65;&#x42;&#X43&#68", "\"ABCD\"" },
    { "&#128;&#x9f;&#129;", "\"\xe2\x82\xac\xc5\xb8\xc2\x81\"" },
    { "&#0;&#xd800;&#x110000;&#99999999999999999999;",
      "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "&#x10FFFF;&#x1F600;", "\"\xf4\x8f\xbf\xbf\xf0\x9f\x98\x80\"" },
    { "<a x='?a=1&copy=2&copyx&copy;&copy&amp'>",
      "<a x='?a=1&copy=2&copyx\xc2\xa9\xc2\xa9&'>" },
    { "<a x=&lt;&#39;&amp y=&gt>", "<a x='<'&' y='>'>" },
    { "<a x='&#128;&notit;&not;'>", "<a x='\xe2\x82\xac&notit;\xc2\xac'>" },
    { "<title>&lt;b>&copy</title>", "<title>\"<b>\xc2\xa9\"</title>" },
    { "<style>&lt;</style>", "<style>\"&lt;\"</style>" },
    { "<script>&lt;</script>", "<script>\"&lt;\"</script>" },

    /* comments and declarations */

    { "<!-->a", "<!---->\"a\"" },
    { "<!--->a", "<!---->\"a\"" },
    { "<!---->a", "<!---->\"a\"" },
    { "<!--a--!>b", "<!--a-->\"b\"" },
    { "<!--a--!b-->c", "<!--a--!b-->\"c\"" },
    { "<!--a--!-->b", "<!--a--!-->\"b\"" },
    { "<!--a<!--b-->c-->", "<!--a<!--b-->\"c-->\"" },
    { "<!--a<!-b<!->c--->d", "<!--a<!-b<!->c--->\"d\"" },
    { "<!--a<!-->b", "<!--a<!-->\"b\"" },
    { "<!--a-b--c- - >-->", "<!--a-b--c- - >-->" },
    { "<!--a", "<!--a-->" },
    { "<!--a--", "<!--a-->" },
    { "<!-a>b", "<!---a-->\"b\"" },
    { "<!>a", "<!---->\"a\"" },
    { "<!doctypo>a", "<!--doctypo-->\"a\"" },
    { "<!d>a", "<!--d-->\"a\"" },
    { "<!DOCTYPE HTML>a", "<!html>\"a\"" },
    { "<!doctype html public \"a>b\">", "<!html>\"b\\\">\"" },
    { "<![CDATA[a]]>b", "<!--[CDATA[a]]-->\"b\"" },

    /* raw text */

    { "<title><b>&amp;</titlex></title >a",
      "<title>\"<b>&</titlex>\"</title>\"a\"" },
    { "<TITLE>a</TiTlE/x='>'>b", "<title>\"a\"</title>\"b\"" },
    { "<title>a</titl", "<title>\"a</titl\"" },
    { "<title>a</title", "<title>\"a</title\"" },
    { "<title>a</title ", "<title>\"a\"" },
    { "<textarea><meta></textarea>", "<textarea>\"<meta>\"</textarea>" },
    { "<xmp></ xmp></xmp>", "<xmp>\"</ xmp>\"</xmp>" },
    { "<iframe><a></iframe><noembed><a></noembed><noframes><a></noframes>",
      "<iframe>\"<a>\"</iframe><noembed>\"<a>\"</noembed>"
      "<noframes>\"<a>\"</noframes>" },
    { "<noscript><a></noscript>", "<noscript><a></noscript>" },
    { "<style></style/>a", "<style></style>\"a\"" },
    { "<plaintext>a</plaintext><b>&amp;",
      "<plaintext>\"a</plaintext><b>&amp;\"" },

    /* script */

    { "<script>a<b</scriptx></script>c",
      "<script>\"a<b</scriptx>\"</script>\"c\"" },
    { "<script><!--a</script>b", "<script>\"<!--a\"</script>\"b\"" },
    { "<script><!--<script></script>a</script>b",
      "<script>\"<!--<script></script>a\"</script>\"b\"" },
    { "<script><!--<script></script>--></script>b",
      "<script>\"<!--<script></script>-->\"</script>\"b\"" },
    { "<script><!--<script>--></script>b",
      "<script>\"<!--<script>-->\"</script>\"b\"" },
    { "<script><!--<script>-></script></script>b",
      "<script>\"<!--<script>-></script>\"</script>\"b\"" },
    { "<script><!--><script></script>b",
      "<script>\"<!--><script>\"</script>\"b\"" },
    { "<script><!---><script></script>b",
      "<script>\"<!---><script>\"</script>\"b\"" },
    { "<script><!-<script></script>b",
      "<script>\"<!-<script>\"</script>\"b\"" },
    { "<script><!--<SCRIPT/</script x</script>b",
      "<script>\"<!--<SCRIPT/</script x\"</script>\"b\"" },
    { "<script><!--<scripts></script>b",
      "<script>\"<!--<scripts>\"</script>\"b\"" },
    { "<script><!--<script></scripts></script></script>b",
      "<script>\"<!--<script></scripts></script>\"</script>\"b\"" },
    { "<script><!-- - -- <b> -- ></script>b",
      "<script>\"<!-- - -- <b> -- >\"</script>\"b\"" },

    /* foreign content, which the sink enters with svg */

    { "<svg><title><b>a</b></title></svg><title><b></title>",
      "<svg><title><b>\"a\"</b></title></svg><title>\"<b>\"</title>" },
    { "<svg><![CDATA[<a>]&amp;]]]]>b</svg>",
      "<svg>\"<a>]&amp;]]b\"</svg>" },
    { "<svg><![CDATA[a]]b]>]]", "<svg>\"a]]b]>]]\"" },
    { "<svg><![cdata[a]]>b", "<svg><!--[cdata[a]]-->\"b\"" },
    { "<svg><style><a></style>", "<svg><style><a></style>" },

    { NULL, NULL }
};


int
main(void)
{
    test_cases();
    test_wants();
    test_bounds();
    test_tags();

    test_chunks();
    test_corpus();
    test_linear();

    return done_testing();
}


static int
sink(void *data, const urlmeta_token_t *token)
{
    sink_t    *s = data;

    unsigned   i;

    s->count++;

    if (s->stop_at && s->count == s->stop_at) {
        return URLMETA_DONE;
    }

    if (token->truncated) {
        s->truncated = 1;
    }

    if (token->type == URLMETA_TOKEN_TEXT) {
        urlmeta_buf_add(&s->text, token->text, token->text_len);
        return URLMETA_OK;
    }

    sink_flush(s);

    switch (token->type) {

    case URLMETA_TOKEN_START:

        urlmeta_buf_printf(&s->out, "<%.*s", (int) token->name_len,
                           token->name);

        for (i = 0; i < token->nattrs; i++) {
            urlmeta_buf_printf(&s->out, " %.*s='",
                               (int) token->attrs[i].name_len,
                               token->attrs[i].name);
            urlmeta_buf_add(&s->out, token->attrs[i].value,
                            token->attrs[i].value_len);
            urlmeta_buf_add_char(&s->out, '\'');
        }

        urlmeta_buf_add_str(&s->out, token->self_closing ? "/>" : ">");

        if (token->tag == URLMETA_TAG_SVG) {
            urlmeta_scan_foreign(s->sc, 1);
        }

        break;

    case URLMETA_TOKEN_END:

        urlmeta_buf_printf(&s->out, "</%.*s>", (int) token->name_len,
                           token->name);

        if (token->tag == URLMETA_TAG_SVG) {
            urlmeta_scan_foreign(s->sc, 0);
        }

        break;

    case URLMETA_TOKEN_COMMENT:

        urlmeta_buf_add_str(&s->out, "<!--");
        urlmeta_buf_add(&s->out, token->text, token->text_len);
        urlmeta_buf_add_str(&s->out, "-->");
        break;

    case URLMETA_TOKEN_DOCTYPE:

        urlmeta_buf_printf(&s->out, "<!%.*s>", (int) token->name_len,
                           token->name);
        break;

    case URLMETA_TOKEN_TEXT:
        break;
    }

    return URLMETA_OK;
}


static int
sink_count(void *data, const urlmeta_token_t *token)
{
    (*(unsigned *) data)++;

    return URLMETA_OK;
}


static void
sink_flush(sink_t *s)
{
    size_t  i;

    if (s->text.len == 0) {
        return;
    }

    urlmeta_buf_add_char(&s->out, '"');

    for (i = 0; i < s->text.len; i++) {
        if (s->text.data[i] == '"') {
            urlmeta_buf_add_char(&s->out, '\\');
        }

        urlmeta_buf_add_char(&s->out, s->text.data[i]);
    }

    urlmeta_buf_add_char(&s->out, '"');

    urlmeta_buf_reset(&s->text);
}


static void
sink_init(sink_t *s)
{
    memset(s, 0, sizeof(sink_t));

    s->sc = urlmeta_scan_create(sink, s);
    if (s->sc == NULL) {
        printf("Bail out! no memory\n");
        exit(1);
    }

    urlmeta_scan_want_all(s->sc);
}


static void
sink_free(sink_t *s)
{
    urlmeta_scan_destroy(s->sc);
    urlmeta_buf_free(&s->out);
    urlmeta_buf_free(&s->text);
}


/* each chunk in memory of its own size, so that ASan sees a read past it */

static int
feed(urlmeta_scan_t *sc, const char *data, size_t len, size_t chunk)
{
    int      rc;
    char    *copy;
    size_t   n;

    rc = URLMETA_OK;

    while (len) {
        n = (chunk && chunk < len) ? chunk : len;

        copy = malloc(n);
        memcpy(copy, data, n);

        rc = urlmeta_scan_feed(sc, copy, n);

        free(copy);

        data += n;
        len -= n;
    }

    return rc == URLMETA_OK ? urlmeta_scan_finish(sc) : rc;
}


static void
scan_all(sink_t *s, const char *data, size_t len, size_t chunk)
{
    sink_init(s);
    feed(s->sc, data, len, chunk);
    sink_flush(s);
    urlmeta_buf_add_str(&s->out, "");
}


static void
test_cases(void)
{
    int      i;
    char     name[128];
    sink_t   s;
    size_t   len, n, failed;
    sink_t   whole;

    for (i = 0; cases[i].input; i++) {
        len = strlen(cases[i].input);

        snprintf(name, sizeof(name), "case %d", i);

        scan_all(&whole, cases[i].input, len, 0);
        is_str(whole.out.data, cases[i].output, name);

        /* cut in two at every place, and into single bytes */

        failed = 0;

        for (n = 0; n < len; n++) {
            sink_init(&s);

            if (n == 0) {
                feed(s.sc, cases[i].input, len, 1);

            } else {
                urlmeta_scan_feed(s.sc, cases[i].input, n);
                feed(s.sc, cases[i].input + n, len - n, 0);
            }

            sink_flush(&s);

            if (strcmp(s.out.data, whole.out.data) != 0) {
                printf("# cut at %d: %s\n", (int) n, s.out.data);
                failed++;
            }

            sink_free(&s);
        }

        is_int(failed, 0, "  the same however it is cut");

        sink_free(&whole);
    }
}


static void
test_wants(void)
{
    sink_t       s;
    const char  *page;

    page = "<!doctype html><html lang=en><head><title>a&amp;b</title>"
           "<meta name=x content='1>2'><style>p > a { }</style>"
           "<!-- <meta name=no> --><script>\"<meta name=no>\"</script>"
           "</head><body class='<meta name=no>'>text &amp; <p title=\">\">"
           "<textarea><meta name=no></textarea><META name=y></body></html>";

    sink_init(&s);
    urlmeta_scan_want(s.sc, HEAD_TAGS, 0);
    feed(s.sc, page, strlen(page), 0);
    is_str(s.out.data, "<html lang='en'><title></title>"
           "<meta name='x' content='1>2'><script></script><meta name='y'>"
           "</html>", "only the tags that are wanted");
    sink_free(&s);

    sink_init(&s);
    urlmeta_scan_want(s.sc, HEAD_TAGS, 0);
    feed(s.sc, page, strlen(page), 1);
    is_str(s.out.data, "<html lang='en'><title></title>"
           "<meta name='x' content='1>2'><script></script><meta name='y'>"
           "</html>", "the same byte by byte");
    sink_free(&s);

    sink_init(&s);
    urlmeta_scan_want(s.sc, 0, 1);
    feed(s.sc, "a<b>b&amp;</b><!-- no -->c<p>", 29, 0);
    sink_flush(&s);
    is_str(s.out.data, "\"ab&c\"", "only text");
    sink_free(&s);

    sink_init(&s);
    s.stop_at = 3;
    is_int(feed(s.sc, "<a><b><c><d>", 12, 0), URLMETA_DONE,
           "the handler ends the scan");
    is_int(s.count, 3, "at once");
    is_int(urlmeta_scan_feed(s.sc, "<e>", 3), URLMETA_DONE, "for good");
    is_int(urlmeta_scan_finish(s.sc), URLMETA_DONE, "to the end");
    is_int(s.count, 3, "no token comes any more");
    sink_free(&s);

    sink_init(&s);
    s.stop_at = 2;
    is_int(feed(s.sc, "a\rb&amp;c\rd<e>", 14, 0), URLMETA_DONE,
           "a text ends the scan");
    is_int(s.count, 2, "at once too");
    sink_free(&s);

    sink_init(&s);
    is_int(urlmeta_scan_feed(s.sc, NULL, 0), URLMETA_OK, "nothing to feed");
    is_int(urlmeta_scan_finish(s.sc), URLMETA_OK, "an empty document");
    is_int(s.count, 0, "has no tokens");
    sink_free(&s);
}


static void
test_bounds(void)
{
    int             i;
    char           *page;
    sink_t          s;
    size_t          len, n;
    urlmeta_buf_t   b, wanted;

    /* more attributes than are kept: the first are, and the tag ends right */

    memset(&b, 0, sizeof(urlmeta_buf_t));
    memset(&wanted, 0, sizeof(urlmeta_buf_t));

    urlmeta_buf_add_str(&b, "<a");
    urlmeta_buf_add_str(&wanted, "<a");

    for (i = 0; i < URLMETA_SCAN_MAX_ATTRS + 10; i++) {
        urlmeta_buf_printf(&b, " a%d=\">%d\"", i, i);

        if (i < URLMETA_SCAN_MAX_ATTRS) {
            urlmeta_buf_printf(&wanted, " a%d='>%d'", i, i);
        }
    }

    urlmeta_buf_add_str(&b, ">b");
    urlmeta_buf_add_str(&wanted, ">\"b\"");

    scan_all(&s, b.data, b.len, 0);
    is_str(s.out.data, wanted.data, "the first 64 attributes");
    is_int(s.truncated, 1, "and the token says that there were more");
    sink_free(&s);

    urlmeta_buf_free(&b);
    urlmeta_buf_free(&wanted);

    /* a value longer than is kept, in characters of three bytes */

    page = repeat("<a y=1 x='", "\xe2\x82\xac", "' z=2>b", 40000);
    len = strlen(page);

    for (n = 0; n < 2; n++) {
        scan_all(&s, page, len, n ? 1001 : 0);

        ok(s.out.len > URLMETA_SCAN_MAX_TAG - 4
           && s.out.len < URLMETA_SCAN_MAX_TAG + 30, "a long value is cut");
        ok(strstr(s.out.data, "\xe2\x82\xac'>\"b\"") != NULL,
           "at a character's end, and what follows is read");
        ok(strstr(s.out.data, "<a y='1' x='\xe2") != NULL,
           "what came before is kept");
        is_int(s.truncated, 1, "the token says it");
        sink_free(&s);
    }

    free(page);

    page = repeat("<a y=1 ", "x", "=2 z=3>b", 40000);
    scan_all(&s, page, strlen(page), 0);
    is_str(s.out.data, "<a y='1'>\"b\"", "a name that is too long is dropped");
    is_int(s.truncated, 1, "the token says it");
    sink_free(&s);
    free(page);

    page = repeat("<", "x", " y=1>b", 40000);
    scan_all(&s, page, strlen(page), 0);
    ok(s.truncated && strstr(s.out.data, "x>\"b\""), "a tag's name is cut");
    sink_free(&s);
    free(page);

    /* bytes that are no whole character, and zeroes */

    sink_init(&s);
    feed(s.sc, "<a x=\"\0\" \0=1>\0<t\0>", 18, 0);
    sink_flush(&s);
    ok(memcmp(s.out.data, "<a x='\xef\xbf\xbd' \xef\xbf\xbd='1'>\"\0\""
              "<t\xef\xbf\xbd>", 28) == 0 && s.out.len == 28,
       "a zero is U+FFFD but in text");
    sink_free(&s);

    scan_all(&s, "<title>\0</title><script>\0</script>", 34, 0);
    is_str(s.out.data, "<title>\"\xef\xbf\xbd\"</title>"
           "<script>\"\xef\xbf\xbd\"</script>", "and in raw text");
    sink_free(&s);
}


static void
test_tags(void)
{
    is_int(urlmeta_tag("meta", 4), URLMETA_TAG_META, "meta");
    is_int(urlmeta_tag("META", 4), URLMETA_TAG_META, "META");
    is_int(urlmeta_tag("h1", 2), URLMETA_TAG_H1, "h1");
    is_int(urlmeta_tag("h\x11", 2), URLMETA_TAG_OTHER, "no h1");
    is_int(urlmeta_tag("plaintext", 9), URLMETA_TAG_PLAINTEXT, "plaintext");
    is_int(urlmeta_tag("foreignObject", 13), URLMETA_TAG_FOREIGNOBJECT,
           "foreignObject");
    is_int(urlmeta_tag("annotation-xml", 14), URLMETA_TAG_ANNOTATION_XML,
           "annotation-xml");
    is_int(urlmeta_tag("div", 3), URLMETA_TAG_BREAKOUT, "div");
    is_int(urlmeta_tag("mtext", 5), URLMETA_TAG_MATH_TEXT, "mtext");
    is_int(urlmeta_tag("meta-x", 6), URLMETA_TAG_OTHER, "meta-x");
    is_int(urlmeta_tag("", 0), URLMETA_TAG_OTHER, "no name");

    /* its folded key is that of plaintext */

    is_int(urlmeta_tag("\0laintext\0\0\0\0\0\0\0p", 17), URLMETA_TAG_OTHER,
           "a longer name of an equal key");
    is_int(urlmeta_tag("qlaintexu", 9), URLMETA_TAG_OTHER,
           "an equal length and key");
}


/* all cases one after the other, and again with only some tags wanted */

static void
test_chunks(void)
{
    int             i;
    sink_t          whole, s;
    size_t          chunk, failed;
    urlmeta_buf_t   b;

    memset(&b, 0, sizeof(urlmeta_buf_t));

    for (i = 0; cases[i].input; i++) {

        if (strstr(cases[i].input, "plaintext") == NULL) {
            urlmeta_buf_add_str(&b, cases[i].input);
            urlmeta_buf_add_str(&b, "\"'--></script></title><meta name=x>");
        }
    }

    scan_all(&whole, b.data, b.len, 0);
    failed = 0;

    for (chunk = 1; chunk < 100; chunk++) {
        scan_all(&s, b.data, b.len, chunk);
        failed += (strcmp(s.out.data, whole.out.data) != 0);
        sink_free(&s);
    }

    is_int(failed, 0, "all tokens, in chunks of 1 to 99 bytes");
    sink_free(&whole);

    sink_init(&whole);
    urlmeta_scan_want(whole.sc, HEAD_TAGS, 0);
    feed(whole.sc, b.data, b.len, 0);
    ok(whole.count > 20, "tags of the head");
    failed = 0;

    for (chunk = 1; chunk < 100; chunk++) {
        sink_init(&s);
        urlmeta_scan_want(s.sc, HEAD_TAGS, 0);
        feed(s.sc, b.data, b.len, chunk);
        failed += (strcmp(s.out.data, whole.out.data) != 0);
        sink_free(&s);
    }

    is_int(failed, 0, "the same in chunks of 1 to 99 bytes");
    sink_free(&whole);
    urlmeta_buf_free(&b);
}


static void
test_corpus(void)
{
    DIR            *dir;
    char            path[1024], *page;
    size_t          len, i;
    sink_t          whole, s;
    unsigned        pages, failed;
    struct dirent  *entry;

    static const size_t  chunks[] = { 1, 7, 1460, 16384 };

    snprintf(path, sizeof(path), "%s/corpus/dev", shared());

    dir = opendir(path);

    if (dir == NULL) {
        skip("no corpus");
        return;
    }

    pages = 0;
    failed = 0;

    while (pages < 40 && (entry = readdir(dir)) != NULL) {

        snprintf(path, sizeof(path), "%s/corpus/dev/%s/page.html", shared(),
                 entry->d_name);

        page = slurp(path, &len);

        if (page == NULL) {
            continue;
        }

        pages++;

        scan_all(&whole, page, len, 0);

        for (i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
            scan_all(&s, page, len, chunks[i]);

            if (s.out.len != whole.out.len
                || memcmp(s.out.data, whole.out.data, s.out.len) != 0)
            {
                printf("# %s in chunks of %d\n", path, (int) chunks[i]);
                failed++;
            }

            sink_free(&s);
        }

        sink_free(&whole);
        free(page);
    }

    closedir(dir);

    ok(pages > 0 && failed == 0, "%u real pages, the same in chunks", pages);
}


static char *
slurp(const char *path, size_t *len)
{
    FILE  *f;
    long   size;
    char  *data;

    f = fopen(path, "rb");

    if (f == NULL) {
        return NULL;
    }

    fseek(f, 0, SEEK_END);
    size = ftell(f);
    rewind(f);

    data = malloc(size + 1);
    *len = fread(data, 1, size, f);
    fclose(f);

    return data;
}


/* what is quadratic takes thousands of times as long as the benign page */

static void
test_linear(void)
{
    int       i, all;
    char     *page, *bad;
    double    benign, t;

    static const char  *hostile[][4] = {
        { "<", "", "<", "" },
        { "</", "", "</", "" },
        { "<!", "", "<!", "" },
        { "an unclosed comment", "<!--", "- -- <!-- ", "" },
        { "an unclosed tag", "<meta content=\"", "a=b ", "" },
        { "100,000 attributes", "<meta", " abcde=f", "" },
        { "attributes all of one name", "<meta", " a", "" },
        { "tags of 64 attributes", "", "<meta a b c d e f g h i j k l m n o p "
          "q r s t u v w x y z 1 2 3 4 5 6 7 8 9 0 ! $ % * ( ) [ ] { } : ; "
          "aa ab ac ad ae af ag ah ai aj ak al>", "" },
        { "ampersands", "", "&", "" },
        { "references that are none", "", "&abcdef;", "" },
        { "references without semicolon", "<title>", "&notinx", "" },
        { "references in an attribute", "<meta content='", "&not", "'>" },
        { "a reference of a million digits", "&#", "1", "" },
        { "<script><!--", "", "<script><!--", "" },
        { "<script></script in an escaped script", "<script><!--",
          "<script></script ", "" },
        { "</scrip in a script", "<script>", "</scrip", "" },
        { "</titl in a title", "<title>", "</titl", "" },
        { "deep nesting", "", "<div>", "" },
        { "deep svg", "", "<svg>", "" },
        { "brackets in CDATA", "<svg><![CDATA[", "]", "" },
        { "CDATA sections", "<svg>", "<![CDATA[", "" },
        { "line ends", "", "\r", "" },
        { "quotes", "<a ", "='", "" },
        { "a doctype", "<!doctype", " a", "" }
    };

    page = repeat("", "<div class=\"a b\"><p id=x>Some words &amp; more, as "
                  "pages have them.</p><!-- c --><a href='/b?c=d'>e</a>"
                  "</div>\n", "", 1000000);

    for (all = 0; all < 2; all++) {
        benign = timed(page, 1000000, all);

        if (benign < 0.0005) {
            benign = 0.0005;
        }

        for (i = 0; i < (int) (sizeof(hostile) / sizeof(hostile[0])); i++) {
            bad = repeat(hostile[i][1], hostile[i][2], hostile[i][3], 1000000);
            t = timed(bad, strlen(bad), all);

            ok(t < benign * 80, "1 MB of %s, %s", hostile[i][0],
               all ? "all wanted" : "head wanted");
            printf("# %.2f ms, benign %.2f ms\n", t * 1000, benign * 1000);

            free(bad);
        }
    }

    free(page);
}


/* the best of three, in chunks of 1,460 bytes */

static double
timed(const char *data, size_t len, int all)
{
    int              i;
    double           best, t;
    size_t           n, at;
    unsigned         count;
    urlmeta_scan_t  *sc;
    struct timespec  before, after;

    best = 1e9;

    for (i = 0; i < 3; i++) {
        count = 0;
        sc = urlmeta_scan_create(sink_count, &count);

        if (all) {
            urlmeta_scan_want_all(sc);

        } else {
            urlmeta_scan_want(sc, HEAD_TAGS, 0);
        }

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);

        for (at = 0; at < len; at += n) {
            n = len - at < 1460 ? len - at : 1460;
            urlmeta_scan_feed(sc, data + at, n);
        }

        urlmeta_scan_finish(sc);

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);

        t = (after.tv_sec - before.tv_sec)
            + (after.tv_nsec - before.tv_nsec) / 1e9;

        if (t < best) {
            best = t;
        }

        urlmeta_scan_destroy(sc);
    }

    return best;
}


static char *
repeat(const char *before, const char *piece, const char *after, size_t len)
{
    char    *p;
    size_t   n, i;

    n = strlen(piece);
    p = malloc(strlen(before) + len + n + strlen(after) + 1);

    strcpy(p, before);

    for (i = strlen(p); i < len; i += n) {
        memcpy(p + i, piece, n);
    }

    strcpy(p + i, after);

    return p;
}
