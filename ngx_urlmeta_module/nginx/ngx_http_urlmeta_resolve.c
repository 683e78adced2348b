
/*
 * A host's name to its addresses.
 *
 * nginx's resolver knows neither /etc/hosts nor /etc/resolv.conf; here both are
 * read, once, with the configuration, as no file is read at run time.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "../core/url_host.h"
#include "ngx_http_urlmeta_resolve.h"


#define NGX_HTTP_URLMETA_NAMES_FILE_MAX  (16 * 1024 * 1024)
#define NGX_HTTP_URLMETA_NAMES_BUCKET    1024

/* MAXNS of resolv.conf(5) */
#define NGX_HTTP_URLMETA_NAMESERVERS     3


typedef struct {
    ngx_str_node_t             sn;
    ngx_array_t               *addrs;
} ngx_http_urlmeta_names_node_t;


static ngx_int_t ngx_http_urlmeta_names_hosts(ngx_conf_t *cf,
    ngx_http_urlmeta_names_t *names, ngx_str_t *path);
static ngx_int_t ngx_http_urlmeta_names_host(ngx_conf_t *cf,
    ngx_rbtree_t *tree, ngx_array_t *keys, ngx_str_t *name,
    ngx_http_urlmeta_addr_t *addr);
static ngx_int_t ngx_http_urlmeta_names_nameservers(ngx_conf_t *cf,
    ngx_http_urlmeta_names_t *names, ngx_str_t *path);
static ngx_int_t ngx_http_urlmeta_names_nameserver(ngx_conf_t *cf,
    ngx_str_t *server, ngx_str_t *word);
static ngx_int_t ngx_http_urlmeta_names_read(ngx_conf_t *cf, ngx_str_t *path,
    ngx_str_t *text);
static u_char *ngx_http_urlmeta_names_word(u_char *p, u_char *last,
    ngx_str_t *word);
static u_char *ngx_http_urlmeta_names_line(u_char *p, u_char *last);
static ngx_int_t ngx_http_urlmeta_names_addr(ngx_http_urlmeta_addr_t *addr,
    ngx_str_t *text);
static ngx_int_t ngx_http_urlmeta_resolve_local(
    ngx_http_urlmeta_resolve_t *rs);
