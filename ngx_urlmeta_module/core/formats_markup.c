
/*
 * Markup in bodies that are no HTML: the escaper of XML, and the iframes that
 * clients put into pages of their own.
 */


#include <string.h>

#include "formats_map.h"


/* of a player that states no size, and of a card; pixels */
#define URLMETA_FORMATS_PLAYER_WIDTH   640
#define URLMETA_FORMATS_PLAYER_HEIGHT  360

/*
 * A page of somebody's choice, in somebody else's page: scripts as players
 * need them, but nothing that leads the reader away from where it is.
 */

#define URLMETA_FORMATS_PLAYER                                                \
    " frameborder=\"0\" style=\"border:0\" loading=\"lazy\" "                 \
    "referrerpolicy=\"strict-origin-when-cross-origin\" "                     \
    "sandbox=\"allow-scripts allow-same-origin allow-presentation "           \
    "allow-popups\" allow=\"autoplay; encrypted-media; fullscreen; "          \
    "picture-in-picture\" allowfullscreen></iframe>"

/* our own document, which has no script */

#define URLMETA_FORMATS_CARD                                                  \
    " frameborder=\"0\" scrolling=\"no\" style=\"border:0\" "                 \
    "loading=\"lazy\" referrerpolicy=\"no-referrer\" "                        \
    "sandbox=\"allow-popups allow-popups-to-escape-sandbox "                  \
    "allow-top-navigation-by-user-activation\"></iframe>"


static size_t urlmeta_formats_plain(const char *text, size_t len);
static const char *urlmeta_formats_reference(const char *text, size_t len,
    size_t *n);
static int urlmeta_formats_frame(urlmeta_buf_t *buf, json_int_t width,
    json_int_t height, const char *rest);


