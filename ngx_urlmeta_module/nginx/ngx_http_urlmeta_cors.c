
/*
 * Cross-origin requests: which pages of other origins may read the answers
 * (the CORS protocol of the Fetch standard).
 */


#include "ngx_http_urlmeta_module.h"


/* how long a browser may remember a preflight; more than a day none does */
#define NGX_HTTP_URLMETA_CORS_AGE      "86400"

/* of the names that a preflight asks for */
#define NGX_HTTP_URLMETA_CORS_HEADERS  1024


static ngx_uint_t ngx_http_urlmeta_cors_valid(ngx_str_t *origin);
static ngx_str_t *ngx_http_urlmeta_cors_header(ngx_http_request_t *r,
    const char *name);
static ngx_uint_t ngx_http_urlmeta_cors_names(ngx_str_t *names);


/* urlmeta_cors origin … | * | off */

char *
ngx_http_urlmeta_cors_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t   *value, *origin;
    ngx_uint_t   i;

    if (ulcf->cors != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        ulcf->cors = NULL;
        return NGX_CONF_OK;
    }

    ulcf->cors = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                  sizeof(ngx_str_t));
    if (ulcf->cors == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (!(cf->args->nelts == 2 && ngx_strcmp(value[1].data, "*") == 0)
            && !ngx_http_urlmeta_cors_valid(&value[i]))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid origin \"%V\" in \"%V\" directive, it "
                               "must be as browsers send it, such as "
                               "\"https://www.example.com\", or \"*\" or "
                               "\"off\" alone",
                               &value[i], &cmd->name);
            return NGX_CONF_ERROR;
        }

        origin = ngx_array_push(ulcf->cors);
        if (origin == NULL) {
            return NGX_CONF_ERROR;
        }

        *origin = value[i];
    }

    return NGX_CONF_OK;
}


/*
 * A scheme, "://", a host in lower case and perhaps a port: what is compared
 * as bytes has to be spelled as it comes.
 */

static ngx_uint_t
ngx_http_urlmeta_cors_valid(ngx_str_t *origin)
{
    u_char  *p, *last;

    p = origin->data;
    last = p + origin->len;

    while (p < last && ((*p >= 'a' && *p <= 'z') || *p == '-' || *p == '+'
                        || *p == '.' || (*p >= '0' && *p <= '9')))
    {
        p++;
    }

    if (p == origin->data || last - p < 4 || ngx_strncmp(p, "://", 3) != 0) {
        return 0;
    }

    for (p += 3; p < last; p++) {
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')
              || *p == '-' || *p == '.' || *p == '_' || *p == ':'
              || *p == '[' || *p == ']'))
        {
            return 0;
        }
    }

    return 1;
}


ngx_int_t
ngx_http_urlmeta_cors(ngx_http_request_t *r)
{
    ngx_str_t                    *allowed, *origin;
    ngx_uint_t                    i;
    ngx_http_urlmeta_loc_conf_t  *ulcf;

    ulcf = ngx_http_get_module_loc_conf(r, ngx_http_urlmeta_module);

    if (ulcf->cors == NULL) {
        return NGX_OK;
    }

    allowed = ulcf->cors->elts;

    if (allowed[0].len == 1) {

        /* the "*" */

        origin = &allowed[0];

    } else {

        /* of requests without an origin, too: they fill the same caches */

        if (ngx_http_urlmeta_add_header(r, "Vary", (u_char *) "Origin", 6)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        origin = ngx_http_urlmeta_cors_header(r, "Origin");

        if (origin == NULL) {
            return NGX_OK;
        }

        for (i = 0; i < ulcf->cors->nelts; i++) {
            if (allowed[i].len == origin->len
                && ngx_memcmp(allowed[i].data, origin->data, origin->len) == 0)
            {
                break;
            }
        }

        if (i == ulcf->cors->nelts) {
            return NGX_DECLINED;
        }
    }

    if (ngx_http_urlmeta_add_header(r, "Access-Control-Allow-Origin",
                                    origin->data, origin->len)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (r->method == NGX_HTTP_OPTIONS) {
        return NGX_OK;
    }

    return ngx_http_urlmeta_add_header(r, "Access-Control-Expose-Headers",
                                       (u_char *) "Age, ETag, Retry-After",
                                       sizeof("Age, ETag, Retry-After") - 1);
}


ngx_int_t
ngx_http_urlmeta_cors_preflight(ngx_http_request_t *r)
{
    ngx_int_t   rc;
    ngx_str_t  *names;

    static u_char  methods[] = "GET, HEAD";
    static u_char  allow[] = "GET, HEAD, OPTIONS";
    static u_char  age[] = NGX_HTTP_URLMETA_CORS_AGE;

    if (ngx_http_urlmeta_add_header(r, "Allow", allow, sizeof(allow) - 1)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_urlmeta_cors(r);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_OK
        && ngx_http_urlmeta_cors_header(r, "Access-Control-Request-Method"))
    {
        if (ngx_http_urlmeta_add_header(r, "Access-Control-Allow-Methods",
                                        methods, sizeof(methods) - 1)
            != NGX_OK
            || ngx_http_urlmeta_add_header(r, "Access-Control-Max-Age", age,
                                           sizeof(age) - 1)
               != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        /* no header matters here, so that any may come */

        names = ngx_http_urlmeta_cors_header(r,
                                             "Access-Control-Request-Headers");

        if (names != NULL && ngx_http_urlmeta_cors_names(names)
            && ngx_http_urlmeta_add_header(r, "Access-Control-Allow-Headers",
                                           names->data, names->len)
               != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;

    rc = ngx_http_send_header(r);

    return (rc == NGX_ERROR || rc > NGX_OK) ? rc : NGX_OK;
}


/* the first of the name, with a value */

static ngx_str_t *
ngx_http_urlmeta_cors_header(ngx_http_request_t *r, const char *name)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);
    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return NULL;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].key.len == len && h[i].value.len
            && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
        {
            return &h[i].value;
        }
    }
}


/* RFC 9110 tokens with commas and blanks between them */

static ngx_uint_t
ngx_http_urlmeta_cors_names(ngx_str_t *names)
{
    size_t  i;
    u_char  ch;

    if (names->len > NGX_HTTP_URLMETA_CORS_HEADERS) {
        return 0;
    }

    for (i = 0; i < names->len; i++) {
        ch = names->data[i];

        if (!((ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z')
              || (ch >= 'A' && ch <= 'Z')
              || (ch && ngx_strchr("-_.!#$%&'*+^`|~, ", ch))))
        {
            return 0;
        }
    }

    return 1;
}
