
/*
 * Where the head ends, and what it leaves to be found in the body.
 */


#include <string.h>

#include "html_state.h"
#include "jsonld.h"


typedef struct {
    const char  *name;
    unsigned     lacks;
} urlmeta_html_stated_t;


static void urlmeta_html_head_done(urlmeta_html_t *h, int tag);
static void urlmeta_html_lacks_meta(json_t *list,
    const urlmeta_html_stated_t *names, unsigned *lacks);
static void urlmeta_html_lacks_json_ld(urlmeta_html_t *h, unsigned *lacks);
static int urlmeta_html_is_stated(json_t *value);


#define URLMETA_HTML_LACKS_CARD                                               \
    (URLMETA_HTML_LACKS_TITLE|URLMETA_HTML_LACKS_DESCRIPTION                  \
     |URLMETA_HTML_LACKS_IMAGE)

#define URLMETA_HTML_LACKS_ALL                                                \
    (URLMETA_HTML_LACKS_CARD|URLMETA_HTML_LACKS_AUTHOR                        \
     |URLMETA_HTML_LACKS_DATE)


void
urlmeta_html_head_start(urlmeta_html_t *h, urlmeta_tag_e tag)
{
    if (h->head && h->head_tag) {
        return;
    }

    switch (tag) {

    case URLMETA_TAG_BODY:
        urlmeta_html_head_done(h, 1);
        break;

    case URLMETA_TAG_NOSCRIPT:

        /* a browser that runs scripts takes what is in it for text */

        h->noscript = 1;
        break;

    case URLMETA_TAG_ARTICLE:
    case URLMETA_TAG_BREAKOUT:
    case URLMETA_TAG_FORM:
    case URLMETA_TAG_H1:
    case URLMETA_TAG_H2:
    case URLMETA_TAG_H3:
    case URLMETA_TAG_H4:
    case URLMETA_TAG_H5:
    case URLMETA_TAG_H6:
    case URLMETA_TAG_HEADER:
    case URLMETA_TAG_MAIN:
    case URLMETA_TAG_NAV:
    case URLMETA_TAG_P:

        if (!h->noscript && !h->head) {
            urlmeta_html_head_done(h, 0);
        }

        break;

    default:
        break;
    }
}


void
urlmeta_html_head_end(urlmeta_html_t *h, urlmeta_tag_e tag)
{
    switch (tag) {

    case URLMETA_TAG_HEAD:

        if (!h->head_tag) {
            urlmeta_html_head_done(h, 1);
        }

        break;

    case URLMETA_TAG_NOSCRIPT:
        h->noscript = 0;
        break;

    case URLMETA_TAG_HTML:

        h->head = 1;

        if (h->extent == URLMETA_EXTENT_HEAD
            || (h->extent == URLMETA_EXTENT_AUTO && !h->details))
        {
            h->done = 1;
        }

        break;

    default:
        break;
    }
}


/*
 * Only a tag ends the reading: an element that stands in the head by mistake
 * has the rest of the head behind it.
 */

static void
urlmeta_html_head_done(urlmeta_html_t *h, int tag)
{
    unsigned  lacks;

    h->head = 1;
    h->head_tag |= (tag != 0);

    if (tag && h->extent == URLMETA_EXTENT_HEAD) {
        h->done = 1;
        return;
    }

    if (h->body == NULL
        || (tag && h->extent == URLMETA_EXTENT_AUTO && !h->details))
    {
        lacks = urlmeta_html_lacks(h);

        if (tag && h->extent == URLMETA_EXTENT_AUTO && !h->details
            && (lacks & URLMETA_HTML_LACKS_CARD) == 0)
        {
            h->done = 1;
            return;
        }

        if (h->body == NULL && lacks && h->extent != URLMETA_EXTENT_HEAD) {
            h->body = urlmeta_html_body_create(lacks);

            if (h->body == NULL) {
                h->failed = 1;
            }
        }
    }

    urlmeta_html_want(h);
}


