
/*
 * One request, from its arrival to the response: what is asked, the cached
 * card or a fetch to wait for, the answer.
 */


#include "ngx_http_urlmeta_filter.h"


static ngx_int_t ngx_http_urlmeta_url_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    urlmeta_url_t *url);
static ngx_uint_t ngx_http_urlmeta_url_plain(ngx_str_t *value);
static ngx_int_t ngx_http_urlmeta_key_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_headers_t *headers);
static ngx_int_t ngx_http_urlmeta_headers_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf,
    ngx_http_urlmeta_fetch_headers_t *headers);
static ngx_int_t ngx_http_urlmeta_update(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_headers_t *headers, const urlmeta_url_t *url,
    ngx_http_urlmeta_fetch_t **started);
static ngx_int_t ngx_http_urlmeta_wait(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_headers_t *headers, const urlmeta_url_t *url,
    ngx_http_urlmeta_fetch_t *started);
static ngx_http_urlmeta_fetch_t *ngx_http_urlmeta_make(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_headers_t *headers, const urlmeta_url_t *url);
static ngx_int_t ngx_http_urlmeta_fetch_prepare(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_fetch_headers_t *headers);
static ngx_int_t ngx_http_urlmeta_copy(ngx_pool_t *pool, ngx_str_t *to,
    ngx_str_t *from);
static void ngx_http_urlmeta_resume(ngx_event_t *ev);


