
/*
 * Bytes to page to card: which way a document goes, and the whole way.
 */


#include <time.h>

#include "tap.h"
#include "page.h"


#define URL  "https://example.com/dir/doc"


static json_t *page(const char *type, const char *data, size_t len,
    size_t step, int *rc);
static void is_kind(const char *type, const char *data, const char *kind,
    const char *charset, const char *name);
static void is_title(const char *type, const char *data, const char *title,
    const char *name);
static void media(void);
static void kinds(void);
static void xml(void);
static void http(void);
static void card(void);
static void hostile(void);
static int is_untitled(const char *type, const char *data);
static void untitled(void);


int
main(void)
{
    urlmeta_init();

    media();
    kinds();
    xml();
    http();
    card();
    hostile();
    untitled();

    return done_testing();
}


static int
is_untitled(const char *type, const char *data)
{
    int                rc;
    urlmeta_buf_t      out;
    urlmeta_http_t     transfer;
    urlmeta_reader_t  *rd;

    memset(&out, 0, sizeof(urlmeta_buf_t));
    memset(&transfer, 0, sizeof(urlmeta_http_t));

    transfer.requested_url = URL;
    transfer.effective_url = URL;
    transfer.status = 200;

    rd = urlmeta_reader_create(URL, type, 0);

    if (*data) {
        urlmeta_reader_feed(rd, data, strlen(data));
    }

    rc = urlmeta_reader_card(rd, &transfer, &out) == URLMETA_OK
         ? urlmeta_reader_untitled(rd) : -1;

    urlmeta_reader_destroy(rd);
    urlmeta_buf_free(&out);

    return rc;
}


static void
untitled(void)
{
    ok(is_untitled("text/html", "") == 1, "untitled: nothing came");
    ok(is_untitled("text/html", "<p>text") == 1, "untitled: only text");
    ok(is_untitled("text/html", "<title></title><meta name=viewport "
                                "content=x><p>text") == 1,
       "untitled: an empty title");
    ok(is_untitled("text/html", "<title>T") == 0, "untitled: a title");
    ok(is_untitled("text/html", "<h1>T</h1>") == 0, "untitled: a heading");
    ok(is_untitled("text/html", "<meta property=og:title content=T>") == 0,
       "untitled: og:title");
    ok(is_untitled("image/png", "\x89PNG\r\n") == 0, "untitled: a picture");
}


static json_t *
page(const char *type, const char *data, size_t len, size_t step, int *rc)
{
    char              *piece;
    size_t             i, n;
    json_t            *p;
    urlmeta_reader_t  *rd;

    rd = urlmeta_reader_create(URL, type, 0);
    *rc = URLMETA_OK;

    for (i = 0; i < len && *rc == URLMETA_OK; i += n) {
        n = len - i < step ? len - i : step;
        piece = malloc(n);
        memcpy(piece, data + i, n);

        *rc = urlmeta_reader_feed(rd, piece, n);

        free(piece);
    }

    p = urlmeta_reader_page(rd);
    urlmeta_reader_destroy(rd);

    return p;
}


