
/*
 * From one hop of a fetch to the next: the module follows redirects itself,
 * and judges each as if it had been asked for.
 */


#include "ngx_http_urlmeta_fetch_queue.h"


void
ngx_http_urlmeta_fetch_redirect(ngx_http_urlmeta_fetch_t *fetch,
    ngx_http_urlmeta_transfer_t *tr)
{
    size_t               i, len;
    urlmeta_url_t       *url;
    urlmeta_error_e      error;
    urlmeta_redirect_t  *redirect;

    if (fetch->redirects->nelts >= fetch->conf->max_redirects) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_REDIRECT_LIMIT, NULL);
        return;
    }

    if (tr->location == NULL || tr->location[0] == '\0') {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_REDIRECT_DENIED,
                                    "no Location");
        return;
    }

    len = ngx_strlen(tr->location);

    /* what a page may get wrong in a link, a server may not in a header */

    for (i = 0; i < len; i++) {
        if ((u_char) tr->location[i] <= ' ' || tr->location[i] == 0x7f
            || tr->location[i] == '\\')
        {
            ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_REDIRECT_DENIED,
                                        "bad Location");
            return;
        }
    }

    redirect = ngx_array_push(fetch->redirects);
    url = ngx_palloc(fetch->pool, sizeof(urlmeta_url_t));

    if (redirect == NULL || url == NULL) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_INTERNAL_ERROR, NULL);
        return;
    }

    redirect->status = (unsigned) tr->status;
    redirect->url = fetch->url->text;

    error = urlmeta_url_resolve(url, fetch->url, tr->location, len);

    if (error == URLMETA_E_NONE) {
        error = ngx_http_urlmeta_policy_url(&fetch->conf->policy, url);
    }

    if (error != URLMETA_E_NONE) {
        ngx_http_urlmeta_fetch_fail(fetch, URLMETA_E_REDIRECT_DENIED,
                                    urlmeta_error(error)->code);
        return;
    }

    fetch->url = url;
    ngx_http_urlmeta_count(NGX_HTTP_URLMETA_COUNT_REDIRECTS);

    /* another fetch may take the place at the host that was left */

    if (!ngx_queue_empty(&ngx_http_urlmeta_fetch_worker.queue)) {
        ngx_post_event(&ngx_http_urlmeta_fetch_worker.event,
                       &ngx_posted_events);
    }

    if (fetch->conf->robots && ngx_http_urlmeta_fetch_robots(fetch) != NGX_OK)
    {
        return;
    }

    ngx_http_urlmeta_fetch_hop(fetch);
}
