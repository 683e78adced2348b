
/*
 * Page to card.
 */


#include <time.h>

#include "tap.h"
#include "card.h"
#include "formats.h"


#define NOW  1788000000


static void make(const char *page, const char *http, int details);
static void make_meta(const char *metas);
static json_t *get(const char *path);
static const char *str(const char *path);
static long long num(const char *path);
static int null(const char *path);
static void test_keys(void);
static void test_title(void);
static void test_description(void);
static void test_images(void);
static void test_layout(void);
static void test_icons(void);
static void test_urls(void);
static void test_own_url(void);
static void test_media(void);
static void test_authors(void);
static void test_dates(void);
static void test_language(void);
static void test_tags(void);
static void test_facts(void);
static void test_links(void);
static void test_kinds(void);
static void test_http(void);
static void test_details(void);
static void test_unsafe(void);
static void test_size(void);
static void test_hostile(void);
static void test_xss(void);
static void xss_case(json_t *c, const char *page_url);


static json_t  *card;


static const char  default_http[] =
    "{\"requested_url\":\"https://example.com/a/b/c\","
    "\"effective_url\":\"https://example.com/a/b/c\",\"status\":200,"
    "\"content_type\":\"text/html; charset=utf-8\",\"bytes\":1234,"
    "\"redirects\":[],\"fetched_at\":1788000000,\"truncated\":false}";


int
main(void)
{
    test_keys();
    test_title();
    test_description();
    test_images();
    test_layout();
    test_icons();
    test_urls();
    test_own_url();
    test_media();
    test_authors();
    test_dates();
    test_language();
    test_tags();
    test_facts();
    test_links();
    test_kinds();
    test_http();
    test_details();
    test_unsafe();
    test_size();
    test_hostile();
    test_xss();

    json_decref(card);

    return done_testing();
}


/* members of the page; http NULL for the default one */

static void
make(const char *page, const char *http, int details)
{
    json_t        *p, *h;
    json_error_t   error;

    p = json_loads(page, 0, &error);

    if (p == NULL) {
        printf("# %s: %s\n", error.text, page);
    }

    h = json_loads(http ? http : default_http, 0, &error);

    if (h == NULL) {
        printf("# %s: %s\n", error.text, http);
    }

    json_decref(card);
    card = urlmeta_card(p, h, details);

    json_decref(p);
    json_decref(h);
}


/* "name\ncontent\nname\ncontent\n…" */

static void
make_meta(const char *metas)
{
    json_t      *page, *list, *item, *http;
    const char  *p, *name, *content;

    list = json_array();

    for (p = metas; *p != '\0'; p += (*p != '\0')) {
        name = p;
        p += strcspn(p, "\n");

        item = json_object();
        json_object_set_new(item, "name", json_stringn(name, p - name));

        p += (*p != '\0');
        content = p;
        p += strcspn(p, "\n");

        json_object_set_new(item, "content",
                            json_stringn(content, p - content));
        json_array_append_new(list, item);
    }

    page = json_object();
    json_object_set_new(page, "kind", json_string("html"));
    json_object_set_new(page, "base",
                        json_string("https://example.com/a/b/c"));
    json_object_set_new(page, "meta", list);

    http = json_loads(default_http, 0, NULL);

    json_decref(card);
    card = urlmeta_card(page, http, 0);

    json_decref(page);
    json_decref(http);
}


/* "images.0.url" of the card */

static json_t *
get(const char *path)
{
    char     name[64];
    size_t   len;
    json_t  *value;

    value = card;

    while (value != NULL && *path != '\0') {
        len = strcspn(path, ".");
        snprintf(name, sizeof(name), "%.*s", (int) len, path);

        value = json_is_array(value)
                ? json_array_get(value, (size_t) atoi(name))
                : json_object_get(value, name);

        path += len;
        path += (*path == '.');
    }

    return value;
}


static const char *
str(const char *path)
{
    return json_string_value(get(path));
}


static long long
num(const char *path)
{
    return json_is_integer(get(path)) ? json_integer_value(get(path)) : -1;
}


static int
null(const char *path)
{
    return json_is_null(get(path));
}


static void
test_keys(void)
{
    size_t              i, n;
    json_t             *value;
    const char         *key;
    static const char  *keys[] = {
        "url", "requested_url", "effective_url", "canonical_url", "host",
        "type", "title", "description", "site_name", "title_short", "image",
        "image_is_icon", "images", "icon", "icon_dark", "icons", "logo",
        "video", "audio", "player", "author",
        "authors", "published", "modified", "language", "direction",
        "locale", "tags", "section", "facts", "labels", "theme_color",
        "robots", "viewport", "generator", "layout", "twitter",
        "fediverse_creator", "feeds", "oembed", "alternates", "amp_url",
        "license", "http", NULL
    };

    make("{}", "{}", 0);
    ok(card != NULL, "a card of nothing");

    n = 0;

    for (i = 0; keys[i] != NULL; i++) {
        if (json_object_get(card, keys[i]) == NULL) {
            printf("# no %s\n", keys[i]);

        } else {
            n++;
        }
    }

    is_int((long long) n, (long long) i, "every key is there");
    is_int((long long) json_object_size(card), (long long) i, "and no other");
    ok(null("title") && null("url") && null("icon"), "null where unknown");
    ok(json_is_array(get("images")) && json_is_object(get("facts"))
       && json_is_object(get("twitter")), "empty where a list or an object");

    make("{\"kind\":7,\"meta\":{},\"link\":\"x\",\"json_ld\":5,\"titles\":{},"
         "\"headings\":[1,null,[]],\"charset\":[],\"base\":{},\"url\":1}",
         "{\"effective_url\":5,\"redirects\":{},\"link\":[],"
         "\"fetched_at\":\"x\",\"status\":\"200\"}", 1);
    ok(card != NULL, "values of other types");

    make("[]", "[]", 0);
    ok(card != NULL, "a page that is no object");

    make("{\"kind\":\"html\"}", NULL, 0);

    json_object_foreach(card, key, value) {
        if (value == NULL) {
            printf("# %s\n", key);
        }
    }

    is_str(str("url"), "https://example.com/a/b/c", "url");
    is_str(str("host"), "example.com", "host");
    is_str(str("type"), "website", "type");
    is_str(str("title"), "example.com", "the host is the last title");
    is_str(str("layout"), "text", "layout");
}


