
/*
 * "urlmeta_filter tap": a page goes its way, and is read as it passes.
 *
 * Whatever fails here, the page is not held up and not changed: the tap lets
 * go of it.
 */


#include "ngx_http_urlmeta_filter.h"


/* of a file that is sent without being read */
#define NGX_HTTP_URLMETA_TAP_PIECE  16384


static ngx_uint_t ngx_http_urlmeta_tap_known(ngx_http_urlmeta_filter_t *f);
static ngx_uint_t ngx_http_urlmeta_tap_same(const char *one,
    const char *other);
static void ngx_http_urlmeta_tap_file(ngx_http_urlmeta_filter_t *f,
    ngx_buf_t *b);
static void ngx_http_urlmeta_tap_fail(ngx_http_urlmeta_filter_t *f,
    const char *what);


ngx_http_urlmeta_filter_t *
ngx_http_urlmeta_tap_start(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf)
{
    ngx_http_urlmeta_ctx_t     *ctx;
    ngx_http_urlmeta_filter_t  *f;

    if (r != r->main || r->method != NGX_HTTP_GET) {
        return NULL;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_urlmeta_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    f = ngx_http_urlmeta_filter_create(r, ctx, ulcf,
                                       NGX_HTTP_URLMETA_FILTER_TAP);
    if (f == NULL) {
        return NULL;
    }

    ctx->filter = f;
    ngx_http_set_ctx(r, ctx, ngx_http_urlmeta_module);

    /* an internal redirect changes the address, but not what was asked for */

    if (ngx_http_urlmeta_page_address(r, ulcf, ctx) != NGX_OK) {
        ngx_http_urlmeta_tap_fail(f, "no address");
    }

    return f;
}


void
ngx_http_urlmeta_tap_header(ngx_http_urlmeta_filter_t *f)
{
    ngx_http_request_t           *r;
    ngx_http_urlmeta_ctx_t       *ctx;
    ngx_http_urlmeta_loc_conf_t  *ulcf;

    r = f->request;
    ctx = f->ctx;
    ulcf = f->conf;

    if (f->failed) {
        return;
    }

    f->url = ngx_palloc(r->pool, sizeof(urlmeta_url_t));

    if (f->url == NULL
        || ngx_http_urlmeta_page_url(r, ctx, f->url) != NGX_OK
        || ngx_http_urlmeta_details_eval(r, ulcf, ctx) != NGX_OK
        || ngx_http_urlmeta_page_header(f) != NGX_OK)
    {
        ngx_http_urlmeta_tap_fail(f, "no memory");
        return;
    }

    if (ctx->error != URLMETA_E_NONE) {
        ngx_http_urlmeta_tap_fail(f, urlmeta_error(ctx->error)->code);
        return;
    }

    /* what it is encoded in is said once, for all pages */

    f->passed = (f->error != URLMETA_E_NONE);

    if (f->passed) {
        return;
    }

    ctx->private = ngx_http_urlmeta_page_private(r, ulcf);

    if (ngx_http_urlmeta_page_key(r, ulcf, ctx) != NGX_OK) {
        ngx_http_urlmeta_tap_fail(f, "no memory");
        return;
    }

    f->ended = ngx_http_urlmeta_tap_known(f);
}


/*
 * By its validators the page is the one that the zone has a fresh card of:
 * there is nothing to learn from it.
 */

static ngx_uint_t
ngx_http_urlmeta_tap_known(ngx_http_urlmeta_filter_t *f)
{
    ngx_http_urlmeta_ctx_t           *ctx;
    urlmeta_freshness_fields_t        stored;
    ngx_http_urlmeta_loc_conf_t      *ulcf;
    ngx_http_urlmeta_cache_entry_t    entry;

    ctx = f->ctx;
    ulcf = f->conf;

    if (ulcf->cache_zone == NULL || ctx->private
        || (f->fields.etag == NULL && f->fields.last_modified == NULL))
    {
        return 0;
    }

    if (ngx_http_urlmeta_cache_get(ulcf->cache_zone, ctx->key,
                                   f->request->pool, &entry)
        != NGX_OK
        || entry.meta.error
        || (int64_t) (entry.meta.expires - ngx_http_urlmeta_cache_now()) <= 0
        || !urlmeta_freshness_unpack(&stored, (char *) entry.fields.data,
                                     entry.fields.len)
        || !ngx_http_urlmeta_tap_same(stored.etag, f->fields.etag)
        || !ngx_http_urlmeta_tap_same(stored.last_modified,
                                      f->fields.last_modified))
    {
        return 0;
    }

    ctx->card = entry.body;
    ctx->upstream_status = entry.meta.upstream_status;
    ctx->effective_url = ctx->url;

    return 1;
}


static ngx_uint_t
ngx_http_urlmeta_tap_same(const char *one, const char *other)
{
    if (one == NULL || other == NULL) {
        return one == other;
    }

    return ngx_strcmp(one, other) == 0;
}


ngx_int_t
ngx_http_urlmeta_tap_body(ngx_http_urlmeta_filter_t *f, ngx_chain_t *in)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_uint_t    last;
    ngx_chain_t  *cl;

    if (!f->headed || f->passed || f->failed || f->ended) {
        return ngx_http_urlmeta_next_body_filter(f->request, in);
    }

    last = 0;

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        if (!f->read) {

            if (ngx_buf_in_memory(b)) {
                ngx_http_urlmeta_page_feed(f, b->pos, b->last - b->pos);

            } else if (b->in_file) {
                ngx_http_urlmeta_tap_file(f, b);
            }
        }

        if (b->last_buf) {
            last = 1;
        }
    }

    /* the page first, then what there is to do about it */

    rc = ngx_http_urlmeta_next_body_filter(f->request, in);

    if (last && rc != NGX_ERROR && !f->failed) {
        ngx_http_urlmeta_page_end(f, 1);

        /* where it is not kept, it is made when somebody asks for it */

        if (f->conf->cache_zone && !f->ctx->private) {
            ngx_http_urlmeta_tap_card(f);
        }
    }

    return rc;
}


