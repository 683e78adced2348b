
/*
 * "urlmeta_local": a page of this server is read by a subrequest to its
 * location, and not through the network.
 *
 * The subrequest is the module's own request and not the client's: nothing of
 * the client is sent on.  nginx asks no access rules for a subrequest, so this
 * file does.
 */


#include "ngx_http_urlmeta_filter.h"


static ngx_uint_t ngx_http_urlmeta_local_name(
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_str_t *host);
static ngx_uint_t ngx_http_urlmeta_local_match(ngx_http_server_name_t *name,
    ngx_str_t *host);
static ngx_int_t ngx_http_urlmeta_local_subrequest(
    ngx_http_urlmeta_filter_t *asker);
static ngx_int_t ngx_http_urlmeta_local_headers(ngx_http_request_t *sr,
    ngx_http_urlmeta_loc_conf_t *ulcf, const urlmeta_url_t *url);
static ngx_int_t ngx_http_urlmeta_local_add(ngx_http_request_t *sr,
    const char *name, ngx_str_t *value, ngx_table_elt_t **to);
static ngx_int_t ngx_http_urlmeta_local_uri(ngx_http_request_t *sr,
    const urlmeta_url_t *url);
static ngx_int_t ngx_http_urlmeta_local_done(ngx_http_request_t *sr,
    void *data, ngx_int_t rc);
static void ngx_http_urlmeta_local_finish(ngx_http_urlmeta_filter_t *f);
static ngx_int_t ngx_http_urlmeta_local_redirect(
    ngx_http_urlmeta_filter_t *f);


ngx_int_t
ngx_http_urlmeta_local_path(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_str_t *value)
{
    u_char     *p, *last;
    ngx_str_t   host, port, url;
    ngx_uint_t  https;

    if (!ulcf->filter.local
        || value->len == 0 || value->data[0] != '/'
        || (value->len > 1 && value->data[1] == '/'))
    {
        return NGX_OK;
    }

#if (NGX_HTTP_SSL)
    https = (r->connection->ssl != NULL);
#else
    https = 0;
#endif

    host = r->headers_in.server;

    if (!ngx_http_urlmeta_local_name(ulcf, &host)) {
        host = ((ngx_http_core_srv_conf_t *)
                ngx_http_get_module_srv_conf(r, ngx_http_core_module))
               ->server_name;
    }

    /* under another port it would be another page */

    ngx_str_null(&port);

    if (r->headers_in.host) {
        p = r->headers_in.host->value.data;
        last = p + r->headers_in.host->value.len;

        if (p < last && *p == '[') {
            p = ngx_strlchr(p, last, ']');
        }

        p = p ? ngx_strlchr(p, last, ':') : NULL;

        if (p) {
            port.data = p;
            port.len = last - p;
        }
    }

    url.data = ngx_pnalloc(r->pool, sizeof("https://") + host.len + port.len
                                    + value->len);
    if (url.data == NULL) {
        return NGX_ERROR;
    }

    url.len = ngx_sprintf(url.data, "%s%V%V%V",
                          https ? "https://" : "http://", &host, &port, value)
              - url.data;

    *value = url;

    return NGX_OK;
}


ngx_uint_t
ngx_http_urlmeta_local_is(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, const urlmeta_url_t *url)
{
    ngx_str_t  host;

    if (!ulcf->filter.local) {
        return 0;
    }

    host.data = (u_char *) url->text + url->host;
    host.len = url->host_len;

    if (!url->default_port) {

        if (ngx_connection_local_sockaddr(r->connection, NULL, 0) != NGX_OK
            || ngx_inet_get_port(r->connection->local_sockaddr) != url->port)
        {
            return 0;
        }
    }

    return ngx_http_urlmeta_local_name(ulcf, &host);
}