static void ngx_http_urlmeta_resolve_handler(ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_http_urlmeta_resolve_copy(ngx_http_urlmeta_resolve_t *rs,
    ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_http_urlmeta_resolve_room(ngx_http_urlmeta_resolve_t *rs,
    ngx_uint_t n);
static void ngx_http_urlmeta_resolve_add(ngx_http_urlmeta_resolve_t *rs,
    struct sockaddr *sa, socklen_t socklen);
static void ngx_http_urlmeta_resolve_event(ngx_event_t *ev);


ngx_int_t
ngx_http_urlmeta_names_init(ngx_conf_t *cf, ngx_http_urlmeta_names_t *names,
    ngx_str_t *hosts, ngx_str_t *resolv_conf)
{
    ngx_memzero(names, sizeof(ngx_http_urlmeta_names_t));

    if (ngx_http_urlmeta_names_hosts(cf, names, hosts) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_urlmeta_names_nameservers(cf, names, resolv_conf);
}


static ngx_int_t
ngx_http_urlmeta_names_hosts(ngx_conf_t *cf, ngx_http_urlmeta_names_t *names,
    ngx_str_t *path)
{
    u_char                   *p, *last;
    ngx_str_t                 text, word;
    ngx_array_t               keys;
    ngx_rbtree_t              tree;
    ngx_hash_init_t           hash;
    ngx_rbtree_node_t         sentinel;
    ngx_http_urlmeta_addr_t   addr;

    if (ngx_http_urlmeta_names_read(cf, path, &text) != NGX_OK
        || ngx_array_init(&keys, cf->temp_pool, 16, sizeof(ngx_hash_key_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rbtree_init(&tree, &sentinel, ngx_str_rbtree_insert_value);

    p = text.data;
    last = p + text.len;

    for ( /* void */ ; p < last; p = ngx_http_urlmeta_names_line(p, last)) {

        p = ngx_http_urlmeta_names_word(p, last, &word);

        if (word.len == 0) {
            continue;
        }

        if (ngx_http_urlmeta_names_addr(&addr, &word) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "address \"%V\" in \"%V\" skipped", &word, path);
            continue;
        }

        for ( ;; ) {
            p = ngx_http_urlmeta_names_word(p, last, &word);

            if (word.len == 0) {
                break;
            }

            if (word.data[word.len - 1] == '.') {
                word.len--;
            }

            if (word.len == 0 || word.len > URLMETA_HOST_MAX) {
                ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                                   "name \"%V\" in \"%V\" skipped",
                                   &word, path);
                continue;
            }

            if (ngx_http_urlmeta_names_host(cf, &tree, &keys, &word, &addr)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    if (keys.nelts == 0) {
        return NGX_OK;
    }

    hash.hash = &names->hosts;
    hash.key = ngx_hash_key;
    hash.max_size = ngx_max(keys.nelts, 1024);
    hash.bucket_size = ngx_align(NGX_HTTP_URLMETA_NAMES_BUCKET,
                                 ngx_cacheline_size);
    hash.name = "urlmeta_hosts_hash";
    hash.pool = cf->pool;
    hash.temp_pool = NULL;

    if (ngx_hash_init(&hash, keys.elts, keys.nelts) != NGX_OK) {
        return NGX_ERROR;
    }

    names->nhosts = keys.nelts;

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_names_host(ngx_conf_t *cf, ngx_rbtree_t *tree,
    ngx_array_t *keys, ngx_str_t *name, ngx_http_urlmeta_addr_t *addr)
{
    uint32_t                        hash;
    ngx_hash_key_t                 *key;
    ngx_http_urlmeta_addr_t        *slot;
    ngx_http_urlmeta_names_node_t  *node;

    ngx_strlow(name->data, name->data, name->len);

    hash = ngx_crc32_long(name->data, name->len);

    node = (ngx_http_urlmeta_names_node_t *)
               ngx_str_rbtree_lookup(tree, name, hash);

    if (node == NULL) {
        node = ngx_palloc(cf->temp_pool, sizeof(ngx_http_urlmeta_names_node_t));
        if (node == NULL) {
            return NGX_ERROR;
        }

        node->addrs = ngx_array_create(cf->pool, 1,
                                       sizeof(ngx_http_urlmeta_addr_t));
        if (node->addrs == NULL) {
            return NGX_ERROR;
        }

        node->sn.node.key = hash;
        node->sn.str = *name;

        ngx_rbtree_insert(tree, &node->sn.node);

        key = ngx_array_push(keys);
        if (key == NULL) {
            return NGX_ERROR;
        }

        key->key = *name;
        key->key_hash = ngx_hash_key(name->data, name->len);
        key->value = node->addrs;
    }

    slot = ngx_array_push(node->addrs);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = *addr;

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_names_nameservers(ngx_conf_t *cf,
    ngx_http_urlmeta_names_t *names, ngx_str_t *path)
{
    u_char      *p, *last;
    ngx_int_t    rc;
    ngx_str_t    text, word, server[NGX_HTTP_URLMETA_NAMESERVERS];
    ngx_uint_t   n;

    if (ngx_http_urlmeta_names_read(cf, path, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    p = text.data;
    last = p + text.len;
    n = 0;

    for ( /* void */ ; p < last; p = ngx_http_urlmeta_names_line(p, last)) {

        p = ngx_http_urlmeta_names_word(p, last, &word);

        if (word.len != sizeof("nameserver") - 1
            || ngx_strncmp(word.data, "nameserver", word.len) != 0)
        {
            continue;
        }

        p = ngx_http_urlmeta_names_word(p, last, &word);

        if (n == NGX_HTTP_URLMETA_NAMESERVERS) {
            break;
        }

        rc = ngx_http_urlmeta_names_nameserver(cf, &server[n], &word);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_DECLINED) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "nameserver \"%V\" in \"%V\" skipped",
                               &word, path);
            continue;
        }

        n++;
    }

    if (n == 0) {
        return NGX_OK;
    }

    names->resolver = ngx_resolver_create(cf, server, n);

    return names->resolver ? NGX_OK : NGX_ERROR;
}


/*
 * An address as the "resolver" directive takes it.  One with a zone
 * (fe80::1%eth0) cannot be given to nginx's resolver.
 */

static ngx_int_t
ngx_http_urlmeta_names_nameserver(ngx_conf_t *cf, ngx_str_t *server,
    ngx_str_t *word)
{
    ngx_http_urlmeta_addr_t  addr;

    if (ngx_http_urlmeta_names_addr(&addr, word) != NGX_OK) {
        return NGX_DECLINED;
    }

    server->data = ngx_pnalloc(cf->pool, word->len + sizeof("[]"));
    if (server->data == NULL) {
        return NGX_ERROR;
    }

    server->len = ngx_sprintf(server->data,
                              addr.sockaddr.sockaddr.sa_family == AF_INET
                              ? "%V%Z" : "[%V]%Z", word)
                  - server->data - 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_names_read(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *text)
{
    size_t           size;
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_err_t        err;
    ngx_int_t        rc;
    ngx_file_info_t  fi;

    ngx_str_null(text);

    if (path->len == 0) {
        return NGX_OK;
    }

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        err = ngx_errno;

        if (err != NGX_ENOENT) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, err,
                               ngx_open_file_n " \"%V\" failed", path);
        }

        return NGX_OK;
    }

    rc = NGX_OK;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" failed", path);
        goto done;
    }

    if (!ngx_is_file(&fi)
        || ngx_file_size(&fi) > NGX_HTTP_URLMETA_NAMES_FILE_MAX)
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%V\" is no file or too large, skipped", path);
        goto done;
    }

    size = (size_t) ngx_file_size(&fi);

    if (size == 0) {
        goto done;
    }

    text->data = ngx_pnalloc(cf->temp_pool, size);
    if (text->data == NULL) {
        rc = NGX_ERROR;
        goto done;
    }

    while (text->len < size) {
        n = ngx_read_fd(fd, text->data + text->len, size - text->len);

        if (n == -1) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, ngx_errno,
                               ngx_read_fd_n " \"%V\" failed", path);
        }

        if (n <= 0) {
            break;
        }

        text->len += n;
    }

done:

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", path);
    }

    return rc;
}