static void
test_title(void)
{
    make("{\"kind\":\"html\",\"titles\":[\"\\n T \\u00a0| Site\",\"second\"],"
         "\"headings\":[{\"level\":2,\"text\":\"H2\"},"
         "{\"level\":1,\"text\":\"H1\"}],"
         "\"meta\":[{\"name\":\"twitter:title\",\"content\":\"TW\"},"
         "{\"name\":\"og:title\",\"content\":\"null\"},"
         "{\"name\":\"og:title\",\"content\":\"  \"},"
         "{\"name\":\"og:title\",\"content\":\"Tom &amp; Jerry\"}]}",
         NULL, 0);
    is_str(str("title"), "Tom & Jerry", "og:title, the first that says it");

    make("{\"kind\":\"html\",\"titles\":[\"T\"],"
         "\"meta\":[{\"name\":\"twitter:title\",\"content\":\"TW\"}]}",
         NULL, 0);
    is_str(str("title"), "TW", "twitter:title");

    make("{\"kind\":\"html\",\"titles\":[\"\\n T \\u00a0| Site\"],"
         "\"json_ld\":[{\"value\":{\"@type\":\"NewsArticle\","
         "\"headline\":\"<b>L</b>\"}}]}", NULL, 0);
    is_str(str("title"), "<b>L</b>", "JSON-LD's headline");
    is_str(str("type"), "article", "and type");

    make("{\"kind\":\"html\",\"titles\":[\"T\"],"
         "\"json_ld\":[{\"value\":{\"@type\":\"Article\","
         "\"headline\":{\"a\":[1,2]},\"name\":5}}]}", NULL, 0);
    is_str(str("title"), "T", "objects and numbers are no titles");

    make("{\"kind\":\"html\",\"titles\":[\"\\n T \\u00a0| Site\"],"
         "\"headings\":[{\"level\":1,\"text\":\"H1\"}]}", NULL, 0);
    is_str(str("title"), "T | Site", "the title element");

    make("{\"kind\":\"html\",\"titles\":[\"undefined\"],"
         "\"headings\":[{\"level\":2,\"text\":\"H2\"},"
         "{\"level\":1,\"text\":\"H1\"}]}", NULL, 0);
    is_str(str("title"), "H1", "a heading, the highest");
}


static void
test_description(void)
{
    char    text[3000];
    size_t  i;

    make_meta("description\nD\ntwitter:description\nTD");
    is_str(str("description"), "TD", "twitter:description comes first");

    make_meta("og:title\nSame\nog:description\nSame\ndescription\nOther");
    is_str(str("description"), "Other", "the title is no description");

    memcpy(text, "description\n", 12);

    for (i = 12; i < sizeof(text) - 8; i += 5) {
        memcpy(text + i, "word ", 5);
    }

    text[i] = '\0';
    make_meta(text);
    is_int((long long) strlen(str("description")), 999, "1,000 code points");
}


static void
test_images(void)
{
    make_meta("og:image\n/one.png\nog:image:width\n1200\n"
              "og:image:height\n630px\nog:image:alt\nOne &amp; only\n"
              "og:image:type\nIMAGE/PNG; x=y\n"
              "og:image:url\nhttp://cdn.example.com/two.jpg\n"
              "og:image:secure_url\nhttps://cdn.example.com/two.jpg\n"
              "og:image:width\n20%\n"
              "og:image\nhttps://cdn.example.com/three.gif\n"
              "twitter:image\nhttps://example.com/one.png\n"
              "twitter:image:src\nfour.png\ntwitter:image:alt\nFour");

    is_int((long long) json_array_size(get("images")), 4, "four pictures");
    is_str(str("images.0.url"), "https://example.com/one.png", "the first");
    is_int(num("images.0.width"), 1200, "its width");
    is_int(num("images.0.height"), 630, "its height");
    is_str(str("images.0.alt"), "One & only", "its words");
    is_str(str("images.0.type"), "image/png", "its type");
    is_str(str("images.1.url"), "https://cdn.example.com/two.jpg",
           "the secure one of the same object");
    ok(null("images.1.width") && null("images.1.alt"),
       "properties stay with their object");
    is_str(str("images.3.url"), "https://example.com/a/b/four.png",
           "Twitter's own");
    is_str(str("images.3.alt"), "Four", "with its words");
    ok(json_equal(get("image"), get("images.0")), "the best is the first");

    make_meta("og:image\nhttps://example.com/x.png\n"
              "og:image:url\nhttps://example.com/x.png\n"
              "og:image:width\n600");
    is_int((long long) json_array_size(get("images")), 1,
           "og:image:url may repeat og:image");
    is_int(num("image.width"), 600, "which is no object of its own");

    make_meta("og:image\nhttps://example.com/pixel.gif\n"
              "og:image:width\n1\nog:image:height\n1\n"
              "og:image\nhttps://example.com/big.png");
    is_str(str("image.url"), "https://example.com/big.png",
           "a counting pixel is no picture");

    make_meta("og:image\nhttps://example.com/pixel.gif\n"
              "og:image:width\n1");
    is_str(str("image.url"), "https://example.com/pixel.gif",
           "unless there is no other");

    make_meta("og:image:secure_url\nhttps://example.com/s.png\n"
              "og:image\nhttp://example.com/s.png");
    is_str(str("image.url"), "https://example.com/s.png",
           "secure_url before its root");
    is_int((long long) json_array_size(get("images")), 1, "one object");

    make("{\"kind\":\"html\",\"json_ld\":[{\"value\":{\"@graph\":["
         "{\"@type\":\"Article\",\"headline\":\"H\","
         "\"image\":[{\"@id\":\"#i\"},\"https://example.com/2.png\"]},"
         "{\"@type\":\"ImageObject\",\"@id\":\"#i\","
         "\"url\":\"https://example.com/1.png\",\"width\":800.0,"
         "\"height\":{\"@type\":\"QuantitativeValue\",\"value\":\"400\"},"
         "\"caption\":\"C\"}]}}]}", NULL, 0);
    is_str(str("images.0.url"), "https://example.com/1.png",
           "a picture by reference");
    is_int(num("images.0.width"), 800, "its width");
    is_int(num("images.0.height"), 400, "its height");
    is_str(str("images.0.alt"), "C", "its caption");
    is_str(str("images.1.url"), "https://example.com/2.png", "the second");
    is_str(str("layout"), "large", "wide and large");

    make("{\"kind\":\"html\",\"link\":[{\"rel\":\"image_src\","
         "\"href\":\"/l.png\",\"url\":\"https://example.com/l.png\"}]}",
         NULL, 0);
    is_str(str("image.url"), "https://example.com/l.png", "image_src");

    make_meta("og:image\n \nog:image\ndata:image/png;base64,AA==");
    ok(null("image"), "no picture");
}


