
/*
 * Anchors in markup that is not well-formed, against what a browser's tree
 * has; the expected values are those of an implementation of the standard's
 * tree construction.
 */


#include "tap.h"
#include "html.h"
#include "urlmeta.h"


typedef struct {
    const char  *name;
    const char  *html;
    const char  *expected;      /* href=text of each, with bars between */
} case_t;


static const char *anchors(const char *html, size_t chunk);


static char  result[4096];


static const case_t  cases[] = {
    { "one in one", "<a href=1>a<a href=2>b</a>c</a>d", "1=a|2=b" },
    { "left open", "<div><a href=1>a</div>b<div>c</div>",
      "1=a|1=bc" },
    { "brought back by white space", "<div><a href=1>a</div> <p>b</p>",
      "1=a|1=b" },
    { "brought back by a picture", "<div><a href=1>a</div><img></a>b",
      "1=a|1=" },
    { "not by a script", "<div><a href=1>a</div><script>b</script></a>c",
      "1=a" },
    { "closed after its block", "<div><a href=1>a</div></a>b", "1=a" },
    { "a block left open in it", "<a href=1>a<div>b</a>c</div>",
      "1=a|1=b" },
    { "two of them", "<a href=1>a<div>b<section>c</a>d",
      "1=a|1=b|1=c" },
    { "a block closed in it", "<a href=1>a<div>b</div>c</a>d", "1=abc" },
    { "a block in it, ended by the next anchor",
      "<a href=1>a<div>b<a href=2>c</a></div>", "1=a|1=b|2=c" },
    { "an inline element left open in it", "<a href=1>a<span>b</a>c",
      "1=ab" },
    { "a block in a p", "<p><a href=1>a<div>b</div></a>c",
      "1=a|1=b" },
    { "a p in a p", "<p><a href=1>a<p>b</a>c", "1=a|1=b" },
    { "the end of its p", "<p><a href=1>a</p>b<p>c</p>",
      "1=a|1=bc" },
    { "the end of no p", "<div><a href=1>a</p>b</a></div>", "1=ab" },
    { "the end of no p, and the beginning of one",
      "<div><a href=1></p><h4>a</h4><p></a></p>b</div>", "1=a|1=" },
    { "a heading that ends a p", "<p>x<h2><a href=1>a<div>b</div></a></h2>",
      "1=ab" },
    { "the end of its cell", "<table><tr><td><a href=1>a</td><td>b</table>c",
      "1=a" },
    { "the next cell", "<table><tr><td><a href=1>a<td>b</table>c",
      "1=a" },
    { "a table in it",
      "<a href=1>a<table><tr><td>b<td>c</table>d</a>e", "1=abcd" },
    { "a table when it was closed",
      "<div><a href=1>a</div><table><tr><td>b</table>c</a>d",
      "1=a|1=c" },
    { "items in a list in it",
      "<a href=1><ul><li>a<li>b</ul>c</a>d", "1=abc" },
    { "an item left open in it", "<ul><a href=1><li>a</a>b</ul>",
      "1=|1=a" },
    { "a second item in it", "<ul><a href=1><li>a<li>b</a>c</ul>",
      "1=a|1=b" },
    { "a form in it", "<a href=1>a<form>b</form>c</a>d", "1=abc" },
    { "a button in it", "<a href=1>a<button>b</button>c</a>d", "1=abc" },
    { "misnested formatting", "<a href=1>a<b>b<div>c</b>d</div>e</a>f",
      "1=abcde" },
    { "without an address", "<a name=x>a<div>b<a href=2>c</div>d</a>",
      "2=c|2=d" },
    { "in a template", "<template><a href=1>a</template><a href=2>b</a>",
      "2=b" },
    { "svg in it", "<a href=1>a<svg><title>b</title><g/></svg>c</a>d",
      "1=abc" },
    { "another svg", "<div><a href=1>a</div><svg></svg></a>b", "1=a|1=" },
    { "at the end", "<a href=1>a<div>b", "1=ab" },
    { "the second base", "<div><a href=1>a</div>b<base href=/x/>",
      "1=a|1=b" },
    { NULL, NULL, NULL }
};


