
/*
 * Tokens to the page.
 *
 * Of the standard's tree construction there is as much here as decides what
 * counts: which elements are in foreign content (svg, math, their integration
 * points, and the tags that break out of it), and which in a template.
 */


#include <stdlib.h>
#include <string.h>

#include "html_state.h"


#define URLMETA_HTML_TAGS                                                     \
    (urlmeta_tag_bit(URLMETA_TAG_AUDIO)                                       \
     | urlmeta_tag_bit(URLMETA_TAG_BASE)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_BODY)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_H1)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H2)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H3)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H4)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H5)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H6)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_HTML)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_LINK)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_MATH)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_META)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_SCRIPT)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_SOURCE)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_SVG)                                       \
     | urlmeta_tag_bit(URLMETA_TAG_TEMPLATE)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_TITLE)                                     \
     | urlmeta_tag_bit(URLMETA_TAG_VIDEO))

/* those that end foreign content, "any other start tag" excepted */

#define URLMETA_HTML_BREAKOUT                                                 \
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

#define URLMETA_HTML_FOREIGN                                                  \
    (URLMETA_HTML_BREAKOUT                                                    \
     | urlmeta_tag_bit(URLMETA_TAG_A)                                         \
     | urlmeta_tag_bit(URLMETA_TAG_ANNOTATION_XML)                            \
     | urlmeta_tag_bit(URLMETA_TAG_DESC)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_FOREIGNOBJECT)                             \
     | urlmeta_tag_bit(URLMETA_TAG_MATH_TEXT))

/* those that end the head where its own end tag is left out */

#define URLMETA_HTML_IN_HEAD                                                  \
    (urlmeta_tag_bit(URLMETA_TAG_ARTICLE)                                     \
     | urlmeta_tag_bit(URLMETA_TAG_BODY)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_BREAKOUT)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_FORM)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_HEAD)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_HEADER)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_MAIN)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_NAV)                                       \
     | urlmeta_tag_bit(URLMETA_TAG_NOSCRIPT)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_P))

/*
 * Tags of which nobody but the copy of the body asks for attributes; of an
 * anchor html_media.c does.
 */

#define URLMETA_HTML_SPARE                                                    \
    (urlmeta_tag_bit(URLMETA_TAG_OTHER)                                       \
     | urlmeta_tag_bit(URLMETA_TAG_ARTICLE)                                   \
     | urlmeta_tag_bit(URLMETA_TAG_ASIDE)                                     \
     | urlmeta_tag_bit(URLMETA_TAG_BR)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_BREAKOUT)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_BUTTON)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_FOOTER)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_FORM)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_H1)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H2)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H3)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H4)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H5)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_H6)                                        \
     | urlmeta_tag_bit(URLMETA_TAG_HEAD)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_HEADER)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_IFRAME)                                    \
     | urlmeta_tag_bit(URLMETA_TAG_MAIN)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_NAV)                                       \
     | urlmeta_tag_bit(URLMETA_TAG_NOSCRIPT)                                  \
     | urlmeta_tag_bit(URLMETA_TAG_P)                                         \
     | urlmeta_tag_bit(URLMETA_TAG_PICTURE)                                   \
     | urlmeta_tag_bit(URLMETA_TAG_SPAN)                                      \
     | urlmeta_tag_bit(URLMETA_TAG_STYLE)                                     \
     | urlmeta_tag_bit(URLMETA_TAG_TEXTAREA))

#define URLMETA_HTML_IN_HEADING                                               \
    (urlmeta_tag_bit(URLMETA_TAG_BR)                                          \
     | urlmeta_tag_bit(URLMETA_TAG_STYLE))


static int urlmeta_html_handler(void *data, const urlmeta_token_t *token);
static int urlmeta_html_asked(void *data, urlmeta_tag_e tag,
    const urlmeta_attr_t *attr);
static void urlmeta_html_start(urlmeta_html_t *h,
    const urlmeta_token_t *token, urlmeta_tag_e tag);
static void urlmeta_html_end(urlmeta_html_t *h, const urlmeta_token_t *token,
    urlmeta_tag_e tag);
