
/*
 * A page as it passes: its header, its bytes, the card that is made of them.
 */


#include "ngx_http_urlmeta_filter.h"


static ngx_int_t ngx_http_urlmeta_page_field(ngx_http_urlmeta_filter_t *f,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_urlmeta_page_target(ngx_http_urlmeta_filter_t *f,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_urlmeta_page_type(ngx_http_urlmeta_filter_t *f);
static ngx_int_t ngx_http_urlmeta_page_keep(ngx_http_urlmeta_filter_t *f,
    char **to, ngx_str_t *value);
static ngx_int_t ngx_http_urlmeta_page_join(ngx_http_urlmeta_filter_t *f,
    const char **to, ngx_str_t *value);
static void ngx_http_urlmeta_page_coding(ngx_http_urlmeta_filter_t *f,
    ngx_str_t *value);
static int ngx_http_urlmeta_page_decoded(void *data, const char *piece,
    size_t len);
static ngx_int_t ngx_http_urlmeta_page_reader(ngx_http_urlmeta_filter_t *f);
static urlmeta_error_e ngx_http_urlmeta_page_error(
    ngx_http_urlmeta_filter_t *f);
static urlmeta_error_e ngx_http_urlmeta_page_card(
    ngx_http_urlmeta_filter_t *f, ngx_http_urlmeta_fetch_t *fetch);


ngx_int_t
ngx_http_urlmeta_page_header(ngx_http_urlmeta_filter_t *f)
{
    u_char               *p;
    ngx_str_t             value;
    ngx_uint_t            i;
    ngx_list_part_t      *part;
    ngx_table_elt_t      *h;
    ngx_http_request_t   *r;

    r = f->request;

    f->headed = 1;
    f->status = r->headers_out.status;
    f->fields.status = (unsigned) f->status;

    part = &r->headers_out.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].hash == 0) {
            continue;
        }

        if (ngx_http_urlmeta_page_field(f, &h[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    /* a file's date is no field yet */

    if (f->fields.last_modified == NULL
        && r->headers_out.last_modified_time != -1)
    {
        p = ngx_pnalloc(r->pool, sizeof("Mon, 28 Sep 1970 06:00:00 GMT"));
        if (p == NULL) {
            return NGX_ERROR;
        }

        value.data = p;
        value.len = ngx_http_time(p, r->headers_out.last_modified_time) - p;

        if (ngx_http_urlmeta_page_join(f, &f->fields.last_modified, &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_urlmeta_page_type(f);
}


static ngx_int_t
ngx_http_urlmeta_page_field(ngx_http_urlmeta_filter_t *f, ngx_table_elt_t *h)
{
    urlmeta_freshness_fields_t  *fields;

    fields = &f->fields;

#define ngx_http_urlmeta_is(field)                                            \
    (h->key.len == sizeof(field) - 1                                          \
     && ngx_strncasecmp(h->key.data, (u_char *) field, sizeof(field) - 1) == 0)

    if (ngx_http_urlmeta_is("Content-Encoding")) {
        ngx_http_urlmeta_page_coding(f, &h->value);
        return NGX_OK;
    }

    if (ngx_http_urlmeta_is("Content-Language")) {
        return ngx_http_urlmeta_page_keep(f, &f->content_language, &h->value);
    }

    if (ngx_http_urlmeta_is("Content-Disposition")) {
        return ngx_http_urlmeta_page_keep(f, &f->content_disposition,
                                          &h->value);
    }

    if (ngx_http_urlmeta_is("Link")) {
        return ngx_http_urlmeta_page_join(f, (const char **) &f->link,
                                          &h->value);
    }

    if (ngx_http_urlmeta_is("Location")) {
        return ngx_http_urlmeta_page_keep(f, &f->location, &h->value);
    }

    if (ngx_http_urlmeta_is("Retry-After")) {
        return ngx_http_urlmeta_page_keep(f, &f->retry_after, &h->value);
    }

    if (ngx_http_urlmeta_is("Cache-Control")) {
        return ngx_http_urlmeta_page_join(f, &fields->cache_control,
                                          &h->value);
    }

    if (ngx_http_urlmeta_is("Expires")) {
        return ngx_http_urlmeta_page_join(f, &fields->expires, &h->value);
    }

    if (ngx_http_urlmeta_is("Date")) {
        return ngx_http_urlmeta_page_join(f, &fields->date, &h->value);
    }

    if (ngx_http_urlmeta_is("Age")) {
        return ngx_http_urlmeta_page_join(f, &fields->age, &h->value);
    }

    if (ngx_http_urlmeta_is("Last-Modified")) {
        return ngx_http_urlmeta_page_join(f, &fields->last_modified,
                                          &h->value);
    }

    if (ngx_http_urlmeta_is("ETag")) {
        return ngx_http_urlmeta_page_join(f, &fields->etag, &h->value);
    }

    if (ngx_http_urlmeta_is("Vary")) {
        return ngx_http_urlmeta_page_join(f, &fields->vary, &h->value);
    }

    if (ngx_http_urlmeta_is("Set-Cookie")) {
        fields->set_cookie = 1;
        return NGX_OK;
    }

#undef ngx_http_urlmeta_is

    return ngx_http_urlmeta_page_target(f, h);
}


/* RFC 9213: the first of the list that is there */

static ngx_int_t
ngx_http_urlmeta_page_target(ngx_http_urlmeta_filter_t *f, ngx_table_elt_t *h)
{
    ngx_str_t    *target;
    ngx_uint_t    i;
    ngx_array_t  *targets;

    targets = f->conf->fetch.targets;

    if (targets == NULL) {
        return NGX_OK;
    }

    target = targets->elts;

    for (i = 0; i < targets->nelts; i++) {

        if (target[i].len != h->key.len
            || ngx_strncasecmp(target[i].data, h->key.data, h->key.len) != 0)
        {
            continue;
        }

        if (f->target && f->target < i + 1) {
            return NGX_OK;
        }

        if (f->target != i + 1) {
            f->fields.targeted = NULL;
            f->target = i + 1;
        }

        return ngx_http_urlmeta_page_join(f, &f->fields.targeted, &h->value);
    }

    return NGX_OK;
}


/* nginx keeps a charset beside the type it belongs to */

static ngx_int_t
ngx_http_urlmeta_page_type(ngx_http_urlmeta_filter_t *f)
{
    u_char                   *p;
    ngx_str_t                 value;
    ngx_http_headers_out_t   *out;

    out = &f->request->headers_out;

    if (out->content_type.len == 0) {
        return NGX_OK;
    }

    if (out->charset.len == 0 || out->content_type_len != out->content_type.len)
    {
        return ngx_http_urlmeta_page_keep(f, &f->content_type,
                                          &out->content_type);
    }

    p = ngx_pnalloc(f->request->pool, out->content_type.len
                                      + sizeof("; charset=") - 1
                                      + out->charset.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "%V; charset=%V", &out->content_type,
                            &out->charset)
                - p;

    return ngx_http_urlmeta_page_keep(f, &f->content_type, &value);
}


static ngx_int_t
ngx_http_urlmeta_page_keep(ngx_http_urlmeta_filter_t *f, char **to,
    ngx_str_t *value)
{
    char  *p;

    p = ngx_pnalloc(f->request->pool, value->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, value->data, value->len);
    p[value->len] = '\0';

    *to = p;

    return NGX_OK;
}


/* several lines of a field are one list */

static ngx_int_t
ngx_http_urlmeta_page_join(ngx_http_urlmeta_filter_t *f, const char **to,
    ngx_str_t *value)
{
    char    *first;
    u_char  *joined;

    if (*to == NULL) {
        if (ngx_http_urlmeta_page_keep(f, &first, value) != NGX_OK) {
            return NGX_ERROR;
        }

        *to = first;
        return NGX_OK;
    }

    joined = ngx_pnalloc(f->request->pool,
                         ngx_strlen(*to) + 2 + value->len + 1);
    if (joined == NULL) {
        return NGX_ERROR;
    }

    *ngx_sprintf(joined, "%s, %V", *to, value) = '\0';
    *to = (char *) joined;

    return NGX_OK;
}


/* one layer of gzip is read; of all else one warning is enough */

static void
ngx_http_urlmeta_page_coding(ngx_http_urlmeta_filter_t *f, ngx_str_t *value)
{
    if (value->len == 0
        || (value->len == 8
            && ngx_strncasecmp(value->data, (u_char *) "identity", 8) == 0))
    {
        return;
    }

    if (!f->gzip
        && ((value->len == 4
             && ngx_strncasecmp(value->data, (u_char *) "gzip", 4) == 0)
            || (value->len == 6
                && ngx_strncasecmp(value->data, (u_char *) "x-gzip", 6) == 0)))
    {
        f->gzip = 1;
        return;
    }

    f->error = URLMETA_E_ENCODING_DENIED;

    if (f->conf->filter.warned) {
        return;
    }

    f->conf->filter.warned = 1;

    ngx_log_error(NGX_LOG_WARN, f->request->connection->log, 0,
                  "urlmeta: pages with \"Content-Encoding: %V\" cannot be "
                  "read; have the server behind this location send none or "
                  "gzip, by \"proxy_set_header Accept-Encoding gzip\"", value);
}


ngx_uint_t
ngx_http_urlmeta_page_html(ngx_http_request_t *r)
{
    ngx_str_t  *type;
    size_t      len;

    type = &r->headers_out.content_type;
    len = r->headers_out.content_type_len;

    if (len > type->len || len == 0) {
        len = type->len;
    }

    return (len == 9 && ngx_strncasecmp(type->data, (u_char *) "text/html", 9)
                        == 0)
           || (len == 21
               && ngx_strncasecmp(type->data,
                                  (u_char *) "application/xhtml+xml", 21)
                  == 0);
}


void
ngx_http_urlmeta_page_feed(ngx_http_urlmeta_filter_t *f, u_char *data,
    size_t len)
{
    int       rc;
    uint64_t  begin;

    if (f->read || len == 0) {
        return;
    }

    begin = ngx_http_urlmeta_slice();

    if (!f->gzip) {
        rc = ngx_http_urlmeta_page_decoded(f, (char *) data, len);

    } else {

        if (f->decode == NULL) {
            f->decode = urlmeta_decode_create(ngx_http_urlmeta_page_decoded,
                                              f);
        }

        f->encoded += len;

        if (f->decode == NULL) {
            rc = URLMETA_ERROR;

        } else if (f->encoded > f->bytes + NGX_HTTP_URLMETA_MAX_WASTE) {

            /* empty blocks, and what is not of a member, come to nothing */

            rc = urlmeta_decode_complete(f->decode) ? URLMETA_DONE
                                                    : URLMETA_DECODE_BAD;

        } else {
            rc = urlmeta_decode_feed(f->decode, data, len);
        }
    }

    f->parse += ngx_http_urlmeta_slice_end(begin);

    switch (rc) {

    case URLMETA_OK:
        return;

    case URLMETA_DONE:
        break;

    case URLMETA_DECODE_BAD:

        if (f->bytes == 0) {
            f->error = URLMETA_E_ENCODING_BAD;
            break;
        }

        f->truncated = 1;
        f->broken = 1;
        f->cause = URLMETA_E_ENCODING_BAD;
        break;

    default:
        f->error = URLMETA_E_INTERNAL_ERROR;
    }

    f->read = 1;
}


static int
ngx_http_urlmeta_page_decoded(void *data, const char *piece, size_t len)
{
    ngx_http_urlmeta_filter_t *f = data;

    int     rc;
    size_t  left;

    if (ngx_http_urlmeta_page_reader(f) != NGX_OK) {
        return URLMETA_ERROR;
    }

    left = f->conf->fetch.max_body_size - f->bytes;

    if (len > left) {
        len = left;
        f->truncated = 1;
    }

    f->bytes += len;
    ngx_http_urlmeta_count_n(NGX_HTTP_URLMETA_COUNT_DECODED, len);

    rc = urlmeta_reader_feed(f->reader, piece, len);

    /* a page too long is read to the limit */

    return (rc == URLMETA_OK && f->truncated) ? URLMETA_DONE : rc;
}


static ngx_int_t
ngx_http_urlmeta_page_reader(ngx_http_urlmeta_filter_t *f)
{
    if (f->reader) {
        return NGX_OK;
    }

    f->reader = urlmeta_reader_create(f->url->text, f->content_type,
                                      f->ctx->details);
    if (f->reader == NULL) {
        return NGX_ERROR;
    }

    urlmeta_reader_extent(f->reader, f->conf->fetch.extent);

    return NGX_OK;
}


void
ngx_http_urlmeta_page_end(ngx_http_urlmeta_filter_t *f, ngx_uint_t complete)
{
    if (f->ended) {
        return;
    }

    f->ended = 1;

    if (f->read) {
        return;
    }

    f->read = 1;

    if (!complete) {

        if (f->bytes == 0) {
            f->error = URLMETA_E_INCOMPLETE;
            return;
        }

        f->truncated = 1;
        f->broken = 1;
        f->cause = URLMETA_E_INCOMPLETE;
        return;
    }

    if (f->decode && !urlmeta_decode_complete(f->decode)) {
        f->truncated = 1;
        f->broken = 1;
    }
}


/* what the response is, but for its body */

static urlmeta_error_e
ngx_http_urlmeta_page_error(ngx_http_urlmeta_filter_t *f)
{
    ngx_http_upstream_t  *u;

    if (f->status >= 200 && f->status < 300 && f->status != 206) {
        return f->error;
    }

    if (f->status == 206 || f->status == 304) {

        /* neither was asked for */

        return URLMETA_E_PROTOCOL_ERROR;
    }

    u = f->request->upstream;

    /* where nobody answered, the status is what nginx makes of that */

    if (u && u->headers_in.status_n == 0 && u->state) {

        if (f->status == NGX_HTTP_BAD_GATEWAY) {
            return (u->state->connect_time == (ngx_msec_t) -1)
                   ? URLMETA_E_CONNECT_FAILED : URLMETA_E_PROTOCOL_ERROR;
        }

        if (f->status == NGX_HTTP_GATEWAY_TIME_OUT) {
            return (u->state->connect_time == (ngx_msec_t) -1)
                   ? URLMETA_E_CONNECT_TIMEOUT : URLMETA_E_UPSTREAM_TIMEOUT;
        }
    }

    return URLMETA_E_UPSTREAM_STATUS;
}


void
ngx_http_urlmeta_page_result(ngx_http_urlmeta_filter_t *f)
{
    urlmeta_error_e            error;
    ngx_http_urlmeta_fetch_t  *fetch;

    fetch = f->ctx->waiter.fetch;

    if (fetch == NULL || fetch->finished) {
        return;
    }

    fetch->upstream_status = f->status;
    fetch->fields = f->fields;

    urlmeta_freshness(&fetch->freshness, &fetch->fields, (int64_t) ngx_time(),
                      0);

    if (f->retry_after) {
        fetch->retry_after = (time_t) urlmeta_retry_after(f->retry_after,
                                                          ngx_time());
        fetch->retry_after = ngx_max(fetch->retry_after, 1);
    }

    error = ngx_http_urlmeta_page_error(f);

    if (error == URLMETA_E_NONE) {
        error = ngx_http_urlmeta_page_card(f, fetch);
    }

    ngx_http_urlmeta_page_free(f);

    /*
     * What its server does not want to be kept is nobody else's, either.  An
     * error tells nothing but its status.
     */

    fetch->unshared = f->ctx->private
                      || (error == URLMETA_E_NONE
                          && fetch->freshness.no_store);

    if (error != URLMETA_E_NONE) {
        ngx_http_urlmeta_fetch_end_error(&f->ctx->waiter, error, NULL);
        return;
    }

    ngx_http_urlmeta_fetch_end(&f->ctx->waiter);
}


static urlmeta_error_e
ngx_http_urlmeta_page_card(ngx_http_urlmeta_filter_t *f,
    ngx_http_urlmeta_fetch_t *fetch)
{
    int             rc, broken;
    uint64_t        begin;
    urlmeta_http_t  http;

    /* of an empty body the card is made of what is known without it */

    if (ngx_http_urlmeta_page_reader(f) != NGX_OK) {
        return URLMETA_E_INTERNAL_ERROR;
    }

    broken = urlmeta_reader_broken(f->reader);

    if (broken < 0) {
        return URLMETA_E_INTERNAL_ERROR;
    }

    fetch->fallback = (broken == 0);

    if (f->broken && f->cause != URLMETA_E_NONE && !broken) {
        return f->cause;
    }

    fetch->broken = f->broken;

    ngx_memzero(&http, sizeof(urlmeta_http_t));

    http.requested_url = fetch->requested->text;
    http.effective_url = f->url->text;
    http.status = (unsigned) f->status;
    http.content_type = f->content_type;
    http.content_language = f->content_language;
    http.content_disposition = f->content_disposition;
    http.last_modified = f->fields.last_modified;
    http.link = f->link;
    http.bytes = f->bytes;
    http.fetched_at = ngx_time();
    http.redirects = fetch->redirects->elts;
    http.nredirects = fetch->redirects->nelts;
    http.truncated = f->truncated;

    begin = ngx_http_urlmeta_slice();
    rc = urlmeta_reader_card(f->reader, &http, &fetch->card);
    f->parse += ngx_http_urlmeta_slice_end(begin);

    ngx_http_urlmeta_observe(NGX_HTTP_URLMETA_PARSE_TIME, f->parse / 1000);

    if (rc != URLMETA_OK) {
        return URLMETA_E_INTERNAL_ERROR;
    }

    fetch->body.data = (u_char *) fetch->card.data;
    fetch->body.len = fetch->card.len;

    return URLMETA_E_NONE;
}


void
ngx_http_urlmeta_page_free(ngx_http_urlmeta_filter_t *f)
{
    if (f->reader) {
        urlmeta_reader_destroy(f->reader);
        f->reader = NULL;
    }

    if (f->decode) {
        urlmeta_decode_destroy(f->decode);
        f->decode = NULL;
    }
}
