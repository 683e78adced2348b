
/*
 * The summary of a body.
 *
 * A page's texts are menus, captions and notices more often than prose, so
 * that a block has to look like prose: long enough, of words, with the marks
 * that sentences have, and not made of anchors.
 */


#include <string.h>
#include <strings.h>

#include "html_summary.h"
#include "utf8.h"


#define URLMETA_HTML_SUMMARY_BLOCK  1024    /* bytes of one that are kept */
#define URLMETA_HTML_SUMMARY_PROSE  64      /* bytes of the shortest */
#define URLMETA_HTML_SUMMARY_SEEN   65536   /* bytes of texts looked at */

/* characters that are enough; the card cuts what is too long */
#define URLMETA_HTML_SUMMARY_MIN    200

/* bytes for one space in what is words */
#define URLMETA_HTML_SUMMARY_WORD   16


static void urlmeta_html_summary_add(urlmeta_html_summary_t *s,
    urlmeta_buf_t *out, const char *text, size_t len);
static int urlmeta_html_summary_is_prose(const char *text, size_t len);
static int urlmeta_html_summary_is_sentence(const char *text, size_t len);
static int urlmeta_html_summary_is_notice(const char *text, size_t len);


void
urlmeta_html_summary_text(urlmeta_html_summary_t *s, const char *text,
    size_t len, int linked)
{
    size_t       n, room, used;
    const char  *p, *last, *word;

    s->seen += len;

    p = text;
    last = text + len;
    used = s->block.len;

    while (p < last && s->block.len < URLMETA_HTML_SUMMARY_BLOCK) {

        if ((unsigned char) *p <= ' ') {
            s->space = 1;
            p++;
            continue;
        }

        word = p;

        while (p < last && (unsigned char) *p > ' ') {
            p++;
        }

        if (s->space && s->block.len
            && urlmeta_buf_add(&s->block, " ", 1) != URLMETA_OK)
        {
            s->failed = 1;
            return;
        }

        s->space = 0;

        n = (size_t) (p - word);
        room = URLMETA_HTML_SUMMARY_BLOCK - s->block.len;

        if (urlmeta_buf_add(&s->block, word, n < room ? n : room)
            != URLMETA_OK)
        {
            s->failed = 1;
            return;
        }
    }

    if (linked) {
        s->linked += s->block.len - used;
    }
}


void
urlmeta_html_summary_break(urlmeta_html_summary_t *s)
{
    size_t       i, n, len;
    const char  *text;

    /* which may be cut within a character */

    text = s->block.data;
    len = urlmeta_utf8_valid(text, s->block.len);

    if (s->linked * 2 > len) {
        /* void */

    } else if (len > URLMETA_HTML_SUMMARY_PROSE) {

        if (urlmeta_html_summary_is_prose(text, len)
            && !urlmeta_html_summary_is_notice(text, len))
        {
            urlmeta_html_summary_add(s, &s->prose, text, len);
        }

    } else if (s->prose.len == 0
               && s->sentences.len < URLMETA_HTML_SUMMARY_BLOCK
               && urlmeta_html_summary_is_sentence(text, len)
               && !urlmeta_html_summary_is_notice(text, len))
    {
        urlmeta_html_summary_add(s, &s->sentences, text, len);
    }

    urlmeta_buf_reset(&s->block);

    s->linked = 0;
    s->space = 0;

    for (i = 0, n = 0; i < s->prose.len; i++) {
        n += ((s->prose.data[i] & 0xc0) != 0x80);
    }

    s->done = (n >= URLMETA_HTML_SUMMARY_MIN
               || s->seen > URLMETA_HTML_SUMMARY_SEEN);
}


int
urlmeta_html_summary_finish(urlmeta_html_summary_t *s, json_t *page)
{
    json_t               *list;
    const urlmeta_buf_t  *b;

    if (!s->done && s->block.len) {
        urlmeta_html_summary_break(s);
    }

    b = s->prose.len ? &s->prose : &s->sentences;

    if (s->failed) {
        return URLMETA_ERROR;
    }

    if (b->len == 0) {
        return URLMETA_OK;
    }

    list = json_pack("[o]", json_stringn(b->data, b->len));

    return json_object_set_new(page, "summary", list) == 0 ? URLMETA_OK
                                                           : URLMETA_ERROR;
}


void
urlmeta_html_summary_free(urlmeta_html_summary_t *s)
{
    urlmeta_buf_free(&s->block);
    urlmeta_buf_free(&s->prose);
    urlmeta_buf_free(&s->sentences);
}


static void
urlmeta_html_summary_add(urlmeta_html_summary_t *s, urlmeta_buf_t *out,
    const char *text, size_t len)
{
    if (urlmeta_buf_add(out, " ", out->len != 0) != URLMETA_OK
        || urlmeta_buf_add(out, text, len) != URLMETA_OK)
    {
        s->failed = 1;
    }
}


/*
 * Words and marks are looked for in ASCII only: not every script has them,
 * and what has few characters of ASCII is written in one of these.
 */

static int
urlmeta_html_summary_is_prose(const char *text, size_t len)
{
    size_t  i, other, spaces, marks;

    other = 0;
    spaces = 0;
    marks = 0;

    for (i = 0; i < len; i++) {

        if (text[i] & 0x80) {
            other++;

        } else if (text[i] == ' ') {
            spaces++;

        } else if (strchr(".,;:!?", text[i])
                   && (i + 1 == len || text[i + 1] == ' '))
        {
            marks++;
        }
    }

    if (other * 2 > len) {
        return 1;
    }

    return marks != 0 && spaces * URLMETA_HTML_SUMMARY_WORD >= len;
}


/* what ends as one, in this script or another, and is of several words */

static int
urlmeta_html_summary_is_sentence(const char *text, size_t len)
{
    size_t  i, n;

    static const char  *wide[] = {
        "\xe3\x80\x82", "\xef\xbc\x81", "\xef\xbc\x9f", "\xe0\xa5\xa4",
        "\xd8\x9f", NULL
    };

    if (len < 2) {
        return 0;
    }

    if (strchr(".!?", text[len - 1])) {

        /* "Loading..." */

        return text[len - 2] != '.' && memchr(text, ' ', len) != NULL;
    }

    for (i = 0; wide[i]; i++) {
        n = strlen(wide[i]);

        if (len > n && memcmp(text + len - n, wide[i], n) == 0) {
            return 1;
        }
    }

    return 0;
}


/* what is said to a reader of any page */

static int
urlmeta_html_summary_is_notice(const char *text, size_t len)
{
    size_t  i, k, n;

    static const char  *words[] = {
        "cookie", "javascript", "copyright", "\xc2\xa9",
        "all rights reserved", "your browser", NULL
    };

    for (i = 0; i < len; i++) {

        for (k = 0; words[k]; k++) {

            if ((text[i] | 0x20) != (words[k][0] | 0x20)) {
                continue;
            }

            n = strlen(words[k]);

            if (len - i >= n && strncasecmp(text + i, words[k], n) == 0) {
                return 1;
            }
        }
    }

    return 0;
}
