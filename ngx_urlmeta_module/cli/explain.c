
/*
 * For each field of a card: its value, the rule that won, and what lost.
 */


#include <string.h>

#include <jansson.h>

#include "../core/formats.h"
#include "cli.h"


static int urlmeta_explain_field(json_t *card, const char *field,
    json_t *source, urlmeta_buf_t *out);
static int urlmeta_explain_value(json_t *value, urlmeta_buf_t *out);
static int urlmeta_explain_rule(json_t *entry, const char *word,
    urlmeta_buf_t *out);
static int urlmeta_explain_text(json_t *string, urlmeta_buf_t *out);


int
urlmeta_cli_explain(const char *card, size_t len, urlmeta_buf_t *out)
{
    int          rc;
    json_t      *object, *source;
    const char  *field;

    object = json_loadb(card, len, JSON_ALLOW_NUL|JSON_DECODE_INT_AS_REAL,
                        NULL);

    if (object == NULL) {
        return URLMETA_ERROR;
    }

    rc = URLMETA_OK;

    json_object_foreach(json_object_get(object, "sources"), field, source) {
        rc = urlmeta_explain_field(object, field, source, out);

        if (rc != URLMETA_OK) {
            break;
        }
    }

    json_decref(object);

    return rc;
}


static int
urlmeta_explain_field(json_t *card, const char *field, json_t *source,
    urlmeta_buf_t *out)
{
    size_t   i;
    json_t  *lost;

    if (urlmeta_buf_printf(out, "%s: ", field) != URLMETA_OK
        || urlmeta_explain_value(json_object_get(card, field), out)
           != URLMETA_OK
        || urlmeta_buf_add_char(out, '\n') != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    if (json_is_string(json_object_get(source, "rule"))
        && urlmeta_explain_rule(source, "from", out) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    json_array_foreach(json_object_get(source, "lost"), i, lost) {
        if (urlmeta_explain_rule(lost, "not ", out) != URLMETA_OK) {
            return URLMETA_ERROR;
        }
    }

    return URLMETA_OK;
}


static int
urlmeta_explain_value(json_t *value, urlmeta_buf_t *out)
{
    int             rc;
    urlmeta_buf_t   json;

    if (json_is_string(value)) {
        return urlmeta_explain_text(value, out);
    }

    if (value == NULL || json_is_null(value)) {
        return urlmeta_buf_add_str(out, "-");
    }

    memset(&json, 0, sizeof(urlmeta_buf_t));

    rc = urlmeta_formats_json(value, &json);

    if (rc == URLMETA_OK) {
        rc = urlmeta_buf_add(out, json.data, json.len);
    }

    urlmeta_buf_free(&json);

    return rc;
}


static int
urlmeta_explain_rule(json_t *entry, const char *word, urlmeta_buf_t *out)
{
    if (urlmeta_buf_printf(out, "    %s ", word) != URLMETA_OK
        || urlmeta_explain_text(json_object_get(entry, "rule"), out)
           != URLMETA_OK
        || urlmeta_buf_add_str(out, ": ") != URLMETA_OK
        || urlmeta_explain_text(json_object_get(entry, "value"), out)
           != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_char(out, '\n');
}


/*
 * The text is the page's, and may hold what moves the cursor of a terminal
 * (the controls of ASCII, and U+0080 to U+009F) or turns its direction
 * (U+200E to U+202E, U+2066 to U+2069).
 */

static int
urlmeta_explain_text(json_t *string, urlmeta_buf_t *out)
{
    int                   rc;
    unsigned              cp, n;
    const unsigned char  *p, *last;

    p = (const unsigned char *) json_string_value(string);

    if (p == NULL) {
        return URLMETA_OK;
    }

    last = p + json_string_length(string);

    while (p < last) {
        cp = *p;
        n = 1;

        if (cp >= 0xf0) {
            n = 4;

        } else if (cp >= 0xe0) {
            n = 3;
            cp = (cp & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);

        } else if (cp >= 0xc0) {
            n = 2;
            cp = (cp & 0x1f) << 6 | (p[1] & 0x3f);
        }

        if (cp == '\n' || cp == '\r' || cp == '\t') {
            rc = urlmeta_buf_add_char(out, ' ');

        } else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0)
                   || (cp >= 0x200e && cp <= 0x202e && n == 3)
                   || (cp >= 0x2066 && cp <= 0x2069 && n == 3))
        {
            rc = urlmeta_buf_printf(out, "\\u%04x", cp);

        } else {
            rc = urlmeta_buf_add(out, p, n);
        }

        if (rc != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        p += n;
    }

    return URLMETA_OK;
}
