
/*
 * The header of an answer, line by line as libcurl hands it out: status lines,
 * fields and trailers, of interim answers too.
 */


#include "ngx_http_urlmeta_fetch_transfer.h"


static ngx_int_t ngx_http_urlmeta_transfer_status_line(
    ngx_http_urlmeta_transfer_t *tr, const char *line, size_t len);
static ngx_int_t ngx_http_urlmeta_transfer_field(
    ngx_http_urlmeta_transfer_t *tr, const char *line, size_t len);
static ngx_int_t ngx_http_urlmeta_transfer_headers_end(
    ngx_http_urlmeta_transfer_t *tr);
static ngx_int_t ngx_http_urlmeta_transfer_freshness(
    ngx_http_urlmeta_transfer_t *tr, const char *name, size_t name_len,
    const char *value, size_t len);
static ngx_int_t ngx_http_urlmeta_transfer_keep(ngx_http_urlmeta_transfer_t *tr,
    char **to, const char *value, size_t len);
static ngx_int_t ngx_http_urlmeta_transfer_join(ngx_http_urlmeta_transfer_t *tr,
    const char **to, const char *value, size_t len);
static ngx_int_t ngx_http_urlmeta_transfer_add(ngx_http_urlmeta_transfer_t *tr,
    const char **to, const char *between, const char *value, size_t len);


size_t
ngx_http_urlmeta_transfer_on_header(char *line, size_t size, size_t n,
    void *data)
{
    ngx_http_urlmeta_transfer_t  *tr = data;

    size_t     len, all;
    ngx_int_t  rc;

    len = size * n;
    all = len;

    tr->curl.received += len;
    tr->header_size += len;
    tr->header_lines++;
    ngx_http_urlmeta_count_n(NGX_HTTP_URLMETA_COUNT_RECEIVED, len);

    if (tr->header_size > tr->conf->max_header_size
        || tr->header_lines > NGX_HTTP_URLMETA_MAX_HEADERS)
    {
        if (tr->headers_done && tr->bytes) {

            /* trailers: the page is here already */

            tr->stopped = 1;
            return 0;
        }

        /* an address too long is one too long, however long it is */

        tr->error = (tr->status >= 300 && tr->status < 400
                     && all > URLMETA_URL_MAX
                     && ngx_strncasecmp((u_char *) line,
                                        (u_char *) "Location:", 9) == 0)
                    ? URLMETA_E_REDIRECT_DENIED : URLMETA_E_HEADER_TOO_LARGE;
        return 0;
    }

    ngx_http_urlmeta_transfer_progress(tr, len);

    while (len && (line[len - 1] == CR || line[len - 1] == LF)) {
        len--;
    }

    if (tr->headers_done) {

        /* a trailer says nothing that is used */

        return all;
    }

    if (len == 0) {
        rc = ngx_http_urlmeta_transfer_headers_end(tr);

    } else if (len > 5 && ngx_strncmp(line, "HTTP/", 5) == 0) {
        rc = ngx_http_urlmeta_transfer_status_line(tr, line, len);

    } else {
        rc = ngx_http_urlmeta_transfer_field(tr, line, len);
    }

    return (rc == NGX_OK) ? all : 0;
}


