
/*
 * From a page to its card: JSON-LD that speaks last, what is told where
 * nothing is acceptable, which addresses stay, and characters of Big5.
 */


#include "tap.h"
#include "page.h"


#define URL  "https://example.com/dir/doc"


static void make(const char *type, const char *html, int any_address);
static const char *str(const char *path);
static void order(void);
static void sources(void);
static void addresses(void);
static void languages(void);
static void big5(void);


static json_t  *card;


int
main(void)
{
    urlmeta_init();

    order();
    sources();
    addresses();
    languages();
    big5();

    json_decref(card);

    return done_testing();
}


static void
order(void)
{
    /* a valid block, a block that has to be repaired */

    make(NULL, "<title>T</title><meta name=date content=2020-01-01>"
         "<link rel=image_src href=/l.png><meta name=author content=M>"
         "<script type=application/ld+json>{\"@type\":\"Article\","
         "\"headline\":\"H\",\"datePublished\":\"2021-02-02\","
         "\"image\":\"/j.png\",\"author\":\"J\"}</script>", 0);
    is_str(str("title"), "H", "a headline before the title element");
    is_str(str("published"), "2021-02-02", "its date before that of a meta");
    is_str(str("image.url"), "https://example.com/j.png", "its picture");
    is_str(str("author.name"), "J", "its author");
    is_str(str("sources.title.rule"), "json-ld headline", "the rule");

    make(NULL, "<title>T</title><meta name=date content=2020-01-01>"
         "<link rel=image_src href=/l.png><meta name=author content=M>"
         "<script type=application/ld+json>{\"@type\":\"Article\","
         "\"headline\":\"H\",\"datePublished\":\"2021-02-02\","
         "\"image\":\"/j.png\",\"author\":\"J\",\"description\":\"D\",}"
         "</script>", 0);
    is_str(str("title"), "T", "of a repaired block the headline comes last");
    is_str(str("published"), "2020-01-01", "its date");
    is_str(str("image.url"), "https://example.com/l.png", "its picture");
    is_str(str("author.name"), "M", "its author");
    is_str(str("description"), "D", "what nobody else states is taken");
    is_str(str("sources.description.rule"), "repaired json-ld description",
           "the rule");

    make(NULL, "<h1>Heading</h1><script type=application/ld+json>"
         "{\"@type\":\"Article\",\"headline\":\"H\",}</script>", 0);
    is_str(str("title"), "H", "and before a heading");

    make(NULL, "<title>T</title><script type=application/ld+json>"
         "{\"@type\":\"WebPage\",\"mainEntity\":{\"@type\":\"Book\","
         "\"name\":\"B\",\"description\":\"D\"}}</script>", 0);
    is_str(str("title"), "T", "a nested main entity comes last");
    is_str(str("description"), "D", "with what nobody else states");
    is_str(str("type"), "book", "and is what the page is about");

    make(NULL, "<title>T</title><script type=application/ld+json>"
         "{\"@graph\":[{\"@type\":\"WebPage\",\"mainEntity\":{\"@id\":\"#b\"}},"
         "{\"@id\":\"#b\",\"@type\":\"Book\",\"name\":\"B\"}]}</script>", 0);
    is_str(str("title"), "B", "one of the graph does not");

    make(NULL, "<script type=application/ld+json>{\"@context\":\"x\","
         "\"description\":\"D\"}</script>", 0);
    is_str(str("description"), "D", "a node without a type");
}


static void
sources(void)
{
    make(NULL, "<title>T</title><meta name=description content=' T '>"
         "<meta name=date content='July 3rd'>", 0);
    ok(str("description") == NULL, "a description that is the title");
    is_str(str("sources.description.value"), " T ", "is told as stated");
    is_str(str("sources.description.rule"), "description", "by which rule");
    ok(str("published") == NULL, "a date that is none");
    is_str(str("sources.published.value"), "July 3rd", "is told as stated");

    make(NULL, "<meta name=date content='July 3rd'>"
         "<meta name=pubdate content=2020-01-01>", 0);
    is_str(str("sources.published.value"), "2020-01-01", "the one that won");
    is_str(str("sources.published.lost.0.value"), "July 3rd", "and lost");

    make(NULL, "<meta name=a value=b><meta name=twitter:title value=V>"
         "<meta name=c content=d>", 0);
    is_str(str("title"), "V", "a meta with a value counts");
    is_str(str("meta.0.name"), "c", "and is no meta with content");
}