static int urlmeta_html_is_foreign(urlmeta_html_t *h);
static void urlmeta_html_break_out(urlmeta_html_t *h);
static int urlmeta_html_foreign_start(urlmeta_html_t *h,
    const urlmeta_token_t *token, urlmeta_tag_e tag);
static void urlmeta_html_open(urlmeta_html_t *h, urlmeta_tag_e tag);
static int urlmeta_html_close(urlmeta_html_t *h, urlmeta_tag_e tag);


urlmeta_html_t *
urlmeta_html_create(const char *url, int details)
{
    urlmeta_html_t  *h;

    h = calloc(1, sizeof(urlmeta_html_t));
    if (h == NULL) {
        return NULL;
    }

    h->details = (details != 0);
    h->url_len = strlen(url);
    h->url = malloc(h->url_len + 1);
    h->scan = urlmeta_scan_create(urlmeta_html_handler, h);
    h->page = json_object();

    if (h->url == NULL || h->scan == NULL || h->page == NULL) {
        urlmeta_html_destroy(h);
        return NULL;
    }

    memcpy(h->url, url, h->url_len + 1);

    h->base = h->url;
    h->base_len = h->url_len;

    urlmeta_html_set(h, h->page, "kind", json_string("html"));
    urlmeta_html_set(h, h->page, "url",
                     urlmeta_html_string(h->url, h->url_len));
    urlmeta_html_set(h, h->page, "base", json_null());
    urlmeta_html_set(h, h->page, "charset", json_null());
    urlmeta_html_set(h, h->page, "language", json_null());
    urlmeta_html_set(h, h->page, "direction", json_null());

    h->titles = urlmeta_html_array(h, "titles");
    h->meta = urlmeta_html_array(h, "meta");
    h->itemprop_meta = urlmeta_html_array(h, "itemprop_meta");
    h->http_equiv = urlmeta_html_array(h, "http_equiv");
    h->link = urlmeta_html_array(h, "link");
    h->json_ld = urlmeta_html_array(h, "json_ld");
    h->headings = urlmeta_html_array(h, "headings");
    h->links = urlmeta_html_array(h, "links");

    if (h->failed) {
        urlmeta_html_destroy(h);
        return NULL;
    }

    urlmeta_scan_spare_attrs(h->scan, URLMETA_HTML_BODY_ASKED "ch",
                             urlmeta_html_asked);
    urlmeta_html_want(h);

    return h;
}


void
urlmeta_html_extent(urlmeta_html_t *h, urlmeta_extent_e extent)
{
    h->extent = extent;
}


int
urlmeta_html_has_head(urlmeta_html_t *h)
{
    return h->head;
}


void
urlmeta_html_on_charset(urlmeta_html_t *h,
    void (*handler)(void *data, const char *label, size_t len), void *data)
{
    h->charset_handler = handler;
    h->charset_data = data;
}


int
urlmeta_html_feed(urlmeta_html_t *h, const char *data, size_t len)
{
    return urlmeta_scan_feed(h->scan, data, len);
}


int
urlmeta_html_token(urlmeta_html_t *h, const urlmeta_token_t *token)
{
    h->xml = 1;

    return urlmeta_html_handler(h, token);
}


json_t *
urlmeta_html_finish(urlmeta_html_t *h)
{
    json_t    *page;
    unsigned   lacks;

    (void) urlmeta_scan_finish(h->scan);

    /* elements that the document left open end with it */

    urlmeta_html_raw_end(h);
    urlmeta_html_anchor_finish(h);
    urlmeta_html_heading_end(h);

    /* references that came before the base element which they count from */

    urlmeta_html_resolve_again(h, h->link, h->link_before);
    urlmeta_html_resolve_again(h, h->links, h->links_before);

    if (h->body) {
        lacks = urlmeta_html_body_found(h->body) ? urlmeta_html_lacks(h) : 0;

        if (urlmeta_html_body_finish(h->body, h->page, lacks) != URLMETA_OK) {
            h->failed = 1;
        }
    }

    urlmeta_html_set(h, h->page, "base",
                     urlmeta_html_string(h->base, h->base_len));
    urlmeta_html_set(h, h->page, "truncated", json_boolean(h->truncated));

    if (h->failed) {
        return NULL;
    }

    page = h->page;
    h->page = NULL;

    return page;
}