static void
test_layout(void)
{
    make_meta("twitter:card\nsummary_large_image");
    is_str(str("layout"), "text", "no picture, whatever Twitter's card");

    make_meta("twitter:card\nsummary_large_image\nog:image\n/i.png");
    is_str(str("layout"), "large", "summary_large_image");

    make_meta("og:image\n/i.png");
    is_str(str("layout"), "thumb", "unknown sides");

    make_meta("og:image\n/i.png\nog:image:width\n1200\n"
              "og:image:height\n1200");
    is_str(str("layout"), "thumb", "a square");

    make_meta("og:image\n/i.png\nog:image:width\n300\n"
              "og:image:height\n100");
    is_str(str("layout"), "thumb", "wide but small");
}


static void
test_icons(void)
{
    make("{\"kind\":\"html\",\"link\":["
         "{\"rel\":\"stylesheet\",\"url\":\"https://example.com/s.css\"},"
         "{\"rel\":\"mask-icon\",\"url\":\"https://example.com/m.svg\"},"
         "{\"rel\":\"apple-touch-icon\",\"sizes\":\"180x180\","
         "\"url\":\"https://example.com/a.png\"},"
         "{\"rel\":\"shortcut icon\",\"sizes\":\"16x16\","
         "\"url\":\"https://example.com/16.png\"},"
         "{\"rel\":\"icon\",\"sizes\":\"16x16 48x48\",\"type\":\"image/png\","
         "\"url\":\"https://example.com/48.png\"},"
         "{\"rel\":\"icon\",\"sizes\":\"192x192\","
         "\"url\":\"https://example.com/192.png\"}]}", NULL, 0);

    is_int((long long) json_array_size(get("icons")), 5, "five icons");
    is_str(str("icons.2.rel"), "icon", "a shortcut is an icon");
    is_str(str("icon.url"), "https://example.com/48.png",
           "the smallest that is large enough");
    is_str(str("icon.type"), "image/png", "with its type");
    is_str(str("logo.url"), "https://example.com/192.png",
           "a large icon is a logo");
    is_int(num("logo.width"), 192, "with its side");

    make("{\"kind\":\"html\",\"link\":["
         "{\"rel\":\"icon\",\"url\":\"https://example.com/first.ico\"},"
         "{\"rel\":\"icon\",\"sizes\":\"64x64\","
         "\"url\":\"https://example.com/64.png\"}]}", NULL, 0);
    is_str(str("icon.url"), "https://example.com/first.ico",
           "the first unless it is declared too small");

    make("{\"kind\":\"html\",\"link\":[{\"rel\":\"apple-touch-icon\","
         "\"url\":\"https://example.com/a.png\"}]}", NULL, 0);
    is_str(str("icon.url"), "https://example.com/a.png", "a touch icon");

    make("{\"kind\":\"html\",\"base\":\"https://cdn.example.com/x/\"}", NULL,
         0);
    is_str(str("icon.url"), "https://example.com/favicon.ico",
           "where browsers look");
    ok(null("logo"), "which is no logo");

    make("{\"kind\":\"html\",\"json_ld\":[{\"value\":{\"@type\":\"Article\","
         "\"headline\":\"H\",\"publisher\":{\"@type\":\"Organization\","
         "\"name\":\"P\",\"logo\":{\"@type\":\"ImageObject\","
         "\"url\":\"/logo.png\"}}}}]}", NULL, 0);
    is_str(str("logo.url"), "https://example.com/logo.png",
           "the publisher's logo");
    is_str(str("site_name"), "P", "and name");
}


static void
test_urls(void)
{
    int     i;
    char    metas[8192];

    static const char  *refused[] = {
        "javascript:alert(1)", " JaVaScRiPt:alert(1)", "\x01javascript:x",
        "data:image/png;base64,AA==", "vbscript:x", "file:///etc/passwd",
        "blob:https://example.com/x", "mailto:a@b", "cid:x",
        "http://192.168.1.1/reboot", "http://127.0.0.1/", "http://[::1]/",
        "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest",
        "http://0x7f.1/", "http://2130706433/", "http://localhost/",
        "http://router/", "http://printer.local/", "http://db.internal/",
        "https://user@cdn.example.com/", "https://a:b@cdn.example.com/",
        "https:\\\\cdn.example.com\\x.png", "\\\\cdn.example.com\\x.png",
        "http://", "https:///x", "//", NULL
    };

    static const char  *taken[][2] = {
        { "https://cdn.example.com/a.png\" onerror=\"alert(1)",
          "https://cdn.example.com/a.png%22%20onerror=%22alert(1)" },
        { "https://cdn.example.com/a.png?x=1&y=<script>",
          "https://cdn.example.com/a.png?x=1&y=%3Cscript%3E" },
        { "javascript&colon;alert(1)",
          "https://example.com/a/b/javascript&colon;alert(1)" },
        { "//cdn.example.com/x.png", "https://cdn.example.com/x.png" },
        { "  /x y.png\t", "https://example.com/x%20y.png" },
        { "../up.png", "https://example.com/a/up.png" },
        { "https://cdn.example.com/it's`{|}^.png",
          "https://cdn.example.com/it%27s%60%7B%7C%7D%5E.png" },
        { "https://cdn.example.com/caf\xc3\xa9.png",
          "https://cdn.example.com/caf%C3%A9.png" },
        { "https://8.8.8.8/x.png", "https://8.8.8.8/x.png" },
        { NULL, NULL }
    };

    for (i = 0; refused[i] != NULL; i++) {
        snprintf(metas, sizeof(metas), "og:image\n%s", refused[i]);
        make_meta(metas);
        ok(null("image"), "refused: %s", refused[i]);
    }

    for (i = 0; taken[i][0] != NULL; i++) {
        snprintf(metas, sizeof(metas), "og:image\n%s", taken[i][0]);
        make_meta(metas);
        is_str(str("image.url"), taken[i][1], taken[i][0]);
    }

    memset(metas, 'x', sizeof(metas));
    memcpy(metas, "og:image\nhttps://example.com/", 29);
    metas[9 + 2048] = '\0';
    make_meta(metas);
    is_int((long long) strlen(str("image.url")), 2048, "2,048 bytes are taken");
    metas[9 + 2048] = 'x';
    metas[9 + 2049] = '\0';
    make_meta(metas);
    ok(null("image"), "2,049 are not");

    /* a page on a private origin may show its own pictures */

    make("{\"kind\":\"html\",\"base\":\"http://10.0.0.5:8080/x\",\"meta\":["
         "{\"name\":\"og:image\",\"content\":\"/own.png\"},"
         "{\"name\":\"og:image\",\"content\":\"http://10.0.0.6:8080/o.png\"},"
         "{\"name\":\"og:image\",\"content\":\"http://10.0.0.5/port.png\"},"
         "{\"name\":\"og:image\",\"content\":"
         "\"http://10.0.0.5:8080.evil.local/\"},"
         "{\"name\":\"og:image\",\"content\":"
         "\"http://10.0.0.5:8080@10.0.0.7/\"}]}",
         "{\"effective_url\":\"http://10.0.0.5:8080/x\"}", 0);
    is_int((long long) json_array_size(get("images")), 1,
           "only the same origin is free of the rule");
    is_str(str("image.url"), "http://10.0.0.5:8080/own.png", "its picture");
    is_str(str("icon.url"), "http://10.0.0.5:8080/favicon.ico", "its icon");
    is_str(str("host"), "10.0.0.5", "its host");

    /* the ports of the web */

    make("{\"kind\":\"html\",\"meta\":["
         "{\"name\":\"og:image\",\"content\":\"https://a.example.com:8443/1\"},"
         "{\"name\":\"og:image\",\"content\":\"http://a.example.com:443/2\"},"
         "{\"name\":\"og:image\",\"content\":\"https://a.example.com:443/3\"},"
         "{\"name\":\"og:image\",\"content\":\"http://a.example.com:80/4\"},"
         "{\"name\":\"twitter:player\",\"content\":"
         "\"https://a.example.com:22/\"},"
         "{\"name\":\"og:url\",\"content\":\"http://example.com:6379/a\"}]}",
         NULL, 0);
    is_int((long long) json_array_size(get("images")), 2, "other ports");
    ok(strstr(str("images.0.url"), "a.example.com") != NULL
       && str("images.0.url")[strlen(str("images.0.url")) - 1] == '3',
       "not the usual one of the scheme");
    ok(null("player") && null("canonical_url"), "of whatever it is");
}


