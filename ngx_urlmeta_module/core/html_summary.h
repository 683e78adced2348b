
/*
 * What the body of a page says where no paragraph of an article does: its
 * first blocks of prose.
 */


#ifndef _URLMETA_HTML_SUMMARY_H_INCLUDED_
#define _URLMETA_HTML_SUMMARY_H_INCLUDED_


#include <jansson.h>

#include "buffer.h"


typedef struct {
    urlmeta_buf_t   block;          /* the text of the one that is open */
    urlmeta_buf_t   prose;
    urlmeta_buf_t   sentences;      /* blocks too short to be prose */
    size_t          linked;         /* bytes of the block in anchors */
    size_t          seen;           /* bytes of all texts */
    unsigned        space:1;
    unsigned        done:1;         /* no more is wanted */
    unsigned        failed:1;       /* out of memory */
} urlmeta_html_summary_t;


/* "linked": the text of an anchor */
void urlmeta_html_summary_text(urlmeta_html_summary_t *s, const char *text,
    size_t len, int linked);

/* a block begins or ends; for one with a text only */
void urlmeta_html_summary_break(urlmeta_html_summary_t *s);

/* sets it in the page, if there is one; URLMETA_OK or URLMETA_ERROR */
int urlmeta_html_summary_finish(urlmeta_html_summary_t *s, json_t *page);

void urlmeta_html_summary_free(urlmeta_html_summary_t *s);


#endif /* _URLMETA_HTML_SUMMARY_H_INCLUDED_ */
