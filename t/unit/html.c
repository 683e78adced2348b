
/*
 * Tokens to the page object.
 */


#include <time.h>

#include <jansson.h>

#include "html.h"
#include "buffer.h"
#include "tap.h"


#define URL  "https://example.com/a/b?c"


typedef struct {
    const char  *name;
    const char  *html;
    const char  *key;           /* of the page object */
    const char  *expected;      /* JSON */
} case_t;


static json_t *page(const char *html, size_t len, size_t chunk, int details);
static void check(const char *name, json_t *got, const char *expected);
static void test_cases(void);
static void test_chunks(void);
static void test_charset(void);
static void on_charset(void *data, const char *label, size_t len);
static void test_tokens(void);
static void test_bounds(void);
static void test_base_bound(void);
static void test_bad_bytes(void);
static void test_linear(void);
static double timed(const char *html, size_t len);
static void repeat(urlmeta_buf_t *b, const char *piece, size_t len);


static const case_t  cases[] = {

    { "title", "<title>A &amp; <b>B</b></title>", "titles",
      "[\"A & <b>B</b>\"]" },
    { "two titles", "<title> a </title><body><title>b</title>", "titles",
      "[\" a \", \"b\"]" },
    { "an unclosed title", "<title>a<meta name=b content=c>", "titles",
      "[\"a<meta name=b content=c>\"]" },
    { "what is in it is no meta", "<title>a<meta name=b content=c>", "meta",
      "[]" },
    { "an svg's title", "<svg><title>a</title></svg><title>b</title>",
      "titles", "[\"b\"]" },
    { "a math's title", "<math><title>a</title></math><title>b</title>",
      "titles", "[\"b\"]" },
    { "an empty svg", "<svg/><title>b</title>", "titles", "[\"b\"]" },
    { "an svg that a div ends", "<svg><path><div><title>b</title>", "titles",
      "[\"b\"]" },
    { "an svg that the end of a div ends", "<div><svg><g></div><title>b",
      "titles", "[\"b\"]" },
    { "a title in an svg's foreignObject",
      "<svg><foreignObject><title>a</title></foreignObject><title>b</title>",
      "titles", "[\"a\"]" },
    { "a title in a math's text",
      "<math><mtext><title>a</title></mtext><title>b</title>",
      "titles", "[\"a\"]" },
    { "a title in a math's annotation",
      "<math><annotation-xml encoding=' Text/HTML '><title>a</title>"
      "</annotation-xml><annotation-xml><title>b</title>", "titles",
      "[\"a\"]" },
    { "a title in a template", "<template><title>a</title></template>"
      "<title>b</title>", "titles", "[\"b\"]" },
    { "an svg in a template", "<template><svg></template><title>b</title>",
      "titles", "[\"b\"]" },
    { "the end of a template that is none", "</template><title>b", "titles",
      "[\"b\"]" },
    { "templates in templates", "<template><template></template>"
      "<meta name=a content=b></template><meta name=c content=d>", "meta",
      "[{\"name\": \"c\", \"content\": \"d\"}]" },

    { "meta", "<meta name=A content='b &lt;'><META PROPERTY=og:X CONTENT=>"
      "<meta name=a content=2>", "meta",
      "[{\"name\": \"a\", \"content\": \"b <\"},"
      " {\"name\": \"og:x\", \"content\": \"\"},"
      " {\"name\": \"a\", \"content\": \"2\"}]" },
    { "a meta with name and property",
      "<meta property=p name=n content=c><meta property=X name=x content=c>",
      "meta", "[{\"name\": \"n\", \"content\": \"c\"},"
      " {\"name\": \"p\", \"content\": \"c\"},"
      " {\"name\": \"x\", \"content\": \"c\"}]" },
    { "a meta with value", "<meta name=a value=b><meta name=c value=d "
      "content=e><meta name=f>", "meta",
      "[{\"name\": \"a\", \"content\": \"b\", \"attribute\": \"value\"},"
      " {\"name\": \"c\", \"content\": \"e\"}]" },
    { "metas anywhere", "<body><p><meta name=a content=b></p></body></html>"
      "<noscript><meta name=c content=d></noscript>", "meta",
      "[{\"name\": \"a\", \"content\": \"b\"},"
      " {\"name\": \"c\", \"content\": \"d\"}]" },
    { "metas in raw text", "<textarea><meta name=a content=b></textarea>"
      "<xmp><meta name=a content=b></xmp><iframe><meta name=a content=b>"
      "</iframe><noembed><meta name=a content=b></noembed><noframes>"
      "<meta name=a content=b></noframes><style><meta name=a content=b>"
      "</style><script><meta name=a content=b></script>"
      "<!--<meta name=a content=b>--><p title='<meta name=a content=b>'>",
      "meta", "[]" },
    { "a meta ends an svg", "<svg><meta name=a content=b><style></svg>"
      "<meta name=a content=b>", "meta",
      "[{\"name\": \"a\", \"content\": \"b\"}]" },
    { "itemprop", "<meta itemprop=datePublished content=2020>",
      "itemprop_meta", "[{\"name\": \"datePublished\", \"content\": \"2020\"}]"
    },
    { "http-equiv", "<meta HTTP-EQUIV=Refresh content='0; url=x'>",
      "http_equiv", "[{\"name\": \"refresh\", \"content\": \"0; url=x\"}]" },

    { "language", "<html lang=en><html lang=de dir=RTL>", "language",
      "\"en\"" },
    { "direction", "<html lang=en><html lang=de dir=RTL>", "direction",
      "\"rtl\"" },
    { "no language", "<html>", "language", "null" },

    { "link", "<LINK rel='Alternate ICON' href=' /x.png ' type=image/png "
      "sizes=16x16><link rel=b><link href=c>", "link",
      "[{\"rel\": \"alternate icon\", \"href\": \" /x.png \","
      "  \"url\": \"https://example.com/x.png\", \"type\": \"image/png\","
      "  \"sizes\": \"16x16\"}]" },
    { "link to no URL", "<link rel=a href='javascript:1'>", "link",
      "[{\"rel\": \"a\", \"href\": \"javascript:1\", \"url\": null}]" },
    { "base", "<base target=x><base href=/d/><base href=/e/>"
      "<link rel=a href=b>", "link",
      "[{\"rel\": \"a\", \"href\": \"b\","
      "  \"url\": \"https://example.com/d/b\"}]" },
    { "a late base", "<link rel=a href=b><base href=//x.test/d/>"
      "<link rel=a href=c>", "link",
      "[{\"rel\": \"a\", \"href\": \"b\", \"url\": \"https://x.test/d/b\"},"
      " {\"rel\": \"a\", \"href\": \"c\", \"url\": \"https://x.test/d/c\"}]" },
    { "the base's address", "<base href=//x.test/d/>", "base",
      "\"https://x.test/d/\"" },
    { "a base that is none", "<base href='data:,'><base href=/d/>", "base",
      "\"" URL "\"" },
    { "no base", "", "base", "\"" URL "\"" },

    { "anchors", "<a href=/x rel=nofollow> a <b>b</b>\n c&amp;d </a><a>no</a>"
      "<a name=x href='#'></a>", "links",
      "[{\"href\": \"/x\", \"url\": \"https://example.com/x\","
      "  \"text\": \"a b c&d\", \"rel\": \"nofollow\"},"
      " {\"href\": \"#\", \"url\": \"" URL "#\", \"text\": \"\"}]" },
    { "anchors in anchors", "<a href=/x>a<a href=/y>b</a>c</a>", "links",
      "[{\"href\": \"/x\", \"url\": \"https://example.com/x\","
      "  \"text\": \"a\"},"
      " {\"href\": \"/y\", \"url\": \"https://example.com/y\","
      "  \"text\": \"b\"}]" },
    { "an unclosed anchor", "<a href=/x>a <p>b", "links",
      "[{\"href\": \"/x\", \"url\": \"https://example.com/x\","
      "  \"text\": \"a b\"}]" },
    { "an svg and a template in an anchor",
      "<a href=/x>a<svg><title>b</title><a href=/y>c</a></svg>"
      "<template>d<a href=/z></a></template>e</a>f", "links",
      "[{\"href\": \"/x\", \"url\": \"https://example.com/x\","
      "  \"text\": \"abce\"}]" },
    { "an anchor closes an svg", "<a href=/x>a<svg><g></a><title>b</title>",
      "titles", "[\"b\"]" },

    { "headings", "<h1>A <a href=/x>b</a>\n c</h1><h2>d<br>e<br/> f</h2><h7>"
      "<h3></h3>", "headings",
      "[{\"level\": 1, \"text\": \"A b c\"},"
      " {\"level\": 2, \"text\": \"d e f\"},"
      " {\"level\": 3, \"text\": \"\"}]" },
    { "what is not text in a heading", "<h1>a<style>b</style><script>c"
      "</script>d<template>e</template></h1>f", "headings",
      "[{\"level\": 1, \"text\": \"ad\"}]" },
    { "a heading ends another", "<h1>a<h6>b</h2>c", "headings",
      "[{\"level\": 1, \"text\": \"a\"}, {\"level\": 6, \"text\": \"b\"}]" },
    { "an unclosed heading", "<h1>a", "headings",
      "[{\"level\": 1, \"text\": \"a\"}]" },
    { "a heading in an anchor", "<a href=/x><h4>a</h4>b</a>", "links",
      "[{\"href\": \"/x\", \"url\": \"https://example.com/x\","
      "  \"text\": \"ab\"}]" },

    { "kind", "", "kind", "\"html\"" },
    { "url", "", "url", "\"" URL "\"" },
    { "charset", "", "charset", "null" },
    { "truncated", "<p>", "truncated", "false" },
    { "no titles", "", "titles", "[]" },

    { NULL, NULL, NULL, NULL }
};


