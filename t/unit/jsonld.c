
/*
 * JSON-LD: reading what pages write, flattening, references, the main node.
 */


#include <time.h>

#include "tap.h"
#include "buffer.h"
#include "jsonld.h"


#define URL  "https://example.com/a"


static json_t *block(const char *text);
static char *value(const char *text);
static void is_value(const char *text, const char *expected, int repaired,
    const char *name);
static void is_error(const char *text, const char *name);
static void is_main(const char *text, const char *name, const char *what);
static urlmeta_jsonld_t *load(const char *text, json_t **blocks);
static void bounds(void);
static void repair(void);
static void references(void);
static void main_node(void);
static void hostile(void);


int
main(void)
{
    json_t  *b;

    b = block(" {\"a\": [1, true, null, \"x\"]} ");
    is_str(json_string_value(json_object_get(b, "text")),
           " {\"a\": [1, true, null, \"x\"]} ", "the text is verbatim");
    ok(json_is_false(json_object_get(b, "repaired")), "nothing was repaired");
    ok(json_object_get(b, "error") == NULL, "there is no error");
    ok(json_is_real(json_array_get(
           json_object_get(json_object_get(b, "value"), "a"), 0)),
       "a number is a real");
    json_decref(b);

    is_value("{\"a\":123456789012345678901234567890}",
             "{\"a\":1.2345678901234568e29}", 0, "an integer beyond 64 bits");
    is_value("{\"a\":\"\\u0000\"}", "{\"a\":\"\\u0000\"}", 0, "U+0000");
    is_value("[]", "[]", 0, "an empty array");
    is_value("null", "null", 0, "a mere literal is valid JSON");
    is_error("", "an empty text");
    is_error("{\"a\":", "a text that ends early");
    is_error("hello", "no JSON at all");
    is_error("{\"a\" 1}", "a colon is not invented");

    b = urlmeta_jsonld_parse("{\"a\":\"\xc3", 7);
    is_str(json_string_value(json_object_get(b, "text")),
           "{\"a\":\"\xef\xbf\xbd", "a character that was cut off");
    ok(json_object_get(b, "error") != NULL, "is an error");
    json_decref(b);

    b = urlmeta_jsonld_parse("{\"a\":\0 1}", 9);
    ok(json_string_length(json_object_get(b, "text")) == 9
       && json_object_get(b, "error") != NULL, "a zero byte in the text");
    json_decref(b);

    repair();
    bounds();
    references();
    main_node();
    hostile();

    return done_testing();
}


static json_t *
block(const char *text)
{
    return urlmeta_jsonld_parse(text, strlen(text));
}


static char *
value(const char *text)
{
    char    *dump;
    json_t  *b, *v;

    b = block(text);
    v = json_object_get(b, "value");
    dump = v ? json_dumps(v, JSON_COMPACT|JSON_ENCODE_ANY) : NULL;

    json_decref(b);

    return dump;
}


static void
is_value(const char *text, const char *expected, int repaired,
    const char *name)
{
    char    *dump;
    json_t  *b;

    b = block(text);

    if (json_is_true(json_object_get(b, "repaired")) != repaired) {
        ok(0, "%s: repaired or not", name);
    }

    dump = value(text);

    is_str(dump, expected, name);

    free(dump);
    json_decref(b);
}


static void
is_error(const char *text, const char *name)
{
    json_t  *b;

    b = block(text);

    ok(json_object_get(b, "value") == NULL
       && json_object_get(b, "repaired") == NULL
       && json_string_length(json_object_get(b, "error")) > 0, "%s", name);

    json_decref(b);
}


