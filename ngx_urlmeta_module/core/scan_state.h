
/*
 * The scanner's inside: what its five files share, and nobody else.
 *
 * The names of the states are those of the HTML standard's section 13.2.5.
 * Each can be left at any byte and taken up again with the next chunk, so that
 * no token is ever kept to be scanned twice.
 */


#ifndef _URLMETA_SCAN_STATE_H_INCLUDED_
#define _URLMETA_SCAN_STATE_H_INCLUDED_


#include "buffer.h"
#include "scan.h"


/*
 * Grouped by the function that runs them; the groups' ends are compared with
 * in urlmeta_scan_feed().  The first eight are what a document's text may be.
 */

typedef enum {
    URLMETA_SCAN_DATA = 0,
    URLMETA_SCAN_RCDATA,
    URLMETA_SCAN_RAWTEXT,
    URLMETA_SCAN_SCRIPT,
    URLMETA_SCAN_SCRIPT_ESCAPED,
    URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPED,
    URLMETA_SCAN_PLAINTEXT,
    URLMETA_SCAN_CDATA,

    /* "less-than sign", "end tag open" and "end tag name" of raw text */
    URLMETA_SCAN_RAW_LESS_THAN,
    URLMETA_SCAN_RAW_END_TAG_OPEN,
    URLMETA_SCAN_RAW_END_TAG_NAME,
    URLMETA_SCAN_SCRIPT_ESCAPE_START,
    URLMETA_SCAN_SCRIPT_ESCAPE_START_DASH,
    URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPE,      /* its start and its end */

    URLMETA_SCAN_TAG_OPEN,
    URLMETA_SCAN_END_TAG_OPEN,
    URLMETA_SCAN_TAG_NAME,
    URLMETA_SCAN_BEFORE_ATTR_NAME,
    URLMETA_SCAN_ATTR_NAME,
    URLMETA_SCAN_AFTER_ATTR_NAME,
    URLMETA_SCAN_BEFORE_ATTR_VALUE,
    URLMETA_SCAN_ATTR_VALUE_DOUBLE,
    URLMETA_SCAN_ATTR_VALUE_SINGLE,
    URLMETA_SCAN_ATTR_VALUE_UNQUOTED,
    URLMETA_SCAN_SELF_CLOSING,

    URLMETA_SCAN_MARKUP_DECLARATION,
    URLMETA_SCAN_BOGUS_COMMENT,
    URLMETA_SCAN_COMMENT_START,
    URLMETA_SCAN_COMMENT_START_DASH,
    URLMETA_SCAN_COMMENT,
    URLMETA_SCAN_COMMENT_END_DASH,
    URLMETA_SCAN_COMMENT_END,
    URLMETA_SCAN_COMMENT_END_BANG,
    URLMETA_SCAN_DOCTYPE,

    URLMETA_SCAN_REFERENCE,
    URLMETA_SCAN_REFERENCE_NAMED,
    URLMETA_SCAN_REFERENCE_NUMERIC,
    URLMETA_SCAN_REFERENCE_HEX_START,
    URLMETA_SCAN_REFERENCE_HEX,
    URLMETA_SCAN_REFERENCE_DECIMAL
} urlmeta_scan_state_e;


#define urlmeta_scan_is_text(state)                                           \
    ((state) <= URLMETA_SCAN_SCRIPT_DOUBLE_ESCAPE)

#define urlmeta_scan_is_tag(state)                                            \
    ((state) <= URLMETA_SCAN_SELF_CLOSING)

#define urlmeta_scan_is_markup(state)                                         \
    ((state) <= URLMETA_SCAN_DOCTYPE)


struct urlmeta_scan_s {
    urlmeta_token_pt         handler;
    void                    *data;

    unsigned long long       tags;          /* that are wanted */
    unsigned long long       spare;         /* of these, those of which few
                                               attributes are */
    unsigned                 spare_letters; /* as they begin */
    urlmeta_scan_asked_pt    asked;
    urlmeta_scan_state_e     state;
    urlmeta_scan_state_e     content;       /* where a tag leads back to */
    urlmeta_scan_state_e     back;          /* where a reference does */
    urlmeta_tag_e            tag;
    int                      rc;

    unsigned                 text:1;        /* is wanted */
    unsigned                 all:1;
    unsigned                 foreign:1;
    unsigned                 cr:1;          /* the last chunk ended in CR,
                                               already handed out as LF */

    /* of the token that is being read */

    unsigned                 end_tag:1;
    unsigned                 keep:1;        /* its attributes are wanted */
    unsigned                 self_closing:1;
    unsigned                 attr:1;        /* this attribute is kept */
    unsigned                 full:1;        /* the buffer takes no more */
    unsigned                 truncated:1;

