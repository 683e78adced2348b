
/*
 * Card to HTML; the only HTML escaper.
 */


#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "render.h"
#include "utf8.h"


/*
 * Sides of pictures are ours, never a page's, so that a card keeps its shape
 * whatever is loaded into it.
 */

#define URLMETA_RENDER_LARGE  " width=\"600\" height=\"314\""
#define URLMETA_RENDER_THUMB  " width=\"125\" height=\"125\""
#define URLMETA_RENDER_ICON   " width=\"16\" height=\"16\""

#define URLMETA_RENDER_IMG                                                    \
    " loading=\"lazy\" decoding=\"async\" referrerpolicy=\"no-referrer\">"

#define URLMETA_RENDER_MAX_LABELS  2


/* the SHA-256 of urlmeta_render_style; t/unit/render.c recomputes it */
#define URLMETA_RENDER_HASH  "Q1Z//x6GcYPZvSA+DDSRAzErjMPkSHKySKCAEpAbB4M="


static int urlmeta_render_card(json_t *card, int document,
    urlmeta_buf_t *out);
static int urlmeta_render_image(json_t *card, const char *layout,
    urlmeta_buf_t *out);
static int urlmeta_render_site(json_t *card, urlmeta_buf_t *out);
static int urlmeta_render_title(json_t *card, int document,
    urlmeta_buf_t *out);
static int urlmeta_render_facts(json_t *card, urlmeta_buf_t *out);
static int urlmeta_render_date(json_t *date, int *opened, urlmeta_buf_t *out);
static int urlmeta_render_fact(const char *text, const char *more,
    int *opened, urlmeta_buf_t *out);
static int urlmeta_render_rating(json_t *facts, int *opened,
    urlmeta_buf_t *out);
static int urlmeta_render_duration(json_t *facts, int *opened,
    urlmeta_buf_t *out);
static int urlmeta_render_head(const char *title, const char *language,
    urlmeta_buf_t *out);
static int urlmeta_render_element(const char *before, const char *text,
    const char *after, urlmeta_buf_t *out);
static int urlmeta_render_escape(const char *text, urlmeta_buf_t *out);
static size_t urlmeta_render_character(const char *p, size_t len,
    unsigned long *code);
static const char *urlmeta_render_text(json_t *object, const char *key);
static const char *urlmeta_render_url(json_t *object, const char *key);
static int urlmeta_render_end(urlmeta_buf_t *out, size_t start, int rc);


