
/*
 * What a document is, by its Content-Type or by its first bytes.
 */


#include <string.h>
#include <strings.h>

#include "page.h"


#define URLMETA_MEDIA_MAX_TYPE  128


typedef struct {
    const char       *prefix;
    size_t            len;
    size_t            offset;
    urlmeta_media_e   media;
} urlmeta_media_magic_t;


static int urlmeta_media_is_space(char ch);
static int urlmeta_media_ends_with(const char *str, const char *end);
static urlmeta_media_e urlmeta_media_markup(const char *p, const char *last);
static int urlmeta_media_is_text(const char *data, size_t len);


urlmeta_media_e
urlmeta_media_type(const char *content_type)
{
    char         type[URLMETA_MEDIA_MAX_TYPE];
    size_t       i, len;
    const char  *slash;

    static const struct {
        const char       *name;
        urlmeta_media_e   media;
    } types[] = {
        { "text/html", URLMETA_MEDIA_HTML },
        { "application/xhtml+xml", URLMETA_MEDIA_XHTML },
        { "application/vnd.wap.xhtml+xml", URLMETA_MEDIA_XHTML },
        { "text/xml", URLMETA_MEDIA_XML },
        { "application/xml", URLMETA_MEDIA_XML },

        /* these say that the server does not know */

        { "application/octet-stream", URLMETA_MEDIA_UNKNOWN },
        { "application/unknown", URLMETA_MEDIA_UNKNOWN },
        { "application/x-unknown-content-type", URLMETA_MEDIA_UNKNOWN },
        { "binary/octet-stream", URLMETA_MEDIA_UNKNOWN },
        { "unknown/unknown", URLMETA_MEDIA_UNKNOWN },
        { "*/*", URLMETA_MEDIA_UNKNOWN },

        { NULL, URLMETA_MEDIA_FILE }
    };

    if (content_type == NULL) {
        return URLMETA_MEDIA_UNKNOWN;
    }

    while (urlmeta_media_is_space(*content_type)) {
        content_type++;
    }

    /* some servers send the header twice, which joins the values by commas */

    len = strcspn(content_type, ";, \t\r\n");

    if (len == 0) {
        return URLMETA_MEDIA_UNKNOWN;
    }

    if (len >= sizeof(type)) {
        return URLMETA_MEDIA_FILE;
    }

    memcpy(type, content_type, len);
    type[len] = '\0';

    slash = strchr(type, '/');

    if (slash == NULL || slash == type || slash[1] == '\0') {
        return URLMETA_MEDIA_UNKNOWN;
    }

    for (i = 0; types[i].name; i++) {

        if (strcasecmp(type, types[i].name) == 0) {
            return types[i].media;
        }
    }

    if (strncasecmp(type, "image/", 6) == 0) {
        return URLMETA_MEDIA_IMAGE;
    }

    if (strncasecmp(type, "video/", 6) == 0) {
        return URLMETA_MEDIA_VIDEO;
    }

    if (strncasecmp(type, "audio/", 6) == 0) {
        return URLMETA_MEDIA_AUDIO;
    }

    if (urlmeta_media_ends_with(type, "+xml")) {
        return URLMETA_MEDIA_XML;
    }

    if (strncasecmp(type, "text/", 5) == 0) {
        return URLMETA_MEDIA_TEXT;
    }

    return URLMETA_MEDIA_FILE;
}


static int
urlmeta_media_is_space(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\f' || ch == '\r';
}


static int
urlmeta_media_ends_with(const char *str, const char *end)
{
    size_t  len, end_len;

    len = strlen(str);
    end_len = strlen(end);

    return len > end_len && strcasecmp(str + len - end_len, end) == 0;
}


