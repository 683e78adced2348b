
/*
 * What a page lets others show of it: X-Robots-Tag and the metas of the same
 * meaning.
 */


#ifndef _URLMETA_ROBOTS_TAG_H_INCLUDED_
#define _URLMETA_ROBOTS_TAG_H_INCLUDED_


#include <stddef.h>
#include <time.h>


/* set "header" and "token", the rest to 0 */

typedef struct urlmeta_robots_tag_s {
    const char   *header;       /* the field's lines with "\n" between them,
                                   or NULL */
    const char   *token;        /* whose name they may begin with */

    time_t        until;        /* unavailable_after; 0: not stated */
    unsigned      noindex:1;
    unsigned      nosnippet:1;
    unsigned      noimage:1;
} urlmeta_robots_tag_t;


/* the header's lines; "now" decides whether a date is over */
void urlmeta_robots_tag_header(urlmeta_robots_tag_t *tag, time_t now);

/* a meta's content, whose name is "robots" or the token */
void urlmeta_robots_tag_meta(urlmeta_robots_tag_t *tag, const char *content,
    size_t len, time_t now);


#endif /* _URLMETA_ROBOTS_TAG_H_INCLUDED_ */
