
/*
 * The type, width and height of a picture, by its first bytes.
 */


#include <string.h>

#include "media_image.h"


/* a side that is longer is no picture */
#define URLMETA_IMAGE_MAX_SIDE  100000

/* boxes of AVIF's meta box that are looked at */
#define URLMETA_IMAGE_MAX_BOXES  512


static void urlmeta_image_look(urlmeta_image_t *im);
static void urlmeta_image_png(urlmeta_image_t *im, const unsigned char *p);
static void urlmeta_image_gif(urlmeta_image_t *im, const unsigned char *p);
static void urlmeta_image_webp(urlmeta_image_t *im, const unsigned char *p);
static void urlmeta_image_jpeg(urlmeta_image_t *im, const unsigned char *p);
static void urlmeta_image_avif(urlmeta_image_t *im, const unsigned char *p);
static void urlmeta_image_sides(urlmeta_image_t *im, unsigned long width,
    unsigned long height);
static int urlmeta_image_has(urlmeta_image_t *im, size_t len);
static int urlmeta_image_box(const unsigned char *p, size_t *header,
    size_t *size);
static unsigned long urlmeta_image_be(const unsigned char *p, unsigned n);
static unsigned long urlmeta_image_le(const unsigned char *p, unsigned n);


int
urlmeta_image_feed(urlmeta_image_t *im, const char *data, size_t len)
{
    size_t  n;

    if (im->done) {
        return URLMETA_DONE;
    }

    n = URLMETA_IMAGE_MAX - im->buf.len;

    if (n > len) {
        n = len;
    }

    if (urlmeta_buf_add(&im->buf, data, n) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    if (im->buf.len >= im->need) {
        urlmeta_image_look(im);
    }

    if (im->buf.len == URLMETA_IMAGE_MAX) {
        im->done = 1;
    }

    return im->done ? URLMETA_DONE : URLMETA_OK;
}


int
urlmeta_image_set(urlmeta_image_t *im, json_t *page)
{
    json_t  *titles;

    if (im->type == NULL) {
        return URLMETA_OK;
    }

    if (strcmp(im->type, "application/pdf") == 0) {

        if (urlmeta_pdf_title(&im->title, im->buf.data, im->buf.len)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }

        titles = json_object_get(page, "titles");

        if (im->title.len
            && json_array_append_new(titles, json_stringn(im->title.data,
                                                          im->title.len))
               != 0)
        {
            return URLMETA_ERROR;
        }

        return URLMETA_OK;
    }

    if (json_object_set_new(page, "type", json_string(im->type)) != 0) {
        return URLMETA_ERROR;
    }

    if (im->width
        && (json_object_set_new(page, "width",
                                json_integer((json_int_t) im->width)) != 0
            || json_object_set_new(page, "height",
                                   json_integer((json_int_t) im->height))
               != 0))
    {
        return URLMETA_ERROR;
    }

    return URLMETA_OK;
}


void
urlmeta_image_free(urlmeta_image_t *im)
{
    urlmeta_buf_free(&im->buf);
    urlmeta_buf_free(&im->title);
}


static void
urlmeta_image_look(urlmeta_image_t *im)
{
    size_t                i;
    const unsigned char  *p;

    static const struct {
        const char       *magic;
        size_t            len;
        size_t            offset;
        const char       *type;
        void            (*look)(urlmeta_image_t *im, const unsigned char *p);
    } types[] = {
        { "\x89PNG\r\n\x1a\n", 8, 0, "image/png", urlmeta_image_png },
        { "\xff\xd8\xff", 3, 0, "image/jpeg", urlmeta_image_jpeg },
        { "GIF87a", 6, 0, "image/gif", urlmeta_image_gif },
        { "GIF89a", 6, 0, "image/gif", urlmeta_image_gif },
        { "WEBPVP8", 7, 8, "image/webp", urlmeta_image_webp },
        { "ftypavif", 8, 4, "image/avif", urlmeta_image_avif },
        { "ftypavis", 8, 4, "image/avif", urlmeta_image_avif },
        { "%PDF-", 5, 0, "application/pdf", NULL }
    };

    /* the longest of these, with what is before it */

    if (!urlmeta_image_has(im, 16)) {
        return;
    }

    p = (const unsigned char *) im->buf.data;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {

        if (memcmp(p + types[i].offset, types[i].magic, types[i].len) == 0) {
            im->type = types[i].type;

            if (types[i].look) {
                types[i].look(im, p);

            } else {
                im->need = URLMETA_IMAGE_MAX;
            }

            return;
        }
    }

    im->done = 1;
}


/* the first chunk is IHDR (the PNG specification, section 5.6) */

static void
urlmeta_image_png(urlmeta_image_t *im, const unsigned char *p)
{
    if (!urlmeta_image_has(im, 24)) {
        return;
    }

    if (memcmp(p + 12, "IHDR", 4) == 0) {
        urlmeta_image_sides(im, urlmeta_image_be(p + 16, 4),
                            urlmeta_image_be(p + 20, 4));
    }

    im->done = 1;
}


static void
urlmeta_image_gif(urlmeta_image_t *im, const unsigned char *p)
{
    urlmeta_image_sides(im, urlmeta_image_le(p + 6, 2),
                        urlmeta_image_le(p + 8, 2));
    im->done = 1;
}


/* RFC 9649, section 2; for the frame header RFC 6386, section 9.1 */

static void
urlmeta_image_webp(urlmeta_image_t *im, const unsigned char *p)
{
    unsigned long  bits;

    if (!urlmeta_image_has(im, 30)) {
        return;
    }

    switch (p[15]) {

    case 'X':
        urlmeta_image_sides(im, urlmeta_image_le(p + 24, 3) + 1,
                            urlmeta_image_le(p + 27, 3) + 1);
        break;

    case 'L':

        if (p[20] == 0x2f) {
            bits = urlmeta_image_le(p + 21, 4);

            urlmeta_image_sides(im, (bits & 0x3fff) + 1,
                                ((bits >> 14) & 0x3fff) + 1);
        }

        break;

    case ' ':

        if ((p[20] & 1) == 0 && memcmp(p + 23, "\x9d\x01\x2a", 3) == 0) {
            urlmeta_image_sides(im, urlmeta_image_le(p + 26, 2) & 0x3fff,
                                urlmeta_image_le(p + 28, 2) & 0x3fff);
        }

        break;

    default:
        break;
    }

    im->done = 1;
}


/* ITU-T T.81, annex B: segments up to a frame header (SOF) */

static void
urlmeta_image_jpeg(urlmeta_image_t *im, const unsigned char *p)
{
    size_t         len;
    unsigned char  marker;

    if (im->pos == 0) {
        im->pos = 2;
    }

    while (urlmeta_image_has(im, im->pos + 4)) {

        if (p[im->pos] != 0xff) {
            im->done = 1;
            return;
        }

        marker = p[im->pos + 1];

        /* fill bytes, and markers without a segment */

        if (marker == 0xff) {
            im->pos++;
            continue;
        }

        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
            im->pos += 2;
            continue;
        }

        if (marker == 0xd9 || marker == 0xda) {

            /* the picture, or its end, and no header of it */

            im->done = 1;
            return;
        }

        len = urlmeta_image_be(p + im->pos + 2, 2);

        if (len < 2) {
            im->done = 1;
            return;
        }

        if (marker >= 0xc0 && marker <= 0xcf
            && marker != 0xc4 && marker != 0xc8 && marker != 0xcc)
        {
            if (!urlmeta_image_has(im, im->pos + 9)) {
                return;
            }

            urlmeta_image_sides(im, urlmeta_image_be(p + im->pos + 7, 2),
                                urlmeta_image_be(p + im->pos + 5, 2));
            im->done = 1;
            return;
        }

        im->pos += 2 + len;
    }

    if (im->pos + 4 > URLMETA_IMAGE_MAX) {
        im->done = 1;
    }
}


