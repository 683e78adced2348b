
/*
 * Which scheme, host, port and address may be contacted.
 *
 * The text of a URL is judged before anything is resolved, each address that
 * its name has when it is known, and the socket's once more when it is opened.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <ifaddrs.h>
#include <net/if.h>

#include "../core/address.h"
#include "ngx_http_urlmeta_policy.h"


typedef enum {
    NGX_HTTP_URLMETA_ADDR_DENIED = 0,
    NGX_HTTP_URLMETA_ADDR_ALLOWED,       /* at the ports that are listed */
    NGX_HTTP_URLMETA_ADDR_ALLOWED_PORT   /* at this port, listed or not */
} ngx_http_urlmeta_addr_e;


static ngx_uint_t ngx_http_urlmeta_policy_split(ngx_str_t *value,
    ngx_str_t *port);
static ngx_int_t ngx_http_urlmeta_policy_port_number(u_char *p, size_t len,
    in_port_t *port);
static ngx_int_t ngx_http_urlmeta_policy_host(
    ngx_http_urlmeta_policy_t *policy, const urlmeta_url_t *url);
static ngx_uint_t ngx_http_urlmeta_policy_listed(
    ngx_http_urlmeta_policy_t *policy, in_port_t port, ngx_uint_t schemes);
static ngx_uint_t ngx_http_urlmeta_policy_deferred(
    ngx_http_urlmeta_policy_t *policy, in_port_t port);
static ngx_http_urlmeta_addr_e ngx_http_urlmeta_policy_judge(
    ngx_http_urlmeta_policy_t *policy, struct sockaddr *sa, in_port_t port);
static ngx_uint_t ngx_http_urlmeta_policy_match(ngx_cidr_t *cidr,
    struct sockaddr *sa, ngx_uint_t embedded);
static ngx_uint_t ngx_http_urlmeta_policy_special(struct sockaddr *sa);
static ngx_int_t ngx_http_urlmeta_policy_add(ngx_array_t *text, u_char *data,
    size_t len);
static ngx_int_t ngx_http_urlmeta_policy_printf(ngx_array_t *text,
    const char *fmt, ...);


char *
ngx_http_urlmeta_policy_add_rule(ngx_conf_t *cf,
    ngx_http_urlmeta_policy_t *policy, ngx_str_t *value, ngx_uint_t deny)
{
    in_port_t                 port;
    ngx_int_t                 rc;
    ngx_str_t                 addr, digits;
    ngx_uint_t                bracket;
    ngx_cidr_t                cidr;
    ngx_http_urlmeta_rule_t  *rule;

    addr = *value;
    port = 0;

    bracket = ngx_http_urlmeta_policy_split(&addr, &digits);

    if (digits.data
        && ngx_http_urlmeta_policy_port_number(digits.data, digits.len, &port)
           != NGX_OK)
    {
        return "has an invalid port";
    }

    ngx_memzero(&cidr, sizeof(ngx_cidr_t));

    rc = NGX_OK;

    if (bracket || addr.len != 3 || ngx_strncmp(addr.data, "all", 3) != 0) {
        rc = ngx_ptocidr(&addr, &cidr);

        if (rc == NGX_ERROR || (bracket && cidr.family == AF_INET)) {
            return "has an invalid address";
        }
    }

    if (rc == NGX_DONE) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "low address bits of \"%V\" are meaningless",
                           value);
    }

    if (policy->rules == NULL) {
        policy->rules = ngx_array_create(cf->pool, 4,
                                         sizeof(ngx_http_urlmeta_rule_t));
        if (policy->rules == NULL) {
            return "cannot be stored";
        }
    }

    rule = ngx_array_push(policy->rules);
    if (rule == NULL) {
        return "cannot be stored";
    }

    rule->cidr = cidr;
    rule->port = port;
    rule->all = (cidr.family == 0);
    rule->deny = deny;

    return NULL;
}


/*
 * Takes ":port" and the brackets off; returns whether there were brackets.
 * With more than one colon and no bracket it is an IPv6 address alone.
 */