static void
repair(void)
{
    is_value("\xef\xbb\xbf{\"a\":1}", "{\"a\":1.0}", 1, "byte order mark");
    is_value("<!-- {\"a\":1} -->", "{\"a\":1.0}", 1, "HTML comment");
    is_value("//<![CDATA[\n{\"a\":1}\n//]]>", "{\"a\":1.0}", 1, "CDATA");
    is_value("/*<![CDATA[*/{\"a\":1}/*]]>*/", "{\"a\":1.0}", 1,
             "CDATA in comments");
    is_value("<![CDATA[{\"a\":1}]]>", "{\"a\":1.0}", 1, "CDATA alone");
    is_value("({\"a\":1});", "{\"a\":1.0}", 1, "parentheses");
    is_value("{\"a\":1};", "{\"a\":1.0}", 1, "semicolon");
    is_value("{\"a\":1}}", "{\"a\":1.0}", 1, "a brace too many");
    is_value("{\"a\":1} junk \" ' {", "{\"a\":1.0}", 1, "trailing junk");
    is_value("{\"a\":\"x\ny\tz\001\"}", "{\"a\":\"x\\ny\\tz\\u0001\"}", 1,
             "raw control characters");
    is_value("{\"a\":[1,2,],}", "{\"a\":[1.0,2.0]}", 1, "trailing commas");
    is_value("{,\"a\":[,1,,2]}", "{\"a\":[1.0,2.0]}", 1, "empty elements");
    is_value("{\"a\": /* , \" */ 1 // it's }\n, \"b\":2}",
             "{\"a\":1.0,\"b\":2.0}", 1, "comments");
    is_value("// one\n{\"a\":1}", "{\"a\":1.0}", 1, "a comment before");
    is_value("{\"a\":\"http://x/*y*/\",}", "{\"a\":\"http://x/*y*/\"}", 1,
             "no comments in strings");
    is_value("{\"a\":\"it\\'s \\x41\\xe9 \\q\"}",
             "{\"a\":\"it's A\xc3\xa9 q\"}", 1, "escapes of JavaScript");
    is_value("{'a':'say \"it\\'s\"'}", "{\"a\":\"say \\\"it's\\\"\"}", 1,
             "single quotes");
    is_value("{\"a\":\"say \"it\" now\"}", "{\"a\":\"say \\\"it\\\" now\"}",
             1, "quotes that were not escaped");
    is_value("{\"a\":undefined,\"b\":NaN}", "{\"a\":null,\"b\":null}", 1,
             "undefined and NaN");
    is_value("{\"a\":\"\\ud83d\\ude00 \\ud83d\",}",
             "{\"a\":\"\xf0\x9f\x98\x80 \xef\xbf\xbd\"}", 1,
             "half of a surrogate pair");
    is_value("{&quot;a&quot;:&quot;x &amp;amp; y&quot;}",
             "{\"a\":\"x &amp; y\"}", 1, "a text escaped as a whole");
    is_value("{\"a\":\"one \\\n two\"}", "{\"a\":\"one  two\"}", 1,
             "a continued line");
    is_error("{\"a\":[1}]", "brackets that cross");
    is_error("{\"a\":\"x", "a string without an end");
    is_error("{\"a\":1 /", "a slash");
    is_error("{\"a\":\"\\", "a backslash at the end");
}


static void
bounds(void)
{
    int            i;
    json_t        *b;
    urlmeta_buf_t  t;

    memset(&t, 0, sizeof(t));

    for (i = 0; i < URLMETA_JSONLD_MAX_VALUES - 1; i++) {
        urlmeta_buf_add_str(&t, i ? ",1" : "[1");
    }

    urlmeta_buf_add_str(&t, "]");
    b = urlmeta_jsonld_parse(t.data, t.len);
    is_int((long long) json_array_size(json_object_get(b, "value")),
           URLMETA_JSONLD_MAX_VALUES - 1, "as many values as there may be");
    json_decref(b);

    t.data[t.len - 1] = ',';
    urlmeta_buf_add_str(&t, "1]");
    b = urlmeta_jsonld_parse(t.data, t.len);
    is_str(json_string_value(json_object_get(b, "error")), "too many values",
           "one more");
    json_decref(b);

    urlmeta_buf_reset(&t);

    for (i = 0; i < URLMETA_JSONLD_MAX_VALUES - 1; i++) {
        urlmeta_buf_printf(&t, "%c\"%d\":\"v\"", i ? ',' : '{', i);
    }

    urlmeta_buf_add_str(&t, "}");
    b = urlmeta_jsonld_parse(t.data, t.len);
    is_int((long long) json_object_size(json_object_get(b, "value")),
           URLMETA_JSONLD_MAX_VALUES - 1, "keys are no values");
    json_decref(b);

    urlmeta_buf_reset(&t);

    for (i = 0; i < URLMETA_JSONLD_MAX_DEPTH; i++) {
        urlmeta_buf_add_char(&t, '[');
    }

    for (i = 0; i < URLMETA_JSONLD_MAX_DEPTH; i++) {
        urlmeta_buf_add_char(&t, ']');
    }

    b = urlmeta_jsonld_parse(t.data, t.len);
    ok(json_object_get(b, "value") != NULL, "as deep as it may be");
    json_decref(b);

    urlmeta_buf_reset(&t);

    for (i = 0; i < URLMETA_JSONLD_MAX_DEPTH + 1; i++) {
        urlmeta_buf_add_char(&t, '[');
    }

    b = urlmeta_jsonld_parse(t.data, t.len);
    is_str(json_string_value(json_object_get(b, "error")), "nested too deep",
           "deeper");
    json_decref(b);

    urlmeta_buf_free(&t);
}


