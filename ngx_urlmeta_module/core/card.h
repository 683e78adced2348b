
/*
 * Page to card: one answer a field, chosen by written precedence chains
 * (docs/card.md), cleaned up and cut.
 */


#ifndef _URLMETA_CARD_H_INCLUDED_
#define _URLMETA_CARD_H_INCLUDED_


#include <jansson.h>


/*
 * "page" as urlmeta_page() made it, "http" the object that
 * urlmeta_http_json() makes.  A new reference to the card, with every
 * top-level key of docs/card.schema.json; NULL if memory ran out.
 * "details" adds meta, json_ld, links, headings and sources.
 */
json_t *urlmeta_card(json_t *page, json_t *http, int details);


#endif /* _URLMETA_CARD_H_INCLUDED_ */