urlmeta_media_e
urlmeta_media_sniff(const char *data, size_t len)
{
    char                                ascii[URLMETA_MEDIA_SNIFF];
    size_t                              i, n;
    urlmeta_media_e                     media;
    const urlmeta_media_magic_t        *m;

    static const urlmeta_media_magic_t  magic[] = {
        { "\x89PNG\r\n\x1a\n", 8, 0, URLMETA_MEDIA_IMAGE },
        { "\xff\xd8\xff", 3, 0, URLMETA_MEDIA_IMAGE },
        { "GIF87a", 6, 0, URLMETA_MEDIA_IMAGE },
        { "GIF89a", 6, 0, URLMETA_MEDIA_IMAGE },
        { "WEBPVP", 6, 8, URLMETA_MEDIA_IMAGE },
        { "ftypavif", 8, 4, URLMETA_MEDIA_IMAGE },
        { "\0\0\1\0", 4, 0, URLMETA_MEDIA_IMAGE },
        { "ftyp", 4, 4, URLMETA_MEDIA_VIDEO },
        { "\x1a\x45\xdf\xa3", 4, 0, URLMETA_MEDIA_VIDEO },
        { "ID3", 3, 0, URLMETA_MEDIA_AUDIO },
        { "OggS\0", 5, 0, URLMETA_MEDIA_AUDIO },
        { "fLaC", 4, 0, URLMETA_MEDIA_AUDIO },
        { "WAVE", 4, 8, URLMETA_MEDIA_AUDIO },
        { NULL, 0, 0, URLMETA_MEDIA_UNKNOWN }
    };

    if (len == 0) {

        /* nothing at all, a 204: what a URL mostly is */

        return URLMETA_MEDIA_HTML;
    }

    for (m = magic; m->prefix; m++) {

        if (len >= m->offset + m->len
            && memcmp(data + m->offset, m->prefix, m->len) == 0)
        {
            return m->media;
        }
    }

    if (len > URLMETA_MEDIA_SNIFF) {
        len = URLMETA_MEDIA_SNIFF;
    }

    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        len -= 3;

    } else if (len >= 2 && (memcmp(data, "\xff\xfe", 2) == 0
                            || memcmp(data, "\xfe\xff", 2) == 0))
    {
        /* markup is ASCII in UTF-16 too, but for the zeroes */

        for (i = 2, n = 0; i < len; i++) {

            if (data[i] != '\0') {
                ascii[n++] = data[i];
            }
        }

        media = urlmeta_media_markup(ascii, ascii + n);

        return media == URLMETA_MEDIA_UNKNOWN ? URLMETA_MEDIA_TEXT : media;
    }

    media = urlmeta_media_markup(data, data + len);

    if (media != URLMETA_MEDIA_UNKNOWN) {
        return media;
    }

    return urlmeta_media_is_text(data, len) ? URLMETA_MEDIA_TEXT
                                            : URLMETA_MEDIA_FILE;
}


static urlmeta_media_e
urlmeta_media_markup(const char *p, const char *last)
{
    char         ch;
    size_t       i, len;

    /* each is to be followed by a space or ">" */

    static const char  *tags[] = {
        "<!doctype html", "<html", "<head", "<script", "<iframe", "<h1",
        "<div", "<font", "<table", "<a", "<style", "<title", "<b", "<body",
        "<br", "<p", "<!--", "<meta", "<link", NULL
    };

    while (p < last && urlmeta_media_is_space(*p)) {
        p++;
    }

    len = (size_t) (last - p);

    if (len >= 5 && memcmp(p, "<?xml", 5) == 0) {
        return URLMETA_MEDIA_XML;
    }

    if ((len >= 5 && memcmp(p, "<rss ", 5) == 0)
        || (len >= 6 && memcmp(p, "<feed ", 6) == 0)
        || (len >= 9 && memcmp(p, "<rdf:RDF ", 9) == 0))
    {
        return URLMETA_MEDIA_XML;
    }

    if (len >= 5 && memcmp(p, "<svg ", 5) == 0) {
        return URLMETA_MEDIA_IMAGE;
    }

    for (i = 0; tags[i]; i++) {
        len = strlen(tags[i]);

        if ((size_t) (last - p) <= len || strncasecmp(p, tags[i], len) != 0) {
            continue;
        }

        ch = p[len];

        if (ch == '>' || urlmeta_media_is_space(ch)
            || strcmp(tags[i], "<!--") == 0)
        {
            return URLMETA_MEDIA_HTML;
        }
    }

    return URLMETA_MEDIA_UNKNOWN;
}


/* no "binary data byte" of the standard */

static int
urlmeta_media_is_text(const char *data, size_t len)
{
    size_t         i;
    unsigned char  ch;

    for (i = 0; i < len; i++) {
        ch = (unsigned char) data[i];

        if (ch < 0x20 && ch != '\t' && ch != '\n' && ch != '\f' && ch != '\r'
            && ch != 0x1b)
        {
            return 0;
        }
    }

    return 1;
}
