
/*
 * Formats of other services: cards that no reader would make, options, what is
 * escaped, every error.
 */


#include "tap.h"
#include "formats_map.h"
#include "utf8.h"


static const char *convert(urlmeta_format_e format, const char *card);
static const char *tailored(const urlmeta_format_options_t *options,
    const char *card);
static json_t *body(void);
static const char *text(const char *path);
static long long number(const char *path);
static int is_clean(void);
static const char *escaped(const char *from, size_t len);
static int asks(urlmeta_format_e *format, urlmeta_format_options_t *options,
    const char *args);
static void test_any_card(void);
static void test_random_cards(void);
static void test_values(void);
static void test_oembed(void);
static void test_discord(void);
static void test_escape(void);
static void test_arguments(void);
static void test_errors(void);
static json_t *random_value(unsigned depth);


static urlmeta_buf_t  buf;
static json_t        *parsed;


int
main(void)
{
    test_any_card();
    test_random_cards();
    test_values();
    test_oembed();
    test_discord();
    test_escape();
    test_arguments();
    test_errors();

    json_decref(parsed);
    urlmeta_buf_free(&buf);

    return done_testing();
}


static const char *
convert(urlmeta_format_e format, const char *card)
{
    urlmeta_buf_reset(&buf);

    return urlmeta_format_card(format, card, strlen(card), &buf) == URLMETA_OK
           ? buf.data : NULL;
}


static const char *
tailored(const urlmeta_format_options_t *options, const char *card)
{
    urlmeta_buf_reset(&buf);

    return urlmeta_format_card_with(URLMETA_FORMAT_OEMBED, options, card,
                                    strlen(card), &buf) == URLMETA_OK
           ? buf.data : NULL;
}


/* of what was converted last */

static json_t *
body(void)
{
    json_decref(parsed);
    parsed = json_loadb(buf.data ? buf.data : "", buf.len, JSON_ALLOW_NUL,
                        NULL);

    return parsed;
}


static const char *
text(const char *path)
{
    return urlmeta_formats_get(body(), path);
}


static long long
number(const char *path)
{
    json_t  *value;

    value = urlmeta_formats_find(body(), path, strlen(path));

    return json_is_integer(value) ? json_integer_value(value) : -1;
}


static int
is_clean(void)
{
    size_t  i;

    for (i = 0; i < buf.len; i++) {
        if ((unsigned char) buf.data[i] < 0x20
            || strchr("<>&\x7f", buf.data[i]))
        {
            return 0;
        }

        if (buf.len - i > 2
            && (memcmp(buf.data + i, "\xe2\x80\xa8", 3) == 0
                || memcmp(buf.data + i, "\xe2\x80\xa9", 3) == 0))
        {
            return 0;
        }
    }

    return urlmeta_utf8_valid(buf.data, buf.len) == buf.len;
}


