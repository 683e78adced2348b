
/*
 * The whole way: any bytes to the card, and the card to each format.  The
 * first byte chooses the Content-Type, the second the size of the pieces, the
 * third details and how much is read.
 */


#include <jansson.h>

#include "buffer.h"
#include "formats.h"
#include "fuzz.h"
#include "urlmeta.h"
#include "utf8.h"


/* what a card without details may take */
#define MAX_CARD  16384


static void read_card(urlmeta_buf_t *card, const uint8_t *data, size_t size,
    const char *type, unsigned how, size_t step);
static void check_json(urlmeta_buf_t *card, int details);
static void check_html(urlmeta_buf_t *card, urlmeta_format_e format);


static const char  *types[] = {
    NULL, "text/html; charset=utf-8", "text/html", "application/xhtml+xml",
    "application/rss+xml", "application/atom+xml; charset=iso-8859-1",
    "image/png", "image/webp", "text/plain", "application/pdf", "video/mp4",
    "application/octet-stream", "text/html; charset=shift_jis", "image/avif",
    "image/gif", "image/jpeg"
};


static void
read_card(urlmeta_buf_t *card, const uint8_t *data, size_t size,
    const char *type, unsigned how, size_t step)
{
    int                rc;
    char              *piece;
    size_t             n;
    urlmeta_http_t     http;
    urlmeta_reader_t  *rd;

    static const urlmeta_redirect_t  redirect = {
        301, "http://example.com/moved"
    };

    rd = urlmeta_reader_create("https://example.com/dir/doc", type, how & 1);
    must(rd != NULL);

    urlmeta_reader_extent(rd, (urlmeta_extent_e) (how / 2));

    memset(card, 0, sizeof(urlmeta_buf_t));
    memset(&http, 0, sizeof(urlmeta_http_t));

    http.requested_url = "http://example.com/moved";
    http.effective_url = "https://example.com/dir/doc";
    http.status = 200;
    http.content_type = type;
    http.bytes = size;
    http.redirects = &redirect;
    http.nredirects = 1;

    rc = URLMETA_OK;

    while (size && rc == URLMETA_OK) {
        n = fuzz_piece(size, step);
        piece = fuzz_copy(data, n);

        rc = urlmeta_reader_feed(rd, piece, n);
        must(rc == URLMETA_OK || rc == URLMETA_DONE);

        free(piece);
        data += n;
        size -= n;
    }

    must(urlmeta_reader_card(rd, &http, card) == URLMETA_OK);

    urlmeta_reader_destroy(rd);
}


static void
check_json(urlmeta_buf_t *card, int details)
{
    json_t        *value;
    json_error_t   e;

    must(urlmeta_utf8_valid(card->data, card->len) == card->len);
    must(strlen(card->data) == card->len);
    must(strcspn(card->data, "<>&") == card->len);
    must(details || card->len <= MAX_CARD);

    value = json_loadb(card->data, card->len,
                       JSON_DECODE_INT_AS_REAL|JSON_ALLOW_NUL, &e);
    must(json_is_object(value));
    must(json_is_string(json_object_get(value, "url")));
    must(json_is_string(json_object_get(value, "type")));

    json_decref(value);
}


static void
check_html(urlmeta_buf_t *card, urlmeta_format_e format)
{
    char           *p;
    urlmeta_buf_t   out;

    memset(&out, 0, sizeof(urlmeta_buf_t));

    must(urlmeta_format_card(format, card->data, card->len, &out)
         == URLMETA_OK);
    must(out.data && urlmeta_utf8_valid(out.data, out.len) == out.len);
    must(strlen(out.data) == out.len);

    if (format != URLMETA_FORMAT_JSON) {

        for (p = out.data; *p; p++) {

            if (*p >= 'A' && *p <= 'Z') {
                *p |= 0x20;
            }
        }

        must(strstr(out.data, "<script") == NULL);
        must(strstr(out.data, "=\"javascript:") == NULL);
        must(strstr(out.data, "=\"data:") == NULL);

        must(!urlmeta_formats_is_dialect(format)
             || format == URLMETA_FORMAT_OEMBED_XML
             || strcspn(out.data, "<>&") == out.len);
    }

    urlmeta_buf_free(&out);
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
    unsigned        type, how, i;
    urlmeta_buf_t   whole, pieces;

    type = fuzz_choice(&data, &size, sizeof(types) / sizeof(char *));
    step = fuzz_choice(&data, &size, 20);
    how = fuzz_choice(&data, &size, 6);

    read_card(&whole, data, size, types[type], how, 0);
    read_card(&pieces, data, size, types[type], how, step + 1);

    must(whole.len == pieces.len);
    must(memcmp(whole.data, pieces.data, whole.len) == 0);

    check_json(&whole, how & 1);

    for (i = 0; i < URLMETA_FORMAT_MAX; i++) {
        check_html(&whole, (urlmeta_format_e) i);
    }

    urlmeta_buf_free(&whole);
    urlmeta_buf_free(&pieces);

    return 0;
}