static ngx_int_t
ngx_http_urlmeta_transfer_status_line(ngx_http_urlmeta_transfer_t *tr,
    const char *line, size_t len)
{
    const char  *p, *last;

    last = line + len;
    p = ngx_strlchr((u_char *) line, (u_char *) last, ' ') == NULL
        ? last
        : (char *) ngx_strlchr((u_char *) line, (u_char *) last, ' ') + 1;

    tr->status = 0;

    if (last - p >= 3) {
        tr->status = (ngx_uint_t) ngx_atoi((u_char *) p, 3);
    }

    /*
     * Of 600 and more, which sites do send, RFC 9110 section 15 says that they
     * are errors.
     */

    if (last - p > 3 && p[3] != ' ') {
        tr->status = 0;
    }

    if (tr->status < 100 || tr->status > 999 || tr->status == 101) {
        tr->error = URLMETA_E_PROTOCOL_ERROR;
        return NGX_ERROR;
    }

    /* after an interim answer everything begins anew */

    tr->content_type = NULL;
    tr->content_language = NULL;
    tr->content_disposition = NULL;
    tr->link = NULL;
    tr->robots_tag = NULL;
    tr->location = NULL;
    tr->retry_after = NULL;
    tr->content_length = NULL;
    tr->target = 0;
    tr->gzip = 0;
    tr->chunked = 0;

    ngx_memzero(&tr->fields, sizeof(urlmeta_freshness_fields_t));

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_transfer_field(ngx_http_urlmeta_transfer_t *tr,
    const char *line, size_t len)
{
    char        *was;
    size_t       name_len;
    const char  *colon, *value, *last;

    last = line + len;
    colon = (char *) ngx_strlchr((u_char *) line, (u_char *) last, ':');

    if (colon == NULL) {
        return NGX_OK;
    }

    name_len = colon - line;
    value = colon + 1;

    while (value < last && (*value == ' ' || *value == '\t')) {
        value++;
    }

    while (last > value && (last[-1] == ' ' || last[-1] == '\t')) {
        last--;
    }

    len = last - value;

    if (memchr(line, '\0', last - line)) {
        tr->error = URLMETA_E_PROTOCOL_ERROR;
        return NGX_ERROR;
    }

#define ngx_http_urlmeta_is(field)                                            \
    (name_len == sizeof(field) - 1                                            \
     && ngx_strncasecmp((u_char *) line, (u_char *) field,                    \
                        sizeof(field) - 1) == 0)

    if (ngx_http_urlmeta_is("Content-Type")) {
        return ngx_http_urlmeta_transfer_keep(tr, &tr->content_type, value,
                                              len);
    }

    if (ngx_http_urlmeta_is("Content-Encoding")) {

        if (len == 0
            || (len == 8 && ngx_strncasecmp((u_char *) value,
                                            (u_char *) "identity", 8) == 0))
        {
            return NGX_OK;
        }

        if (!tr->gzip
            && ((len == 4 && ngx_strncasecmp((u_char *) value,
                                             (u_char *) "gzip", 4) == 0)
                || (len == 6 && ngx_strncasecmp((u_char *) value,
                                                (u_char *) "x-gzip", 6) == 0)))
        {
            tr->gzip = 1;
            return NGX_OK;
        }

        /* one layer of gzip was asked for, and nothing else is decoded */

        tr->error = URLMETA_E_ENCODING_DENIED;
        return NGX_ERROR;
    }

    if (ngx_http_urlmeta_is("Content-Length")) {

        was = tr->content_length;

        if (ngx_http_urlmeta_transfer_keep(tr, &tr->content_length, value, len)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        /* RFC 9112 section 6.3: a message whose end two readers see at
           different places is an attack on one of them */

        if (tr->chunked
            || (was && ngx_strcmp(was, tr->content_length) != 0))
        {
            tr->error = URLMETA_E_PROTOCOL_ERROR;
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    if (ngx_http_urlmeta_is("Transfer-Encoding")) {
        tr->chunked = 1;

        if (tr->content_length) {
            tr->error = URLMETA_E_PROTOCOL_ERROR;
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    if (ngx_http_urlmeta_is("Location")) {

        was = tr->location;

        if (ngx_http_urlmeta_transfer_keep(tr, &tr->location, value, len)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (was && ngx_strcmp(was, tr->location) != 0) {
            tr->error = URLMETA_E_REDIRECT_DENIED;
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    if (ngx_http_urlmeta_is("Link")) {
        return ngx_http_urlmeta_transfer_join(tr, (const char **) &tr->link,
                                              value, len);
    }

    if (tr->conf->robots_tag && ngx_http_urlmeta_is("X-Robots-Tag")) {

        /* a crawler's name at the beginning of a line is about that line */

        return ngx_http_urlmeta_transfer_add(tr,
                                             (const char **) &tr->robots_tag,
                                             "\n", value, len);
    }

    if (ngx_http_urlmeta_is("Content-Language")) {
        return ngx_http_urlmeta_transfer_keep(tr, &tr->content_language, value,
                                              len);
    }

    if (ngx_http_urlmeta_is("Content-Disposition")) {
        return ngx_http_urlmeta_transfer_keep(tr, &tr->content_disposition,
                                              value, len);
    }

    if (ngx_http_urlmeta_is("Retry-After")) {
        return ngx_http_urlmeta_transfer_keep(tr, &tr->retry_after, value,
                                              len);
    }

#undef ngx_http_urlmeta_is

    return ngx_http_urlmeta_transfer_freshness(tr, line, name_len, value, len);
}


/* what says how long the answer may be kept */

static ngx_int_t
ngx_http_urlmeta_transfer_freshness(ngx_http_urlmeta_transfer_t *tr,
    const char *name, size_t name_len, const char *value, size_t len)
{
    ngx_str_t                    *target;
    ngx_uint_t                    i;
    urlmeta_freshness_fields_t   *f;

    f = &tr->fields;

#define ngx_http_urlmeta_is(field)                                            \
    (name_len == sizeof(field) - 1                                            \
     && ngx_strncasecmp((u_char *) name, (u_char *) field,                    \
                        sizeof(field) - 1) == 0)

    if (ngx_http_urlmeta_is("Cache-Control")) {
        return ngx_http_urlmeta_transfer_join(tr, &f->cache_control, value,
                                              len);
    }

    if (ngx_http_urlmeta_is("Expires")) {
        return ngx_http_urlmeta_transfer_join(tr, &f->expires, value, len);
    }

    if (ngx_http_urlmeta_is("Date")) {
        return ngx_http_urlmeta_transfer_join(tr, &f->date, value, len);
    }

    if (ngx_http_urlmeta_is("Age")) {
        return ngx_http_urlmeta_transfer_join(tr, &f->age, value, len);
    }

    if (ngx_http_urlmeta_is("Last-Modified")) {
        return ngx_http_urlmeta_transfer_join(tr, &f->last_modified, value,
                                              len);
    }

    if (ngx_http_urlmeta_is("ETag")) {
        return ngx_http_urlmeta_transfer_join(tr, &f->etag, value, len);
    }

    if (ngx_http_urlmeta_is("Vary")) {
        return ngx_http_urlmeta_transfer_join(tr, &f->vary, value, len);
    }

    if (ngx_http_urlmeta_is("Set-Cookie")) {

        /* that there is one; what it says is nobody's here */

        f->set_cookie = 1;
        return NGX_OK;
    }

#undef ngx_http_urlmeta_is

    if (tr->conf->targets == NULL) {
        return NGX_OK;
    }

    /* RFC 9213: the first of the list that is there */

    target = tr->conf->targets->elts;

    for (i = 0; i < tr->conf->targets->nelts; i++) {

        if (target[i].len != name_len
            || ngx_strncasecmp(target[i].data, (u_char *) name, name_len) != 0)
        {
            continue;
        }

        if (tr->target && tr->target < i + 1) {
            return NGX_OK;
        }

        if (tr->target != i + 1) {
            f->targeted = NULL;
            tr->target = i + 1;
        }

        return ngx_http_urlmeta_transfer_join(tr, &f->targeted, value, len);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_transfer_headers_end(ngx_http_urlmeta_transfer_t *tr)
{
    if (tr->status < 200) {
        return NGX_OK;
    }

    tr->headers_done = 1;

    if (tr->status >= 200 && tr->status < 300 && tr->status != 206) {

        if (tr->gzip) {
            tr->decode = urlmeta_decode_create(
                                       ngx_http_urlmeta_transfer_decoded, tr);

            if (tr->decode == NULL) {
                tr->error = URLMETA_E_INTERNAL_ERROR;
                return NGX_ERROR;
            }
        }

        return NGX_OK;
    }

    if (tr->status == 304 && (tr->if_none_match || tr->if_modified_since)) {

        /* it has no body, whatever else its header says */

        tr->stopped = 1;
        return NGX_OK;
    }

    if (tr->status == 206 || tr->status == 304) {

        /* neither was asked for */

        tr->error = URLMETA_E_PROTOCOL_ERROR;
        return NGX_ERROR;
    }

    /*
     * The body of a redirect or an error says nothing that is used; where it
     * is empty the connection can be kept.
     */

    tr->stopped = 1;

    if (tr->content_length && ngx_strcmp(tr->content_length, "0") == 0) {
        return NGX_OK;
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_urlmeta_transfer_keep(ngx_http_urlmeta_transfer_t *tr, char **to,
    const char *value, size_t len)
{
    char  *p;

    p = ngx_pnalloc(tr->pool, len + 1);
    if (p == NULL) {
        tr->error = URLMETA_E_INTERNAL_ERROR;
        return NGX_ERROR;
    }

    ngx_memcpy(p, value, len);
    p[len] = '\0';

    *to = p;

    return NGX_OK;
}


/* several lines of a field are one list */

static ngx_int_t
ngx_http_urlmeta_transfer_join(ngx_http_urlmeta_transfer_t *tr,
    const char **to, const char *value, size_t len)
{
    return ngx_http_urlmeta_transfer_add(tr, to, ", ", value, len);
}


static ngx_int_t
ngx_http_urlmeta_transfer_add(ngx_http_urlmeta_transfer_t *tr,
    const char **to, const char *between, const char *value, size_t len)
{
    char    *first;
    u_char  *joined;

    if (*to == NULL) {
        if (ngx_http_urlmeta_transfer_keep(tr, &first, value, len) != NGX_OK) {
            return NGX_ERROR;
        }

        *to = first;
        return NGX_OK;
    }

    joined = ngx_pnalloc(tr->pool, ngx_strlen(*to) + ngx_strlen(between)
                                   + len + 1);
    if (joined == NULL) {
        tr->error = URLMETA_E_INTERNAL_ERROR;
        return NGX_ERROR;
    }

    *ngx_sprintf(joined, "%s%s%*s", *to, between, len, value) = '\0';
    *to = (char *) joined;

    return NGX_OK;
}