static ngx_uint_t
ngx_http_urlmeta_local_name(ngx_http_urlmeta_loc_conf_t *ulcf,
    ngx_str_t *host)
{
    ngx_uint_t               i;
    ngx_http_server_name_t  *name;

    name = ulcf->filter.names->elts;

    for (i = 0; i < ulcf->filter.names->nelts; i++) {
        if (ngx_http_urlmeta_local_match(&name[i], host)) {
            return 1;
        }
    }

    return 0;
}


/* as server_name: a name, "*.name", ".name", "name.*", or a pattern */

static ngx_uint_t
ngx_http_urlmeta_local_match(ngx_http_server_name_t *name, ngx_str_t *host)
{
    size_t      len;
    ngx_str_t  *n;

    if (host->len == 0) {
        return 0;
    }

#if (NGX_PCRE)
    if (name->regex) {
        return ngx_regex_exec(name->regex->regex, host, NULL, 0) >= 0;
    }
#endif

    n = &name->name;

    if (n->len == 0) {
        return 0;
    }

    if (n->len == host->len
        && ngx_strncasecmp(n->data, host->data, n->len) == 0)
    {
        return 1;
    }

    if (n->data[0] == '.'
        && n->len - 1 == host->len
        && ngx_strncasecmp(n->data + 1, host->data, host->len) == 0)
    {
        return 1;
    }

    if (n->data[0] == '.' || (n->len > 2 && n->data[0] == '*')) {

        len = n->len - (n->data[0] == '*' ? 1 : 0);

        return host->len > len
               && ngx_strncasecmp(n->data + n->len - len,
                                  host->data + host->len - len, len)
                  == 0;
    }

    if (n->len > 2 && n->data[n->len - 1] == '*') {

        len = n->len - 1;

        return host->len > len
               && ngx_strncasecmp(n->data, host->data, len) == 0;
    }

    return 0;
}


