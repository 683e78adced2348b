
/*
 * What the head leaves empty, from the body; where the head ends; how much is
 * read.
 */


#include <time.h>

#include "tap.h"
#include "card.h"
#include "page.h"


#define URL   "https://example.com/dir/doc"
#define HEAD  "<!doctype html><html><head><meta charset=utf-8>"               \
              "<title>T</title></head>"


static json_t *page(const char *data, size_t len, size_t step);
static json_t *card_of(const char *data);
static const char *get(json_t *object, const char *path);
static void is_card(const char *body, const char *path, const char *expected,
    const char *name);
static void is_extent(const char *data, urlmeta_extent_e extent, int details,
    size_t read, const char *name);
static void is_broken(const char *type, const char *data, int expected,
    const char *name);
static void paragraphs(void);
static void images(void);
static void microdata(void);
static void times(void);
static void chunks(void);
static void extent(void);
static void broken(void);
static void fill(char *out, size_t size, const char *first,
    const char *repeated, const char *last);
static void hostile(void);


#define PROSE                                                                 \
    "This is a paragraph that is long enough to be taken for the text of an " \
    "article."


int
main(void)
{
    urlmeta_init();

    paragraphs();
    images();
    microdata();
    times();
    chunks();
    extent();
    broken();
    hostile();

    return done_testing();
}


static json_t *
page(const char *data, size_t len, size_t step)
{
    char              *piece;
    size_t             i, n;
    json_t            *p;
    urlmeta_reader_t  *rd;

    rd = urlmeta_reader_create(URL, "text/html", 0);

    for (i = 0; i < len; i += n) {
        n = len - i < step ? len - i : step;
        piece = malloc(n);
        memcpy(piece, data + i, n);

        if (urlmeta_reader_feed(rd, piece, n) != URLMETA_OK) {
            ok(0, "fed");
        }

        free(piece);
    }

    p = urlmeta_reader_page(rd);
    urlmeta_reader_destroy(rd);

    return p;
}


static json_t *
card_of(const char *data)
{
    json_t          *p, *http, *card;
    urlmeta_http_t   h;

    memset(&h, 0, sizeof(h));

    h.requested_url = URL;
    h.effective_url = URL;
    h.status = 200;
    h.content_type = "text/html";
    h.fetched_at = 1780000000;

    p = page(data, strlen(data), strlen(data));
    http = urlmeta_http_json(&h);
    card = urlmeta_card(p, http, 0);

    json_decref(http);
    json_decref(p);

    return card;
}


/* "image.url", "authors.0.name"; a number as its text */

static const char *
get(json_t *object, const char *path)
{
    char         name[64];
    size_t       len;

    static char  number[32];

    while (*path) {
        len = strcspn(path, ".");
        memcpy(name, path, len);
        name[len] = '\0';
        path += len + (path[len] == '.');

        object = json_is_array(object)
                 ? json_array_get(object, (size_t) atoi(name))
                 : json_object_get(object, name);
    }

    if (json_is_integer(object)) {
        snprintf(number, sizeof(number), "%lld",
                 (long long) json_integer_value(object));
        return number;
    }

    return json_string_value(object);
}


static void
is_card(const char *body, const char *path, const char *expected,
    const char *name)
{
    char    *data;
    json_t  *c;

    data = malloc(strlen(body) + strlen(HEAD) + 1);
    strcpy(data, HEAD);
    strcat(data, body);

    c = card_of(data);
    is_str(get(c, path), expected, name);

    json_decref(c);
    free(data);
}