int
main(void)
{
    test_cases();
    test_chunks();
    test_charset();
    test_tokens();
    test_bounds();
    test_base_bound();
    test_bad_bytes();
    test_linear();

    return done_testing();
}


static json_t *
page(const char *html, size_t len, size_t chunk, int details)
{
    char            *copy;
    json_t          *result;
    size_t           n;
    urlmeta_html_t  *h;

    h = urlmeta_html_create(URL, details);

    while (len) {
        n = (chunk && chunk < len) ? chunk : len;

        copy = malloc(n);
        memcpy(copy, html, n);

        if (urlmeta_html_feed(h, copy, n) != URLMETA_OK) {
            printf("# feed failed\n");
        }

        free(copy);

        html += n;
        len -= n;
    }

    result = urlmeta_html_finish(h);
    urlmeta_html_destroy(h);

    return result;
}


static void
check(const char *name, json_t *got, const char *expected)
{
    char          *dump;
    json_t        *value;
    json_error_t   error;

    value = json_loads(expected, JSON_DECODE_ANY, &error);

    if (value == NULL) {
        printf("# %s: %s\n", error.text, expected);
    }

    if (!ok(value && json_equal(got, value), "%s", name)) {
        dump = json_dumps(got, JSON_ENCODE_ANY);
        printf("#      got: %s\n# expected: %s\n", dump ? dump : "(none)",
               expected);
        free(dump);
    }

    json_decref(value);
}


