
/*
 * From card to object by tables: where a member of the body comes from, and
 * what is made of it.
 */


#ifndef _URLMETA_FORMATS_MAP_H_INCLUDED_
#define _URLMETA_FORMATS_MAP_H_INCLUDED_


#include "formats.h"


/* what stands for a value that there is none of */

typedef enum {
    URLMETA_FORMATS_ABSENT = 0,     /* nothing, not even the key */
    URLMETA_FORMATS_NULL,
    URLMETA_FORMATS_TEXT,           /* an empty string */
    URLMETA_FORMATS_ZERO,
    URLMETA_FORMATS_ARRAY,
    URLMETA_FORMATS_OBJECT
} urlmeta_formats_empty_e;


typedef struct {
    json_t                          *card;
    const urlmeta_format_options_t  *options;
    unsigned                         failed:1;  /* memory ran out */
} urlmeta_formats_t;


/* a new value of what the card has, or NULL if that is nothing of the kind */
typedef json_t *(*urlmeta_formats_make_pt)(urlmeta_formats_t *f,
    json_t *value);


/*
 * "name" is a path of members, "a.b", which come to be with the first value
 * in them.  "from" is paths of the card, "a.b|c.0.d", of which the first that
 * gives a value counts; an empty one is the card itself; "=" and JSON is a
 * constant.  Without "make" a value is taken as it is, but empty strings.
 */

typedef struct {
    const char                      *name;
    const char                      *from;
    urlmeta_formats_make_pt          make;
    urlmeta_formats_empty_e          empty;
} urlmeta_formats_row_t;


/* what the rows make of the card, the last row being all zeroes, in "object" */
void urlmeta_formats_map(urlmeta_formats_t *f,
    const urlmeta_formats_row_t *rows, json_t *object);

/* an array of what the rows make of each item; NULL if there is none */
json_t *urlmeta_formats_list(urlmeta_formats_t *f, json_t *items,
    const urlmeta_formats_row_t *rows);

/* new values, checked; "value" is taken over */
json_t *urlmeta_formats_text(urlmeta_formats_t *f, const char *text,
    size_t len);
json_t *urlmeta_formats_object_of(urlmeta_formats_t *f,
    const urlmeta_formats_row_t *rows);
void urlmeta_formats_set(urlmeta_formats_t *f, json_t *object,
    const char *name, json_t *value);
void urlmeta_formats_push(urlmeta_formats_t *f, json_t *array, json_t *value);

/* the value of a path, borrowed; a string that is not empty, or NULL */
json_t *urlmeta_formats_find(json_t *value, const char *path, size_t len);
const char *urlmeta_formats_get(json_t *value, const char *path);

/* what tables make; each takes anything */
json_t *urlmeta_formats_make_url(urlmeta_formats_t *f, json_t *value);
json_t *urlmeta_formats_make_urls(urlmeta_formats_t *f, json_t *value);
json_t *urlmeta_formats_make_origin(urlmeta_formats_t *f, json_t *value);
json_t *urlmeta_formats_make_utc(urlmeta_formats_t *f, json_t *value);
json_t *urlmeta_formats_make_digits(urlmeta_formats_t *f, json_t *value);
json_t *urlmeta_formats_make_joined(urlmeta_formats_t *f, json_t *value);
json_t *urlmeta_formats_make_extension(urlmeta_formats_t *f, json_t *value);
json_t *urlmeta_formats_make_mime(urlmeta_formats_t *f, json_t *value);
json_t *urlmeta_formats_make_kind(urlmeta_formats_t *f, json_t *value);
json_t *urlmeta_formats_make_player(urlmeta_formats_t *f, json_t *value);


/*
 * formats_markup.c: "text" for XML 1.0 and HTML, in text or in an attribute
 * of quotes; what XML cannot hold becomes U+FFFD.
 */
int urlmeta_formats_escape(const char *text, size_t len, urlmeta_buf_t *out);

/* everything but unreserved characters percent-encoded */
int urlmeta_formats_encode(const char *text, urlmeta_buf_t *out);

/* the iframe of a player, and of our own card, of a fixed size */
json_t *urlmeta_formats_iframe(urlmeta_formats_t *f, const char *url,
    json_int_t width, json_int_t height);
json_t *urlmeta_formats_embed(urlmeta_formats_t *f, json_int_t width,
    json_int_t height);

/* sizes within those that the request allows, in proportion */
void urlmeta_formats_fit(urlmeta_formats_t *f, json_int_t *width,
    json_int_t *height);


/* the dialects that are no mere table: objects, NULL if memory ran out */
json_t *urlmeta_formats_oembed(urlmeta_formats_t *f);
json_t *urlmeta_formats_iframely(urlmeta_formats_t *f);
json_t *urlmeta_formats_discord(urlmeta_formats_t *f);
json_t *urlmeta_formats_link_preview(urlmeta_formats_t *f);


#endif /* _URLMETA_FORMATS_MAP_H_INCLUDED_ */
