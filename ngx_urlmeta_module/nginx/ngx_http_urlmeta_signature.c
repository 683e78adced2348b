
/*
 * Signed requests: the location's keys, and the arguments "signature" and
 * "expires" of a request.
 */


#include "ngx_http_urlmeta_module.h"

#include "../core/signature.h"


static ngx_uint_t ngx_http_urlmeta_signature_arg(ngx_str_t *args,
    const char *name, ngx_str_t *value);


char *
ngx_http_urlmeta_signature_slot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_urlmeta_loc_conf_t *ulcf = conf;

    ngx_str_t                         *value;
    ngx_uint_t                         i;
    ngx_http_complex_value_t          *key;
    ngx_http_compile_complex_value_t   ccv;

    if (ulcf->signature != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        ulcf->signature = NULL;
        return NGX_CONF_OK;
    }

    if (cf->args->nelts - 1 > URLMETA_SIGNATURE_MAX_KEYS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "too many keys in \"%V\" directive, it takes up to "
                           "%d", &cmd->name, URLMETA_SIGNATURE_MAX_KEYS);
        return NGX_CONF_ERROR;
    }

    ulcf->signature = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                       sizeof(ngx_http_complex_value_t));
    if (ulcf->signature == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        /* a key is told by its place: the log is no place for it */

        if (ngx_http_script_variables_count(&value[i]) == 0
            && value[i].len < URLMETA_SIGNATURE_MIN_KEY)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "key %ui of \"%V\" directive is too short, it "
                               "must have %d bytes at least; \"openssl rand "
                               "-hex 32\" makes one",
                               i, &cmd->name, URLMETA_SIGNATURE_MIN_KEY);
            return NGX_CONF_ERROR;
        }

        key = ngx_array_push(ulcf->signature);
        if (key == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

        ccv.cf = cf;
        ccv.value = &value[i];
        ccv.complex_value = key;

        if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


urlmeta_error_e
ngx_http_urlmeta_signature(ngx_http_request_t *r,
    ngx_http_urlmeta_loc_conf_t *ulcf, ngx_http_urlmeta_ctx_t *ctx)
{
    ngx_str_t                     value, signature, expires;
    ngx_uint_t                    i, n;
    urlmeta_signature_key_t       keys[URLMETA_SIGNATURE_MAX_KEYS];
    ngx_http_complex_value_t     *key;
    urlmeta_signature_request_t   rq;

    if (ulcf->signature == NULL) {
        return URLMETA_E_NONE;
    }

    key = ulcf->signature->elts;

    for (i = 0; i < ulcf->signature->nelts; i++) {

        if (ngx_http_complex_value(r, &key[i], &value) != NGX_OK) {
            return URLMETA_E_INTERNAL_ERROR;
        }

        if (value.len < URLMETA_SIGNATURE_MIN_KEY) {

            /* urlmeta_signature_verify() then refuses whatever is given */

            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "urlmeta: key %ui of \"urlmeta_signature\" has %uz "
                          "bytes, it must have %d at least: the request is "
                          "refused", i + 1, value.len,
                          URLMETA_SIGNATURE_MIN_KEY);
        }

        keys[i].data = (char *) value.data;
        keys[i].len = value.len;
    }

    n = ngx_http_urlmeta_signature_arg(&r->args, "signature", &signature);

    if (n != 1) {

        /* of two, another reader of the link may take the other one */

        ngx_str_null(&signature);
    }

    n = ngx_http_urlmeta_signature_arg(&r->args, "expires", &expires);

    if (n > 1) {
        ngx_str_null(&signature);
    }

    rq.url = (char *) ctx->url.data;
    rq.url_len = ctx->url.len;
    rq.format = ctx->format_auto ? "auto" : urlmeta_format_name(ctx->format);
    rq.format_len = ngx_strlen(rq.format);
    rq.expires = n ? (char *) expires.data : NULL;
    rq.expires_len = expires.len;

    return urlmeta_signature_verify(keys, ulcf->signature->nelts, &rq,
                                    (char *) signature.data, signature.len,
                                    ngx_time());
}


/*
 * How many arguments have the name, and the value of the first one, as it
 * stands: neither digits nor base64url need escapes.
 */

static ngx_uint_t
ngx_http_urlmeta_signature_arg(ngx_str_t *args, const char *name,
    ngx_str_t *value)
{
    u_char      *p, *end, *last;
    size_t       len;
    ngx_uint_t   n;

    ngx_str_null(value);

    n = 0;
    len = ngx_strlen(name);
    p = args->data;
    last = p + args->len;

    while (p < last) {
        end = ngx_strlchr(p, last, '&');

        if (end == NULL) {
            end = last;
        }

        if ((size_t) (end - p) > len && p[len] == '='
            && ngx_strncmp(p, name, len) == 0)
        {
            if (n++ == 0) {
                value->data = p + len + 1;
                value->len = end - value->data;
            }
        }

        p = end + 1;
    }

    return n;
}
