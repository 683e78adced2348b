
/*
 * Which scheme, host, port and address may be contacted.
 */


#ifndef _NGX_HTTP_URLMETA_POLICY_H_INCLUDED_
#define _NGX_HTTP_URLMETA_POLICY_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "../core/url.h"


#define NGX_HTTP_URLMETA_HTTP   0x01
#define NGX_HTTP_URLMETA_HTTPS  0x02


typedef struct {
    ngx_cidr_t                 cidr;
    in_port_t                  port;         /* 0: any that "ports" allows */
    ngx_uint_t                 all;          /* unsigned  all:1; */
    ngx_uint_t                 deny;         /* unsigned  deny:1; */
} ngx_http_urlmeta_rule_t;


typedef struct {
    in_port_t                  from;
    in_port_t                  to;
} ngx_http_urlmeta_ports_t;


/*
 * The policy of one location.  Rules are judged in order, the first that
 * matches decides, as in ngx_http_access_module; where none matches, special
 * addresses and this server's own are denied and all others allowed.
 */

typedef struct {
    ngx_array_t               *rules;        /* of ngx_http_urlmeta_rule_t */
    ngx_array_t               *own;          /* of ngx_cidr_t; NULL: none */
    ngx_array_t               *ports;        /* of ngx_http_urlmeta_ports_t;
                                                NULL: 80 and 443 */
    ngx_array_t               *hosts;        /* of ngx_str_t; NULL: any */
    ngx_uint_t                 schemes;
} ngx_http_urlmeta_policy_t;


/*
 * Configuration: each parses one argument; an error text, or NULL.
 *
 * A rule is "all", an address, a CIDR block, or one of them with ":port", IPv6
 * in brackets then.  A port is a number or "from-to".  A host is "*" (any name
 * that is not special), ".suffix" (that name and all below) or a name; the
 * last two admit special names too.
 */
char *ngx_http_urlmeta_policy_add_rule(ngx_conf_t *cf,
    ngx_http_urlmeta_policy_t *policy, ngx_str_t *value, ngx_uint_t deny);
char *ngx_http_urlmeta_policy_add_port(ngx_conf_t *cf,
    ngx_http_urlmeta_policy_t *policy, ngx_str_t *value);
char *ngx_http_urlmeta_policy_add_host(ngx_conf_t *cf,
    ngx_http_urlmeta_policy_t *policy, ngx_str_t *value);

/*
 * The addresses of this server's interfaces, for policy.own: what listens there
 * may trust whoever comes from there.  NULL if memory ran out.
 */
ngx_array_t *ngx_http_urlmeta_policy_own(ngx_conf_t *cf);

/* one more, which this server listens at; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_policy_own_add(ngx_array_t *own,
    struct sockaddr *sa);

/*
 * The text: scheme, host (list, special names), port, and the address of a
 * literal.  A name's port that is not listed passes where a rule allows some
 * address at that port: ngx_http_urlmeta_policy_addr() decides when the address
 * is known.  URLMETA_E_NONE, SCHEME_DENIED, HOST_DENIED, ADDRESS_DENIED or
 * PORT_DENIED.
 */
urlmeta_error_e ngx_http_urlmeta_policy_url(ngx_http_urlmeta_policy_t *policy,
    const urlmeta_url_t *url);

/* one address that is to be contacted at "port": NGX_OK or NGX_DECLINED */
ngx_int_t ngx_http_urlmeta_policy_addr(ngx_http_urlmeta_policy_t *policy,
    struct sockaddr *sa, in_port_t port);

/*
 * Adds to "text" what makes this policy this policy, so that two locations
 * with other rules never share a card.
 */
ngx_int_t ngx_http_urlmeta_policy_fingerprint(
    ngx_http_urlmeta_policy_t *policy, ngx_array_t *text);


#endif /* _NGX_HTTP_URLMETA_POLICY_H_INCLUDED_ */