static urlmeta_jsonld_t *
load(const char *text, json_t **blocks)
{
    *blocks = json_array();

    json_array_append_new(*blocks, block(text));

    return urlmeta_jsonld_create(*blocks, URL);
}


static void
references(void)
{
    json_t            *blocks, *node, *v;
    urlmeta_jsonld_t  *ld;

    ld = load("{\"@graph\": ["
              "{\"@type\":\"Article\",\"headline\":\"H\",\"empty\":\"\","
              "\"none\":[],\"nul\":null,\"lang\":{\"@value\":\"en\"},"
              "\"list\":{\"@list\":[\"x\"]},"
              "\"author\":{\"@id\":\"https://example.com/a#p\"},"
              "\"publisher\":{\"@type\":\"Organization\",\"@id\":\"o\"},"
              "\"image\":[{\"@id\":\"#i\"}],\"lost\":{\"@id\":\"nowhere\"},"
              "\"schema:genre\":\"g\","
              "\"isPartOf\":{\"@type\":\"WebPage\","
              "\"publisher\":{\"@id\":\"o\",\"name\":\"Deep\"}}},"
              "{\"@type\":\"Person\",\"@id\":\"#p\",\"name\":\"P\"},"
              "{\"@type\":[\"Organization\",\"Brand\"],\"@id\":\"o\","
              "\"name\":\"O\",\"logo\":\"l\"},"
              "{\"@type\":\"http://schema.org/ImageObject\",\"@id\":\"#i\","
              "\"url\":\"u\"}]}", &blocks);

    node = urlmeta_jsonld_main(ld, NULL);

    v = urlmeta_jsonld_get(ld, node, "headline");
    is_str(json_string_value(v), "H", "a property");

    ok(urlmeta_jsonld_get(ld, node, "empty") == NULL
       && urlmeta_jsonld_get(ld, node, "none") == NULL
       && urlmeta_jsonld_get(ld, node, "nul") == NULL
       && urlmeta_jsonld_get(ld, node, "absent") == NULL
       && urlmeta_jsonld_get(ld, NULL, "x") == NULL
       && urlmeta_jsonld_get(ld, v, "x") == NULL,
       "empty values are absent");

    v = urlmeta_jsonld_get(ld, node, "lang");
    is_str(json_string_value(v), "en", "@value");

    v = urlmeta_jsonld_get(ld, node, "list");
    is_str(json_string_value(json_array_get(v, 0)), "x", "@list");

    v = urlmeta_jsonld_get(ld, node, "author");
    is_str(json_string_value(json_object_get(v, "name")), "P",
           "@id to a fragment of the page");

    v = urlmeta_jsonld_get(ld, node, "publisher");
    is_str(json_string_value(json_object_get(v, "name")), "O",
           "a reference with a type, to the richest description");

    v = json_array_get(urlmeta_jsonld_get(ld, node, "image"), 0);
    v = urlmeta_jsonld_resolve(ld, v);
    is_str(json_string_value(json_object_get(v, "url")), "u",
           "a reference in an array");

    v = urlmeta_jsonld_get(ld, node, "lost");
    is_str(json_string_value(json_object_get(v, "@id")), "nowhere",
           "a reference to nothing stays");

    v = urlmeta_jsonld_get(ld, node, "genre");
    is_str(json_string_value(v), "g", "a property with a prefix");

    v = urlmeta_jsonld_find(ld, URLMETA_JSONLD_ORGANIZATION);
    is_str(json_string_value(json_object_get(v, "name")), "O", "find");
    ok(urlmeta_jsonld_find(ld, URLMETA_JSONLD_RECIPE) == NULL,
       "find what is not there");

    ok(urlmeta_jsonld_is(v, "Brand") && urlmeta_jsonld_is(v, "Organization")
       && !urlmeta_jsonld_is(v, "Organ") && !urlmeta_jsonld_is(NULL, "Brand"),
       "types of an array");

    urlmeta_jsonld_destroy(ld);
    json_decref(blocks);

    ld = load("{\"@type\":\"schema:Event\"}", &blocks);
    v = urlmeta_jsonld_find(ld, URLMETA_JSONLD_EVENT);
    ok(urlmeta_jsonld_is(v, "Event"), "a type with a prefix");
    urlmeta_jsonld_destroy(ld);
    json_decref(blocks);

    ld = urlmeta_jsonld_create(NULL, NULL);
    ok(ld && urlmeta_jsonld_main(ld, NULL) == NULL, "no blocks at all");
    urlmeta_jsonld_destroy(ld);
}