static void
test_cases(void)
{
    int             i, j;
    char            name[128];
    json_t         *p, *block;
    const char     *html;
    urlmeta_buf_t   b;

    for (i = 0; cases[i].name; i++) {
        p = page(cases[i].html, strlen(cases[i].html), 0, 1);
        check(cases[i].name, json_object_get(p, cases[i].key),
              cases[i].expected);
        json_decref(p);

        p = page(cases[i].html, strlen(cases[i].html), 1, 1);
        snprintf(name, sizeof(name), "%s, byte by byte", cases[i].name);
        check(name, json_object_get(p, cases[i].key), cases[i].expected);
        json_decref(p);
    }

    p = page("<a href=/x>a</a><h1>b</h1>", 26, 0, 0);
    check("no links without details", json_object_get(p, "links"), "[]");
    check("but headings", json_object_get(p, "headings"),
          "[{\"level\": 1, \"text\": \"b\"}]");
    json_decref(p);

    /* jsonld.c has its own tests; here it matters what is handed to it */

    html = "<script type=' Application/LD+JSON ; charset=x'>"
           "{\"a\":\"</b>&amp;\"}</script>"
           "<script type=application/ld+jsonx>{}</script><script>{}</script>"
           "<template><script type=application/ld+json>{}</script></template>"
           "<svg><script type=application/ld+json>{}</script></svg>"
           "<script type=application/ld+json>[1]";

    p = page(html, strlen(html), 0, 1);
    is_int(json_array_size(json_object_get(p, "json_ld")), 2,
           "the scripts that are JSON-LD");
    is_str(json_string_value(json_object_get(json_array_get(
               json_object_get(p, "json_ld"), 0), "text")),
           "{\"a\":\"</b>&amp;\"}", "their text, verbatim");
    is_str(json_string_value(json_object_get(json_array_get(
               json_object_get(p, "json_ld"), 1), "text")),
           "[1]", "one that the document leaves open");
    json_decref(p);

    p = page(html, strlen(html), 0, 0);
    block = json_array_get(json_object_get(p, "json_ld"), 0);
    ok(json_object_get(block, "value") && !json_object_get(block, "text"),
       "no text without details");
    json_decref(p);

    /* 6 * 3,002 values */

    memset(&b, 0, sizeof(urlmeta_buf_t));

    for (i = 0; i < 6; i++) {
        urlmeta_buf_add_str(&b, "<script type=application/ld+json>[[");

        for (j = 0; j < 3000; j++) {
            urlmeta_buf_add_str(&b, j ? ",1" : "1");
        }

        urlmeta_buf_add_str(&b, "]]</script>");
    }

    p = page(b.data, b.len, 0, 0);
    block = json_object_get(p, "json_ld");

    is_int(json_array_size(block), 6, "blocks of many values");
    ok(json_object_get(json_array_get(block, 2), "value") != NULL,
       "up to 12,000 values of a page");
    ok(json_object_get(json_array_get(block, 3), "value") == NULL
       && json_object_get(json_array_get(block, 3), "error") != NULL,
       "no more");
    ok(json_is_true(json_object_get(p, "truncated")), "which is told");

    urlmeta_buf_free(&b);
    json_decref(p);
}


