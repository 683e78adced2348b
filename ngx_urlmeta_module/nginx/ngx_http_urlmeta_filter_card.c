
/*
 * "urlmeta_filter card": a page is answered by its card.
 *
 * Every request for a page is a waiter of the fetch of its key.  One of them
 * leads: it goes on to the content, whose bytes are read and dropped here.  If
 * its client leaves, another one is told to lead.
 */


#include "ngx_http_urlmeta_filter.h"


static ngx_int_t ngx_http_urlmeta_card_done(ngx_http_request_t *r,
    ngx_int_t rc);
static ngx_int_t ngx_http_urlmeta_card_join(ngx_http_urlmeta_filter_t *f,
    ngx_uint_t stale);
static ngx_int_t ngx_http_urlmeta_card_lead(ngx_http_urlmeta_filter_t *f);
static ngx_uint_t ngx_http_urlmeta_card_drops(ngx_table_elt_t *h);
static void ngx_http_urlmeta_card_restore(ngx_http_urlmeta_filter_t *f);
static void ngx_http_urlmeta_card_resume(ngx_event_t *ev);
static ngx_int_t ngx_http_urlmeta_card_pass(ngx_http_urlmeta_filter_t *f);
static ngx_int_t ngx_http_urlmeta_card_send(ngx_http_urlmeta_filter_t *f);