static void
is_main(const char *text, const char *name, const char *what)
{
    json_t                  *blocks, *node;
    urlmeta_jsonld_t        *ld;
    urlmeta_jsonld_class_e   cls;

    ld = load(text, &blocks);
    node = urlmeta_jsonld_main(ld, &cls);

    is_str(json_string_value(json_object_get(node, "name")), name, what);

    if ((node == NULL) != (cls == URLMETA_JSONLD_NONE)) {
        ok(0, "%s: class", what);
    }

    urlmeta_jsonld_destroy(ld);
    json_decref(blocks);
}


static void
main_node(void)
{
    is_main("[{\"@type\":\"WebPage\",\"name\":\"w\"},"
            "{\"@type\":\"Product\",\"name\":\"p\"},"
            "{\"@type\":\"NewsArticle\",\"name\":\"n\"}]", "n",
            "classes in order");
    is_main("[{\"@type\":\"Article\",\"name\":\"1\"},"
            "{\"@type\":\"Article\",\"name\":\"2\"}]", "1",
            "the first of a class");
    is_main("[{\"@type\":\"Article\",\"name\":\"1\",\"url\":\"/b\"},"
            "{\"@type\":\"Article\",\"name\":\"2\","
            "\"url\":\"http://www.example.com/a/#x\"}]", "2",
            "the one with the page's address");
    is_main("[{\"@type\":\"Article\",\"name\":\"1\"},"
            "{\"@type\":\"VideoObject\",\"name\":\"2\","
            "\"mainEntityOfPage\":{\"@id\":\"" URL "\"}}]", "2",
            "the page's address counts a little more than the class");
    is_main("[{\"@type\":\"Article\",\"name\":\"1\"},"
            "{\"@type\":\"WebPage\",\"name\":\"2\",\"url\":\"" URL "\"}]",
            "1", "but not much more");
    is_main("[{\"@type\":\"Organization\",\"name\":\"o\",\"url\":\"" URL
            "\"},{\"@type\":\"WebSite\",\"name\":\"s\"},"
            "{\"@type\":\"Person\",\"name\":\"p\"},"
            "{\"@type\":\"BreadcrumbList\",\"name\":\"b\"},"
            "{\"@type\":\"ItemList\",\"name\":\"i\"},"
            "{\"@type\":\"SearchAction\",\"name\":\"a\"}]", NULL,
            "who never speaks for a page");
    is_main("[{\"@type\":\"Organization\",\"name\":\"o\",\"url\":\"" URL
            "\"},{\"@type\":\"SomethingNew\",\"name\":\"n\"}]", "n",
            "a type of its own does");
    is_main("{\"@type\":\"ProfilePage\",\"name\":\"page\",\"mainEntity\":"
            "{\"@type\":\"Person\",\"name\":\"p\"}}", "p",
            "the person of a profile page");
    is_main("{\"@graph\":[{\"@type\":\"WebPage\",\"name\":\"page\","
            "\"mainEntity\":{\"@id\":\"#r\"}},{\"@type\":\"WebSite\","
            "\"name\":\"s\"},{\"@type\":\"Recipe\",\"@id\":\"#r\","
            "\"name\":\"r\"}]}", "r", "the main entity by reference");
    is_main("{\"@type\":\"FAQPage\",\"name\":\"f\",\"mainEntity\":["
            "{\"@type\":\"Question\",\"name\":\"q\"}]}", "f",
            "a question of many is not the page");
    is_main("[{\"@type\":\"Product\",\"name\":\"p\"},"
            "{\"@type\":\"Article\",\"aggregateRating\":5}]", "p",
            "a fragment without a name");
    is_main("{\"@graph\":{\"@graph\":[[{\"@type\":[\"Thing\",\"Movie\"],"
            "\"name\":\"m\"}]]}}", "m", "nested graphs and arrays");
    is_main("{\"@type\":5,\"name\":\"x\"}", NULL, "a type that is none");
    is_main("\"x\"", NULL, "a string");
}