static void
paragraphs(void)
{
    is_card("<body><article><p>Short.<p>" PROSE "</article>", "description",
            PROSE, "the first long paragraph of the article");
    is_card("<body><p>" PROSE " 2</p><main><p>" PROSE, "description", PROSE,
            "before one of nothing");
    is_card("<main><div><p>" PROSE "</div></main>", "description", PROSE,
            "of main");
    is_card("<div id=content><section><p>" PROSE "</div>", "description",
            PROSE, "of #content");
    is_card("<div role=main><p>" PROSE "</div>", "description", PROSE,
            "of the main role");
    is_card("<main><nav><p>" PROSE "</nav></main>", "description", NULL,
            "a menu has no prose");
    is_card("<main><div aria-hidden=true><p>" PROSE "</div></main>",
            "description", NULL, "what is hidden has none");
    is_card("<main><p>" PROSE "<script>x()</script></p></main>",
            "description", PROSE, "what has a script in it is no paragraph");
    is_card("<main><p><b>This</b> is\n a &amp; paragraph, <a href=x>that</a> "
            "is long&nbsp;enough &lt;to&gt; be taken for one.</main>",
            "description",
            "This is a & paragraph, that is long enough <to> be taken for "
            "one.",
            "elements and references within it");
    is_card("<main><table><tr><td><p>" PROSE "</td></table><p>no",
            "description", PROSE, "in a table");
    is_card("<main><template><p>" PROSE "</p></template><svg><p>"
            "</svg></main>", "description", NULL, "a template has none");
    is_card("<main></div></span></p></main><main><p>" PROSE, "description",
            PROSE, "end tags without a start");
    is_card("<main><script></script><p><button>x</button>" PROSE "</main><p>"
            PROSE " 2", "description", PROSE " " PROSE " 2",
            "behind the end of it");
    is_card("<main><p>This is a paragraph of two lines that are<br>kept apart "
            "from each other.", "description",
            "This is a paragraph of two lines that are kept apart from each "
            "other.", "a line break is white space");
    is_card("<meta name=description content=stated><main><p>" PROSE,
            "description", "stated", "a late meta goes before");
}


static void
images(void)
{
    is_card("<article><img src=/a.jpg><img src=b.jpg width=300 height=200>"
            "<img src=c.jpg width=200 height=100></article>", "image.url",
            "https://example.com/dir/b.jpg", "the article's largest");
    is_card("<article><img src=b.jpg width=300 height=200>", "image.width",
            "300", "its width");
    is_card("<article><img src=b.jpg height=200 width=300 alt='A &quot;b&quot;"
            "'>", "image.alt", "A \"b\"", "its text");
    is_card("<img src=x.jpg width=900 height=900><article><img src=a.jpg>",
            "image.url", "https://example.com/dir/a.jpg",
            "the article's before the page's");
    is_card("<img src=a.jpg><img src=b.jpg width=10 height=10>", "image.url",
            NULL, "without a size, or a small one, is none");
    is_card("<img src=a.jpg width=100% height=20>", "image.url", NULL,
            "per cent are no pixels");
    is_card("<img src=b.jpg width=100 height=100px>", "image.url",
            "https://example.com/dir/b.jpg", "anywhere");
    is_card("<nav><img src=b.jpg width=100 height=100></nav>", "image.url",
            NULL, "a menu's is none");
    is_card("<article><img src=/pixel.gif><img src=x.SVG><img src=Logo.png>"
            "<img src='data:image/png;base64,x'>", "image.url", NULL,
            "decoration");
    is_card("<article><img src='data:x' data-src=real.jpg>", "image.url",
            "https://example.com/dir/real.jpg", "data-src");
    is_card("<article><img srcset='a.jpg 100w, b.jpg 800w,c.jpg 2w'>",
            "image.url", "https://example.com/dir/b.jpg", "srcset");
    is_card("<article><img srcset='a.jpg, b.jpg 2x'>", "image.url",
            "https://example.com/dir/b.jpg", "srcset by density");
    is_card("<article><img srcset=' , ,'><img src=''>", "image.url", NULL,
            "nothing in it");
    is_card("<article><img src=a.jpg></article><video poster=p.jpg>",
            "image.url", "https://example.com/dir/p.jpg", "a poster");
    is_card("<base href=/b/><article><img src=a.jpg>", "image.url",
            "https://example.com/b/a.jpg", "base");
    is_card("<article><img src='javascript:x'><img src=http://localhost/x>",
            "image.url", NULL, "an address that may not be shown");
    is_card("<meta property=og:image content=/og.png><article><img "
            "src=a.jpg>", "image.url", "https://example.com/og.png",
            "what is stated goes before");
}


