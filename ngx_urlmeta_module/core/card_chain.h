
/*
 * The making of one card: what its chains read, how a rule of a chain finds
 * its candidates, and which URLs may stand in a card.  For card*.c only.
 */


#ifndef _URLMETA_CARD_CHAIN_H_INCLUDED_
#define _URLMETA_CARD_CHAIN_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "buffer.h"
#include "card.h"
#include "jsonld.h"
#include "url.h"


#define URLMETA_CARD_MAX_SIZE     16384     /* bytes of JSON without details */

/* code points */
#define URLMETA_CARD_TITLE        300
#define URLMETA_CARD_DESCRIPTION  1000
#define URLMETA_CARD_SITE_NAME    100
#define URLMETA_CARD_NAME         128       /* of an author, a place, … */
#define URLMETA_CARD_ALT          300
#define URLMETA_CARD_WORD         100       /* a tag, a type, a label */

/* items */
#define URLMETA_CARD_MAX_IMAGES   32
#define URLMETA_CARD_MAX_ICONS    16
#define URLMETA_CARD_MAX_AUTHORS  16
#define URLMETA_CARD_MAX_TAGS     32
#define URLMETA_CARD_MAX_LINKS    32        /* of alternates, feeds, oembed */
#define URLMETA_CARD_MAX_LOST     16        /* candidates told by details */

/* JSON-LD values that one rule looks at */
#define URLMETA_CARD_MAX_VALUES   256


typedef enum {
    URLMETA_RULE_END = 0,
    URLMETA_RULE_META,          /* meta by name or property */
    URLMETA_RULE_ITEMPROP,      /* meta by itemprop */
    URLMETA_RULE_HTTP_EQUIV,
    URLMETA_RULE_JSONLD,        /* path in the main JSON-LD node: a text */
    URLMETA_RULE_JSONLD_VALUE,  /* the same, or a number */
    URLMETA_RULE_JSONLD_URL,    /* a text, or url, contentUrl, @id of it */
    URLMETA_RULE_WEBSITE,       /* path in the node of class WebSite */
    URLMETA_RULE_ORGANIZATION,  /* URL path in the node of an Organization */
    URLMETA_RULE_PAGE,          /* member of the page object */
    URLMETA_RULE_HTTP,          /* member of the http object */
    URLMETA_RULE_LINK,          /* href of link by a token of rel */
    URLMETA_RULE_TITLE,
    URLMETA_RULE_HEADING,
    URLMETA_RULE_FILE,          /* the file's name, unless it is a document */
    URLMETA_RULE_HOST,          /* without www. */
    URLMETA_RULE_LABEL,         /* price or currency of a label and data
                                   pair of Twitter's */
    URLMETA_RULE_PATH_DATE,     /* /2024/01/02/ in the address */
    URLMETA_RULE_BODY           /* texts found in the body: a list of the
                                   page object's */
} urlmeta_rule_e;


typedef struct {
    urlmeta_rule_e       type;
    const char          *name;
    size_t               limit;         /* 0: the field's */
} urlmeta_rule_t;


typedef struct {
    json_t              *page;
    json_t              *http;
    json_t              *card;
    json_t              *sources;       /* NULL without details */

    json_t              *metas;         /* lower-cased name to its contents */
    json_t              *itemprops;
    json_t              *http_equivs;
    json_t              *links;         /* of the page, then of headers */

    urlmeta_jsonld_t    *ld;
    json_t              *node;          /* main, borrowed */
    json_t              *website;
    json_t              *organization;
    urlmeta_jsonld_class_e  cls;

    urlmeta_jsonld_t    *microdata;     /* NULL if there is none */
    json_t              *item;          /* its main one, borrowed */

    const char          *kind;
    const char          *base;
    size_t               base_len;
    char                *effective;     /* normalized, "" if not http(s) */
    size_t               effective_len;
    size_t               origin_len;    /* scheme, host and port of it */
    long long            now;           /* 0 if not known */

    uint32_t             names[8];      /* of metas: a bit for each's hash */

    urlmeta_buf_t        text;          /* of the accepted text */

    unsigned             any_address:1; /* URLs are not judged */
    unsigned             repaired:1;    /* the block of the main node was */
    unsigned             late:1;        /* the main node speaks last */
    unsigned             in_item:1;     /* node is the microdata's item */
    unsigned             failed:1;      /* memory ran out */

    /* these are written before they are read, and long */

    char                 url[URLMETA_URL_TEXT_MAX * 3];
    urlmeta_url_t        parsed;
} urlmeta_card_t;


typedef struct urlmeta_field_s  urlmeta_field_t;

/* the value for the card, or NULL if the candidate is not acceptable */
typedef json_t *(*urlmeta_accept_pt)(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);

struct urlmeta_field_s {
    const char            *name;
    const urlmeta_rule_t  *chain;
    urlmeta_accept_pt      accept;
    size_t                 limit;
};

/* called with each candidate of a rule in order; not 0 ends the walk */
typedef int (*urlmeta_candidate_pt)(urlmeta_card_t *c, void *data,
    const urlmeta_rule_t *rule, const char *value, size_t len);


/* card_chain.c */

int urlmeta_card_open(urlmeta_card_t *c, json_t *page, json_t *http,
    unsigned flags);
