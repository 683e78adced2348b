
/*
 * Formats: names, negotiation, native JSON, errors.
 */


#include "tap.h"
#include "formats.h"
#include "utf8.h"


static const char *dump(const char *text);
static const char *dump_value(json_t *value);
static int accepts(const char *accept);
static const char *error(urlmeta_format_e format, urlmeta_error_e e,
    const char *url, size_t len, unsigned upstream_status);
static const char *member(const char *name);
static int is_clean(const char *body, size_t len);
static void test_names(void);
static void test_accept(void);
static void test_json(void);
static void test_json_hostile(void);
static void test_errors(void);
static void test_card(void);


static urlmeta_buf_t  buf;


int
main(void)
{
    test_names();
    test_accept();
    test_json();
    test_json_hostile();
    test_errors();
    test_card();

    urlmeta_buf_free(&buf);

    return done_testing();
}


static const char *
dump(const char *text)
{
    return dump_value(json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                                 NULL));
}


/* takes the reference */

static const char *
dump_value(json_t *value)
{
    int  rc;

    urlmeta_buf_reset(&buf);

    rc = urlmeta_formats_json(value, &buf);
    json_decref(value);

    return rc == URLMETA_OK ? buf.data : NULL;
}


static int
accepts(const char *accept)
{
    return urlmeta_format_accept(accept, accept ? strlen(accept) : 0);
}


static void
test_names(void)
{
    is_int(urlmeta_format("json", 4), URLMETA_FORMAT_JSON, "json");
    is_int(urlmeta_format("html", 4), URLMETA_FORMAT_HTML, "html");
    is_int(urlmeta_format("fragment", 8), URLMETA_FORMAT_FRAGMENT,
           "fragment");
    is_int(urlmeta_format("JSON", 4), URLMETA_FORMAT_UNKNOWN, "JSON");
    is_int(urlmeta_format("jso", 3), URLMETA_FORMAT_UNKNOWN, "jso");
    is_int(urlmeta_format("", 0), URLMETA_FORMAT_UNKNOWN, "none");

    is_str(urlmeta_format_name(URLMETA_FORMAT_FRAGMENT), "fragment",
           "a name");
    is_str(urlmeta_format_name(URLMETA_FORMAT_UNKNOWN), "unknown",
           "the name of what is none");

    is_str(urlmeta_format_type(URLMETA_FORMAT_JSON),
           "application/json; charset=utf-8", "the type of JSON");
    is_str(urlmeta_format_type(URLMETA_FORMAT_FRAGMENT),
           "text/html; charset=utf-8", "of a fragment");
    is_str(urlmeta_format_error_type(URLMETA_FORMAT_JSON),
           "application/problem+json", "of an error as JSON");
    is_str(urlmeta_format_error_type(URLMETA_FORMAT_UNKNOWN),
           "application/problem+json", "of an error in no known format");
    is_str(urlmeta_format_error_type(URLMETA_FORMAT_HTML),
           "text/html; charset=utf-8", "of an error as HTML");

    is_str(urlmeta_format_csp(URLMETA_FORMAT_JSON),
           "default-src 'none'; frame-ancestors 'none'", "the CSP of JSON");
    ok(strstr(urlmeta_format_csp(URLMETA_FORMAT_HTML), "style-src 'sha256-")
       != NULL, "the CSP of HTML");
}


