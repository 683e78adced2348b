
/*
 * Hostile pages to their cards, and the cards to each format: what comes out
 * is valid, holds nothing that a browser takes for markup, and as HTML has the
 * elements and attributes of a harmless card with the same fields.
 *
 * TEST_URLMETA_PAGES says how many pages there are to be, TEST_URLMETA_SEED
 * begins with another one; the seed of a page that failed is printed.
 */


#include <time.h>
#include <unistd.h>
#include <sys/wait.h>

#include <jansson.h>

#include "tap.h"
#include "buffer.h"
#include "render.h"
#include "urlmeta.h"
#include "utf8.h"


#define PAGES      40000
#define PROCESSES  2
#define SHAPES     4096         /* a power of two */
#define MAX_SHOWN  3            /* failures of a process */

#define n(array)   (sizeof(array) / sizeof(array[0]))


typedef struct {
    unsigned long long  signature;
    unsigned long long  skeleton[2];
} shape_t;


typedef struct {
    unsigned            failed;
    unsigned            details;
    unsigned            errors;
    unsigned            bodies;
} tally_t;


static unsigned random_number(unsigned max);
static void values_read(void);
static void values_add(const char *text, size_t len);
static const char *any_value(size_t *len);
static void add_hostile(urlmeta_buf_t *out);
static void add_attribute(urlmeta_buf_t *out, const char *before);
static void add_json(urlmeta_buf_t *out, const char *key);
static void make_page(urlmeta_buf_t *out);
static void make_header(urlmeta_buf_t *out);
static void run_pages(tally_t *t, unsigned long long seed, unsigned count);
static void one_page(tally_t *t);
static void one_error(tally_t *t);
static void check_body(tally_t *t, urlmeta_format_e format, const char *type,
    json_t *card, urlmeta_buf_t *body, int error);
static void check_json(tally_t *t, urlmeta_buf_t *body);
static void check_strings(tally_t *t, const char *key, json_t *value,
    int details);
static void check_html(tally_t *t, urlmeta_format_e format, json_t *card,
    urlmeta_buf_t *body);
static int is_removed(unsigned cp);
static unsigned long long skeleton(const char *p);
static unsigned long long shape(json_t *card);
static unsigned long long hash_add(unsigned long long hash, const void *data,
    size_t len);
static json_t *harmless(const char *key, json_t *value);
static void failed(tally_t *t, const char *what, const char *text, size_t len);
static void test_judges(void);
static void test_mass(void);


static unsigned long long  state;
static unsigned long long  page_seed;

static char               *values[256];
static size_t              lengths[256];
static unsigned            nvalues;

static urlmeta_buf_t       value, page, header, card_body, body, expected;
static shape_t             shapes[SHAPES];


static const char  *own_values[] = {
    "<script>alert(1)</script>", "</title><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)", "' onmouseover='alert(1)", "<!--", "-->",
    "]]>", "</style><svg onload=alert(1)>", "&lt;script&gt;", "&#x3c;b&#x3e;",
    "&amp;lt;", "javascript:alert(1)", "data:text/html,<script>", "//10.0.0.1/",
    "http://user:pass@example.com/", "https://example.com:8443/x",
    "http://169.254.169.254/latest", "http://[::1]/", "http://0x7f.1/",
    "http://localhost/", "https://cdn.example.com/a.png\" onerror=\"x",
    "\xe2\x80\xa8\xe2\x80\xa9", "\xe2\x80\xae" "gpj.exe", "\xc2\x85\xc2\x9f",
    "\xed\xa0\x80", "\xc0\xbc", "\xf4\x90\x80\x80", "\xff\xfe<", "\x7f\x1b[31m",
    "\xef\xbf\xbe\xef\xb7\x90", "\xf3\xa0\x81\x81", "e\xcc\x81\xcc\x81\xcc\x81",
    "line\r\nSet-Cookie: a=b", "\\u003cscript\\u003e", "\\\"},{\\\"", "\\ud800",
    "price", "2024-01-02\"><b>", "1e400", "-0", "en\" onload=\"x", "rtl\"x",
    "https://example.com/a?b=<c>&d=\"e\"#f'g", "`{|}^\\", "{{title}}", "+ADw-"
};


