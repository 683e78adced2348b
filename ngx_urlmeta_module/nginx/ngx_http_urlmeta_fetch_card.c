
/*
 * The end of a page: its card, or the one there was.
 */


#include "ngx_http_urlmeta_fetch_queue.h"


static ngx_int_t ngx_http_urlmeta_fetch_tag(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr, urlmeta_robots_tag_t *tag);


ngx_int_t
ngx_http_urlmeta_fetch_reader(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr)
{
    if (fetch->reader) {
        return NGX_OK;
    }

    fetch->reader = urlmeta_reader_create(fetch->url->text, tr->content_type,
                                          fetch->details);
    if (fetch->reader == NULL) {
        return NGX_ERROR;
    }

    urlmeta_reader_extent(fetch->reader, fetch->conf->extent);

    return NGX_OK;
}


void
ngx_http_urlmeta_fetch_unchanged(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr)
{
    urlmeta_robots_tag_t  tag;

    fetch->upstream_status = tr->status;

    if (fetch->conf->robots_tag) {

        if (ngx_http_urlmeta_fetch_tag(fetch, tr, &tag) != NGX_OK) {
            ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_INTERNAL_ERROR, NULL);
            return;
        }

        urlmeta_robots_tag_header(&tag, ngx_time());

        if (tag.until) {
            fetch->unavailable = tag.until;
        }

        if (tag.noindex
            || (fetch->unavailable && fetch->unavailable <= ngx_time()))
        {
            ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_ROBOTS_DENIED,
                                        "X-Robots-Tag");
            return;
        }
    }

    fetch->not_modified = 1;
    fetch->body = fetch->stored.body;
    ngx_http_urlmeta_fetch_finish(fetch);
}


/* whom it may be about is the one who asks */

static ngx_int_t
ngx_http_urlmeta_fetch_tag(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr, urlmeta_robots_tag_t *tag)
{
    char        *token;
    size_t       len;
    const char  *name;

    ngx_memzero(tag, sizeof(urlmeta_robots_tag_t));

    len = urlmeta_robots_token((char *) fetch->headers.user_agent.data,
                               fetch->headers.user_agent.len, &name);

    token = ngx_pnalloc(fetch->pool, len + 1);
    if (token == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(token, name, len);
    token[len] = '\0';

    tag->header = tr->robots_tag;
    tag->token = token;

    return NGX_OK;
}


void
ngx_http_urlmeta_fetch_card(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr)
{
    int                   rc;
    uint64_t              begin;
    urlmeta_http_t        http;
    urlmeta_robots_tag_t  tag;

    /* of an empty body the card is made of what is known without it */

    if (ngx_http_urlmeta_fetch_reader(fetch, tr) != NGX_OK) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_INTERNAL_ERROR, NULL);
        return;
    }

    if (tr->broken && tr->bytes && tr->cause != URLMETA_E_NONE) {

        switch (urlmeta_reader_broken(fetch->reader)) {

        case 1:
            break;

        case 0:
            ngx_http_urlmeta_fetch_fail(fetch, tr->cause, NULL);
            return;

        default:
            ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_INTERNAL_ERROR, NULL);
            return;
        }
    }

    ngx_memzero(&http, sizeof(urlmeta_http_t));

    http.requested_url = fetch->requested->text;
    http.effective_url = fetch->url->text;
    http.status = (unsigned) tr->status;
    http.content_type = tr->content_type;
    http.content_language = tr->content_language;
    http.content_disposition = tr->content_disposition;
    http.last_modified = tr->fields.last_modified;
    http.link = tr->link;
    http.bytes = tr->bytes;
    http.fetched_at = ngx_time();
    http.redirects = fetch->redirects->elts;
    http.nredirects = fetch->redirects->nelts;
    http.truncated = tr->truncated;

    if (fetch->conf->robots_tag) {

        if (ngx_http_urlmeta_fetch_tag(fetch, tr, &tag) != NGX_OK) {
            ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_INTERNAL_ERROR, NULL);
            return;
        }

        http.robots = &tag;
    }

    fetch->upstream_status = tr->status;
    fetch->broken = tr->broken;

    begin = ngx_http_urlmeta_slice();
    rc = urlmeta_reader_card(fetch->reader, &http, &fetch->card);
    fetch->parse += ngx_http_urlmeta_slice_end(begin);

    ngx_http_urlmeta_observe(NGX_HTTP_URLMETA_PARSE_TIME, fetch->parse / 1000);

    if (rc != URLMETA_OK) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_INTERNAL_ERROR, NULL);
        return;
    }

    if (http.robots) {

        if (tag.noindex) {
            ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_ROBOTS_DENIED,
                                        "the page says so");
            return;
        }

        fetch->unavailable = tag.until;
    }

    fetch->fallback = tr->truncated
                      || urlmeta_reader_untitled(fetch->reader);

    fetch->body.data = (u_char *) fetch->card.data;
    fetch->body.len = fetch->card.len;

    ngx_http_urlmeta_fetch_finish(fetch);
}