static void
test_own_url(void)
{
    make_meta("og:url\nhttps://www.example.com/real#<script>");
    is_str(str("url"), "https://www.example.com/real#%3Cscript%3E",
           "an address of the same site");
    is_str(str("canonical_url"), "https://www.example.com/real#%3Cscript%3E",
           "is the canonical one");

    make_meta("og:url\nhttps://evil.example.org/");
    is_str(str("url"), "https://example.com/a/b/c", "not of another site");
    is_str(str("canonical_url"), "https://evil.example.org/",
           "but it is what the page states");

    make_meta("og:url\nhttps://example.com/");
    is_str(str("url"), "https://example.com/a/b/c",
           "the front page is no address of an inner page");

    make_meta("og:url\nhttps://example.com:8443/a");
    is_str(str("url"), "https://example.com/a/b/c", "nor is another port");

    make_meta("og:url\nhttps://notexample.com/a");
    is_str(str("url"), "https://example.com/a/b/c",
           "a longer name is another site");

    make("{\"kind\":\"html\",\"link\":[{\"rel\":\"canonical\","
         "\"href\":\"/canonical\",\"url\":\"https://example.com/canonical\"}],"
         "\"meta\":[{\"name\":\"og:url\",\"content\":\"/og\"}]}", NULL, 0);
    is_str(str("url"), "https://example.com/canonical",
           "the link comes before og:url");

    make("{\"kind\":\"html\"}",
         "{\"effective_url\":\"https://example.com/a\",\"link\":"
         "\"</style.css>; rel=preload, </c,d>; Rel=\\\"x Canonical\\\", "
         "</e>; rel=canonical\"}", 0);
    is_str(str("url"), "https://example.com/c,d", "a Link header");

    make("{\"kind\":\"html\"}",
         "{\"effective_url\":\"https://example.com/a\",\"link\":"
         "\"</c>; rel=canonical; anchor=\\\"#x\\\"\"}", 0);
    is_str(str("url"), "https://example.com/a", "not one with an anchor");

    make("{\"kind\":\"html\",\"json_ld\":[{\"value\":{\"@type\":\"Article\","
         "\"headline\":\"H\",\"mainEntityOfPage\":"
         "{\"@id\":\"https://example.com/ld#webpage\"}}}]}", NULL, 0);
    is_str(str("url"), "https://example.com/ld",
           "mainEntityOfPage without its fragment");

    make("{\"kind\":\"html\",\"meta\":[{\"name\":\"og:url\",\"content\":"
         "\"https://other.github.io/x\"}]}",
         "{\"effective_url\":\"https://own.github.io/x\"}", 0);
    is_str(str("url"), "https://own.github.io/x",
           "a public suffix is no common site");
}


static void
test_media(void)
{
    make_meta("og:video\nhttps://cdn.example.com/v.mp4\n"
              "og:video:type\nvideo/mp4\nog:video:width\n1280\n"
              "og:video:height\n720\nvideo:duration\n95\n"
              "og:audio\n/a.mp3");
    is_str(str("video.url"), "https://cdn.example.com/v.mp4", "a video");
    is_int(num("video.width"), 1280, "its width");
    is_int(num("video.duration"), 95, "its duration");
    is_str(str("audio.url"), "https://example.com/a.mp3", "audio");
    ok(null("player"), "no player");

    make_meta("og:video:url\nhttps://video.example.com/embed/7\n"
              "og:video:secure_url\nhttps://video.example.com/embed/7\n"
              "og:video:type\ntext/html\nog:video:width\n640\n"
              "og:video\nhttps://video.example.com/f.swf\n"
              "og:video:type\napplication/x-shockwave-flash");
    ok(null("video"), "a page is no video, nor is Flash");
    is_str(str("player.url"), "https://video.example.com/embed/7",
           "but a player");
    is_int(num("player.width"), 640, "of its width");

    make_meta("twitter:player\nhttp://video.example.com/p");
    ok(null("player"), "a player is by TLS");

    make_meta("twitter:card\nplayer\n"
              "twitter:player\nhttps://video.example.com/p\n"
              "twitter:player:width\n480\n"
              "twitter:player:stream\nhttps://video.example.com/s\n"
              "twitter:player:stream:content_type\naudio/mpeg");
    is_str(str("player.url"), "https://video.example.com/p",
           "Twitter's player");
    is_str(str("audio.url"), "https://video.example.com/s", "and its sound");

    make_meta("twitter:card\nsummary_large_image\n"
              "twitter:player\nhttps://video.example.com/p");
    ok(null("player"), "a large picture means no player");

    make("{\"kind\":\"html\",\"json_ld\":[{\"value\":{"
         "\"@type\":\"VideoObject\",\"name\":\"V\",\"duration\":\"PT8M9S\","
         "\"contentUrl\":\"https://cdn.example.com/x\","
         "\"embedUrl\":\"https://video.example.com/e\","
         "\"uploadDate\":\"2023-10-03T14:00:00+00:00\"}}]}", NULL, 0);
    is_str(str("video.url"), "https://cdn.example.com/x", "JSON-LD's video");
    is_int(num("video.duration"), 489, "its duration");
    is_int(num("facts.duration"), 489, "which is a fact");
    is_str(str("player.url"), "https://video.example.com/e", "its player");
    is_str(str("published"), "2023-10-03T14:00:00+00:00", "its date");
    is_str(str("type"), "video.other", "its type");
}


