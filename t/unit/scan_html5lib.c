
/*
 * The scanner against html5lib's tokenizer tests, each fed whole and byte by
 * byte.  Doctypes are compared by name, which is all that the scanner reads
 * of them; xmlViolation.test is about what XML cannot hold.
 */


#include <jansson.h>

#include "buffer.h"
#include "scan_state.h"
#include "tap.h"


typedef struct {
    urlmeta_scan_t  *sc;
    urlmeta_buf_t    text;          /* that is not yet complete */
    json_t          *tokens;
} sink_t;


static int sink(void *data, const urlmeta_token_t *token);
static void sink_flush(sink_t *s);
static json_t *sink_string(const char *data, size_t len);
static void test_file(const char *name);
static int test_case(json_t *test, const char *state, size_t chunk);
static urlmeta_scan_state_e test_state(const char *name);
static void unescape(urlmeta_buf_t *b, json_t *string, int escaped);
static json_t *expected_tokens(json_t *output, int escaped);


static const char  *files[] = {
    "contentModelFlags.test", "domjs.test", "entities.test", "escapeFlag.test",
    "namedEntities.test", "numericEntities.test", "pendingSpecChanges.test",
    "test1.test", "test2.test", "test3.test", "test4.test",
    "unicodeChars.test", "unicodeCharsProblematic.test", NULL
};


int
main(void)
{
    int  i;

    for (i = 0; files[i]; i++) {
        test_file(files[i]);
    }

    return done_testing();
}


static int
sink(void *data, const urlmeta_token_t *token)
{
    sink_t    *s = data;

    json_t    *item, *attrs;
    unsigned   i;

    if (token->type == URLMETA_TOKEN_TEXT) {
        return urlmeta_buf_add(&s->text, token->text, token->text_len);
    }

    sink_flush(s);

    item = json_array();

    switch (token->type) {

    case URLMETA_TOKEN_START:

        attrs = json_object();

        for (i = 0; i < token->nattrs; i++) {
            json_object_setn_new(attrs, token->attrs[i].name,
                                 token->attrs[i].name_len,
                                 sink_string(token->attrs[i].value,
                                             token->attrs[i].value_len));
        }

        json_array_append_new(item, json_string("StartTag"));
        json_array_append_new(item, sink_string(token->name,
                                                token->name_len));
        json_array_append_new(item, attrs);

        if (token->self_closing) {
            json_array_append_new(item, json_true());
        }

        /* the tests are of a tokenizer whose state no tree builder changes */

        urlmeta_scan_foreign(s->sc, token->tag != URLMETA_TAG_OTHER);
        break;

    case URLMETA_TOKEN_END:
        json_array_append_new(item, json_string("EndTag"));
        json_array_append_new(item, sink_string(token->name,
                                                token->name_len));
        break;

    case URLMETA_TOKEN_COMMENT:
        json_array_append_new(item, json_string("Comment"));
        json_array_append_new(item, sink_string(token->text,
                                                token->text_len));
        break;

    default:
        json_array_append_new(item, json_string("DOCTYPE"));
        json_array_append_new(item, token->name_len
                                    ? sink_string(token->name,
                                                  token->name_len)
                                    : json_null());
        break;
    }

    json_array_append_new(s->tokens, item);

    return URLMETA_OK;
}


static void
sink_flush(sink_t *s)
{
    if (s->text.len) {
        json_array_append_new(s->tokens,
                              json_pack("[s, o]", "Character",
                                        sink_string(s->text.data,
                                                    s->text.len)));
        urlmeta_buf_reset(&s->text);
    }
}


static json_t *
sink_string(const char *data, size_t len)
{
    return json_stringn(data ? data : "", len);
}


static void
test_file(const char *name)
{
    char          path[1024], line[256];
    json_t       *root, *tests, *test, *states, *state;
    size_t        i, j;
    unsigned      run, passed;
    json_error_t  error;

    snprintf(path, sizeof(path), "%s/html5lib/tokenizer/%s", shared(), name);

    root = json_load_file(path, JSON_ALLOW_NUL, &error);

    if (root == NULL) {
        snprintf(line, sizeof(line), "html5lib %s: not there", name);
        skip(line);
        return;
    }

    tests = json_object_get(root, "tests");
    run = 0;
    passed = 0;

    json_array_foreach(tests, i, test) {
        states = json_object_get(test, "initialStates");

        if (states == NULL) {
            run += 2;
            passed += test_case(test, "Data state", 0);
            passed += test_case(test, "Data state", 1);
            continue;
        }

        json_array_foreach(states, j, state) {
            run += 2;
            passed += test_case(test, json_string_value(state), 0);
            passed += test_case(test, json_string_value(state), 1);
        }
    }

    ok(run > 0 && passed == run, "html5lib %s: %u of %u", name, passed, run);

    json_decref(root);
}