static void
test_chunks(void)
{
    int             i;
    json_t         *whole, *p;
    size_t          chunk, failed;
    urlmeta_buf_t   b;

    memset(&b, 0, sizeof(urlmeta_buf_t));

    for (i = 0; cases[i].name; i++) {
        urlmeta_buf_add_str(&b, cases[i].html);
        urlmeta_buf_add_str(&b, "</title></template></svg></math></script>");
        urlmeta_buf_add_str(&b, "\xe2\x82\xac</a></h1>");
    }

    whole = page(b.data, b.len, 0, 1);
    failed = 0;

    for (chunk = 1; chunk < 60; chunk++) {
        p = page(b.data, b.len, chunk, 1);
        failed += !json_equal(p, whole);
        json_decref(p);
    }

    ok(json_array_size(json_object_get(whole, "meta")) > 8, "one long page");
    is_int(failed, 0, "the same in chunks of 1 to 59 bytes");

    json_decref(whole);
    urlmeta_buf_free(&b);
}


static void
test_charset(void)
{
    urlmeta_buf_t    b;
    urlmeta_html_t  *h;
    const char      *html;

    html = "<meta charset=A><meta http-equiv=Content-Type content='text/html; "
           "charset=\"b\"'><meta name=content-type content='charset=no'>"
           "<meta http-equiv=refresh content='charset=no'>"
           "<textarea><meta charset=no></textarea><meta charset>";

    memset(&b, 0, sizeof(urlmeta_buf_t));

    h = urlmeta_html_create(URL, 0);
    urlmeta_html_on_charset(h, on_charset, &b);
    urlmeta_html_feed(h, html, strlen(html));
    json_decref(urlmeta_html_finish(h));
    urlmeta_html_destroy(h);

    is_str(b.data, "[A][b][]", "metas that declare an encoding are told");

    urlmeta_buf_free(&b);
}