ngx_uint_t
ngx_http_urlmeta_local_within(ngx_http_request_t *r)
{
    ngx_http_urlmeta_filter_t  *f;

    for ( /* void */ ; r != r->main; r = r->parent) {

        f = ngx_http_urlmeta_filter_get(r);

        if (f && f->mode == NGX_HTTP_URLMETA_FILTER_LOCAL) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_urlmeta_local_read(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    ngx_http_urlmeta_filter_t  asker;

    ngx_memzero(&asker, sizeof(ngx_http_urlmeta_filter_t));

    asker.request = r;
    asker.ctx = ctx;
    asker.conf = ulcf;
    asker.url = ctx->waiter.fetch->url;

    return ngx_http_urlmeta_local_subrequest(&asker);
}


/* the page at asker->url, for who asks there */

static ngx_int_t
ngx_http_urlmeta_local_subrequest(ngx_http_urlmeta_filter_t *asker)
{
    ngx_http_request_t          *r, *sr;
    ngx_http_urlmeta_ctx_t      *own;
    ngx_http_urlmeta_filter_t   *f;
    ngx_http_request_body_t     *body;
    ngx_http_core_main_conf_t   *cmcf;
    ngx_http_variable_value_t   *variables;
    ngx_http_post_subrequest_t  *ps;

    r = asker->request;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    ps = ngx_palloc(r->pool, sizeof(ngx_http_post_subrequest_t));
    own = ngx_pcalloc(r->pool, sizeof(ngx_http_urlmeta_ctx_t));
    body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    variables = ngx_pcalloc(r->pool, cmcf->variables.nelts
                                     * sizeof(ngx_http_variable_value_t));

    if (ps == NULL || own == NULL || body == NULL || variables == NULL) {
        return NGX_ERROR;
    }

    f = ngx_http_urlmeta_filter_create(r, asker->ctx, asker->conf,
                                       NGX_HTTP_URLMETA_FILTER_LOCAL);
    if (f == NULL) {
        return NGX_ERROR;
    }

    f->request = NULL;
    f->url = asker->url;
    f->own = own;
    own->filter = f;

    ps->handler = ngx_http_urlmeta_local_done;
    ps->data = f;

    if (ngx_http_subrequest(r, &r->uri, NULL, &sr, ps,
                            NGX_HTTP_SUBREQUEST_WAITED)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    f->request = sr;
    ngx_http_set_ctx(sr, own, ngx_http_urlmeta_module);

    /* an internal location is not for those who ask by an address */

    sr->internal = 0;
    sr->filter_need_in_memory = 1;

    /* variables are the request's own, as its headers are */

    sr->variables = variables;

    /* auth_request has one, too: no file of the request's body is closed */

    sr->request_body = body;

    /* it is on its way: what is wrong with it is said where it arrives */

    if (ngx_http_urlmeta_local_headers(sr, asker->conf, f->url) != NGX_OK) {
        f->refused = NGX_HTTP_INTERNAL_SERVER_ERROR;

    } else if (ngx_http_urlmeta_local_uri(sr, f->url) != NGX_OK) {
        f->refused = NGX_HTTP_BAD_REQUEST;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_local_headers(ngx_http_request_t *sr,
    ngx_http_urlmeta_loc_conf_t *ulcf, const urlmeta_url_t *url)
{
    ngx_str_t               value;
    ngx_http_headers_in_t  *in;

    in = &sr->headers_in;

    ngx_memzero(in, sizeof(ngx_http_headers_in_t));

    in->content_length_n = -1;
    in->keep_alive_n = -1;

    if (ngx_list_init(&in->headers, sr->pool, 8, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

#if (nginx_version < 1023000)
    if (ngx_array_init(&in->cookies, sr->pool, 1, sizeof(ngx_table_elt_t *))
        != NGX_OK)
    {
        return NGX_ERROR;
    }
#endif

    in->server.data = (u_char *) url->text + url->host;
    in->server.len = url->host_len;

    value.data = in->server.data;
    value.len = url->path - url->host;

    if (ngx_http_urlmeta_local_add(sr, "Host", &value, &in->host) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "ngx_urlmeta/" URLMETA_VERSION);

    if (ulcf->user_agent
        && ngx_http_complex_value(sr->parent, ulcf->user_agent, &value)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (value.len
        && ngx_http_urlmeta_local_add(sr, "User-Agent", &value,
                                      &in->user_agent)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ulcf->accept_language) {

        if (ngx_http_complex_value(sr->parent, ulcf->accept_language, &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (value.len
            && ngx_http_urlmeta_local_add(sr, "Accept-Language", &value, NULL)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ngx_str_set(&value, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5");

    if (ngx_http_urlmeta_local_add(sr, "Accept", &value, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    /* what is behind the location may be a card service, and lead here */

    ngx_str_set(&value, "1.1 " NGX_HTTP_URLMETA_VIA);

    return ngx_http_urlmeta_local_add(sr, "Via", &value, NULL);
}


static ngx_int_t
ngx_http_urlmeta_local_add(ngx_http_request_t *sr, const char *name,
    ngx_str_t *value, ngx_table_elt_t **to)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&sr->headers_in.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

    h->lowcase_key = ngx_pnalloc(sr->pool, h->key.len);
    if (h->lowcase_key == NULL) {
        return NGX_ERROR;
    }

    h->hash = ngx_hash_strlow(h->lowcase_key, h->key.data, h->key.len);

    if (to) {
        *to = h;
    }

    return NGX_OK;
}


/*
 * By nginx's own parser, as the line of a request: what it would make of the
 * path is what access rules are about.
 */

static ngx_int_t
ngx_http_urlmeta_local_uri(ngx_http_request_t *sr, const urlmeta_url_t *url)
{
    u_char                    *p;
    size_t                     len;
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(sr, ngx_http_core_module);

    len = url->len - url->path;

    p = ngx_pnalloc(sr->pool, 2 * len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, url->text + url->path, len);
    p[len] = ' ';

    sr->uri_start = p;
    sr->uri_end = p + len;
    sr->args_start = NULL;
    sr->uri_ext = NULL;
    sr->uri.data = p + len + 1;
    sr->uri.len = len;

    if (ngx_http_parse_complex_uri(sr, cscf->merge_slashes) != NGX_OK) {
        return NGX_ERROR;
    }

    sr->unparsed_uri.data = p;
    sr->unparsed_uri.len = len;
    sr->valid_unparsed_uri = 1;

    if (sr->args_start && sr->uri_end > sr->args_start) {
        sr->args.data = sr->args_start;
        sr->args.len = sr->uri_end - sr->args_start;
    }

    ngx_http_set_exten(sr);

    return NGX_OK;
}


/* what the access phase would do for a request of a client */

ngx_int_t
ngx_http_urlmeta_local_access(ngx_http_urlmeta_filter_t *f)
{
    ngx_int_t                   rc;
    ngx_uint_t                  n, any;
    ngx_http_handler_pt        *h;
    ngx_http_request_t         *r;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_core_main_conf_t  *cmcf;

    r = f->request;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (f->refused) {
        return f->refused;
    }

    /* where it is redirected to has rules of its own, as for a client */

    if (f->access_conf != r->loc_conf) {
        f->access_conf = r->loc_conf;
        f->access = 0;
        f->denied = 0;
    }

    h = cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers.elts;
    n = cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers.nelts;
    any = (clcf->satisfy == NGX_HTTP_SATISFY_ANY);

    /* the last one that was registered is the first one that is asked */

    for ( /* void */ ; f->access < n; f->access++) {

        rc = h[n - 1 - f->access](r);

        if (rc == NGX_DECLINED) {
            continue;
        }

        if (rc == NGX_AGAIN || rc == NGX_DONE) {
            return NGX_AGAIN;
        }

        if (rc == NGX_OK) {

            if (any) {
                f->denied = 0;
                f->access = n;
                return NGX_DECLINED;
            }

            continue;
        }

        if (any && (rc == NGX_HTTP_FORBIDDEN || rc == NGX_HTTP_UNAUTHORIZED)) {

            if (f->denied != NGX_HTTP_UNAUTHORIZED) {
                f->denied = rc;
            }

            continue;
        }

        return (rc == NGX_ERROR) ? NGX_HTTP_INTERNAL_SERVER_ERROR : rc;
    }

    return f->denied ? f->denied : NGX_DECLINED;
}


ngx_int_t
ngx_http_urlmeta_local_header(ngx_http_urlmeta_filter_t *f)
{
    if (f->headed) {
        f->status = f->request->headers_out.status;
        return NGX_OK;
    }

    if (ngx_http_urlmeta_page_header(f) != NGX_OK) {
        return NGX_ERROR;
    }

    if (f->error != URLMETA_E_NONE
        || f->status < 200 || f->status >= 300 || f->status == 206)
    {
        f->read = 1;
    }

    return NGX_OK;
}


/* nothing of it is sent: it is the asker who answers */

ngx_int_t
ngx_http_urlmeta_local_body(ngx_http_urlmeta_filter_t *f, ngx_chain_t *in)
{
    ngx_buf_t    *b;
    ngx_uint_t    last;
    ngx_chain_t  *cl;

    last = 0;

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            ngx_http_urlmeta_page_feed(f, b->pos, b->last - b->pos);
        }

        if (b->last_buf || b->last_in_chain) {
            last = 1;
        }

        b->pos = b->last;
        b->file_pos = b->file_last;
    }

    if (last) {
        ngx_http_urlmeta_page_end(f, 1);
    }

    return NGX_OK;
}


/* the end of the subrequest, however it came */

static ngx_int_t
ngx_http_urlmeta_local_done(ngx_http_request_t *sr, void *data, ngx_int_t rc)
{
    ngx_http_urlmeta_filter_t *f = data;

    if (sr->connection->error || f->sending) {
        return rc;
    }

    if (!f->headed) {

        /* nobody had a word to say but nginx */

        f->headed = 1;
        f->read = 1;
        f->status = (rc >= NGX_HTTP_SPECIAL_RESPONSE)
                    ? (ngx_uint_t) rc : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_urlmeta_page_end(f, 0);
    ngx_http_urlmeta_local_finish(f);

    /* its error is the asker's to tell */

    return NGX_OK;
}


static void
ngx_http_urlmeta_local_finish(ngx_http_urlmeta_filter_t *f)
{
    ngx_http_urlmeta_fetch_t  *fetch;

    f->sending = 1;
    fetch = f->ctx->waiter.fetch;

    if (fetch == NULL || fetch->finished || !f->ctx->waiter.lead) {
        return;
    }

    switch (f->status) {

    case NGX_HTTP_MOVED_PERMANENTLY:
    case NGX_HTTP_MOVED_TEMPORARILY:
    case NGX_HTTP_SEE_OTHER:
    case NGX_HTTP_TEMPORARY_REDIRECT:
    case NGX_HTTP_PERMANENT_REDIRECT:

        if (ngx_http_urlmeta_local_redirect(f) == NGX_OK) {
            return;
        }

        break;

    default:
        ngx_http_urlmeta_page_result(f);
    }

    /* the one who asks is told like all who wait */

    if (!f->ctx->waiter.event.posted) {
        ngx_post_event(&f->ctx->waiter.event, &ngx_posted_events);
    }
}


/* NGX_OK: the next page is under way.  NGX_DONE: the fetch has ended */

static ngx_int_t
ngx_http_urlmeta_local_redirect(ngx_http_urlmeta_filter_t *f)
{
    size_t                      i, len;
    ngx_int_t                   rc;
    urlmeta_url_t              *url;
    urlmeta_error_e             error;
    urlmeta_redirect_t         *redirect;
    ngx_http_request_t         *r;
    ngx_http_urlmeta_fetch_t   *fetch;
    ngx_http_urlmeta_waiter_t  *waiter;
    ngx_http_urlmeta_filter_t   asker;

    r = f->request->parent;
    waiter = &f->ctx->waiter;
    fetch = waiter->fetch;

    if (fetch->redirects->nelts >= f->conf->fetch.max_redirects) {
        ngx_http_urlmeta_fetch_end_error(waiter, URLMETA_E_REDIRECT_LIMIT,
                                         NULL);
        return NGX_DONE;
    }

    len = f->location ? ngx_strlen(f->location) : 0;

    for (i = 0; i < len; i++) {
        if ((u_char) f->location[i] <= ' ' || f->location[i] == 0x7f
            || f->location[i] == '\\')
        {
            len = 0;
        }
    }

    if (len == 0) {
        ngx_http_urlmeta_fetch_end_error(waiter, URLMETA_E_REDIRECT_DENIED,
                                         "no Location, or a bad one");
        return NGX_DONE;
    }

    redirect = ngx_array_push(fetch->redirects);
    url = ngx_palloc(fetch->pool, sizeof(urlmeta_url_t));

    if (redirect == NULL || url == NULL) {
        ngx_http_urlmeta_fetch_end_error(waiter, URLMETA_E_INTERNAL_ERROR,
                                         NULL);
        return NGX_DONE;
    }

    redirect->status = (unsigned) f->status;
    redirect->url = fetch->url->text;

    error = urlmeta_url_resolve(url, fetch->url, f->location, len);

    /* to read it from elsewhere would be another thing, with a policy */

    if (error != URLMETA_E_NONE
        || !ngx_http_urlmeta_local_is(r, f->conf, url))
    {
        ngx_http_urlmeta_fetch_end_error(waiter, URLMETA_E_REDIRECT_DENIED,
                                         "not on this server");
        return NGX_DONE;
    }

    fetch->url = url;

    asker = *f;
    asker.request = r;
    asker.url = url;

    rc = ngx_http_urlmeta_local_subrequest(&asker);

    if (rc != NGX_OK) {
        ngx_http_urlmeta_fetch_end_error(waiter, URLMETA_E_INTERNAL_ERROR,
                                         NULL);
        return NGX_DONE;
    }

    return NGX_OK;
}
