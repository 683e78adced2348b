
/*
 * The inside of html.c and html_element.c, and of nobody else.
 */


#ifndef _URLMETA_HTML_STATE_H_INCLUDED_
#define _URLMETA_HTML_STATE_H_INCLUDED_


#include "buffer.h"
#include "html.h"
#include "html_body.h"


/* text as it is shown: white space collapsed */

typedef struct {
    urlmeta_buf_t         buf;
    unsigned              space:1;      /* one is due before the next word */
    unsigned              cut:1;
} urlmeta_html_text_t;


/* an element that is open within an anchor */

#define URLMETA_HTML_MAX_NESTED  64

typedef struct {
    unsigned              hash;         /* of its name */
    unsigned              kind;
    size_t                start;        /* of its text in the anchor's */
} urlmeta_html_nested_t;


struct urlmeta_html_s {
    urlmeta_scan_t       *scan;

    void                (*charset_handler)(void *data, const char *label,
                                           size_t len);
    void                 *charset_data;

    json_t               *page;
    json_t               *titles;       /* these are the page's */
    json_t               *meta;
    json_t               *itemprop_meta;
    json_t               *http_equiv;
    json_t               *link;
    json_t               *json_ld;
    json_t               *headings;
    json_t               *links;

    char                 *url;
    size_t                url_len;
    char                 *base;
    size_t                base_len;
    size_t                links_before; /* the base element */
    size_t                link_before;
    size_t                resolved;     /* bytes */
    size_t                values;       /* of JSON-LD */

    urlmeta_tag_e         raw;          /* title or script being read */
    urlmeta_buf_t         raw_text;

    json_t               *anchor;       /* being read */
    json_t               *active;       /* anchor that comes back after the
                                           block it was not closed in */
    urlmeta_html_nested_t nested[URLMETA_HTML_MAX_NESTED];
    size_t                nested_len;
    unsigned              tables;       /* open since it was closed */
    json_t               *heading;
    urlmeta_html_text_t   anchor_text;
    urlmeta_html_text_t   heading_text;

    urlmeta_html_body_t  *body;         /* the copy of it, or NULL */
    urlmeta_tag_e         media_tag;    /* audio or video that is open */
    unsigned              media_width;
    unsigned              media_height;
    urlmeta_extent_e      extent;

    unsigned char         open[URLMETA_HTML_MAX_OPEN];
    unsigned              nopen;
    unsigned              templates;    /* of these */

    unsigned              details:1;
    unsigned              based:1;      /* a base element has been met */
    unsigned              raw_cut:1;
    unsigned              hidden:1;     /* in a script or style in a heading */
    unsigned              in_p:1;
    unsigned              anchor_raw:1; /* in an element whose text is raw */
    unsigned              xml:1;        /* tokens of another parser */
    unsigned              noscript:1;   /* in one of the head */
    unsigned              head:1;       /* has ended */
    unsigned              head_tag:1;   /* by its own tag, or body's */
    unsigned              done:1;       /* no more is wanted */
    unsigned              audio_link:1; /* an anchor to a sound was met */
    unsigned              amp_link:1;   /* and one to what AMP stands for */
    unsigned              truncated:1;
    unsigned              failed:1;     /* out of memory */
};


/* html.c: tells the scanner what matters now */
void urlmeta_html_want(urlmeta_html_t *h);


/* html_head.c */

/* which of urlmeta_html_lack_e the page so far does not state */
unsigned urlmeta_html_lacks(urlmeta_html_t *h);

/* a tag that may end the head */
void urlmeta_html_head_start(urlmeta_html_t *h, urlmeta_tag_e tag);
void urlmeta_html_head_end(urlmeta_html_t *h, urlmeta_tag_e tag);


/* html_media.c */

/* an audio, a video or a source */
void urlmeta_html_media_start(urlmeta_html_t *h, const urlmeta_token_t *token,
    urlmeta_tag_e tag);
void urlmeta_html_media_end(urlmeta_html_t *h);
/* does an attribute of an anchor matter, with its references not decoded? */
int urlmeta_html_media_asks(const urlmeta_attr_t *attr);
void urlmeta_html_media_anchor(urlmeta_html_t *h,
    const urlmeta_token_t *token);


/* html_anchor.c */

void urlmeta_html_anchor_start(urlmeta_html_t *h,
    const urlmeta_token_t *token);
void urlmeta_html_anchor_end(urlmeta_html_t *h);
void urlmeta_html_anchor_finish(urlmeta_html_t *h);

/* all other tags, while an anchor is active */
void urlmeta_html_anchor_inner_start(urlmeta_html_t *h,
    const urlmeta_token_t *token, urlmeta_tag_e tag);
void urlmeta_html_anchor_inner_end(urlmeta_html_t *h,
    const urlmeta_token_t *token, urlmeta_tag_e tag);

/* a text is to come */
void urlmeta_html_anchor_text(urlmeta_html_t *h);


/* html_element.c */

void urlmeta_html_root(urlmeta_html_t *h, const urlmeta_token_t *token);

/* dir of html, and of body where that has none */
void urlmeta_html_direction(urlmeta_html_t *h, const urlmeta_token_t *token);

void urlmeta_html_base(urlmeta_html_t *h, const urlmeta_token_t *token);
void urlmeta_html_meta(urlmeta_html_t *h, const urlmeta_token_t *token);
void urlmeta_html_link(urlmeta_html_t *h, const urlmeta_token_t *token);

/* title, script and style, whose text is another's than the page's */
void urlmeta_html_raw_start(urlmeta_html_t *h, const urlmeta_token_t *token,
    urlmeta_tag_e tag);
void urlmeta_html_raw_end(urlmeta_html_t *h);


void urlmeta_html_heading_start(urlmeta_html_t *h, urlmeta_tag_e tag);
void urlmeta_html_heading_end(urlmeta_html_t *h);

/* a text to each of the elements above that are open */
void urlmeta_html_text(urlmeta_html_t *h, const char *text, size_t len);

/* an object of the array's, or NULL */
json_t *urlmeta_html_append(urlmeta_html_t *h, json_t *array);

/* the address or null */
json_t *urlmeta_html_resolve(urlmeta_html_t *h, const char *ref, size_t len);

/* a new array of the page's, borrowed */
json_t *urlmeta_html_array(urlmeta_html_t *h, const char *name);

/* takes the reference to "value"; what is NULL could not be made */
void urlmeta_html_set(urlmeta_html_t *h, json_t *object, const char *name,
    json_t *value);

json_t *urlmeta_html_string(const char *data, size_t len);

/* the first "n" of an array's references, against the base of now */
void urlmeta_html_resolve_again(urlmeta_html_t *h, json_t *array, size_t n);

/* the word in any case, with white space around it and parameters after it */
int urlmeta_html_is(const urlmeta_attr_t *attr, const char *word);



#endif /* _URLMETA_HTML_STATE_H_INCLUDED_ */