static void
on_charset(void *data, const char *label, size_t len)
{
    urlmeta_buf_t  *b = data;

    urlmeta_buf_printf(b, "[%.*s]", (int) len, label);
}


/* as tree.c hands them in: a name, no tag */

static void
test_tokens(void)
{
    json_t           *p;
    urlmeta_attr_t    attrs[2];
    urlmeta_html_t   *h;
    urlmeta_token_t   token;

    h = urlmeta_html_create(URL, 0);

    memset(&token, 0, sizeof(urlmeta_token_t));
    token.type = URLMETA_TOKEN_START;
    token.name = "title";
    token.name_len = 5;
    urlmeta_html_token(h, &token);

    token.type = URLMETA_TOKEN_TEXT;
    token.name = NULL;
    token.text = "a<b";
    token.text_len = 3;
    urlmeta_html_token(h, &token);

    token.type = URLMETA_TOKEN_END;
    token.name = "title";
    is_int(urlmeta_html_token(h, &token), URLMETA_OK, "tokens of others");

    attrs[0].name = "name";
    attrs[0].name_len = 4;
    attrs[0].value = "X";
    attrs[0].value_len = 1;
    attrs[1].name = "content";
    attrs[1].name_len = 7;
    attrs[1].value = "y";
    attrs[1].value_len = 1;

    token.type = URLMETA_TOKEN_START;
    token.name = "meta";
    token.name_len = 4;
    token.attrs = attrs;
    token.nattrs = 2;
    urlmeta_html_token(h, &token);

    p = urlmeta_html_finish(h);
    check("their title", json_object_get(p, "titles"), "[\"a<b\"]");
    check("their meta", json_object_get(p, "meta"),
          "[{\"name\": \"x\", \"content\": \"y\"}]");
    json_decref(p);

    urlmeta_html_destroy(h);

    /* a reader that is given up */

    h = urlmeta_html_create(URL, 1);
    urlmeta_html_feed(h, "<title>a<h1><a href=x>", 22);
    urlmeta_html_destroy(h);
    urlmeta_html_destroy(NULL);
}


