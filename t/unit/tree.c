
/*
 * XML: XHTML and feeds to a page, whatever the pieces, and hostile documents.
 */


#include <time.h>

#include "tap.h"
#include "buffer.h"
#include "tree.h"
#include "tree_cut.h"


#define URL    "https://example.com/dir/doc"
#define XHTML  "<html xmlns=\"http://www.w3.org/1999/xhtml\">"


static json_t *parse(const char *data, size_t len, size_t step, int *broken);
static void is_page(const char *text, const char *expected, const char *name);
static void xhtml(void);
static void feeds(void);
static void broken(void);
static void hostile(void);
static void takes(urlmeta_buf_t *b, int is_broken, const char *name);
static void repeat(urlmeta_buf_t *b, const char *head, const char *fmt, int n,
    const char *tail);


int
main(void)
{
    urlmeta_tree_init();

    xhtml();
    feeds();
    broken();
    hostile();

    return done_testing();
}


static json_t *
parse(const char *data, size_t len, size_t step, int *is_broken)
{
    int              rc;
    char            *piece;
    size_t           i, n;
    json_t          *page;
    urlmeta_tree_t  *t;

    t = urlmeta_tree_create(URL, 1);
    rc = URLMETA_OK;

    for (i = 0; i < len && rc == URLMETA_OK; i += n) {
        n = len - i < step ? len - i : step;
        piece = malloc(n);
        memcpy(piece, data + i, n);

        rc = urlmeta_tree_feed(t, piece, n);

        free(piece);
    }

    (void) urlmeta_tree_end(t);

    *is_broken = urlmeta_tree_broken(t);

    page = urlmeta_tree_finish(t);
    urlmeta_tree_destroy(t);

    return page;
}


/* what is not expected to be empty, in pieces of any size */

static void
is_page(const char *text, const char *expected, const char *name)
{
    int          i, is_broken;
    char        *got;
    void        *tmp;
    json_t      *page, *value;
    const char  *key;

    static const size_t  steps[] = { 1, 2, 3, 5, 11, 64, 1 << 20 };

    for (i = 0; i < (int) (sizeof(steps) / sizeof(steps[0])); i++) {
        page = parse(text, strlen(text), steps[i], &is_broken);

        json_object_foreach_safe(page, tmp, key, value) {

            if (json_is_null(value) || json_is_false(value)
                || (json_is_array(value) && json_array_size(value) == 0)
                || strcmp(key, "url") == 0 || strcmp(key, "base") == 0)
            {
                json_object_del(page, key);
            }
        }

        got = json_dumps(page, JSON_COMPACT);
        json_decref(page);

        if (got == NULL || strcmp(got, expected) != 0 || is_broken) {
            is_str(got, expected, name);
            printf("# in pieces of %zu%s\n", steps[i],
                   is_broken ? ", broken" : "");
            free(got);
            return;
        }

        free(got);
    }

    ok(1, "%s", name);
}