static void
microdata(void)
{
    static const char  article[] =
        "<div itemscope itemtype='http://schema.org/Person'>"
        "<span itemprop=name>Somebody</span></div>"
        "<div itemscope itemtype='https://schema.org/NewsArticle'>"
        "<h1 itemprop='name headline'>The <i>headline</i></h1>"
        "<p itemprop=description>About\n it</p>"
        "<div itemprop=author itemscope itemtype=http://schema.org/Person>"
        "<a itemprop=name href=/jane>Jane Roe</a></div>"
        "<time itemprop=datePublished datetime=2024-05-06>6 May</time>"
        "<meta itemprop=dateModified content=2024-05-07>"
        "<div itemprop=publisher itemscope><img itemprop=logo src=/logo.png>"
        "</div>"
        "<div itemprop=image itemscope><meta itemprop=url content=i.jpg></div>"
        "</div>";

    static const char  product[] =
        "<div itemscope itemtype='http://schema.org/Product'>"
        "<span itemprop=name>Lamp</span>"
        "<a itemprop=image href=lamp.jpg><img src=small.jpg></a>"
        "<div itemprop=offers itemscope itemtype=http://schema.org/Offer>"
        "<span itemprop=price content=12.50>12,50 EUR</span>"
        "<meta itemprop=priceCurrency content=EUR>"
        "<link itemprop=availability href=http://schema.org/InStock></div>"
        "<div itemprop=aggregateRating itemscope>"
        "<b itemprop=ratingValue>4.5</b></div></div>";

    is_card(article, "title", "T", "title element before");
    is_card(article, "description", "About it", "description");
    is_card(article, "authors.0.name", "Jane Roe", "author, an item");
    is_card(article, "authors.1.name", NULL, "the only one");
    is_card(article, "published", "2024-05-06", "published");
    is_card(article, "modified", "2024-05-07", "modified");
    is_card(article, "image.url", "https://example.com/dir/i.jpg", "image");
    is_card(product, "image.url", "https://example.com/dir/lamp.jpg",
            "an anchor's address");
    is_card(product, "facts.price", "12.50", "price");
    is_card(product, "facts.currency", "EUR", "currency");
    is_card("<div itemscope itemtype=http://schema.org/VideoObject><b "
            "itemprop=name>V</b><link itemprop=embedURL href=/e/1>"
            "<meta itemprop=contentURL content=/v.mp4>", "player.url",
            "https://example.com/e/1", "player");
    is_card("<div itemscope itemtype=http://schema.org/VideoObject><b "
            "itemprop=name>V</b><link itemprop=embedURL href=/e/1>"
            "<meta itemprop=contentURL content=/v.mp4>", "video.url",
            "https://example.com/v.mp4", "video");
    is_card("<span itemprop=author>A</span><span itemprop=author>B</span>",
            "authors.1.name", "B", "without an item");
    is_card("<div itemscope><b itemprop=author>A</b></div>", "author.name",
            "A", "an item without a type");
    is_card("<a rel='nofollow author' href=/x>Joe</a>", "author.name", "Joe",
            "rel=author");
    is_card("<div itemscope itemtype=x/Article><i itemprop=author>A</i>"
            "<div itemscope itemtype=x/Comment><i itemprop=author>B</i></div>",
            "authors.1.name", NULL, "an item within is another's");
    is_card("<article itemscope itemtype=http://schema.org/Article>"
            "<div itemprop=articleBody><p>" PROSE "</div></article>",
            "description", PROSE, "the article's body");
}


static void
times(void)
{
    is_card("<article><time datetime='2024-01-02T03:04:05Z'>x</time>",
            "published", "2024-01-02T03:04:05Z", "time of the article");
    is_card("<time datetime=2020-01-01></time><article>"
            "<time datetime=2024-01-02>x</time>", "published", "2024-01-02",
            "before that of the page");
    is_card("<nav><time datetime=2020-01-01></time></nav>", "published", NULL,
            "of a menu it is none");
    is_card("<time datetime=P1D></time><time datetime=2020-01-01></time>",
            "published", "2020-01-01", "a duration is none");
    is_card("<article><time datetime=2024-01-02></time></article>"
            "<time pubdate datetime=2024-01-01></time>", "published",
            "2024-01-01", "what is said to be of publication");
    is_card("<abbr itemprop=datePublished title=2024-03-04>4 March</abbr>",
            "published", "2024-03-04", "a date in words, by its title");
    is_card("<span itemprop=dateModified datetime=2024-03-05>5 March</span>",
            "modified", "2024-03-05", "or its datetime");
}


/* pieces of any size make the same page */

static void
chunks(void)
{
    size_t   i;
    json_t  *whole, *p;

    static const char  data[] =
        HEAD "<body itemscope itemtype=http://schema.org/WebPage><article>"
        "<h1 itemprop=headline>\xc3\x9c" "ber &eacute;&nbsp;</h1><p>" PROSE
        "\xe2\x82\xac &amp; more<br>x</p><img src='a.jpg?a=1&amp;b=2' "
        "width=100 height=90><time datetime=2020-01-01>x</time></article>";

    whole = page(data, sizeof(data) - 1, sizeof(data));

    is_int(json_array_size(json_object_get(whole, "paragraphs")), 1,
           "chunks: a paragraph");
    is_str(get(whole, "body_images.0.src"), "a.jpg?a=1&b=2",
           "chunks: an image");
    is_str(get(whole, "microdata.0.value.headline"),
           "\xc3\x9c" "ber \xc3\xa9\xc2\xa0", "chunks: an item");

    for (i = 1; i < 20; i++) {
        p = page(data, sizeof(data) - 1, i);

        if (!json_equal(p, whole)) {
            ok(0, "in pieces of %zu", i);
        }

        json_decref(p);
    }

    json_decref(whole);
}