int
main(void)
{
    int       i;
    char     *html;
    size_t    k, n;
    json_t   *page;

    urlmeta_html_t  *h;

    static const char  *tags[] = {
        "<a href=x>", "</a>", "<div>", "</div>", "<p>", "</p>", "<b>", "</b>",
        "<li>", "</li>", "<table>", "<td>", "</td>", "</table>", "<object>",
        "</object>", "<h1>", "</h2>", "<svg>", "</svg>", "<button>",
        "</button>", "<script>", "</script>", "<template>", "</template>",
        "<title>", "</title>", "text ", "<x-y>", "</x-y>", "<a>", "<form>",
        "</form>", "<dd>", "</dt>", "<select>", "</select>"
    };

    urlmeta_init();

    for (i = 0; cases[i].name; i++) {
        is_str(anchors(cases[i].html, 4096), cases[i].expected,
               cases[i].name);
        is_str(anchors(cases[i].html, 1), cases[i].expected,
               "byte by byte");
    }

    /* an anchor that never ends costs time and room that are linear */

    n = 400000;
    html = malloc(n + 16);

    strcpy(html, "<a href=x>");
    k = 10;

    while (k + 16 < n) {
        memcpy(html + k, "<div>y</div>", 12);
        memcpy(html + k + 12, "</p>", 4);
        k += 16;
    }

    h = urlmeta_html_create("http://h.example/", 1);
    ok(urlmeta_html_feed(h, html, k) == URLMETA_OK, "an anchor without end");
    page = urlmeta_html_finish(h);
    ok(page != NULL && json_array_size(json_object_get(page, "links"))
                       <= URLMETA_HTML_MAX_LINKS, "has a bound");
    json_decref(page);
    urlmeta_html_destroy(h);

    strcpy(html, "<div><a href=x>y");
    k = 16;

    while (k + 16 < n) {
        memcpy(html + k, "</div>y</div>zz ", 16);
        k += 16;
    }

    h = urlmeta_html_create("http://h.example/", 1);
    ok(urlmeta_html_feed(h, html, k) == URLMETA_OK, "one that comes back");
    page = urlmeta_html_finish(h);
    ok(page != NULL && json_array_size(json_object_get(page, "links"))
                       == URLMETA_HTML_MAX_LINKS
       && json_is_true(json_object_get(page, "truncated")), "has a bound");
    json_decref(page);
    urlmeta_html_destroy(h);

    /* nothing else than no crash is asked for here */

    srand(11);

    for (i = 0; i < 3000; i++) {

        for (k = 0; k < 2000; ) {
            n = (size_t) rand() % (sizeof(tags) / sizeof(tags[0]));
            strcpy(html + k, tags[n]);
            k += strlen(tags[n]);
        }

        h = urlmeta_html_create("http://h.example/", 1);
        (void) urlmeta_html_feed(h, html, k);
        page = urlmeta_html_finish(h);

        if (page == NULL) {
            break;
        }

        json_decref(page);
        urlmeta_html_destroy(h);
    }

    is_int(i, 3000, "documents of random tags");

    free(html);

    return done_testing();
}


static const char *
anchors(const char *html, size_t chunk)
{
    size_t           i, n, len;
    json_t          *page, *link;
    urlmeta_html_t  *h;

    h = urlmeta_html_create("http://h.example/", 1);
    len = strlen(html);

    for (i = 0; i < len; i += n) {
        n = len - i < chunk ? len - i : chunk;
        (void) urlmeta_html_feed(h, html + i, n);
    }

    page = urlmeta_html_finish(h);
    result[0] = '\0';
    n = 0;

    json_array_foreach(json_object_get(page, "links"), i, link) {
        n += snprintf(result + n, sizeof(result) - n, "%s%s=%s", i ? "|" : "",
                      json_string_value(json_object_get(link, "href")),
                      json_string_value(json_object_get(link, "text")));
    }

    json_decref(page);
    urlmeta_html_destroy(h);

    return result;
}
