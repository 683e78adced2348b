
/*
 * The public face of the core: bytes in, card out, body out.
 *
 * The core is plain C11 and knows no server.  Nothing here blocks, opens a
 * file or a socket; memory is malloc()'s; strings are UTF-8.
 */


#ifndef _URLMETA_H_INCLUDED_
#define _URLMETA_H_INCLUDED_


#include <stddef.h>
#include <time.h>

#include "buffer.h"
#include "error.h"


#define URLMETA_VERSION  "0.1.0"


/* numbers are stored in shared memory: add at the end only */

typedef enum {
    URLMETA_FORMAT_JSON = 0,
    URLMETA_FORMAT_HTML,
    URLMETA_FORMAT_FRAGMENT,
    URLMETA_FORMAT_OEMBED,
    URLMETA_FORMAT_OEMBED_XML,
    URLMETA_FORMAT_EDITORJS,
    URLMETA_FORMAT_UNFURL,
    URLMETA_FORMAT_MICROLINK,
    URLMETA_FORMAT_IFRAMELY,
    URLMETA_FORMAT_MATRIX,
    URLMETA_FORMAT_OGS,
    URLMETA_FORMAT_LINK_PREVIEW_JS,
    URLMETA_FORMAT_METASCRAPER,
    URLMETA_FORMAT_RLP,
    URLMETA_FORMAT_SUMMALY,
    URLMETA_FORMAT_MASTODON,
    URLMETA_FORMAT_WORDPRESS,
    URLMETA_FORMAT_DISCORD,
    URLMETA_FORMAT_MAX,
    URLMETA_FORMAT_UNKNOWN = -1
} urlmeta_format_e;


/* one hop that redirected */

typedef struct {
    unsigned                      status;
    const char                   *url;      /* the one that answered so */
} urlmeta_redirect_t;


/* what the transfer knows; every string may be NULL but the two URLs */

typedef struct {
    const char                   *requested_url;
    const char                   *effective_url;
    unsigned                      status;
    const char                   *content_type;
    const char                   *content_language;
    const char                   *content_disposition;
    const char                   *last_modified;
    const char                   *link;      /* Link headers, joined by ", " */
    size_t                        bytes;     /* decoded */
    time_t                        fetched_at;
    const urlmeta_redirect_t     *redirects;
    size_t                        nredirects;
    unsigned                      truncated:1;
} urlmeta_http_t;


/*
 * How much of a page is read.  "Auto" ends after the head if that states a
 * title, a description and an image, and no details are wanted, else at
 * </html>; "head" ends after the head.
 */

typedef enum {
    URLMETA_EXTENT_FULL = 0,
    URLMETA_EXTENT_AUTO,
    URLMETA_EXTENT_HEAD
} urlmeta_extent_e;


/* what a request may ask of a format; zeroes ask nothing */

typedef struct {
    const char                   *embed;    /* of an HTML card, up to the URL */
    size_t                        embed_len;
    unsigned                      max_width;    /* pixels; 0: any */
    unsigned                      max_height;
    unsigned                      group:1;
} urlmeta_format_options_t;


typedef struct urlmeta_reader_s  urlmeta_reader_t;


/* once a process, before anything else here; may read files */
void urlmeta_init(void);


/*
 * A reader of one document.  "url" is the address it came from,
 * "content_type" the header or NULL.  "details" keeps what a card with
 * details shows.  NULL if memory ran out.
 */
urlmeta_reader_t *urlmeta_reader_create(const char *url,
    const char *content_type, int details);

/* before the first bytes; a reader reads all of a page unless told here */
void urlmeta_reader_extent(urlmeta_reader_t *rd, urlmeta_extent_e extent);

/*
 * The card may name addresses that a reader's browser should not be sent to:
 * for one who reads documents of his own.
 */
void urlmeta_reader_any_address(urlmeta_reader_t *rd);

/*
 * Bytes as they arrive, after Content-Encoding.  URLMETA_OK; URLMETA_DONE if
 * nothing that follows can matter; URLMETA_ERROR if memory ran out.
 */
int urlmeta_reader_feed(urlmeta_reader_t *rd, const void *data, size_t len);

/*
 * The end of a document that broke off: 1 if what came is worth a card, which
 * is a page with its whole head.  -1 if memory ran out.
 */
int urlmeta_reader_broken(urlmeta_reader_t *rd);

/*
 * After urlmeta_reader_card(): whether the document said nothing that its title
 * could be made of, so that the card has no more than its URL says.
 */
int urlmeta_reader_untitled(urlmeta_reader_t *rd);

/*
 * The end: the card as native JSON is added to "out".  URLMETA_OK or
 * URLMETA_ERROR.  Call it once; a reader that was fed nothing gives a card
 * made of the headers and the address.
 */
int urlmeta_reader_card(urlmeta_reader_t *rd, const urlmeta_http_t *http,
    urlmeta_buf_t *out);

void urlmeta_reader_destroy(urlmeta_reader_t *rd);


/* "json", "html", …; URLMETA_FORMAT_UNKNOWN if there is none of that name */
urlmeta_format_e urlmeta_format(const char *name, size_t len);
const char *urlmeta_format_name(urlmeta_format_e format);

/* the Content-Type with its charset; static */
const char *urlmeta_format_type(urlmeta_format_e format);

/*
 * Which of json and html an Accept header (RFC 9110 section 12.5.1) prefers;
 * json for NULL.
 */
urlmeta_format_e urlmeta_format_accept(const char *accept, size_t len);

/* the Content-Security-Policy to send with the format's body; static */
const char *urlmeta_format_csp(urlmeta_format_e format);

/*
 * A native JSON card, as urlmeta_reader_card() made it, to another format.
 * URLMETA_OK or URLMETA_ERROR.
 */
int urlmeta_format_card(urlmeta_format_e format, const char *card, size_t len,
    urlmeta_buf_t *out);
int urlmeta_format_card_with(urlmeta_format_e format,
    const urlmeta_format_options_t *options, const char *card, size_t len,
    urlmeta_buf_t *out);

/*
 * What a query string asks of the format: fills "options" and may change the
 * format to its sibling.  1, or 0 if it asks for a form that there is not.
 */
int urlmeta_format_arguments(urlmeta_format_e *format,
    urlmeta_format_options_t *options, const char *args, size_t len);

/*
 * The error's body: application/problem+json (RFC 9457) where the format has
 * no shape of its own.  "url" as it was asked, any bytes, or NULL;
 * upstream_status 0 if there is none.  The type is urlmeta_format_error_type().
 */
int urlmeta_format_error(urlmeta_format_e format, urlmeta_error_e e,
    const char *url, size_t len, unsigned upstream_status, urlmeta_buf_t *out);
const char *urlmeta_format_error_type(urlmeta_format_e format);

/* the HTTP status that the format's clients expect of the error */
unsigned urlmeta_format_error_status(urlmeta_format_e format,
    urlmeta_error_e e, unsigned upstream_status);


#endif /* _URLMETA_H_INCLUDED_ */
