
/*
 * Scanner and page.  The first byte chooses details and how much is read, the
 * second the size of the pieces.  What the scanner hands out is within its
 * bounds, and pieces give the page that the whole gives.
 */


#include <jansson.h>

#include "buffer.h"
#include "fuzz.h"
#include "html.h"
#include "scan.h"
#include "utf8.h"


typedef struct {
    urlmeta_scan_t  *sc;
    unsigned long    hash;
    unsigned         tokens;
} sink_t;


static void mix(sink_t *s, const char *data, size_t len);
static int check_token(void *data, const urlmeta_token_t *token);
static unsigned long scan(const char *data, size_t len, size_t step);
static json_t *read_page(const char *data, size_t len, unsigned how,
    size_t step);


static void
mix(sink_t *s, const char *data, size_t len)
{
    while (len--) {
        s->hash = (s->hash ^ (unsigned char) *data++) * 1099511628211UL;
    }
}


static int
check_token(void *data, const urlmeta_token_t *token)
{
    sink_t       *s = data;

    size_t        bytes;
    unsigned      i, j;
    const char   *p;

    s->tokens++;

    if (token->type == URLMETA_TOKEN_TEXT) {

        /* comes in as many pieces as it likes */

        mix(s, token->text, token->text_len);

        return URLMETA_OK;
    }

    mix(s, "\xff", 1);

    if (token->type == URLMETA_TOKEN_COMMENT) {
        mix(s, token->text, token->text_len);

        return URLMETA_OK;
    }

    if (token->type == URLMETA_TOKEN_DOCTYPE) {
        return URLMETA_OK;
    }

    mix(s, token->name, token->name_len);

    for (p = token->name; p < token->name + token->name_len; p++) {
        must(*p < 'A' || *p > 'Z');
    }

    must(token->nattrs <= URLMETA_SCAN_MAX_ATTRS);

    bytes = 0;

    for (i = 0; i < token->nattrs; i++) {
        bytes += token->attrs[i].name_len;

        for (j = 0; j < i; j++) {
            must(token->attrs[i].name_len != token->attrs[j].name_len
                 || memcmp(token->attrs[i].name, token->attrs[j].name,
                           token->attrs[i].name_len) != 0);
        }

        must(urlmeta_utf8_valid(token->attrs[i].value,
                                token->attrs[i].value_len)
             == token->attrs[i].value_len);

        mix(s, token->attrs[i].name, token->attrs[i].name_len);
        mix(s, "=", 1);
        mix(s, token->attrs[i].value, token->attrs[i].value_len);
    }

    must(bytes <= URLMETA_SCAN_MAX_TAG);

    mix(s, token->self_closing ? "/" : ">", 1);
    mix(s, token->truncated ? "!" : ".", 1);

    return URLMETA_OK;
}


static unsigned long
scan(const char *data, size_t len, size_t step)
{
    char    *piece;
    size_t   n;
    sink_t   s;

    memset(&s, 0, sizeof(sink_t));

    s.sc = urlmeta_scan_create(check_token, &s);
    must(s.sc != NULL);

    urlmeta_scan_want_all(s.sc);

    while (len) {
        n = fuzz_piece(len, step);
        piece = fuzz_copy(data, n);

        must(urlmeta_scan_feed(s.sc, piece, n) == URLMETA_OK);

        free(piece);
        data += n;
        len -= n;
    }

    must(urlmeta_scan_finish(s.sc) == URLMETA_OK);
    urlmeta_scan_destroy(s.sc);

    return s.hash;
}


static json_t *
read_page(const char *data, size_t len, unsigned how, size_t step)
{
    int              rc;
    char            *piece;
    size_t           n;
    json_t          *page;
    urlmeta_html_t  *h;

    h = urlmeta_html_create("https://example.com/dir/doc?a=b", how & 1);
    must(h != NULL);

    urlmeta_html_extent(h, (urlmeta_extent_e) (how / 2));

    rc = URLMETA_OK;

    while (len && rc == URLMETA_OK) {
        n = fuzz_piece(len, step);
        piece = fuzz_copy(data, n);

        rc = urlmeta_html_feed(h, piece, n);
        must(rc == URLMETA_OK || rc == URLMETA_DONE);

        free(piece);
        data += n;
        len -= n;
    }

    page = urlmeta_html_finish(h);
    must(page != NULL);

    urlmeta_html_destroy(h);

    return page;
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
    size_t          step;
    json_t         *whole, *pieces;
    unsigned        how;
    urlmeta_buf_t   text;

    how = fuzz_choice(&data, &size, 6);
    step = fuzz_choice(&data, &size, 20);

    memset(&text, 0, sizeof(urlmeta_buf_t));

    must(urlmeta_utf8_add(&text, (const char *) data, size) == URLMETA_OK);

    if (text.len) {
        must(scan(text.data, text.len, 0)
             == scan(text.data, text.len, step + 1));

        whole = read_page(text.data, text.len, how, 0);
        pieces = read_page(text.data, text.len, how, step + 1);

        must(json_equal(whole, pieces));

        json_decref(whole);
        json_decref(pieces);
    }

    urlmeta_buf_free(&text);

    return 0;
}