/* the next word of the line, or an empty one at its end or a comment */

static u_char *
ngx_http_urlmeta_names_word(u_char *p, u_char *last, ngx_str_t *word)
{
    while (p < last && *p <= ' ' && *p != LF) {
        p++;
    }

    word->data = p;

    if (p == last || *p != ';') {
        while (p < last && *p > ' ' && *p != '#') {
            p++;
        }
    }

    word->len = p - word->data;

    return p;
}


static u_char *
ngx_http_urlmeta_names_line(u_char *p, u_char *last)
{
    p = ngx_strlchr(p, last, LF);

    return p ? p + 1 : last;
}


/* the text of an address, with nothing around it */

static ngx_int_t
ngx_http_urlmeta_names_addr(ngx_http_urlmeta_addr_t *addr, ngx_str_t *text)
{
    u_char                bin[16];
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    ngx_memzero(addr, sizeof(ngx_http_urlmeta_addr_t));

    if (urlmeta_host_ipv4(bin, (char *) text->data, text->len)) {
        sin = &addr->sockaddr.sockaddr_in;
        sin->sin_family = AF_INET;
        ngx_memcpy(&sin->sin_addr, bin, 4);
        addr->socklen = sizeof(struct sockaddr_in);

        return NGX_OK;
    }

#if (NGX_HAVE_INET6)
    if (urlmeta_host_ipv6(bin, (char *) text->data, text->len)) {
        sin6 = &addr->sockaddr.sockaddr_in6;
        sin6->sin6_family = AF_INET6;
        ngx_memcpy(&sin6->sin6_addr, bin, 16);
        addr->socklen = sizeof(struct sockaddr_in6);

        return NGX_OK;
    }
#endif

    return NGX_DECLINED;
}


