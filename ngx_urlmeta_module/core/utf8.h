
/*
 * UTF-8 by the Encoding Standard: what is valid, and what a decoder makes of
 * the rest.
 */


#ifndef _URLMETA_UTF8_H_INCLUDED_
#define _URLMETA_UTF8_H_INCLUDED_


#include <stddef.h>

#include "buffer.h"


#define URLMETA_UTF8_REPLACEMENT      "\xef\xbf\xbd"
#define URLMETA_UTF8_REPLACEMENT_LEN  3


/* the length of what is valid, whole characters, from the beginning on */
size_t urlmeta_utf8_valid(const char *data, size_t len);

/* the length of what is ASCII from the beginning on */
size_t urlmeta_utf8_ascii(const char *data, size_t len);

/*
 * At a byte where urlmeta_utf8_valid() stopped: the length of the bytes that
 * become one U+FFFD (the maximal subpart), or 0 if they are the beginning of
 * a character that more input may complete.
 */
size_t urlmeta_utf8_bad(const char *data, size_t len);

/* adds any bytes as valid UTF-8; URLMETA_OK or URLMETA_ERROR */
int urlmeta_utf8_add(urlmeta_buf_t *b, const char *data, size_t len);


#endif /* _URLMETA_UTF8_H_INCLUDED_ */
