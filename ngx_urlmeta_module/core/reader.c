
/*
 * From the bytes of one document to its page and its card.
 */


#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "card.h"
#include "charset.h"
#include "formats.h"
#include "html.h"
#include "jsonld.h"
#include "media_image.h"
#include "page.h"
#include "tree.h"
#include "url.h"
#include "utf8.h"


/*
 * Of a document that claims to be XML: the bytes kept for the reader of HTML,
 * in case that it is not.
 */
#define URLMETA_READER_REPLAY  65536


struct urlmeta_reader_s {
    char                *url;
    char                *content_type;
    urlmeta_media_e      media;
    urlmeta_extent_e     extent;

    urlmeta_charset_t   *charset;
    urlmeta_html_t      *html;
    urlmeta_tree_t      *tree;
    urlmeta_image_t      image;

    urlmeta_buf_t        sniffed;
    urlmeta_buf_t        replay;

    unsigned             details:1;
    unsigned             any_address:1;
    unsigned             begun:1;       /* media is settled */
    unsigned             fed:1;
    unsigned             done:1;        /* no more is wanted */
    unsigned             ended:1;
    unsigned             replayable:1;  /* all bytes so far are kept */
    unsigned             untitled:1;    /* the card's title is the URL's */
};


static int urlmeta_reader_begin(urlmeta_reader_t *rd);
static int urlmeta_reader_is_untitled(urlmeta_reader_t *rd, json_t *page);
static int urlmeta_reader_bytes(const char *content_type);
static int urlmeta_reader_begin_html(urlmeta_reader_t *rd);
static int urlmeta_reader_begin_tree(urlmeta_reader_t *rd);
static int urlmeta_reader_push(urlmeta_reader_t *rd, const char *data,
    size_t len);
static int urlmeta_reader_other(urlmeta_reader_t *rd, const char *data,
    size_t len);
static int urlmeta_reader_text(urlmeta_reader_t *rd, const char *data,
    size_t len);
static int urlmeta_reader_replay(urlmeta_reader_t *rd);
static int urlmeta_reader_html(void *data, const char *utf8, size_t len);
static int urlmeta_reader_tree(void *data, const char *utf8, size_t len);
static void urlmeta_reader_late_meta(void *data, const char *label,
    size_t len);
static int urlmeta_reader_end(urlmeta_reader_t *rd);
static int urlmeta_reader_set_charset(urlmeta_reader_t *rd, json_t *page);
static const char *urlmeta_reader_kind(urlmeta_media_e media);
static int urlmeta_reader_set(json_t *object, const char *key, json_t *value);
static json_t *urlmeta_reader_string(const char *str);


void
urlmeta_init(void)
{
    /* jansson reads its hash seed from a file, once */

    json_object_seed(0);

    urlmeta_charset_init();
    urlmeta_tree_init();
    urlmeta_url_init();
}


urlmeta_reader_t *
urlmeta_reader_create(const char *url, const char *content_type, int details)
{
    urlmeta_reader_t  *rd;

    rd = calloc(1, sizeof(urlmeta_reader_t));

    if (rd == NULL) {
        return NULL;
    }

    rd->details = details != 0;
    rd->media = urlmeta_media_type(content_type);
    rd->url = strdup(url);

    if (rd->url == NULL) {
        goto failed;
    }

    if (content_type) {
        rd->content_type = strdup(content_type);

        if (rd->content_type == NULL) {
            goto failed;
        }
    }

    if (rd->media != URLMETA_MEDIA_UNKNOWN
        && urlmeta_reader_begin(rd) != URLMETA_OK)
    {
        goto failed;
    }

    return rd;

failed:

    urlmeta_reader_destroy(rd);

    return NULL;
}


void
urlmeta_reader_any_address(urlmeta_reader_t *rd)
{
    rd->any_address = 1;
}


void
urlmeta_reader_extent(urlmeta_reader_t *rd, urlmeta_extent_e extent)
{
    rd->extent = extent;

    if (rd->html) {
        urlmeta_html_extent(rd->html, extent);
    }

    if (rd->tree) {
        urlmeta_tree_extent(rd->tree, extent);
    }
}


