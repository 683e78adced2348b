
/*
 * What is put into a page, and where, however the page is cut.
 */


#include <string.h>

#include "buffer.h"
#include "complete.h"
#include "urlmeta.h"
#include "tap.h"


/* "^" marks the place where the text has to go; none: nothing is added */

typedef struct {
    const char  *name;
    const char  *type;
    const char  *page;
    const char  *text;
} page_t;


static void check(const page_t *t, size_t cut, size_t cut2, int *bad);
static int run(const char *page, size_t len, const char *type, size_t cut,
    size_t cut2, urlmeta_buf_t *out, size_t *passed);
static void held(void);
static void links(void);


#define U  "https://a.example/p?q=1"

#define OG(p, v)  "<meta property=\"og:" p "\" content=\"" v "\">"
#define CARD      "<meta name=\"twitter:card\" content=\"summary\">"
#define URLS      OG("url", "https://a.example/p?q=1")                        \
                  "<link rel=\"canonical\" href=\"https://a.example/p?q=1\">"
#define ONE       OG("title", "One") CARD URLS


static const page_t  pages[] = {

    { "the end tag", NULL,
      "<!doctype html><html><head><title>One</title>\n^</head><body>x",
      ONE },

    { "upper case and white space", NULL,
      "<HTML><HEAD><TITLE>One</TITLE>^</HEAD ><BODY>", ONE },

    { "body", NULL, "<html><head><title>One</title>^<body class=a>x", ONE },

    { "frameset", NULL, "<head><title>One</title>^<frameset><frame>", ONE },

    { "no head tag: the first of the body", NULL,
      "<!doctype html><title>One</title>\n^<p>x</p>", ONE },

    { "no head tag: text", NULL,
      "<!doctype html><title>One</title>^\n text &amp; more <p>", ONE },

    { "no head tag: a reference", NULL,
      "<!doctype html><title>One</title>^&nbsp;<p>", ONE },

    { "a div in the head", NULL,
      "<head><title>One</title>^<div></div><meta charset=utf-8></head><body>",
      ONE },

    { "metadata after a div in the head", NULL,
      "<head><title>One</title>^<div></div>"
      "<meta property=og:title content=x>"
      "<meta name=twitter:card content=x></head><body>", URLS },

    { "a div in the head, then body", NULL,
      "<head><title>One</title>^<img><body>", ONE },

    { "a div in the head, and no more", NULL,
      "<head><title>One</title>^<div>x</div>", ONE },

    { "in script, style and comments", NULL,
      "<head><script>'</head><body>'</script><style></head></style>"
      "<!-- </head> --><title>One</title>^</head>", ONE },

    { "an escaped script", NULL,
      "<head><title>One</title><script><!-- <script> </script> </head> -->"
      "</script>^</head>", ONE },

    { "in the title", NULL,
      "<head><title>a </head> &lt;b&gt; \"c\" 'd' --></title>^</head>",
      OG("title", "a &lt;/head&gt; &lt;b&gt; &quot;c&quot; &#39;d&#39; --&gt;")
      CARD URLS },

    { "in a value", NULL,
      "<head><title>One</title><meta name=x content=\"</head>\">^</head>",
      ONE },

    { "in noscript", NULL,
      "<head><title>One</title><noscript><img src='x'></head><p "
      "a='</noscript>^</head>", ONE },

    { "in a template", NULL,
      "<head><title>One</title><template><div></head>x<meta property=og:title "
      "content=x><template></template></template>^</head>", ONE },

    { "other characters", NULL,
      "<meta charset=utf-8><title>Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80</title>"
      "^<p>", OG("title", "Gr&#252;&#223; &#128512;") CARD URLS },

    { "windows-1252", "text/html; charset=windows-1252",
      "<title>Gr\xfc\xdf</title>^<p>", OG("title", "Gr&#252;&#223;") CARD
      URLS },

    { "Shift_JIS", "text/html; charset=shift_jis",
      "<head><title>\x83\x5c\x83\x3c</title><meta name=x content=\"\x95\x5c\">"
      "^</head>", NULL },

    { "ISO-2022-JP is left", "text/html; charset=iso-2022-jp",
      "<head><title>\x1b$B$\"\x1b(B</title></head>", "" },

    { "a byte order mark", NULL,
      "\xef\xbb\xbf<!doctype html><title>One</title>^<p>", ONE },

    { "half of one is text", NULL, "\xef\xbb<head><title>One</title></head>",
      "" },

    { "what is there stays alone", NULL,
      "<head><title>One</title><meta property=\"OG:Title\" content=\"\">"
      "<meta name=og:url content=x><link rel=\"x CANONICAL\" href=/c>"
      "<meta value=a property=twitter:card>^</head>", "" },

    { "all are there", NULL,
      "<head><title>One</title><meta property=og:title content=a>"
      "<meta property=og:description content=a><meta property=og:image:url "
      "content=/a><meta property=og:url content=/a><meta name=twitter:card "
      "content=summary><link rel=canonical href=/a></head>", "" },

    { "a relative image, a description", NULL,
      "<head><title>One</title><meta name=description content='It\"s'>"
      "<link rel=image_src href=/i.png><base href=/b/>^</head>",
      OG("title", "One") OG("description", "It&quot;s")
      OG("image", "https://a.example/i.png") CARD URLS },

    { "JSON-LD", NULL,
      "<head><script type=application/ld+json>{\"@type\":\"Article\","
      "\"headline\":\"H \\u003c/head>\",\"description\":\"D\",\"image\":{"
      "\"@type\":\"ImageObject\",\"url\":\"/i\",\"width\":1200,"
      "\"height\":630},\"url\":\"https://a.example/c\"}</script>^</head>",
      OG("title", "H &lt;/head&gt;") OG("description", "D")
      OG("image", "https://a.example/i")
      "<meta name=\"twitter:card\" content=\"summary_large_image\">"
      OG("url", "https://a.example/c")
      "<link rel=\"canonical\" href=\"https://a.example/c\">" },

    { "canonical as og:url says", NULL,
      "<head><title>One</title><meta property=og:url "
      "content=https://a.example/o>^</head>", OG("title", "One") CARD
      "<link rel=\"canonical\" href=\"https://a.example/o\">" },

    { "no title", NULL, "<head><meta charset=utf-8>^</head><body>",
      CARD URLS },

    { "metadata in the body, before its text", NULL,
      "<head><title>One</title>^</head><body><center></center><script>x"
      "</script>\n<meta property=og:title content=x>"
      "<link rel=canonical href=/x>text",
      CARD OG("url", "https://a.example/p?q=1") },

    { "and after it", NULL,
      "<head><title>One</title>^</head><body>x<meta property=og:title "
      "content=x>", ONE },

    { "its pictures are not the page's", NULL,
      "<title>One</title>^<img src=/i.png width=900 height=600>text", ONE },

    { "an include", NULL,
      "<head><title>One</title><!--# include virtual=x --></head>", "" },

    { "no head", NULL, "<div><p>x</p></div>", "" },
    { "a piece with a style", NULL, "<style>a{}</style><div>x</div>", "" },
    { "text", NULL, "just text", "" },
    { "nothing", NULL, "", "" },
    { "cut off in the head", NULL, "<head><title>One</title><meta ", "" },
    { "cut off in the title", NULL, "<head><title>One", "" },
    { "cut off in a tag that ends the head", NULL,
      "<head><title>One</title></hea", "" },
    { "an end tag of nothing", NULL, "</p><head><title>One</title>^</head>",
      ONE },
    { "br ends it", NULL, "<title>One</title>^</br>", ONE },
    { "signs that are no tags", NULL,
      "<head><title>One</title></><?x </head>^?></head>",
      ONE },

    { NULL, NULL, NULL, NULL }
};


