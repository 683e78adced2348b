
/*
 * What the names of elements mean for the copy of a body.
 */


#include <string.h>
#include <strings.h>

#include "html_name.h"


static unsigned long long urlmeta_html_body_word64(const char *text);
static int urlmeta_html_body_word(const char *words, const char *word,
    size_t len);


/* sorted by name; elements that are not here are inline ones */

static const urlmeta_html_body_name_t  urlmeta_html_body_names[] = {
    { "a", URLMETA_HTML_BODY_LINK, 0 },
    { "address", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
    { "area", 0, URLMETA_HTML_BODY_VOID },
    { "article", URLMETA_HTML_BODY_BLOCK, 0 },
    { "aside", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ASIDE },
    { "base", 0, URLMETA_HTML_BODY_VOID },
    { "blockquote", URLMETA_HTML_BODY_BLOCK, 0 },
    { "body", URLMETA_HTML_BODY_BLOCK, 0 },
    { "br", 0, URLMETA_HTML_BODY_VOID },
    { "button", URLMETA_HTML_BODY_UNSAID, URLMETA_HTML_BODY_CONTROL },
    { "caption", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
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
    { "figcaption", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
    { "figure", URLMETA_HTML_BODY_BLOCK, 0 },
    { "footer", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ASIDE },
    { "form", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_CONTROL },
    { "h1", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
    { "h2", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
    { "h3", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
    { "h4", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
    { "h5", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
    { "h6", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
    { "header", URLMETA_HTML_BODY_BLOCK, 0 },
    { "hgroup", URLMETA_HTML_BODY_BLOCK, 0 },
    { "hr", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_VOID },
    { "iframe", 0, URLMETA_HTML_BODY_RAW },
    { "img", 0, URLMETA_HTML_BODY_VOID },
    { "input", 0, URLMETA_HTML_BODY_VOID|URLMETA_HTML_BODY_CONTROL },
    { "label", URLMETA_HTML_BODY_UNSAID, 0 },
    { "li", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ITEM },
    { "link", 0, URLMETA_HTML_BODY_VOID },
    { "main", URLMETA_HTML_BODY_BLOCK, 0 },
    { "math", 0, URLMETA_HTML_BODY_RAW },
    { "menu", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ASIDE },
    { "meta", 0, URLMETA_HTML_BODY_VOID },
    { "nav", URLMETA_HTML_BODY_BLOCK, URLMETA_HTML_BODY_ASIDE },
    { "noembed", 0, URLMETA_HTML_BODY_RAW },
    { "noframes", 0, URLMETA_HTML_BODY_RAW },
    { "noscript", URLMETA_HTML_BODY_UNSAID, 0 },
    { "ol", URLMETA_HTML_BODY_BLOCK, 0 },
    { "option", 0, URLMETA_HTML_BODY_ITEM },
    { "p", URLMETA_HTML_BODY_BLOCK, 0 },
    { "param", 0, URLMETA_HTML_BODY_VOID },
    { "pre", URLMETA_HTML_BODY_BLOCK|URLMETA_HTML_BODY_UNSAID, 0 },
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
urlmeta_html_body_name(const char *name, size_t len, unsigned long long *key)
{
    char                             text[16];
    size_t                           i, low, high, middle;
    unsigned long long               first, second, entry;
    const urlmeta_html_body_name_t  *names;

    memset(text, 0, sizeof(text));

    if (len > sizeof(text)) {

        /* FNV-1a; two names of one key would only close each other */

        *key = 0xcbf29ce484222325ULL;

        for (i = 0; i < len && i < 64; i++) {
            *key = (*key ^ (unsigned char) name[i]) * 0x100000001b3ULL;
        }

        return &urlmeta_html_body_other;
    }

    memcpy(text, name, len);

    first = urlmeta_html_body_word64(text);
    second = urlmeta_html_body_word64(text + 8);

    *key = first ^ (second * 0x100000001b3ULL);

    names = urlmeta_html_body_names;
    low = 0;
    high = sizeof(urlmeta_html_body_names)
           / sizeof(urlmeta_html_body_names[0]);

    while (low < high) {
        middle = (low + high) / 2;
        entry = urlmeta_html_body_word64(names[middle].name);

        if (entry == first) {
            entry = urlmeta_html_body_word64(names[middle].name + 8);

            if (entry == second) {
                return &names[middle];
            }

            if (entry > second) {
                high = middle;

            } else {
                low = middle + 1;
            }

        } else if (entry > first) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return &urlmeta_html_body_other;
}


/* eight characters as a number that sorts as they do */

static unsigned long long
urlmeta_html_body_word64(const char *text)
{
    const unsigned char  *p;

    p = (const unsigned char *) text;

    return (unsigned long long) p[0] << 56 | (unsigned long long) p[1] << 48
           | (unsigned long long) p[2] << 40 | (unsigned long long) p[3] << 32
           | (unsigned long long) p[4] << 24 | (unsigned long long) p[5] << 16
           | (unsigned long long) p[6] << 8 | (unsigned long long) p[7];
}


void
urlmeta_html_body_attrs(urlmeta_html_body_attrs_t *attrs,
    const urlmeta_token_t *token)
{
    unsigned               i;
    const urlmeta_attr_t  *attr;

    memset(attrs, 0, sizeof(urlmeta_html_body_attrs_t));

    for (i = 0; i < token->nattrs; i++) {
        attr = &token->attrs[i];

        switch (attr->name_len) {

        case 2:

            if (memcmp(attr->name, "id", 2) == 0) {
                attrs->id = attr;
            }

            break;

        case 3:

            if (memcmp(attr->name, "rel", 3) == 0) {
                attrs->rel = attr;
            }

            break;

        case 4:

            if (memcmp(attr->name, "role", 4) == 0) {
                attrs->role = attr;
            }

            break;

        case 8:

            if (memcmp(attr->name, "itemprop", 8) == 0) {
                attrs->itemprop = attr;
            }

            break;

        case 9:

            if (memcmp(attr->name, "itemscope", 9) == 0) {
                attrs->itemscope = attr;
            }

            break;

        case 11:

            if (memcmp(attr->name, "aria-hidden", 11) == 0) {
                attrs->hidden = attr;
            }

            break;
        }
    }
}


int
urlmeta_html_body_has(const urlmeta_attr_t *attr, const char *words)
{
    const char  *p, *last, *word;

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