static void
test_any_card(void)
{
    int     format, clean, objects, empty;
    size_t  i;

    static const char  *const cards[] = {
        "{}",
        "[]",
        "{\"title\":1,\"url\":{},\"image\":[],\"author\":\"x\",\"icon\":7,"
        "\"authors\":{},\"images\":\"x\",\"icons\":[1,null,[]],\"tags\":{},"
        "\"labels\":[[],1],\"feeds\":[[]],\"facts\":[],\"player\":true,"
        "\"video\":[1],\"http\":\"x\",\"layout\":[],\"alternates\":[1],"
        "\"theme_color\":{},\"published\":[],\"type\":{}}",
        "{\"url\":\"javascript:alert(1)\",\"image\":{\"url\":\"data:x,y\","
        "\"width\":10,\"height\":10},\"icon\":{\"url\":\"javascript:1\"},"
        "\"player\":{\"url\":\"javascript:alert(1)\"},\"video\":{\"url\":"
        "\"vbscript:x\"},\"author\":{\"name\":\"x\",\"url\":\"file:///x\"},"
        "\"images\":[{\"url\":\"about:x\"}],\"type\":\"image\","
        "\"feeds\":[{\"url\":\"javascript:1\"}],\"requested_url\":\"x:y\"}",
        "{\"title\":\"a\\u0000b\",\"player\":{\"url\":\"https://a\\u0000b\"},"
        "\"theme_color\":\"#fff\\u0000\",\"published\":\"2024\\u0000\"}",
        "{\"image\":{\"url\":\"https://a\",\"width\":-9223372036854775808,"
        "\"height\":9223372036854775807},\"player\":{\"url\":\"https://b\","
        "\"width\":9223372036854775807,\"height\":1},\"type\":\"image\"}"
    };

    clean = 1;
    objects = 1;

    for (i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
        for (format = 0; format < URLMETA_FORMAT_MAX; format++) {

            if (!urlmeta_formats_is_dialect(format)) {
                continue;
            }

            if (convert(format, cards[i]) == NULL) {
                objects = 0;
            }

            if (format == URLMETA_FORMAT_OEMBED_XML) {
                continue;
            }

            if (!is_clean() || strstr(buf.data, "javascript:")
                || strstr(buf.data, "data:") || strstr(buf.data, "file:"))
            {
                printf("# %s: %s\n", urlmeta_format_name(format), buf.data);
                clean = 0;
            }

            if (!json_is_object(body())) {
                objects = 0;
            }
        }
    }

    ok(objects, "whatever a card has, there is a body");
    ok(clean, "without an address of another scheme");

    empty = 0;

    for (format = 0; format < URLMETA_FORMAT_MAX; format++) {
        if (urlmeta_formats_is_dialect(format)
            && convert(format, "{\"a\":") != NULL)
        {
            empty = 1;
        }
    }

    ok(!empty && buf.len == 0, "what is no card gives none");
    ok(!urlmeta_formats_is_dialect(URLMETA_FORMAT_JSON)
       && !urlmeta_formats_is_dialect(URLMETA_FORMAT_UNKNOWN)
       && !urlmeta_formats_is_dialect(URLMETA_FORMAT_MAX),
       "what is none of these formats");
}


/* values of any type under the names that cards have */

static json_t *
random_value(unsigned depth)
{
    int      n;
    json_t  *value;

    static const char  *const names[] = {
        "url", "title", "description", "image", "images", "icon", "icons",
        "author", "authors", "name", "width", "height", "type", "player",
        "video", "http", "content_type", "published", "labels", "label",
        "value", "feeds", "facts", "layout", "theme_color", "sizes", "rel",
        "logo", "alternates", "tags", "host", "site_name", "requested_url"
    };
    static const char  *const texts[] = {
        "", "https://a.example/x.jpg?<>&\"'", "image", "video.other",
        "<script>", "]]>\xe2\x80\xa8", "#12f", "2024-01-02T03:04:05+02:00",
        "999999x1", "image/jpeg", "large", "\xf0\x9f\x98\x80", "text/html"
    };

    switch (rand() % (depth ? 8 : 5)) {

    case 0:
        return json_integer(rand() - RAND_MAX / 2);

    case 1:
        return json_null();

    case 2:
        return json_true();

    case 3:
    case 4:
        return json_string(texts[(size_t) rand()
                                 % (sizeof(texts) / sizeof(texts[0]))]);

    case 5:
        value = json_array();

        for (n = rand() % 4; n; n--) {
            json_array_append_new(value, random_value(depth - 1));
        }

        return value;

    default:
        value = json_object();

        for (n = rand() % 24; n; n--) {
            json_object_set_new(value, names[(size_t) rand()
                                         % (sizeof(names) / sizeof(names[0]))],
                                random_value(depth - 1));
        }

        return value;
    }
}


