
/*
 * Any bytes to UTF-8.  The first byte chooses the Content-Type, the second the
 * size of the pieces; the output is valid, and the same as in one piece.
 */


#include "buffer.h"
#include "charset.h"
#include "fuzz.h"
#include "utf8.h"


static int keep(void *data, const char *utf8, size_t len);
static void convert(urlmeta_buf_t *out, const char *type, int xml,
    const uint8_t *data, size_t size, size_t step, const char **name,
    urlmeta_charset_from_e *from);


static const char  *types[] = {
    NULL, "text/html", "text/html; charset=utf-8",
    "text/html; charset=windows-1252", "text/html;charset=\"Shift_JIS\"",
    "text/html; charset=gb18030", "text/html; charset=euc-kr",
    "text/html; charset=iso-2022-jp", "text/html; charset=big5",
    "text/html; charset=utf-16le", "text/html; charset=utf-16be",
    "text/html; charset=x-user-defined", "text/html; charset=replacement",
    "text/html; charset=koi8-u", "text/html; charset=iso-8859-8-i",
    "text/html; charset=none", "text/html; charset=euc-jp",
    "text/html; charset=x-mac-cyrillic"
};


static int
keep(void *data, const char *utf8, size_t len)
{
    must(len <= 16384);
    must(urlmeta_utf8_valid(utf8, len) == len);
    must(urlmeta_buf_add(data, utf8, len) == URLMETA_OK);

    return URLMETA_OK;
}


static void
convert(urlmeta_buf_t *out, const char *type, int xml, const uint8_t *data,
    size_t size, size_t step, const char **name, urlmeta_charset_from_e *from)
{
    char               *piece;
    size_t              n;
    urlmeta_charset_t  *cs;

    memset(out, 0, sizeof(urlmeta_buf_t));

    cs = urlmeta_charset_create(type, keep, out);
    must(cs != NULL);

    if (xml) {
        urlmeta_charset_xml(cs);
    }

    while (size) {
        n = fuzz_piece(size, step);
        piece = fuzz_copy(data, n);

        must(urlmeta_charset_feed(cs, piece, n) == URLMETA_OK);

        free(piece);
        data += n;
        size -= n;
    }

    must(urlmeta_charset_finish(cs) == URLMETA_OK);

    *name = urlmeta_charset_name(cs);
    *from = urlmeta_charset_from(cs);

    must(*name != NULL);
    must(*from != URLMETA_CHARSET_NONE);

    /* names are labels of themselves */
    must(urlmeta_charset_lookup(*name, strlen(*name)) == *name);

    urlmeta_charset_destroy(cs);
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    urlmeta_charset_init();

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                      xml;
    size_t                   step;
    unsigned                 type;
    const char              *name, *again;
    urlmeta_buf_t            whole, pieces;
    urlmeta_charset_from_e   from, how;

    type = fuzz_choice(&data, &size, 2 * sizeof(types) / sizeof(char *));
    step = fuzz_choice(&data, &size, 20);

    xml = type & 1;
    type /= 2;

    convert(&whole, types[type], xml, data, size, 0, &name, &from);
    convert(&pieces, types[type], xml, data, size, step + 1, &again, &how);

    must(name == again);
    must(from == how);
    must(whole.len == pieces.len);
    must(whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0);

    urlmeta_buf_free(&whole);
    urlmeta_buf_free(&pieces);

    return 0;
}
