
/*
 * Texts of a card: what a page states, made fit to be shown.
 */


#ifndef _URLMETA_CARD_TEXT_H_INCLUDED_
#define _URLMETA_CARD_TEXT_H_INCLUDED_


#include <stddef.h>

#include "buffer.h"


/* more combining marks than these in a row are dropped */
#define URLMETA_TEXT_MAX_MARKS  8


/*
 * Adds the cleaned text to "out", which may hold something already:
 *
 * - one more decoding of &amp; &quot; &#39; &nbsp; and of letters with
 *   diacritics, for what was escaped twice; never to < or >;
 * - control and bidi control characters, zero width characters (but U+200C
 *   and U+200D), tag characters and noncharacters are removed, invalid UTF-8
 *   becomes U+FFFD;
 * - white space is collapsed to one space and trimmed;
 * - at most "limit" code points, cut at a word where one ends nearby.
 *
 * Nothing is added if the whole text is null, undefined or {{identifier}}, or
 * has nothing to see.  URLMETA_OK or URLMETA_ERROR.
 */
int urlmeta_text_clean(urlmeta_buf_t *out, const char *text, size_t len,
    size_t limit);

/* adds what "%XX" stands for; the bytes may be no UTF-8 */
int urlmeta_text_unescape_percent(urlmeta_buf_t *out, const char *text,
    size_t len);

/*
 * The direction of the first strong character: 'r', 'l', or 0 if there is
 * none.
 */
int urlmeta_text_direction(const char *text, size_t len);

/* code points of valid UTF-8 */
size_t urlmeta_text_length(const char *text, size_t len);


#endif /* _URLMETA_CARD_TEXT_H_INCLUDED_ */