static void
test_bounds(void)
{
    int             i;
    json_t         *p, *a;
    size_t          len;
    const char     *text;
    urlmeta_buf_t   b;

    memset(&b, 0, sizeof(urlmeta_buf_t));

    for (i = 0; i < URLMETA_HTML_MAX_METAS + 10; i++) {
        urlmeta_buf_printf(&b, "<meta name=a%d content=x>"
                           "<link rel=x href=%d>", i, i);
    }

    p = page(b.data, b.len, 0, 1);
    is_int(json_array_size(json_object_get(p, "meta")),
           URLMETA_HTML_MAX_METAS, "so many metas");
    is_int(json_array_size(json_object_get(p, "link")),
           URLMETA_HTML_MAX_METAS, "so many link elements");
    check("it is told", json_object_get(p, "truncated"), "true");
    json_decref(p);

    urlmeta_buf_reset(&b);

    for (i = 0; i < URLMETA_HTML_MAX_LINKS + 10; i++) {
        urlmeta_buf_add_str(&b, "<a href=/>x</a>");
    }

    p = page(b.data, b.len, 0, 1);
    is_int(json_array_size(json_object_get(p, "links")),
           URLMETA_HTML_MAX_LINKS, "so many anchors");
    check("it is told", json_object_get(p, "truncated"), "true");
    json_decref(p);

    urlmeta_buf_reset(&b);

    for (i = 0; i < 200; i++) {
        urlmeta_buf_add_str(&b, "<h1>a</h1><title>b</title>"
                            "<script type=application/ld+json>{}</script>");
    }

    p = page(b.data, b.len, 0, 0);
    is_int(json_array_size(json_object_get(p, "headings")),
           URLMETA_HTML_MAX_HEADINGS, "so many headings");
    is_int(json_array_size(json_object_get(p, "titles")),
           URLMETA_HTML_MAX_TITLES, "so many titles");
    is_int(json_array_size(json_object_get(p, "json_ld")),
           URLMETA_HTML_MAX_JSON_LD, "so many blocks of JSON-LD");
    json_decref(p);

    /* texts, cut at the end of a character */

    urlmeta_buf_reset(&b);
    urlmeta_buf_add_str(&b, "<title>");
    repeat(&b, "\xe2\x82\xac", 30000);
    urlmeta_buf_add_str(&b, "</title><a href=/><h1>");
    repeat(&b, "\xe2\x82\xac", 30000);
    urlmeta_buf_add_str(&b, "</h1></a><a href=/>");
    repeat(&b, "xyz ", 30000);
    urlmeta_buf_add_str(&b, "</a><a href=/>y</a>");

    for (i = 0; i < 2; i++) {
        p = page(b.data, b.len, i ? 1000 : 0, 1);

        is_int(json_string_length(json_array_get(json_object_get(p, "titles"),
                                                 0)),
               URLMETA_HTML_MAX_TEXT / 3 * 3, "a title so long");

        a = json_array_get(json_object_get(p, "headings"), 0);
        is_int(json_string_length(json_object_get(a, "text")),
               URLMETA_HTML_MAX_TEXT / 3 * 3, "a heading so long");

        a = json_array_get(json_object_get(p, "links"), 0);
        is_int(json_string_length(json_object_get(a, "text")),
               URLMETA_HTML_MAX_TEXT / 3 * 3, "an anchor's text so long");

        a = json_array_get(json_object_get(p, "links"), 1);
        text = json_string_value(json_object_get(a, "text"));
        len = json_string_length(json_object_get(a, "text"));
        ok(len <= URLMETA_HTML_MAX_TEXT && len > URLMETA_HTML_MAX_TEXT - 4
           && text[len - 1] != ' ', "with spaces, %d", (int) len);

        a = json_array_get(json_object_get(p, "links"), 2);
        is_str(json_string_value(json_object_get(a, "text")), "y",
               "the next is whole");

        check("it is told", json_object_get(p, "truncated"), "true");
        json_decref(p);
    }

    /* one word too many, at each place about the bound */

    for (i = URLMETA_HTML_MAX_TEXT - 4; i < URLMETA_HTML_MAX_TEXT + 4; i++) {
        urlmeta_buf_reset(&b);
        urlmeta_buf_add_str(&b, "<a href=/>");
        repeat(&b, "x", i);
        urlmeta_buf_add_str(&b, " yz</a>");

        p = page(b.data, b.len, 0, 1);
        a = json_array_get(json_object_get(p, "links"), 0);
        len = json_string_length(json_object_get(a, "text"));

        ok(len <= URLMETA_HTML_MAX_TEXT && len >= URLMETA_HTML_MAX_TEXT - 1,
           "%d bytes and three more: %d", i, (int) len);
        json_decref(p);
    }

    /* a block of JSON-LD */

    urlmeta_buf_reset(&b);
    urlmeta_buf_add_str(&b, "<script type=application/ld+json>{\"a\":\"");
    repeat(&b, "x", URLMETA_HTML_MAX_SCRIPT);
    urlmeta_buf_add_str(&b, "\"}</script><script type=application/ld+json>{}"
                        "</script>");

    p = page(b.data, b.len, 16384, 0);
    a = json_array_get(json_object_get(p, "json_ld"), 0);
    ok(json_is_string(json_object_get(a, "error"))
       && json_object_get(a, "value") == NULL, "a block that is too long");
    a = json_array_get(json_object_get(p, "json_ld"), 1);
    ok(json_is_object(json_object_get(a, "value")), "the next is read");
    check("it is told", json_object_get(p, "truncated"), "true");
    json_decref(p);

    /* an attribute */

    urlmeta_buf_reset(&b);
    urlmeta_buf_add_str(&b, "<meta name=description content='");
    repeat(&b, "x", 100000);
    urlmeta_buf_add_str(&b, "'><meta name=a content=b>");

    p = page(b.data, b.len, 0, 0);
    is_int(json_array_size(json_object_get(p, "meta")), 2, "a long meta");
    check("it is told", json_object_get(p, "truncated"), "true");
    json_decref(p);

    urlmeta_buf_free(&b);
}


/* many short references with a long base */

