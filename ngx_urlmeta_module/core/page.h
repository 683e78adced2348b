
/*
 * The way from bytes to a page: charset, then scan and html, or tree, or
 * nothing but the first bytes for what is no document.
 */


#ifndef _URLMETA_PAGE_H_INCLUDED_
#define _URLMETA_PAGE_H_INCLUDED_


#include <jansson.h>

#include "urlmeta.h"


/* the page object, a new reference; ends the reading.  NULL: no memory */
json_t *urlmeta_reader_page(urlmeta_reader_t *rd);

/* a page object of the kind that says nothing yet; NULL: no memory */
json_t *urlmeta_page_create(const char *kind, const char *url);

/* the object that the card shows as "http" and its chains read */
json_t *urlmeta_http_json(const urlmeta_http_t *http);


/*
 * What a document is by its Content-Type, or NULL, and where that says nothing
 * by its first bytes (WHATWG MIME Sniffing, as far as it matters here).
 */

typedef enum {
    URLMETA_MEDIA_UNKNOWN = 0,      /* the bytes have to tell */
    URLMETA_MEDIA_HTML,
    URLMETA_MEDIA_XHTML,
    URLMETA_MEDIA_XML,
    URLMETA_MEDIA_IMAGE,
    URLMETA_MEDIA_VIDEO,
    URLMETA_MEDIA_AUDIO,
    URLMETA_MEDIA_TEXT,
    URLMETA_MEDIA_FILE
} urlmeta_media_e;

#define URLMETA_MEDIA_SNIFF  512    /* bytes */

urlmeta_media_e urlmeta_media_type(const char *content_type);
urlmeta_media_e urlmeta_media_sniff(const char *data, size_t len);


#endif /* _URLMETA_PAGE_H_INCLUDED_ */