/* "read": bytes until URLMETA_DONE, 0 if it does not come */

static void
is_extent(const char *data, urlmeta_extent_e extent, int details, size_t read,
    const char *name)
{
    int                rc;
    size_t             i, len;
    urlmeta_reader_t  *rd;

    rd = urlmeta_reader_create(URL, "text/html; charset=utf-8", details);
    urlmeta_reader_extent(rd, extent);

    len = strlen(data);
    rc = URLMETA_OK;

    for (i = 0; i < len && rc == URLMETA_OK; i++) {
        rc = urlmeta_reader_feed(rd, data + i, 1);
    }

    is_int(rc == URLMETA_DONE ? i : 0, read, name);

    if (rc == URLMETA_DONE) {
        is_int(urlmeta_reader_feed(rd, "x", 1), URLMETA_DONE, "and no more");
    }

    json_decref(urlmeta_reader_page(rd));
    urlmeta_reader_destroy(rd);
}


static void
extent(void)
{
#define FULL    URLMETA_EXTENT_FULL
#define AUTO    URLMETA_EXTENT_AUTO
#define ONLY    URLMETA_EXTENT_HEAD

    static const char  good[] =
        "<head><title>T</title><meta name=description content=D>"
        "<meta name=twitter:image content=i.png></head>";
    static const char  ld[] =
        "<head><script type=application/ld+json>{\"@graph\":[{\"@type\":"
        "\"Product\",\"name\":\"N\",\"description\":\"D\",\"image\":[\"i\"]}]}"
        "</script></head>";

    char  text[1024];

    is_extent(good, AUTO, 0, strlen(good), "auto: all is stated");
    is_extent(ld, AUTO, 0, strlen(ld), "auto: in JSON-LD");
    is_extent(good, FULL, 0, 0, "full");
    is_extent(good, AUTO, 1, 0, "auto: with details");
    is_extent(good, ONLY, 1, strlen(good), "head: with details");
    is_extent("<title>T</title></head><p>x</html>", AUTO, 0, 34,
              "auto: to the end of html");
    is_extent("<title>T</title></head><p>x</html>", ONLY, 0, 23, "head");
    is_extent("<title>T</title><body>", ONLY, 0, 22, "head: body ends it");
    is_extent("<title>T</title><p>x", ONLY, 0, 0, "head: a p does not");
    is_extent("<title></head></title><script></head></script><!--</head>-->"
              "<template></head></template>", ONLY, 0, 0,
              "head: an end tag that is none");
    is_extent("<svg></svg></head>", ONLY, 0, 18, "head: behind an svg");

    snprintf(text, sizeof(text), "<div>%s", good);
    is_extent(text, AUTO, 0, strlen(text), "auto: a div in the head");
    is_extent("<title> </title><meta name=description content=D>"
              "<meta property=og:image content=i></head>", AUTO, 0, 0,
              "auto: an empty title is none");
}


static void
is_broken(const char *type, const char *data, int expected, const char *name)
{
    json_t            *p;
    urlmeta_reader_t  *rd;

    rd = urlmeta_reader_create(URL, type, 0);

    (void) urlmeta_reader_feed(rd, data, strlen(data));

    is_int(urlmeta_reader_broken(rd), expected, name);

    p = urlmeta_reader_page(rd);
    ok(p != NULL, "a page of it all the same");

    json_decref(p);
    urlmeta_reader_destroy(rd);
}