void
urlmeta_html_destroy(urlmeta_html_t *h)
{
    if (h == NULL) {
        return;
    }

    if (h->base != h->url) {
        free(h->base);
    }

    free(h->url);

    if (h->scan) {
        urlmeta_scan_destroy(h->scan);
    }

    json_decref(h->page);

    urlmeta_html_body_destroy(h->body);
    urlmeta_buf_free(&h->raw_text);
    urlmeta_buf_free(&h->anchor_text.buf);
    urlmeta_buf_free(&h->heading_text.buf);

    free(h);
}


static int
urlmeta_html_handler(void *data, const urlmeta_token_t *token)
{
    urlmeta_html_t  *h = data;

    urlmeta_tag_e    tag;

    tag = token->tag;

    if (tag == URLMETA_TAG_OTHER && token->name) {

        /* of another parser, which knows names only */

        tag = urlmeta_tag(token->name, token->name_len);
    }

    switch (token->type) {

    case URLMETA_TOKEN_START:
        urlmeta_html_start(h, token, tag);
        break;

    case URLMETA_TOKEN_END:
        urlmeta_html_end(h, token, tag);
        break;

    case URLMETA_TOKEN_TEXT:
        urlmeta_html_text(h, token->text, token->text_len);

        if (h->body && !h->nopen) {
            urlmeta_html_body_text(h->body, token->text, token->text_len);
        }

        break;

    default:
        break;
    }

    if (h->failed) {
        return URLMETA_ERROR;
    }

    return h->done ? URLMETA_DONE : URLMETA_OK;
}


static int
urlmeta_html_asked(void *data, urlmeta_tag_e tag, const urlmeta_attr_t *attr)
{
    urlmeta_html_t  *h = data;

    if (tag == URLMETA_TAG_A && urlmeta_html_media_asks(attr)) {
        return 1;
    }

    /* the copy may begin with this very tag */

    return (h->body || !h->head_tag) && urlmeta_html_body_asks(attr);
}


static void
urlmeta_html_start(urlmeta_html_t *h, const urlmeta_token_t *token,
    urlmeta_tag_e tag)
{
    if (token->truncated) {
        h->truncated = 1;
    }

    if (urlmeta_html_is_foreign(h)
        && urlmeta_html_foreign_start(h, token, tag))
    {
        return;
    }

    if (h->details && !h->nopen && !h->xml && tag != URLMETA_TAG_A
        && tag != URLMETA_TAG_TEMPLATE)
    {
        urlmeta_html_anchor_inner_start(h, token, tag);
    }

    switch (tag) {

    case URLMETA_TAG_SVG:
    case URLMETA_TAG_MATH:

        if (!token->self_closing) {
            urlmeta_html_open(h, tag);
        }

        return;

    case URLMETA_TAG_TEMPLATE:
        urlmeta_html_open(h, tag);
        return;

    default:
        break;
    }

    if (h->templates) {
        return;
    }

    urlmeta_html_head_start(h, tag);

    if (h->body && urlmeta_html_body_start(h->body, token, tag)) {
        urlmeta_html_want(h);
    }

    switch (tag) {

    case URLMETA_TAG_HTML:
        urlmeta_html_root(h, token);
        break;

    case URLMETA_TAG_BASE:
        urlmeta_html_base(h, token);
        break;

    case URLMETA_TAG_BODY:
        urlmeta_html_direction(h, token);
        break;

    case URLMETA_TAG_AUDIO:
    case URLMETA_TAG_SOURCE:
    case URLMETA_TAG_VIDEO:
        urlmeta_html_media_start(h, token, tag);
        break;

    case URLMETA_TAG_META:
        urlmeta_html_meta(h, token);
        break;

    case URLMETA_TAG_LINK:
        urlmeta_html_link(h, token);
        break;

    case URLMETA_TAG_TITLE:
    case URLMETA_TAG_SCRIPT:
    case URLMETA_TAG_STYLE:
        urlmeta_html_raw_start(h, token, tag);
        break;

    case URLMETA_TAG_A:

        /* details make no other card: without them others are not seen */

        if (h->body && urlmeta_html_body_wants(h->body)) {
            urlmeta_html_media_anchor(h, token);
        }

        urlmeta_html_anchor_start(h, token);
        break;

    case URLMETA_TAG_BR:
        h->heading_text.space = 1;
        break;

    case URLMETA_TAG_H1:
    case URLMETA_TAG_H2:
    case URLMETA_TAG_H3:
    case URLMETA_TAG_H4:
    case URLMETA_TAG_H5:
    case URLMETA_TAG_H6:
        urlmeta_html_heading_start(h, tag);
        break;

    default:
        break;
    }
}