unsigned
urlmeta_html_lacks(urlmeta_html_t *h)
{
    size_t       i;
    json_t      *title, *link;
    unsigned     lacks;
    const char  *rel;

    static const urlmeta_html_stated_t  metas[] = {
        { "og:title", URLMETA_HTML_LACKS_TITLE },
        { "twitter:title", URLMETA_HTML_LACKS_TITLE },
        { "og:description", URLMETA_HTML_LACKS_DESCRIPTION },
        { "twitter:description", URLMETA_HTML_LACKS_DESCRIPTION },
        { "description", URLMETA_HTML_LACKS_DESCRIPTION },
        { "og:image", URLMETA_HTML_LACKS_IMAGE },
        { "og:image:url", URLMETA_HTML_LACKS_IMAGE },
        { "og:image:secure_url", URLMETA_HTML_LACKS_IMAGE },
        { "twitter:image", URLMETA_HTML_LACKS_IMAGE },
        { "twitter:image:src", URLMETA_HTML_LACKS_IMAGE },
        { "author", URLMETA_HTML_LACKS_AUTHOR },
        { "citation_author", URLMETA_HTML_LACKS_AUTHOR },
        { "dc.creator", URLMETA_HTML_LACKS_AUTHOR },
        { "parsely-author", URLMETA_HTML_LACKS_AUTHOR },
        { "article:published_time", URLMETA_HTML_LACKS_DATE },
        { "citation_publication_date", URLMETA_HTML_LACKS_DATE },
        { "parsely-pub-date", URLMETA_HTML_LACKS_DATE },
        { "date", URLMETA_HTML_LACKS_DATE },
        { NULL, 0 }
    };

    static const urlmeta_html_stated_t  itemprops[] = {
        { "headline", URLMETA_HTML_LACKS_TITLE },
        { "name", URLMETA_HTML_LACKS_TITLE },
        { "description", URLMETA_HTML_LACKS_DESCRIPTION },
        { "image", URLMETA_HTML_LACKS_IMAGE },
        { "datePublished", URLMETA_HTML_LACKS_DATE },
        { NULL, 0 }
    };

    lacks = URLMETA_HTML_LACKS_ALL;

    json_array_foreach(h->titles, i, title) {

        if (urlmeta_html_is_stated(title)) {
            lacks &= ~URLMETA_HTML_LACKS_TITLE;
            break;
        }
    }

    urlmeta_html_lacks_meta(h->meta, metas, &lacks);
    urlmeta_html_lacks_meta(h->itemprop_meta, itemprops, &lacks);

    json_array_foreach(h->link, i, link) {
        rel = json_string_value(json_object_get(link, "rel"));

        if (rel && strcmp(rel, "image_src") == 0
            && urlmeta_html_is_stated(json_object_get(link, "href")))
        {
            lacks &= ~URLMETA_HTML_LACKS_IMAGE;
        }
    }

    if (lacks && json_array_size(h->json_ld)) {
        urlmeta_html_lacks_json_ld(h, &lacks);
    }

    return lacks;
}


static void
urlmeta_html_lacks_meta(json_t *list, const urlmeta_html_stated_t *names,
    unsigned *lacks)
{
    size_t                        i;
    json_t                       *item;
    const char                   *name;
    const urlmeta_html_stated_t  *s;

    json_array_foreach(list, i, item) {

        if (*lacks == 0) {
            return;
        }

        name = json_string_value(json_object_get(item, "name"));

        for (s = names; name && s->name; s++) {

            if (name[0] == s->name[0] && strcmp(name, s->name) == 0) {

                if ((*lacks & s->lacks)
                    && urlmeta_html_is_stated(json_object_get(item,
                                                              "content")))
                {
                    *lacks &= ~s->lacks;
                }

                break;
            }
        }
    }
}


static void
urlmeta_html_lacks_json_ld(urlmeta_html_t *h, unsigned *lacks)
{
    json_t                       *node;
    urlmeta_jsonld_t             *ld;
    const urlmeta_html_stated_t  *s;

    static const urlmeta_html_stated_t  properties[] = {
        { "headline", URLMETA_HTML_LACKS_TITLE },
        { "name", URLMETA_HTML_LACKS_TITLE },
        { "description", URLMETA_HTML_LACKS_DESCRIPTION },
        { "image", URLMETA_HTML_LACKS_IMAGE },
        { "thumbnailUrl", URLMETA_HTML_LACKS_IMAGE },
        { "author", URLMETA_HTML_LACKS_AUTHOR },
        { "creator", URLMETA_HTML_LACKS_AUTHOR },
        { "datePublished", URLMETA_HTML_LACKS_DATE },
        { "uploadDate", URLMETA_HTML_LACKS_DATE },
        { NULL, 0 }
    };

    ld = urlmeta_jsonld_create(h->json_ld, h->url);

    if (ld == NULL) {
        h->failed = 1;
        return;
    }

    node = urlmeta_jsonld_main(ld, NULL);

    for (s = properties; node && s->name; s++) {

        if (urlmeta_jsonld_get(ld, node, s->name)) {
            *lacks &= ~s->lacks;
        }
    }

    urlmeta_jsonld_destroy(ld);
}


static int
urlmeta_html_is_stated(json_t *value)
{
    const char  *text;

    text = json_string_value(value);

    return text && text[strspn(text, " \t\r\n\f")] != '\0';
}
