
/*
 * Pictures and PDF files: what their first bytes say.
 */


#include "tap.h"
#include "media_image.h"
#include "page.h"


#define bytes(s)  s, sizeof(s) - 1


static void is_image(const char *data, size_t len, const char *type,
    int width, int height, int done, const char *name);
static void is_title(const char *data, const char *title, const char *name);
static void webp(void);
static void jpeg(void);
static void avif(void);
static size_t box(char *out, const char *type, const char *data, size_t len);
static void pdf(void);
static void cards(void);
static void hostile(void);


int
main(void)
{
    urlmeta_init();

    is_image(bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\4\xb0\0\0\2\x76\x08\2"),
             "image/png", 1200, 630, 1, "PNG");
    is_image(bytes("\x89PNG\r\n\x1a\n\0\0\0\4CgBI\0\0\0\1\0\0\0\1\0\0"),
             "image/png", 0, 0, 1, "PNG without a header");
    is_image(bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\0\0\0\1"),
             "image/png", 0, 0, 1, "PNG too wide");
    is_image(bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0"), "image/png", 0, 0, 0,
             "PNG cut off");
    is_image(bytes("GIF89a\x40\1\xf0\0\xf7\0\0\0\0\0"), "image/gif", 320, 240,
             1, "GIF");
    is_image(bytes("GIF87a\0\0\xf0\0\xf7\0\0\0\0\0"), "image/gif", 0, 0, 1,
             "GIF without a width");
    is_image(bytes("BM..............."), NULL, 0, 0, 1, "not known");

    webp();
    jpeg();
    avif();
    pdf();
    cards();
    hostile();

    return done_testing();
}


/* whole, and byte by byte */

static void
is_image(const char *data, size_t len, const char *type, int width,
    int height, int done, const char *name)
{
    int               rc;
    size_t            i, n, step;
    char             *piece;
    json_t           *page;
    const char       *got;
    urlmeta_image_t   im;

    for (step = 0; step < 2; step++) {
        memset(&im, 0, sizeof(im));
        rc = URLMETA_OK;

        for (i = 0; i < len && rc == URLMETA_OK; i += n) {
            n = step ? 1 : len;
            piece = malloc(n);
            memcpy(piece, data + i, n);
            rc = urlmeta_image_feed(&im, piece, n);
            free(piece);
        }

        page = urlmeta_page_create("image", "https://example.com/");

        ok(urlmeta_image_set(&im, page) == URLMETA_OK, "%s", name);

        got = json_string_value(json_object_get(page, "type"));

        is_str(got, type, "type");
        is_int(json_integer_value(json_object_get(page, "width")), width,
               "width");
        is_int(json_integer_value(json_object_get(page, "height")), height,
               "height");
        is_int(rc == URLMETA_DONE, done, "no more is wanted");

        json_decref(page);
        urlmeta_image_free(&im);
    }
}


static void
webp(void)
{
    is_image(bytes("RIFF\x1a\0\0\0WEBPVP8 \x0e\0\0\0\x30\1\0\x9d\x01\x2a"
                   "\x58\x02\x90\x01"), "image/webp", 600, 400, 1, "VP8");
    is_image(bytes("RIFF\x1a\0\0\0WEBPVP8 \x0e\0\0\0\x31\1\0\x9d\x01\x2a"
                   "\x58\x02\x90\x01"), "image/webp", 0, 0, 1,
             "VP8, no key frame");
    is_image(bytes("RIFF\x1a\0\0\0WEBPVP8L\x0e\0\0\0\x2f\x57\xc2\x63\0\0\0\0"
                   "\0\0\0"), "image/webp", 600, 400, 1, "VP8L");
    is_image(bytes("RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xaf\x04\0"
                   "\x75\x02\0"), "image/webp", 1200, 630, 1, "VP8X");
    is_image(bytes("RIFF\x1a\0\0\0WEBPVP8?\x0a\0\0\0\x10\0\0\0\xaf\x04\0"
                   "\x75\x02\0"), "image/webp", 0, 0, 1, "VP8?");
}


