
/*
 * What html_body.c asks about an element: what its name means, and which
 * picture it shows.
 */


#ifndef _URLMETA_HTML_NAME_H_INCLUDED_
#define _URLMETA_HTML_NAME_H_INCLUDED_


#include "scan.h"


/* bytes of an attribute that urlmeta_html_body_has() looks at */
#define URLMETA_HTML_BODY_WORDS   256

/* bytes of an address or an attribute that are of use */
#define URLMETA_HTML_BODY_VALUE   2048


/*
 * Of an open element: its own and, but for the first three and where it says
 * so, its children's.
 */

#define URLMETA_HTML_BODY_DIV      0x01     /* written as that */
#define URLMETA_HTML_BODY_SPAN     0x02
#define URLMETA_HTML_BODY_P        0x04
#define URLMETA_HTML_BODY_ARTICLE  0x08
#define URLMETA_HTML_BODY_SKIP     0x10     /* no prose and no picture */
#define URLMETA_HTML_BODY_MUTE     0x20     /* no text at all */
#define URLMETA_HTML_BODY_TEXT     0x40     /* text is wanted */
#define URLMETA_HTML_BODY_BLOCK    0x80     /* own: an inline end tag does not
                                               reach past it */
#define URLMETA_HTML_BODY_TABLE    0x100    /* own: nor one of a block */
#define URLMETA_HTML_BODY_PROSE    0x200    /* own: a p */
#define URLMETA_HTML_BODY_UNSAID   0x400    /* no prose: a heading, a label */
#define URLMETA_HTML_BODY_LINK     0x800    /* an anchor */


/* of a name */

#define URLMETA_HTML_BODY_VOID     0x01
#define URLMETA_HTML_BODY_RAW      0x02     /* its text is no text */
#define URLMETA_HTML_BODY_ITEM     0x04     /* one ends the one before it */
#define URLMETA_HTML_BODY_ASIDE    0x08
#define URLMETA_HTML_BODY_CONTROL  0x10     /* of a form */


typedef struct {
    unsigned long long      key;        /* urlmeta_tag_key() of it */
    char                    name[16];
    unsigned short          flags;
    unsigned short          kind;
} urlmeta_html_body_name_t;


/* the attributes that decide what an element is; NULL where absent */

typedef struct {
    const urlmeta_attr_t   *id;
    const urlmeta_attr_t   *rel;
    const urlmeta_attr_t   *role;
    const urlmeta_attr_t   *hidden;     /* aria-hidden */
    const urlmeta_attr_t   *itemprop;
    const urlmeta_attr_t   *itemscope;
} urlmeta_html_body_attrs_t;


/*
 * Never NULL: what has no entry is an inline element.  "key" is set to the
 * name's urlmeta_tag_key().
 */
const urlmeta_html_body_name_t *urlmeta_html_body_name(
    const urlmeta_token_t *token, unsigned long long *key);

void urlmeta_html_body_attrs(urlmeta_html_body_attrs_t *attrs,
    const urlmeta_token_t *token);

/* what kind of place the element is: its flags, added to those around it */
unsigned urlmeta_html_body_region(const urlmeta_html_body_attrs_t *attrs,
    const urlmeta_html_body_name_t *name, urlmeta_tag_e tag, unsigned flags);

/* is one of the words (lower case, NULL at the end) in the attribute's list? */
int urlmeta_html_body_has(const urlmeta_attr_t *attr,
    const char *const *words);

extern const char *const  urlmeta_html_body_author[];


/* a character of the copy's text or of a value, at most 8 bytes; the length */
size_t urlmeta_html_body_escape(char *out, char c);

/* white space too; libxml2 ends at a zero, and complains of the others */
#define urlmeta_html_body_is_control(c)  ((unsigned char) (c) <= ' ')

#define urlmeta_html_body_is_plain(c)                                         \
    ((unsigned char) (c) > ' ' && (c) != '<' && (c) != '>' && (c) != '&')


/* html_image.c */

/* the address of the picture an img shows, or will show; or NULL */
const char *urlmeta_html_image_src(const urlmeta_token_t *token, size_t *len);

/* by its address, no decoration and nothing that counts visits */
int urlmeta_html_image_is_picture(const char *src, size_t len);

/* the declared width or height, 0 if there is none */
unsigned urlmeta_html_image_pixels(const urlmeta_token_t *token,
    const char *name);

int urlmeta_html_is_white(char c);


#endif /* _URLMETA_HTML_NAME_H_INCLUDED_ */
