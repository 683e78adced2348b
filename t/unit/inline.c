
/*
 * Which elements of a page stand for cards, however the page is cut.
 */


#include <string.h>

#include "buffer.h"
#include "inline.h"
#include "urlmeta.h"
#include "tap.h"


/* what is found, as "url=element" joined by "|" */

typedef struct {
    const char  *name;
    const char  *page;
    const char  *found;
} page_t;


static int run(const char *page, size_t len, size_t cut, size_t cut2,
    urlmeta_buf_t *out, urlmeta_buf_t *rest);
static void rounds(const page_t *t);
static void bounds(void);


#define A      "<a data-preview href=\"/x\">y</a>"
#define IS(s)  "https://a.example/x=" s


static const page_t  pages[] = {
    { "an anchor", "<div>" A "</div>", IS(A) },
    { "an oembed", "<figure><oembed url=/x></oembed></figure>",
      IS("<oembed url=/x></oembed>") },
    { "two", A A, IS(A) "|" IS(A) },
    { "upper case", "<A DATA-PREVIEW HREF=/x>y</A >",
      IS("<A DATA-PREVIEW HREF=/x>y</A >") },
    { "references in the value", "<a href='/x&#63;a&amp;b' data-preview></a>",
      "https://a.example/x?a&b=<a href='/x&#63;a&amp;b' data-preview></a>" },
    { "a base", "<base href=//b.example/c/><base href=/d/>"
      "<a data-preview href=x></a>",
      "https://b.example/c/x=<a data-preview href=x></a>" },
    { "elements in it",
      "<a data-preview href=/x><b>y</b><br><svg><path/></svg></a>",
      IS("<a data-preview href=/x><b>y</b><br><svg><path/></svg></a>") },
    { "a paragraph", "x<p> " A "\n</p>y", IS("<p> " A "\n</p>") },
    { "one that is not closed", "<p>" A "<div>", IS("<p>" A) },
    { "nor by anything", "<p>" A, IS("<p>" A) },
    { "one after the other", "<p>" A "<p>" A "</p>",
      IS("<p>" A) "|" IS("<p>" A "</p>") },
    { "a part of one", "<p>x" A "</p><p>" A "x</p><p><i></i>" A "</p>", "" },
    { "two in one", "<p>" A A "</p>", "" },
    { "one that has an attribute", "<p id=x>" A "</p>", "" },
    { "in markup that is none", "<!-- " A " --><script>" A "</script><style>"
      A "</style><title>" A "</title><textarea>" A "</textarea><xmp>" A
      "</xmp><iframe>" A "</iframe>", "" },
    { "in noscript", "<noscript>" A "</noscript>" A, IS(A) },
    { "in a template", "<template>" A "<template></template>" A "</template>"
      A, IS(A) },
    { "in svg", "<svg>" A "<![CDATA[" A "]]></svg>" A, IS(A) },
    { "after what breaks out of svg", "<svg><p>" A "</svg>" A, "" },
    { "not closed", "<a data-preview href=/x><div></a></div>" A, IS(A) },
    { "in each other", "<a data-preview href=/x>" A, IS(A) },
    { "no reference", "<a data-preview>x</a><a data-preview href>x</a>"
      "<oembed></oembed><a href=/x>x</a>", NULL },
    { "other schemes", "<a data-preview href='javascript:x'>x</a>"
      "<a data-preview href=data:x>x</a><oembed url=ftp://a/></oembed>", "" },
    { "in ISO-2022-JP", "<meta charset=iso-2022-jp>" A, "" },
    { "text", "a < b > c </a> & d", "" },
    { NULL, NULL, NULL }
};


int
main(void)
{
    const page_t  *t;

    urlmeta_init();

    for (t = pages; t->name; t++) {
        rounds(t);
    }

    bounds();

    done_testing();
}


