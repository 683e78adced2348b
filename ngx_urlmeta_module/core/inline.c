
/*
 * The elements of a page that stand for cards.
 *
 * A card is made of blocks.  Within a paragraph it would end that paragraph,
 * and leave what follows outside of it; so an element that is all of a
 * paragraph is taken with it, and one that is a part of it is left.
 */


#include <stdlib.h>
#include <string.h>

#include "charset.h"
#include "inline.h"
#include "place.h"
#include "render.h"
#include "url.h"
#include "utf8.h"


/* start tags that end svg and math, and leave their rest to guesses */

#define URLMETA_INLINE_BREAKOUT                                               \
    (urlmeta_tag_bit(URLMETA_TAG_BREAKOUT)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_BODY)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_BR)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H1)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H2)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H3)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H4)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H5)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H6)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_HEAD)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_IMG)                                       \
     | urlmeta_tag_bit(URLMETA_TAG_META)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_P)                                         \
     | urlmeta_tag_bit(URLMETA_TAG_SPAN))


typedef enum {
    URLMETA_INLINE_NONE = 0,
    URLMETA_INLINE_OPEN,            /* an element is being read */
    URLMETA_INLINE_CLOSED,          /* its paragraph has to end with it */
    URLMETA_INLINE_FOUND
} urlmeta_inline_state_e;


struct urlmeta_inline_s {
    urlmeta_place_t         *place;
    char                    *base;
    size_t                   max;
    size_t                   fed;

    urlmeta_inline_state_e   state;
    urlmeta_inline_element_t element;
    unsigned long long       key;       /* of its name */
    unsigned long long       open[URLMETA_INLINE_MAX_NESTED];
    size_t                   nopen;

    size_t                   released;  /* though it was not settled */
    size_t                   p_start;
    unsigned                 foreign;   /* svg and math that are open */
    unsigned                 templates;
    unsigned                 p:1;       /* a paragraph is open */
    unsigned                 p_bare:1;  /* and has nothing in it so far */
    unsigned                 based:1;
    unsigned                 ended:1;

    char                     url[URLMETA_URL_TEXT_MAX];
};


static int urlmeta_inline_token(void *data, const urlmeta_token_t *token,
    size_t start, size_t end);
static void urlmeta_inline_start(urlmeta_inline_t *il,
    const urlmeta_token_t *token, size_t start);
static void urlmeta_inline_end(urlmeta_inline_t *il,
    const urlmeta_token_t *token, size_t end);
static void urlmeta_inline_begin(urlmeta_inline_t *il,
    const urlmeta_token_t *token, size_t start);
static void urlmeta_inline_within(urlmeta_inline_t *il,
    const urlmeta_token_t *token);
static void urlmeta_inline_meta(urlmeta_inline_t *il,
    const urlmeta_token_t *token);
static void urlmeta_inline_base(urlmeta_inline_t *il,
    const urlmeta_token_t *token);
static void urlmeta_inline_close(urlmeta_inline_t *il, size_t end);
static void urlmeta_inline_close_p(urlmeta_inline_t *il);
static void urlmeta_inline_content(urlmeta_inline_t *il);
static unsigned long long urlmeta_inline_key(const urlmeta_token_t *token);
static int urlmeta_inline_is_one_of(const urlmeta_token_t *token,
    const char *const *names);
static int urlmeta_inline_is_white(const char *text, size_t len);


/* tags that end a paragraph which is open */

static const char *const  urlmeta_inline_blocks[] = {
    "address", "article", "aside", "blockquote", "body", "center", "dd",
    "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "html", "li", "listing", "main", "menu", "nav", "ol", "p",
    "plaintext", "pre", "search", "section", "summary", "table", "ul", "xmp",
    NULL
};

static const char *const  urlmeta_inline_void[] = {
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr",
    "img", "input", "keygen", "link", "meta", "param", "source", "track",
    "wbr", NULL
};


urlmeta_inline_t *
urlmeta_inline_create(const char *url, size_t max)
{
    urlmeta_inline_t  *il;

    il = calloc(1, sizeof(urlmeta_inline_t));
    if (il == NULL) {
        return NULL;
    }

    il->max = max;
    il->base = strdup(url);
    il->place = urlmeta_place_create(urlmeta_inline_token, il);

    if (il->base == NULL || il->place == NULL) {
        urlmeta_inline_destroy(il);
        return NULL;
    }

    return il;
}