ngx_int_t
ngx_http_urlmeta_card_start(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf)
{
    ngx_int_t                   rc;
    ngx_uint_t                  purge, stale;
    urlmeta_url_t              *url;
    ngx_pool_cleanup_t         *cln;
    ngx_http_urlmeta_ctx_t     *ctx;
    ngx_http_urlmeta_filter_t  *f;

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

        /* what changes something is for the one who handles it */

        return NGX_DECLINED;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_urlmeta_ctx_t));
    url = ngx_palloc(r->pool, sizeof(urlmeta_url_t));

    if (ctx == NULL || url == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    f = ngx_http_urlmeta_filter_create(r, ctx, ulcf,
                                       NGX_HTTP_URLMETA_FILTER_CARD);
    if (f == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    f->url = url;
    ctx->filter = f;

    ngx_http_set_ctx(r, ctx, ngx_http_urlmeta_module);

    rc = ngx_http_urlmeta_format_eval(r, ulcf, ctx);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_DECLINED) {
        return ngx_http_urlmeta_card_done(r,
                 ngx_http_urlmeta_send_error(r, ctx,
                                             URLMETA_E_FORMAT_UNKNOWN));
    }

    if (ngx_http_urlmeta_details_eval(r, ulcf, ctx) != NGX_OK
        || ngx_http_urlmeta_page_address(r, ulcf, ctx) != NGX_OK
        || ngx_http_urlmeta_page_url(r, ctx, url) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->error != URLMETA_E_NONE) {
        return ngx_http_urlmeta_card_done(r,
                             ngx_http_urlmeta_send_error(r, ctx, ctx->error));
    }

    ctx->private = ngx_http_urlmeta_page_private(r, ulcf);

    if (ngx_http_urlmeta_page_key(r, ulcf, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (purge) {
        return ngx_http_urlmeta_card_done(r,
                                         ngx_http_urlmeta_purge(r, ulcf, ctx));
    }

    stale = 0;

    if (ulcf->cache_zone && !ctx->private) {
        rc = ngx_http_urlmeta_lookup(r, ulcf, ctx);

        if (rc != NGX_DECLINED && rc != NGX_AGAIN) {
            return ngx_http_urlmeta_card_done(r, rc);
        }

        stale = (rc == NGX_AGAIN);
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_urlmeta_cleanup;
    cln->data = ctx;

    return ngx_http_urlmeta_card_join(f, stale);
}


/* the answer is sent: no later phase has anything to do */

static ngx_int_t
ngx_http_urlmeta_card_done(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


/*
 * Waits, or leads.  A "stale" entry is for those who come while another one,
 * of whichever worker, reads the page.
 */

static ngx_int_t
ngx_http_urlmeta_card_join(ngx_http_urlmeta_filter_t *f, ngx_uint_t stale)
{
    ngx_int_t                     rc;
    ngx_http_request_t           *r;
    ngx_http_urlmeta_ctx_t       *ctx;
    ngx_http_urlmeta_fetch_t     *fetch, *started;
    ngx_http_urlmeta_loc_conf_t  *ulcf;

    r = f->request;
    ctx = f->ctx;
    ulcf = f->conf;

    started = NULL;
    fetch = ngx_http_urlmeta_fetch_find(ctx->key);

    if (fetch == NULL) {

        fetch = ngx_http_urlmeta_fetch_create(&ulcf->fetch, ctx->key, f->url);
        if (fetch == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        fetch->passive = 1;
        fetch->details = ctx->details;

        rc = ngx_http_urlmeta_store_prepare(r, ulcf, ctx, fetch);

        if (rc != NGX_OK) {
            ngx_http_urlmeta_fetch_discard(fetch);
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        if (stale && ngx_http_urlmeta_fetch_acquire(fetch) != NGX_OK) {
            ngx_http_urlmeta_fetch_discard(fetch);

            return ngx_http_urlmeta_card_done(r,
                         ngx_http_urlmeta_send_stale(r, ulcf, ctx,
                                          NGX_HTTP_URLMETA_CACHE_UPDATING));
        }

        started = fetch;

    } else if (stale) {
        return ngx_http_urlmeta_card_done(r,
                         ngx_http_urlmeta_send_stale(r, ulcf, ctx,
                                          NGX_HTTP_URLMETA_CACHE_UPDATING));

    } else {
        ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_JOINED);
    }

    if (ngx_http_urlmeta_wait_for(r, ctx, fetch, started,
                                  ngx_http_urlmeta_card_resume)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->waiter.lead && !fetch->finished) {
        ngx_delete_posted_event(&ctx->waiter.event);

        return ngx_http_urlmeta_card_lead(f);
    }

    return NGX_AGAIN;
}


/* the phase's handler for a request that waited, or leads and was redirected */

ngx_int_t
ngx_http_urlmeta_card_continue(ngx_http_urlmeta_filter_t *f)
{
    ngx_int_t                  rc;
    ngx_http_request_t        *r;
    ngx_http_urlmeta_ctx_t    *ctx;
    ngx_http_urlmeta_fetch_t  *fetch;

    r = f->request;
    ctx = f->ctx;

    if (f->leading) {
        return NGX_DECLINED;
    }

    fetch = ctx->waiter.fetch;

    if (fetch == NULL) {

        /* the worker ends */

        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    if (!fetch->finished) {
        return ctx->waiter.lead ? ngx_http_urlmeta_card_lead(f) : NGX_AGAIN;
    }

    if (fetch->unshared) {

        /* it was for the one who read it: everybody reads their own */

        ngx_http_urlmeta_fetch_leave(&ctx->waiter);

        ctx->private = 1;

        if (ngx_http_urlmeta_page_key(r, f->conf, ctx) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_urlmeta_card_join(f, 0);
    }

    rc = ngx_http_urlmeta_answer(r, f->conf, ctx, fetch);

    ngx_http_urlmeta_fetch_leave(&ctx->waiter);

    return ngx_http_urlmeta_card_done(r, rc);
}


/*
 * The page is asked for as a whole, by GET, in no encoding that the client
 * likes: conditions, ranges and HEAD are about the card, and are given back
 * when that is sent.
 */

static ngx_int_t
ngx_http_urlmeta_card_lead(ngx_http_urlmeta_filter_t *f)
{
    ngx_uint_t                 i;
    ngx_list_part_t           *part;
    ngx_table_elt_t           *h, *to;
    ngx_http_request_t        *r;
    ngx_http_headers_in_t     *in;
    ngx_http_urlmeta_saved_t  *saved;

    r = f->request;
    in = &r->headers_in;
    saved = &f->saved;

    saved->method = r->method;
    saved->method_name = r->method_name;
    saved->headers = in->headers;
    saved->if_modified_since = in->if_modified_since;
    saved->if_unmodified_since = in->if_unmodified_since;
    saved->if_match = in->if_match;
    saved->if_none_match = in->if_none_match;
    saved->range = in->range;
    saved->if_range = in->if_range;
#if (NGX_HTTP_GZIP)
    saved->accept_encoding = in->accept_encoding;
#endif

    if (ngx_list_init(&in->headers, r->pool, 16, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        in->headers = saved->headers;
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* from here on there is something to give back */

    f->leading = 1;

    part = &saved->headers.part;
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

        if (ngx_http_urlmeta_card_drops(&h[i])) {
            continue;
        }

        to = ngx_list_push(&in->headers);
        if (to == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        *to = h[i];
    }

    r->method = NGX_HTTP_GET;
    r->method_name = ngx_http_core_get_method;

    in->if_modified_since = NULL;
    in->if_unmodified_since = NULL;
    in->if_match = NULL;
    in->if_none_match = NULL;
    in->range = NULL;
    in->if_range = NULL;
#if (NGX_HTTP_GZIP)
    in->accept_encoding = NULL;
#endif

    /* files too are read, and not sent */

    r->filter_need_in_memory = 1;

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_http_urlmeta_card_drops(ngx_table_elt_t *h)
{
    ngx_str_t  *name;

    static ngx_str_t  names[] = {
        ngx_string("If-Modified-Since"), ngx_string("If-Unmodified-Since"),
        ngx_string("If-Match"), ngx_string("If-None-Match"),
        ngx_string("Range"), ngx_string("If-Range"),
        ngx_string("Accept-Encoding"),
        ngx_null_string
    };

    for (name = names; name->len; name++) {
        if (name->len == h->key.len
            && ngx_strncasecmp(name->data, h->key.data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_urlmeta_card_restore(ngx_http_urlmeta_filter_t *f)
{
    ngx_http_request_t        *r;
    ngx_http_headers_in_t     *in;
    ngx_http_urlmeta_saved_t  *saved;

    r = f->request;
    in = &r->headers_in;
    saved = &f->saved;

    r->method = saved->method;
    r->method_name = saved->method_name;

    in->headers = saved->headers;
    in->if_modified_since = saved->if_modified_since;
    in->if_unmodified_since = saved->if_unmodified_since;
    in->if_match = saved->if_match;
    in->if_none_match = saved->if_none_match;
    in->range = saved->range;
    in->if_range = saved->if_range;
#if (NGX_HTTP_GZIP)
    in->accept_encoding = saved->accept_encoding;
    r->gzip_tested = 0;
    r->gzip_ok = 0;
    r->gzip_vary = 0;
#endif
}


/* posted: the fetch has ended, or this request is to lead it */

static void
ngx_http_urlmeta_card_resume(ngx_event_t *ev)
{
    ngx_connection_t           *c;
    ngx_http_request_t         *r;
    ngx_http_urlmeta_ctx_t     *ctx;
    ngx_http_urlmeta_waiter_t  *waiter;

    r = ev->data;
    c = r->connection;

    waiter = (ngx_http_urlmeta_waiter_t *)
                 ((u_char *) ev - offsetof(ngx_http_urlmeta_waiter_t, event));
    ctx = (ngx_http_urlmeta_ctx_t *)
            ((u_char *) waiter - offsetof(ngx_http_urlmeta_ctx_t, waiter));

    if (ngx_http_get_module_ctx(r, ngx_http_urlmeta_module) != ctx) {

        /* the client left, and post_action goes on with the request */

        ngx_http_urlmeta_fetch_leave(waiter);
        return;
    }

    ngx_http_set_log_request(c->log, r);

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "urlmeta card resume: \"%V\"", &r->uri);

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(c);
}


ngx_int_t
ngx_http_urlmeta_card_header(ngx_http_urlmeta_filter_t *f)
{
    ngx_http_request_t  *r;

    r = f->request;

    if (f->headed) {

        /* of an error that befell a page whose header was seen */

        f->status = r->headers_out.status;
        return NGX_OK;
    }

    switch (r->headers_out.status) {

    case NGX_HTTP_MOVED_PERMANENTLY:
    case NGX_HTTP_MOVED_TEMPORARILY:
    case NGX_HTTP_SEE_OTHER:
    case NGX_HTTP_TEMPORARY_REDIRECT:
    case NGX_HTTP_PERMANENT_REDIRECT:
        return ngx_http_urlmeta_card_pass(f);
    }

    if (ngx_http_urlmeta_page_header(f) != NGX_OK) {
        return NGX_ERROR;
    }

    if (f->error != URLMETA_E_NONE
        || f->status < 200 || f->status >= 300 || f->status == 206)
    {
        /* its body says nothing that is used */

        f->read = 1;
    }

    if (r->header_only) {
        r->header_only = 0;
        ngx_http_urlmeta_page_end(f, 1);
        return ngx_http_urlmeta_card_send(f);
    }

    return NGX_OK;
}


/* a redirect is for the client, who asks there */

static ngx_int_t
ngx_http_urlmeta_card_pass(ngx_http_urlmeta_filter_t *f)
{
    ngx_http_urlmeta_fetch_t  *fetch;

    f->passed = 1;
    fetch = f->ctx->waiter.fetch;

    if (fetch && !fetch->finished) {
        fetch->unshared = 1;
        fetch->done = NULL;

        ngx_http_urlmeta_fetch_end(&f->ctx->waiter);
        ngx_http_urlmeta_fetch_leave(&f->ctx->waiter);
    }

    ngx_http_urlmeta_card_restore(f);

    return ngx_http_urlmeta_next_header_filter(f->request);
}


ngx_int_t
ngx_http_urlmeta_card_body(ngx_http_urlmeta_filter_t *f, ngx_chain_t *in)
{
    ngx_buf_t           *b;
    ngx_uint_t           last, broken;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = f->request;

    if (f->passed) {
        return ngx_http_urlmeta_next_body_filter(r, in);
    }

    last = 0;
    broken = 0;

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            ngx_http_urlmeta_page_feed(f, b->pos, b->last - b->pos);
        }

        if (b->last_buf || (b->last_in_chain && r != r->main)) {
            last = 1;
        }

        if (b->flush && r->upstream && r->upstream->cleanup == NULL) {

            /*
             * ngx_http_upstream_finalize_request(): what was behind this
             * request broke off, and there will be no last buffer.
             */

            broken = 1;
        }

        b->pos = b->last;
        b->file_pos = b->file_last;
    }

    if (f->sending) {

        /* the rest of a page that was read as far as it is of use */

        return ngx_http_urlmeta_next_body_filter(r, NULL);
    }

    if (!f->headed || (!last && !broken && !f->read)) {
        return NGX_OK;
    }

    ngx_http_urlmeta_page_end(f, last);

    return ngx_http_urlmeta_card_send(f);
}


/* the end of the page, in its leader's filter */

static ngx_int_t
ngx_http_urlmeta_card_send(ngx_http_urlmeta_filter_t *f)
{
    ngx_int_t                  rc;
    ngx_http_request_t        *r;
    ngx_http_urlmeta_ctx_t    *ctx;
    ngx_http_urlmeta_fetch_t  *fetch;

    r = f->request;
    ctx = f->ctx;
    fetch = ctx->waiter.fetch;

    f->sending = 1;

    if (fetch == NULL) {

        /* the worker ends */

        return NGX_ERROR;
    }

    ngx_http_urlmeta_page_result(f);

    /* nothing of the page's header is the card's */

    ngx_http_urlmeta_card_restore(f);
    ngx_http_clean_header(r);

    r->err_status = 0;
    r->allow_ranges = 0;
    r->single_range = 0;
    r->disable_not_modified = 0;

    if (fetch->unshared) {
        ctx->private = 1;
    }

    rc = ngx_http_urlmeta_answer(r, f->conf, ctx, fetch);

    ngx_http_urlmeta_fetch_leave(&ctx->waiter);

    /* a status would be one of a response that has begun already */

    return (rc > NGX_OK) ? NGX_ERROR : rc;
}