static void
addresses(void)
{
    static const char  html[] =
        "<meta property=og:image content=http://10.1.2.3/i.png>"
        "<link rel=icon href=http://router.local/i.ico>"
        "<link rel=canonical href=http://[::1]/>";

    make(NULL, html, 0);
    ok(str("image.url") == NULL, "a private address");
    ok(str("canonical_url") == NULL, "a loopback address");
    is_str(str("icon.url"), "https://example.com/favicon.ico", "a local name");

    make(NULL, html, 1);
    is_str(str("image.url"), "http://10.1.2.3/i.png", "stays if it may");
    is_str(str("canonical_url"), "http://[::1]/", "and that");
    is_str(str("icon.url"), "http://router.local/i.ico", "and this");

    make(NULL, "<meta property=og:image content=javascript:x>", 1);
    ok(str("image.url") == NULL, "no script");
}


static void
languages(void)
{
    make(NULL, "<html xml:lang=de>", 0);
    is_str(str("language"), "de", "xml:lang");

    make(NULL, "<html xml:lang=de lang=fr>", 0);
    is_str(str("language"), "fr", "lang before it");

    make(NULL, "<html lang='' xml:lang=de>", 0);
    is_str(str("language"), "de", "unless that is empty");

    make(NULL, "<meta property=og:locale content=en_GB>"
         "<script type=application/ld+json>{\"@type\":\"Article\","
         "\"name\":\"N\",\"inLanguage\":\"en\"}</script>", 0);
    is_str(str("language"), "en-GB", "og:locale before inLanguage");
}


static void
big5(void)
{
    size_t             i, n;
    json_t            *p;
    urlmeta_reader_t  *rd;

    /* full-width slash, tilde, yen, a letter of Microsoft's, an ordinary one,
       and a lead byte without its trail */

    static const char  html[] =
        "<title>\xa1\xfe\xa1\xe3\xa2\x44\xf9\xd6\xa4\xa4\xa1</title>";

    static const char  expected[] =
        "\xef\xbc\x8f\xef\xbd\x9e\xef\xbf\xa5\xe7\xa2\x81\xe4\xb8\xad"
        "\xef\xbf\xbd";

    for (n = 1; n <= 3; n++) {
        rd = urlmeta_reader_create(URL, "text/html; charset=big5", 0);

        for (i = 0; i < sizeof(html) - 1; i += n) {
            (void) urlmeta_reader_feed(rd, html + i,
                                       sizeof(html) - 1 - i < n
                                       ? sizeof(html) - 1 - i : n);
        }

        p = urlmeta_reader_page(rd);
        is_str(json_string_value(json_array_get(json_object_get(p, "titles"),
                                                0)),
               expected, "the Encoding Standard's Big5");
        json_decref(p);
        urlmeta_reader_destroy(rd);
    }
}


static void
make(const char *type, const char *html, int any_address)
{
    urlmeta_buf_t      out;
    urlmeta_http_t     http;
    urlmeta_reader_t  *rd;

    memset(&http, 0, sizeof(http));
    memset(&out, 0, sizeof(out));

    http.requested_url = URL;
    http.effective_url = URL;
    http.status = 200;
    http.fetched_at = 1704164645;

    rd = urlmeta_reader_create(URL, type ? type : "text/html", 1);

    if (any_address) {
        urlmeta_reader_any_address(rd);
    }

    (void) urlmeta_reader_feed(rd, html, strlen(html));

    json_decref(card);
    card = NULL;

    if (urlmeta_reader_card(rd, &http, &out) == URLMETA_OK) {
        card = json_loadb(out.data, out.len, 0, NULL);
    }

    urlmeta_buf_free(&out);
    urlmeta_reader_destroy(rd);
}


/* the text at a path of names and numbers with dots between, or NULL */

static const char *
str(const char *path)
{
    char     name[32];
    size_t   n;
    json_t  *value;

    value = card;

    while (*path) {
        n = strcspn(path, ".");
        memcpy(name, path, n);
        name[n] = '\0';
        path += n + (path[n] == '.');

        value = json_is_array(value) ? json_array_get(value, atoi(name))
                                     : json_object_get(value, name);
    }

    return json_string_value(value);
}