static const char  *metas[] = {
    "og:title", "og:description", "og:site_name", "og:image", "og:image:alt",
    "og:image:width", "og:image:type", "og:url", "og:type", "og:locale",
    "og:video", "og:video:type", "og:audio", "twitter:title", "twitter:image",
    "twitter:card", "twitter:site", "twitter:creator", "twitter:player",
    "twitter:label1", "twitter:data1", "twitter:label2", "twitter:data2",
    "description", "keywords", "author", "theme-color", "robots", "viewport",
    "generator", "article:published_time", "article:section", "article:tag",
    "article:author", "product:price:amount", "product:price:currency",
    "fediverse:creator", "citation_title", "dc.date", "language", "thumbnail",
    "application-name", "msapplication-TileImage", "og:updated_time"
};


static const char  *links[] = {
    "icon", "apple-touch-icon", "mask-icon", "canonical", "image_src",
    "amphtml", "license", "author", "alternate", "enclosure", "manifest"
};


static const char  *link_attributes[] = {
    "type", "sizes", "title", "hreflang", "media", "color"
};


static const char  *properties[] = {
    "headline", "name", "description", "image", "url", "author", "publisher",
    "datePublished", "startDate", "location", "inLanguage", "keywords",
    "articleSection", "contentUrl", "embedUrl", "duration", "price", "isbn",
    "thumbnailUrl", "mainEntityOfPage", "logo", "articleBody", "@id", "@type"
};


static const char  *content_types[] = {
    "text/html; charset=utf-8", "text/html", NULL, "application/xhtml+xml",
    "application/rss+xml", "text/plain", "image/png",
    "text/html; charset=utf-7", "text/html; charset=\"<script>\""
};


int
main(void)
{
    urlmeta_init();
    values_read();

    test_judges();
    test_mass();

    while (nvalues) {
        free(values[--nvalues]);
    }

    urlmeta_buf_free(&value);
    urlmeta_buf_free(&page);
    urlmeta_buf_free(&header);
    urlmeta_buf_free(&card_body);
    urlmeta_buf_free(&body);
    urlmeta_buf_free(&expected);

    return done_testing();
}


/* xorshift64*: the same pages everywhere for a seed */

static unsigned
random_number(unsigned max)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;

    return (unsigned) ((state * 0x2545f4914f6cdd1dULL) >> 33) % max;
}


static void
values_read(void)
{
    char         name[4096];
    size_t       i;
    json_t      *file, *item, *text;
    const char  *shared;

    for (i = 0; i < n(own_values); i++) {
        values_add(own_values[i], strlen(own_values[i]));
    }

    shared = getenv("URLMETA_SHARED");
    snprintf(name, sizeof(name), "%s/security/xss-cases.json",
             shared ? shared : "../shared");

    file = json_load_file(name, JSON_ALLOW_NUL, NULL);

    json_array_foreach(json_object_get(file, "cases"), i, item) {
        text = json_object_get(item, "value");

        if (json_string_length(text) != 0) {
            values_add(json_string_value(text), json_string_length(text));
        }
    }

    json_decref(file);
}


static void
values_add(const char *text, size_t len)
{
    if (nvalues == n(values)) {
        return;
    }

    values[nvalues] = malloc(len + 1);

    if (values[nvalues] == NULL) {
        abort();
    }

    memcpy(values[nvalues], text, len);
    lengths[nvalues++] = len;
}


static const char *
any_value(size_t *len)
{
    unsigned  i;

    i = random_number(nvalues);
    *len = lengths[i];

    return values[i];
}


/* a value, most often changed, into "value", then as it is to "out" */

static void
add_hostile(urlmeta_buf_t *out)
{
    size_t       len, i;
    unsigned     times;
    const char  *text;

    urlmeta_buf_reset(&value);

    for (times = 1 + (random_number(4) == 0); times; times--) {
        text = any_value(&len);
        urlmeta_buf_add(&value, text, len);
    }

    switch (random_number(8)) {

    case 0:
        i = random_number((unsigned) value.len);
        value.data[i] = (char) random_number(256);
        break;

    case 1:
        value.len = 1 + random_number((unsigned) value.len);
        break;

    case 2:
        urlmeta_buf_add_utf8(&value, random_number(0x3000));
        break;

    case 3:
        urlmeta_buf_add_char(&value, "<>&\"'`\\/:=\0\n\x7f"[random_number(13)]);
        text = any_value(&len);
        urlmeta_buf_add(&value, text, len);
        break;

    case 4:
        len = value.len;

        for (times = random_number(40); times && value.len < 4000; times--) {
            urlmeta_buf_reserve(&value, len);
            urlmeta_buf_add(&value, value.data, len);
        }

        break;

    default:
        break;
    }

    urlmeta_buf_add(out, value.data, value.len);
}