ngx_int_t
ngx_http_urlmeta_handler(ngx_http_request_t *r)
{
    ngx_int_t                          rc;
    ngx_uint_t                         purge;
    urlmeta_url_t                      url;
    urlmeta_error_e                    error;
    ngx_pool_cleanup_t                *cln;
    ngx_http_urlmeta_fetch_t          *started;
    ngx_http_urlmeta_ctx_t            *ctx;
    ngx_http_urlmeta_filter_t         *f;
    ngx_http_urlmeta_loc_conf_t       *ulcf;
    ngx_http_urlmeta_fetch_headers_t   headers;

    f = ngx_http_urlmeta_filter_get(r);

    if (f && f->mode == NGX_HTTP_URLMETA_FILTER_LOCAL) {

        /* a card of a card */

        f->headed = 1;
        f->read = 1;
        f->status = NGX_HTTP_OK;
        f->error = URLMETA_E_LOOP_DETECTED;

        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ulcf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_module);

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (r->method == NGX_HTTP_OPTIONS && ulcf->cors) {
        return ngx_http_urlmeta_cors_preflight(r);
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_urlmeta_ctx_t));
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_set_ctx(r, ctx, ngx_http_urlmeta_module);

    rc = ngx_http_urlmeta_format_eval(r, ulcf, ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_urlmeta_options(r, ulcf, ctx);
    }

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_urlmeta_looped(r) || ngx_http_urlmeta_local_within(r)) {
        return ngx_http_urlmeta_send_error(r, ctx, URLMETA_E_LOOP_DETECTED);
    }

    switch (ngx_http_test_predicates(r, ulcf->cache_purge)) {

    case NGX_OK:
        purge = 0;
        break;

    case NGX_DECLINED:
        purge = 1;
        break;

    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!purge && !(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {

        if (ngx_http_urlmeta_add_header(r, "Allow", (u_char *) "GET, HEAD", 9)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_urlmeta_send_error(r, ctx,
                                           URLMETA_E_METHOD_NOT_ALLOWED);
    }

    if (rc == NGX_DECLINED) {
        return ngx_http_urlmeta_send_error(r, ctx, URLMETA_E_FORMAT_UNKNOWN);
    }

    if (ngx_http_urlmeta_details_eval(r, ulcf, ctx) != NGX_OK
        || ngx_http_urlmeta_url_eval(r, ulcf, ctx, &url) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    error = ctx->error;

    if (error == URLMETA_E_NONE) {

        /* first of all: what follows tells of policy and cache */

        error = ngx_http_urlmeta_signature(r, ulcf, ctx);
    }

    ctx->local = error == URLMETA_E_NONE
                 && ngx_http_urlmeta_local_is(r, ulcf, &url);

    if (error == URLMETA_E_NONE && !ctx->local) {

        /* judged on a hit too: another location's card is no permission */

        error = ngx_http_urlmeta_policy_url(&ulcf->fetch.policy, &url);
    }

    if (error != URLMETA_E_NONE) {
        return ngx_http_urlmeta_send_error(r, ctx, error);
    }

    ngx_memzero(&headers, sizeof(ngx_http_urlmeta_fetch_headers_t));

    if (ctx->local) {
        rc = ngx_http_urlmeta_page_key(r, ulcf, ctx);

    } else {
        rc = ngx_http_urlmeta_headers_eval(r, ulcf, &headers);

        if (rc == NGX_OK) {
            rc = ngx_http_urlmeta_key_eval(r, ulcf, ctx, &headers);
        }
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (purge) {
        return ngx_http_urlmeta_purge(r, ulcf, ctx);
    }

    started = NULL;

    if (ulcf->cache_zone) {
        rc = ngx_http_urlmeta_lookup(r, ulcf, ctx);

        if (rc == NGX_AGAIN) {
            rc = ngx_http_urlmeta_update(r, ulcf, ctx, &headers, &url,
                                         &started);
        }

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    /*
     * Found through the record and not through the context, which an internal
     * redirect empties.
     */

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {

        if (started) {
            ngx_http_urlmeta_fetch_discard(started);
        }

        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_urlmeta_cleanup;
    cln->data = ctx;

    return ngx_http_urlmeta_wait(r, ulcf, ctx, &headers, &url, started);
}


/* NGX_DECLINED: there is no such format; errors then speak JSON */

ngx_int_t
ngx_http_urlmeta_format_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    ngx_str_t         name, accept;
    ngx_uint_t        value;
    urlmeta_format_e  format;

    value = ulcf->format_value;

    if (ulcf->format) {

        if (ngx_http_complex_value(r, ulcf->format, &name) != NGX_OK) {
            return NGX_ERROR;
        }

        if (name.len == 0) {
            value = URLMETA_FORMAT_JSON;

        } else if (name.len == 4 && ngx_strncmp(name.data, "auto", 4) == 0) {
            value = NGX_HTTP_URLMETA_FORMAT_AUTO;

        } else {
            format = urlmeta_format((char *) name.data, name.len);

            if (format == URLMETA_FORMAT_UNKNOWN) {
                ctx->format = URLMETA_FORMAT_JSON;
                return NGX_DECLINED;
            }

            value = format;
        }
    }

    if (value != NGX_HTTP_URLMETA_FORMAT_AUTO) {
        ctx->format = (urlmeta_format_e) value;
        return NGX_OK;
    }

    ngx_str_null(&accept);

#if (NGX_HTTP_HEADERS)
    if (r->headers_in.accept) {
        accept = r->headers_in.accept->value;
    }
#else
    {
        ngx_uint_t        i;
        ngx_list_part_t  *part;
        ngx_table_elt_t  *h;

        /* nginx parses Accept for some of its own modules only */

        part = &r->headers_in.headers.part;
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

            if (h[i].key.len == 6
                && ngx_strncasecmp(h[i].key.data, (u_char *) "Accept", 6) == 0)
            {
                accept = h[i].value;
                break;
            }
        }
    }
#endif

    ctx->vary = 1;
    ctx->format_auto = 1;
    ctx->format = urlmeta_format_accept((char *) accept.data, accept.len);

    return NGX_OK;
}


ngx_int_t
ngx_http_urlmeta_details_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    ngx_str_t  value;

    if (ulcf->details == NULL) {
        ctx->details = ulcf->details_value;
        return NGX_OK;
    }

    if (ngx_http_complex_value(r, ulcf->details, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    /* as predicates: not empty, not "0"; and "off", as the directive says */

    ctx->details = value.len
                   && !(value.len == 1 && value.data[0] == '0')
                   && !(value.len == 3
                        && ngx_strncasecmp(value.data, (u_char *) "off", 3)
                           == 0);

    return NGX_OK;
}


/* ctx->error says what is wrong with the URL; NGX_ERROR is lack of memory */

static ngx_int_t
ngx_http_urlmeta_url_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    urlmeta_url_t *url)
{
    u_char     *dst, *src;
    ngx_str_t   value;

    if (ngx_http_complex_value(r, ulcf->url, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->url = value;

    if (value.len == 0) {
        ctx->error = URLMETA_E_URL_MISSING;
        return NGX_OK;
    }

    /*
     * Decoded once, and only where nobody did it before: a literal "://" is
     * what decoding would have brought.  What is decoded twice has an escaped
     * "%" of the target read as ours.
     */

    if (!ngx_http_urlmeta_url_plain(&value)) {
        dst = ngx_pnalloc(r->pool, value.len);
        if (dst == NULL) {
            return NGX_ERROR;
        }

        src = value.data;
        ctx->url.data = dst;

        ngx_unescape_uri(&dst, &src, value.len, 0);

        ctx->url.len = dst - ctx->url.data;
    }

    if (ngx_http_urlmeta_local_path(r, ulcf, &ctx->url) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->error = urlmeta_url_parse(url, (char *) ctx->url.data, ctx->url.len);

    if (ctx->error != URLMETA_E_NONE) {
        return NGX_OK;
    }

    ctx->url.len = url->len;
    ctx->url.data = ngx_pnalloc(r->pool, url->len);

    if (ctx->url.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(ctx->url.data, url->text, url->len);

    return NGX_OK;
}


/* whether there is a "://" in it */

static ngx_uint_t
ngx_http_urlmeta_url_plain(ngx_str_t *value)
{
    u_char  *p, *last;

    p = value->data;
    last = value->data + value->len;

    for ( ;; ) {
        p = ngx_strlchr(p, last, ':');

        if (p == NULL || last - p < 3) {
            return 0;
        }

        if (p[1] == '/' && p[2] == '/') {
            return 1;
        }

        p++;
    }
}


static ngx_int_t
ngx_http_urlmeta_key_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_headers_t *headers)
{
    ngx_uint_t                  i, n;
    ngx_str_t                   text[6], *more;
    ngx_http_urlmeta_header_t  *h;

    /* the second pair: with what the location sends for its own */

    static u_char  details[] = "0123";

    text[0] = ulcf->fingerprint;
    text[1] = ctx->url;

    if (ulcf->cache_key
        && ngx_http_complex_value(r, ulcf->cache_key, &text[1]) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->name = text[1];

    text[2].data = &details[ctx->details ? 1 : 0];
    text[2].len = 1;

    if (ulcf->user_agent == NULL && ulcf->accept_language == NULL
        && headers->headers == NULL)
    {
        return ngx_http_urlmeta_cache_key(ctx->key, text, 3);
    }

    text[2].data += 2;

    text[3] = headers->user_agent;
    text[4] = headers->accept_language;

    if (headers->headers == NULL) {
        return ngx_http_urlmeta_cache_key(ctx->key, text, 5);
    }

    n = headers->headers->nelts;
    h = headers->headers->elts;

    more = ngx_palloc(r->pool, (5 + 2 * n) * sizeof(ngx_str_t));
    if (more == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(more, text, 5 * sizeof(ngx_str_t));

    for (i = 0; i < n; i++) {
        more[5 + 2 * i] = h[i].name;
        more[6 + 2 * i] = h[i].value;
    }

    return ngx_http_urlmeta_cache_key(ctx->key, more, 5 + 2 * n);
}


static ngx_int_t
ngx_http_urlmeta_headers_eval(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf,
    ngx_http_urlmeta_fetch_headers_t *headers)
{
    ngx_uint_t                      i;
    ngx_http_urlmeta_header_t      *h;
    ngx_http_urlmeta_set_header_t  *sh;

    if (ulcf->user_agent) {
        if (ngx_http_complex_value(r, ulcf->user_agent, &headers->user_agent)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

    } else {
        ngx_str_set(&headers->user_agent, "ngx_urlmeta/" URLMETA_VERSION);
    }

    if (ulcf->accept_language
        && ngx_http_complex_value(r, ulcf->accept_language,
                                  &headers->accept_language)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ulcf->headers == NULL) {
        return NGX_OK;
    }

    headers->headers = ngx_array_create(r->pool, ulcf->headers->nelts,
                                        sizeof(ngx_http_urlmeta_header_t));
    if (headers->headers == NULL) {
        return NGX_ERROR;
    }

    sh = ulcf->headers->elts;

    for (i = 0; i < ulcf->headers->nelts; i++) {

        h = ngx_array_push(headers->headers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        h->name = sh[i].name;

        if (ngx_http_complex_value(r, &sh[i].value, &h->value) != NGX_OK) {
            return NGX_ERROR;
        }

        /* as proxy_set_header: an empty value means no header */

        if (h->value.len == 0) {
            headers->headers->nelts--;
        }
    }

    return NGX_OK;
}


/*
 * The entry is stale and may be sent if somebody refreshes it: what the
 * handler returns, or NGX_DECLINED if this request has to wait for that, with
 * its own fetch in "started".
 */

static ngx_int_t
ngx_http_urlmeta_update(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_headers_t *headers, const urlmeta_url_t *url,
    ngx_http_urlmeta_fetch_t **started)
{
    ngx_http_urlmeta_fetch_t         *fetch;
    ngx_http_urlmeta_cache_status_e   status;

    status = NGX_HTTP_URLMETA_CACHE_UPDATING;

    /* most of those who find it stale find out here: a fetch is much to make */

    if (ngx_http_urlmeta_fetch_find(ctx->key) == NULL
        && !(ulcf->cache_lock
             && ngx_http_urlmeta_cache_leased(ulcf->cache_zone, ctx->key)))
    {
        fetch = ngx_http_urlmeta_make(r, ulcf, ctx, headers, url);

        if (fetch == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (ngx_http_urlmeta_fetch_acquire(fetch) != NGX_OK) {
            ngx_http_urlmeta_fetch_discard(fetch);

        } else if (ulcf->cache_background_update && !ctx->local) {
            ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_BACKGROUND);
            ngx_http_urlmeta_fetch_start(fetch);

            status = NGX_HTTP_URLMETA_CACHE_STALE;

        } else {
            *started = fetch;
            return NGX_DECLINED;
        }
    }

    return ngx_http_urlmeta_send_stale(r, ulcf, ctx, status);
}


static ngx_int_t
ngx_http_urlmeta_wait(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_headers_t *headers, const urlmeta_url_t *url,
    ngx_http_urlmeta_fetch_t *started)
{
    ngx_http_urlmeta_fetch_t  *fetch;

    fetch = started;

    if (fetch == NULL) {
        fetch = ngx_http_urlmeta_fetch_find(ctx->key);
    }

    if (fetch == NULL) {
        fetch = ngx_http_urlmeta_make(r, ulcf, ctx, headers, url);

        if (fetch == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        started = fetch;

    } else {
        ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_JOINED);
    }

    if (ngx_http_urlmeta_wait_for(r, ctx, fetch, started,
                                  ngx_http_urlmeta_resume)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->main->count++;

    return NGX_DONE;
}


ngx_int_t
ngx_http_urlmeta_wait_for(ngx_http_request_t *r, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_t *fetch, ngx_http_urlmeta_fetch_t *started,
    ngx_event_handler_pt handler)
{
    ngx_connection_t  *c;

    ctx->waiter.event.handler = handler;
    ctx->waiter.event.data = r;
    ctx->waiter.event.log = r->connection->log;

    ngx_http_urlmeta_fetch_wait(fetch, &ctx->waiter);

    /* as ngx_http_limit_req_handler(): a client that leaves is noticed */

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    c = r->connection;

    if (c->read->ready) {
        ngx_post_event(c->read, &ngx_posted_events);

    } else {
        if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
            ngx_http_urlmeta_fetch_leave(&ctx->waiter);

            if (started && !started->passive) {
                ngx_http_urlmeta_fetch_discard(started);
            }

            return NGX_ERROR;
        }
    }

    if (started) {
        ngx_http_urlmeta_fetch_start_once(started);
    }

    return NGX_OK;
}


static ngx_http_urlmeta_fetch_t *
ngx_http_urlmeta_make(ngx_http_request_t *r, ngx_http_urlmeta_loc_conf_t *ulcf,
    ngx_http_urlmeta_ctx_t *ctx, ngx_http_urlmeta_fetch_headers_t *headers,
    const urlmeta_url_t *url)
{
    ngx_http_urlmeta_fetch_t  *fetch;

    fetch = ngx_http_urlmeta_fetch_create(&ulcf->fetch, ctx->key, url);

    if (fetch == NULL) {
        return NULL;
    }

    if (ngx_http_urlmeta_fetch_prepare(r, ulcf, ctx, fetch, headers)
        != NGX_OK)
    {
        ngx_http_urlmeta_fetch_discard(fetch);
        return NULL;
    }

    return fetch;
}


/* everything of the request that the fetch needs, copied: it may outlive it */

static ngx_int_t
ngx_http_urlmeta_fetch_prepare(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_t *fetch, ngx_http_urlmeta_fetch_headers_t *headers)
{
    ngx_uint_t                  i;
    ngx_http_urlmeta_header_t  *from, *to;

    fetch->details = ctx->details;
    fetch->passive = ctx->local;

    if (ngx_http_urlmeta_copy(fetch->pool, &fetch->headers.user_agent,
                              &headers->user_agent)
        != NGX_OK
        || ngx_http_urlmeta_copy(fetch->pool,
                                 &fetch->headers.accept_language,
                                 &headers->accept_language)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (headers->headers && headers->headers->nelts) {

        fetch->headers.headers = ngx_array_create(fetch->pool,
                                                  headers->headers->nelts,
                                            sizeof(ngx_http_urlmeta_header_t));
        if (fetch->headers.headers == NULL) {
            return NGX_ERROR;
        }

        from = headers->headers->elts;

        for (i = 0; i < headers->headers->nelts; i++) {
            to = ngx_array_push(fetch->headers.headers);

            if (to == NULL
                || ngx_http_urlmeta_copy(fetch->pool, &to->name, &from[i].name)
                   != NGX_OK
                || ngx_http_urlmeta_copy(fetch->pool, &to->value,
                                         &from[i].value)
                   != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return ngx_http_urlmeta_store_prepare(r, ulcf, ctx, fetch);
}


static ngx_int_t
ngx_http_urlmeta_copy(ngx_pool_t *pool, ngx_str_t *to, ngx_str_t *from)
{
    to->len = from->len;
    to->data = ngx_pstrdup(pool, from);

    return (to->data == NULL && from->len) ? NGX_ERROR : NGX_OK;
}


/* posted by the fetch: nothing of a request runs under it */

static void
ngx_http_urlmeta_resume(ngx_event_t *ev)
{
    ngx_int_t                     rc;
    ngx_connection_t             *c;
    ngx_http_request_t           *r;
    ngx_http_urlmeta_ctx_t       *ctx;
    ngx_http_urlmeta_fetch_t     *fetch;
    ngx_http_urlmeta_waiter_t    *waiter;
    ngx_http_urlmeta_loc_conf_t  *ulcf;

    r = ev->data;
    c = r->connection;

    waiter = (ngx_http_urlmeta_waiter_t *)
                 ((u_char *) ev - offsetof(ngx_http_urlmeta_waiter_t, event));
    ctx = (ngx_http_urlmeta_ctx_t *)
            ((u_char *) waiter - offsetof(ngx_http_urlmeta_ctx_t, waiter));

    fetch = waiter->fetch;

    if (ngx_http_get_module_ctx(r, ngx_http_urlmeta_module) != ctx) {

        /* the client left, and post_action goes on with the request */

        ngx_http_urlmeta_fetch_leave(waiter);
        return;
    }

    ngx_http_set_log_request(c->log, r);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "urlmeta resume: \"%V\"", &r->uri);

    ulcf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_module);

    if (waiter->lead && !fetch->finished) {

        if (ngx_http_urlmeta_local_read(r, ulcf, ctx) == NGX_OK) {
            ngx_http_run_posted_requests(c);
            return;
        }

        ngx_http_urlmeta_fetch_end_error(waiter, URLMETA_E_INTERNAL_ERROR,
                                         NULL);
    }

    r->read_event_handler = ngx_http_block_reading;

    rc = ngx_http_urlmeta_answer(r, ulcf, ctx, fetch);

    /* the answer is a copy: a client that is slow to read holds no fetch */

    ngx_http_urlmeta_fetch_leave(waiter);

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


ngx_int_t
ngx_http_urlmeta_answer(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx,
    ngx_http_urlmeta_fetch_t *fetch)
{
    ngx_http_urlmeta_cache_entry_t  entry;

    ctx->fetched = 1;
    ctx->fetch_time = fetch->time;
    ctx->upstream_status = fetch->upstream_status;
    ctx->retry_after = fetch->retry_after;

    if (ngx_http_urlmeta_copy(r->pool, &ctx->effective_url,
                              &fetch->effective_url)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (fetch->error != URLMETA_E_NONE) {

        if (ctx->found
            && ngx_http_urlmeta_may_be_stale(ulcf, &ctx->entry.meta,
                                             fetch->error,
                                             fetch->upstream_status))
        {
            return ngx_http_urlmeta_send_stale(r, ulcf, ctx,
                                               NGX_HTTP_URLMETA_CACHE_STALE);
        }

        return ngx_http_urlmeta_send_error(r, ctx, fetch->error);
    }

    if (fetch->not_modified) {
        ctx->cache_status = NGX_HTTP_URLMETA_CACHE_REVALIDATED;
    }

    ngx_memzero(&entry, sizeof(ngx_http_urlmeta_cache_entry_t));

    entry.meta = fetch->meta;
    entry.url = ctx->effective_url;
    entry.name = ctx->name;

    if (ngx_http_urlmeta_copy(r->pool, &entry.body, &fetch->body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->format != URLMETA_FORMAT_JSON) {
        return ngx_http_urlmeta_convert(r, ulcf, ctx, &entry, 1);
    }

    return ngx_http_urlmeta_send_card(r, ulcf, ctx, &entry);
}


void
ngx_http_urlmeta_cleanup(void *data)
{
    ngx_http_urlmeta_ctx_t *ctx = data;

    if (ctx->waiter.fetch) {
        ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_ABORTED);
    }

    ngx_http_urlmeta_fetch_leave(&ctx->waiter);
}
