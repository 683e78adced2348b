
/*
 * JSON-LD blocks of a page: reading, flattening (arrays, @graph), looking up
 * @id, and finding the node that speaks for the page.
 */


#ifndef _URLMETA_JSONLD_H_INCLUDED_
#define _URLMETA_JSONLD_H_INCLUDED_


#include <jansson.h>


#define URLMETA_JSONLD_MAX_VALUES  8000
#define URLMETA_JSONLD_MAX_DEPTH   64
#define URLMETA_JSONLD_MAX_NODES   500
#define URLMETA_JSONLD_MAX_IDS     2000     /* of a page */


typedef enum {
    URLMETA_JSONLD_NONE = 0,
    URLMETA_JSONLD_ARTICLE,
    URLMETA_JSONLD_MEDIA,           /* VideoObject, AudioObject, episodes */
    URLMETA_JSONLD_PRODUCT,
    URLMETA_JSONLD_RECIPE,
    URLMETA_JSONLD_EVENT,
    URLMETA_JSONLD_JOB,
    URLMETA_JSONLD_MOVIE,           /* and series, episodes, books */
    URLMETA_JSONLD_COURSE,
    URLMETA_JSONLD_PLACE,
    URLMETA_JSONLD_PERSON,
    URLMETA_JSONLD_THING,           /* a type without a class of its own */
    URLMETA_JSONLD_WEBPAGE,
    URLMETA_JSONLD_ORGANIZATION,
    URLMETA_JSONLD_WEBSITE
} urlmeta_jsonld_class_e;


typedef struct urlmeta_jsonld_s  urlmeta_jsonld_t;


/*
 * Parses one block's text.  Returns a new reference to an object {text, value}
 * or {text, error}, with "repaired" (bool) beside a value; NULL if memory ran
 * out.  "repaired" is true where the text itself is not valid JSON.  Numbers
 * are reals (an integer beyond 64 bits is no error), U+0000 is allowed in
 * strings.
 */
json_t *urlmeta_jsonld_parse(const char *text, size_t len);

/* objects, arrays and all that they hold, counted as for the bound above */
size_t urlmeta_jsonld_values(json_t *value);


/*
 * Reads the page's "json_ld" array (of urlmeta_jsonld_parse() objects), which
 * must outlive the result.  NULL if memory ran out.
 */
urlmeta_jsonld_t *urlmeta_jsonld_create(json_t *blocks, const char *page_url);
void urlmeta_jsonld_destroy(urlmeta_jsonld_t *ld);

/*
 * The main node and its class, borrowed; NULL if no node speaks for the page:
 * an organization, a website or a person does so only as the main entity of a
 * page node, a list or a trail of breadcrumbs never.
 */
json_t *urlmeta_jsonld_main(urlmeta_jsonld_t *ld, urlmeta_jsonld_class_e *cls);

/*
 * What a node says comes from a block that had to be repaired, or from a main
 * entity that stands inside of another node: what the page states of itself
 * goes first.
 */
int urlmeta_jsonld_is_repaired(urlmeta_jsonld_t *ld, json_t *node);
int urlmeta_jsonld_is_nested(urlmeta_jsonld_t *ld, json_t *node);

/* the first node of a class ("WebSite"), borrowed, or NULL */
json_t *urlmeta_jsonld_find(urlmeta_jsonld_t *ld, urlmeta_jsonld_class_e cls);

/*
 * The property of a node, borrowed, or NULL: a reference {"@id": …} to a node
 * of the page is replaced by that node, {"@value": v} by v; an empty string,
 * an empty array and null count as absent.
 */
json_t *urlmeta_jsonld_get(urlmeta_jsonld_t *ld, json_t *node,
    const char *name);

/* the same replacements for a value, which may be an element of an array */
json_t *urlmeta_jsonld_resolve(urlmeta_jsonld_t *ld, json_t *value);

/* does @type (a string or an array, with or without schema.org) name it? */
int urlmeta_jsonld_is(json_t *node, const char *type);

/* of several types the first class in the order of the enumeration */
urlmeta_jsonld_class_e urlmeta_jsonld_class(json_t *node);


#endif /* _URLMETA_JSONLD_H_INCLUDED_ */