void
ngx_http_urlmeta_resolve_start(ngx_http_urlmeta_resolve_t *rs)
{
    ngx_int_t            rc;
    ngx_resolver_t      *r;
    ngx_resolver_ctx_t  *ctx;

    rs->status = NGX_HTTP_URLMETA_RESOLVE_FAILED;
    rs->addrs = NULL;
    rs->naddrs = 0;
    rs->ctx = NULL;

    ngx_memzero(&rs->event, sizeof(ngx_event_t));
    rs->event.handler = ngx_http_urlmeta_resolve_event;
    rs->event.data = rs;
    rs->event.log = rs->log;

    rc = ngx_http_urlmeta_resolve_local(rs);

    if (rc != NGX_DECLINED) {
        rs->handler(rs);
        return;
    }

    /* a location without a "resolver" has one of no servers from the core */

    r = rs->resolver;

    if (r == NULL || r->connections.nelts == 0) {
        r = rs->names->resolver;
    }

    ctx = r ? ngx_resolve_start(r, NULL) : NGX_NO_RESOLVER;

    if (ctx == NGX_NO_RESOLVER) {
        ngx_log_error(NGX_LOG_ERR, rs->log, 0,
                      "urlmeta cannot resolve \"%V\": no nameserver in "
                      "/etc/resolv.conf when nginx was started, and no "
                      "\"resolver\" directive", &rs->name);
        rs->handler(rs);
        return;
    }

    if (ctx == NULL) {
        rs->handler(rs);
        return;
    }

    ctx->name = rs->name;
    ctx->handler = ngx_http_urlmeta_resolve_handler;
    ctx->data = rs;

    /* without a timeout the resolver would ask for ever */

    ctx->timeout = ngx_max(rs->timeout, 1);

    rs->ctx = ctx;

    if (ngx_resolve_name(ctx) != NGX_OK) {

        /* the context is freed already */

        rs->ctx = NULL;
        rs->handler(rs);
    }
}


void
ngx_http_urlmeta_resolve_cancel(ngx_http_urlmeta_resolve_t *rs)
{
    if (rs->ctx) {
        ngx_resolve_name_done(rs->ctx);
        rs->ctx = NULL;
    }

    if (rs->event.posted) {
        ngx_delete_posted_event(&rs->event);
    }
}


/* NGX_OK if the name is an address or in /etc/hosts, NGX_DECLINED if not */

