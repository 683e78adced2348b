
/*
 * Page to card: one answer a field, chosen by written precedence chains
 * (docs/card.md), cleaned up and cut.
 */


#ifndef _URLMETA_CARD_H_INCLUDED_
#define _URLMETA_CARD_H_INCLUDED_


#include <jansson.h>

#include "buffer.h"


/* meta, json_ld, links, headings and sources, too */
#define URLMETA_CARD_DETAILS      0x01

/* URLs of addresses that a reader's browser should not be sent to stay in */
#define URLMETA_CARD_ANY_ADDRESS  0x02

/* no description, and with details none of the page's text */
#define URLMETA_CARD_NO_SNIPPET   0x04

#define URLMETA_CARD_NO_IMAGE     0x08


/*
 * "page" as urlmeta_reader_page() made it, "http" the object that
 * urlmeta_http_json() makes.  A new reference to the card, with every
 * top-level key of docs/card.schema.json; NULL if memory ran out.
 */
json_t *urlmeta_card(json_t *page, json_t *http, unsigned flags);

/*
 * The same as native JSON, added to "out": without details it has been written
 * to be measured already.  URLMETA_OK or URLMETA_ERROR.
 */
int urlmeta_card_json(json_t *page, json_t *http, unsigned flags,
    urlmeta_buf_t *out);


#endif /* _URLMETA_CARD_H_INCLUDED_ */
