
/*
 * The names of HTML, by what their tags do to an anchor that is open.
 */


#include <string.h>

#include "html_anchor.h"


/* sorted by name */

static const urlmeta_anchor_name_t  urlmeta_anchor_names[] = {
    { "address", URLMETA_ANCHOR_BLOCK },
    { "applet", URLMETA_ANCHOR_SCOPE },
    { "area", URLMETA_ANCHOR_VOID },
    { "article", URLMETA_ANCHOR_BLOCK },
    { "aside", URLMETA_ANCHOR_BLOCK },
    { "b", URLMETA_ANCHOR_FORMAT },
    { "base", URLMETA_ANCHOR_SILENT },
    { "basefont", URLMETA_ANCHOR_SILENT },
    { "bgsound", URLMETA_ANCHOR_SILENT },
    { "big", URLMETA_ANCHOR_FORMAT },
    { "blockquote", URLMETA_ANCHOR_BLOCK },
    { "body", URLMETA_ANCHOR_SILENT },
    { "br", URLMETA_ANCHOR_VOID },
    { "button", URLMETA_ANCHOR_SPECIAL },
    { "caption", URLMETA_ANCHOR_CELL },
    { "center", URLMETA_ANCHOR_BLOCK },
    { "code", URLMETA_ANCHOR_FORMAT },
    { "col", URLMETA_ANCHOR_CELL },
    { "colgroup", URLMETA_ANCHOR_CELL },
    { "dd", URLMETA_ANCHOR_ITEM },
    { "details", URLMETA_ANCHOR_BLOCK },
    { "dialog", URLMETA_ANCHOR_BLOCK },
    { "dir", URLMETA_ANCHOR_BLOCK },
    { "div", URLMETA_ANCHOR_BLOCK },
    { "dl", URLMETA_ANCHOR_BLOCK },
    { "dt", URLMETA_ANCHOR_ITEM },
    { "em", URLMETA_ANCHOR_FORMAT },
    { "embed", URLMETA_ANCHOR_VOID },
    { "fieldset", URLMETA_ANCHOR_BLOCK },
    { "figcaption", URLMETA_ANCHOR_BLOCK },
    { "figure", URLMETA_ANCHOR_BLOCK },
    { "font", URLMETA_ANCHOR_FORMAT },
    { "footer", URLMETA_ANCHOR_BLOCK },
    { "form", URLMETA_ANCHOR_BLOCK },
    { "frame", URLMETA_ANCHOR_SILENT },
    { "frameset", URLMETA_ANCHOR_SILENT },
    { "h1", URLMETA_ANCHOR_BLOCK },
    { "h2", URLMETA_ANCHOR_BLOCK },
    { "h3", URLMETA_ANCHOR_BLOCK },
    { "h4", URLMETA_ANCHOR_BLOCK },
    { "h5", URLMETA_ANCHOR_BLOCK },
    { "h6", URLMETA_ANCHOR_BLOCK },
    { "head", URLMETA_ANCHOR_SILENT },
    { "header", URLMETA_ANCHOR_BLOCK },
    { "hgroup", URLMETA_ANCHOR_BLOCK },
    { "hr", URLMETA_ANCHOR_RULE },
    { "html", URLMETA_ANCHOR_SILENT },
    { "i", URLMETA_ANCHOR_FORMAT },
    { "iframe", URLMETA_ANCHOR_RAW },
    { "image", URLMETA_ANCHOR_VOID },
    { "img", URLMETA_ANCHOR_VOID },
    { "input", URLMETA_ANCHOR_VOID },
    { "keygen", URLMETA_ANCHOR_VOID },
    { "li", URLMETA_ANCHOR_ITEM },
    { "link", URLMETA_ANCHOR_SILENT },
    { "listing", URLMETA_ANCHOR_BLOCK },
    { "main", URLMETA_ANCHOR_BLOCK },
    { "marquee", URLMETA_ANCHOR_SCOPE },
    { "menu", URLMETA_ANCHOR_BLOCK },
    { "meta", URLMETA_ANCHOR_SILENT },
    { "nav", URLMETA_ANCHOR_BLOCK },
    { "nobr", URLMETA_ANCHOR_FORMAT },
    { "noembed", URLMETA_ANCHOR_RAW },
    { "noframes", URLMETA_ANCHOR_RAW },
    { "noscript", URLMETA_ANCHOR_SPECIAL },
    { "object", URLMETA_ANCHOR_SCOPE },
    { "ol", URLMETA_ANCHOR_BLOCK },
    { "optgroup", URLMETA_ANCHOR_SILENT },
    { "option", URLMETA_ANCHOR_SILENT },
    { "p", URLMETA_ANCHOR_BLOCK },
    { "param", URLMETA_ANCHOR_SILENT },
    { "plaintext", URLMETA_ANCHOR_RAW },
    { "pre", URLMETA_ANCHOR_BLOCK },
    { "rb", URLMETA_ANCHOR_SILENT },
    { "rp", URLMETA_ANCHOR_SILENT },
    { "rt", URLMETA_ANCHOR_SILENT },
    { "rtc", URLMETA_ANCHOR_SILENT },
    { "s", URLMETA_ANCHOR_FORMAT },
    { "script", URLMETA_ANCHOR_RAW },
    { "search", URLMETA_ANCHOR_BLOCK },
    { "section", URLMETA_ANCHOR_BLOCK },
    { "select", URLMETA_ANCHOR_SPECIAL },
    { "small", URLMETA_ANCHOR_FORMAT },
    { "source", URLMETA_ANCHOR_SILENT },
    { "strike", URLMETA_ANCHOR_FORMAT },
    { "strong", URLMETA_ANCHOR_FORMAT },
    { "style", URLMETA_ANCHOR_RAW },
    { "summary", URLMETA_ANCHOR_BLOCK },
    { "table", URLMETA_ANCHOR_TABLE },
    { "tbody", URLMETA_ANCHOR_CELL },
    { "td", URLMETA_ANCHOR_CELL },
    { "textarea", URLMETA_ANCHOR_RAW },
    { "tfoot", URLMETA_ANCHOR_CELL },
    { "th", URLMETA_ANCHOR_CELL },
    { "thead", URLMETA_ANCHOR_CELL },
    { "title", URLMETA_ANCHOR_RAW },
    { "tr", URLMETA_ANCHOR_CELL },
    { "track", URLMETA_ANCHOR_SILENT },
    { "tt", URLMETA_ANCHOR_FORMAT },
    { "u", URLMETA_ANCHOR_FORMAT },
    { "ul", URLMETA_ANCHOR_BLOCK },
    { "wbr", URLMETA_ANCHOR_VOID },
    { "xmp", URLMETA_ANCHOR_RAW },
};


static const urlmeta_anchor_name_t  urlmeta_anchor_other = {
    "", URLMETA_ANCHOR_ORDINARY
};


const urlmeta_anchor_name_t *
urlmeta_anchor_name(const urlmeta_token_t *token)
{
    int     rc;
    size_t  low, high, middle, len;

    low = 0;
    high = sizeof(urlmeta_anchor_names) / sizeof(urlmeta_anchor_names[0]);

    while (low < high) {
        middle = (low + high) / 2;
        len = strlen(urlmeta_anchor_names[middle].name);

        rc = memcmp(token->name, urlmeta_anchor_names[middle].name,
                    len < token->name_len ? len : token->name_len);

        if (rc == 0 && len == token->name_len) {
            return &urlmeta_anchor_names[middle];
        }

        if (rc < 0 || (rc == 0 && token->name_len < len)) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return &urlmeta_anchor_other;
}


/* FNV-1a */

unsigned
urlmeta_anchor_hash(const char *name, size_t len)
{
    size_t    i;
    unsigned  hash;

    if (len == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6') {
        name = "h1";
    }

    hash = 2166136261U;

    for (i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char) name[i]) * 16777619U;
    }

    return hash;
}
