
/*
 * The growable buffer.
 */


#include <stdint.h>

#include "tap.h"
#include "buffer.h"


int
main(void)
{
    int            i, good;
    size_t         size;
    const char    *data;
    urlmeta_buf_t  b = { NULL, 0, 0 };

    is_int(urlmeta_buf_add(&b, NULL, 0), URLMETA_OK, "nothing is added");
    is_str(b.data, "", "and the text is zero terminated");

    urlmeta_buf_add_str(&b, "abc");
    urlmeta_buf_add(&b, "\0d", 2);
    is_int((long long) b.len, 5, "bytes are counted, a zero too");
    ok(memcmp(b.data, "abc\0d", 6) == 0, "bytes are kept");

    urlmeta_buf_reset(&b);
    is_int((long long) b.len, 0, "reset empties");
    is_str(b.data, "", "and terminates");

    urlmeta_buf_add_utf8(&b, 'A');
    urlmeta_buf_add_utf8(&b, 0xe9);
    urlmeta_buf_add_utf8(&b, 0x20ac);
    urlmeta_buf_add_utf8(&b, 0x1f600);
    urlmeta_buf_add_utf8(&b, 0x10ffff);
    is_str(b.data, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf",
           "UTF-8 of one to four bytes");

    urlmeta_buf_reset(&b);
    urlmeta_buf_add_utf8(&b, 0xd800);
    urlmeta_buf_add_utf8(&b, 0xdfff);
    urlmeta_buf_add_utf8(&b, 0x110000);
    is_str(b.data, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
           "what is no scalar value becomes U+FFFD");

    urlmeta_buf_reset(&b);
    urlmeta_buf_add_utf8(&b, 0);
    is_int((long long) b.len, 1, "U+0000 is one byte");

    urlmeta_buf_reset(&b);
    urlmeta_buf_printf(&b, "%d-%s", 42, "x");
    urlmeta_buf_printf(&b, "%1000d", 7);
    is_int((long long) b.len, 1004, "printf adds and makes room");
    ok(strncmp(b.data, "42-x   ", 7) == 0 && b.data[1003] == '7',
       "printf writes all of it");

    data = b.data;
    size = b.size;
    is_int(urlmeta_buf_reserve(&b, SIZE_MAX - 10), URLMETA_ERROR,
           "a length that overflows is an error");
    is_int(urlmeta_buf_reserve(&b, SIZE_MAX), URLMETA_ERROR,
           "the greatest length is an error");
    ok(b.data == data && b.size == size && b.len == 1004,
       "which leaves the buffer as it was");

    urlmeta_buf_free(&b);
    ok(b.data == NULL && b.len == 0 && b.size == 0, "free zeroes");

    good = 1;

    for (i = 0; i < 100000; i++) {
        good = good && urlmeta_buf_add_char(&b, (char) ('a' + i % 26)) == 0;
    }

    for (i = 0; i < 100000; i++) {
        good = good && b.data[i] == 'a' + i % 26;
    }

    ok(good && b.len == 100000 && b.data[100000] == '\0',
       "a text built byte by byte");

    urlmeta_buf_free(&b);

    return done_testing();
}
