
/*
 * What an RSS (0.9x, 1.0, 2.0) or Atom document says about itself.
 */


#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "feed.h"
#include "page.h"
#include "url.h"
#include "utf8.h"


#define URLMETA_FEED_MAX_TEXT  8192     /* bytes of one text */

#define URLMETA_FEED_NS_RDF    "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define URLMETA_FEED_NS_DC     "http://purl.org/dc/elements/1.1/"
#define URLMETA_FEED_NS_ITUNES "http://www.itunes.com/dtds/podcast-1.0.dtd"


typedef enum {
    URLMETA_FEED_NONE = 0,
    URLMETA_FEED_TITLE,
    URLMETA_FEED_DESCRIPTION,
    URLMETA_FEED_LANGUAGE,
    URLMETA_FEED_LINK,
    URLMETA_FEED_IMAGE,
    URLMETA_FEED_IMAGE_LOW,         /* an icon, where there is no image */
    URLMETA_FEED_AUTHOR,
    URLMETA_FEED_MAX
} urlmeta_feed_field_e;


struct urlmeta_feed_s {
    char                  *url;
    char                  *ns;          /* of the channel's own elements */
    unsigned               channel;     /* its depth; 0: outside of it */
    unsigned               image;
    unsigned               person;
    unsigned               depth;       /* of the field being read */
    urlmeta_feed_field_e   field;
    unsigned               atom:1;
    unsigned               truncated:1;
    urlmeta_buf_t          text;
    urlmeta_buf_t          fields[URLMETA_FEED_MAX];
};


static int urlmeta_feed_channel(urlmeta_feed_t *f, const char *ns,
    unsigned depth);
static urlmeta_feed_field_e urlmeta_feed_field(urlmeta_feed_t *f,
    const char *name, const char *ns, unsigned depth);
static int urlmeta_feed_is_own(urlmeta_feed_t *f, const char *ns);
static int urlmeta_feed_set(urlmeta_feed_t *f, urlmeta_feed_field_e field,
    const char *text, size_t len);
static const urlmeta_attr_t *urlmeta_feed_attr(const urlmeta_attr_t *attrs,
    unsigned nattrs, const char *name);
static int urlmeta_feed_add_meta(urlmeta_feed_t *f, json_t *page,
    const char *name, urlmeta_feed_field_e field);
static int urlmeta_feed_add_link(urlmeta_feed_t *f, json_t *page);
static json_t *urlmeta_feed_string(urlmeta_feed_t *f,
    urlmeta_feed_field_e field);


int
urlmeta_feed_is_root(const char *name, const char *ns)
{
    return strcmp(name, "rss") == 0
           || strcmp(name, "feed") == 0
           || (strcmp(name, "RDF") == 0
               && ns && strcmp(ns, URLMETA_FEED_NS_RDF) == 0);
}


urlmeta_feed_t *
urlmeta_feed_create(const char *url)
{
    urlmeta_feed_t  *f;

    f = calloc(1, sizeof(urlmeta_feed_t));

    if (f == NULL) {
        return NULL;
    }

    f->url = strdup(url);

    if (f->url == NULL) {
        free(f);
        return NULL;
    }

    return f;
}


void
urlmeta_feed_destroy(urlmeta_feed_t *f)
{
    unsigned  i;

    if (f == NULL) {
        return;
    }

    for (i = 0; i < URLMETA_FEED_MAX; i++) {
        urlmeta_buf_free(&f->fields[i]);
    }

    urlmeta_buf_free(&f->text);
    free(f->url);
    free(f->ns);
    free(f);
}


