
/*
 * Where XML may be cut: libxml2's push parser fails on a start tag whose
 * beginning it has and whose end it has not, if a ">" stands in one of its
 * attributes, and on a DOCTYPE cut within its comments.  So it is given whole
 * ones only, of a bounded size.
 */


#ifndef _URLMETA_TREE_CUT_H_INCLUDED_
#define _URLMETA_TREE_CUT_H_INCLUDED_


#include <stddef.h>


#define URLMETA_TREE_MAX_TAG     65536      /* bytes; of a DOCTYPE too */

/* libxml2 compares each attribute of a tag to all before it */
#define URLMETA_TREE_MAX_ATTRS   256


typedef enum {
    URLMETA_TREE_CUT_TEXT = 0,
    URLMETA_TREE_CUT_LT,                /* "<" */
    URLMETA_TREE_CUT_TAG,
    URLMETA_TREE_CUT_VALUE,             /* a quoted attribute */
    URLMETA_TREE_CUT_DECL,              /* "<!", "<!-" or "<![CDATA" so far */
    URLMETA_TREE_CUT_COMMENT,
    URLMETA_TREE_CUT_CDATA,
    URLMETA_TREE_CUT_PI,
    URLMETA_TREE_CUT_DOCTYPE,
    URLMETA_TREE_CUT_LITERAL,           /* a quoted string of a DOCTYPE */
    URLMETA_TREE_CUT_DOCTYPE_LT,        /* "<" in a DOCTYPE */
    URLMETA_TREE_CUT_DOCTYPE_DECL,      /* "<!" and "<!-" in a DOCTYPE */
    URLMETA_TREE_CUT_DOCTYPE_COMMENT,
    URLMETA_TREE_CUT_DOCTYPE_PI
} urlmeta_tree_cut_e;


/* begins as all zeroes */

typedef struct {
    urlmeta_tree_cut_e   state;
    size_t               tag;           /* bytes since "<" */
    size_t               nested;        /* "[" of a DOCTYPE */
    unsigned             nattrs;
    unsigned             match;         /* characters of an end or a begin */
    char                 quote;
} urlmeta_tree_cut_t;


/*
 * Reads on and sets how much of the bytes ends where XML may be cut; what
 * follows is the beginning of a tag or a DOCTYPE.  -1 if one is beyond its
 * bounds.
 */
int urlmeta_tree_cut(urlmeta_tree_cut_t *c, const char *data, size_t len,
    size_t *whole);


#endif /* _URLMETA_TREE_CUT_H_INCLUDED_ */
