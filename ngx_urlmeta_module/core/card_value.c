
/*
 * Values of a card for those who want no JSON: a log, a header, a map.
 */


#include <string.h>

#include <jansson.h>

#include "card_value.h"


/* a member of an object, and of the object that it is */

typedef struct {
    const char  *name;
    const char  *member;
} urlmeta_value_t;


static const urlmeta_value_t  urlmeta_values[URLMETA_VALUE_MAX] = {
    [URLMETA_VALUE_TITLE] = { "title", NULL },
    [URLMETA_VALUE_DESCRIPTION] = { "description", NULL },
    [URLMETA_VALUE_IMAGE] = { "image", "url" },
    [URLMETA_VALUE_SITE_NAME] = { "site_name", NULL },
    [URLMETA_VALUE_AUTHOR] = { "author", "name" },
    [URLMETA_VALUE_PUBLISHED] = { "published", NULL },
    [URLMETA_VALUE_LANGUAGE] = { "language", NULL },
    [URLMETA_VALUE_CANONICAL_URL] = { "canonical_url", NULL },
    [URLMETA_VALUE_TYPE] = { "type", NULL }
};


int
urlmeta_card_values(const char *card, size_t card_len, urlmeta_buf_t *out,
    size_t len[URLMETA_VALUE_MAX])
{
    int      rc;
    size_t   i;
    json_t  *root, *value;

    root = json_loadb(card, card_len, JSON_DECODE_INT_AS_REAL|JSON_ALLOW_NUL,
                      NULL);
    if (root == NULL) {
        return URLMETA_ERROR;
    }

    rc = URLMETA_OK;

    for (i = 0; i < URLMETA_VALUE_MAX; i++) {

        value = json_object_get(root, urlmeta_values[i].name);

        if (urlmeta_values[i].member) {
            value = json_object_get(value, urlmeta_values[i].member);
        }

        len[i] = json_is_string(value) ? json_string_length(value) : 0;

        if (len[i]
            && urlmeta_buf_add(out, json_string_value(value), len[i])
               != URLMETA_OK)
        {
            rc = URLMETA_ERROR;
            break;
        }
    }

    json_decref(root);

    return rc;
}