int
urlmeta_feed_start(urlmeta_feed_t *f, const char *name, const char *ns,
    unsigned depth, const urlmeta_attr_t *attrs, unsigned nattrs)
{
    const urlmeta_attr_t  *attr, *rel;

    if (depth == 1) {
        attr = urlmeta_feed_attr(attrs, nattrs, "xml:lang");

        if (attr
            && urlmeta_feed_set(f, URLMETA_FEED_LANGUAGE, attr->value,
                                attr->value_len)
               != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }

        if (strcmp(name, "feed") == 0) {
            f->atom = 1;
            return urlmeta_feed_channel(f, ns, depth);
        }

        return URLMETA_OK;
    }

    if (!f->atom && depth == 2 && strcmp(name, "channel") == 0) {
        return urlmeta_feed_channel(f, ns, depth);
    }

    if (depth <= 3
        && (strcmp(name, "item") == 0 || strcmp(name, "entry") == 0))
    {
        return URLMETA_DONE;
    }

    /* the image of RSS 1.0 stands beside its channel */

    if (!f->atom && strcmp(name, "image") == 0 && urlmeta_feed_is_own(f, ns)
        && (depth == 2 || (f->channel && depth == f->channel + 1)))
    {
        f->image = depth;
        return URLMETA_OK;
    }

    if (f->atom && depth == 2 && strcmp(name, "author") == 0) {
        f->person = depth;
        return URLMETA_OK;
    }

    if (f->field != URLMETA_FEED_NONE) {

        /* an element within a text, as in one of Atom's type "xhtml" */

        return URLMETA_OK;
    }

    if (f->channel && depth == f->channel + 1) {

        if (strcmp(name, "image") == 0 && ns
            && strcmp(ns, URLMETA_FEED_NS_ITUNES) == 0)
        {
            attr = urlmeta_feed_attr(attrs, nattrs, "href");

            return attr ? urlmeta_feed_set(f, URLMETA_FEED_IMAGE, attr->value,
                                           attr->value_len)
                        : URLMETA_OK;
        }

        if (f->atom && strcmp(name, "link") == 0
            && urlmeta_feed_is_own(f, ns))
        {
            rel = urlmeta_feed_attr(attrs, nattrs, "rel");
            attr = urlmeta_feed_attr(attrs, nattrs, "href");

            if (attr == NULL
                || (rel && (rel->value_len != 9
                            || memcmp(rel->value, "alternate", 9) != 0)))
            {
                return URLMETA_OK;
            }

            return urlmeta_feed_set(f, URLMETA_FEED_LINK, attr->value,
                                    attr->value_len);
        }
    }

    f->field = urlmeta_feed_field(f, name, ns, depth);

    if (f->field != URLMETA_FEED_NONE) {
        f->depth = depth;
        urlmeta_buf_reset(&f->text);
    }

    return URLMETA_OK;
}


static int
urlmeta_feed_channel(urlmeta_feed_t *f, const char *ns, unsigned depth)
{
    f->channel = depth;

    if (ns == NULL || f->ns) {
        return URLMETA_OK;
    }

    f->ns = strdup(ns);

    return f->ns ? URLMETA_OK : URLMETA_ERROR;
}


static urlmeta_feed_field_e
urlmeta_feed_field(urlmeta_feed_t *f, const char *name, const char *ns,
    unsigned depth)
{
    size_t  i;

    static const struct {
        const char            *name;
        urlmeta_feed_field_e   field;
    } fields[] = {
        { "title", URLMETA_FEED_TITLE },
        { "tagline", URLMETA_FEED_DESCRIPTION },        /* Atom 0.3 */
        { "subtitle", URLMETA_FEED_DESCRIPTION },
        { "description", URLMETA_FEED_DESCRIPTION },
        { "language", URLMETA_FEED_LANGUAGE },
        { "link", URLMETA_FEED_LINK },
        { "logo", URLMETA_FEED_IMAGE },
        { "icon", URLMETA_FEED_IMAGE_LOW },
        { NULL, URLMETA_FEED_NONE }
    };

    if (f->image && depth == f->image + 1) {
        return strcmp(name, "url") == 0 ? URLMETA_FEED_IMAGE
                                        : URLMETA_FEED_NONE;
    }

    if (f->person && depth == f->person + 1) {
        return strcmp(name, "name") == 0 ? URLMETA_FEED_AUTHOR
                                         : URLMETA_FEED_NONE;
    }

    if (f->channel == 0 || depth != f->channel + 1) {
        return URLMETA_FEED_NONE;
    }

    if (!urlmeta_feed_is_own(f, ns)) {

        if (ns && strcmp(ns, URLMETA_FEED_NS_DC) == 0
            && strcmp(name, "language") == 0)
        {
            return URLMETA_FEED_LANGUAGE;
        }

        if (ns && strcmp(ns, URLMETA_FEED_NS_ITUNES) == 0
            && strcmp(name, "author") == 0)
        {
            return URLMETA_FEED_AUTHOR;
        }

        return URLMETA_FEED_NONE;
    }

    for (i = 0; fields[i].name; i++) {

        if (strcmp(name, fields[i].name) == 0) {
            return fields[i].field;
        }
    }

    return URLMETA_FEED_NONE;
}


static int
urlmeta_feed_is_own(urlmeta_feed_t *f, const char *ns)
{
    if (ns == NULL || f->ns == NULL) {
        return ns == NULL && f->ns == NULL;
    }

    return strcmp(ns, f->ns) == 0;
}


int
urlmeta_feed_text(urlmeta_feed_t *f, const char *text, size_t len)
{
    if (f->field == URLMETA_FEED_NONE) {
        return URLMETA_OK;
    }

    if (len > URLMETA_FEED_MAX_TEXT - f->text.len) {
        f->truncated = 1;
        len = URLMETA_FEED_MAX_TEXT - f->text.len;
        len = urlmeta_utf8_valid(text, len);
    }

    return urlmeta_buf_add(&f->text, text, len);
}