static void
test_authors(void)
{
    make("{\"kind\":\"html\",\"meta\":[{\"name\":\"author\","
         "\"content\":\"M\"}],\"json_ld\":[{\"value\":{"
         "\"@type\":\"Article\",\"headline\":\"H\",\"author\":["
         "{\"@type\":\"Person\",\"name\":\"By Ada L\",\"url\":\"/ada\"},"
         "\"Ben\",{\"name\":[\"Cy\",\"Ada L\"]},"
         "{\"name\":\"https://example.com/x\"},{\"name\":7}]}}]}", NULL, 0);
    is_int((long long) json_array_size(get("authors")), 3, "three authors");
    is_str(str("author.name"), "Ada L", "the first");
    is_str(str("author.url"), "https://example.com/ada", "and her page");
    is_str(str("authors.1.name"), "Ben", "a string");
    is_str(str("authors.2.name"), "Cy", "a list of names");

    make_meta("author\nadmin\narticle:author\nhttps://example.com/p/1\n"
              "article:author\nDee");
    is_str(str("author.name"), "Dee", "admin is nobody, an address no name");
    is_str(str("author.url"), "https://example.com/p/1", "but a profile");

    make_meta("citation_author\nE\ncitation_author\nF\ncitation_author\nE");
    is_int((long long) json_array_size(get("authors")), 2, "each name once");

    make_meta("twitter:creator\n@gil");
    is_str(str("author.name"), "@gil", "a handle");

    make_meta("og:title\nT");
    ok(null("author") && json_array_size(get("authors")) == 0, "nobody");
}


static void
test_dates(void)
{
    make("{\"kind\":\"html\",\"meta\":["
         "{\"name\":\"article:published_time\",\"content\":\"2020-01-01\"},"
         "{\"name\":\"og:updated_time\",\"content\":\"1704164645\"}],"
         "\"json_ld\":[{\"value\":{\"@type\":\"Article\",\"headline\":\"H\","
         "\"datePublished\":\"2024-01-02T03:04:05+02:00\"}}]}", NULL, 0);
    is_str(str("published"), "2024-01-02T03:04:05+02:00",
           "JSON-LD's date, the offset kept");
    is_str(str("modified"), "2024-01-02T03:04:05Z", "an epoch");

    make_meta("date\nFri, 07/14/2023 - 10:30\npubdate\n2023-07-14");
    is_str(str("published"), "2023-07-14", "what does not parse is passed by");

    make_meta("date\n1970-01-01T01:00:00+01:00");
    ok(null("published"), "the epoch is no date");

    make_meta("date\n0001-01-01T00:00:00Z");
    ok(null("published"), "nor is the year 1");

    make_meta("date\n2031-01-01");
    ok(null("published"), "nor is the far future");

    make_meta("date\n1986-06-11");
    is_str(str("published"), "1986-06-11", "old works have dates");

    make("{\"kind\":\"html\"}",
         "{\"effective_url\":\"https://example.com/2024/01/02/post?x\"}", 0);
    is_str(str("published"), "2024-01-02", "the date in an address");

    make("{\"kind\":\"html\"}",
         "{\"effective_url\":\"https://example.com/2024/13/02/post\"}", 0);
    ok(null("published"), "if it is one");
}


static void
test_language(void)
{
    int  i;

    static const char  *cases[][2] = {
        { "en", "en" }, { "EN-us", "en-US" }, { "zh_hant_tw", "zh-Hant-TW" },
        { "de-DE-1996", "de-DE-1996" }, { " fr , en", "fr" },
        { "en_US.UTF-8", "en-US" }, { "i", NULL }, { "", NULL },
        { "english language", "english" }, { "<b>", NULL }, { "12", NULL },
        { "en-", NULL }, { "\xd0\xb7\xd0\xb4", NULL }, { "*", NULL },
        { "abcdefghi", NULL }, { NULL, NULL }
    };

    for (i = 0; cases[i][0] != NULL; i++) {
        char  page[256];

        snprintf(page, sizeof(page),
                 "{\"kind\":\"html\",\"language\":\"%s\"}", cases[i][0]);
        make(page, NULL, 0);
        is_str(str("language"), cases[i][1], cases[i][0]);
    }

    make_meta("og:locale\nde_AT");
    is_str(str("language"), "de-AT", "og:locale");
    is_str(str("locale"), "de_AT", "as stated");

    make("{\"kind\":\"html\"}", "{\"content_language\":\"pt-BR, en\"}", 0);
    is_str(str("language"), "pt-BR", "Content-Language");

    make("{\"kind\":\"html\",\"direction\":\"rtl\"}", NULL, 0);
    is_str(str("direction"), "rtl", "a direction");

    make("{\"kind\":\"html\",\"titles\":[\"\xd7\xa9\xd7\x9c\"]}", NULL, 0);
    is_str(str("direction"), "rtl", "by the title");

    make("{\"kind\":\"html\",\"titles\":[\"1 2 3\"]}", NULL, 0);
    ok(null("direction"), "or none");
}


static void
test_tags(void)
{
    make_meta("article:tag\nOne, two\narticle:tag\nThree\n"
              "keywords\nx,y,z");
    is_int((long long) json_array_size(get("tags")), 2, "article:tag alone");
    is_str(str("tags.0"), "One, two", "a comma belongs to it");

    make_meta("keywords\n a, b ,,A, c d,");
    is_int((long long) json_array_size(get("tags")), 3,
           "keywords are split, each once");
    is_str(str("tags.2"), "c d", "and trimmed");

    make_meta("article:section\nNews\ntheme-color\n#aBc\nrobots\nnoindex\n"
              "generator\nWordPress 6\nviewport\nwidth=device-width\n"
              "twitter:site\n@site\ntwitter:card\nsummary\n"
              "twitter:label1\nReading time\ntwitter:data1\n5 minutes\n"
              "twitter:label2\nEmpty");
    is_str(str("section"), "News", "section");
    is_str(str("theme_color"), "#aBc", "theme_color");
    is_str(str("robots"), "noindex", "robots");
    is_str(str("generator"), "WordPress 6", "generator");
    is_str(str("viewport"), "width=device-width", "viewport");
    is_str(str("twitter.site"), "@site", "twitter.site");
    is_str(str("twitter.card"), "summary", "twitter.card");
    ok(null("twitter.creator"), "twitter.creator");
    is_str(str("site_name"), "site", "a handle is the last name but one");
    is_int((long long) json_array_size(get("labels")), 1, "one label");
    is_str(str("labels.0.value"), "5 minutes", "its value");

    make_meta("theme-color\nrgb(1, 2, 3)");
    is_str(str("theme_color"), "rgb(1, 2, 3)", "a function");
    make_meta("theme-color\nred;background:url(x)");
    ok(null("theme_color"), "no color");
    make_meta("theme-color\nurl(javascript:x)");
    ok(null("theme_color"), "no color either");
    make_meta("theme-color\n#12");
    ok(null("theme_color"), "too few digits");
}