/*
 * ISO/IEC 23008-12: meta, iprp, ipco, ispe.  Of several the largest: the
 * others are of thumbnails and of a grid's tiles.
 */

static void
urlmeta_image_avif(urlmeta_image_t *im, const unsigned char *p)
{
    size_t                i, pos, end, header, size;
    unsigned              boxes;
    unsigned long         width, height;
    const unsigned char  *type;

    static const char    *path[] = { "meta", "iprp", "ipco", "ispe" };

    pos = 0;
    end = URLMETA_IMAGE_MAX;
    i = 0;

    for (boxes = 0; boxes < URLMETA_IMAGE_MAX_BOXES; boxes++) {

        if (pos + 8 > end) {
            break;
        }

        if (!urlmeta_image_has(im, pos + 16)) {
            return;
        }

        if (urlmeta_image_box(p + pos, &header, &size) != 0) {
            break;
        }

        type = p + pos + 4;

        if (memcmp(type, path[i], 4) != 0) {

            if (size > URLMETA_IMAGE_MAX) {
                break;
            }

            pos += size;
            continue;
        }

        if (i < 3) {

            if (size < end - pos) {
                end = pos + size;
            }

            pos += header;

            /* meta is a full box: version and flags */

            if (i == 0) {
                pos += 4;
            }

            i++;
            continue;
        }

        if (!urlmeta_image_has(im, pos + header + 12)) {
            return;
        }

        width = urlmeta_image_be(p + pos + header + 4, 4);
        height = urlmeta_image_be(p + pos + header + 8, 4);

        if (width < URLMETA_IMAGE_MAX_SIDE && height < URLMETA_IMAGE_MAX_SIDE
            && width * height > im->width * im->height)
        {
            urlmeta_image_sides(im, width, height);
        }

        pos += size;
    }

    im->done = 1;
}


static void
urlmeta_image_sides(urlmeta_image_t *im, unsigned long width,
    unsigned long height)
{
    if (width == 0 || height == 0 || width >= URLMETA_IMAGE_MAX_SIDE
        || height >= URLMETA_IMAGE_MAX_SIDE)
    {
        return;
    }

    im->width = width;
    im->height = height;
}


static int
urlmeta_image_has(urlmeta_image_t *im, size_t len)
{
    if (im->buf.len >= len) {
        return 1;
    }

    im->need = len;

    return 0;
}


/* 0 with the length of its header and its own, which is not 0; -1 if bad */

static int
urlmeta_image_box(const unsigned char *p, size_t *header, size_t *size)
{
    *header = 8;
    *size = urlmeta_image_be(p, 4);

    if (*size == 1) {

        if (urlmeta_image_be(p + 8, 4) != 0) {
            return -1;
        }

        *header = 16;
        *size = urlmeta_image_be(p + 12, 4);

    } else if (*size == 0) {

        /* to the end of the file */

        *size = URLMETA_IMAGE_MAX;
    }

    return *size < *header ? -1 : 0;
}


static unsigned long
urlmeta_image_be(const unsigned char *p, unsigned n)
{
    unsigned       i;
    unsigned long  value;

    value = 0;

    for (i = 0; i < n; i++) {
        value = value << 8 | p[i];
    }

    return value;
}


static unsigned long
urlmeta_image_le(const unsigned char *p, unsigned n)
{
    unsigned long  value;

    value = 0;

    while (n--) {
        value = value << 8 | p[n];
    }

    return value;
}
