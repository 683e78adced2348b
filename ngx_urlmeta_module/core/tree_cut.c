
/*
 * Where XML may be cut.  Follows the syntax of XML as long as it is kept;
 * from the first error on the parser stops anyway.
 */


#include <string.h>

#include "tree_cut.h"


static void urlmeta_tree_cut_decl(urlmeta_tree_cut_t *c, char ch);
static void urlmeta_tree_cut_doctype(urlmeta_tree_cut_t *c, char ch);
static int urlmeta_tree_cut_end(urlmeta_tree_cut_t *c, char ch,
    const char *end);


int
urlmeta_tree_cut(urlmeta_tree_cut_t *c, const char *data, size_t len,
    size_t *whole)
{
    char         ch;
    const char  *p, *last, *next;

    last = data + len;
    *whole = 0;

    for (p = data; p < last; p++) {
        ch = *p;

        switch (c->state) {

        case URLMETA_TREE_CUT_TEXT:
            next = memchr(p, '<', (size_t) (last - p));

            if (next == NULL) {
                *whole = len;
                return 0;
            }

            p = next;
            *whole = (size_t) (p - data);

            c->state = URLMETA_TREE_CUT_LT;
            c->tag = 1;
            c->nattrs = 0;
            continue;

        case URLMETA_TREE_CUT_LT:
            c->tag++;

            if (ch == '!') {
                c->state = URLMETA_TREE_CUT_DECL;
                c->match = 0;

            } else if (ch == '?') {
                c->state = URLMETA_TREE_CUT_PI;
                c->match = 0;

            } else {
                c->state = ch == '>' ? URLMETA_TREE_CUT_TEXT
                                     : URLMETA_TREE_CUT_TAG;
            }

            break;

        case URLMETA_TREE_CUT_TAG:
            c->tag++;

            if (ch == '>') {
                c->state = URLMETA_TREE_CUT_TEXT;

            } else if (ch == '"' || ch == '\'') {
                c->state = URLMETA_TREE_CUT_VALUE;
                c->quote = ch;

                if (++c->nattrs > URLMETA_TREE_MAX_ATTRS) {
                    return -1;
                }
            }

            break;

        case URLMETA_TREE_CUT_VALUE:
            c->tag++;

            if (ch == c->quote) {
                c->state = URLMETA_TREE_CUT_TAG;
            }

            break;

        case URLMETA_TREE_CUT_DECL:
            c->tag++;
            urlmeta_tree_cut_decl(c, ch);
            break;

        case URLMETA_TREE_CUT_COMMENT:
            if (urlmeta_tree_cut_end(c, ch, "-->")) {
                c->state = URLMETA_TREE_CUT_TEXT;
            }

            break;

        case URLMETA_TREE_CUT_CDATA:
            if (urlmeta_tree_cut_end(c, ch, "]]>")) {
                c->state = URLMETA_TREE_CUT_TEXT;
            }

            break;

        case URLMETA_TREE_CUT_PI:
            if (urlmeta_tree_cut_end(c, ch, "?>")) {
                c->state = URLMETA_TREE_CUT_TEXT;
            }

            break;

        default:
            c->tag++;
            urlmeta_tree_cut_doctype(c, ch);
        }

        switch (c->state) {

        case URLMETA_TREE_CUT_TEXT:
        case URLMETA_TREE_CUT_COMMENT:
        case URLMETA_TREE_CUT_CDATA:
        case URLMETA_TREE_CUT_PI:
            *whole = (size_t) (p + 1 - data);
            break;

        default:

            if (c->tag > URLMETA_TREE_MAX_TAG) {
                return -1;
            }
        }
    }

    return 0;
}


static void
urlmeta_tree_cut_decl(urlmeta_tree_cut_t *c, char ch)
{
    static const char  cdata[] = "[CDATA[";

    if (c->match == 0 && ch == '-') {
        c->match = 100;
        return;
    }

    if (c->match == 100 && ch == '-') {
        c->state = URLMETA_TREE_CUT_COMMENT;
        c->match = 0;
        return;
    }

    if (c->match < 7 && ch == cdata[c->match]) {

        if (++c->match == 7) {
            c->state = URLMETA_TREE_CUT_CDATA;
            c->match = 0;
        }

        return;
    }

    c->state = URLMETA_TREE_CUT_DOCTYPE;
    c->nested = 0;

    urlmeta_tree_cut_doctype(c, ch);
}


static void
urlmeta_tree_cut_doctype(urlmeta_tree_cut_t *c, char ch)
{
    switch (c->state) {

    case URLMETA_TREE_CUT_DOCTYPE:

        switch (ch) {

        case '"':
        case '\'':
            c->state = URLMETA_TREE_CUT_LITERAL;
            c->quote = ch;
            break;

        case '[':
            c->nested++;
            break;

        case ']':
            if (c->nested) {
                c->nested--;
            }

            break;

        case '<':
            c->state = URLMETA_TREE_CUT_DOCTYPE_LT;
            break;

        case '>':
            if (c->nested == 0) {
                c->state = URLMETA_TREE_CUT_TEXT;
            }

            break;
        }

        break;

    case URLMETA_TREE_CUT_LITERAL:

        if (ch == c->quote) {
            c->state = URLMETA_TREE_CUT_DOCTYPE;
        }

        break;

    case URLMETA_TREE_CUT_DOCTYPE_LT:
        c->match = 0;

        if (ch == '!') {
            c->state = URLMETA_TREE_CUT_DOCTYPE_DECL;

        } else if (ch == '?') {
            c->state = URLMETA_TREE_CUT_DOCTYPE_PI;

        } else {
            c->state = URLMETA_TREE_CUT_DOCTYPE;
        }

        break;

    case URLMETA_TREE_CUT_DOCTYPE_DECL:

        if (ch != '-') {
            c->state = URLMETA_TREE_CUT_DOCTYPE;
            urlmeta_tree_cut_doctype(c, ch);

        } else if (++c->match == 2) {
            c->state = URLMETA_TREE_CUT_DOCTYPE_COMMENT;
            c->match = 0;
        }

        break;

    case URLMETA_TREE_CUT_DOCTYPE_COMMENT:

        if (urlmeta_tree_cut_end(c, ch, "-->")) {
            c->state = URLMETA_TREE_CUT_DOCTYPE;
        }

        break;

    default: /* URLMETA_TREE_CUT_DOCTYPE_PI */

        if (urlmeta_tree_cut_end(c, ch, "?>")) {
            c->state = URLMETA_TREE_CUT_DOCTYPE;
        }
    }
}


/* the ends repeat their first character or do not repeat at all */

static int
urlmeta_tree_cut_end(urlmeta_tree_cut_t *c, char ch, const char *end)
{
    if (ch == end[c->match]) {
        c->match++;

        if (end[c->match] == '\0') {
            c->match = 0;
            return 1;
        }

        return 0;
    }

    /* "--->" ends a comment after its third dash too */

    if (c->match == 2 && ch == end[0]) {
        return 0;
    }

    c->match = ch == end[0];

    return 0;
}
