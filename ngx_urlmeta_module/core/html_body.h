
/*
 * A copy of a page's body, as far as it can fill what the head left empty:
 * paragraphs, pictures, microdata.  It is markup of few elements and
 * attributes, nested as it should be and of a bounded size and depth, so that
 * libxml2 does nothing with it that it does in quadratic time.
 *
 * Its vocabulary: "div" and "span", which carry microdata; "div class=article"
 * for the article, "p", "img", "input" for what a paragraph of prose does not
 * hold, "span class=time", or "pubdate", and "span class=author".
 */


#ifndef _URLMETA_HTML_BODY_H_INCLUDED_
#define _URLMETA_HTML_BODY_H_INCLUDED_


#include <jansson.h>

#include "scan.h"


#define URLMETA_HTML_BODY_MAX         131072    /* bytes of markup */
#define URLMETA_HTML_BODY_ELEMENTS    2500      /* in it */
#define URLMETA_HTML_BODY_DEPTH       100       /* of them */
#define URLMETA_HTML_BODY_OPEN        512       /* elements of the page */
#define URLMETA_HTML_BODY_PARAGRAPHS  64
#define URLMETA_HTML_BODY_IMAGES      64


/* what a page may not state in its head */

typedef enum {
    URLMETA_HTML_LACKS_TITLE = 1,
    URLMETA_HTML_LACKS_DESCRIPTION = 2,
    URLMETA_HTML_LACKS_IMAGE = 4,
    URLMETA_HTML_LACKS_AUTHOR = 8,
    URLMETA_HTML_LACKS_DATE = 16
} urlmeta_html_lack_e;


typedef struct urlmeta_html_body_s  urlmeta_html_body_t;


/* NULL if memory ran out */
urlmeta_html_body_t *urlmeta_html_body_create(unsigned lacks);
void urlmeta_html_body_destroy(urlmeta_html_body_t *b);

/* tags and texts of the body; 1 if what is wanted has changed */
int urlmeta_html_body_start(urlmeta_html_body_t *b,
    const urlmeta_token_t *token, urlmeta_tag_e tag);
int urlmeta_html_body_end(urlmeta_html_body_t *b,
    const urlmeta_token_t *token, urlmeta_tag_e tag);
void urlmeta_html_body_text(urlmeta_html_body_t *b, const char *text,
    size_t len);

/*
 * Does the attribute mean something to any element?  Called for those whose
 * name begins with one of URLMETA_HTML_BODY_ASKED.  Of which tags others do
 * not matter:
 */
#define URLMETA_HTML_BODY_ASKED  "air"

int urlmeta_html_body_asks(const urlmeta_attr_t *attr);
unsigned long long urlmeta_html_body_spare(urlmeta_html_body_t *b);

/* are tags wanted still, are texts now? */
int urlmeta_html_body_wants(urlmeta_html_body_t *b);
int urlmeta_html_body_text_wanted(urlmeta_html_body_t *b);

/* is there anything to look at? */
int urlmeta_html_body_found(urlmeta_html_body_t *b);

/*
 * The end: what was found is set in the page, if the page still lacks any of
 * it.  URLMETA_OK or URLMETA_ERROR.
 */
int urlmeta_html_body_finish(urlmeta_html_body_t *b, json_t *page,
    unsigned lacks);


#endif /* _URLMETA_HTML_BODY_H_INCLUDED_ */