/* an attribute that mostly ends where it should */

static void
add_attribute(urlmeta_buf_t *out, const char *before)
{
    char           quote;
    size_t         i;
    urlmeta_buf_t  raw;

    quote = random_number(4) ? '"' : '\'';

    urlmeta_buf_add_str(out, before);
    urlmeta_buf_add_char(out, '=');
    urlmeta_buf_add_char(out, quote);

    if (random_number(8) == 0) {
        add_hostile(out);

    } else {
        memset(&raw, 0, sizeof(raw));
        add_hostile(&raw);

        for (i = 0; i < raw.len; i++) {
            if (raw.data[i] == quote) {
                urlmeta_buf_add_str(out, quote == '"' ? "&quot;" : "&#39;");

            } else if (raw.data[i] == '&' && random_number(2)) {
                urlmeta_buf_add_str(out, "&amp;");

            } else {
                urlmeta_buf_add_char(out, raw.data[i]);
            }
        }

        urlmeta_buf_free(&raw);
    }

    urlmeta_buf_add_char(out, quote);
}


/* a member whose value is mostly a string */

static void
add_json(urlmeta_buf_t *out, const char *key)
{
    int            object;
    size_t         i;
    unsigned char  ch;
    urlmeta_buf_t  raw;

    urlmeta_buf_printf(out, ",\"%s\":", key);

    object = (random_number(8) == 0);

    urlmeta_buf_add_str(out, object ? "{\"@type\":\"Person\",\"name\":\""
                                    : "\"");

    memset(&raw, 0, sizeof(raw));
    add_hostile(&raw);

    for (i = 0; i < raw.len; i++) {
        ch = (unsigned char) raw.data[i];

        if (ch < 0x20 || ch == '<' || (ch == '\\' && random_number(2))) {
            urlmeta_buf_printf(out, "\\u%04x", ch);

        } else if (ch == '"') {
            urlmeta_buf_add_str(out, "\\\"");

        } else {
            urlmeta_buf_add_char(out, (char) ch);
        }
    }

    urlmeta_buf_free(&raw);

    urlmeta_buf_add_str(out, object ? "\"}" : "\"");
}


static void
make_page(urlmeta_buf_t *out)
{
    unsigned  times;

    urlmeta_buf_reset(out);
    urlmeta_buf_add_str(out, "<!doctype html>");

    if (random_number(4) == 0) {
        urlmeta_buf_add_str(out, "<html ");
        add_attribute(out, random_number(2) ? "lang" : "dir");
        urlmeta_buf_add_char(out, '>');
    }

    if (random_number(8) == 0) {
        urlmeta_buf_add_str(out, "<base ");
        add_attribute(out, "href");
        urlmeta_buf_add_char(out, '>');
    }

    if (random_number(2)) {
        urlmeta_buf_add_str(out, "<title>");
        add_hostile(out);
        urlmeta_buf_add_str(out, "</title>");
    }

    for (times = random_number(6); times; times--) {
        urlmeta_buf_printf(out, "<meta %s=\"%s\" ",
                           random_number(2) ? "property" : "name",
                           metas[random_number(n(metas))]);
        add_attribute(out, "content");
        urlmeta_buf_add_char(out, '>');
    }

    for (times = random_number(3); times; times--) {
        urlmeta_buf_printf(out, "<link rel=\"%s\" ",
                           links[random_number(n(links))]);
        add_attribute(out, "href");

        if (random_number(2)) {
            urlmeta_buf_add_char(out, ' ');
            add_attribute(out,
                      link_attributes[random_number(n(link_attributes))]);
        }

        urlmeta_buf_add_char(out, '>');
    }

    if (random_number(3) == 0) {
        urlmeta_buf_add_str(out, "<script type=\"application/ld+json\">"
                            "{\"@type\":\"Article\"");

        for (times = 1 + random_number(3); times; times--) {
            add_json(out, properties[random_number(n(properties))]);
        }

        urlmeta_buf_add_str(out, "}</script>");
    }

    if (random_number(4) == 0) {
        urlmeta_buf_printf(out, "<div itemscope itemtype=\"https://schema.org/"
                           "Product\"><b itemprop=\"%s\">",
                           properties[random_number(n(properties))]);
        add_hostile(out);
        urlmeta_buf_add_str(out, "</b></div>");
    }

    if (random_number(3) == 0) {
        urlmeta_buf_add_str(out, "<h1>");
        add_hostile(out);
        urlmeta_buf_add_str(out, "</h1><a ");
        add_attribute(out, "href");
        urlmeta_buf_add_str(out, ">a</a><img ");
        add_attribute(out, "src");
        urlmeta_buf_add_str(out, "><time ");
        add_attribute(out, "datetime");
        urlmeta_buf_add_char(out, '>');
    }
}