static void
test_facts(void)
{
    make("{\"kind\":\"html\",\"json_ld\":[{\"value\":{"
         "\"@type\":\"Product\",\"name\":\"P\",\"brand\":{\"name\":\"B\"},"
         "\"offers\":[{\"@type\":\"Offer\",\"price\":19.990000,"
         "\"priceCurrency\":\"eur\","
         "\"availability\":\"https://schema.org/InStock\"}],"
         "\"aggregateRating\":{\"ratingValue\":\"4,5\",\"bestRating\":5.0,"
         "\"reviewCount\":\"1,234\"}}}]}", NULL, 0);

    is_str(str("facts.price"), "19.99", "a price");
    is_str(str("facts.currency"), "EUR", "its currency");
    is_str(str("facts.availability"), "InStock", "availability");
    is_str(str("facts.brand"), "B", "brand");
    ok(json_real_value(get("facts.rating")) == 4.5, "rating");
    ok(json_real_value(get("facts.rating_best")) == 5, "of");
    is_int(num("facts.rating_count"), 1234, "by so many");
    is_str(str("type"), "product", "type");

    make_meta("product:price:amount\n12.00\nproduct:price:currency\nUSD");
    is_str(str("facts.price"), "12.00", "a price of metas, as stated");

    make_meta("product:price:currency\nUSD\nproduct:price:amount\nfree");
    is_int((long long) json_object_size(get("facts")), 0,
           "no price, no currency");

    make("{\"kind\":\"html\",\"json_ld\":[{\"value\":{"
         "\"@type\":\"MusicEvent\",\"name\":\"E\","
         "\"startDate\":\"2040-05-06T20:00\",\"endDate\":\"2040-05-07\","
         "\"location\":{\"@type\":\"Place\",\"name\":\"Hall\"},"
         "\"isAccessibleForFree\":\"False\"}}]}", NULL, 0);
    is_str(str("facts.start"), "2040-05-06T20:00", "an event may be far");
    is_str(str("facts.end"), "2040-05-07", "its end");
    is_str(str("facts.location"), "Hall", "its place");
    ok(json_is_false(get("facts.free")), "not free");
    is_str(str("type"), "event", "type");
}


static void
test_links(void)
{
    make("{\"kind\":\"html\",\"link\":["
         "{\"rel\":\"alternate\",\"type\":\"application/rss+xml\","
         "\"title\":\"F\",\"url\":\"https://example.com/feed\"},"
         "{\"rel\":\"alternate\",\"type\":\"application/json+oembed\","
         "\"url\":\"https://example.com/oembed?x\"},"
         "{\"rel\":\"alternate\",\"hreflang\":\"de\","
         "\"url\":\"https://example.com/de\"},"
         "{\"rel\":\"alternate stylesheet\","
         "\"url\":\"https://example.com/s.css\"},"
         "{\"rel\":\"alternate\",\"hreflang\":\"fr\","
         "\"url\":\"http://127.0.0.1/fr\"},"
         "{\"rel\":\"amphtml\",\"url\":\"https://example.com/amp\"},"
         "{\"rel\":\"license\",\"url\":\"https://example.com/l\"},"
         "{\"rel\":\"license\",\"url\":\"https://example.com/m\"}]}",
         NULL, 0);

    is_str(str("feeds.0.url"), "https://example.com/feed", "a feed");
    is_str(str("feeds.0.title"), "F", "its title");
    is_str(str("oembed.0.url"), "https://example.com/oembed?x", "oEmbed");
    is_int((long long) json_array_size(get("alternates")), 1,
           "one alternate");
    is_str(str("alternates.0.hreflang"), "de", "its language");
    is_str(str("amp_url"), "https://example.com/amp", "AMP");
    is_str(str("license"), "https://example.com/l", "the first license");
}


static void
test_kinds(void)
{
    make("{\"kind\":\"image\"}",
         "{\"effective_url\":\"https://example.com/pics/My%20Cat.jpg?s=1\","
         "\"content_type\":\"image/jpeg\"}", 0);
    is_str(str("type"), "image", "a picture");
    is_str(str("title"), "My Cat.jpg", "its name");
    is_str(str("image.url"), "https://example.com/pics/My%20Cat.jpg?s=1",
           "its address");
    is_str(str("image.type"), "image/jpeg", "its type");
    is_str(str("layout"), "large", "its layout");

    make("{\"kind\":\"video\"}",
         "{\"effective_url\":\"https://example.com/v\","
         "\"content_type\":\"video/mp4\"}", 0);
    is_str(str("video.url"), "https://example.com/v", "a video");
    is_str(str("title"), "v", "its name");

    make("{\"kind\":\"audio\"}",
         "{\"effective_url\":\"https://example.com/\","
         "\"content_type\":\"audio/mpeg\"}", 0);
    is_str(str("audio.type"), "audio/mpeg", "a sound");
    is_str(str("title"), "example.com", "without a name");

    make("{\"kind\":\"file\"}",
         "{\"effective_url\":\"https://example.com/get?id=7\","
         "\"content_disposition\":\"attachment; filename=\\\"a;\\\\\\\"b.pdf"
         "\\\"; filename*=UTF-8''%e2%82%ac%2F..%2frates.pdf\"}", 0);
    is_str(str("type"), "file", "a file");
    is_str(str("title"), "rates.pdf", "no path in its name");

    make("{\"kind\":\"file\"}",
         "{\"effective_url\":\"https://example.com/get?id=7\","
         "\"content_disposition\":\"attachment; filename=\\\"a;\\\\\\\"b.pdf"
         "\\\"\"}", 0);
    is_str(str("title"), "a;\"b.pdf", "a quoted name");

    make("{\"kind\":\"file\"}",
         "{\"effective_url\":\"https://example.com/get\","
         "\"content_disposition\":\"inline; filename=plain.txt; x\"}", 0);
    is_str(str("title"), "plain.txt", "a token");

    make("{\"kind\":\"file\"}",
         "{\"effective_url\":\"https://example.com/%ff%00x\","
         "\"content_disposition\":\"attachment; filename*=x\"}", 0);
    is_str(str("title"), "\xef\xbf\xbdx", "bytes that are no text");

    make("{\"kind\":\"text\"}",
         "{\"effective_url\":\"https://example.com/README\"}", 0);
    is_str(str("type"), "file", "a text is a file");
    is_str(str("title"), "README", "of its name");

    make("{\"kind\":\"feed\",\"titles\":[\"Channel\"],\"meta\":["
         "{\"name\":\"thumbnail\",\"content\":\"/t.png\"}]}", NULL, 0);
    is_str(str("title"), "Channel", "a feed");
    is_str(str("image.url"), "https://example.com/t.png", "its picture");
}