static void
media(void)
{
    size_t  i;

    static const struct {
        const char       *type;
        urlmeta_media_e   media;
    } cases[] = {
        { NULL, URLMETA_MEDIA_UNKNOWN },
        { "", URLMETA_MEDIA_UNKNOWN },
        { "html", URLMETA_MEDIA_UNKNOWN },
        { "text/", URLMETA_MEDIA_UNKNOWN },
        { "text/html", URLMETA_MEDIA_HTML },
        { " Text/HTML;charset=x", URLMETA_MEDIA_HTML },
        { "text/html, text/html", URLMETA_MEDIA_HTML },
        { "application/xhtml+xml", URLMETA_MEDIA_XHTML },
        { "application/rss+xml; charset=utf-8", URLMETA_MEDIA_XML },
        { "application/atom+xml", URLMETA_MEDIA_XML },
        { "text/xml", URLMETA_MEDIA_XML },
        { "application/octet-stream", URLMETA_MEDIA_UNKNOWN },
        { "image/svg+xml", URLMETA_MEDIA_IMAGE },
        { "IMAGE/png", URLMETA_MEDIA_IMAGE },
        { "video/mp4", URLMETA_MEDIA_VIDEO },
        { "audio/mpeg", URLMETA_MEDIA_AUDIO },
        { "text/plain", URLMETA_MEDIA_TEXT },
        { "text/css", URLMETA_MEDIA_TEXT },
        { "application/pdf", URLMETA_MEDIA_FILE },
        { "application/json", URLMETA_MEDIA_FILE }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is_int(urlmeta_media_type(cases[i].type), cases[i].media,
               cases[i].type ? cases[i].type : "no type");
    }

    is_int(urlmeta_media_sniff("<!DOCTYPE html>", 15), URLMETA_MEDIA_HTML,
           "a doctype");
    is_int(urlmeta_media_sniff(" \n<P>", 5), URLMETA_MEDIA_HTML, "a tag");
    is_int(urlmeta_media_sniff("<P", 2), URLMETA_MEDIA_TEXT, "half a tag");
    is_int(urlmeta_media_sniff("<pre>", 5), URLMETA_MEDIA_TEXT,
           "a tag that the standard does not sniff");
    is_int(urlmeta_media_sniff("\xef\xbb\xbf<html>", 9), URLMETA_MEDIA_HTML,
           "a byte order mark");
    is_int(urlmeta_media_sniff("\xff\xfe<\0h\0t\0m\0l\0>\0", 14),
           URLMETA_MEDIA_HTML, "UTF-16");
    is_int(urlmeta_media_sniff("<?xml version", 13), URLMETA_MEDIA_XML,
           "XML");
    is_int(urlmeta_media_sniff("<rss version", 12), URLMETA_MEDIA_XML, "RSS");
    is_int(urlmeta_media_sniff("\x89PNG\r\n\x1a\n", 8), URLMETA_MEDIA_IMAGE,
           "PNG");
    is_int(urlmeta_media_sniff("RIFF....WEBPVP8 ", 16), URLMETA_MEDIA_IMAGE,
           "WebP");
    is_int(urlmeta_media_sniff("\0\0\0\x20" "ftypisom", 12),
           URLMETA_MEDIA_VIDEO, "MP4");
    is_int(urlmeta_media_sniff("ID3\3", 4), URLMETA_MEDIA_AUDIO, "MP3");
    is_int(urlmeta_media_sniff("hello", 5), URLMETA_MEDIA_TEXT, "text");
    is_int(urlmeta_media_sniff("PK\3\4", 4), URLMETA_MEDIA_FILE, "a file");
    is_int(urlmeta_media_sniff("", 0), URLMETA_MEDIA_HTML, "nothing");
}


static void
is_kind(const char *type, const char *data, const char *kind,
    const char *charset, const char *name)
{
    int          rc;
    size_t       i;
    json_t      *p;
    const char  *key;

    static const char  *arrays[] = {
        "titles", "meta", "itemprop_meta", "http_equiv", "link", "json_ld",
        "headings", "links", NULL
    };

    p = page(type, data, strlen(data), 3, &rc);

    is_str(json_string_value(json_object_get(p, "kind")), kind, name);

    key = json_string_value(json_object_get(json_object_get(p, "charset"),
                                            "name"));

    if ((key == NULL) != (charset == NULL)
        || (key && strcmp(key, charset) != 0))
    {
        is_str(key, charset, name);
    }

    for (i = 0; arrays[i]; i++) {

        if (!json_is_array(json_object_get(p, arrays[i]))) {
            ok(0, "%s: %s", name, arrays[i]);
        }
    }

    if (!json_is_boolean(json_object_get(p, "truncated"))
        || strcmp(json_string_value(json_object_get(p, "url")), URL) != 0
        || strcmp(json_string_value(json_object_get(p, "base")), URL) != 0)
    {
        ok(0, "%s: the other keys", name);
    }

    json_decref(p);
}