/* a header has no end of line, and no zero byte to end it before its end */

static void
make_header(urlmeta_buf_t *out)
{
    size_t  i;

    urlmeta_buf_reset(out);

    if (random_number(2)) {
        urlmeta_buf_add_str(out, "<https://example.com/x>; rel=icon; type=\"");
    }

    add_hostile(out);

    for (i = 0; i < out->len; i++) {
        if (strchr("\r\n", out->data[i]) != NULL) {
            out->data[i] = ' ';
        }
    }
}


static void
run_pages(tally_t *t, unsigned long long seed, unsigned count)
{
    unsigned  i;

    memset(t, 0, sizeof(tally_t));
    memset(shapes, 0, sizeof(shapes));

    for (i = 0; i < count; i++) {

        page_seed = seed + i;

        /* neighboring seeds have nothing in common, and none is 0 */
        state = (page_seed + 1) * 0x9e3779b97f4a7c15ULL | 1;

        one_page(t);
        one_error(t);
    }
}


static void
one_page(tally_t *t)
{
    int                   details;
    json_t               *card;
    unsigned              format;
    const char           *type;
    urlmeta_http_t        http;
    urlmeta_reader_t     *rd;
    urlmeta_redirect_t    redirect;

    make_page(&page);
    make_header(&header);

    details = (random_number(8) == 0);
    type = content_types[random_number(4) ? 0 : random_number(
                                                           n(content_types))];

    memset(&http, 0, sizeof(urlmeta_http_t));

    redirect.status = 302;
    redirect.url = random_number(4) ? "https://example.com/moved"
                                    : header.data;

    http.requested_url = "https://example.com/dir/doc";
    http.effective_url = "https://example.com/dir/doc";
    http.status = 200;
    http.bytes = page.len;
    http.fetched_at = 1788000000;
    http.content_type = type;
    http.redirects = &redirect;
    http.nredirects = 1;

    switch (random_number(6)) {
    case 0:
        http.link = header.data;
        break;
    case 1:
        http.content_language = header.data;
        break;
    case 2:
        http.content_disposition = header.data;
        break;
    case 3:
        http.last_modified = header.data;
        break;
    case 4:
        http.content_type = header.data;
        break;
    default:
        break;
    }

    rd = urlmeta_reader_create(http.effective_url, http.content_type, details);
    urlmeta_buf_reset(&card_body);

    if (rd == NULL
        || urlmeta_reader_feed(rd, page.data, page.len) == URLMETA_ERROR
        || urlmeta_reader_card(rd, &http, &card_body) != URLMETA_OK)
    {
        failed(t, "no card", page.data, page.len);
        urlmeta_reader_destroy(rd);
        return;
    }

    urlmeta_reader_destroy(rd);

    t->details += details;

    if (!details && card_body.len > 16384) {
        failed(t, "larger than 16 KB", card_body.data, 200);
    }

    card = json_loadb(card_body.data, card_body.len,
                      JSON_REJECT_DUPLICATES|JSON_ALLOW_NUL, NULL);

    if (card == NULL) {
        failed(t, "no JSON", card_body.data, card_body.len);
        return;
    }

    check_strings(t, "", card, details);

    for (format = 0; format < URLMETA_FORMAT_MAX; format++) {

        urlmeta_buf_reset(&body);

        if (urlmeta_format_card((urlmeta_format_e) format, card_body.data,
                                card_body.len, &body)
            != URLMETA_OK)
        {
            failed(t, "not rendered", card_body.data, card_body.len);
            continue;
        }

        check_body(t, (urlmeta_format_e) format,
                   urlmeta_format_type((urlmeta_format_e) format), card, &body,
                   0);
    }

    json_decref(card);
}