void
urlmeta_reader_destroy(urlmeta_reader_t *rd)
{
    if (rd == NULL) {
        return;
    }

    urlmeta_charset_destroy(rd->charset);
    urlmeta_html_destroy(rd->html);
    urlmeta_tree_destroy(rd->tree);
    urlmeta_image_free(&rd->image);
    urlmeta_buf_free(&rd->sniffed);
    urlmeta_buf_free(&rd->replay);
    free(rd->content_type);
    free(rd->url);
    free(rd);
}


int
urlmeta_reader_feed(urlmeta_reader_t *rd, const void *data, size_t len)
{
    int     rc;
    size_t  n;

    if (rd->done) {
        return URLMETA_DONE;
    }

    if (len == 0) {
        return URLMETA_OK;
    }

    rd->fed = 1;

    if (rd->begun) {
        return urlmeta_reader_push(rd, data, len);
    }

    n = URLMETA_MEDIA_SNIFF - rd->sniffed.len;

    if (n > len) {
        n = len;
    }

    if (urlmeta_buf_add(&rd->sniffed, data, n) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    if (rd->sniffed.len < URLMETA_MEDIA_SNIFF) {
        return URLMETA_OK;
    }

    rc = urlmeta_reader_begin(rd);

    if (rc != URLMETA_OK) {
        return rc;
    }

    rc = urlmeta_reader_push(rd, rd->sniffed.data, rd->sniffed.len);

    if (rc != URLMETA_OK) {
        return rc;
    }

    return urlmeta_reader_push(rd, (const char *) data + n, len - n);
}


/* the media type is known, or as many bytes as are looked at to know it */

static int
urlmeta_reader_begin(urlmeta_reader_t *rd)
{
    rd->begun = 1;

    if (rd->media == URLMETA_MEDIA_UNKNOWN) {
        rd->media = urlmeta_media_sniff(rd->sniffed.data ? rd->sniffed.data
                                                         : "",
                                        rd->sniffed.len);

        if (urlmeta_reader_bytes(rd->content_type)
            && rd->media != URLMETA_MEDIA_IMAGE
            && rd->media != URLMETA_MEDIA_VIDEO
            && rd->media != URLMETA_MEDIA_AUDIO)
        {
            rd->media = URLMETA_MEDIA_FILE;
        }
    }

    switch (rd->media) {

    case URLMETA_MEDIA_HTML:
        return urlmeta_reader_begin_html(rd);

    case URLMETA_MEDIA_XHTML:
    case URLMETA_MEDIA_XML:
        return urlmeta_reader_begin_tree(rd);

    default:
        return URLMETA_OK;
    }
}


/*
 * What is sent as mere bytes is for a program to keep, whatever is in it:
 * browsers do not show it either.
 */

static int
urlmeta_reader_bytes(const char *content_type)
{
    size_t  len;

    if (content_type == NULL) {
        return 0;
    }

    content_type += strspn(content_type, " \t");
    len = strcspn(content_type, ";, \t");

    return (len == 24 && strncasecmp(content_type, "application/octet-stream",
                                     24) == 0)
           || (len == 19 && strncasecmp(content_type, "binary/octet-stream",
                                        19) == 0);
}


static int
urlmeta_reader_begin_html(urlmeta_reader_t *rd)
{
    rd->html = urlmeta_html_create(rd->url, rd->details);
    rd->charset = urlmeta_charset_create(rd->content_type,
                                         urlmeta_reader_html, rd);

    if (rd->html == NULL || rd->charset == NULL) {
        return URLMETA_ERROR;
    }

    urlmeta_html_extent(rd->html, rd->extent);
    urlmeta_html_on_charset(rd->html, urlmeta_reader_late_meta, rd);

    return URLMETA_OK;
}


static int
urlmeta_reader_begin_tree(urlmeta_reader_t *rd)
{
    rd->replayable = 1;

    rd->tree = urlmeta_tree_create(rd->url, rd->details);
    rd->charset = urlmeta_charset_create(rd->content_type,
                                         urlmeta_reader_tree, rd);

    if (rd->tree == NULL || rd->charset == NULL) {
        return URLMETA_ERROR;
    }

    urlmeta_tree_extent(rd->tree, rd->extent);
    urlmeta_charset_xml(rd->charset);

    return URLMETA_OK;
}


static int
urlmeta_reader_push(urlmeta_reader_t *rd, const char *data, size_t len)
{
    int  rc;

    if (len == 0) {
        return rd->done ? URLMETA_DONE : URLMETA_OK;
    }

    if (rd->charset == NULL) {
        rc = urlmeta_reader_other(rd, data, len);

    } else {
        rc = urlmeta_reader_text(rd, data, len);
    }

    if (rc == URLMETA_DONE) {
        rd->done = 1;
    }

    return rc;
}


/* what is no document is read as far as its own header */

static int
urlmeta_reader_other(urlmeta_reader_t *rd, const char *data, size_t len)
{
    switch (rd->media) {

    case URLMETA_MEDIA_IMAGE:
    case URLMETA_MEDIA_FILE:
        return urlmeta_image_feed(&rd->image, data, len);

    default:
        return URLMETA_DONE;
    }
}


static int
urlmeta_reader_text(urlmeta_reader_t *rd, const char *data, size_t len)
{
    int  rc;

    if (rd->replayable) {

        if (rd->replay.len + len > URLMETA_READER_REPLAY) {
            rd->replayable = 0;
            urlmeta_buf_free(&rd->replay);

        } else if (urlmeta_buf_add(&rd->replay, data, len) != URLMETA_OK) {
            return URLMETA_ERROR;
        }
    }

    rc = urlmeta_charset_feed(rd->charset, data, len);

    if (rc == URLMETA_DONE && rd->replayable
        && urlmeta_tree_broken(rd->tree))
    {
        return urlmeta_reader_replay(rd);
    }

    return rc;
}


/*
 * XHTML that is not well-formed: a browser would show an error, which is no
 * answer here, so the document is read as the HTML that it nearly always is.
 */

static int
urlmeta_reader_replay(urlmeta_reader_t *rd)
{
    urlmeta_tree_destroy(rd->tree);
    urlmeta_charset_destroy(rd->charset);

    rd->tree = NULL;
    rd->charset = NULL;
    rd->replayable = 0;

    if (urlmeta_reader_begin_html(rd) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    return urlmeta_reader_text(rd, rd->replay.data, rd->replay.len);
}


static int
urlmeta_reader_html(void *data, const char *utf8, size_t len)
{
    urlmeta_reader_t  *rd = data;

    return urlmeta_html_feed(rd->html, utf8, len);
}


static int
urlmeta_reader_tree(void *data, const char *utf8, size_t len)
{
    urlmeta_reader_t  *rd = data;

    return urlmeta_tree_feed(rd->tree, utf8, len);
}


static void
urlmeta_reader_late_meta(void *data, const char *label, size_t len)
{
    urlmeta_reader_t  *rd = data;

    urlmeta_charset_late_meta(rd->charset, label, len);
}


static int
urlmeta_reader_end(urlmeta_reader_t *rd)
{
    int  rc;

    if (rd->ended) {
        return URLMETA_OK;
    }

    rd->ended = 1;

    if (!rd->begun) {
        rc = urlmeta_reader_begin(rd);

        if (rc == URLMETA_OK && rd->sniffed.len) {
            rc = urlmeta_reader_push(rd, rd->sniffed.data, rd->sniffed.len);
        }

        if (rc == URLMETA_ERROR) {
            return URLMETA_ERROR;
        }
    }

    if (rd->charset == NULL || !rd->fed) {
        return URLMETA_OK;
    }

    rc = urlmeta_charset_finish(rd->charset);

    if (rc != URLMETA_ERROR && rd->tree) {
        rc = urlmeta_tree_end(rd->tree);

        if (rc != URLMETA_ERROR && rd->replayable
            && urlmeta_tree_broken(rd->tree))
        {
            rc = urlmeta_reader_replay(rd);

            if (rc != URLMETA_ERROR) {
                rc = urlmeta_charset_finish(rd->charset);
            }
        }
    }

    return rc == URLMETA_ERROR ? URLMETA_ERROR : URLMETA_OK;
}


int
urlmeta_reader_broken(urlmeta_reader_t *rd)
{
    if (urlmeta_reader_end(rd) != URLMETA_OK) {
        return -1;
    }

    if (rd->done) {
        return 1;
    }

    if (rd->html) {
        return urlmeta_html_has_head(rd->html);
    }

    if (rd->tree) {
        return urlmeta_tree_has_head(rd->tree);
    }

    return rd->fed;
}


json_t *
urlmeta_reader_page(urlmeta_reader_t *rd)
{
    json_t  *page;

    if (urlmeta_reader_end(rd) != URLMETA_OK) {
        return NULL;
    }

    if (rd->html) {
        page = urlmeta_html_finish(rd->html);

    } else if (rd->tree) {
        page = urlmeta_tree_finish(rd->tree);

    } else {
        page = urlmeta_page_create(urlmeta_reader_kind(rd->media), rd->url);
    }

    if (page == NULL) {
        return NULL;
    }

    if (urlmeta_reader_set_charset(rd, page) != URLMETA_OK
        || urlmeta_image_set(&rd->image, page) != URLMETA_OK)
    {
        json_decref(page);
        return NULL;
    }

    return page;
}


static int
urlmeta_reader_set_charset(urlmeta_reader_t *rd, json_t *page)
{
    size_t                   len;
    json_t                  *charset;
    const char              *name, *from, *label;
    urlmeta_charset_from_e   how;

    static const char       *names[] = {
        NULL, "bom", "header", "meta", "xml", "guess", "default"
    };

    name = NULL;
    from = NULL;

    if (rd->charset && rd->fed) {
        name = urlmeta_charset_name(rd->charset);
        how = urlmeta_charset_from(rd->charset);
        from = names[how];

    } else if (rd->content_type
               && urlmeta_charset_param(rd->content_type,
                                        strlen(rd->content_type), &label,
                                        &len))
    {
        name = urlmeta_charset_lookup(label, len);
        from = "header";
    }

    if (name && from) {
        charset = json_pack("{s:s, s:s}", "name", name, "from", from);

    } else {
        charset = json_null();
    }

    if (json_object_set_new(page, "charset", charset) != 0) {
        return URLMETA_ERROR;
    }

    return URLMETA_OK;
}


static const char *
urlmeta_reader_kind(urlmeta_media_e media)
{
    switch (media) {

    case URLMETA_MEDIA_IMAGE:
        return "image";

    case URLMETA_MEDIA_VIDEO:
        return "video";

    case URLMETA_MEDIA_AUDIO:
        return "audio";

    case URLMETA_MEDIA_TEXT:
        return "text";

    default:
        return "file";
    }
}


int
urlmeta_reader_card(urlmeta_reader_t *rd, const urlmeta_http_t *http,
    urlmeta_buf_t *out)
{
    int      rc;
    json_t  *page, *transfer;

    rc = URLMETA_ERROR;
    page = urlmeta_reader_page(rd);
    transfer = urlmeta_http_json(http);

    if (page && transfer) {
        rd->untitled = urlmeta_reader_is_untitled(rd, page);

        rc = urlmeta_card_json(page, transfer,
                               (rd->details ? URLMETA_CARD_DETAILS : 0)
                               | (rd->any_address ? URLMETA_CARD_ANY_ADDRESS
                                                  : 0), out);
    }

    json_decref(transfer);
    json_decref(page);

    return rc;
}


int
urlmeta_reader_untitled(urlmeta_reader_t *rd)
{
    return rd->untitled;
}


/* nothing in it that a title could be made of */

static int
urlmeta_reader_is_untitled(urlmeta_reader_t *rd, json_t *page)
{
    size_t       i, len;
    json_t      *value;
    const char  *name;

    if (!rd->fed) {
        return 1;
    }

    if (rd->media != URLMETA_MEDIA_HTML) {
        return 0;
    }

    if (json_array_size(json_object_get(page, "json_ld"))
        || json_array_size(json_object_get(page, "itemprop_meta"))
        || json_array_size(json_object_get(page, "headings")))
    {
        return 0;
    }

    json_array_foreach(json_object_get(page, "titles"), i, value) {
        if (json_string_length(value)) {
            return 0;
        }
    }

    json_array_foreach(json_object_get(page, "meta"), i, value) {
        name = json_string_value(json_object_get(value, "name"));
        len = name ? strlen(name) : 0;

        if (len >= 5 && strcmp(name + len - 5, "title") == 0) {
            return 0;
        }
    }

    return 1;
}


json_t *
urlmeta_page_create(const char *kind, const char *url)
{
    json_t  *page;

    page = json_pack("{s:s, s:o, s:o, s:n, s:n, s:n, s:[], s:[], s:[], s:[],"
                     " s:[], s:[], s:[], s:[], s:b}",
                     "kind", kind,
                     "url", urlmeta_reader_string(url),
                     "base", urlmeta_reader_string(url),
                     "charset", "language", "direction",
                     "titles", "meta", "itemprop_meta", "http_equiv",
                     "link", "json_ld", "headings", "links",
                     "truncated", 0);

    return page;
}


json_t *
urlmeta_http_json(const urlmeta_http_t *http)
{
    size_t   i;
    json_t  *object, *redirects, *redirect;

    redirects = json_array();

    if (redirects == NULL) {
        return NULL;
    }

    for (i = 0; i < http->nredirects; i++) {
        redirect = json_pack("{s:i, s:o}",
                         "status", (int) http->redirects[i].status,
                         "url", urlmeta_reader_string(http->redirects[i].url));

        if (json_array_append_new(redirects, redirect) != 0) {
            json_decref(redirects);
            return NULL;
        }
    }

    object = json_object();

    if (urlmeta_reader_set(object, "requested_url",
                           urlmeta_reader_string(http->requested_url))
        || urlmeta_reader_set(object, "effective_url",
                              urlmeta_reader_string(http->effective_url))
        || urlmeta_reader_set(object, "status", json_integer(http->status))
        || urlmeta_reader_set(object, "content_type",
                              urlmeta_reader_string(http->content_type))
        || urlmeta_reader_set(object, "content_language",
                              urlmeta_reader_string(http->content_language))
        || urlmeta_reader_set(object, "content_disposition",
                              urlmeta_reader_string(
                                                http->content_disposition))
        || urlmeta_reader_set(object, "last_modified",
                              urlmeta_reader_string(http->last_modified))
        || urlmeta_reader_set(object, "link",
                              urlmeta_reader_string(http->link))
        || urlmeta_reader_set(object, "bytes",
                              json_integer((json_int_t) http->bytes))
        || urlmeta_reader_set(object, "redirects", json_incref(redirects))
        || urlmeta_reader_set(object, "fetched_at",
                              json_integer((json_int_t) http->fetched_at))
        || urlmeta_reader_set(object, "truncated",
                              json_boolean(http->truncated)))
    {
        json_decref(object);
        object = NULL;
    }

    json_decref(redirects);

    return object;
}


/* json_pack() reads its format as long as the rest takes */

static int
urlmeta_reader_set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new_nocheck(object, key, value);
}


/* a header may hold any bytes */

static json_t *
urlmeta_reader_string(const char *str)
{
    size_t          len;
    json_t         *value;
    urlmeta_buf_t   b;

    if (str == NULL) {
        return json_null();
    }

    len = strlen(str);

    if (urlmeta_utf8_valid(str, len) == len) {
        return json_stringn_nocheck(str, len);
    }

    memset(&b, 0, sizeof(urlmeta_buf_t));

    if (urlmeta_utf8_add(&b, str, len) != URLMETA_OK) {
        urlmeta_buf_free(&b);
        return NULL;
    }

    value = json_stringn_nocheck(b.data ? b.data : "", b.len);

    urlmeta_buf_free(&b);

    return value;
}