static void
test_accept(void)
{
    int  json, html;

    json = URLMETA_FORMAT_JSON;
    html = URLMETA_FORMAT_HTML;

    is_int(accepts(NULL), json, "no header");
    is_int(accepts(""), json, "an empty one");
    is_int(accepts("*/*"), json, "anything");
    is_int(accepts("text/html"), html, "text/html");
    is_int(accepts("TEXT/HTML"), html, "in capitals");
    is_int(accepts("application/json"), json, "application/json");
    is_int(accepts("text/html,application/xhtml+xml,application/xml;q=0.9,"
                   "image/avif,image/webp,*/*;q=0.8"), html, "a browser");
    is_int(accepts("application/json, text/plain, */*"), json, "axios");
    is_int(accepts("text/html;q=0.5, application/json"), json,
           "html is worth less");
    is_int(accepts("text/html, application/json;q=0.9"), html,
           "json is worth less");
    is_int(accepts("text/html, application/json"), json, "both the same");
    is_int(accepts("text/html;q=0"), json, "html is refused");
    is_int(accepts("text/html;q=0.001, application/json;q=0"), html,
           "json is refused");
    is_int(accepts("text/*;q=0.9, application/*;q=0.1"), html, "ranges");
    is_int(accepts("*/*;q=1, text/html;q=0.1"), json,
           "the precise range counts");
    is_int(accepts("text/*;q=0.1, text/html;q=0.9, */*;q=0.5"), html,
           "the most precise one");
    is_int(accepts("text/html ; level=1 ; q=0.9, application/json;q=0.8"),
           html, "parameters and spaces");
    is_int(accepts("text/html;x=\"a,b;q=0\", application/json;q=0.5"), html,
           "a quoted comma");
    is_int(accepts("text/html;q=2"), json, "a quality over one");
    is_int(accepts("text/html;q=x"), json, "no number");
    is_int(accepts("text/html;q=0.1234"), json, "too many digits");
    is_int(accepts(",,;;=,text/html;;q=1.000,"), html, "noise");
    is_int(accepts("text/htmlx, text/htm, htm"), json, "other types");
    is_int(accepts("text/html;\"q=0"), html, "an open quote");
    is_int(urlmeta_format_accept("text/html;q=0.9", 9), html,
           "the length counts");
}


static void
test_json(void)
{
    is_str(dump("{\"b\":1,\"a\":[],\"c\":{}}"), "{\"b\":1,\"a\":[],\"c\":{}}",
           "members stay in order");
    is_str(dump("[null,true,false,\"\",0,-1]"), "[null,true,false,\"\",0,-1]",
           "simple values");
    is_str(dump("[9223372036854775807,-9223372036854775808]"),
           "[9223372036854775807,-9223372036854775808]", "long integers");
    is_str(dump_value(json_real(3)), "3", "a whole real");
    is_str(dump_value(json_real(-3)), "-3", "a negative one");
    is_str(dump_value(json_real(-0.0)), "0", "minus zero");
    is_str(dump_value(json_real(19.99)), "19.99", "a price");
    is_str(dump_value(json_real(0.1)), "0.1", "a tenth");
    is_str(dump_value(json_real(0.1 + 0.2)), "0.30000000000000004",
           "all digits that matter");
    is_str(dump_value(json_real(1e300)), "1e+300", "a large one");
    is_str(dump_value(json_real(9007199254740991.0)), "9007199254740991",
           "the largest that is exact");
    is_str(dump("\"\\u0000\\n\\t\\r\\b\\u001f\\u007f\\\"\\\\/\""),
           "\"\\u0000\\n\\t\\r\\u0008\\u001f\\u007f\\\"\\\\/\"",
           "control characters and quotes");
    is_str(dump("\"</script>&\""), "\"\\u003c/script\\u003e\\u0026\"",
           "markup is escaped");
    is_str(dump("\"a\\u2028b\\u2029c\\u202a\""),
           "\"a\\u2028b\\u2029c\xe2\x80\xaa\"", "line separators");
    is_str(dump("\"\\u0080\\u009f\\u00a0\""),
           "\"\\u0080\\u009f\xc2\xa0\"", "C1 controls");
    is_str(dump("\"caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80\""),
           "\"caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80\"",
           "all else is as it was");
    is_str(dump("{\"<a&\\u2028\":1}"), "{\"\\u003ca\\u0026\\u2028\":1}",
           "keys, too");
    is_str(dump_value(NULL), "null", "nothing");
}


