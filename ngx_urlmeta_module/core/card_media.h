
/*
 * What pictures, icons, video and audio of a card share.  For card_*.c only.
 */


#ifndef _URLMETA_CARD_MEDIA_H_INCLUDED_
#define _URLMETA_CARD_MEDIA_H_INCLUDED_


#include "card_chain.h"


/* the properties of one Open Graph object, borrowed from the page */

typedef struct {
    json_t      *url;
    json_t      *secure_url;
    json_t      *type;
    json_t      *width;
    json_t      *height;
    json_t      *alt;
    json_t      *duration;
    const char  *opened_by;
} urlmeta_og_t;


typedef void (*urlmeta_og_pt)(urlmeta_card_t *c, const urlmeta_og_t *og,
    const char *name);


/* calls the handler with each object of "og:image", "og:video", "og:audio" */
void urlmeta_card_og(urlmeta_card_t *c, const char *prefix,
    urlmeta_og_pt handler);

/* the address of it that may stand in a card, in c->url; its length or 0 */
size_t urlmeta_card_og_url(urlmeta_card_t *c, const urlmeta_og_t *og);

/*
 * The picture of that address in the list, borrowed, added where there is
 * none; NULL if the list is full.
 */
json_t *urlmeta_card_image(urlmeta_card_t *c, json_t *images,
    const char *url, size_t len);

/* a video or audio object, a new reference */
json_t *urlmeta_card_media(urlmeta_card_t *c, const char *url, size_t len);

/* sets a member that is null still; takes the reference, which may be NULL */
void urlmeta_card_fill(urlmeta_card_t *c, json_t *object, const char *key,
    json_t *value);

/* pixels: a number, its text, or {"value": …} as JSON-LD has it; 0 if none */
int urlmeta_card_side(json_t *value);

/* a media type in lower case, without parameters; NULL if it is none */
json_t *urlmeta_card_mime(urlmeta_card_t *c, json_t *value);

/* the document is the picture, the film, the sound: sets that field */
void urlmeta_card_itself(urlmeta_card_t *c, const char *field);


#endif /* _URLMETA_CARD_MEDIA_H_INCLUDED_ */
