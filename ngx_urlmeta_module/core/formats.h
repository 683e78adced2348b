
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


#endif /* _URLMETA_FORMATS_H_INCLUDED_ */