int
main(void)
{
    int            bad;
    size_t         i, j, len;
    const page_t  *t;

    urlmeta_init();

    for (t = pages; t->name; t++) {

        len = strlen(t->page);
        bad = 0;

        for (i = 0; i <= len && !bad; i++) {
            check(t, i, len + 1, &bad);
        }

        for (i = 0; i <= len && !bad; i += 7) {
            for (j = i; j <= len && !bad; j += 5) {
                check(t, i, j, &bad);
            }
        }

        check(t, 0, 1, &bad);

        ok(!bad, "%s", t->name);
    }

    held();
    links();

    done_testing();
}


static void
check(const page_t *t, size_t cut, size_t cut2, int *bad)
{
    int             rc;
    char            page[2048];
    size_t          len, place, passed;
    const char     *mark;
    urlmeta_buf_t   out;

    if (*bad) {
        return;
    }

    memset(&out, 0, sizeof(urlmeta_buf_t));

    len = strlen(t->page);
    mark = strchr(t->page, '^');
    place = len;

    memcpy(page, t->page, len + 1);

    if (mark) {
        place = mark - t->page;
        memmove(page + place, page + place + 1, len - place);
        len--;
    }

    rc = run(page, len, t->type, cut, cut2, &out, &passed);

    if (rc != URLMETA_DONE) {
        *bad = 1;
        printf("# %s: %d\n", t->name, rc);
    }

    if (t->text && strcmp(out.data ? out.data : "", t->text) != 0) {
        *bad = 1;
        printf("# cut at %zu and %zu: got \"%s\"\n# expected \"%s\"\n",
               cut, cut2, out.data ? out.data : "", t->text);
    }

    if (mark && passed != place) {

        /* white space before a text may have gone out already */

        if (passed < place
            || strspn(page + place, "\n \t") < passed - place)
        {
            *bad = 1;
            printf("# cut at %zu and %zu: passed %zu of %zu\n", cut, cut2,
                   passed, place);
        }
    }

    urlmeta_buf_free(&out);
}


/* cut = 0 and cut2 = 1: byte by byte */

