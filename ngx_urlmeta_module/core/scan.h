
/*
 * UTF-8 HTML to the tokens that carry metadata, by the tokenizer states of
 * the HTML standard (section 13.2.5), in one pass and linear time.
 */


#ifndef _URLMETA_SCAN_H_INCLUDED_
#define _URLMETA_SCAN_H_INCLUDED_


#include <stddef.h>


/* what is kept of one token; what may be skipped is not bounded */

#define URLMETA_SCAN_MAX_ATTRS   64
#define URLMETA_SCAN_MAX_TAG     16384     /* bytes of attributes of a tag */


typedef enum {
    URLMETA_TOKEN_START = 0,
    URLMETA_TOKEN_END,
    URLMETA_TOKEN_TEXT,
    URLMETA_TOKEN_COMMENT,
    URLMETA_TOKEN_DOCTYPE
} urlmeta_token_e;


/* tags that mean something to the core; every other is URLMETA_TAG_OTHER */

typedef enum {
    URLMETA_TAG_OTHER = 0,
    URLMETA_TAG_A,
    URLMETA_TAG_ANNOTATION_XML,
    URLMETA_TAG_ARTICLE,
    URLMETA_TAG_ASIDE,
    URLMETA_TAG_AUDIO,
    URLMETA_TAG_BASE,
    URLMETA_TAG_BODY,
    URLMETA_TAG_BR,
    URLMETA_TAG_BREAKOUT,                  /* all others that end foreign
                                              content: b, div, table, ... */
    URLMETA_TAG_BUTTON,
    URLMETA_TAG_DESC,
    URLMETA_TAG_FOOTER,
    URLMETA_TAG_FOREIGNOBJECT,
    URLMETA_TAG_FORM,
    URLMETA_TAG_H1,
    URLMETA_TAG_H2,
    URLMETA_TAG_H3,
    URLMETA_TAG_H4,
    URLMETA_TAG_H5,
    URLMETA_TAG_H6,
    URLMETA_TAG_HEAD,
    URLMETA_TAG_HEADER,
    URLMETA_TAG_HTML,
    URLMETA_TAG_IFRAME,
    URLMETA_TAG_IMG,
    URLMETA_TAG_LINK,
    URLMETA_TAG_MAIN,
    URLMETA_TAG_MATH,
    URLMETA_TAG_MATH_TEXT,                 /* mi, mn, mo, ms, mtext */
    URLMETA_TAG_META,
    URLMETA_TAG_NAV,
    URLMETA_TAG_NOEMBED,
    URLMETA_TAG_NOFRAMES,
    URLMETA_TAG_NOSCRIPT,
    URLMETA_TAG_P,
    URLMETA_TAG_PICTURE,
    URLMETA_TAG_PLAINTEXT,
    URLMETA_TAG_SCRIPT,
    URLMETA_TAG_SOURCE,
    URLMETA_TAG_SPAN,
    URLMETA_TAG_STYLE,
    URLMETA_TAG_SVG,
    URLMETA_TAG_TEMPLATE,
    URLMETA_TAG_TEXTAREA,
    URLMETA_TAG_TIME,
    URLMETA_TAG_TITLE,
    URLMETA_TAG_VIDEO,
    URLMETA_TAG_XMP,
    URLMETA_TAG_MAX                        /* at most 64: a mask is 64 bits */
} urlmeta_tag_e;

#define urlmeta_tag_bit(tag)  (1ULL << (tag))


typedef struct {
    const char       *name;                /* lower case */
    size_t            name_len;
    const char       *value;               /* character references decoded */
    size_t            value_len;
} urlmeta_attr_t;


typedef struct {
    urlmeta_token_e         type;
    urlmeta_tag_e           tag;           /* of a start or an end tag */

    const char             *name;          /* tag's name, lower case */
    size_t                  name_len;
    unsigned long long      name_key;      /* urlmeta_tag_key() of it, or 0 */

    const urlmeta_attr_t   *attrs;         /* the first of equal names */
    unsigned                nattrs;
    unsigned                self_closing:1;
    unsigned                truncated:1;   /* a bound above cut it */

    const char             *text;          /* of text and comments; references
                                              decoded; a text may come in
                                              several pieces, which end within
                                              a character where a chunk did */
    size_t                  text_len;
} urlmeta_token_t;


typedef struct urlmeta_scan_s  urlmeta_scan_t;

/*
 * Takes a token, valid during the call only.  URLMETA_OK goes on; any other
 * value ends the scan and is returned by urlmeta_scan_feed().
 */
typedef int (*urlmeta_token_pt)(void *data, const urlmeta_token_t *token);


urlmeta_scan_t *urlmeta_scan_create(urlmeta_token_pt handler, void *data);

/*
 * Which tags are handed out with their attributes (a mask of
 * urlmeta_tag_bit()), and whether text is.  Both may be changed from within
 * the handler and count from the next token on; text of script, style, title
 * and the other raw text elements follows the same switch.  "all" hands out
 * every token, comments and doctypes too.
 */
void urlmeta_scan_want(urlmeta_scan_t *sc, unsigned long long tags, int text);
void urlmeta_scan_want_all(urlmeta_scan_t *sc);

/*
 * Attributes of these tags may be left out, all of them, where none is asked
 * for: a quick way past class, style, data-*.  "asked" is called for those
 * whose name begins with one of the letters, with the name in any case and the
 * value as it is written, its references not decoded.
 */
typedef int (*urlmeta_scan_asked_pt)(void *data, urlmeta_tag_e tag,
    const urlmeta_attr_t *attr);

void urlmeta_scan_spare_attrs(urlmeta_scan_t *sc, const char *letters,
    urlmeta_scan_asked_pt asked);
void urlmeta_scan_spare(urlmeta_scan_t *sc, unsigned long long tags);

/*
 * The document continues inside foreign content (svg, math), where raw text
 * elements are ordinary ones and CDATA sections exist; the tree builder tells.
 */
void urlmeta_scan_foreign(urlmeta_scan_t *sc, int foreign);

/*
 * Where the scan stands: 1 if what comes next begins a token, and 1 if it is
 * in the text of an element whose content is no markup (script, title).
 */
int urlmeta_scan_is_between(urlmeta_scan_t *sc);
int urlmeta_scan_is_raw(urlmeta_scan_t *sc);

/* valid UTF-8 in chunks cut anywhere between bytes */
int urlmeta_scan_feed(urlmeta_scan_t *sc, const char *data, size_t len);
int urlmeta_scan_finish(urlmeta_scan_t *sc);

void urlmeta_scan_destroy(urlmeta_scan_t *sc);


/* the tag of a name in any case */
urlmeta_tag_e urlmeta_tag(const char *name, size_t len);

/*
 * A number of a name in any case: of one of at most 8 bytes no other name's,
 * of a longer one hardly another's.
 */
unsigned long long urlmeta_tag_key(const char *name, size_t len);

/* the value of an attribute of a start tag, or NULL */
const urlmeta_attr_t *urlmeta_token_attr(const urlmeta_token_t *token,
    const char *name);


#endif /* _URLMETA_SCAN_H_INCLUDED_ */