void
urlmeta_inline_destroy(urlmeta_inline_t *il)
{
    if (il == NULL) {
        return;
    }

    urlmeta_place_destroy(il->place);
    free(il->base);
    free(il);
}


int
urlmeta_inline_feed(urlmeta_inline_t *il, const char *data, size_t len,
    size_t *fed, urlmeta_inline_element_t *element)
{
    size_t       n;
    const char  *p, *q, *end;

    p = data;
    end = data + len;

    /* an element ends with a tag, and a tag with its last byte */

    while (p < end && !il->ended) {

        q = memchr(p, '>', (size_t) (end - p));
        n = (size_t) ((q ? q + 1 : end) - p);

        if (urlmeta_place_feed(il->place, p, n) == URLMETA_ERROR) {
            return URLMETA_ERROR;
        }

        p += n;
        il->fed += n;

        if (il->fed - urlmeta_inline_passed(il) > URLMETA_INLINE_MAX_ELEMENT) {
            urlmeta_inline_content(il);
            il->released = il->fed;
        }

        if (il->state == URLMETA_INLINE_FOUND) {
            il->state = URLMETA_INLINE_NONE;

            *element = il->element;
            *fed = (size_t) (p - data);

            if (--il->max == 0) {
                il->ended = 1;
            }

            return URLMETA_DONE;
        }
    }

    il->fed += (size_t) (end - p);
    *fed = len;

    return URLMETA_OK;
}


int
urlmeta_inline_finish(urlmeta_inline_t *il, urlmeta_inline_element_t *element)
{
    if (il->state == URLMETA_INLINE_CLOSED && !il->ended) {
        urlmeta_inline_close_p(il);
    }

    il->ended = 1;

    if (il->state != URLMETA_INLINE_FOUND) {
        return URLMETA_OK;
    }

    il->state = URLMETA_INLINE_NONE;
    *element = il->element;

    return URLMETA_DONE;
}


size_t
urlmeta_inline_passed(urlmeta_inline_t *il)
{
    if (il->ended) {
        return il->fed;
    }

    if (il->state == URLMETA_INLINE_NONE && il->released
        && il->released > urlmeta_place_settled(il->place))
    {
        return il->released;
    }

    if (il->p && il->p_bare) {
        return il->p_start;
    }

    if (il->state != URLMETA_INLINE_NONE) {
        return il->element.start;
    }

    return urlmeta_place_settled(il->place);
}


int
urlmeta_inline_ended(urlmeta_inline_t *il)
{
    return il->ended;
}


int
urlmeta_inline_fragment(const char *html, size_t len, urlmeta_buf_t *out)
{
    if (urlmeta_utf8_valid(html, len) != len || memchr(html, '\0', len)) {
        return URLMETA_DONE;
    }

    return urlmeta_render_ascii_markup(html, len, out);
}


static int
urlmeta_inline_token(void *data, const urlmeta_token_t *token, size_t start,
    size_t end)
{
    urlmeta_inline_t  *il = data;

    if (il->ended) {
        return URLMETA_OK;
    }

    switch (token->type) {

    case URLMETA_TOKEN_START:
        urlmeta_inline_start(il, token, start);
        break;

    case URLMETA_TOKEN_END:
        urlmeta_inline_end(il, token, end);
        break;

    case URLMETA_TOKEN_TEXT:

        if (il->state != URLMETA_INLINE_OPEN
            && !urlmeta_inline_is_white(token->text, token->text_len))
        {
            urlmeta_inline_content(il);
        }

        break;

    case URLMETA_TOKEN_COMMENT:

        if (il->state != URLMETA_INLINE_OPEN) {
            urlmeta_inline_content(il);
        }

        break;

    default:
        break;
    }

    return URLMETA_OK;
}