int
urlmeta_feed_end(urlmeta_feed_t *f, unsigned depth)
{
    urlmeta_feed_field_e  field;

    field = f->field;

    if (field != URLMETA_FEED_NONE && depth == f->depth) {
        f->field = URLMETA_FEED_NONE;

        return urlmeta_feed_set(f, field, f->text.data, f->text.len);
    }

    if (depth == f->image) {
        f->image = 0;
    }

    if (depth == f->person) {
        f->person = 0;
    }

    if (depth == f->channel) {
        f->channel = 0;
    }

    return URLMETA_OK;
}


/* the first that is not blank stays */

static int
urlmeta_feed_set(urlmeta_feed_t *f, urlmeta_feed_field_e field,
    const char *text, size_t len)
{
    while (len && strchr(" \t\r\n", text[0])) {
        text++;
        len--;
    }

    while (len && strchr(" \t\r\n", text[len - 1])) {
        len--;
    }

    if (len == 0 || f->fields[field].len) {
        return URLMETA_OK;
    }

    if (len > URLMETA_FEED_MAX_TEXT) {
        f->truncated = 1;
        len = urlmeta_utf8_valid(text, URLMETA_FEED_MAX_TEXT);
    }

    return urlmeta_buf_add(&f->fields[field], text, len);
}


static const urlmeta_attr_t *
urlmeta_feed_attr(const urlmeta_attr_t *attrs, unsigned nattrs,
    const char *name)
{
    size_t    len;
    unsigned  i;

    len = strlen(name);

    for (i = 0; i < nattrs; i++) {

        if (attrs[i].name_len == len
            && memcmp(attrs[i].name, name, len) == 0)
        {
            return &attrs[i];
        }
    }

    return NULL;
}


json_t *
urlmeta_feed_finish(urlmeta_feed_t *f)
{
    json_t                *page, *title;
    urlmeta_feed_field_e   image;

    page = urlmeta_page_create("feed", f->url);

    if (page == NULL) {
        return NULL;
    }

    image = f->fields[URLMETA_FEED_IMAGE].len ? URLMETA_FEED_IMAGE
                                              : URLMETA_FEED_IMAGE_LOW;

    if (f->fields[URLMETA_FEED_TITLE].len) {
        title = urlmeta_feed_string(f, URLMETA_FEED_TITLE);

        if (json_array_append_new(json_object_get(page, "titles"), title)
            != 0)
        {
            goto failed;
        }
    }

    if (f->fields[URLMETA_FEED_LANGUAGE].len
        && json_object_set_new(page, "language",
                               urlmeta_feed_string(f, URLMETA_FEED_LANGUAGE))
           != 0)
    {
        goto failed;
    }

    if (urlmeta_feed_add_meta(f, page, "description",
                              URLMETA_FEED_DESCRIPTION) != URLMETA_OK
        || urlmeta_feed_add_meta(f, page, "author", URLMETA_FEED_AUTHOR)
           != URLMETA_OK
        || urlmeta_feed_add_meta(f, page, "thumbnail", image) != URLMETA_OK
        || urlmeta_feed_add_link(f, page) != URLMETA_OK
        || json_object_set_new(page, "truncated", json_boolean(f->truncated))
           != 0)
    {
        goto failed;
    }

    return page;

failed:

    json_decref(page);

    return NULL;
}


static int
urlmeta_feed_add_meta(urlmeta_feed_t *f, json_t *page, const char *name,
    urlmeta_feed_field_e field)
{
    json_t  *meta;

    if (f->fields[field].len == 0) {
        return URLMETA_OK;
    }

    meta = json_pack("{s:s, s:o}", "name", name,
                     "content", urlmeta_feed_string(f, field));

    if (json_array_append_new(json_object_get(page, "meta"), meta) != 0) {
        return URLMETA_ERROR;
    }

    return URLMETA_OK;
}


static int
urlmeta_feed_add_link(urlmeta_feed_t *f, json_t *page)
{
    char                  out[URLMETA_URL_TEXT_MAX];
    size_t                len;
    json_t                *link;
    const urlmeta_buf_t   *href;

    href = &f->fields[URLMETA_FEED_LINK];

    if (href->len == 0) {
        return URLMETA_OK;
    }

    len = urlmeta_url_resolve_link(out, f->url, strlen(f->url), href->data,
                                   href->len);

    link = json_pack("{s:s, s:o, s:o}", "rel", "canonical",
                     "href", urlmeta_feed_string(f, URLMETA_FEED_LINK),
                     "url", len ? json_stringn(out, len) : json_null());

    if (json_array_append_new(json_object_get(page, "link"), link) != 0) {
        return URLMETA_ERROR;
    }

    return URLMETA_OK;
}


static json_t *
urlmeta_feed_string(urlmeta_feed_t *f, urlmeta_feed_field_e field)
{
    return json_stringn(f->fields[field].data, f->fields[field].len);
}