static void
test_random_cards(void)
{
    int                        i, format, good;
    json_t                    *card;
    urlmeta_format_options_t   options;

    memset(&options, 0, sizeof(options));

    options.embed = "https://c.example/?u=";
    options.embed_len = strlen(options.embed);
    options.max_width = 300;
    options.max_height = 200;
    options.group = 1;

    good = 1;
    srand(7);

    for (i = 0; i < 3000; i++) {
        card = random_value(3);
        format = i % URLMETA_FORMAT_MAX;

        if (!urlmeta_formats_is_dialect(format)) {
            json_decref(card);
            continue;
        }

        urlmeta_buf_reset(&buf);

        if (urlmeta_formats_dialect(format, card, (i & 1) ? &options : NULL,
                                    &buf) != URLMETA_OK
            || (format != URLMETA_FORMAT_OEMBED_XML
                && (!is_clean() || !json_is_object(body()))))
        {
            printf("# %s\n", urlmeta_format_name(format));
            good = 0;
        }

        json_decref(card);
    }

    ok(good, "3,000 random cards");
}


static void
test_values(void)
{
    convert(URLMETA_FORMAT_METASCRAPER,
            "{\"published\":\"2024-01-02T03:04:05+02:00\"}");
    is_str(text("date"), "2024-01-02T01:04:05.000Z", "a date in UTC");
    convert(URLMETA_FORMAT_METASCRAPER, "{\"published\":\"2024-03\"}");
    is_str(text("date"), "2024-03-01T00:00:00.000Z", "a month");
    convert(URLMETA_FORMAT_METASCRAPER, "{\"published\":\"soon\"}");
    is_str(text("date"), NULL, "no date");

    convert(URLMETA_FORMAT_MASTODON,
            "{\"url\":\"https://a.example:8443/x?y#z\"}");
    is_str(text("provider_url"), "https://a.example:8443/", "an origin");
    convert(URLMETA_FORMAT_MASTODON, "{\"url\":\"http://[::1]?x\"}");
    is_str(text("provider_url"), "http://[::1]/", "of another URL");
    ok(json_string_value(json_object_get(body(), "title")) != NULL,
       "strings that are empty are there");

    convert(URLMETA_FORMAT_OGS, "{\"images\":[{\"url\":\"https://a/b.PNG\"},"
            "{\"url\":\"https://a/b.webp?x=.gif\"},{\"url\":\"https://a.jpg\"},"
            "{\"url\":\"https://a/x\",\"type\":\"image/svg+xml; a=b\"},"
            "{\"url\":\"https://a/x\",\"type\":\"image/jpeg\"}]}");
    is_str(text("ogImage.0.type"), NULL, "an extension of another spelling");
    is_str(text("ogImage.1.type"), "webp", "an extension");
    is_str(text("ogImage.2.type"), NULL, "a host is none");
    is_str(text("ogImage.3.type"), "svg", "a type with parameters");
    is_str(text("ogImage.4.type"), "jpg", "a type");

    convert(URLMETA_FORMAT_OGS, "{\"json_ld\":[{\"text\":\"{\",\"error\":"
            "\"x\"},{\"text\":\"{}\",\"value\":{\"@type\":\"Thing\"}}]}");
    is_str(text("jsonLD.0.@type"), "Thing", "JSON-LD with details");

    convert(URLMETA_FORMAT_LINK_PREVIEW_JS, "{\"type\":\"file\",\"title\":"
            "\"x\",\"http\":{\"content_type\":\"application/pdf; a=b\"}}");
    is_str(text("mediaType"), "application", "a file");
    is_str(text("contentType"), "application/pdf", "its type");
    is_str(text("title"), NULL, "and no title");

    convert(URLMETA_FORMAT_IFRAMELY, "{\"icon\":{\"url\":\"https://a/i\","
            "\"sizes\":\"48x32\",\"rel\":\"apple-touch-icon\"},"
            "\"type\":\"music.song\"}");
    is_int(number("links.0.media.width"), 48, "an icon's width");
    is_int(number("links.0.media.height"), 32, "and height");
    is_str(text("links.0.rel.1"), "apple-touch-icon", "and rel");
    is_str(text("meta.medium"), "audio", "a medium");
    convert(URLMETA_FORMAT_IFRAMELY, "{\"icon\":{\"url\":\"https://a/i\","
            "\"sizes\":\"any\"},\"type\":\"website\"}");
    is_int(number("links.0.media.width"), -1, "no size");
    is_str(text("meta.medium"), NULL, "no medium");
}


