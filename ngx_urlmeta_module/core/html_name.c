
/*
 * What the names of elements mean for the copy of a body.
 */


#include <string.h>
#include <strings.h>

#include "html_name.h"


static int urlmeta_html_body_word(const char *words, const char *word,
    size_t len);


/* sorted; elements that are not here are inline ones */

static const urlmeta_html_body_name_t  urlmeta_html_body_names[] = {
    { "address", URLMETA_HTML_BODY_BLOCK, 0 },
    { "area", 0, URLMETA_HTML_BODY_VOID },
    { "article", URLMETA_HTML_BODY_BLOCK, 0 },
    { "aside", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ASIDE },
    { "base", 0, URLMETA_HTML_BODY_VOID },
    { "blockquote", URLMETA_HTML_BODY_BLOCK, 0 },
    { "body", URLMETA_HTML_BODY_BLOCK, 0 },
    { "br", 0, URLMETA_HTML_BODY_VOID },
    { "button", 0, URLMETA_HTML_BODY_CONTROL },
    { "caption", URLMETA_HTML_BODY_BLOCK, 0 },
    { "center", URLMETA_HTML_BODY_BLOCK, 0 },
    { "col", 0, URLMETA_HTML_BODY_VOID },
    { "dd", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ITEM },
    { "details", URLMETA_HTML_BODY_BLOCK, 0 },
    { "dialog", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ASIDE },
    { "div", URLMETA_HTML_BODY_BLOCK, 0 },
    { "dl", URLMETA_HTML_BODY_BLOCK, 0 },
    { "dt", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ITEM },
    { "embed", 0, URLMETA_HTML_BODY_VOID },
    { "fieldset", URLMETA_HTML_BODY_BLOCK, 0 },
    { "figcaption", URLMETA_HTML_BODY_BLOCK, 0 },
    { "figure", URLMETA_HTML_BODY_BLOCK, 0 },
    { "footer", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ASIDE },
    { "form", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_CONTROL },
    { "h1", URLMETA_HTML_BODY_BLOCK, 0 },
    { "h2", URLMETA_HTML_BODY_BLOCK, 0 },
    { "h3", URLMETA_HTML_BODY_BLOCK, 0 },
    { "h4", URLMETA_HTML_BODY_BLOCK, 0 },
    { "h5", URLMETA_HTML_BODY_BLOCK, 0 },
    { "h6", URLMETA_HTML_BODY_BLOCK, 0 },
    { "header", URLMETA_HTML_BODY_BLOCK, 0 },
    { "hgroup", URLMETA_HTML_BODY_BLOCK, 0 },
    { "hr", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_VOID },
    { "iframe", 0, URLMETA_HTML_BODY_RAW },
    { "img", 0, URLMETA_HTML_BODY_VOID },
    { "input", 0, URLMETA_HTML_BODY_VOID|URLMETA_HTML_BODY_CONTROL },
    { "li", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ITEM },
    { "link", 0, URLMETA_HTML_BODY_VOID },
    { "main", URLMETA_HTML_BODY_BLOCK, 0 },
    { "math", 0, URLMETA_HTML_BODY_RAW },
    { "menu", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ASIDE },
    { "meta", 0, URLMETA_HTML_BODY_VOID },
    { "nav", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ASIDE },
    { "noembed", 0, URLMETA_HTML_BODY_RAW },
    { "noframes", 0, URLMETA_HTML_BODY_RAW },
    { "ol", URLMETA_HTML_BODY_BLOCK, 0 },
    { "option", 0, URLMETA_HTML_BODY_ITEM },
    { "p", URLMETA_HTML_BODY_BLOCK, 0 },
    { "param", 0, URLMETA_HTML_BODY_VOID },
    { "pre", URLMETA_HTML_BODY_BLOCK, 0 },
    { "script", 0, URLMETA_HTML_BODY_RAW|URLMETA_HTML_BODY_CONTROL },
    { "section", URLMETA_HTML_BODY_BLOCK, 0 },
    { "select", 0, URLMETA_HTML_BODY_RAW|URLMETA_HTML_BODY_CONTROL },
    { "source", 0, URLMETA_HTML_BODY_VOID },
    { "style", 0, URLMETA_HTML_BODY_RAW },
    { "summary", URLMETA_HTML_BODY_BLOCK, 0 },
    { "svg", 0, URLMETA_HTML_BODY_RAW },
    { "table", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_TABLE, 0 },
    { "tbody", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ITEM },
    { "td", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_TABLE,
      URLMETA_HTML_BODY_ITEM },
    { "template", 0, URLMETA_HTML_BODY_RAW },
    { "textarea", 0, URLMETA_HTML_BODY_RAW|URLMETA_HTML_BODY_CONTROL },
    { "tfoot", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ITEM },
    { "th", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_TABLE,
      URLMETA_HTML_BODY_ITEM },
    { "thead", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ITEM },
    { "title", 0, URLMETA_HTML_BODY_RAW },
    { "tr", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ITEM },
    { "track", 0, URLMETA_HTML_BODY_VOID },
    { "ul", URLMETA_HTML_BODY_BLOCK, 0 },
    { "wbr", 0, URLMETA_HTML_BODY_VOID },
    { "xmp", 0, URLMETA_HTML_BODY_RAW }
};


static const urlmeta_html_body_name_t  urlmeta_html_body_other = {
    "", 0, 0
};


const urlmeta_html_body_name_t *
urlmeta_html_body_name(const char *name, size_t len)
{
    int     rc;
    size_t  low, high, middle, n;

    low = 0;
    high = sizeof(urlmeta_html_body_names)
           / sizeof(urlmeta_html_body_names[0]);

    while (low < high) {
        middle = (low + high) / 2;
        n = strlen(urlmeta_html_body_names[middle].name);

        rc = memcmp(name, urlmeta_html_body_names[middle].name,
                    len < n ? len : n);

        if (rc == 0) {
            rc = (len > n) - (len < n);
        }

        if (rc == 0) {
            return &urlmeta_html_body_names[middle];
        }

        if (rc < 0) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return &urlmeta_html_body_other;
}


int
urlmeta_html_body_has(const urlmeta_token_t *token, const char *name,
    const char *words)
{
    const char            *p, *last, *word;
    const urlmeta_attr_t  *attr;

    attr = urlmeta_token_attr(token, name);

    if (attr == NULL || attr->value_len > 256) {
        return 0;
    }

    p = attr->value;
    last = p + attr->value_len;

    while (p < last) {

        if (urlmeta_html_is_white(*p)) {
            p++;
            continue;
        }

        word = p;

        while (p < last && !urlmeta_html_is_white(*p)) {
            p++;
        }

        if (urlmeta_html_body_word(words, word, (size_t) (p - word))) {
            return 1;
        }
    }

    return 0;
}


static int
urlmeta_html_body_word(const char *words, const char *word, size_t len)
{
    size_t  n;

    while (*words) {
        n = strcspn(words, " ");

        if (n == len && strncasecmp(words, word, len) == 0) {
            return 1;
        }

        words += n;
        words += strspn(words, " ");
    }

    return 0;
}


int
urlmeta_html_is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}