static ngx_uint_t
ngx_http_urlmeta_policy_split(ngx_str_t *value, ngx_str_t *port)
{
    u_char  *p, *last, *colon;

    p = value->data;
    last = p + value->len;

    ngx_str_null(port);

    if (value->len && *p == '[') {
        colon = ngx_strlchr(p, last, ']');

        if (colon == NULL) {
            return 1;
        }

        value->data++;
        value->len = colon - value->data;

        if (++colon < last) {

            /* what is no ":port" is no port either */

            port->data = (*colon == ':') ? colon + 1 : colon;
            port->len = (*colon == ':') ? (size_t) (last - port->data) : 0;
        }

        return 1;
    }

    colon = ngx_strlchr(p, last, ':');

    if (colon && ngx_strlchr(colon + 1, last, ':') == NULL) {
        port->data = colon + 1;
        port->len = last - port->data;
        value->len = colon - p;
    }

    return 0;
}


char *
ngx_http_urlmeta_policy_add_port(ngx_conf_t *cf,
    ngx_http_urlmeta_policy_t *policy, ngx_str_t *value)
{
    u_char                    *dash, *last;
    in_port_t                  from, to;
    ngx_http_urlmeta_ports_t  *ports;

    last = value->data + value->len;
    dash = ngx_strlchr(value->data, last, '-');

    if (ngx_http_urlmeta_policy_port_number(value->data,
                                            (dash ? dash : last) - value->data,
                                            &from)
        != NGX_OK)
    {
        return "has an invalid port";
    }

    to = from;

    if (dash
        && (ngx_http_urlmeta_policy_port_number(dash + 1, last - dash - 1, &to)
            != NGX_OK
            || to < from))
    {
        return "has an invalid range of ports";
    }

    if (policy->ports == NULL) {
        policy->ports = ngx_array_create(cf->pool, 4,
                                         sizeof(ngx_http_urlmeta_ports_t));
        if (policy->ports == NULL) {
            return "cannot be stored";
        }
    }

    ports = ngx_array_push(policy->ports);
    if (ports == NULL) {
        return "cannot be stored";
    }

    ports->from = from;
    ports->to = to;

    return NULL;
}


static ngx_int_t
ngx_http_urlmeta_policy_port_number(u_char *p, size_t len, in_port_t *port)
{
    ngx_int_t  n;

    n = ngx_atoi(p, len);

    if (n < 1 || n > 65535) {
        return NGX_ERROR;
    }

    *port = (in_port_t) n;

    return NGX_OK;
}


char *
ngx_http_urlmeta_policy_add_host(ngx_conf_t *cf,
    ngx_http_urlmeta_policy_t *policy, ngx_str_t *value)
{
    u_char         *p, text[sizeof("http:///") + URLMETA_URL_MAX];
    ngx_str_t      *host, name;
    ngx_uint_t      suffix;
    urlmeta_url_t   url;

    name = *value;
    suffix = 0;

    if (name.len != 1 || name.data[0] != '*') {

        if (name.len > 1 && name.data[0] == '.') {
            suffix = 1;
            name.data++;
            name.len--;
        }

        /* a port would be dropped where it is the default one */

        if (name.len == 0 || name.len > URLMETA_URL_MAX
            || (name.data[0] == '['
                ? name.data[name.len - 1] != ']'
                : ngx_strlchr(name.data, name.data + name.len, ':') != NULL))
        {
            return "has an invalid host";
        }

        /* the form in which hosts come: lower case, IDN in ASCII */

        p = ngx_snprintf(text, sizeof(text), "http://%V/", &name);

        if (urlmeta_url_parse(&url, (char *) text, p - text) != URLMETA_E_NONE
            || url.len != url.path + 1
            || (suffix && url.host_type != URLMETA_HOST_NAME))
        {
            return "has an invalid host";
        }

        name.data = (u_char *) url.text + url.host;
        name.len = url.host_len;
    }

    if (policy->hosts == NULL) {
        policy->hosts = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));
        if (policy->hosts == NULL) {
            return "cannot be stored";
        }
    }

    host = ngx_array_push(policy->hosts);
    if (host == NULL) {
        return "cannot be stored";
    }

    host->len = name.len + suffix;
    host->data = ngx_pnalloc(cf->pool, host->len);
    if (host->data == NULL) {
        return "cannot be stored";
    }

    p = host->data;

    if (suffix) {
        *p++ = '.';
    }

    ngx_memcpy(p, name.data, name.len);

    return NULL;
}