static void
rounds(const page_t *t)
{
    int            good;
    size_t         i, j, len;
    urlmeta_buf_t  out, rest;

    memset(&out, 0, sizeof(urlmeta_buf_t));
    memset(&rest, 0, sizeof(urlmeta_buf_t));

    len = strlen(t->page);
    good = 1;

    for (i = 0; i <= len && good; i++) {

        for (j = i; j <= len && good; j += (i % 5) + 1) {

            urlmeta_buf_reset(&out);
            urlmeta_buf_reset(&rest);

            good = run(t->page, len, i, j, &out, &rest) == 1
                   && rest.len == len && memcmp(rest.data, t->page, len) == 0
                   && (t->found == NULL
                       || strcmp(out.data ? out.data : "", t->found) == 0);
        }
    }

    if (!good) {
        printf("# cut at %zu and %zu: \"%s\"\n# of \"%s\"\n", i - 1, j,
               out.data ? out.data : "", rest.data ? rest.data : "");
    }

    ok(good, "%s", t->name);

    urlmeta_buf_free(&out);
    urlmeta_buf_free(&rest);
}


/* puts the page together again of what passes and what is found */

static int
run(const char *page, size_t len, size_t cut, size_t cut2, urlmeta_buf_t *out,
    urlmeta_buf_t *rest)
{
    int                        rc, good;
    char                      *copy;
    size_t                     at, n, left, fed;
    urlmeta_inline_t          *il;
    urlmeta_inline_element_t   element;

    il = urlmeta_inline_create("https://a.example/p", 100);
    good = 1;
    at = 0;

    while (at <= len && good) {

        if (at < len) {
            n = (at < cut) ? cut - at : (at < cut2) ? cut2 - at : len - at;

            copy = malloc(n);
            memcpy(copy, page + at, n);
            rc = urlmeta_inline_feed(il, copy, n, &fed, &element);
            free(copy);

            at += fed;
            left = 1;

        } else {
            rc = urlmeta_inline_finish(il, &element);
            left = 0;
        }

        if (rc == URLMETA_ERROR) {
            good = 0;
        }

        if (rc == URLMETA_DONE) {

            if (element.start < rest->len || element.end > at) {
                good = 0;
                break;
            }

            urlmeta_buf_add(rest, page + rest->len, element.end - rest->len);

            if (out->len) {
                urlmeta_buf_add_char(out, '|');
            }

            urlmeta_buf_printf(out, "%s=%.*s", element.url,
                               (int) (element.end - element.start),
                               page + element.start);
        }

        n = urlmeta_inline_passed(il);

        if (n > at || n < rest->len) {
            good = 0;
            break;
        }

        urlmeta_buf_add(rest, page + rest->len, n - rest->len);

        if (!left) {
            break;
        }
    }

    urlmeta_inline_destroy(il);

    return good;
}


/* what waits is bounded, whatever comes */

static void
bounds(void)
{
    char               block[4096];
    size_t             i, j, fed, held, most;
    urlmeta_buf_t      out;
    urlmeta_inline_t  *il;

    urlmeta_inline_element_t   element;

    static const char  *starts[] = {
        "<a data-preview href=/x>", "<p>", "<!-- ", "<a title='", "<script>",
        "<noscript>", "<p><a data-preview href=/x>y</a>", "&", NULL
    };

    memset(&out, 0, sizeof(urlmeta_buf_t));

    for (i = 0; starts[i]; i++) {

        il = urlmeta_inline_create("https://a.example/", 20);
        urlmeta_inline_feed(il, starts[i], strlen(starts[i]), &fed, &element);

        memset(block, starts[i][1] == 'p' ? ' ' : 'x', sizeof(block));
        most = 0;

        for (j = 1; j <= 100; j++) {
            urlmeta_inline_feed(il, block, sizeof(block), &fed, &element);
            held = strlen(starts[i]) + j * sizeof(block)
                   - urlmeta_inline_passed(il);
            most = held > most ? held : most;
        }

        ok(most <= URLMETA_INLINE_MAX_ELEMENT + 2 * sizeof(block),
           "bounded after %s: %zu", starts[i], most);

        urlmeta_inline_destroy(il);
    }

    ok(urlmeta_inline_fragment("<b>\xc3\xbc</b>", 9, &out) == URLMETA_OK
       && strcmp(out.data, "<b>&#252;</b>") == 0, "a fragment in ASCII");
    ok(urlmeta_inline_fragment("\xff", 1, &out) == URLMETA_DONE,
       "one that is no UTF-8");

    urlmeta_buf_free(&out);
}