static void
kinds(void)
{
    int     rc;
    char    big[2000];
    json_t  *p;

    is_kind("text/html", "x", "html", "utf-8", "HTML");
    is_kind("text/html", "", "html", NULL, "HTML that is empty");
    is_kind(NULL, "<html><p>\xe9", "html", "windows-1252", "sniffed HTML");
    is_kind(NULL, "<?xml version='1.0'?><rss/>", "feed", "utf-8",
            "sniffed feed");
    is_kind(NULL, "hello", "text", NULL, "sniffed text");
    is_kind(NULL, "", "html", NULL, "nothing at all");
    is_kind("image/png", "\x89PNG", "image", NULL, "an image");
    is_kind("video/mp4", "x", "video", NULL, "a video");
    is_kind("audio/ogg", "x", "audio", NULL, "audio");
    is_kind("text/plain; charset=latin1", "<html>", "text", "windows-1252",
            "text is not sniffed");
    is_kind("application/pdf", "%PDF", "file", NULL, "a file");
    is_kind("application/octet-stream", "\x89PNG\r\n\x1a\n", "image", NULL,
            "an image that the server does not know");
    is_kind("application/octet-stream", "<html><title>x", "file", NULL,
            "bytes are no page");
    is_kind(" Binary/Octet-Stream; x=y", "hello", "file", NULL, "nor text");
    is_kind("application/xml", "<data/>", "xml", "utf-8", "XML");

    memset(big, 'x', sizeof(big));

    p = page("image/png", big, sizeof(big), 1000, &rc);
    is_int(rc, URLMETA_DONE, "of an image nothing more is wanted");
    json_decref(p);

    p = page(NULL, big, sizeof(big), 100, &rc);
    is_int(rc, URLMETA_DONE, "of text nothing but what is sniffed");
    json_decref(p);
}


static void
is_title(const char *type, const char *data, const char *title,
    const char *name)
{
    int          rc;
    size_t       i;
    json_t      *p;

    static const size_t  steps[] = { 1, 100, 16384 };

    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        p = page(type, data, strlen(data), steps[i], &rc);

        is_str(json_string_value(
                   json_array_get(json_object_get(p, "titles"), 0)),
               title, name);

        json_decref(p);
    }
}


static void
xml(void)
{
    int             rc;
    json_t         *p;
    urlmeta_buf_t   b;

    is_title("application/xhtml+xml",
             "<html xmlns='http://www.w3.org/1999/xhtml'><head>"
             "<title>A<![CDATA[<]]></title></head><body/></html>", "A<",
             "XHTML");
    is_title("application/xhtml+xml",
             "<html><head><meta charset=utf-8><title>A&nbsp;\xc3\xa9</title>"
             "<br></p>", "A\xc2\xa0\xc3\xa9",
             "what is not well-formed is read as HTML");
    is_title("application/xhtml+xml",
             "<!DOCTYPE html><html><head><meta charset='latin1'/>"
             "<title>\xe9</title><br></html>", "\xc3\xa9",
             "and by HTML's rules for encodings");
    is_title("application/xml", "<!DOCTYPE html><p><title>x</title>", NULL,
             "XML whose root is another");
    is_title("text/xml; charset=latin1",
             "<?xml version='1.0' encoding='utf-8'?><rss><channel>"
             "<title>\xe9</title></channel></rss>", "\xc3\xa9",
             "the header says how a feed is encoded");

    /* an error beyond what is kept */

    memset(&b, 0, sizeof(b));
    urlmeta_buf_printf(&b, "<html><head><title>A</title></head><body>"
                       "%*s<br></html>", 70000, "");
    p = page("application/xhtml+xml", b.data, b.len, 1400, &rc);
    is_str(json_string_value(
               json_array_get(json_object_get(p, "titles"), 0)), "A",
           "an error late in a long document");
    json_decref(p);

    /* an error just before, which is met at the end */

    urlmeta_buf_reset(&b);
    urlmeta_buf_printf(&b, "<html><head><title>A</title></head><body>"
                       "%*s<h1>H</h1>", 60000, "");
    p = page("application/xhtml+xml", b.data, b.len, 1400, &rc);
    is_int((long long) json_array_size(json_object_get(p, "headings")), 1,
           "a long document that ends early");
    json_decref(p);
    urlmeta_buf_free(&b);
}