    unsigned                 dashes;        /* in a row, in an escaped script */
    unsigned                 brackets;      /* in a row, in CDATA */
    unsigned                 nattrs;
    unsigned                 nheld;
    unsigned                 nclose;
    unsigned                 nreference;

    unsigned long            code;          /* of a numeric reference */
    unsigned long long       key;           /* of the tag's name */
    size_t                   name_len;      /* of the tag */
    size_t                   mark;          /* in buf: where the attribute's
                                               name or value begins */
    size_t                   len;           /* of buf */

    char                     held[16];      /* read, and text if what follows
                                               is no tag */
    char                     close[16];     /* the end tag's name that ends
                                               raw text */
    char                     reference[40]; /* its name as far as read */

    unsigned                 hashes[URLMETA_SCAN_MAX_ATTRS];
    urlmeta_attr_t           attrs[URLMETA_SCAN_MAX_ATTRS];
    char                     buf[URLMETA_SCAN_MAX_TAG];
};


#define URLMETA_SCAN_SPACE  0x01            /* CR too: it is LF to be */
#define URLMETA_SCAN_SLASH  0x02
#define URLMETA_SCAN_GT     0x04
#define URLMETA_SCAN_EQUALS 0x08
#define URLMETA_SCAN_ALPHA  0x10
#define URLMETA_SCAN_DIGIT  0x20

#define URLMETA_SCAN_NAME_END                                                 \
    (URLMETA_SCAN_SPACE|URLMETA_SCAN_SLASH|URLMETA_SCAN_GT)

extern const unsigned char  urlmeta_scan_class[256];

#define urlmeta_scan_is(c, mask)                                              \
    (urlmeta_scan_class[(unsigned char) (c)] & (mask))

#define urlmeta_scan_lower(c)                                                 \
    ((char) ((c) >= 'A' && (c) <= 'Z' ? (c) | 0x20 : (c)))

#define urlmeta_scan_wanted(sc, tag)                                          \
    ((sc)->tags & urlmeta_tag_bit(tag))

#define urlmeta_scan_is_spare(sc, tag)                                        \
    (((sc)->spare & urlmeta_tag_bit(tag)) && !(sc)->foreign)


/* each runs while the state is of its group and returns where it stopped */

const char *urlmeta_scan_run_tag(urlmeta_scan_t *sc, const char *p,
    const char *end);
const char *urlmeta_scan_run_markup(urlmeta_scan_t *sc, const char *p,
    const char *end);
const char *urlmeta_scan_run_reference(urlmeta_scan_t *sc, const char *p,
    const char *end);


/* scan.c: text to the handler, if it is wanted */
void urlmeta_scan_emit_text(urlmeta_scan_t *sc, const char *text, size_t len);

/* scan.c: to the token's buffer, as much as it takes */
void urlmeta_scan_add(urlmeta_scan_t *sc, const char *data, size_t len);

/* scan.c: "p" at a CR: adds an LF, returns where the next character is */
const char *urlmeta_scan_add_newline(urlmeta_scan_t *sc, const char *p,
    const char *end);

/* scan.c: the buffer's length, less a character that "full" has cut */
size_t urlmeta_scan_trim(urlmeta_scan_t *sc, size_t from);

/*
 * scan_tag.c: "p" at a "<" in data: past the tag, if it is one that nobody
 * wants and that ends before "end"; else past the "<", in the state that comes
 * then.
 */
const char *urlmeta_scan_tag(urlmeta_scan_t *sc, const char *p,
    const char *end);

/*
 * scan_skip.c: "p" behind a tag's name: behind the tag, or NULL if it does not
 * end before "end".  That for a tag whose attributes may be left out is NULL
 * also if one is asked for.
 */
const char *urlmeta_scan_skip_tag(const char *p, const char *end);
const char *urlmeta_scan_skip_spare(urlmeta_scan_t *sc, urlmeta_tag_e tag,
    const char *p, const char *end);

/* scan_tag.c: raw text's end tag as far as its name */
void urlmeta_scan_tag_end_raw(urlmeta_scan_t *sc);

/* scan_markup.c: the end of input within a comment or a declaration */
void urlmeta_scan_markup_finish(urlmeta_scan_t *sc);

/* scan_reference.c: begins one, after its ampersand */
void urlmeta_scan_reference_start(urlmeta_scan_t *sc);

/* scan_reference.c: the end of input within a reference */
void urlmeta_scan_reference_finish(urlmeta_scan_t *sc);


#endif /* _URLMETA_SCAN_STATE_H_INCLUDED_ */