static int
test_case(json_t *test, const char *state, size_t chunk)
{
    int             good, escaped;
    char           *copy, *dump;
    size_t          at, n;
    sink_t          s;
    json_t         *expected;
    const char     *last;
    urlmeta_buf_t   input;

    escaped = json_is_true(json_object_get(test, "doubleEscaped"));

    memset(&input, 0, sizeof(urlmeta_buf_t));
    unescape(&input, json_object_get(test, "input"), escaped);

    expected = expected_tokens(json_object_get(test, "output"), escaped);

    memset(&s, 0, sizeof(sink_t));

    s.tokens = json_array();
    s.sc = urlmeta_scan_create(sink, &s);

    urlmeta_scan_want_all(s.sc);

    s.sc->content = test_state(state);
    s.sc->state = s.sc->content;

    last = json_string_value(json_object_get(test, "lastStartTag"));

    if (last) {
        s.sc->nclose = (unsigned) strlen(last);
        memcpy(s.sc->close, last, s.sc->nclose);
    }

    /* each chunk in memory of its own size, so that ASan sees a read past it */

    for (at = 0; at < input.len; at += n) {
        n = chunk ? chunk : input.len;

        copy = malloc(n);
        memcpy(copy, input.data + at, n);
        urlmeta_scan_feed(s.sc, copy, n);
        free(copy);
    }

    urlmeta_scan_finish(s.sc);
    sink_flush(&s);

    good = json_equal(s.tokens, expected);

    if (!good) {
        printf("# %s, %s\n",
               json_string_value(json_object_get(test, "description")), state);

        dump = json_dumps(s.tokens, JSON_COMPACT);
        printf("#      got: %s\n", dump ? dump : "(none)");
        free(dump);

        dump = json_dumps(expected, JSON_COMPACT);
        printf("# expected: %s\n", dump ? dump : "(none)");
        free(dump);
    }

    urlmeta_scan_destroy(s.sc);
    urlmeta_buf_free(&s.text);
    urlmeta_buf_free(&input);

    json_decref(s.tokens);
    json_decref(expected);

    return good;
}


static urlmeta_scan_state_e
test_state(const char *name)
{
    int  i;

    static const struct {
        const char            *name;
        urlmeta_scan_state_e   state;
    } states[] = {
        { "Data state", URLMETA_SCAN_DATA },
        { "RCDATA state", URLMETA_SCAN_RCDATA },
        { "RAWTEXT state", URLMETA_SCAN_RAWTEXT },
        { "Script data state", URLMETA_SCAN_SCRIPT },
        { "PLAINTEXT state", URLMETA_SCAN_PLAINTEXT },
        { "CDATA section state", URLMETA_SCAN_CDATA }
    };

    for (i = 0; i < (int) (sizeof(states) / sizeof(states[0])); i++) {
        if (strcmp(name, states[i].name) == 0) {
            return states[i].state;
        }
    }

    ok(0, "unknown state %s", name);

    return URLMETA_SCAN_DATA;
}


/* a surrogate that has no other half is U+FFFD, as UTF-8 cannot have it */

static void
unescape(urlmeta_buf_t *b, json_t *string, int escaped)
{
    size_t       i, len;
    unsigned     cp, low;
    const char  *data;

    data = json_string_value(string);
    len = json_string_length(string);

    for (i = 0; i < len; i++) {

        if (!escaped || data[i] != '\\'
            || sscanf(data + i, "\\u%4x", &cp) != 1)
        {
            urlmeta_buf_add_char(b, data[i]);
            continue;
        }

        if (cp >= 0xd800 && cp < 0xdc00
            && sscanf(data + i + 6, "\\u%4x", &low) == 1
            && low >= 0xdc00 && low < 0xe000)
        {
            cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
            i += 6;
        }

        urlmeta_buf_add_utf8(b, cp);
        i += 5;
    }
}


static json_t *
expected_tokens(json_t *output, int escaped)
{
    json_t         *result, *token, *item, *value, *attrs, *attr;
    size_t          i, j;
    const char     *key;
    urlmeta_buf_t   b;

    result = json_array();

    memset(&b, 0, sizeof(urlmeta_buf_t));

    json_array_foreach(output, i, token) {
        item = json_array();

        json_array_foreach(token, j, value) {

            if (j == 2 && strcmp(json_string_value(json_array_get(token, 0)),
                                 "DOCTYPE") == 0)
            {
                break;
            }

            if (json_is_string(value)) {
                urlmeta_buf_reset(&b);
                unescape(&b, value, escaped);
                json_array_append_new(item, sink_string(b.data, b.len));
                continue;
            }

            if (!json_is_object(value)) {
                json_array_append(item, value);
                continue;
            }

            attrs = json_object();

            json_object_foreach(value, key, attr) {
                urlmeta_buf_reset(&b);
                unescape(&b, attr, escaped);
                json_object_set_new(attrs, key,
                                    sink_string(b.data, b.len));
            }

            json_array_append_new(item, attrs);
        }

        json_array_append_new(result, item);
    }

    urlmeta_buf_free(&b);

    return result;
}