static void
test_oembed(void)
{
    urlmeta_format_options_t  options;

    static const char  photo[] =
        "{\"type\":\"image\",\"url\":\"https://a/p\",\"image\":{\"url\":"
        "\"https://a/p.jpg\",\"width\":4000,\"height\":1}}";
    static const char  page[] =
        "{\"url\":\"https://a/\",\"requested_url\":\"https://a/?x=\\\"<&>'\","
        "\"layout\":\"large\",\"image\":{\"url\":\"https://a/p.jpg\","
        "\"width\":500,\"height\":400}}";

    memset(&options, 0, sizeof(options));

    tailored(&options, photo);
    is_str(text("type"), "photo", "a photo");
    is_str(text("url"), "https://a/p.jpg", "its address");
    is_str(text("thumbnail_url"), NULL, "and no thumbnail");

    options.max_width = 100;
    tailored(&options, photo);
    is_int(number("width"), 100, "a flat one");
    is_int(number("height"), 1, "has a height");

    convert(URLMETA_FORMAT_OEMBED,
            "{\"type\":\"image\",\"image\":{\"url\":\"https://a/p.jpg\"}}");
    is_str(text("type"), "link", "a photo of no known size is a link");

    convert(URLMETA_FORMAT_OEMBED, "{\"type\":\"video\",\"video\":"
            "{\"url\":\"https://a/v.mp4?a&b\"}}");
    is_str(text("type"), "video", "a video file");
    ok(text("html") && strncmp(text("html"), "<video src=\""
                               "https://a/v.mp4?a&amp;b\" ", 37) == 0,
       "in its element");

    options.max_width = 499;
    tailored(&options, page);
    is_str(text("thumbnail_url"), NULL, "a thumbnail that is too wide");
    options.max_width = 500;
    options.max_height = 400;
    tailored(&options, page);
    is_int(number("thumbnail_height"), 400, "one that fits");

    options.embed = "https://c/\"><script>?u=";
    options.embed_len = strlen(options.embed);
    tailored(&options, page);
    is_str(text("type"), "rich", "rich");
    ok(text("html") && strstr(text("html"), "<script>") == NULL
       && strstr(text("html"), "src=\"https://c/&quot;&gt;&lt;script&gt;?u="
                 "https%3A%2F%2Fa%2F%3Fx%3D%22%3C%26%3E%27\" width=\"500\" "
                 "height=\"400\"") != NULL,
       "an address in an attribute, a URL in an argument");

    options.max_height = 0;
    tailored(&options, page);
    is_int(number("height"), 500 * 314 / 600 + 168, "the layout's height");
}