static void
test_json_hostile(void)
{
    int      i, good;
    char     text[300];
    json_t  *value, *inner, *back;
    size_t   k, n;

    /* what is written is read back as the same, whatever it holds */

    good = 1;
    srand(5);

    for (i = 0; i < 5000; i++) {
        n = (size_t) rand() % sizeof(text);

        for (k = 0; k < n; k++) {
            text[k] = (rand() & 3) ? (char) (rand() & 0x7f)
                                   : "<>&\"\\\x7f\n\x01"[rand() & 7];
        }

        if (n > 8) {
            memcpy(text + 2, "\xe2\x80\xa8\xc2\x85", 5);
        }

        value = json_stringn(text, n);
        json_incref(value);

        dump_value(value);
        back = json_loadb(buf.data, buf.len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                          NULL);

        if (!json_equal(value, back) || !is_clean(buf.data, buf.len)) {
            good = 0;
        }

        json_decref(value);
        json_decref(back);
    }

    ok(good, "5,000 random strings there and back");

    /* a string of nothing but escapes */

    value = json_array();

    for (i = 0; i < 3; i++) {
        char  many[20000];

        memset(many, '<', sizeof(many));
        json_array_append_new(value, json_stringn(many, sizeof(many)));
    }

    dump_value(value);
    is_int((long long) buf.len, 3 * (6 * 20000 + 2) + 4,
           "six bytes for one");

    /* deeper than any page may be */

    value = json_array();

    for (i = 0; i < 100000; i++) {
        inner = json_array();
        json_array_append_new(inner, value);
        value = inner;

        if (i == 2000) {
            break;
        }
    }

    dump_value(value);
    ok(buf.len < 1100 && strstr(buf.data, "null") != NULL,
       "depth is bounded");
}


static const char *
error(urlmeta_format_e format, urlmeta_error_e e, const char *url, size_t len,
    unsigned upstream_status)
{
    urlmeta_buf_reset(&buf);

    if (urlmeta_format_error(format, e, url, len, upstream_status, &buf)
        != URLMETA_OK)
    {
        return NULL;
    }

    return buf.data;
}


/* of the object in the buffer; static */

static const char *
member(const char *name)
{
    json_t       *body;
    const char   *text;
    static char   value[8192];

    body = json_loadb(buf.data, buf.len, JSON_ALLOW_NUL, NULL);
    text = json_string_value(json_object_get(body, name));

    if (text != NULL) {
        snprintf(value, sizeof(value), "%s", text);
    }

    json_decref(body);

    return text ? value : NULL;
}


static int
is_clean(const char *body, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if ((unsigned char) body[i] < 0x20 || strchr("<>&\x7f", body[i])) {
            return 0;
        }

        if (len - i > 2
            && (memcmp(body + i, "\xe2\x80\xa8", 3) == 0
                || memcmp(body + i, "\xe2\x80\xa9", 3) == 0))
        {
            return 0;
        }
    }

    return urlmeta_utf8_valid(body, len) == len;
}