/* what was asked comes back in an error */

static void
one_error(tally_t *t)
{
    urlmeta_error_e   error;
    urlmeta_format_e  format;

    urlmeta_buf_reset(&header);

    if (random_number(2)) {
        urlmeta_buf_add_str(&header, "https://example.com/");
    }

    add_hostile(&header);

    format = (urlmeta_format_e) random_number(URLMETA_FORMAT_MAX + 1);
    error = (urlmeta_error_e) random_number(URLMETA_E_MAX);

    urlmeta_buf_reset(&body);

    if (urlmeta_format_error(format, error, header.data, header.len,
                             random_number(2) ? 404 : 0, &body)
        != URLMETA_OK)
    {
        failed(t, "no error", header.data, header.len);
        return;
    }

    t->errors++;
    check_body(t, format, urlmeta_format_error_type(format), NULL, &body, 1);
}


static void
check_body(tally_t *t, urlmeta_format_e format, const char *type,
    json_t *card, urlmeta_buf_t *body, int error)
{
    json_t  *value;

    t->bodies++;

    if (body->len == 0 || strlen(body->data) != body->len
        || urlmeta_utf8_valid(body->data, body->len) != body->len)
    {
        failed(t, "no UTF-8", body->data, body->len);
        return;
    }

    if (strncmp(type, "text/html", 9) == 0) {
        check_html(t, format, card, body);
        return;
    }

    if (strstr(type, "json") == NULL) {
        return;
    }

    check_json(t, body);

    /* the native card was read already */

    if (!error && format == URLMETA_FORMAT_JSON) {
        return;
    }

    value = json_loadb(body->data, body->len,
                       JSON_REJECT_DUPLICATES|JSON_ALLOW_NUL, NULL);

    if (value == NULL) {
        failed(t, "no JSON", body->data, body->len);
    }

    json_decref(value);
}


static void
check_json(tally_t *t, urlmeta_buf_t *body)
{
    const unsigned char  *p;

    for (p = (unsigned char *) body->data; *p; p++) {

        if (*p >= 0x20 && *p != '<' && *p != '>' && *p != '&' && *p < 0x7f) {
            continue;
        }

        if (*p < 0x80
            || (*p == 0xc2 && p[1] < 0xa0)
            || (*p == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)))
        {
            failed(t, "a raw character", body->data, body->len);
            return;
        }
    }
}


/* texts are fit to be shown, and addresses to be opened */

static void
check_strings(tally_t *t, const char *key, json_t *value, int details)
{
    size_t                i, n, len;
    json_t               *item;
    unsigned              cp;
    const char           *name;
    const unsigned char  *p, *last;

    if (json_is_array(value)) {

        json_array_foreach(value, i, item) {
            check_strings(t, key, item, details);
        }

        return;
    }

    if (json_is_object(value)) {

        json_object_foreach(value, name, item) {

            /* what the page says */

            if (details
                && (strcmp(name, "meta") == 0 || strcmp(name, "json_ld") == 0
                    || strcmp(name, "headings") == 0
                    || strcmp(name, "sources") == 0
                    || strcmp(name, "links") == 0))
            {
                continue;
            }

            check_strings(t, name, item, details);
        }

        return;
    }

    if (!json_is_string(value)) {
        return;
    }

    p = (unsigned char *) json_string_value(value);
    len = json_string_length(value);
    last = p + len;

    n = strlen(key);

    if ((n >= 3 && strcmp(key + n - 3, "url") == 0)
        || strcmp(key, "license") == 0)
    {
        for (i = 0; i < len && p[i] > ' ' && p[i] < 0x7f
                    && strchr("\"<>\\'`{}|^", p[i]) == NULL; i++)
        {
            /* void */
        }

        if (i != len || len > 2048
            || (strncmp((char *) p, "https://", 8) != 0
                && strncmp((char *) p, "http://", 7) != 0))
        {
            failed(t, "an address", (char *) p, len);
        }

        return;
    }

    while (p < last) {
        n = (*p < 0x80) ? 1 : (*p < 0xe0) ? 2 : (*p < 0xf0) ? 3 : 4;
        cp = (n == 1) ? *p : *p & (0x7fu >> n);

        for (i = 1; i < n; i++) {
            cp = (cp << 6) | (p[i] & 0x3f);
        }

        if (is_removed(cp)) {
            failed(t, key, json_string_value(value), len);
            return;
        }

        p += n;
    }
}