static void
hostile(void)
{
    int                i;
    json_t            *blocks, *b;
    clock_t            start;
    urlmeta_buf_t      t;
    urlmeta_jsonld_t  *ld;

    memset(&t, 0, sizeof(t));

    /* a cycle of main entities through objects that are no nodes */

    urlmeta_buf_add_str(&t, "{\"@id\":\"r\",\"@graph\":[");

    for (i = 0; i < 1500; i++) {
        urlmeta_buf_printf(&t, "%s{\"n\":1,\"mainEntity\":{\"@id\":\"r\"}}",
                           i ? "," : "");
    }

    urlmeta_buf_add_str(&t, "]}");

    start = clock();
    ld = load(t.data, &blocks);
    ok(urlmeta_jsonld_main(ld, NULL) == NULL, "a cycle ends");
    ok(clock() - start < CLOCKS_PER_SEC, "soon");
    urlmeta_jsonld_destroy(ld);
    json_decref(blocks);

    /* more nodes and more names than are kept */

    urlmeta_buf_reset(&t);

    for (i = 0; i < 2600; i++) {
        urlmeta_buf_printf(&t, "%c{\"@id\":\"%d\",\"@type\":\"Article\"}",
                           i ? ',' : '[', i);
    }

    urlmeta_buf_add_str(&t, "]");
    ld = load(t.data, &blocks);
    ok(urlmeta_jsonld_find(ld, URLMETA_JSONLD_ARTICLE) != NULL,
       "thousands of nodes");
    urlmeta_jsonld_destroy(ld);
    json_decref(blocks);

    /* quotes with long white space, which the repair looks ahead over */

    urlmeta_buf_reset(&t);
    urlmeta_buf_add_str(&t, "{\"a\":\"");

    for (i = 0; i < 131072; i++) {
        urlmeta_buf_add_char(&t, i % 4096 ? ' ' : '"');
    }

    urlmeta_buf_add_str(&t, "x\",}");

    start = clock();
    b = urlmeta_jsonld_parse(t.data, t.len);
    ok(json_object_get(b, "value") != NULL, "unescaped quotes and spaces");
    json_decref(b);

    urlmeta_buf_reset(&t);
    urlmeta_buf_add_str(&t, "{\"a\":");

    for (i = 0; i < 131072; i++) {
        urlmeta_buf_add_char(&t, "/*"[i % 2]);
    }

    b = urlmeta_jsonld_parse(t.data, t.len);
    ok(json_object_get(b, "error") != NULL, "comments without an end");
    json_decref(b);
    ok(clock() - start < CLOCKS_PER_SEC, "in linear time");

    urlmeta_buf_free(&t);
}
