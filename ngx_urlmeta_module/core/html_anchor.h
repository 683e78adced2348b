
/*
 * What html_anchor.c asks about the name of a tag.
 */


#ifndef _URLMETA_HTML_ANCHOR_H_INCLUDED_
#define _URLMETA_HTML_ANCHOR_H_INCLUDED_


#include "scan.h"


/* what a tag does to an anchor that is open */

enum {
    URLMETA_ANCHOR_ORDINARY = 0,
    URLMETA_ANCHOR_FORMAT,
    URLMETA_ANCHOR_BLOCK,           /* ends a p */
    URLMETA_ANCHOR_ITEM,            /* so, and an item before it */
    URLMETA_ANCHOR_RULE,            /* so, and has no content */
    URLMETA_ANCHOR_TABLE,
    URLMETA_ANCHOR_CELL,            /* and whatever else is of a table only */
    URLMETA_ANCHOR_SCOPE,           /* nothing reaches out of it */
    URLMETA_ANCHOR_SPECIAL,
    URLMETA_ANCHOR_VOID,
    URLMETA_ANCHOR_SILENT,          /* has no content, brings no anchor back */
    URLMETA_ANCHOR_RAW              /* its text is not the page's */
};


typedef struct {
    const char     *name;
    unsigned char   kind;
} urlmeta_anchor_name_t;


/* never NULL: what is not known is an ordinary element */
const urlmeta_anchor_name_t *urlmeta_anchor_name(
    const urlmeta_token_t *token);

/* of a name; all headings are one, as the end tag of any closes every other */
unsigned urlmeta_anchor_hash(const char *name, size_t len);


#endif /* _URLMETA_HTML_ANCHOR_H_INCLUDED_ */