static void
test_base_bound(void)
{
    int             i;
    char            base[2001];
    json_t         *p, *links;
    size_t          bytes;
    urlmeta_buf_t   b;

    memset(base, 'x', 2000);
    base[2000] = '\0';

    memset(&b, 0, sizeof(urlmeta_buf_t));

    urlmeta_buf_printf(&b, "<base href=/%s/>", base);
    repeat(&b, "<a href=x>", 150000);

    p = page(b.data, b.len, 0, 1);
    links = json_object_get(p, "links");
    bytes = 0;

    for (i = 0; i < (int) json_array_size(links); i++) {
        bytes += json_string_length(json_object_get(json_array_get(links, i),
                                                    "url"));
    }

    is_int(json_array_size(links), 15000, "15,000 anchors");
    ok(bytes > URLMETA_HTML_MAX_URLS - 3000
       && bytes < URLMETA_HTML_MAX_URLS + 3000,
       "their URLs take %d bytes", (int) bytes);
    check("it is told", json_object_get(p, "truncated"), "true");

    json_decref(p);
    urlmeta_buf_free(&b);
}


static void
test_bad_bytes(void)
{
    char    *dump;
    json_t  *p;

    static const char  html[] =
        "<title>a\xff\xc0\x80</title><meta name=\xf5 content=\xed\xa0\x80>"
        "<a href=\xc3>\xe2\x82</a><h1>\0a\0b\0</h1>";

    p = page(html, sizeof(html) - 1, 0, 1);

    ok(p != NULL, "bytes that are no UTF-8");

    dump = json_dumps(p, 0);
    ok(dump != NULL, "become a page that can be written");
    check("a zero is no text", json_object_get(p, "headings"),
          "[{\"level\": 1, \"text\": \"ab\"}]");

    free(dump);
    json_decref(p);
}


static void
test_linear(void)
{
    int             i;
    double          benign, t;
    urlmeta_buf_t   b;

    static const char  *hostile[] = {
        "<svg>", "<template>", "<svg><desc>", "<math><mtext>", "<svg></math>",
        "<h1>", "<h1>a<br>", "<title>", "<title></title>", "<a href=x>",
        "<a href=x><svg>", "<meta name=a content=b>", "<link rel=a href=b>",
        "<base href=x>", "<html lang=a>", "<h1> \n", "<a href=x>\r",
        "<script type=application/ld+json>{</script>", "</svg>", "</template>"
    };

    memset(&b, 0, sizeof(urlmeta_buf_t));

    repeat(&b, "<div class=\"a b\"><p id=x>Some words &amp; more, as pages "
           "have them.</p><!-- c --><a href='/b?c=d'>e</a></div>\n", 1000000);
    benign = timed(b.data, b.len);

    for (i = 0; i < (int) (sizeof(hostile) / sizeof(hostile[0])); i++) {
        urlmeta_buf_reset(&b);
        repeat(&b, hostile[i], 1000000);
        t = timed(b.data, b.len);

        ok(t < benign * 20, "1 MB of %s", hostile[i]);
        printf("# %.2f ms, benign %.2f ms\n", t * 1000, benign * 1000);
    }

    urlmeta_buf_free(&b);
}


static double
timed(const char *html, size_t len)
{
    int              i;
    double           best, t;
    size_t           at, n;
    urlmeta_html_t  *h;
    struct timespec  before, after;

    best = 1e9;

    for (i = 0; i < 3; i++) {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);

        h = urlmeta_html_create(URL, 1);

        for (at = 0; at < len; at += n) {
            n = len - at < 16384 ? len - at : 16384;
            urlmeta_html_feed(h, html + at, n);
        }

        json_decref(urlmeta_html_finish(h));
        urlmeta_html_destroy(h);

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);

        t = (after.tv_sec - before.tv_sec)
            + (after.tv_nsec - before.tv_nsec) / 1e9;

        if (t < best) {
            best = t;
        }
    }

    return best;
}


static void
repeat(urlmeta_buf_t *b, const char *piece, size_t len)
{
    size_t  n, i;

    n = strlen(piece);

    for (i = 0; i < len; i += n) {
        urlmeta_buf_add(b, piece, n);
    }
}