/* J6 of ../shared/security/xss-cases.json */

static int
is_removed(unsigned cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0x61c
           || cp == 0x200b || cp == 0x200e || cp == 0x200f
           || cp == 0x2028 || cp == 0x2029
           || (cp >= 0x202a && cp <= 0x202e) || cp == 0x2060
           || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff
           || (cp >= 0xfff9 && cp <= 0xfffb) || (cp & 0xfffe) == 0xfffe
           || (cp >= 0xfdd0 && cp <= 0xfdef)
           || (cp >= 0xe0000 && cp <= 0xe007f);
}


/* of an error there are two: with an address, and without */

static void
check_html(tally_t *t, urlmeta_format_e format, json_t *card,
    urlmeta_buf_t *body)
{
    char                *text;
    shape_t             *s;
    json_t              *same;
    unsigned             i;
    unsigned long long   signature, found;

    found = skeleton(body->data);

    if (found == 0) {
        failed(t, "markup", body->data, body->len);
        return;
    }

    if (card == NULL) {
        for (i = 0; i < 2; i++) {
            urlmeta_buf_reset(&expected);

            if (urlmeta_format_error(format, URLMETA_E_BUSY,
                                     i ? "https://a.example/" : NULL,
                                     i ? 18 : 0, 0, &expected)
                == URLMETA_OK
                && skeleton(expected.data) == found)
            {
                return;
            }
        }

        failed(t, "elements of an error", body->data, body->len);
        return;
    }

    signature = shape(card) | 1;
    s = &shapes[(signature >> 20) & (SHAPES - 1)];

    if (s->signature != signature) {
        s->signature = signature;
        memset(s->skeleton, 0, sizeof(s->skeleton));
    }

    i = (format == URLMETA_FORMAT_FRAGMENT);

    if (format > URLMETA_FORMAT_FRAGMENT || s->skeleton[i] == 0) {
        same = harmless("", card);
        text = json_dumps(same, JSON_COMPACT);
        urlmeta_buf_reset(&expected);

        if (text == NULL
            || urlmeta_format_card(format, text, strlen(text), &expected)
               != URLMETA_OK)
        {
            failed(t, "no harmless card", body->data, body->len);
        }

        free(text);
        json_decref(same);

        if (expected.data == NULL) {
            return;
        }

        if (format > URLMETA_FORMAT_FRAGMENT) {
            if (skeleton(expected.data) != found) {
                failed(t, "elements", body->data, body->len);
            }

            return;
        }

        s->skeleton[i] = skeleton(expected.data);
    }

    if (s->skeleton[i] != found) {
        failed(t, "elements", body->data, body->len);
    }
}


/*
 * Elements and the names of attributes, in their order; what is between tags
 * and quotes makes no difference.  0 where a tag is not written as ours are.
 */

static unsigned long long
skeleton(const char *p)
{
    const char          *start, *tag;
    unsigned long long   hash;

    hash = 0xcbf29ce484222325ULL;

    for ( ;; ) {
        start = p;
        p += strcspn(p, "<");

        /* what is text has no end of a tag */

        if (memchr(start, '>', (size_t) (p - start)) != NULL) {
            return 0;
        }

        if (*p == '\0') {
            return hash;
        }

        p++;
        tag = p;
        p += strcspn(p, " >\"'<=");
        hash = hash_add(hash, tag, (size_t) (p - tag));

        while (*p == ' ') {
            p++;
            start = p;
            p += strcspn(p, " >\"'<=");
            hash = hash_add(hash, start, (size_t) (p - start));

            if (*p != '=') {
                continue;
            }

            if (p[1] != '"') {
                return 0;
            }

            p += 2;
            start = p;
            p += strcspn(p, "\"");

            if (*p == '\0'
                || memchr(start, '<', (size_t) (p - start)) != NULL)
            {
                return 0;
            }

            /* only these may be opened */

            if ((start[-3] == 'f' || start[-3] == 'c')
                && (memcmp(start - 6, "href=\"", 6) == 0
                    || memcmp(start - 5, "src=\"", 5) == 0)
                && strncmp(start, "https://", 8) != 0
                && strncmp(start, "http://", 7) != 0)
            {
                return 0;
            }

            p++;
        }

        if (*p++ != '>') {
            return 0;
        }

        hash = hash_add(hash, ">", 1);

        /* of these the content is no markup */

        if (strncmp(tag, "style", 5) == 0 || strncmp(tag, "script", 6) == 0) {
            p = strstr(p, *tag == 's' && tag[1] == 't' ? "</style>"
                                                       : "</script>");
            if (p == NULL) {
                return 0;
            }
        }
    }
}