static void
urlmeta_html_end(urlmeta_html_t *h, const urlmeta_token_t *token,
    urlmeta_tag_e tag)
{
    if (tag == URLMETA_TAG_STYLE || tag == URLMETA_TAG_SCRIPT) {
        h->hidden = 0;
    }

    if (h->raw && h->raw == tag) {
        urlmeta_html_raw_end(h);
        h->anchor_raw = 0;

        if (h->body) {
            (void) urlmeta_html_body_end(h->body, token, tag);
        }

        return;
    }

    if (urlmeta_html_is_foreign(h)
        && (urlmeta_tag_bit(tag)
            & (URLMETA_HTML_BREAKOUT|urlmeta_tag_bit(URLMETA_TAG_A))))
    {
        /*
         * An svg's own anchor, or the element around an svg that was not
         * closed: with that one it ends.  Which elements are open is not
         * known; an end tag of HTML that has none is taken for one that has.
         */

        if (tag == URLMETA_TAG_A && urlmeta_html_close(h, tag)) {
            return;
        }

        urlmeta_html_break_out(h);
    }

    if (!h->nopen) {

        if (h->details && !h->xml && tag != URLMETA_TAG_A) {
            urlmeta_html_anchor_inner_end(h, token, tag);
        }

        urlmeta_html_head_end(h, tag);

        if (h->body && urlmeta_html_body_end(h->body, token, tag)) {
            urlmeta_html_want(h);
        }
    }

    switch (tag) {

    case URLMETA_TAG_TEMPLATE:
    case URLMETA_TAG_SVG:
    case URLMETA_TAG_MATH:
    case URLMETA_TAG_TITLE:
    case URLMETA_TAG_DESC:
    case URLMETA_TAG_FOREIGNOBJECT:
    case URLMETA_TAG_MATH_TEXT:
    case URLMETA_TAG_ANNOTATION_XML:
        (void) urlmeta_html_close(h, tag);
        break;

    case URLMETA_TAG_A:

        if (!h->templates) {
            urlmeta_html_anchor_end(h);
        }

        break;

    case URLMETA_TAG_AUDIO:
    case URLMETA_TAG_VIDEO:
        urlmeta_html_media_end(h);
        break;

    case URLMETA_TAG_H1:
    case URLMETA_TAG_H2:
    case URLMETA_TAG_H3:
    case URLMETA_TAG_H4:
    case URLMETA_TAG_H5:
    case URLMETA_TAG_H6:

        if (!h->templates) {
            urlmeta_html_heading_end(h);
        }

        break;

    default:
        break;
    }
}