static void
test_discord(void)
{
    int      i;
    size_t   len;
    json_t  *card;
    char     title[2000];

    convert(URLMETA_FORMAT_DISCORD, "{\"theme_color\":\"#0a5\"}");
    is_int(number("color"), 0x00aa55, "a short color");
    convert(URLMETA_FORMAT_DISCORD, "{\"theme_color\":\"#F0a5c3\"}");
    is_int(number("color"), 0xf0a5c3, "a long one");
    convert(URLMETA_FORMAT_DISCORD, "{\"theme_color\":\"#f0a5c3ff\"}");
    is_int(number("color"), -1, "one with alpha");
    convert(URLMETA_FORMAT_DISCORD, "{\"theme_color\":\"red\"}");
    is_int(number("color"), -1, "a name");
    convert(URLMETA_FORMAT_DISCORD, "{\"author\":{\"url\":\"https://a/\"}}");
    ok(json_object_get(body(), "author") == NULL,
       "an author without a name is none");

    /* each of these is two units */

    for (i = 0; i < 400; i++) {
        memcpy(title + 4 * i, "\xf0\x9f\x98\x80", 4);
    }

    card = json_pack("{s:s#}", "title", title, 4 * 128);
    urlmeta_buf_reset(&buf);
    urlmeta_formats_dialect(URLMETA_FORMAT_DISCORD, card, NULL, &buf);
    json_decref(card);
    is_int((long long) strlen(text("title")), 4 * 128, "256 units");

    card = json_pack("{s:s#}", "title", title, 4 * 129);
    urlmeta_buf_reset(&buf);
    urlmeta_formats_dialect(URLMETA_FORMAT_DISCORD, card, NULL, &buf);
    json_decref(card);
    len = strlen(text("title"));
    is_int((long long) len, 4 * 127 + 3, "258 are cut, with an ellipsis");
    ok(urlmeta_utf8_valid(text("title"), len) == len,
       "at a character's end");

    memset(title, 'x', sizeof(title));
    card = json_pack("{s:s#}", "title", title, 257);
    urlmeta_buf_reset(&buf);
    urlmeta_formats_dialect(URLMETA_FORMAT_DISCORD, card, NULL, &buf);
    json_decref(card);
    is_int((long long) strlen(text("title")), 255 + 3, "257 letters");

    card = json_pack("{s:[]}", "labels");

    for (i = 0; i < 30; i++) {
        json_array_append_new(json_object_get(card, "labels"),
                              json_pack("{s:s, s:s}", "label", "a", "value",
                                        "b"));
    }

    urlmeta_buf_reset(&buf);
    urlmeta_formats_dialect(URLMETA_FORMAT_DISCORD, card, NULL, &buf);
    json_decref(card);
    is_int((long long) json_array_size(json_object_get(body(), "fields")), 25,
           "25 fields");
}


static const char *
escaped(const char *from, size_t len)
{
    urlmeta_buf_reset(&buf);

    return urlmeta_formats_escape(from, len, &buf) == URLMETA_OK ? buf.data
                                                                 : NULL;
}