/* which members of what HTML shows there are, and of what type */

static unsigned long long
shape(json_t *card)
{
    size_t               i;
    json_t              *value, *member;
    const char          *name;
    unsigned long long   hash;

    static const char  *keys[] = {
        "url", "host", "title", "description", "site_name", "image", "icon",
        "published", "author", "facts", "labels", "layout"
    };

    hash = 0xcbf29ce484222325ULL;

    for (i = 0; i < n(keys); i++) {
        value = json_object_get(card, keys[i]);
        hash = hash_add(hash, value ? "." : "!", 1);

        if (json_is_object(value)) {

            json_object_foreach(value, name, member) {
                hash = hash_add(hash, name, strlen(name));
                hash = hash_add(hash, &"onsirtfn"[json_typeof(member)], 1);
            }

        } else if (json_is_array(value)) {
            size_t  k;

            json_array_foreach(value, k, member) {
                name = json_string_value(json_object_get(member, "label"));
                hash = hash_add(hash, name && strcasecmp(name, "price") == 0
                                      ? "P" : "L", 1);
                hash = hash_add(hash,
                                json_is_string(json_object_get(member,
                                                               "value"))
                                ? "s" : "n", 1);
            }

        } else if (value != NULL) {
            hash = hash_add(hash, &"onsirtfn"[json_typeof(value)], 1);
        }
    }

    return hash;
}


static unsigned long long
hash_add(unsigned long long hash, const void *data, size_t len)
{
    const unsigned char  *p, *last;

    /* FNV-1a */

    p = data;

    for (last = p + len; p < last; p++) {
        hash = (hash ^ *p) * 0x100000001b3ULL;
    }

    return hash * 0x100000001b3ULL;
}


/* a copy with other texts; a new reference */

static json_t *
harmless(const char *key, json_t *value)
{
    size_t       i, len;
    json_t      *copy, *item;
    const char  *name;

    if (json_is_object(value)) {
        copy = json_object();

        json_object_foreach(value, name, item) {
            json_object_set_new(copy, name, harmless(name, item));
        }

        return copy;
    }

    if (json_is_array(value)) {
        copy = json_array();

        json_array_foreach(value, i, item) {
            json_array_append_new(copy, harmless(key, item));
        }

        return copy;
    }

    if (!json_is_string(value)) {
        return json_incref(value);
    }

    len = strlen(key);

    return (len >= 3 && strcmp(key + len - 3, "url") == 0)
           ? json_string("https://a.example/harmless")
           : strcmp(key, "layout") == 0 ? json_incref(value)
           : strcasecmp(json_string_value(value), "price") == 0
             ? json_incref(value)
           : json_string("harmless");
}


static void
failed(tally_t *t, const char *what, const char *text, size_t len)
{
    size_t  i;

    if (t->failed++ >= MAX_SHOWN) {
        return;
    }

    printf("# seed %llu, %s: ", page_seed, what);

    for (i = 0; i < len && i < 2000; i++) {
        if (text[i] >= ' ' && text[i] < 0x7f) {
            putchar(text[i]);

        } else {
            printf("\\x%02x", (unsigned char) text[i]);
        }
    }

    printf("\n");
    fflush(stdout);
}


/* what is to be noticed is */