static void
http(void)
{
    json_t              *j;
    urlmeta_http_t       h;
    urlmeta_redirect_t   r[2];

    memset(&h, 0, sizeof(h));

    h.requested_url = "http://a/";
    h.effective_url = "http://b/";
    h.status = 200;
    h.content_disposition = "attachment; filename=\xe9";
    h.bytes = 5000000000UL;
    h.fetched_at = 1700000000;
    h.truncated = 1;
    h.redirects = r;
    h.nredirects = 2;
    r[0].status = 301;
    r[0].url = "http://a/";
    r[1].status = 302;
    r[1].url = "http://c/";

    j = urlmeta_http_json(&h);

    is_int((long long) json_object_size(j), 12, "all keys of http");
    is_str(json_string_value(json_object_get(j, "content_disposition")),
           "attachment; filename=\xef\xbf\xbd", "a header that is not UTF-8");
    ok(json_is_null(json_object_get(j, "content_type"))
       && json_is_null(json_object_get(j, "link")), "headers that are absent");
    is_int(json_integer_value(json_object_get(j, "bytes")), 5000000000LL,
           "bytes");
    is_int(json_integer_value(json_object_get(j, "fetched_at")), 1700000000,
           "time");
    ok(json_is_true(json_object_get(j, "truncated")), "truncated");
    is_str(json_string_value(json_object_get(
               json_array_get(json_object_get(j, "redirects"), 1), "url")),
           "http://c/", "redirects");

    json_decref(j);
}


static void
card(void)
{
    json_t            *j;
    urlmeta_buf_t      out;
    urlmeta_http_t     h;
    urlmeta_reader_t  *rd;

    static const char  html[] =
        "<!DOCTYPE html><html lang=en><meta charset=utf-8>"
        "<title>T &amp; t</title><meta name=description content=D>";

    memset(&h, 0, sizeof(h));
    memset(&out, 0, sizeof(out));

    h.requested_url = URL;
    h.effective_url = URL;
    h.status = 200;
    h.content_type = "text/html";

    rd = urlmeta_reader_create(URL, h.content_type, 0);
    urlmeta_reader_feed(rd, html, sizeof(html) - 1);
    is_int(urlmeta_reader_card(rd, &h, &out), URLMETA_OK, "a card");
    urlmeta_reader_destroy(rd);

    j = json_loadb(out.data, out.len, 0, NULL);
    is_str(json_string_value(json_object_get(j, "title")), "T & t", "title");
    is_str(json_string_value(json_object_get(j, "description")), "D",
           "description");
    is_str(json_string_value(json_object_get(
               json_object_get(j, "http"), "charset")), "utf-8", "charset");
    json_decref(j);

    /* of a document that never came */

    urlmeta_buf_reset(&out);
    rd = urlmeta_reader_create(URL, NULL, 1);
    is_int(urlmeta_reader_card(rd, &h, &out), URLMETA_OK, "an empty card");
    urlmeta_reader_destroy(rd);

    j = json_loadb(out.data, out.len, 0, NULL);
    is_str(json_string_value(json_object_get(j, "effective_url")), URL,
           "has its address");
    json_decref(j);

    urlmeta_buf_free(&out);
}


static void
hostile(void)
{
    int            rc;
    size_t         i, k, n;
    json_t        *p;
    clock_t        start;
    unsigned       seed;
    urlmeta_buf_t  b;

    static const char  *types[] = {
        "text/html", "application/xhtml+xml", "application/rss+xml", NULL
    };

    memset(&b, 0, sizeof(b));
    start = clock();
    seed = 7;

    /* pieces of markup in any order, as any type */

    static const char  *parts[] = {
        "<", ">", "\"", "'", "=", "/", "!", "-", "--", "[", "]", "]]>", "?",
        "&", ";", "&amp;", "<title>", "</title>", "<html>", "<meta ", "content",
        "<![CDATA[", "<!DOCTYPE ", "<?xml ", "\xe9", "\xc3\xa9", "\0", "a",
        " ", "<rss>", "<channel>", "<svg>", "</", "<script>", "{\"a\":",
        "<!ENTITY a '", "charset=utf-16", "\n", "\xff\xfe", "<b/>"
    };

    for (k = 0; k < 400; k++) {
        urlmeta_buf_reset(&b);

        for (i = 0; i < 200; i++) {
            seed = seed * 1103515245 + 12345;
            n = (seed >> 16) % (sizeof(parts) / sizeof(parts[0]));
            urlmeta_buf_add(&b, parts[n], parts[n][0] ? strlen(parts[n]) : 1);
        }

        p = page(types[k % 4], b.data, b.len, 1 + k % 50, &rc);

        if (p == NULL) {
            ok(0, "no page for any markup");
        }

        json_decref(p);
    }

    ok(clock() - start < 5 * CLOCKS_PER_SEC, "markup in any order");

    urlmeta_buf_free(&b);
}