/*
 * What sendfile() sends is in the page cache, or will be in a moment; it is
 * read as far as it matters.
 */

static void
ngx_http_urlmeta_tap_file(ngx_http_urlmeta_filter_t *f, ngx_buf_t *b)
{
    off_t     offset;
    size_t    size;
    ssize_t   n;
    u_char   *piece;

    if (b->file == NULL || b->file->directio) {

        /* it is read once, past the page cache, and not by us */

        ngx_http_urlmeta_tap_fail(f, "directio");
        return;
    }

    piece = ngx_palloc(f->request->pool, NGX_HTTP_URLMETA_TAP_PIECE);

    if (piece == NULL) {
        ngx_http_urlmeta_tap_fail(f, "no memory");
        return;
    }

    for (offset = b->file_pos; offset < b->file_last && !f->read; offset += n) {

        size = (size_t) ngx_min(b->file_last - offset,
                                NGX_HTTP_URLMETA_TAP_PIECE);

        n = ngx_read_file(b->file, piece, size, offset);

        if (n <= 0) {
            ngx_http_urlmeta_tap_fail(f, "the file cannot be read");
            break;
        }

        ngx_http_urlmeta_page_feed(f, piece, n);
    }

    (void) ngx_pfree(f->request->pool, piece);
}


void
ngx_http_urlmeta_tap_card(ngx_http_urlmeta_filter_t *f)
{
    ngx_http_request_t           *r;
    ngx_http_urlmeta_ctx_t       *ctx;
    ngx_http_urlmeta_fetch_t     *fetch;
    ngx_http_urlmeta_loc_conf_t  *ulcf;

    r = f->request;
    ctx = f->ctx;
    ulcf = f->conf;

    if (!f->ended || f->passed || f->failed || f->made || ctx->card.len) {
        return;
    }

    f->made = 1;

    if (f->error != URLMETA_E_NONE) {
        ngx_http_urlmeta_tap_fail(f, urlmeta_error(f->error)->code);
        return;
    }

    fetch = ngx_http_urlmeta_fetch_create(&ulcf->fetch, ctx->key, f->url);
    if (fetch == NULL) {
        ngx_http_urlmeta_tap_fail(f, "no memory");
        return;
    }

    fetch->passive = 1;
    fetch->details = ctx->details;
    fetch->started = f->started;

    if (ngx_http_urlmeta_store_prepare(r, ulcf, ctx, fetch) != NGX_OK) {
        ngx_http_urlmeta_fetch_discard(fetch);
        ngx_http_urlmeta_tap_fail(f, "no memory");
        return;
    }

    ctx->waiter.event.log = r->connection->log;

    ngx_http_urlmeta_fetch_wait(fetch, &ctx->waiter);

    ngx_http_urlmeta_page_result(f);

    if (fetch->error == URLMETA_E_NONE) {
        ctx->card.data = ngx_pstrdup(r->pool, &fetch->body);

        if (ctx->card.data) {
            ctx->card.len = fetch->body.len;
        }

        ctx->upstream_status = fetch->upstream_status;
        ctx->effective_url = ctx->url;
    }

    ngx_http_urlmeta_fetch_leave(&ctx->waiter);
}


static void
ngx_http_urlmeta_tap_fail(ngx_http_urlmeta_filter_t *f, const char *what)
{
    f->failed = 1;
    f->read = 1;

    ngx_http_urlmeta_page_free(f);

    ngx_log_error(f->conf->fetch.log_level, f->request->connection->log, 0,
                  "urlmeta: a page cannot be read as it passes: %s", what);
}