static void
xhtml(void)
{
    is_page("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n"
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" "
            "\"http://127.0.0.1:1/xhtml1-strict.dtd\" ["
            "<!-- don't > --> <?pi > ?>"
            "<!ENTITY x SYSTEM \"file:///etc/passwd\">"
            "<!ENTITY y \"<b>bold</b>\">]>\n"
            "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"de\" "
            "xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><head>"
            "<dc:title>no</dc:title>"
            "<title>T\xc3\xa4st &amp; &eacute;<!-- c -->&#x41;<![CDATA[<b>]]>"
            "</title>"
            "<meta name=\"Description\" content=\"a > b &lt; c &eacute;\n d\"/>"
            "</head><body><svg xmlns=\"http://www.w3.org/2000/svg\">"
            "<title>no</title></svg><h1>H<b>e</b>i&szlig;</h1>"
            "<a href=\"r?a&amp;b\">li<i>n</i>k</a></body></html>\n<!-- -->",
            "{\"kind\":\"html\",\"language\":\"de\","
            "\"titles\":[\"T\xc3\xa4st & \xc3\xa9" "A<b>\"],"
            "\"meta\":[{\"name\":\"description\","
            "\"content\":\"a > b < c \xc3\xa9  d\"}],"
            "\"headings\":[{\"level\":1,\"text\":\"Hei\xc3\x9f\"}],"
            "\"links\":[{\"href\":\"r?a&b\","
            "\"url\":\"https://example.com/dir/r?a&b\","
            "\"text\":\"link\"}]}", "XHTML");

    is_page("<!DOCTYPE html [<!ENTITY x SYSTEM \"file:///etc/passwd\">"
            "<!ENTITY % p SYSTEM \"http://127.0.0.1:1/\"> %p;"
            "<!ENTITY y \"yyy\">]>"
            XHTML "<head><title>&x;|&y;|&z;</title>"
            "<meta name=\"a\" content=\"&y;|&z;\"/></head></html>",
            "{\"kind\":\"html\",\"titles\":[\"&x;|&y;|&z;\"],"
            "\"meta\":[{\"name\":\"a\",\"content\":\"&y;|&z;\"}]}",
            "entities that are declared are not known");

    is_page("<!DOCTYPE html [<!ENTITY a \"aaaaaaaaaa\">"
            "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
            "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">"
            "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>"
            XHTML "<head><title>&d;</title>"
            "<meta name=\"a\" content=\"&d;\"/></head></html>",
            "{\"kind\":\"html\",\"titles\":[\"&d;\"],"
            "\"meta\":[{\"name\":\"a\",\"content\":\"&d;\"}]}",
            "and cannot laugh");

    is_page("<x:html xmlns:x=\"http://www.w3.org/1999/xhtml\"><x:head>"
            "<x:title>p</x:title></x:head></x:html>",
            "{\"kind\":\"html\",\"titles\":[\"p\"]}", "with a prefix");

    is_page("<html><head><title>p</title></head></html>",
            "{\"kind\":\"html\",\"titles\":[\"p\"]}", "without a namespace");

    is_page(XHTML "<head><script type=\"application/ld+json\">"
            "{\"a\":\"&lt;\"}</script></head></html>",
            "{\"kind\":\"html\",\"json_ld\":[{"
            "\"text\":\"{\\\"a\\\":\\\"<\\\"}\","
            "\"value\":{\"a\":\"<\"},\"repaired\":false}]}",
            "a script's references are decoded");

    is_page("<svg xmlns=\"http://www.w3.org/2000/svg\"><title>x</title></svg>",
            "{\"kind\":\"image\"}", "an SVG is an image");

    is_page("<data><title>x</title></data>", "{\"kind\":\"xml\"}",
            "any other document");
}