static void
jpeg(void)
{
    char  *data;

    is_image(bytes("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
                   "\xff\xc0\0\x11\x08\x02\x76\x04\xb0\3"), "image/jpeg",
             1200, 630, 1, "JPEG");
    is_image(bytes("\xff\xd8\xff\xff\xff\xe0\0\2\xff\x01\xff\xc4\0\4ab"
                   "\xff\xc2\0\x11\x08\0\x10\0\x20\3"), "image/jpeg", 32, 16,
             1, "JPEG, progressive");
    is_image(bytes("\xff\xd8\xff\xda\0\4abcdefghijkl"), "image/jpeg", 0, 0, 1,
             "JPEG without a frame");
    is_image(bytes("\xff\xd8\xff\xe0\0\1abcdefghijkl"), "image/jpeg", 0, 0, 1,
             "JPEG, a bad length");
    is_image(bytes("\xff\xd8\xff\xe0\0\2abcdefghijkl"), "image/jpeg", 0, 0, 1,
             "JPEG, no marker");
    is_image(bytes("\xff\xd8\xff\xe0\xf0\0" "abcdefghijkl"), "image/jpeg",
             0, 0, 0, "JPEG cut off");

    /* a thumbnail before it */

    data = calloc(1, 60100);
    memcpy(data, "\xff\xd8\xff\xe1\xea\x5e", 6);
    memcpy(data + 4 + 0xea5e, "\xff\xc1\0\x11\x08\0\x10\0\x20\3", 10);

    is_image(data, 4 + 0xea5e + 10, "image/jpeg", 32, 16, 1,
             "JPEG behind 60 KB");
    free(data);

    data = calloc(1, 140000);
    memcpy(data, "\xff\xd8\xff\xe1\xff\xff", 6);
    memcpy(data + 4 + 0xffff, "\xff\xe1\xff\xff", 4);

    is_image(data, 140000, "image/jpeg", 0, 0, 1, "JPEG beyond the bound");
    free(data);
}


static size_t
box(char *out, const char *type, const char *data, size_t len)
{
    out[0] = 0;
    out[1] = 0;
    out[2] = (char) ((len + 8) >> 8);
    out[3] = (char) (len + 8);
    memcpy(out + 4, type, 4);
    memmove(out + 8, data, len);

    return len + 8;
}


static void
avif(void)
{
    char    data[512], ipco[128], iprp[256], meta[256];
    size_t  n, len;

    n = box(ipco, "ispe", bytes("\0\0\0\0\0\0\0\x40\0\0\0\x40"));
    n += box(ipco + n, "pixi", bytes("\0\0\0\0\3\x08\x08\x08"));
    n += box(ipco + n, "ispe", bytes("\0\0\0\0\0\0\4\xb0\0\0\2\x76"));

    n = box(iprp, "ipco", ipco, n);
    n += box(iprp + n, "ipma", bytes("\0\0\0\0\0\0\0\0"));

    memcpy(meta, "\0\0\0\0", 4);
    len = 4 + box(meta + 4, "hdlr", bytes("\0\0\0\0\0\0\0\0pict\0\0\0\0"));
    len += box(meta + len, "iprp", iprp, n);

    n = box(data, "ftyp", bytes("avif\0\0\0\0avifmif1"));
    n += box(data + n, "meta", meta, len);
    n += box(data + n, "mdat", bytes("0123456789"));

    is_image(data, n, "image/avif", 1200, 630, 1, "AVIF, the larger of two");

    memset(data + n - 18, 0, 18);
    is_image(data, n, "image/avif", 1200, 630, 1, "AVIF, a box to the end");

    len = box(data, "ftyp", bytes("avif\0\0\0\0avifmif1"));
    memcpy(data + len, "\0\0\0\1mdat\0\0\0\0\0\0\0\7xxxxxxxxxxx", 27);
    is_image(data, len + 27, "image/avif", 0, 0, 1, "AVIF, a bad length");

    memcpy(data + len, "\0\0\0\1mdat\0\0\0\1\0\0\0\7xxxxxxxxxxx", 27);
    is_image(data, len + 27, "image/avif", 0, 0, 1, "AVIF, 64 bits");
}