static void
urlmeta_inline_start(urlmeta_inline_t *il, const urlmeta_token_t *token,
    size_t start)
{
    if (il->foreign) {

        if (urlmeta_tag_bit(token->tag) & URLMETA_INLINE_BREAKOUT) {
            urlmeta_inline_content(il);
            il->ended = 1;
            return;
        }

        if ((token->tag == URLMETA_TAG_SVG || token->tag == URLMETA_TAG_MATH)
            && !token->self_closing)
        {
            il->foreign++;
        }

        if (il->state == URLMETA_INLINE_OPEN && !token->self_closing) {
            urlmeta_inline_within(il, token);
        }

        return;
    }

    if (token->tag == URLMETA_TAG_TEMPLATE) {
        urlmeta_inline_content(il);
        il->templates++;
        return;
    }

    if (il->templates) {
        return;
    }

    if (il->p && urlmeta_inline_is_one_of(token, urlmeta_inline_blocks)) {
        urlmeta_inline_close_p(il);
    }

    if (il->state == URLMETA_INLINE_OPEN && token->tag != URLMETA_TAG_A) {
        urlmeta_inline_within(il, token);

    } else if (token->tag == URLMETA_TAG_P) {
        il->p = 1;
        il->p_bare = (token->nattrs == 0 && start >= il->released);
        il->p_start = start;
        return;

    } else if (token->tag == URLMETA_TAG_A
               || urlmeta_inline_key(token) == urlmeta_tag_key("oembed", 6))
    {
        if (il->state != URLMETA_INLINE_NONE) {
            urlmeta_inline_content(il);
        }

        if (il->p && !il->p_bare) {
            return;
        }

        urlmeta_inline_begin(il, token, start);

        if (il->state == URLMETA_INLINE_NONE) {
            urlmeta_inline_content(il);
        }

        return;

    } else {
        urlmeta_inline_content(il);
    }

    switch (token->tag) {

    case URLMETA_TAG_SVG:
    case URLMETA_TAG_MATH:

        if (!token->self_closing) {
            il->foreign = 1;
            urlmeta_place_foreign(il->place, 1);
        }

        break;

    case URLMETA_TAG_META:
        urlmeta_inline_meta(il, token);
        break;

    case URLMETA_TAG_BASE:
        urlmeta_inline_base(il, token);
        break;

    default:
        break;
    }
}


static void
urlmeta_inline_end(urlmeta_inline_t *il, const urlmeta_token_t *token,
    size_t end)
{
    unsigned long long  key;

    if (il->foreign
        && (token->tag == URLMETA_TAG_SVG || token->tag == URLMETA_TAG_MATH)
        && --il->foreign == 0)
    {
        urlmeta_place_foreign(il->place, 0);
    }

    if (token->tag == URLMETA_TAG_TEMPLATE && il->templates) {
        il->templates--;
        return;
    }

    if (il->templates) {
        return;
    }

    if (il->state == URLMETA_INLINE_OPEN) {
        key = urlmeta_inline_key(token);

        if (il->nopen == 0 && key == il->key) {
            urlmeta_inline_close(il, end);

        } else if (il->nopen && key == il->open[il->nopen - 1]) {
            il->nopen--;

        } else {
            urlmeta_inline_content(il);
        }

        return;
    }

    if (il->foreign) {
        return;
    }

    if (il->p && token->tag == URLMETA_TAG_P) {

        if (il->state == URLMETA_INLINE_CLOSED) {
            il->element.end = end;
        }

        urlmeta_inline_close_p(il);

    } else if (il->p && urlmeta_inline_is_one_of(token, urlmeta_inline_blocks))
    {
        urlmeta_inline_close_p(il);

    } else {
        urlmeta_inline_content(il);
    }
}


/* an element that may stand for a card */

static void
urlmeta_inline_begin(urlmeta_inline_t *il, const urlmeta_token_t *token,
    size_t start)
{
    size_t                 len;
    const urlmeta_attr_t  *attr;

    if (token->truncated || start < il->released) {
        return;
    }

    if (token->tag == URLMETA_TAG_A) {

        if (urlmeta_token_attr(token, "data-preview") == NULL) {
            return;
        }

        attr = urlmeta_token_attr(token, "href");

    } else {
        attr = urlmeta_token_attr(token, "url");
    }

    if (attr == NULL
        || urlmeta_utf8_valid(attr->value, attr->value_len) != attr->value_len)
    {
        return;
    }

    len = urlmeta_url_resolve_link(il->url, il->base, strlen(il->base),
                                   attr->value, attr->value_len);

    if (len == 0 || len > URLMETA_URL_MAX) {
        return;
    }

    il->state = URLMETA_INLINE_OPEN;
    il->key = urlmeta_inline_key(token);
    il->nopen = 0;
    il->element.start = start;
    il->element.url = il->url;
}