static void
feeds(void)
{
    is_page("<?xml version=\"1.0\"?><rss version=\"2.0\" "
            "xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" "
            "xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>"
            "<title> The &amp; Feed &nbsp;</title><atom:title>no</atom:title>"
            "<atom:link rel=\"self\" href=\"/feed\"/><link>/home</link>"
            "<description><![CDATA[All <b>things</b>]]></description>"
            "<language>en-us</language>"
            "<image><title>no</title><url>/i.png</url><link>/no</link></image>"
            "<itunes:image href=\"/big.png\"/><itunes:author>Me</itunes:author>"
            "<item><title>no</title></item></channel></rss>",
            "{\"kind\":\"feed\",\"language\":\"en-us\","
            "\"titles\":[\"The & Feed \xc2\xa0\"],"
            "\"meta\":[{\"name\":\"description\","
            "\"content\":\"All <b>things</b>\"},"
            "{\"name\":\"author\",\"content\":\"Me\"},"
            "{\"name\":\"thumbnail\",\"content\":\"/i.png\"}],"
            "\"link\":[{\"rel\":\"canonical\",\"href\":\"/home\","
            "\"url\":\"https://example.com/home\"}]}", "RSS 2.0");

    is_page("<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\""
            " xmlns=\"http://purl.org/rss/1.0/\" "
            "xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
            "<channel rdf:about=\"x\"><title>R</title><link>http://r/</link>"
            "<description>D</description><dc:language>fr</dc:language>"
            "<items><rdf:Seq/></items></channel>"
            "<image><title>no</title><url>http://r/i</url></image>"
            "<item><title>no</title></item></rdf:RDF>",
            "{\"kind\":\"feed\",\"language\":\"fr\",\"titles\":[\"R\"],"
            "\"meta\":[{\"name\":\"description\",\"content\":\"D\"},"
            "{\"name\":\"thumbnail\",\"content\":\"http://r/i\"}],"
            "\"link\":[{\"rel\":\"canonical\",\"href\":\"http://r/\","
            "\"url\":\"http://r/\"}]}", "RSS 1.0");

    is_page("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"nl\">"
            "<title type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">"
            "A <b>b</b></div></title><subtitle>S</subtitle>"
            "<link rel=\"self\" href=\"/f\"/><link href=\"../h\"/>"
            "<link href=\"/second\"/><icon>/icon</icon><logo>/logo</logo>"
            "<author><name>N</name><uri>no</uri></author>"
            "<entry><title>no</title></entry></feed>",
            "{\"kind\":\"feed\",\"language\":\"nl\",\"titles\":[\"A b\"],"
            "\"meta\":[{\"name\":\"description\",\"content\":\"S\"},"
            "{\"name\":\"author\",\"content\":\"N\"},"
            "{\"name\":\"thumbnail\",\"content\":\"/logo\"}],"
            "\"link\":[{\"rel\":\"canonical\",\"href\":\"../h\","
            "\"url\":\"https://example.com/h\"}]}", "Atom");

    is_page("<rss><channel><link>javascript:alert(1)</link></channel></rss>",
            "{\"kind\":\"feed\",\"link\":[{\"rel\":\"canonical\","
            "\"href\":\"javascript:alert(1)\",\"url\":null}]}",
            "a link that is none");

    is_page("<rss><channel><title>T</title><item></rss>",
            "{\"kind\":\"feed\",\"titles\":[\"T\"]}",
            "nothing is read behind the first item");
}


static void
broken(void)
{
    int              is_broken;
    size_t           i;
    json_t          *page;
    const char      *title;

    static const struct {
        const char  *text;
        const char  *title;
        int          is_broken;
    } cases[] = {
        { XHTML "<head><title>T</title><br></head></html>", "T", 1 },
        { XHTML "<head><title>T</title>", "T", 1 },
        { XHTML "<title>T</title><p a=b/></html>", "T", 1 },
        { XHTML "<title>T</title><p a='<'/></html>", "T", 1 },
        { XHTML "<title>T</title>&</html>", "T", 1 },
        { "<!DOCTYPE html><title>T", NULL, 0 },
        { "<!DOCTYPE html><html><title>T</title>", "T", 1 },
        { "text", NULL, 1 },
        { "", NULL, 1 },
        { "<", NULL, 1 },
        { "<!", NULL, 1 },
        { "<![CDATA[", NULL, 1 },
        { "<rss><channel><title>T</title><p></channel>", "T", 0 },
        { "<data><x>", NULL, 0 },
        { NULL, NULL, 0 }
    };

    for (i = 0; cases[i].text; i++) {
        page = parse(cases[i].text, strlen(cases[i].text), 7, &is_broken);
        title = json_string_value(
                    json_array_get(json_object_get(page, "titles"), 0));

        is_str(title, cases[i].title, "what stood before the error");
        is_int(is_broken, cases[i].is_broken, "may be HTML");

        json_decref(page);
    }

    page = parse(XHTML "<title>T</title>\0</html>",
                 sizeof(XHTML "<title>T</title>\0</html>") - 1, 5, &is_broken);
    ok(is_broken, "a zero byte");
    json_decref(page);
}