static const char  urlmeta_render_style[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1b1d21;--dim:#59616d;"
    "--line:#d8dce2;--fill:#eef0f3;--mark:#0b57d0}"
    "@media (prefers-color-scheme:dark){:root{--bg:#1c1e22;--fg:#eceef1;"
    "--dim:#a3acb8;--line:#373c44;--fill:#282c32;--mark:#9ecbff}}"
    "*{box-sizing:border-box}"
    "html{background:transparent}"
    "body{margin:0;font:16px/1.4 system-ui,-apple-system,\"Segoe UI\",Roboto,"
    "\"Helvetica Neue\",Arial,\"Noto Sans\",sans-serif}"
    "p{margin:0}"
    ".urlmeta-card{position:relative;display:flex;max-width:600px;"
    "overflow:hidden;border:1px solid var(--line);border-radius:12px;"
    "background:var(--bg);color:var(--fg)}"
    ".urlmeta-large{flex-direction:column}"
    ".urlmeta-image{flex:none;display:block;object-fit:cover;"
    "background:var(--fill);color:var(--dim);font-size:12px}"
    ".urlmeta-large .urlmeta-image{width:100%;height:auto;"
    "aspect-ratio:600/314;border-bottom:1px solid var(--line)}"
    ".urlmeta-thumb .urlmeta-image{width:125px;height:auto;min-height:125px;"
    "align-self:stretch;border-inline-end:1px solid var(--line)}"
    ".urlmeta-body{flex:1;min-width:0;padding:12px 16px;display:flex;"
    "flex-direction:column;justify-content:center;gap:4px}"
    ".urlmeta-site{display:flex;align-items:center;gap:6px;min-width:0;"
    "font-size:13px;color:var(--dim);white-space:nowrap}"
    ".urlmeta-icon{flex:none;width:16px;height:16px;border-radius:3px;"
    "object-fit:contain}"
    ".urlmeta-name{flex:0 1 auto;overflow:hidden;text-overflow:ellipsis}"
    ".urlmeta-host{flex:0 2 auto;min-width:40%;white-space:normal;"
    "overflow-wrap:anywhere}"
    ".urlmeta-name+.urlmeta-host::before{content:\"\\b7\\20\"}"
    ".urlmeta-same{display:none}"
    ".urlmeta-same+.urlmeta-host::before{content:none}"
    ".urlmeta-title,.urlmeta-description{display:-webkit-box;overflow:hidden;"
    "-webkit-box-orient:vertical;-webkit-line-clamp:2;"
    "overflow-wrap:anywhere}"
    ".urlmeta-title{font-weight:600;line-height:1.3}"
    ".urlmeta-link{color:inherit;text-decoration:none}"
    "a.urlmeta-link::after{content:\"\";position:absolute;inset:0;"
    "border-radius:12px}"
    "a.urlmeta-link:focus-visible{outline:none}"
    "a.urlmeta-link:focus-visible::after{outline:3px solid var(--mark);"
    "outline-offset:-3px}"
    ".urlmeta-card:hover a.urlmeta-link{text-decoration:underline}"
    ".urlmeta-description{font-size:14px;color:var(--dim)}"
    ".urlmeta-text .urlmeta-description,.urlmeta-error .urlmeta-description"
    "{-webkit-line-clamp:3}"
    ".urlmeta-facts{display:flex;flex-wrap:wrap;gap:2px 12px;font-size:13px;"
    "color:var(--dim)}"
    ".urlmeta-fact{max-width:100%;overflow:hidden;text-overflow:ellipsis;"
    "white-space:nowrap}"
    ".urlmeta-address{font-size:13px;color:var(--dim);"
    "overflow-wrap:anywhere}"
    "@media (max-width:400px){"
    ".urlmeta-body{padding:10px 12px}"
    ".urlmeta-thumb .urlmeta-image{width:92px;min-height:92px}"
    ".urlmeta-thumb .urlmeta-description{-webkit-line-clamp:1}}"
    "@media (forced-colors:active){.urlmeta-card{border-color:CanvasText}}";


int
urlmeta_render_fragment(json_t *card, urlmeta_buf_t *out)
{
    size_t  start;

    start = out->len;

    return urlmeta_render_end(out, start, urlmeta_render_card(card, 0, out));
}


int
urlmeta_render_document(json_t *card, urlmeta_buf_t *out)
{
    int     rc;
    size_t  start;

    start = out->len;

    rc = urlmeta_render_head(urlmeta_render_text(card, "title"),
                             urlmeta_render_text(card, "language"), out);

    if (rc == URLMETA_OK) {
        rc = urlmeta_render_card(card, 1, out);
    }

    if (rc == URLMETA_OK) {
        rc = urlmeta_buf_add_str(out, "</body></html>\n");
    }

    return urlmeta_render_end(out, start, rc);
}


int
urlmeta_render_error(const char *title, const char *detail, const char *url,
    int document, urlmeta_buf_t *out)
{
    int     rc;
    size_t  start;

    start = out->len;
    rc = URLMETA_OK;

    if (document) {
        rc = urlmeta_render_head(title, "en", out);
    }

    if (rc != URLMETA_OK
        || urlmeta_buf_add_str(out, "<article class=\"urlmeta-card "
                               "urlmeta-error\" lang=\"en\">"
                               "<div class=\"urlmeta-body\">") != URLMETA_OK
        || urlmeta_render_element("<p class=\"urlmeta-title\">", title,
                                  "</p>", out) != URLMETA_OK
        || urlmeta_render_element("<p class=\"urlmeta-description\">", detail,
                                  "</p>", out) != URLMETA_OK
        || (url != NULL
            && urlmeta_render_element("<p class=\"urlmeta-address\" "
                                      "dir=\"ltr\">", url, "</p>", out)
               != URLMETA_OK)
        || urlmeta_buf_add_str(out, "</div></article>") != URLMETA_OK
        || (document
            && urlmeta_buf_add_str(out, "</body></html>\n") != URLMETA_OK))
    {
        rc = URLMETA_ERROR;
    }

    return urlmeta_render_end(out, start, rc);
}


int
urlmeta_render_ascii(const char *text, urlmeta_buf_t *out)
{
    int            rc;
    urlmeta_buf_t  escaped;

    memset(&escaped, 0, sizeof(urlmeta_buf_t));

    rc = urlmeta_render_escape(text, &escaped);

    if (rc == URLMETA_OK && escaped.len) {
        rc = urlmeta_render_ascii_markup(escaped.data, escaped.len, out);
    }

    urlmeta_buf_free(&escaped);

    return rc;
}


int
urlmeta_render_ascii_markup(const char *html, size_t len, urlmeta_buf_t *out)
{
    size_t         i, n, start;
    unsigned long  code;

    start = out->len;

    for (i = 0; i < len; i += n) {

        n = urlmeta_utf8_ascii(html + i, len - i);

        if (n) {
            if (urlmeta_buf_add(out, html + i, n) != URLMETA_OK) {
                return urlmeta_render_end(out, start, URLMETA_ERROR);
            }

            continue;
        }

        n = urlmeta_render_character(html + i, len - i, &code);

        if (urlmeta_buf_printf(out, "&#%lu;", code) != URLMETA_OK) {
            return urlmeta_render_end(out, start, URLMETA_ERROR);
        }
    }

    return URLMETA_OK;
}


/* the length of a character of valid UTF-8 */

static size_t
urlmeta_render_character(const char *p, size_t len, unsigned long *code)
{
    size_t         i, n;
    unsigned char  c;

    c = (unsigned char) *p;

    n = (c >= 0xf0) ? 4 : (c >= 0xe0) ? 3 : 2;
    *code = c & (0x7f >> n);

    for (i = 1; i < n && i < len; i++) {
        *code = (*code << 6) | ((unsigned char) p[i] & 0x3f);
    }

    return i;
}


const char *
urlmeta_render_csp(void)
{
    /* a link may open a window; scripts, forms and the rest may not be */

    return "default-src 'none'; img-src https: http:; "
           "style-src 'sha256-" URLMETA_RENDER_HASH "'; base-uri 'none'; "
           "form-action 'none'; frame-ancestors *; "
           "sandbox allow-popups allow-popups-to-escape-sandbox";
}


/*
 * Which elements and attributes there are depends on which members the card
 * has, never on what they say: a difference that only a value makes is in the
 * value of a class.
 */

static int
urlmeta_render_card(json_t *card, int document, urlmeta_buf_t *out)
{
    const char  *layout, *language, *direction, *text;

    layout = urlmeta_render_text(card, "layout");

    if (layout == NULL
        || (strcmp(layout, "large") != 0 && strcmp(layout, "thumb") != 0)
        || urlmeta_render_url(json_object_get(card, "image"), "url") == NULL)
    {
        layout = "text";
    }

    language = urlmeta_render_text(card, "language");
    direction = urlmeta_render_text(card, "direction");

    if (direction == NULL
        || (strcmp(direction, "rtl") != 0 && strcmp(direction, "ltr") != 0))
    {
        direction = "auto";
    }

    if (urlmeta_buf_printf(out, "<article class=\"urlmeta-card urlmeta-%s\" "
                           "dir=\"%s\" lang=\"", layout, direction)
        != URLMETA_OK
        || urlmeta_render_escape(language ? language : "", out) != URLMETA_OK
        || urlmeta_buf_add_str(out, "\">") != URLMETA_OK
        || urlmeta_render_image(card, layout, out) != URLMETA_OK
        || urlmeta_buf_add_str(out, "<div class=\"urlmeta-body\">")
           != URLMETA_OK
        || urlmeta_render_site(card, out) != URLMETA_OK
        || urlmeta_render_title(card, document, out) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    text = urlmeta_render_text(card, "description");

    if (text != NULL
        && urlmeta_render_element("<p class=\"urlmeta-description\" "
                                  "dir=\"auto\">", text, "</p>", out)
           != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    if (urlmeta_render_facts(card, out) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_str(out, "</div></article>");
}


static int
urlmeta_render_image(json_t *card, const char *layout, urlmeta_buf_t *out)
{
    json_t      *image;
    const char  *url, *alt;

    image = json_object_get(card, "image");
    url = urlmeta_render_url(image, "url");

    if (url == NULL) {
        return URLMETA_OK;
    }

    alt = urlmeta_render_text(image, "alt");

    if (urlmeta_render_element("<img class=\"urlmeta-image\" src=\"", url,
                               "\"", out) != URLMETA_OK
        || urlmeta_render_element(" alt=\"", alt ? alt : "", "\"", out)
           != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_str(out, strcmp(layout, "large") == 0
                               ? URLMETA_RENDER_LARGE URLMETA_RENDER_IMG
                               : URLMETA_RENDER_THUMB URLMETA_RENDER_IMG);
}


/*
 * The real host beside what the site calls itself.  The style breaks a long one
 * into lines and cuts nothing off: the end of a host is who it belongs to.
 */

static int
urlmeta_render_site(json_t *card, urlmeta_buf_t *out)
{
    int          same;
    const char  *icon, *name, *host;

    icon = urlmeta_render_url(json_object_get(card, "icon"), "url");
    name = urlmeta_render_text(card, "site_name");
    host = urlmeta_render_text(card, "host");

    if (urlmeta_buf_add_str(out, "<p class=\"urlmeta-site\">") != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    if (icon != NULL
        && urlmeta_render_element("<img class=\"urlmeta-icon\" src=\"", icon,
                                  "\" alt=\"\"" URLMETA_RENDER_ICON
                                  URLMETA_RENDER_IMG, out) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    if (name != NULL) {
        same = (host != NULL
                && (strcmp(name, host) == 0
                    || (strncmp(host, "www.", 4) == 0
                        && strcmp(name, host + 4) == 0)));

        if (urlmeta_render_element(same ? "<span class=\"urlmeta-name "
                                          "urlmeta-same\" dir=\"auto\">"
                                        : "<span class=\"urlmeta-name\" "
                                          "dir=\"auto\">",
                                   name, "</span>", out) != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    if (host != NULL
        && urlmeta_render_element("<span class=\"urlmeta-host\" dir=\"ltr\">",
                                  host, "</span>", out) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_str(out, "</p>");
}


/* the one link of the card; its style spreads it over the whole */

static int
urlmeta_render_title(json_t *card, int document, urlmeta_buf_t *out)
{
    const char  *url, *title;

    url = urlmeta_render_url(card, "url");
    title = urlmeta_render_text(card, "title");

    if (title == NULL) {
        title = url ? url : "";
    }

    if (url == NULL) {
        return urlmeta_render_element("<p class=\"urlmeta-title\" "
                                      "dir=\"auto\"><span "
                                      "class=\"urlmeta-link\">", title,
                                      "</span></p>", out);
    }

    if (urlmeta_render_element("<p class=\"urlmeta-title\" dir=\"auto\">"
                               "<a class=\"urlmeta-link\" href=\"", url,
                               "\" rel=\"noopener noreferrer nofollow ugc\" "
                               "referrerpolicy=\"no-referrer\"", out)
        != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_render_element(document ? " target=\"_blank\">" : ">",
                                  title, "</a></p>", out);
}


static int
urlmeta_render_facts(json_t *card, urlmeta_buf_t *out)
{
    int          opened;
    size_t       i;
    json_t      *facts, *label;
    const char  *text;

    opened = 0;
    facts = json_object_get(card, "facts");

    if (urlmeta_render_date(json_object_get(facts, "start")
                            ? json_object_get(facts, "start")
                            : json_object_get(card, "published"),
                            &opened, out) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    text = urlmeta_render_text(json_object_get(card, "author"), "name");

    if (urlmeta_render_fact(text, NULL, &opened, out) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    text = urlmeta_render_text(facts, "location");

    if (urlmeta_render_fact(text, NULL, &opened, out) != URLMETA_OK) {
        return URLMETA_ERROR;
    }

    text = urlmeta_render_text(facts, "price");

    if (urlmeta_render_fact(text, urlmeta_render_text(facts, "currency"),
                            &opened, out) != URLMETA_OK
        || urlmeta_render_rating(facts, &opened, out) != URLMETA_OK
        || urlmeta_render_duration(facts, &opened, out) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    json_array_foreach(json_object_get(card, "labels"), i, label) {

        if (i == URLMETA_RENDER_MAX_LABELS) {
            break;
        }

        text = urlmeta_render_text(label, "label");

        /* which is there already */

        if (text != NULL && strcasecmp(text, "price") == 0
            && urlmeta_render_text(facts, "price") != NULL)
        {
            continue;
        }

        if (urlmeta_render_fact(text, urlmeta_render_text(label, "value"),
                                &opened, out) != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    return opened ? urlmeta_buf_add_str(out, "</p>") : URLMETA_OK;
}


/* the day is enough to show; a reader's program gets the rest */

static int
urlmeta_render_date(json_t *date, int *opened, urlmeta_buf_t *out)
{
    char         day[11];
    const char  *text;

    text = json_string_value(date);

    if (text == NULL) {
        return URLMETA_OK;
    }

    snprintf(day, sizeof(day), "%.10s", text);

    *opened = 1;

    if (urlmeta_render_element("<p class=\"urlmeta-facts\"><time "
                               "class=\"urlmeta-fact\" datetime=\"", text,
                               "\">", out) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_render_element("", day, "</time>", out);
}


static int
urlmeta_render_fact(const char *text, const char *more, int *opened,
    urlmeta_buf_t *out)
{
    if (text == NULL) {
        return URLMETA_OK;
    }

    if (!*opened) {
        *opened = 1;

        if (urlmeta_buf_add_str(out, "<p class=\"urlmeta-facts\">")
            != URLMETA_OK)
        {
            return URLMETA_ERROR;
        }
    }

    if (urlmeta_render_element("<span class=\"urlmeta-fact\" dir=\"auto\">",
                               text, more ? " " : "", out) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_render_element("", more ? more : "", "</span>", out);
}


static int
urlmeta_render_rating(json_t *facts, int *opened, urlmeta_buf_t *out)
{
    int      n;
    char     text[96];
    json_t  *rating, *best, *count;

    rating = json_object_get(facts, "rating");
    best = json_object_get(facts, "rating_best");
    count = json_object_get(facts, "rating_count");

    if (!json_is_number(rating)) {
        return URLMETA_OK;
    }

    /* U+2605, a star */

    n = snprintf(text, sizeof(text), "\xe2\x98\x85 %.4g",
                 json_number_value(rating));

    if (json_is_number(best)) {
        n += snprintf(text + n, sizeof(text) - n, "/%.4g",
                      json_number_value(best));
    }

    if (json_is_number(count)) {
        snprintf(text + n, sizeof(text) - n, " (%.0f)",
                 json_number_value(count));
    }

    return urlmeta_render_fact(text, NULL, opened, out);
}


static int
urlmeta_render_duration(json_t *facts, int *opened, urlmeta_buf_t *out)
{
    char       text[64];
    json_t    *duration;
    long long  n;

    duration = json_object_get(facts, "duration");

    if (!json_is_integer(duration)) {
        return URLMETA_OK;
    }

    n = json_integer_value(duration);

    if (n >= 3600) {
        snprintf(text, sizeof(text), "%lld:%02lld:%02lld", n / 3600,
                 n / 60 % 60, n % 60);

    } else {
        snprintf(text, sizeof(text), "%lld:%02lld", n / 60, n % 60);
    }

    return urlmeta_render_fact(text, NULL, opened, out);
}


static int
urlmeta_render_head(const char *title, const char *language,
    urlmeta_buf_t *out)
{
    if (urlmeta_render_element("<!doctype html><html lang=\"",
                               language ? language : "", "\"><head>"
                               "<meta charset=\"utf-8\">"
                               "<meta name=\"viewport\" "
                               "content=\"width=device-width, "
                               "initial-scale=1\">"
                               "<meta name=\"robots\" content=\"noindex\">"
                               "<meta name=\"referrer\" "
                               "content=\"no-referrer\"><title>", out)
        != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    if (urlmeta_render_element("", title ? title : "", "</title><style>", out)
        != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    if (urlmeta_buf_add(out, urlmeta_render_style,
                        sizeof(urlmeta_render_style) - 1) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_str(out, "</style></head><body>");
}


static int
urlmeta_render_element(const char *before, const char *text,
    const char *after, urlmeta_buf_t *out)
{
    if (urlmeta_buf_add_str(out, before) != URLMETA_OK
        || urlmeta_render_escape(text, out) != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_str(out, after);
}


/* fit for text and for attributes in quotes of either kind */

static int
urlmeta_render_escape(const char *text, urlmeta_buf_t *out)
{
    size_t       n;
    const char  *reference;

    for ( ;; ) {
        n = strcspn(text, "&<>\"'");

        if (urlmeta_buf_add(out, text, n) != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        text += n;

        switch (*text) {

        case '&':
            reference = "&amp;";
            break;

        case '<':
            reference = "&lt;";
            break;

        case '>':
            reference = "&gt;";
            break;

        case '"':
            reference = "&quot;";
            break;

        case '\'':
            reference = "&#39;";
            break;

        default:
            return URLMETA_OK;
        }

        if (urlmeta_buf_add_str(out, reference) != URLMETA_OK) {
            return URLMETA_ERROR;
        }

        text++;
    }
}


static const char *
urlmeta_render_text(json_t *object, const char *key)
{
    json_t  *value;

    value = json_object_get(object, key);

    return json_string_length(value) ? json_string_value(value) : NULL;
}


/* whatever the card says, no other scheme gets into an attribute */

static const char *
urlmeta_render_url(json_t *object, const char *key)
{
    const char  *url;

    url = urlmeta_render_text(object, key);

    if (url != NULL
        && (strncmp(url, "https://", 8) == 0
            || strncmp(url, "http://", 7) == 0))
    {
        return url;
    }

    return NULL;
}


/* a body is whole or not there */

static int
urlmeta_render_end(urlmeta_buf_t *out, size_t start, int rc)
{
    if (rc != URLMETA_OK && out->data != NULL) {
        out->len = start;
        out->data[start] = '\0';
    }

    return rc;
}