void urlmeta_card_close(urlmeta_card_t *c);

/* the first acceptable candidate of the chain, or null; a new reference */
json_t *urlmeta_card_choose(urlmeta_card_t *c, const urlmeta_field_t *f);

/* what details tell about a candidate of a field */
void urlmeta_card_source(urlmeta_card_t *c, const char *field, int won,
    const urlmeta_rule_t *rule, const char *value, size_t len);

/* after the last field */
void urlmeta_card_sources(urlmeta_card_t *c);

/* memory failures end in c->failed, and setting goes on as if nothing were */
void urlmeta_card_set(urlmeta_card_t *c, json_t *object, const char *key,
    json_t *value);
void urlmeta_card_append(urlmeta_card_t *c, json_t *array, json_t *value);
json_t *urlmeta_card_string(urlmeta_card_t *c, const char *text, size_t len);

/* the cleaned text, NULL if nothing is left */
json_t *urlmeta_card_text(urlmeta_card_t *c, const char *text, size_t len,
    size_t limit);

/* the contents of that name, or NULL; most names of a chain are not stated */
json_t *urlmeta_card_named(urlmeta_card_t *c, json_t *index,
    const char *name);

/* the content of the first meta of that name that is not empty, or NULL */
const char *urlmeta_card_meta(urlmeta_card_t *c, const char *name,
    size_t *len);


/* card_accept.c */

json_t *urlmeta_card_accept_text(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
json_t *urlmeta_card_accept_date(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
json_t *urlmeta_card_accept_description(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
json_t *urlmeta_card_accept_site(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
json_t *urlmeta_card_accept_language(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
json_t *urlmeta_card_accept_handle(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);
json_t *urlmeta_card_accept_color(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);


/* card_walk.c */

/* calls the handler with each candidate; what it ended with, or 0 */
int urlmeta_card_walk(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data);


/* card_url.c */

/*
 * Resolves a reference of the page and judges it.  The text is in c->url;
 * returns its length, or 0 if it may not stand in a card.
 */
size_t urlmeta_card_url(urlmeta_card_t *c, const char *ref, size_t len);
json_t *urlmeta_card_url_json(urlmeta_card_t *c, const char *ref, size_t len);

/*
 * The same for an address that the transfer knows: http or https, within the
 * limit of length, but not judged, as it was opened already.
 */
size_t urlmeta_card_stated_url(urlmeta_card_t *c, json_t *url);

/* of an element of c->links */
size_t urlmeta_card_link_url(urlmeta_card_t *c, json_t *link);

json_t *urlmeta_card_accept_url(urlmeta_card_t *c, const urlmeta_field_t *f,
    const urlmeta_rule_t *rule, const char *value, size_t len);
json_t *urlmeta_card_accept_own_url(urlmeta_card_t *c,
    const urlmeta_field_t *f, const urlmeta_rule_t *rule, const char *value,
    size_t len);

/* links of the Link headers, added to c->links */
void urlmeta_card_link_header(urlmeta_card_t *c);

/* does the list of tokens (lower case) hold the token? */
int urlmeta_card_has_token(const char *list, const char *token);

/* the host in a normalized URL: its length, "*host" set to its beginning */
size_t urlmeta_card_host(const char *url, const char **host);


/* card_image.c, card_icon.c, card_video.c: these set fields of the card */

void urlmeta_card_images(urlmeta_card_t *c);
void urlmeta_card_layout(urlmeta_card_t *c);
void urlmeta_card_icons(urlmeta_card_t *c);

/* a touch icon as the picture, where the page has no other */
void urlmeta_card_icon_image(urlmeta_card_t *c);

void urlmeta_card_video_audio(urlmeta_card_t *c);


/* card_people.c */

void urlmeta_card_authors(urlmeta_card_t *c);
void urlmeta_card_tags(urlmeta_card_t *c);
void urlmeta_card_discovered(urlmeta_card_t *c);


/* card_title.c */

/* after the title and the name of the site */
void urlmeta_card_title_short(urlmeta_card_t *c);


/* card_label.c */

void urlmeta_card_labels(urlmeta_card_t *c);
int urlmeta_card_walk_labels(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data);


/* card_body.c: what was found in the body */

int urlmeta_card_body_open(urlmeta_card_t *c);
void urlmeta_card_body_close(urlmeta_card_t *c);

/* each value of the main item's property; what the handler ended with, or 0 */
int urlmeta_card_walk_item(urlmeta_card_t *c, const urlmeta_rule_t *rule,
    urlmeta_candidate_pt handler, void *data);

/* the pictures, where the page has no other */
void urlmeta_card_body_images(urlmeta_card_t *c);

/* what is between is read from the main item; 0 if it is not to be */
int urlmeta_card_item_enter(urlmeta_card_t *c);
void urlmeta_card_item_leave(urlmeta_card_t *c);

/* the facts of the main item, where JSON-LD has no node to tell any */
void urlmeta_card_body_facts(urlmeta_card_t *c);


/* card_facts.c */

void urlmeta_card_facts(urlmeta_card_t *c);


/* card_detail.c: after all of the above */

void urlmeta_card_details(urlmeta_card_t *c);


#endif /* _URLMETA_CARD_CHAIN_H_INCLUDED_ */