ngx_array_t *
ngx_http_urlmeta_policy_own(ngx_conf_t *cf)
{
    ngx_array_t     *own;
    struct ifaddrs  *first, *ifa;

    own = ngx_array_create(cf->pool, 4, sizeof(ngx_cidr_t));
    if (own == NULL) {
        return NULL;
    }

    if (getifaddrs(&first) == -1) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, ngx_errno,
                           "getifaddrs() failed, this server's own addresses "
                           "are not denied");
        return own;
    }

    for (ifa = first; ifa; ifa = ifa->ifa_next) {

        if (ifa->ifa_addr == NULL) {
            continue;
        }

        if (ngx_http_urlmeta_policy_own_add(own, ifa->ifa_addr) != NGX_OK) {
            own = NULL;
            break;
        }
    }

    freeifaddrs(first);

    return own;
}


ngx_int_t
ngx_http_urlmeta_policy_own_add(ngx_array_t *own, struct sockaddr *sa)
{
    ngx_cidr_t           *cidr;
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (sa->sa_family) {

    case AF_INET:
#if (NGX_HAVE_INET6)
    case AF_INET6:
#endif
        break;

    default:
        return NGX_OK;
    }

    cidr = ngx_array_push(own);
    if (cidr == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(cidr, sizeof(ngx_cidr_t));

    cidr->family = sa->sa_family;

#if (NGX_HAVE_INET6)
    if (cidr->family == AF_INET6) {
        sin6 = (struct sockaddr_in6 *) sa;
        cidr->u.in6.addr = sin6->sin6_addr;
        ngx_memset(cidr->u.in6.mask.s6_addr, 0xff, 16);

        return NGX_OK;
    }
#endif

    sin = (struct sockaddr_in *) sa;
    cidr->u.in.addr = sin->sin_addr.s_addr;
    cidr->u.in.mask = 0xffffffff;

    return NGX_OK;
}


urlmeta_error_e
ngx_http_urlmeta_policy_url(ngx_http_urlmeta_policy_t *policy,
    const urlmeta_url_t *url)
{
    in_port_t                port;
    ngx_uint_t               scheme;
    ngx_sockaddr_t           sa;
    ngx_http_urlmeta_addr_e  judgment;

    scheme = url->https ? NGX_HTTP_URLMETA_HTTPS : NGX_HTTP_URLMETA_HTTP;

    if (!(policy->schemes & scheme)) {
        return URLMETA_E_SCHEME_DENIED;
    }

    if (ngx_http_urlmeta_policy_host(policy, url) != NGX_OK) {
        return URLMETA_E_HOST_DENIED;
    }

    port = (in_port_t) url->port;

    if (url->host_type != URLMETA_HOST_NAME) {
        ngx_memzero(&sa, sizeof(ngx_sockaddr_t));

        if (url->host_type == URLMETA_HOST_IPV4) {
            sa.sockaddr_in.sin_family = AF_INET;
            ngx_memcpy(&sa.sockaddr_in.sin_addr, url->addr, 4);
        }

#if (NGX_HAVE_INET6)
        if (url->host_type == URLMETA_HOST_IPV6) {
            sa.sockaddr_in6.sin6_family = AF_INET6;
            ngx_memcpy(&sa.sockaddr_in6.sin6_addr, url->addr, 16);
        }
#endif

        judgment = ngx_http_urlmeta_policy_judge(policy, &sa.sockaddr, port);

        if (judgment == NGX_HTTP_URLMETA_ADDR_DENIED) {
            return URLMETA_E_ADDRESS_DENIED;
        }

        if (judgment == NGX_HTTP_URLMETA_ADDR_ALLOWED_PORT) {
            return URLMETA_E_NONE;
        }
    }

    if (ngx_http_urlmeta_policy_listed(policy, port, scheme)
        || (url->host_type == URLMETA_HOST_NAME
            && ngx_http_urlmeta_policy_deferred(policy, port)))
    {
        return URLMETA_E_NONE;
    }

    return URLMETA_E_PORT_DENIED;
}


ngx_int_t
ngx_http_urlmeta_policy_addr(ngx_http_urlmeta_policy_t *policy,
    struct sockaddr *sa, in_port_t port)
{
    switch (ngx_http_urlmeta_policy_judge(policy, sa, port)) {

    case NGX_HTTP_URLMETA_ADDR_ALLOWED_PORT:
        return NGX_OK;

    case NGX_HTTP_URLMETA_ADDR_ALLOWED:

        /*
         * Here the ports of names end up that were deferred.  The scheme is
         * unknown, which opens nothing: a deferred port is no default port
         * unless it is listed.
         */

        if (ngx_http_urlmeta_policy_listed(policy, port,
                                           NGX_HTTP_URLMETA_HTTP
                                           |NGX_HTTP_URLMETA_HTTPS))
        {
            return NGX_OK;
        }

        return NGX_DECLINED;

    default:
        return NGX_DECLINED;
    }
}


static ngx_int_t
ngx_http_urlmeta_policy_host(ngx_http_urlmeta_policy_t *policy,
    const urlmeta_url_t *url)
{
    size_t       len;
    u_char      *name, *tail;
    ngx_str_t   *host;
    ngx_uint_t   i, any;

    name = (u_char *) url->text + url->host;
    len = url->host_len;

    any = (policy->hosts == NULL);

    if (policy->hosts) {
        host = policy->hosts->elts;

        for (i = 0; i < policy->hosts->nelts; i++) {

            if (host[i].len == 1 && host[i].data[0] == '*') {
                any = 1;
                continue;
            }

            if (host[i].len == len
                && ngx_memcmp(host[i].data, name, len) == 0)
            {
                return NGX_OK;
            }

            if (host[i].data[0] != '.'
                || url->host_type != URLMETA_HOST_NAME
                || host[i].len > len + 1)
            {
                continue;
            }

            /* the name itself lacks the dot in front */

            if (host[i].len == len + 1) {
                if (ngx_memcmp(host[i].data + 1, name, len) == 0) {
                    return NGX_OK;
                }

                continue;
            }

            tail = name + len - host[i].len;

            if (ngx_memcmp(host[i].data, tail, host[i].len) == 0) {
                return NGX_OK;
            }
        }
    }

    if (!any
        || (url->host_type == URLMETA_HOST_NAME
            && urlmeta_url_host_special((char *) name, len)))
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_urlmeta_policy_listed(ngx_http_urlmeta_policy_t *policy,
    in_port_t port, ngx_uint_t schemes)
{
    ngx_uint_t                 i;
    ngx_http_urlmeta_ports_t  *ports;

    if (policy->ports == NULL) {
        return (port == 80 && (schemes & NGX_HTTP_URLMETA_HTTP))
               || (port == 443 && (schemes & NGX_HTTP_URLMETA_HTTPS));
    }

    ports = policy->ports->elts;

    for (i = 0; i < policy->ports->nelts; i++) {
        if (port >= ports[i].from && port <= ports[i].to) {
            return 1;
        }
    }

    return 0;
}


/*
 * A name's port that is not listed, where some rule allows an address at that
 * port: only the address can tell.  The default ports are never deferred while
 * no ports are listed, since ngx_http_urlmeta_policy_addr() cannot tell
 * http://name:443/, which no rule is likely to mean, from https.
 */

static ngx_uint_t
ngx_http_urlmeta_policy_deferred(ngx_http_urlmeta_policy_t *policy,
    in_port_t port)
{
    ngx_uint_t                i;
    ngx_http_urlmeta_rule_t  *rule;

    if (policy->rules == NULL || port == 0
        || ngx_http_urlmeta_policy_listed(policy, port,
                                          NGX_HTTP_URLMETA_HTTP
                                          |NGX_HTTP_URLMETA_HTTPS))
    {
        return 0;
    }

    rule = policy->rules->elts;

    for (i = 0; i < policy->rules->nelts; i++) {
        if (!rule[i].deny && rule[i].port == port) {
            return 1;
        }
    }

    return 0;
}


static ngx_http_urlmeta_addr_e
ngx_http_urlmeta_policy_judge(ngx_http_urlmeta_policy_t *policy,
    struct sockaddr *sa, in_port_t port)
{
    ngx_uint_t                i;
    ngx_cidr_t               *own;
    ngx_http_urlmeta_rule_t  *rule;

    switch (sa->sa_family) {

    case AF_INET:
#if (NGX_HAVE_INET6)
    case AF_INET6:
#endif
        break;

    default:
        return NGX_HTTP_URLMETA_ADDR_DENIED;
    }

    if (policy->rules) {
        rule = policy->rules->elts;

        for (i = 0; i < policy->rules->nelts; i++) {

            if (rule[i].port && rule[i].port != port) {
                continue;
            }

            /*
             * What denies an IPv4 address denies every IPv6 address that may
             * lead to it.  What allows it does not: the DNS has no reason to
             * answer with such a form.
             */

            if (!rule[i].all
                && !ngx_http_urlmeta_policy_match(&rule[i].cidr, sa,
                                                  rule[i].deny))
            {
                continue;
            }

            if (rule[i].deny) {
                return NGX_HTTP_URLMETA_ADDR_DENIED;
            }

            return rule[i].port ? NGX_HTTP_URLMETA_ADDR_ALLOWED_PORT
                                : NGX_HTTP_URLMETA_ADDR_ALLOWED;
        }
    }

    if (ngx_http_urlmeta_policy_special(sa)) {
        return NGX_HTTP_URLMETA_ADDR_DENIED;
    }

    if (policy->own) {
        own = policy->own->elts;

        for (i = 0; i < policy->own->nelts; i++) {
            if (ngx_http_urlmeta_policy_match(&own[i], sa, 1)) {
                return NGX_HTTP_URLMETA_ADDR_DENIED;
            }
        }
    }

    return NGX_HTTP_URLMETA_ADDR_ALLOWED;
}


/*
 * ngx_cidr_match() takes a mapped address for the IPv4 one, so that no IPv6
 * block matches it; here it is an IPv6 address, and, if "embedded", it stands
 * for the IPv4 addresses in it as well.
 */

static ngx_uint_t
ngx_http_urlmeta_policy_match(ngx_cidr_t *cidr, struct sockaddr *sa,
    ngx_uint_t embedded)
{
    in_addr_t         addr;
#if (NGX_HAVE_INET6)
    u_char           *p, v4[URLMETA_ADDRESS_EMBEDDED][4];
    ngx_uint_t        i, n;
    struct in6_addr  *addr6;

    if (sa->sa_family == AF_INET6) {
        addr6 = &((struct sockaddr_in6 *) sa)->sin6_addr;
        p = addr6->s6_addr;

        if (cidr->family == AF_INET6) {

            for (i = 0; i < 16; i++) {
                if ((p[i] & cidr->u.in6.mask.s6_addr[i])
                    != cidr->u.in6.addr.s6_addr[i])
                {
                    return 0;
                }
            }

            return 1;
        }

        n = embedded ? urlmeta_address_embedded(v4, p) : 0;

        for (i = 0; i < n; i++) {
            ngx_memcpy(&addr, v4[i], 4);

            if ((addr & cidr->u.in.mask) == cidr->u.in.addr) {
                return 1;
            }
        }

        return 0;
    }
#endif

    if (cidr->family != AF_INET) {
        return 0;
    }

    addr = ((struct sockaddr_in *) sa)->sin_addr.s_addr;

    return (addr & cidr->u.in.mask) == cidr->u.in.addr;
}


static ngx_uint_t
ngx_http_urlmeta_policy_special(struct sockaddr *sa)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;

    if (sa->sa_family == AF_INET6) {
        sin6 = (struct sockaddr_in6 *) sa;
        return urlmeta_address_special6(sin6->sin6_addr.s6_addr);
    }
#endif

    sin = (struct sockaddr_in *) sa;

    return urlmeta_address_special4((u_char *) &sin->sin_addr);
}


/*
 * The server's own addresses are left out: they may change with each start,
 * which would empty the cache, and its locations share them.
 */

ngx_int_t
ngx_http_urlmeta_policy_fingerprint(ngx_http_urlmeta_policy_t *policy,
    ngx_array_t *text)
{
    u_char                     hex[4 * sizeof(struct in6_addr) + 1], *p;
    ngx_str_t                 *host;
    ngx_uint_t                 i;
    ngx_http_urlmeta_rule_t   *rule;
    ngx_http_urlmeta_ports_t  *ports;

    if (ngx_http_urlmeta_policy_printf(text, "schemes %ui;", policy->schemes)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (policy->ports) {
        ports = policy->ports->elts;

        for (i = 0; i < policy->ports->nelts; i++) {
            if (ngx_http_urlmeta_policy_printf(text, "port %ui-%ui;",
                                               (ngx_uint_t) ports[i].from,
                                               (ngx_uint_t) ports[i].to)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    /* no host has a semicolon */

    if (policy->hosts) {
        host = policy->hosts->elts;

        for (i = 0; i < policy->hosts->nelts; i++) {
            if (ngx_http_urlmeta_policy_printf(text, "host ") != NGX_OK
                || ngx_http_urlmeta_policy_add(text, host[i].data, host[i].len)
                   != NGX_OK
                || ngx_http_urlmeta_policy_printf(text, ";") != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    if (policy->rules) {
        rule = policy->rules->elts;

        for (i = 0; i < policy->rules->nelts; i++) {
            p = hex;

            if (rule[i].all) {
                *p++ = '*';

            } else if (rule[i].cidr.family == AF_INET) {
                p = ngx_hex_dump(p, (u_char *) &rule[i].cidr.u.in.addr, 4);
                *p++ = '/';
                p = ngx_hex_dump(p, (u_char *) &rule[i].cidr.u.in.mask, 4);

#if (NGX_HAVE_INET6)
            } else {
                p = ngx_hex_dump(p, rule[i].cidr.u.in6.addr.s6_addr, 16);
                *p++ = '/';
                p = ngx_hex_dump(p, rule[i].cidr.u.in6.mask.s6_addr, 16);
#endif
            }

            if (ngx_http_urlmeta_policy_printf(text, "%s ",
                                               rule[i].deny ? "deny" : "allow")
                != NGX_OK
                || ngx_http_urlmeta_policy_add(text, hex, p - hex) != NGX_OK
                || ngx_http_urlmeta_policy_printf(text, ":%ui;",
                                                  (ngx_uint_t) rule[i].port)
                   != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return ngx_http_urlmeta_policy_printf(text, ".");
}


static ngx_int_t
ngx_http_urlmeta_policy_add(ngx_array_t *text, u_char *data, size_t len)
{
    u_char  *p;

    p = ngx_array_push_n(text, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, data, len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_urlmeta_policy_printf(ngx_array_t *text, const char *fmt, ...)
{
    u_char   buf[NGX_INT64_LEN * 2 + 16], *p;
    va_list  args;

    va_start(args, fmt);
    p = ngx_vslprintf(buf, buf + sizeof(buf), fmt, args);
    va_end(args);

    return ngx_http_urlmeta_policy_add(text, buf, p - buf);
}