static void
is_title(const char *data, const char *title, const char *name)
{
    urlmeta_buf_t  b;

    memset(&b, 0, sizeof(b));

    ok(urlmeta_pdf_title(&b, data, strlen(data)) == URLMETA_OK, "%s", name);
    is_str(b.len ? b.data : NULL, title, name);

    urlmeta_buf_free(&b);
}


static void
pdf(void)
{
    is_title("%PDF-1.4\n1 0 obj\n<</Producer(x)/Title(The title)>>\nendobj",
             "The title", "PDF");
    is_title("%PDF-1.4\n1 0 obj\n<</Title (A \\(b\\) (c) \\\\ \\101\\\n d)"
             " /CreationDate (D:2024)>>\nendobj", "A (b) (c) \\ A d",
             "PDF: escapes");
    is_title("%PDF-1.4\n1 0 obj\n<</Title<FEFF 00e9D83DDE00>/Creator(x)>>",
             "\xc3\xa9\xf0\x9f\x98\x80", "PDF: UTF-16");
    is_title("%PDF-1.4\n1 0 obj\n<</Title(\xe9t\xe9)/Creator(x)>>",
             "\xc3\xa9t\xc3\xa9", "PDF: Latin-1");
    is_title("%PDF-1.4\n1 0 obj\n<</Title(\xef\xbb\xbf\xc3\xa9\xff)"
             "/Creator(x)>>", "\xc3\xa9\xef\xbf\xbd", "PDF: UTF-8");
    is_title("%PDF-1.4\n1 0 obj\n<</Title(A chapter)/Parent 2 0 R>>\nendobj\n"
             "2 0 obj\n<</Producer(x)/Title(B)>>", "B",
             "PDF: a bookmark is none");
    is_title("%PDF-1.4\n1 0 obj\n<</Producer(x)/Title(no end", NULL,
             "PDF: cut off");
    is_title("%PDF-1.4\n1 0 obj\n<</Producer(x)/Title<<4142>>", NULL,
             "PDF: no string");
    is_title("%PDF-1.4\n1 0 obj\n<</Producer(x)/Title()>>", NULL,
             "PDF: empty");
    is_title("%PDF-1.4 /Title", NULL, "PDF: nothing of it");
    is_title("", NULL, "PDF: nothing");
}