void
urlmeta_html_want(urlmeta_html_t *h)
{
    int                 text;
    unsigned long long  tags, spare;

    tags = URLMETA_HTML_TAGS;
    spare = URLMETA_HTML_SPARE;

    if (h->details) {
        tags |= urlmeta_tag_bit(URLMETA_TAG_A)|urlmeta_tag_bit(URLMETA_TAG_P);
    }

    if (h->nopen) {
        tags |= URLMETA_HTML_FOREIGN;
    }

    if (h->heading) {
        tags |= URLMETA_HTML_IN_HEADING;
    }

    if (!h->head) {
        tags |= URLMETA_HTML_IN_HEAD;

    } else if (!h->head_tag) {
        tags |= urlmeta_tag_bit(URLMETA_TAG_HEAD);
    }

    if (!h->details) {
        spare |= urlmeta_tag_bit(URLMETA_TAG_A);
    }

    if (h->body && urlmeta_html_body_wants(h->body)) {
        tags = ~0ULL;
        spare |= urlmeta_html_body_spare(h->body);
    }

    if (h->active && !h->xml) {
        tags = ~0ULL;
    }

    text = (!h->templates && (h->raw || h->anchor || h->active || h->heading
                              || (h->body
                                  && urlmeta_html_body_text_wanted(h->body))));

    urlmeta_scan_want(h->scan, tags, text);
    urlmeta_scan_spare(h->scan, spare);
    urlmeta_scan_foreign(h->scan, urlmeta_html_is_foreign(h));
}


static int
urlmeta_html_is_foreign(urlmeta_html_t *h)
{
    switch (h->nopen ? h->open[h->nopen - 1] : URLMETA_TAG_OTHER) {

    case URLMETA_TAG_SVG:
    case URLMETA_TAG_MATH:
    case URLMETA_TAG_A:
        return 1;

    default:
        return 0;
    }
}


static void
urlmeta_html_break_out(urlmeta_html_t *h)
{
    while (urlmeta_html_is_foreign(h)) {
        h->nopen--;
    }

    urlmeta_html_want(h);
}


/*
 * The HTML standard's section 13.2.6.5.  Returns 0 if the tag ends foreign
 * content and is HTML then.
 */

static int
urlmeta_html_foreign_start(urlmeta_html_t *h, const urlmeta_token_t *token,
    urlmeta_tag_e tag)
{
    int                    svg;
    const urlmeta_attr_t  *attr;

    if (urlmeta_tag_bit(tag) & URLMETA_HTML_BREAKOUT) {
        urlmeta_html_break_out(h);
        return 0;
    }

    if (token->self_closing) {
        return 1;
    }

    svg = (h->open[h->nopen - 1] != URLMETA_TAG_MATH);

    switch (tag) {

    case URLMETA_TAG_SVG:
    case URLMETA_TAG_MATH:
    case URLMETA_TAG_A:
        urlmeta_html_open(h, tag);
        break;

    /* HTML integration points and MathML text integration points */

    case URLMETA_TAG_TITLE:
    case URLMETA_TAG_DESC:
    case URLMETA_TAG_FOREIGNOBJECT:

        if (svg) {
            urlmeta_html_open(h, tag);
        }

        break;

    case URLMETA_TAG_MATH_TEXT:

        if (!svg) {
            urlmeta_html_open(h, tag);
        }

        break;

    case URLMETA_TAG_ANNOTATION_XML:

        attr = urlmeta_token_attr(token, "encoding");

        if (!svg && attr
            && (urlmeta_html_is(attr, "text/html")
                || urlmeta_html_is(attr, "application/xhtml+xml")))
        {
            urlmeta_html_open(h, tag);
        }

        break;

    default:
        break;
    }

    return 1;
}


/* what is nested deeper than the bound is as if it were not there */

static void
urlmeta_html_open(urlmeta_html_t *h, urlmeta_tag_e tag)
{
    if (h->nopen == URLMETA_HTML_MAX_OPEN) {
        h->truncated = 1;
        return;
    }

    h->open[h->nopen++] = (unsigned char) tag;

    if (tag == URLMETA_TAG_TEMPLATE) {
        h->templates++;
    }

    urlmeta_html_want(h);
}


static int
urlmeta_html_close(urlmeta_html_t *h, urlmeta_tag_e tag)
{
    unsigned  i;

    for (i = h->nopen; i > 0; i--) {

        if (h->open[i - 1] == tag) {
            break;
        }

        /* only its own end tag ends a template */

        if (h->open[i - 1] == URLMETA_TAG_TEMPLATE) {
            return 0;
        }
    }

    if (i == 0) {
        return 0;
    }

    if (tag == URLMETA_TAG_TEMPLATE) {
        h->templates--;
    }

    h->nopen = i - 1;
    urlmeta_html_want(h);

    return 1;
}