int
urlmeta_formats_escape(const char *text, size_t len, urlmeta_buf_t *out)
{
    size_t       n;
    const char  *reference;

    for ( ;; ) {
        n = urlmeta_formats_plain(text, len);

        if (urlmeta_buf_add(out, text, n) != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        text += n;
        len -= n;

        if (len == 0) {
            return URLMETA_OK;
        }

        reference = urlmeta_formats_reference(text, len, &n);

        if (reference == NULL) {

            /* a lead byte of what is nothing special */

            if (urlmeta_buf_add(out, text, n) != URLMETA_OK) {
                return URLMETA_ERROR;
            }

        } else if (urlmeta_buf_add_str(out, reference) != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        text += n;
        len -= n;
    }
}


static size_t
urlmeta_formats_plain(const char *text, size_t len)
{
    size_t         n;
    unsigned char  ch;

    for (n = 0; n < len; n++) {
        ch = (unsigned char) text[n];

        if (ch < 0x20 || ch == '&' || ch == '<' || ch == '>' || ch == '"'
            || ch == '\'' || ch == 0x7f || ch == 0xc2 || ch == 0xe2
            || ch == 0xef)
        {
            break;
        }
    }

    return n;
}


/* what stands for the "n" bytes at "text"; NULL: they themselves */

static const char *
urlmeta_formats_reference(const char *text, size_t len, size_t *n)
{
    *n = 1;

    switch ((unsigned char) *text) {

    case '&':
        return "&amp;";

    case '<':
        return "&lt;";

    case '>':
        return "&gt;";

    case '"':
        return "&quot;";

    case '\'':
        return "&#39;";

    case '\t':
        return "&#9;";

    case '\n':
        return "&#10;";

    case '\r':
        return "&#13;";

    case 0xc2:

        /* U+0080 to U+009F: XML has them, and nobody means them */

        if (len < 2 || (unsigned char) text[1] >= 0xa0) {
            return NULL;
        }

        *n = 2;
        return "\xef\xbf\xbd";

    case 0xe2:
        if (len < 3 || (unsigned char) text[1] != 0x80
            || ((unsigned char) text[2] & 0xfe) != 0xa8)
        {
            return NULL;
        }

        *n = 3;
        return (unsigned char) text[2] == 0xa8 ? "&#8232;" : "&#8233;";

    case 0xef:

        /* U+FFFE and U+FFFF are no characters of XML */

        if (len < 3 || (unsigned char) text[1] != 0xbf
            || (unsigned char) text[2] < 0xbe)
        {
            return NULL;
        }

        *n = 3;
        return "\xef\xbf\xbd";

    default:
        return "\xef\xbf\xbd";
    }
}


int
urlmeta_formats_encode(const char *text, urlmeta_buf_t *out)
{
    static const char  plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-._~";

    size_t  n;

    for ( ;; ) {
        n = strspn(text, plain);

        if (urlmeta_buf_add(out, text, n) != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        text += n;

        if (*text == '\0') {
            return URLMETA_OK;
        }

        if (urlmeta_buf_printf(out, "%%%02X", (unsigned char) *text++)
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }
}


json_t *
urlmeta_formats_iframe(urlmeta_formats_t *f, const char *url,
    json_int_t width, json_int_t height)
{
    json_t         *html;
    urlmeta_buf_t   buf;

    memset(&buf, 0, sizeof(buf));

    html = NULL;

    if (urlmeta_buf_add_str(&buf, "<iframe src=\"") == URLMETA_OK
        && urlmeta_formats_escape(url, strlen(url), &buf) == URLMETA_OK
        && urlmeta_formats_frame(&buf, width, height, URLMETA_FORMATS_PLAYER)
           == URLMETA_OK)
    {
        html = urlmeta_formats_text(f, buf.data, buf.len);

    } else {
        f->failed = 1;
    }

    urlmeta_buf_free(&buf);

    return html;
}


json_t *
urlmeta_formats_embed(urlmeta_formats_t *f, json_int_t width,
    json_int_t height)
{
    json_t         *html;
    const char     *url;
    urlmeta_buf_t   buf;

    memset(&buf, 0, sizeof(buf));

    html = NULL;
    url = urlmeta_formats_get(f->card, "requested_url");

    if (urlmeta_buf_add_str(&buf, "<iframe src=\"") == URLMETA_OK
        && urlmeta_formats_escape(f->options->embed, f->options->embed_len,
                                  &buf)
           == URLMETA_OK
        && urlmeta_formats_encode(url ? url : "", &buf) == URLMETA_OK
        && urlmeta_formats_frame(&buf, width, height, URLMETA_FORMATS_CARD)
           == URLMETA_OK)
    {
        html = urlmeta_formats_text(f, buf.data, buf.len);

    } else {
        f->failed = 1;
    }

    urlmeta_buf_free(&buf);

    return html;
}


static int
urlmeta_formats_frame(urlmeta_buf_t *buf, json_int_t width, json_int_t height,
    const char *rest)
{
    if (urlmeta_buf_printf(buf, "\" width=\"%lld\" height=\"%lld\"",
                           (long long) width, (long long) height)
        != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_str(buf, rest);
}


void
urlmeta_formats_fit(urlmeta_formats_t *f, json_int_t *width,
    json_int_t *height)
{
    double  w, h, scale;

    if (*width <= 0 || *height <= 0) {
        *width = URLMETA_FORMATS_PLAYER_WIDTH;
        *height = URLMETA_FORMATS_PLAYER_HEIGHT;
    }

    if (f->options == NULL) {
        return;
    }

    w = (double) *width;
    h = (double) *height;
    scale = 1;

    if (f->options->max_width && w > f->options->max_width) {
        scale = f->options->max_width / w;
    }

    if (f->options->max_height && h * scale > f->options->max_height) {
        scale = f->options->max_height / h;
    }

    if (scale < 1) {
        *width = (json_int_t) (w * scale + 1e-6);
        *height = (json_int_t) (h * scale + 1e-6);

        *width = *width ? *width : 1;
        *height = *height ? *height : 1;
    }
}