static void
cards(void)
{
    json_t            *p;
    urlmeta_buf_t      out;
    urlmeta_http_t     http;
    urlmeta_reader_t  *rd;

    static const char  png[] =
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\4\xb0\0\0\2\x76\x08\2";

    static const char  file[] =
        "%PDF-1.4\n1 0 obj\n<</Producer(x)/Title(The title)>>\nendobj\n";

    memset(&out, 0, sizeof(out));
    memset(&http, 0, sizeof(http));

    http.requested_url = "https://example.com/a/b.png";
    http.effective_url = http.requested_url;
    http.status = 200;
    http.content_type = "application/octet-stream";

    rd = urlmeta_reader_create(http.requested_url, http.content_type, 0);

    is_int(urlmeta_reader_feed(rd, png, sizeof(png) - 1), URLMETA_OK,
           "a type that the bytes tell");
    is_int(urlmeta_reader_card(rd, &http, &out), URLMETA_OK, "its card");

    p = json_loads(out.data, 0, NULL);

    is_str(json_string_value(json_object_get(p, "type")), "image", "type");
    is_str(json_string_value(json_object_get(p, "title")), "b.png", "title");
    is_int(json_integer_value(json_object_get(json_object_get(p, "image"),
                                              "width")), 1200, "width");
    is_int(json_integer_value(json_object_get(json_object_get(p, "image"),
                                              "height")), 630, "height");
    is_str(json_string_value(json_object_get(json_object_get(p, "image"),
                                             "type")), "image/png",
           "media type");
    is_str(json_string_value(json_object_get(p, "layout")), "large",
           "layout");

    json_decref(p);
    urlmeta_reader_destroy(rd);
    urlmeta_buf_reset(&out);

    http.content_type = "application/pdf";
    rd = urlmeta_reader_create(http.requested_url, http.content_type, 0);

    is_int(urlmeta_reader_feed(rd, file, sizeof(file) - 1), URLMETA_OK,
           "a PDF file");
    is_int(urlmeta_reader_card(rd, &http, &out), URLMETA_OK, "its card");

    p = json_loads(out.data, 0, NULL);

    is_str(json_string_value(json_object_get(p, "type")), "file", "type");
    is_str(json_string_value(json_object_get(p, "title")), "The title",
           "title");

    json_decref(p);
    urlmeta_reader_destroy(rd);

    rd = urlmeta_reader_create(http.requested_url, "application/zip", 0);

    is_int(urlmeta_reader_feed(rd, "PK\3\4xxxxxxxxxxxxxxxxxx", 22),
           URLMETA_DONE, "another file is not read on");

    urlmeta_reader_destroy(rd);
    urlmeta_buf_free(&out);
}


/* anything behind each beginning, cut anywhere */

static void
hostile(void)
{
    char                *data;
    size_t               i, k, n, len;
    json_t              *page;
    urlmeta_image_t      im;
    unsigned             seed;

    static const struct {
        const char  *data;
        size_t       len;
    } magic[] = {
        { bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR") },
        { bytes("\xff\xd8\xff") },
        { bytes("GIF89a") },
        { bytes("RIFF....WEBPVP8") },
        { bytes("\0\0\0\x10" "ftypavif\0\0\0\0\0\0\0\x80meta\0\0\0\0"
                "\0\0\0\x60iprp\0\0\0\x50ipco") },
        { bytes("%PDF-1.4\n1 0 obj<</Producer(/Title(/Title<") }
    };

    seed = 1;
    n = 0;

    for (i = 0; i < sizeof(magic) / sizeof(magic[0]); i++) {

        for (k = 0; k < 2000; k++) {
            len = magic[i].len + k % 97;
            data = malloc(len);
            memcpy(data, magic[i].data, magic[i].len);

            for (n = magic[i].len; n < len; n++) {
                seed = seed * 1103515245 + 12345;
                data[n] = (char) ((seed >> 16) & (k % 3 ? 0xff : 0x0f));
            }

            memset(&im, 0, sizeof(im));
            page = urlmeta_page_create("image", "https://example.com/");

            if (urlmeta_image_feed(&im, data, len) == URLMETA_ERROR
                || urlmeta_image_set(&im, page) != URLMETA_OK)
            {
                ok(0, "hostile");
            }

            json_decref(page);
            urlmeta_image_free(&im);
            free(data);
        }
    }

    /* titles without end */

    len = URLMETA_IMAGE_MAX;
    data = malloc(len);

    for (i = 0; i < 3; i++) {

        static const char  *repeated[] = { "/Title(", " obj/Title/Creator",
                                           "/" };

        for (n = 0; n < len; n++) {
            data[n] = repeated[i][n % strlen(repeated[i])];
        }

        memcpy(data, "%PDF-1.4 obj/Creator", 20);
        memset(&im, 0, sizeof(im));
        page = urlmeta_page_create("file", "https://example.com/");

        ok(urlmeta_image_feed(&im, data, len) == URLMETA_DONE
           && urlmeta_image_set(&im, page) == URLMETA_OK, "hostile PDF");

        json_decref(page);
        urlmeta_image_free(&im);
    }

    free(data);
}
