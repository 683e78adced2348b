
/*
 * Card to HTML; the only HTML escaper.
 */


#ifndef _URLMETA_RENDER_H_INCLUDED_
#define _URLMETA_RENDER_H_INCLUDED_


#include <jansson.h>

#include "buffer.h"


/* a fragment with namespaced classes, or a whole document for an iframe */
int urlmeta_render_fragment(json_t *card, urlmeta_buf_t *out);
int urlmeta_render_document(json_t *card, urlmeta_buf_t *out);

/* a document that says what went wrong; all texts are escaped here */
int urlmeta_render_error(const char *title, const char *detail,
    const char *url, int document, urlmeta_buf_t *out);

/*
 * Text or the value of an attribute, in ASCII: right in any document that
 * ASCII can be written in.  Takes valid UTF-8.
 */
int urlmeta_render_ascii(const char *text, urlmeta_buf_t *out);

/* the same for markup, where nothing but other characters has to be escaped */
int urlmeta_render_ascii_markup(const char *html, size_t len,
    urlmeta_buf_t *out);

/*
 * The Content-Security-Policy of the documents above: no script, our own
 * style by its hash.  Static, zero terminated.
 */
const char *urlmeta_render_csp(void);


#endif /* _URLMETA_RENDER_H_INCLUDED_ */