static int
run(const char *page, size_t len, const char *type, size_t cut, size_t cut2,
    urlmeta_buf_t *out, size_t *passed)
{
    int                  rc;
    char                *copy;
    size_t               i, n;
    urlmeta_complete_t  *c;

    c = urlmeta_complete_create(U, type, NULL);
    rc = URLMETA_OK;

    for (i = 0; i < len && rc == URLMETA_OK; i += n) {

        n = (cut == 0 && cut2 == 1) ? 1
            : (i < cut) ? cut - i : (i < cut2) ? cut2 - i : len - i;

        if (n > len - i) {
            n = len - i;
        }

        /* so that a sanitizer sees what is read beyond it */

        copy = malloc(n);
        memcpy(copy, page + i, n);
        rc = urlmeta_complete_feed(c, copy, n);
        free(copy);

        if (urlmeta_complete_passed(c) > i + n) {
            rc = URLMETA_ERROR;
        }
    }

    if (rc == URLMETA_OK) {
        rc = urlmeta_complete_finish(c);
    }

    *passed = urlmeta_complete_passed(c);

    if (rc == URLMETA_DONE && urlmeta_complete_text(c, out) != URLMETA_OK) {
        rc = URLMETA_ERROR;
    }

    urlmeta_complete_destroy(c);

    return rc;
}


/* what waits is little, and bounded */

static void
held(void)
{
    int                  rc;
    char                 block[4096];
    size_t               i, most, n;
    urlmeta_buf_t        out;
    urlmeta_complete_t  *c;

    memset(&out, 0, sizeof(urlmeta_buf_t));
    memset(block, 'x', sizeof(block));

    c = urlmeta_complete_create(U, NULL, NULL);
    urlmeta_complete_feed(c, "<head><title>t</title><script>", 30);

    most = 0;

    for (i = 0; i < 100; i++) {
        urlmeta_complete_feed(c, block, sizeof(block));
        n = 30 + (i + 1) * sizeof(block) - urlmeta_complete_passed(c);
        most = n > most ? n : most;
    }

    is_int(most, 0, "nothing of a script waits");

    rc = urlmeta_complete_feed(c, "</script></head>x", 17);
    is_int(rc, URLMETA_DONE, "its page is completed");
    urlmeta_complete_text(c, &out);
    ok(out.len > 0, "with something");
    urlmeta_complete_destroy(c);

    urlmeta_buf_reset(&out);

    c = urlmeta_complete_create(U, NULL, NULL);
    rc = urlmeta_complete_feed(c, "<head><title>t</title><div>", 27);
    n = 27;

    while (rc == URLMETA_OK && n < 10 * URLMETA_COMPLETE_MAX_HELD) {
        rc = urlmeta_complete_feed(c, block, sizeof(block));
        n += sizeof(block);
    }

    is_int(rc, URLMETA_DONE, "a head that never ends is given up");
    ok(n <= URLMETA_COMPLETE_MAX_HELD + 2 * sizeof(block), "in time");
    urlmeta_complete_text(c, &out);
    is_int(out.len, 0, "with nothing");
    urlmeta_complete_destroy(c);

    c = urlmeta_complete_create(U, NULL, NULL);
    rc = urlmeta_complete_feed(c, "<head><title>t</title><script>", 30);
    n = 30;

    while (rc == URLMETA_OK && n < 10 * URLMETA_COMPLETE_MAX_HEAD) {
        rc = urlmeta_complete_feed(c, block, sizeof(block));
        n += sizeof(block);
    }

    ok(n <= URLMETA_COMPLETE_MAX_HEAD + 2 * sizeof(block),
       "and a long one is read to a limit");
    urlmeta_complete_destroy(c);

    urlmeta_buf_free(&out);
}


/* a Link header states the canonical address, too */

static void
links(void)
{
    size_t               i;
    urlmeta_buf_t        out;
    urlmeta_complete_t  *c;

    static const struct {
        const char  *link;
        int          is;
    } cases[] = {
        { "<https://a.example/>; rel=canonical", 1 },
        { "</s.css>; rel=\"preload\"; as=style, </c>; REL=\"x Canonical\"",
          1 },
        { "</c>; rel = \"canonical\"", 1 },
        { "</canonical>; rel=\"next\"; title=\"canonical\"", 0 },
        { "</c>; rel", 0 },
        { "rel=", 0 },
        { "", 0 }
    };

    memset(&out, 0, sizeof(urlmeta_buf_t));

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        urlmeta_buf_reset(&out);

        c = urlmeta_complete_create(U, NULL, cases[i].link);
        urlmeta_complete_feed(c, "<title>x</title><p>x", 20);
        urlmeta_complete_text(c, &out);
        urlmeta_complete_destroy(c);

        ok((strstr(out.data, "\"canonical\"") == NULL) == cases[i].is,
           "Link: %s", cases[i].link);
    }

    urlmeta_buf_free(&out);
}
