
/*
 * JSON-LD blocks, separated by zeros: one is kept verbatim, has a value or an
 * error, and is repaired only if it is no JSON; and the node that speaks for
 * the page is found among any.
 */


#include <jansson.h>

#include "buffer.h"
#include "fuzz.h"
#include "jsonld.h"
#include "urlmeta.h"
#include "utf8.h"


static json_t *parse(const char *text, size_t len);
static void look(urlmeta_jsonld_t *ld, json_t *node, unsigned depth);


static json_t *
parse(const char *text, size_t len)
{
    char          *copy, *dump;
    json_t        *block, *value, *plain, *error;
    json_error_t   e;

    copy = fuzz_copy(text, len);
    block = urlmeta_jsonld_parse(copy, len);
    must(block != NULL);

    value = json_object_get(block, "text");
    must(json_string_length(value) == len);
    must(memcmp(json_string_value(value), copy, len) == 0);

    value = json_object_get(block, "value");
    error = json_object_get(block, "error");
    must((value == NULL) == json_is_string(error));

    plain = json_loadb(copy, len,
                       JSON_DECODE_ANY|JSON_DECODE_INT_AS_REAL|JSON_ALLOW_NUL,
                       &e);

    if (value && !json_is_true(json_object_get(block, "repaired"))) {
        must(json_equal(plain, value));
    }

    /* beyond the bounds it may be valid and yet an error */

    if (plain && value) {
        must(!json_is_true(json_object_get(block, "repaired")));
    }

    json_decref(plain);

    dump = json_dumps(block, JSON_COMPACT);
    must(dump != NULL);

    free(dump);
    free(copy);

    return block;
}


static void
look(urlmeta_jsonld_t *ld, json_t *node, unsigned depth)
{
    size_t   i;
    json_t  *value;

    static const char  *names[] = {
        "author", "publisher", "image", "name", "headline", "datePublished",
        "mainEntity", "@id", "@type"
    };

    (void) urlmeta_jsonld_class(node);
    (void) urlmeta_jsonld_is(node, "Article");

    for (i = 0; i < sizeof(names) / sizeof(char *); i++) {
        value = urlmeta_jsonld_get(ld, node, names[i]);

        if (json_is_array(value)) {
            value = urlmeta_jsonld_resolve(ld, json_array_get(value, 0));
        }

        if (json_is_object(value) && depth < 4) {
            look(ld, value, depth + 1);
        }
    }
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    urlmeta_init();

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                   len;
    json_t                  *blocks, *node;
    unsigned                 cls;
    const char              *p, *last, *end;
    urlmeta_buf_t            text;
    urlmeta_jsonld_t        *ld;
    urlmeta_jsonld_class_e   found;

    memset(&text, 0, sizeof(urlmeta_buf_t));

    must(urlmeta_utf8_add(&text, (const char *) data, size) == URLMETA_OK);

    blocks = json_array();
    p = text.data ? text.data : "";
    last = p + text.len;

    while (p < last && json_array_size(blocks) < 16) {
        end = memchr(p, '\0', last - p);
        len = (end ? end : last) - p;

        json_array_append_new(blocks, parse(p, len));

        p += len + 1;
    }

    ld = urlmeta_jsonld_create(blocks, "https://example.com/doc#part");
    must(ld != NULL);

    node = urlmeta_jsonld_main(ld, &found);
    must((node == NULL) == (found == URLMETA_JSONLD_NONE));

    if (node) {
        look(ld, node, 0);
    }

    for (cls = URLMETA_JSONLD_NONE; cls <= URLMETA_JSONLD_WEBSITE; cls++) {
        node = urlmeta_jsonld_find(ld, (urlmeta_jsonld_class_e) cls);

        if (node) {
            look(ld, node, 0);
        }
    }

    urlmeta_jsonld_destroy(ld);
    json_decref(blocks);
    urlmeta_buf_free(&text);

    return 0;
}