static void
test_errors(void)
{
    int     i;
    char    text[5000];
    json_t  *body;

    error(URLMETA_FORMAT_JSON, URLMETA_E_SCHEME_DENIED, "ftp://a.example/",
          16, 0);

    is_str(member("type"), "urn:urlmeta:error:scheme_denied", "type");
    is_str(member("code"), "scheme_denied", "code");
    is_str(member("url"), "ftp://a.example/", "url");
    ok(member("title") != NULL && member("detail") != NULL, "words");

    body = json_loadb(buf.data, buf.len, 0, NULL);
    is_int(json_integer_value(json_object_get(body, "status")), 400,
           "status");
    is_int((long long) json_object_size(body), 6, "nothing else");
    json_decref(body);

    error(URLMETA_FORMAT_JSON, URLMETA_E_UPSTREAM_STATUS, "http://a.example/",
          17, 404);
    body = json_loadb(buf.data, buf.len, 0, NULL);
    is_int(json_integer_value(json_object_get(body, "status")), 404,
           "the target's 404");
    is_int(json_integer_value(json_object_get(body, "upstream_status")), 404,
           "upstream_status");
    json_decref(body);

    error(URLMETA_FORMAT_JSON, URLMETA_E_URL_MISSING, NULL, 0, 0);
    is_str(member("url"), NULL, "no URL is null");
    ok(strstr(buf.data, "\"url\":null") != NULL, "and there");

    error(URLMETA_FORMAT_JSON, URLMETA_E_URL_INVALID,
          "http://x/</script>\xff\xe2\x80\xa8\0&", 24, 0);
    ok(is_clean(buf.data, buf.len), "a hostile URL is escaped");
    ok(strstr(buf.data, "\\u003c/script\\u003e\xef\xbf\xbd\\u2028\\u0000"
              "\\u0026\"") != NULL, "and told as far as it is UTF-8");

    memset(text, '\xff', sizeof(text));
    error(URLMETA_FORMAT_JSON, URLMETA_E_URL_TOO_LONG, text, sizeof(text), 0);
    ok(member("url") && strlen(member("url")) <= URLMETA_FORMATS_MAX_URL,
       "a long URL of no UTF-8 is cut");
    ok(urlmeta_utf8_valid(buf.data, buf.len) == buf.len,
       "at a character's end");

    for (i = 0; i < (int) sizeof(text); i += 2) {
        memcpy(text + i, "\xc3\xa9", 2);
    }

    text[0] = 'a';
    text[1] = 'b';
    memmove(text + 3, text + 2, sizeof(text) - 3);
    text[2] = 'c';

    error(URLMETA_FORMAT_JSON, URLMETA_E_URL_TOO_LONG, text, sizeof(text), 0);
    ok(member("url") && strlen(member("url")) <= URLMETA_FORMATS_MAX_URL
       && strlen(member("url")) > URLMETA_FORMATS_MAX_URL - 4,
       "a long URL is cut");
    ok(urlmeta_utf8_valid(buf.data, buf.len) == buf.len,
       "at a character's end");

    error(URLMETA_FORMAT_HTML, URLMETA_E_URL_INVALID,
          "http://x/<script>\"'\xe2\x80\xae", 22, 0);
    ok(strncmp(buf.data, "<!doctype html>", 15) == 0, "a document");
    ok(strstr(buf.data, "http://x/&lt;script&gt;&quot;&#39;</p>") != NULL,
       "with the URL as text, escaped, without bidi controls");
    ok(strstr(buf.data, "<script") == NULL && strstr(buf.data, "<a ") == NULL,
       "and no script or link");

    error(URLMETA_FORMAT_FRAGMENT, URLMETA_E_URL_MISSING, NULL, 0, 0);
    ok(strncmp(buf.data, "<article ", 9) == 0, "a fragment");
    ok(strstr(buf.data, "<style") == NULL, "without a style");

    for (i = 1; i < URLMETA_E_MAX; i++) {
        error(URLMETA_FORMAT_JSON, (urlmeta_error_e) i, "x", 1, 0);

        if (!is_clean(buf.data, buf.len) || member("code") == NULL) {
            break;
        }
    }

    is_int(i, URLMETA_E_MAX, "every error has a body");

    error(URLMETA_FORMAT_JSON, URLMETA_E_ADDRESS_DENIED, "http://a/", 9, 0);
    snprintf(text, sizeof(text), "%s", buf.data);
    error(URLMETA_FORMAT_JSON, URLMETA_E_ADDRESS_DENIED, "http://a/", 9, 0);
    is_str(buf.data, text, "address_denied has one body");
}


static void
test_card(void)
{
    static const char  card[] =
        "{\"url\":\"https://a.example/\",\"title\":\"T\",\"host\":"
        "\"a.example\"}";

    urlmeta_buf_reset(&buf);
    urlmeta_buf_add_str(&buf, "before");

    is_int(urlmeta_format_card(URLMETA_FORMAT_JSON, card, strlen(card), &buf),
           URLMETA_OK, "JSON of a card");
    ok(strncmp(buf.data, "before{", 7) == 0
       && strcmp(buf.data + 6, card) == 0, "is the card itself");

    urlmeta_buf_reset(&buf);
    is_int(urlmeta_format_card(URLMETA_FORMAT_HTML, card, strlen(card), &buf),
           URLMETA_OK, "HTML of a card");
    ok(strncmp(buf.data, "<!doctype html>", 15) == 0, "is a document");

    urlmeta_buf_reset(&buf);
    is_int(urlmeta_format_card(URLMETA_FORMAT_FRAGMENT, card, strlen(card),
                               &buf), URLMETA_OK, "a fragment of a card");
    ok(strncmp(buf.data, "<article ", 9) == 0, "is a fragment");

    urlmeta_buf_reset(&buf);
    is_int(urlmeta_format_card(URLMETA_FORMAT_HTML, "{\"a\":", 5, &buf),
           URLMETA_ERROR, "what is no card");
    is_int((long long) buf.len, 0, "gives no body");
}