static void
test_http(void)
{
    make("{\"kind\":\"html\",\"charset\":{\"name\":\"utf-8\",\"from\":"
         "\"header\"},\"truncated\":true}",
         "{\"requested_url\":\"http://example.com/\","
         "\"effective_url\":\"https://example.com/\",\"status\":200,"
         "\"content_type\":\"text/html\",\"bytes\":5,\"fetched_at\":"
         "1704164645,\"redirects\":[{\"status\":301,\"url\":"
         "\"http://example.com/\"},{\"status\":1,\"url\":\"x:y\"}]}", 0);

    is_int(num("http.status"), 200, "status");
    is_str(str("http.content_type"), "text/html", "content_type");
    is_str(str("http.charset"), "utf-8", "charset");
    is_int(num("http.bytes"), 5, "bytes");
    is_str(str("http.fetched_at"), "2024-01-02T03:04:05Z", "fetched_at");
    ok(json_is_true(get("http.truncated")), "truncated");
    is_int((long long) json_array_size(get("http.redirects")), 1,
           "redirects");
    is_str(str("http.redirects.0.url"), "http://example.com/", "their URL");
    is_str(str("requested_url"), "http://example.com/", "requested_url");
    is_str(str("effective_url"), "https://example.com/", "effective_url");
}


static void
test_details(void)
{
    make("{\"kind\":\"html\",\"titles\":[\"T\"],\"meta\":["
         "{\"name\":\"og:title\",\"content\":\" A  B \"},"
         "{\"name\":\"og:title\",\"content\":\"second\"},"
         "{\"name\":\"og:image\",\"content\":\"javascript:x\"},"
         "{\"name\":\"og:image\",\"content\":\"/i.png\"}],"
         "\"links\":[{\"href\":\"/x\"}],\"headings\":[{\"level\":1,"
         "\"text\":\"H\"}],\"json_ld\":[{\"text\":\"{\",\"error\":\"e\"}]}",
         NULL, 1);

    is_str(str("title"), "A B", "the value is cleaned");
    is_str(str("sources.title.rule"), "og:title", "the rule that won");
    is_str(str("sources.title.value"), " A  B ", "the value as stated");
    is_str(str("sources.title.lost.0.value"), "second", "what lost");
    is_str(str("sources.title.lost.1.rule"), "html title",
           "by which rule");
    is_str(str("sources.image.value"), "/i.png", "a picture as stated");
    is_str(str("sources.image.lost.0.value"), "javascript:x",
           "one that may not be shown");
    is_str(str("sources.url.rule"), "http effective_url", "the address");
    is_str(str("meta.0.content"), " A  B ", "metas are verbatim");
    is_str(str("links.0.href"), "/x", "links");
    is_str(str("headings.0.text"), "H", "headings");
    is_str(str("json_ld.0.error"), "e", "JSON-LD");
    ok(get("meta.0.unsafe") == NULL && get("meta.3.unsafe") == NULL
       && json_is_true(get("meta.2.unsafe")), "an unsafe meta is marked");
    ok(json_is_true(get("links.0.unsafe")), "a link without an address");
    is_str(str("meta.2.content"), "javascript:x", "and is what it is");

    make("{\"kind\":\"html\"}", NULL, 0);
    ok(get("meta") == NULL && get("sources") == NULL, "only if asked for");
}


/* what must not be linked to is marked, and what is none is not */

static void
test_unsafe(void)
{
    size_t   i;
    json_t  *page, *list, *item, *http;

    static const struct {
        const char  *text;
        int          meta;
        int          link;
    } texts[] = {
        { "https://example.org/x?a=b#c", 0, 0 },
        { "http://example.org:80/", 0, 0 },
        { "//example.org/x", 0, 0 },
        { "https://user@example.org/", 1, 1 },
        { "https://example.org:8443/", 1, 1 },
        { "http://169.254.169.254/latest", 1, 1 },
        { "//10.0.0.1/x", 1, 1 },
        { "\\\\10.0.0.1\\x", 1, 1 },
        { "http://[::1]/", 1, 1 },
        { "http://wiki.internal/", 1, 1 },
        { "http://0x7f.1/", 1, 1 },
        { "javascript:alert(1)", 1, 1 },
        { " JaVaScRiPt:alert(1) // x y", 1, 1 },
        { "\x01java\nscript:alert(1)", 1, 1 },
        { "java\tscript:alert(1)", 1, 1 },
        { "data:text/html,<b> x", 1, 1 },
        { "vbscript:msgbox (1)", 1, 1 },
        { "file:///etc/passwd", 1, 1 },
        { "intent://x#Intent;end", 1, 1 },
        { "Breaking: a colon in a title", 0, -1 },
        { "width=device-width, initial-scale=1", 0, -1 },
        { "max-image-preview:large", 0, -1 },
        { "9:30", 0, -1 },
        { ":x", 0, -1 },
        { "", 0, -1 },
        { "/", 0, -1 },
        { "javascript", 0, -1 }
    };

    page = json_pack("{s:s, s:s, s:[], s:[]}", "kind", "html", "base",
                     "https://example.com/a", "meta", "links");

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_array_append_new(json_object_get(page, "meta"),
                              json_pack("{s:s, s:s}", "name", "x", "content",
                                        texts[i].text));

        /* as the reader resolves it */

        item = json_pack("{s:s, s:s}", "href", texts[i].text, "text", "x");

        if (strncmp(texts[i].text, "http", 4) == 0) {
            json_object_set_new(item, "url", json_string(texts[i].text));

        } else if (strncmp(texts[i].text, "//", 2) == 0) {
            json_object_set_new(item, "url",
                                json_sprintf("https:%s", texts[i].text));

        } else {
            json_object_set_new(item, "url", json_null());
        }

        json_array_append_new(json_object_get(page, "links"), item);
    }

    list = json_deep_copy(page);
    http = json_loads(default_http, 0, NULL);

    json_decref(card);
    card = urlmeta_card(page, http, URLMETA_CARD_DETAILS);

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        item = json_array_get(get("meta"), i);
        ok(json_is_true(json_object_get(item, "unsafe")) == texts[i].meta,
           "a meta, %zu", i);

        if (texts[i].link != -1) {
            item = json_array_get(get("links"), i);
            ok(json_is_true(json_object_get(item, "unsafe")) == texts[i].link,
               "a link, %zu", i);
        }
    }

    ok(json_equal(page, list), "the page is as it was");

    json_decref(list);
    json_decref(page);
    json_decref(http);
}