static void
hostile(void)
{
    urlmeta_buf_t  b;

    memset(&b, 0, sizeof(b));

    repeat(&b, XHTML, "<i>", URLMETA_TREE_MAX_DEPTH - 1, "");
    repeat(&b, NULL, "</i>", URLMETA_TREE_MAX_DEPTH - 1, "</html>");
    takes(&b, 0, "as deep as may be");

    repeat(&b, XHTML, "<i>", 300000, "");
    takes(&b, 1, "deeper");

    repeat(&b, XHTML "<p ", "a%d='>'\n", URLMETA_TREE_MAX_ATTRS,
           "/></html>");
    takes(&b, 0, "as many attributes as may be");

    repeat(&b, XHTML "<p ", "a%d='>'\n", 100000, "/></html>");
    takes(&b, 1, "more");

    repeat(&b, XHTML "<p a='", "%d>", 100000, "'/></html>");
    takes(&b, 1, "a long tag");

    repeat(&b, "<html ", "xmlns:n%d='u'\n", 250, ">");
    repeat(&b, NULL, "<n0:x/>", 150000, "</html>");
    takes(&b, 0, "many elements of the first of many namespaces");

    repeat(&b, XHTML, "<i xmlns:n%d='u' xmlns:m%d='u'>", 200, "");
    takes(&b, 1, "more namespaces");

    repeat(&b, "<!DOCTYPE html [<!ATTLIST p ", "a%d CDATA \"vvvvvvvvvv\"\n",
           200, ">]>" XHTML);
    repeat(&b, NULL, "<p/>", 250000, "</html>");
    takes(&b, 1, "attributes by default");

    repeat(&b, "<!DOCTYPE html [<!ATTLIST p ", "a%d CDATA #IMPLIED\n",
           3000, ">]>" XHTML "</html>");
    takes(&b, 1, "many declarations");

    repeat(&b, "<!DOCTYPE html [", "<!ENTITY e%d 'x'>", 3000,
           "]>" XHTML "</html>");
    takes(&b, 1, "many entities");

    repeat(&b, "<!DOCTYPE html [<!ENTITY a '", "xxxxxxxxxx", 100000, "");
    takes(&b, 1, "a literal without an end");

    repeat(&b, "<!DOCTYPE html [<!ELEMENT a ", "(", 30000, "");
    takes(&b, 1, "a deep content model");

    repeat(&b, XHTML "<title>", "&none;", 150000, "</title></html>");
    takes(&b, 0, "entities that are not known");

    repeat(&b, XHTML "<p a='", "&none;", 10000, "'/></html>");
    takes(&b, 0, "in an attribute");

    repeat(&b, XHTML "<!--", "- ->", 250000, "--></html>");
    takes(&b, 0, "a long comment");

    repeat(&b, XHTML "<![CDATA[", "]] >", 250000, "]]></html>");
    takes(&b, 0, "a long CDATA section");

    repeat(&b, XHTML "<?p ", "? >", 300000, "?></html>");
    takes(&b, 0, "a long instruction");

    repeat(&b, XHTML, "<e%d/>", 100000, "</html>");
    takes(&b, 0, "many names");

    repeat(&b, "<rss><channel><title>", "xxxxxxxxxx", 100000,
           "</title></channel></rss>");
    takes(&b, 0, "a feed's long title");

    urlmeta_buf_free(&b);
}


/* in pieces of a network's size and of libxml2's favor, both in linear time */

static void
takes(urlmeta_buf_t *b, int is_broken, const char *name)
{
    int      got, again;
    json_t  *page;
    clock_t  start;

    start = clock();

    page = parse(b->data, b->len, 113, &got);
    json_decref(page);

    page = parse(b->data, b->len, 16384, &again);

    ok(page && got == is_broken && again == is_broken
       && clock() - start < 4 * CLOCKS_PER_SEC, "%s", name);

    if (got != is_broken || again != is_broken) {
        printf("# broken: %d, %d\n", got, again);
    }

    json_decref(page);
    urlmeta_buf_reset(b);
}


static void
repeat(urlmeta_buf_t *b, const char *head, const char *fmt, int n,
    const char *tail)
{
    int          i;
    const char  *p;

    if (head) {
        urlmeta_buf_reset(b);
        urlmeta_buf_add_str(b, head);
    }

    for (i = 0; i < n; i++) {

        for (p = fmt; *p; p++) {

            if (p[0] == '%' && p[1] == 'd') {
                urlmeta_buf_printf(b, "%d", i);
                p++;

            } else {
                urlmeta_buf_add_char(b, *p);
            }
        }
    }

    urlmeta_buf_add_str(b, tail);
}
