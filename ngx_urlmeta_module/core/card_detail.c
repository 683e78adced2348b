
/*
 * Details: what the page says, beside what the card made of it.  Nobody cleans
 * it up, so what must not be linked to is marked.
 */


#include <string.h>
#include <strings.h>

#include "card_chain.h"


/* no scheme that a browser opens is longer */
#define URLMETA_CARD_MAX_SCHEME  32


static void urlmeta_card_detail(urlmeta_card_t *c, const char *key);
static void urlmeta_card_detail_metas(urlmeta_card_t *c);
static void urlmeta_card_detail_links(urlmeta_card_t *c);
static void urlmeta_card_detail_append(urlmeta_card_t *c, json_t *list,
    json_t *item, int unsafe);
static int urlmeta_card_unsafe(urlmeta_card_t *c, const char *text,
    size_t len);


void
urlmeta_card_details(urlmeta_card_t *c)
{
    urlmeta_card_detail_metas(c);
    urlmeta_card_detail(c, "json_ld");
    urlmeta_card_detail_links(c);
    urlmeta_card_detail(c, "headings");

    urlmeta_card_sources(c);
    urlmeta_card_set(c, c->card, "sources", json_incref(c->sources));
}


static void
urlmeta_card_detail(urlmeta_card_t *c, const char *key)
{
    json_t  *list;

    list = json_object_get(c->page, key);

    urlmeta_card_set(c, c->card, key,
                     json_is_array(list) ? json_incref(list) : json_array());
}


/* without those whose content is not stated as one */

static void
urlmeta_card_detail_metas(urlmeta_card_t *c)
{
    size_t   i;
    json_t  *metas, *meta, *content;

    metas = json_array();
    urlmeta_card_set(c, c->card, "meta", metas);

    json_array_foreach(json_object_get(c->page, "meta"), i, meta) {

        if (c->failed) {
            return;
        }

        if (json_object_get(meta, "attribute") != NULL) {
            continue;
        }

        content = json_object_get(meta, "content");

        urlmeta_card_detail_append(c, metas, meta,
                           json_is_string(content)
                           && urlmeta_card_unsafe(c, json_string_value(content),
                                                  json_string_length(content)));
    }
}


static void
urlmeta_card_detail_links(urlmeta_card_t *c)
{
    size_t   i;
    json_t  *links, *link;

    links = json_array();
    urlmeta_card_set(c, c->card, "links", links);

    json_array_foreach(json_object_get(c->page, "links"), i, link) {

        if (c->failed) {
            return;
        }

        urlmeta_card_detail_append(c, links, link,
                                   urlmeta_card_link_url(c, link) == 0);
    }
}


/* the page's own objects stay as they are */

static void
urlmeta_card_detail_append(urlmeta_card_t *c, json_t *list, json_t *item,
    int unsafe)
{
    if (!unsafe) {
        urlmeta_card_append(c, list, json_incref(item));
        return;
    }

    item = json_copy(item);

    if (item == NULL) {
        c->failed = 1;
        return;
    }

    urlmeta_card_set(c, item, "unsafe", json_true());
    urlmeta_card_append(c, list, item);
}


/*
 * Is the text a reference with a scheme or a host of its own which the card
 * would not hold?  As the URL standard does, white space and control characters
 * before it and line ends within it are passed over.
 */

static int
urlmeta_card_unsafe(urlmeta_card_t *c, const char *text, size_t len)
{
    char    scheme[URLMETA_CARD_MAX_SCHEME];
    size_t  i, n;

    static const char  *schemes[] = {
        "javascript", "vbscript", "data", "blob", "filesystem", "file",
        "about", "view-source", "http", "https", NULL
    };

    while (len != 0 && (unsigned char) *text <= ' ') {
        text++;
        len--;
    }

    while (len != 0 && (unsigned char) text[len - 1] <= ' ') {
        len--;
    }

    if (len > 1 && (text[0] == '/' || text[0] == '\\')
        && (text[1] == '/' || text[1] == '\\'))
    {
        return urlmeta_card_url(c, text, len) == 0;
    }

    n = 0;

    for (i = 0; i < len && text[i] != ':'; i++) {

        if (text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
            continue;
        }

        if (n == sizeof(scheme) - 1
            || !(((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z')
                 || (n != 0 && ((text[i] >= '0' && text[i] <= '9')
                                || text[i] == '+' || text[i] == '-'
                                || text[i] == '.'))))
        {
            return 0;
        }

        scheme[n++] = text[i];
    }

    if (i == len || n == 0) {
        return 0;
    }

    scheme[n] = '\0';

    /* prose and keywords have colons too: a scheme is known, or has a host */

    if (len - i < 3 || text[i + 1] != '/' || text[i + 2] != '/') {

        for (n = 0; schemes[n] && strcasecmp(schemes[n], scheme) != 0; n++) {
            /* void */
        }

        if (schemes[n] == NULL) {
            return 0;
        }
    }

    return urlmeta_card_url(c, text, len) == 0;
}