static ngx_int_t
ngx_http_urlmeta_resolve_local(ngx_http_urlmeta_resolve_t *rs)
{
    ngx_str_t                 text;
    ngx_uint_t                i, v6;
    ngx_array_t              *found;
    ngx_http_urlmeta_addr_t   addr, *addrs;

    text = rs->name;

    if (text.len > 2 && text.data[0] == '[' && text.data[text.len - 1] == ']') {
        text.data++;
        text.len -= 2;
    }

    if (ngx_http_urlmeta_names_addr(&addr, &text) == NGX_OK) {

        if (ngx_http_urlmeta_resolve_room(rs, 1) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_http_urlmeta_resolve_add(rs, &addr.sockaddr.sockaddr, addr.socklen);

        return NGX_OK;
    }

    if (rs->names->nhosts == 0) {
        return NGX_DECLINED;
    }

    found = ngx_hash_find(&rs->names->hosts,
                          ngx_hash_key(text.data, text.len), text.data,
                          text.len);
    if (found == NULL) {
        return NGX_DECLINED;
    }

    if (ngx_http_urlmeta_resolve_room(rs, found->nelts) != NGX_OK) {
        return NGX_ERROR;
    }

    addrs = found->elts;

    for (v6 = 0; v6 < 2; v6++) {
        for (i = 0; i < found->nelts; i++) {
            if ((addrs[i].sockaddr.sockaddr.sa_family != AF_INET) == v6) {
                ngx_http_urlmeta_resolve_add(rs, &addrs[i].sockaddr.sockaddr,
                                             addrs[i].socklen);
            }
        }
    }

    return NGX_OK;
}


static void
ngx_http_urlmeta_resolve_handler(ngx_resolver_ctx_t *ctx)
{
    ngx_http_urlmeta_resolve_t  *rs = ctx->data;

    switch (ctx->state) {

    case NGX_OK:
        if (ngx_http_urlmeta_resolve_copy(rs, ctx) != NGX_OK) {
            rs->status = NGX_HTTP_URLMETA_RESOLVE_FAILED;
        }

        break;

    case NGX_RESOLVE_NXDOMAIN:

        /* nginx says so too of aliases that it is tired of following */

        rs->status = (ctx->recursion > NGX_RESOLVER_MAX_RECURSION)
                     ? NGX_HTTP_URLMETA_RESOLVE_FAILED
                     : NGX_HTTP_URLMETA_RESOLVE_NOT_FOUND;
        break;

    case NGX_RESOLVE_TIMEDOUT:
        rs->status = NGX_HTTP_URLMETA_RESOLVE_TIMEOUT;
        break;

    default:
        rs->status = NGX_HTTP_URLMETA_RESOLVE_FAILED;
        break;
    }

    if (ctx->state != NGX_OK) {
        ngx_log_error(NGX_LOG_INFO, rs->log, 0,
                      "urlmeta: \"%V\" could not be resolved (%i: %s)",
                      &rs->name, ctx->state,
                      ngx_resolver_strerror(ctx->state));
    }

    ngx_resolve_name_done(ctx);
    rs->ctx = NULL;

    /*
     * The resolver calls all who wait for a name in one loop and holds a
     * pointer to the next meanwhile: a handler that cancels another resolving
     * would free it.  So the handler is called when that loop is over.
     */

    ngx_post_event(&rs->event, &ngx_posted_events);
}


static ngx_int_t
ngx_http_urlmeta_resolve_copy(ngx_http_urlmeta_resolve_t *rs,
    ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t            i, v6;
    ngx_resolver_addr_t  *from;

    if (ngx_http_urlmeta_resolve_room(rs, ctx->naddrs) != NGX_OK) {
        return NGX_ERROR;
    }

    for (v6 = 0; v6 < 2; v6++) {
        for (i = 0; i < ctx->naddrs; i++) {
            from = &ctx->addrs[i];

            if ((from->sockaddr->sa_family != AF_INET) == v6) {
                ngx_http_urlmeta_resolve_add(rs, from->sockaddr, from->socklen);
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_resolve_room(ngx_http_urlmeta_resolve_t *rs, ngx_uint_t n)
{
    n = ngx_min(n, NGX_HTTP_URLMETA_MAX_ADDRS);

    rs->naddrs = 0;
    rs->status = NGX_HTTP_URLMETA_RESOLVE_NOT_FOUND;
    rs->addrs = ngx_pcalloc(rs->pool,
                            ngx_max(n, 1) * sizeof(ngx_http_urlmeta_addr_t));

    return rs->addrs ? NGX_OK : NGX_ERROR;
}


/*
 * All are judged, those too for which there is no room: who mixes public and
 * private addresses has a reason to, and may put many before the one that
 * tells.
 */

static void
ngx_http_urlmeta_resolve_add(ngx_http_urlmeta_resolve_t *rs,
    struct sockaddr *sa, socklen_t socklen)
{
    ngx_http_urlmeta_addr_t  *addr;

    if (rs->status == NGX_HTTP_URLMETA_RESOLVE_DENIED) {
        return;
    }

    if (rs->judge(rs, sa) != NGX_OK) {
        rs->status = NGX_HTTP_URLMETA_RESOLVE_DENIED;
        rs->naddrs = 0;
        return;
    }

    rs->status = NGX_HTTP_URLMETA_RESOLVED;

    if (rs->naddrs == NGX_HTTP_URLMETA_MAX_ADDRS) {
        return;
    }

    addr = &rs->addrs[rs->naddrs++];

    addr->socklen = socklen;
    ngx_memcpy(&addr->sockaddr, sa, socklen);

    ngx_inet_set_port(&addr->sockaddr.sockaddr, 0);
}


static void
ngx_http_urlmeta_resolve_event(ngx_event_t *ev)
{
    ngx_http_urlmeta_resolve_t  *rs = ev->data;

    rs->handler(rs);
}
