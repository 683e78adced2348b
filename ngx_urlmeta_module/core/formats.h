
/*
 * Card to body: each output format is a pure function of the card.
 */


#ifndef _URLMETA_FORMATS_H_INCLUDED_
#define _URLMETA_FORMATS_H_INCLUDED_


#include <jansson.h>

#include "buffer.h"
#include "error.h"
#include "urlmeta.h"


/* bytes of a URL that an error echoes */
#define URLMETA_FORMATS_MAX_URL  2048


/*
 * Native JSON: UTF-8, compact, in the order of the object's members, with no
 * raw <, >, &, U+2028, U+2029, U+007F or control character.
 */
int urlmeta_formats_json(json_t *value, urlmeta_buf_t *out);

/* a string of it; "text" is valid UTF-8 */
int urlmeta_formats_string(const char *text, size_t len, urlmeta_buf_t *out);

/* oEmbed's XML of an object of strings and numbers */
int urlmeta_formats_xml(json_t *body, urlmeta_buf_t *out);

/*
 * The formats of other services' clients; what urlmeta_format_card_with() and
 * urlmeta_format_error() do for them.  "url" is valid UTF-8.
 */
int urlmeta_formats_is_dialect(urlmeta_format_e format);
int urlmeta_formats_dialect(urlmeta_format_e format, json_t *card,
    const urlmeta_format_options_t *options, urlmeta_buf_t *out);
int urlmeta_formats_dialect_error(urlmeta_format_e format, urlmeta_error_e e,
    const char *url, unsigned upstream_status, urlmeta_buf_t *out);


#endif /* _URLMETA_FORMATS_H_INCLUDED_ */