static void
test_escape(void)
{
    is_str(escaped("a<b>&\"'c]]>", 11),
           "a&lt;b&gt;&amp;&quot;&#39;c]]&gt;", "markup");
    is_str(escaped("\t\n\r", 3), "&#9;&#10;&#13;", "white space");
    is_str(escaped("\0\x01\x1f\x7f", 4),
           "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "controls");
    is_str(escaped("\xc2\x80\xc2\xa0\xc2", 5),
           "\xef\xbf\xbd\xc2\xa0\xc2", "C1 controls");
    is_str(escaped("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x82\xac", 12),
           "&#8232;&#8233;\xe2\x80\xaa\xe2\x82\xac", "separators");
    is_str(escaped("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd\xef\xbb\xbf", 12),
           "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbb\xbf",
           "noncharacters");
    is_str(escaped("\xe2\x80", 2), "\xe2\x80", "the end of a text");
    is_str(escaped("x", 0), "", "nothing");
}


static int
asks(urlmeta_format_e *format, urlmeta_format_options_t *options,
    const char *args)
{
    *format = URLMETA_FORMAT_OEMBED;
    memset(options, 0, sizeof(urlmeta_format_options_t));

    return urlmeta_format_arguments(format, options, args, strlen(args));
}


static void
test_arguments(void)
{
    urlmeta_format_e          format;
    urlmeta_format_options_t  options;

    ok(asks(&format, &options, "") && format == URLMETA_FORMAT_OEMBED
       && options.max_width == 0, "no arguments");
    ok(asks(&format, &options, "maxwidth=5&format=xml&maxheight=007")
       && format == URLMETA_FORMAT_OEMBED_XML && options.max_width == 5
       && options.max_height == 7, "all of them");
    ok(asks(&format, &options, "format=json") && format
       == URLMETA_FORMAT_OEMBED, "json");
    ok(asks(&format, &options, "format=oembed"), "its own name");
    ok(asks(&format, &options, "format=oembed-xml")
       && format == URLMETA_FORMAT_OEMBED_XML, "that of its sibling");
    ok(asks(&format, &options, "format=&maxwidth="), "empty ones");
    ok(!asks(&format, &options, "format=XML"), "another one");
    ok(!asks(&format, &options, "format=jsonp&format=json"),
       "the first counts");
    ok(asks(&format, &options, "&&=&maxwidth&maxwidth=100001&maxheight=1e3")
       && options.max_width == 0 && options.max_height == 0, "no numbers");
    ok(asks(&format, &options, "maxwidth=18446744073709551617")
       && options.max_width == 0, "one that is too large");

    format = URLMETA_FORMAT_JSON;
    memset(&options, 0, sizeof(options));
    ok(urlmeta_format_arguments(&format, &options, "format=yaml&maxwidth=1",
                                22)
       && options.max_width == 0, "of no concern to another format");

    format = URLMETA_FORMAT_IFRAMELY;
    ok(urlmeta_format_arguments(&format, &options, "group=1", 7)
       && options.group, "a group");
    ok(urlmeta_format_arguments(&format, &options, "group=0", 7)
       && !options.group, "no group");
    ok(urlmeta_format_arguments(&format, &options, NULL, 0)
       && !options.group, "nothing");
}


static void
test_errors(void)
{
    int  e, format, good, status;

    static const char  url[] = "http://x/</oembed>]]>\"&\xff\xe2\x80\xa8";

    good = 1;

    for (format = 0; format < URLMETA_FORMAT_MAX; format++) {

        if (!urlmeta_formats_is_dialect(format)) {
            continue;
        }

        for (e = 1; e < URLMETA_E_MAX; e++) {
            urlmeta_buf_reset(&buf);

            if (urlmeta_format_error(format, e, (e & 1) ? url : NULL,
                                     (e & 1) ? sizeof(url) - 1 : 0, 500,
                                     &buf) != URLMETA_OK
                || (format != URLMETA_FORMAT_OEMBED_XML && !is_clean())
                || (format != URLMETA_FORMAT_OEMBED_XML
                    && format != URLMETA_FORMAT_UNFURL
                    && !json_is_object(body())))
            {
                printf("# %s: %s\n", urlmeta_format_name(format), buf.data);
                good = 0;
            }

            status = (int) urlmeta_format_error_status(format, e, 500);

            if ((status < 400 || status > 599)
                && format != URLMETA_FORMAT_EDITORJS)
            {
                good = 0;
            }
        }
    }

    ok(good, "every error has a body and a status in every format");

    is_int(urlmeta_format_error_status(URLMETA_FORMAT_OEMBED,
                                       URLMETA_E_UPSTREAM_STATUS, 403), 401,
           "oEmbed: private");
    is_int(urlmeta_format_error_status(URLMETA_FORMAT_IFRAMELY,
                                       URLMETA_E_UPSTREAM_TIMEOUT, 0), 408,
           "Iframely: too slow");
    is_int(urlmeta_format_error_status(URLMETA_FORMAT_MATRIX, URLMETA_E_BUSY,
                                       0), 429, "Matrix: busy");
    is_int(urlmeta_format_error_status(URLMETA_FORMAT_JSON, URLMETA_E_BUSY,
                                       0), 503, "problems keep theirs");
    is_int(urlmeta_format_error_status(URLMETA_FORMAT_UNKNOWN,
                                       URLMETA_E_URL_MISSING, 0), 400,
           "no format, too");
}