static void
test_judges(void)
{
    size_t    i;
    tally_t   t;
    json_t   *value;

    static const char  *raw[] = {
        "{\"a\":\"<\"}", "{\"a\":\">\"}", "{\"a\":\"&\"}", "{\"a\":\"\x7f\"}",
        "{\"a\":\"\xe2\x80\xa8\"}", "{\"a\":\"\xe2\x80\xa9\"}",
        "{\"a\":\"\xc2\x85\"}", "{\n}"
    };

    static const char  *strings[] = {
        "{\"image\":{\"url\":\"javascript:alert(1)\"}}",
        "{\"url\":\"https://a.example/\\\"\"}", "{\"license\":\"/x\"}",
        "{\"title\":\"a\\u202eb\"}", "{\"tags\":[\"a\\u0000b\"]}",
        "{\"title\":\"\\udb40\\udc41\"}", "{\"author\":{\"name\":\"\\u200b\"}}"
    };

    static const char  *others[] = {
        "<p class=\"\"><b>a</b></p>", "<p class=\"\" onclick=\"\">a</p>",
        "<p>a</p>", "<p class=\"a\">a > b</p>", "<p class=\"<\">a</p>",
        "<p class=a>a</p>", "<p class='a'>a</p>", "<p class=\"a>b</p>"
    };

    for (i = 0; i < n(raw); i++) {
        memset(&t, 0, sizeof(t));
        t.failed = MAX_SHOWN;
        urlmeta_buf_reset(&body);
        urlmeta_buf_add_str(&body, raw[i]);
        check_json(&t, &body);
        ok(t.failed > MAX_SHOWN, "a raw character is noticed, %zu", i);
    }

    for (i = 0; i < n(strings); i++) {
        memset(&t, 0, sizeof(t));
        t.failed = MAX_SHOWN;
        value = json_loads(strings[i], JSON_ALLOW_NUL, NULL);
        check_strings(&t, "", value, 0);
        json_decref(value);
        ok(t.failed > MAX_SHOWN, "a string is noticed, %zu", i);
    }

    for (i = 0; i < n(others); i++) {
        ok(skeleton("<p class=\"b\">&lt;</p>") != skeleton(others[i]),
           "other elements are noticed, %zu", i);
    }

    ok(skeleton("<p class=\"b\">&lt;</p>")
       == skeleton("<p class=\"\">a 'b' \"c\"</p>"),
       "other texts make no difference");
    ok(skeleton("<a href=\"data:x\">a</a>")
       != skeleton("<a href=\"https://a.example/\">a</a>"),
       "another scheme does");
}


static void
test_mass(void)
{
    int                 fds[PROCESSES][2];
    pid_t               pid;
    tally_t             t, all;
    unsigned            i, count, part;
    const char         *text;
    unsigned long long  seed;

    text = getenv("TEST_URLMETA_PAGES");
    count = text ? (unsigned) strtoul(text, NULL, 10) : PAGES;

    text = getenv("TEST_URLMETA_SLOW");

    if (text != NULL && strtoul(text, NULL, 10) > 1
        && getenv("TEST_URLMETA_PAGES") == NULL)
    {
        count /= 8;
    }

    text = getenv("TEST_URLMETA_SEED");
    seed = text ? strtoull(text, NULL, 10) : (unsigned long long) time(NULL);

    printf("# %u pages from seed %llu on\n", count, seed);
    fflush(stdout);

    memset(&all, 0, sizeof(all));
    part = (count + PROCESSES - 1) / PROCESSES;

    for (i = 0; i < PROCESSES; i++) {

        if (pipe(fds[i]) != 0) {
            abort();
        }

        pid = fork();

        if (pid == -1) {
            abort();
        }

        if (pid == 0) {
            run_pages(&t, seed + i * (unsigned long long) part, part);
            _exit(write(fds[i][1], &t, sizeof(t)) == sizeof(t) ? 0 : 1);
        }

        close(fds[i][1]);
    }

    for (i = 0; i < PROCESSES; i++) {

        if (read(fds[i][0], &t, sizeof(t)) != sizeof(t)) {
            ok(0, "process %u ended early", i);
            continue;
        }

        all.failed += t.failed;
        all.details += t.details;
        all.errors += t.errors;
        all.bodies += t.bodies;
        close(fds[i][0]);
    }

    while (wait(NULL) != -1) { /* void */ }

    ok(all.failed == 0, "%u pages, %u with details, and %u errors: %u bodies, "
       "%u failures", part * PROCESSES, all.details, all.errors, all.bodies,
       all.failed);
    ok(all.details > 0 && all.errors == part * PROCESSES
       && all.bodies == (URLMETA_FORMAT_MAX + 1) * part * PROCESSES,
       "none was left out");
}