static void
test_size(void)
{
    int             i;
    char            url[2100];
    json_t         *page, *list, *item, *http;
    urlmeta_buf_t   out = { NULL, 0, 0 };

    static const char  *names[] = {
        "og:image", "og:title", "og:description", "og:site_name", "og:url",
        "article:tag", "og:video", "og:audio", "author", "robots",
        "viewport", "generator", "product:brand", "product:price:amount",
        "article:section", "twitter:site", "og:logo", NULL
    };

    static const char  *rels[] = {
        "icon", "alternate", "amphtml", "license", "canonical", NULL
    };

    /* the costliest character in JSON, wherever it can stand */

    page = json_object();
    json_object_set_new(page, "kind", json_string("html"));
    list = json_array();

    for (i = 0; i < 100 * 17; i++) {
        memset(url, '&', sizeof(url));
        snprintf(url, sizeof(url), "https://example.com/%d", i);
        url[strlen(url)] = '&';
        url[2048] = '\0';

        item = json_object();
        json_object_set_new(item, "name", json_string(names[i % 17]));
        json_object_set_new(item, "content", json_string(url));
        json_array_append_new(list, item);
    }

    json_object_set_new(page, "meta", list);
    list = json_array();

    for (i = 0; i < 100 * 5; i++) {
        item = json_object();
        json_object_set_new(item, "rel", json_string(rels[i % 5]));
        json_object_set_new(item, "url", json_string(url));
        json_object_set_new(item, "title", json_string(url));
        json_array_append_new(list, item);
    }

    json_object_set_new(page, "link", list);

    http = json_object();
    json_object_set_new(http, "effective_url", json_string(url));
    json_object_set_new(http, "requested_url", json_string(url));

    json_decref(card);
    card = urlmeta_card(page, http, 0);

    (void) urlmeta_formats_json(card, &out);
    ok(out.len > 1000 && out.len <= 16384, "at most 16 KB: %d bytes",
       (int) out.len);
    is_int((long long) json_object_size(card), 44, "with every key");
    ok(json_is_string(get("title")) && json_is_string(get("layout")),
       "and a title");

    json_decref(page);
    json_decref(http);

    /* lists give way before anything else does */

    make("{\"kind\":\"html\",\"meta\":[{\"name\":\"description\",\"content\":"
         "\"D\"}]}", NULL, 0);
    urlmeta_buf_reset(&out);
    (void) urlmeta_formats_json(card, &out);
    ok(out.len < 2048, "a small page has a small card: %d bytes",
       (int) out.len);

    urlmeta_buf_free(&out);
}


static void
test_hostile(void)
{
    int              i;
    double           took;
    json_t          *page, *list, *item, *node, *http;
    struct timespec  begin, end;

    /* as much as the readers keep, and every chain has to walk it */

    page = json_object();
    json_object_set_new(page, "kind", json_string("html"));
    list = json_array();

    for (i = 0; i < 4000; i++) {
        item = json_object();
        json_object_set_new(item, "name",
                            json_string(i & 1 ? "author" : "og:image:url"));
        json_object_set_new(item, "content", json_string("null"));
        json_array_append_new(list, item);
    }

    json_object_set_new(page, "meta", list);

    /* nodes that refer to each other and to themselves */

    list = json_array();

    for (i = 0; i < 2000; i++) {
        char  id[32];

        snprintf(id, sizeof(id), "#n%d", (i + 1) % 2000);
        node = json_object();
        json_object_set_new(node, "@type", json_string("Article"));
        json_object_set_new(node, "author",
                            json_pack("[{s:s},{s:s}]", "@id", id, "@id", id));
        json_object_set_new(node, "offers", json_pack("{s:s}", "@id", id));
        json_object_set_new(node, "image", json_pack("{s:s}", "@id", id));
        snprintf(id, sizeof(id), "#n%d", i);
        json_object_set_new(node, "@id", json_string(id));
        json_array_append_new(list, node);
    }

    json_object_set_new(page, "json_ld",
                        json_pack("[{s:o}]", "value",
                                  json_pack("{s:o}", "@graph", list)));

    http = json_loads(default_http, 0, NULL);

    clock_gettime(CLOCK_MONOTONIC, &begin);

    json_decref(card);
    card = urlmeta_card(page, http, 1);

    clock_gettime(CLOCK_MONOTONIC, &end);

    took = (double) (end.tv_sec - begin.tv_sec)
           + (double) (end.tv_nsec - begin.tv_nsec) / 1e9;

    ok(card != NULL, "a hostile page has a card");
    ok(took < 0.5, "in %.1f ms", took * 1000);

    json_decref(page);
    json_decref(http);
}


static void
test_xss(void)
{
    char         path[1024];
    size_t       i;
    json_t      *all, *c;
    const char  *page_url;

    snprintf(path, sizeof(path), "%s/security/xss-cases.json", shared());

    all = json_load_file(path, JSON_ALLOW_NUL, NULL);

    if (all == NULL) {
        skip("no shared/security/xss-cases.json");
        return;
    }

    page_url = json_string_value(json_object_get(all, "page_url"));

    json_array_foreach(json_object_get(all, "cases"), i, c) {
        xss_case(c, page_url);
    }

    json_decref(all);
}


/* the metadata value as a reader hands it over; markup is html.c's business */

static void
xss_case(json_t *c, const char *page_url)
{
    int          same;
    json_t      *page, *http, *expected, *value;
    const char  *field, *id, *got, *text;

    static const char  replacement[] = "a\xef\xbf\xbd" "b";

    field = json_string_value(json_object_get(c, "field"));
    id = json_string_value(json_object_get(c, "id"));
    value = json_object_get(c, "value");

    if (strcmp(field, "jsonld") == 0 || !json_is_string(value)) {
        return;
    }

    page = json_pack("{s:s, s:s, s:[{s:s+, s:O}]}", "kind", "html", "base",
                     page_url, "meta", "name", "og:", field, "content",
                     value);
    http = json_pack("{s:s}", "effective_url", page_url);

    json_decref(card);
    card = urlmeta_card(page, http, 0);

    expected = json_object_get(c, "expect_text");

    if (expected != NULL) {
        got = str(field);
        text = json_string_value(expected);

        /* U+0000 is removed, which the case allows */

        same = got != NULL
               && (strcmp(got, text) == 0
                   || (strcmp(text, replacement) == 0
                       && strcmp(got, "ab") == 0));

        if (!ok(same, "%s: %s", id, field)) {
            printf("# got: %s\n", got ? got : "(null)");
        }
    }

    if (json_object_get(c, "expect_url") != NULL) {
        expected = json_object_get(c, "expect_url");
        got = strcmp(field, "image") == 0 ? str("image.url") : str("url");
        is_str(got, json_string_value(expected), id);
    }

    json_decref(page);
    json_decref(http);
}