/* a tag in it: what is not nested as it is written is left alone */

static void
urlmeta_inline_within(urlmeta_inline_t *il, const urlmeta_token_t *token)
{
    if (!il->foreign && urlmeta_inline_is_one_of(token, urlmeta_inline_void)) {
        return;
    }

    if (token->self_closing && (token->tag == URLMETA_TAG_SVG
                                || token->tag == URLMETA_TAG_MATH))
    {
        return;
    }

    if (il->nopen == URLMETA_INLINE_MAX_NESTED
        || token->tag == URLMETA_TAG_NOSCRIPT
        || token->tag == URLMETA_TAG_PLAINTEXT)
    {
        urlmeta_inline_content(il);
        return;
    }

    il->open[il->nopen++] = urlmeta_inline_key(token);
}


static void
urlmeta_inline_meta(urlmeta_inline_t *il, const urlmeta_token_t *token)
{
    size_t                 len;
    const char            *label, *name;
    const urlmeta_attr_t  *attr;

    attr = urlmeta_token_attr(token, "charset");
    name = NULL;

    if (attr) {
        name = urlmeta_charset_lookup(attr->value, attr->value_len);

    } else {
        attr = urlmeta_token_attr(token, "content");

        if (attr && urlmeta_token_attr(token, "http-equiv")
            && urlmeta_charset_param(attr->value, attr->value_len, &label,
                                     &len))
        {
            name = urlmeta_charset_lookup(label, len);
        }
    }

    /* by the standard, UTF-16 that is declared so is UTF-8 */

    if (name && strncmp(name, "utf-16", 6) != 0
        && !urlmeta_place_encoding(name))
    {
        il->ended = 1;
    }
}


static void
urlmeta_inline_base(urlmeta_inline_t *il, const urlmeta_token_t *token)
{
    char                  *base;
    const urlmeta_attr_t  *attr;

    attr = urlmeta_token_attr(token, "href");

    if (il->based || attr == NULL) {
        return;
    }

    il->based = 1;

    if (urlmeta_utf8_valid(attr->value, attr->value_len) != attr->value_len
        || urlmeta_url_resolve_link(il->url, il->base, strlen(il->base),
                                    attr->value, attr->value_len)
           == 0)
    {
        return;
    }

    base = strdup(il->url);

    if (base) {
        free(il->base);
        il->base = base;
    }
}


static void
urlmeta_inline_close(urlmeta_inline_t *il, size_t end)
{
    if (end - il->element.start > URLMETA_INLINE_MAX_ELEMENT) {
        urlmeta_inline_content(il);
        return;
    }

    il->element.end = end;
    il->state = il->p ? URLMETA_INLINE_CLOSED : URLMETA_INLINE_FOUND;
}


/* the paragraph ends: one that an element is all of goes with it */

static void
urlmeta_inline_close_p(urlmeta_inline_t *il)
{
    if (il->state == URLMETA_INLINE_CLOSED) {
        il->element.start = il->p_start;
        il->state = URLMETA_INLINE_FOUND;

    } else if (il->state == URLMETA_INLINE_OPEN) {
        il->state = URLMETA_INLINE_NONE;
    }

    il->p = 0;
    il->p_bare = 0;
}


/* something else: what is being read stands for no card */

static void
urlmeta_inline_content(urlmeta_inline_t *il)
{
    if (il->state != URLMETA_INLINE_FOUND) {
        il->state = URLMETA_INLINE_NONE;
    }

    il->p_bare = 0;
}


static unsigned long long
urlmeta_inline_key(const urlmeta_token_t *token)
{
    return urlmeta_tag_key(token->name, token->name_len);
}


static int
urlmeta_inline_is_one_of(const urlmeta_token_t *token,
    const char *const *names)
{
    for ( /* void */ ; *names; names++) {

        if (**names == *token->name && strlen(*names) == token->name_len
            && memcmp(*names, token->name, token->name_len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static int
urlmeta_inline_is_white(const char *text, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {

        if (text[i] != ' ' && (text[i] < '\t' || text[i] > '\r'
                               || text[i] == '\v'))
        {
            return 0;
        }
    }

    return 1;
}
