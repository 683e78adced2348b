
/*
 * Single values of a card that is JSON text again.
 */


#ifndef _URLMETA_CARD_VALUE_H_INCLUDED_
#define _URLMETA_CARD_VALUE_H_INCLUDED_


#include <stddef.h>

#include "buffer.h"


typedef enum {
    URLMETA_VALUE_TITLE = 0,
    URLMETA_VALUE_DESCRIPTION,
    URLMETA_VALUE_IMAGE,
    URLMETA_VALUE_SITE_NAME,
    URLMETA_VALUE_AUTHOR,
    URLMETA_VALUE_PUBLISHED,
    URLMETA_VALUE_LANGUAGE,
    URLMETA_VALUE_CANONICAL_URL,
    URLMETA_VALUE_TYPE,
    URLMETA_VALUE_MAX
} urlmeta_value_e;


/*
 * The values of a native card, one after another, are added to "out"; "len" has
 * the length of each, 0 where the card has none.  URLMETA_OK, or URLMETA_ERROR
 * if it is no card or memory ran out.
 */
int urlmeta_card_values(const char *card, size_t card_len, urlmeta_buf_t *out,
    size_t len[URLMETA_VALUE_MAX]);


#endif /* _URLMETA_CARD_VALUE_H_INCLUDED_ */