static void
broken(void)
{
    is_broken("text/html", "<title>x</title>", 0, "half a head");
    is_broken("text/html", "<title>x</title></head>", 1, "a head");
    is_broken("text/html", "<title>x</title><body>", 1, "and a body");
    is_broken("text/html", "<title>x</title><h1>", 1, "a head without tags");
    is_broken("text/html", "<noscript><div></div></noscript>", 0,
              "not what is without scripts only");
    is_broken("text/html", "<title>x</title></html>", 1, "no head at all");
    is_broken("text/html", "", 0, "nothing");
    is_broken(NULL, "<html><title>x</title></head>", 1, "sniffed");
    is_broken("application/xhtml+xml",
              "<html xmlns='http://www.w3.org/1999/xhtml'><head></head>", 1,
              "XHTML");
    is_broken("application/rss+xml", "<rss><channel><title>x</title>", 0,
              "half of a channel");
    is_broken("application/rss+xml", "<rss><channel><title>x</title><item>", 1,
              "a channel");
    is_broken("image/png", "\x89PNG", 1, "a picture");
}


static void
fill(char *out, size_t size, const char *first, const char *repeated,
    const char *last)
{
    size_t  len, n;

    len = strlen(first);
    memcpy(out, first, len);
    n = strlen(repeated);

    while (len + n + strlen(last) < size) {
        memcpy(out + len, repeated, n);
        len += n;
    }

    memcpy(out + len, last, strlen(last) + 1);
}


/* one megabyte of each in far less than a second */

static void
hostile(void)
{
    char      *data;
    size_t     i, k, size;
    json_t    *p;
    clock_t    start;
    double     took;

    static const struct {
        const char  *name;
        const char  *first;
        const char  *repeated;
        const char  *last;
    } cases[] = {
        { "div", "", "<div>", "" },
        { "div with an item", "", "<div itemscope itemprop=a>", "" },
        { "div with items and their ends", "",
          "<div itemscope><b itemprop=x>t</b></div>", "" },
        { "one item of many values", "<div itemscope>",
          "<b itemprop=author>A &amp; B</b>", "</div>" },
        { "mismatch", "", "<i></b>", "" },
        { "inline elements, then ends", "<main><p>", "<i>x", "</b>" },
        { "ends", "<main><i><i><i><i><i><i><i><i>", "</b></li></td>", "" },
        { "paragraphs", "<main>", "<p>" PROSE, "" },
        { "paragraphs in spans", "<main>", "<span><p>" PROSE, "" },
        { "one paragraph", "<main><p>", "x &amp;&lt; ", "" },
        { "paragraphs of items", "<main>", "<p itemprop=a><p>", "" },
        { "images", "<main>", "<img src=a width=99 height=99>", "" },
        { "images of items", "<main>", "<img itemprop=image src=a alt=x>",
          "" },
        { "srcset", "<main>", "<img srcset='a 1x,b 2x,,,,c'>", "" },
        { "one srcset", "<main><img srcset='", "a 1x,", "'>" },
        { "scripts", "<main><p>", "<script></script>", "" },
        { "controls", "<main><p>", "<input>", "" },
        { "tables", "<main>", "<table><tr><td>", "" },
        { "lists", "<main>", "<ul><li itemprop=a>x", "" },
        { "articles", "", "<article>", "" },
        { "times", "", "<time datetime=2020-01-01>x</time>", "" },
        { "people", "", "<a rel=author>x</a>", "" },
        { "attributes", "<main itemscope ", "itemprop=a b", ">" },
        { "names of a property", "<div itemscope><b itemprop='", "a b c ",
          "'>x</b>" },
        { "types", "<div itemscope itemtype='", "http://schema.org/X ",
          "'>x</b>" },
        { "quotes", "<main itemscope><b itemprop=a content='", "\"", "'>x" },
        { "noncharacters", "<main><p>", "\xef\xbf\xbe", "" },
        { "controls of ASCII", "<main itemscope><b itemprop=a>", "\x01\x7f",
          "" },
        { "bytes that are none", "<main><p>", "\xff\xc3", "" },
        { "names", "<main>", "<abcdefghijklmnopqrstuvwxyz itemprop=a>", "" },
        { "items in items", "<main>",
          "<div itemscope itemprop=mainEntity itemid='#a' itemtype=x/Article>"
          "<a itemprop=url href='#a'>", "" },
    };

    size = 1048576;
    data = malloc(size + 1);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char  first[256];

        snprintf(first, sizeof(first), "%s<body>%s", HEAD, cases[i].first);
        fill(data, size, first, cases[i].repeated, cases[i].last);

        for (k = 0; k < 2; k++) {
            start = clock();
            p = page(data, strlen(data), k ? 16384 : size);
            took = (double) (clock() - start) / CLOCKS_PER_SEC;

            ok(p != NULL && took < 1, "hostile: %s, %.0f ms", cases[i].name,
               took * 1000);

            json_decref(p);
        }

        json_decref(card_of(data));
    }

    free(data);
}
