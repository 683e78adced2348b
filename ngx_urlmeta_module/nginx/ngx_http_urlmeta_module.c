
/*
 * The directives, their merging, and the start and end of a worker.
 */


#include "ngx_http_urlmeta_module.h"


#define NGX_HTTP_URLMETA_ALL_CONF                                             \
    (NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF)


static ngx_int_t ngx_http_urlmeta_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_urlmeta_listening(ngx_conf_t *cf, ngx_array_t *own);
static void *ngx_http_urlmeta_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_urlmeta_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_urlmeta_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_urlmeta_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_urlmeta_merge_policy(ngx_conf_t *cf,
    ngx_http_urlmeta_policy_t *prev, ngx_http_urlmeta_policy_t *conf);
static ngx_int_t ngx_http_urlmeta_fingerprint(ngx_conf_t *cf,
    ngx_http_urlmeta_loc_conf_t *conf);
static ngx_int_t ngx_http_urlmeta_init_process(ngx_cycle_t *cycle);
static void ngx_http_urlmeta_exit_process(ngx_cycle_t *cycle);



static ngx_conf_post_t  ngx_http_urlmeta_time_post =
    { ngx_http_urlmeta_check_time };

static ngx_conf_post_t  ngx_http_urlmeta_size_post =
    { ngx_http_urlmeta_check_size };

static ngx_conf_post_t  ngx_http_urlmeta_fetches_post =
    { ngx_http_urlmeta_check_number };


static ngx_conf_enum_t  ngx_http_urlmeta_cache_controls[] = {
    { ngx_string("public"), NGX_HTTP_URLMETA_CACHE_PUBLIC },
    { ngx_string("private"), NGX_HTTP_URLMETA_CACHE_PRIVATE },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_urlmeta_extents[] = {
    { ngx_string("head"), URLMETA_EXTENT_HEAD },
    { ngx_string("auto"), URLMETA_EXTENT_AUTO },
    { ngx_string("full"), URLMETA_EXTENT_FULL },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_urlmeta_log_levels[] = {
    { ngx_string("info"), NGX_LOG_INFO },
    { ngx_string("notice"), NGX_LOG_NOTICE },
    { ngx_string("warn"), NGX_LOG_WARN },
    { ngx_string("error"), NGX_LOG_ERR },
    { ngx_null_string, 0 }
};


static ngx_conf_bitmask_t  ngx_http_urlmeta_schemes[] = {
    { ngx_string("http"), NGX_HTTP_URLMETA_HTTP },
    { ngx_string("https"), NGX_HTTP_URLMETA_HTTPS },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_http_urlmeta_commands[] = {

    { ngx_string("urlmeta"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_format"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta_format_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_details"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta_details_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_scan"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.extent),
      &ngx_http_urlmeta_extents },

    { ngx_string("urlmeta_cache_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE123,
      ngx_http_urlmeta_cache_zone_slot,
      0,
      0,
      NULL },

    { ngx_string("urlmeta_cache"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_urlmeta_cache_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cache_key"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_key),
      NULL },

    { ngx_string("urlmeta_cache_valid"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_cache_valid_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_cache_control"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_control),
      &ngx_http_urlmeta_cache_controls },

    { ngx_string("urlmeta_cache_bypass"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_set_predicate_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, cache_bypass),
      NULL },

    { ngx_string("urlmeta_no_cache"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_set_predicate_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, no_cache),
      NULL },

    { ngx_string("urlmeta_connect_timeout"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.connect_timeout),
      &ngx_http_urlmeta_time_post },

    { ngx_string("urlmeta_read_timeout"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.read_timeout),
      &ngx_http_urlmeta_time_post },

    { ngx_string("urlmeta_timeout"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.timeout),
      &ngx_http_urlmeta_time_post },

    { ngx_string("urlmeta_max_header_size"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.max_header_size),
      &ngx_http_urlmeta_size_post },

    { ngx_string("urlmeta_max_redirects"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.max_redirects),
      NULL },

    { ngx_string("urlmeta_max_body_size"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.max_body_size),
      &ngx_http_urlmeta_size_post },

    { ngx_string("urlmeta_max_fetches"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_main_conf_t, max_fetches),
      &ngx_http_urlmeta_fetches_post },

    { ngx_string("urlmeta_host_limit"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE123,
      ngx_http_urlmeta_host_limit_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_user_agent"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, user_agent),
      NULL },

    { ngx_string("urlmeta_accept_language"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, accept_language),
      NULL },

    { ngx_string("urlmeta_set_header"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE2,
      ngx_http_urlmeta_set_header_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_ssl_verify"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.ssl_verify),
      NULL },

    { ngx_string("urlmeta_ssl_trusted_certificate"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.ssl_trusted_certificate),
      NULL },

    { ngx_string("urlmeta_allow"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_policy_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_deny"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_policy_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_ports"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_policy_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_hosts"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_http_urlmeta_policy_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("urlmeta_schemes"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_1MORE,
      ngx_conf_set_bitmask_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.policy.schemes),
      &ngx_http_urlmeta_schemes },

    { ngx_string("urlmeta_log_level"),
      NGX_HTTP_URLMETA_ALL_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_urlmeta_loc_conf_t, fetch.log_level),
      &ngx_http_urlmeta_log_levels },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_urlmeta_module_ctx = {
    ngx_http_urlmeta_add_variables,        /* preconfiguration */
    ngx_http_urlmeta_init,                 /* postconfiguration */

    ngx_http_urlmeta_create_main_conf,     /* create main configuration */
    ngx_http_urlmeta_init_main_conf,       /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_urlmeta_create_loc_conf,      /* create location configuration */
    ngx_http_urlmeta_merge_loc_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_urlmeta_module = {
    NGX_MODULE_V1,
    &ngx_http_urlmeta_module_ctx,          /* module context */
    ngx_http_urlmeta_commands,             /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_urlmeta_init_process,         /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_urlmeta_exit_process,         /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};



static void *
ngx_http_urlmeta_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_urlmeta_main_conf_t  *umcf;

    umcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_urlmeta_main_conf_t));
    if (umcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     umcf->names = { NULL, { NULL, 0 }, 0 };
     *     umcf->own = NULL;
     *     umcf->ca_file = { 0, NULL };
     *     umcf->used = 0;
     */

    umcf->max_fetches = NGX_CONF_UNSET_UINT;

    return umcf;
}


static char *
ngx_http_urlmeta_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_urlmeta_main_conf_t *umcf = conf;

    ngx_conf_init_uint_value(umcf->max_fetches, 256);

    return NGX_CONF_OK;
}


/* after all locations are merged */

static ngx_int_t
ngx_http_urlmeta_init(ngx_conf_t *cf)
{
    const char                    *file;
    ngx_http_urlmeta_main_conf_t  *umcf;

    static ngx_str_t  hosts = ngx_string("/etc/hosts");
    static ngx_str_t  resolv_conf = ngx_string("/etc/resolv.conf");

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_urlmeta_module);

    if (!umcf->used) {
        return NGX_OK;
    }

    if (ngx_http_urlmeta_names_init(cf, &umcf->names, &hosts, &resolv_conf)
        != NGX_OK
        || ngx_http_urlmeta_listening(cf, umcf->own) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (umcf->ca_file.len) {
        return NGX_OK;
    }

    file = ngx_http_urlmeta_curl_ca_file();

    if (file == NULL || access(file, R_OK) == -1) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "no CA certificates in \"%s\": every https URL "
                           "will fail; install the package ca-certificates "
                           "or set \"urlmeta_ssl_trusted_certificate\"",
                           file ? file : "");
        return NGX_OK;
    }

    umcf->ca_file.data = (u_char *) file;
    umcf->ca_file.len = ngx_strlen(file);

    return NGX_OK;
}


/*
 * An address that is no interface's may be listened at too, where the system
 * lets it: one that is moved between machines, or a whole local route.
 */

static ngx_int_t
ngx_http_urlmeta_listening(ngx_conf_t *cf, ngx_array_t *own)
{
    ngx_uint_t                  i, j;
    ngx_http_conf_port_t       *port;
    ngx_http_conf_addr_t       *addr;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (own == NULL || cmcf->ports == NULL) {
        return NGX_OK;
    }

    port = cmcf->ports->elts;

    for (i = 0; i < cmcf->ports->nelts; i++) {
        addr = port[i].addrs.elts;

        for (j = 0; j < port[i].addrs.nelts; j++) {

            if (addr[j].opt.wildcard) {
                continue;
            }

            if (ngx_http_urlmeta_policy_own_add(own, addr[j].opt.sockaddr)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static void *
ngx_http_urlmeta_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_urlmeta_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_urlmeta_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->url = NULL;
     *     conf->format = NULL;
     *     conf->details = NULL;
     *     conf->cache_key = NULL;
     *     conf->user_agent = NULL;
     *     conf->accept_language = NULL;
     *     conf->fetch.policy = { NULL, NULL, NULL, 0 };
     *     conf->fetch.zone = NULL;
     *     conf->fetch.names = NULL;
     *     conf->fetch.resolver = NULL;
     *     conf->fetch.ssl_trusted_certificate = { 0, NULL };
     *     conf->fingerprint = { 0, NULL };
     */

    conf->cache_zone = NGX_CONF_UNSET_PTR;
    conf->cache_valid = NGX_CONF_UNSET_PTR;
    conf->cache_bypass = NGX_CONF_UNSET_PTR;
    conf->no_cache = NGX_CONF_UNSET_PTR;
    conf->cache_control = NGX_CONF_UNSET_UINT;
    conf->headers = NGX_CONF_UNSET_PTR;

    conf->fetch.connect_timeout = NGX_CONF_UNSET_MSEC;
    conf->fetch.read_timeout = NGX_CONF_UNSET_MSEC;
    conf->fetch.timeout = NGX_CONF_UNSET_MSEC;
    conf->fetch.max_header_size = NGX_CONF_UNSET_SIZE;
    conf->fetch.max_body_size = NGX_CONF_UNSET_SIZE;
    conf->fetch.max_redirects = NGX_CONF_UNSET_UINT;
    conf->fetch.extent = NGX_CONF_UNSET_UINT;
    conf->fetch.log_level = NGX_CONF_UNSET_UINT;
    conf->fetch.host_rate = NGX_CONF_UNSET_UINT;
    conf->fetch.host_burst = NGX_CONF_UNSET_UINT;
    conf->fetch.host_conn = NGX_CONF_UNSET_UINT;
    conf->fetch.ssl_verify = NGX_CONF_UNSET;

    conf->format_value = NGX_CONF_UNSET_UINT;
    conf->details_value = NGX_CONF_UNSET_UINT;

    return conf;
}


static char *
ngx_http_urlmeta_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_urlmeta_loc_conf_t *prev = parent;
    ngx_http_urlmeta_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_urlmeta_main_conf_t  *umcf;

    /* a name, and a variable, are one directive */

    if (conf->format_value == NGX_CONF_UNSET_UINT && conf->format == NULL) {
        conf->format = prev->format;
        conf->format_value = prev->format_value;
    }

    if (conf->format_value == NGX_CONF_UNSET_UINT && conf->format == NULL) {
        conf->format_value = URLMETA_FORMAT_JSON;
    }

    if (conf->details_value == NGX_CONF_UNSET_UINT && conf->details == NULL) {
        conf->details = prev->details;
        conf->details_value = prev->details_value;
    }

    if (conf->details_value == NGX_CONF_UNSET_UINT && conf->details == NULL) {
        conf->details_value = 0;
    }

    if (conf->cache_key == NULL) {
        conf->cache_key = prev->cache_key;
    }

    if (conf->user_agent == NULL) {
        conf->user_agent = prev->user_agent;
    }

    if (conf->accept_language == NULL) {
        conf->accept_language = prev->accept_language;
    }

    ngx_conf_merge_ptr_value(conf->cache_zone, prev->cache_zone, NULL);
    ngx_conf_merge_ptr_value(conf->cache_valid, prev->cache_valid, NULL);
    ngx_conf_merge_ptr_value(conf->cache_bypass, prev->cache_bypass, NULL);
    ngx_conf_merge_ptr_value(conf->no_cache, prev->no_cache, NULL);
    ngx_conf_merge_uint_value(conf->cache_control, prev->cache_control,
                              NGX_HTTP_URLMETA_CACHE_PUBLIC);
    ngx_conf_merge_ptr_value(conf->headers, prev->headers, NULL);

    ngx_conf_merge_msec_value(conf->fetch.connect_timeout,
                              prev->fetch.connect_timeout, 3000);
    ngx_conf_merge_msec_value(conf->fetch.read_timeout,
                              prev->fetch.read_timeout, 3000);
    ngx_conf_merge_msec_value(conf->fetch.timeout, prev->fetch.timeout, 10000);
    ngx_conf_merge_size_value(conf->fetch.max_header_size,
                              prev->fetch.max_header_size, 32 * 1024);
    ngx_conf_merge_size_value(conf->fetch.max_body_size,
                              prev->fetch.max_body_size, 2 * 1024 * 1024);
    ngx_conf_merge_uint_value(conf->fetch.max_redirects,
                              prev->fetch.max_redirects, 5);
    ngx_conf_merge_uint_value(conf->fetch.extent, prev->fetch.extent,
                              URLMETA_EXTENT_AUTO);
    ngx_conf_merge_uint_value(conf->fetch.log_level, prev->fetch.log_level,
                              NGX_LOG_ERR);
    ngx_conf_merge_uint_value(conf->fetch.host_rate, prev->fetch.host_rate,
                              2000);
    ngx_conf_merge_uint_value(conf->fetch.host_burst, prev->fetch.host_burst,
                              20);
    ngx_conf_merge_uint_value(conf->fetch.host_conn, prev->fetch.host_conn, 4);
    ngx_conf_merge_value(conf->fetch.ssl_verify, prev->fetch.ssl_verify, 1);
    ngx_conf_merge_str_value(conf->fetch.ssl_trusted_certificate,
                             prev->fetch.ssl_trusted_certificate, "");

    ngx_conf_merge_bitmask_value(conf->fetch.policy.schemes,
                                 prev->fetch.policy.schemes,
                                 (NGX_CONF_BITMASK_SET|NGX_HTTP_URLMETA_HTTP
                                  |NGX_HTTP_URLMETA_HTTPS));

    if (ngx_http_urlmeta_merge_policy(cf, &prev->fetch.policy,
                                      &conf->fetch.policy)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* "if" and "limit_except" in a location, as in ngx_http_proxy_module */

    if (clcf->noname && conf->url == NULL) {
        conf->url = prev->url;
    }

    if (conf->url == NULL) {
        return NGX_CONF_OK;
    }

    if (clcf->lmt_excpt && clcf->handler == NULL) {
        clcf->handler = ngx_http_urlmeta_handler;
    }

    if (conf->cache_zone && conf->cache_zone->data == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"urlmeta_cache\" zone \"%V\" is unknown: declare "
                           "it by \"urlmeta_cache_zone\" at the http level",
                           &conf->cache_zone->shm.name);
        return NGX_CONF_ERROR;
    }

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_urlmeta_module);

    if (umcf->own == NULL) {
        umcf->own = ngx_http_urlmeta_policy_own(cf);
        if (umcf->own == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    conf->fetch.policy.own = umcf->own;
    conf->fetch.zone = conf->cache_zone;
    conf->fetch.names = &umcf->names;
    conf->fetch.resolver = clcf->resolver;
    conf->fetch.resolver_timeout = clcf->resolver_timeout;

    if (conf->fetch.ssl_trusted_certificate.len) {
        if (ngx_conf_full_name(cf->cycle, &conf->fetch.ssl_trusted_certificate,
                               1)
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }

        if (access((char *) conf->fetch.ssl_trusted_certificate.data, R_OK)
            == -1)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                               "\"urlmeta_ssl_trusted_certificate\" file "
                               "\"%V\" cannot be read",
                               &conf->fetch.ssl_trusted_certificate);
            return NGX_CONF_ERROR;
        }

        umcf->ca_file = conf->fetch.ssl_trusted_certificate;
    }

    if (ngx_http_urlmeta_fingerprint(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* lists of another level replace, as nginx's do */

static char *
ngx_http_urlmeta_merge_policy(ngx_conf_t *cf, ngx_http_urlmeta_policy_t *prev,
    ngx_http_urlmeta_policy_t *conf)
{
    if (conf->rules == NULL) {
        conf->rules = prev->rules;
    }

    if (conf->ports == NULL) {
        conf->ports = prev->ports;
    }

    if (conf->hosts == NULL) {
        conf->hosts = prev->hosts;
    }

    return NGX_CONF_OK;
}


/*
 * All that makes a card of the same URL another one, so that a location with
 * a wider policy or other limits never fills cards for a stricter one.
 */

static ngx_int_t
ngx_http_urlmeta_fingerprint(ngx_conf_t *cf, ngx_http_urlmeta_loc_conf_t *conf)
{
    u_char      *p;
    size_t       len;
    ngx_str_t                   zone;
    ngx_uint_t                  i;
    ngx_array_t                 text;
    ngx_resolver_connection_t  *rec;

    if (ngx_array_init(&text, cf->temp_pool, 256, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_urlmeta_policy_fingerprint(&conf->fetch.policy, &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_str_null(&zone);

    if (conf->cache_zone) {
        zone = conf->cache_zone->shm.name;
    }

    /* the same name may have other addresses at other nameservers */

    if (conf->fetch.resolver) {
        rec = conf->fetch.resolver->connections.elts;

        for (i = 0; i < conf->fetch.resolver->connections.nelts; i++) {
            p = ngx_array_push_n(&text, rec[i].server.len + 1);
            if (p == NULL) {
                return NGX_ERROR;
            }

            p = ngx_cpymem(p, rec[i].server.data, rec[i].server.len);
            *p = ';';
        }
    }

    len = zone.len + conf->fetch.ssl_trusted_certificate.len
          + 6 * NGX_SIZE_T_LEN + 7;

    p = ngx_array_push_n(&text, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(p, len);

    (void) ngx_sprintf(p, "%V %V %uz %uz %ui %i %ui", &zone,
                       &conf->fetch.ssl_trusted_certificate,
                       conf->fetch.max_header_size, conf->fetch.max_body_size,
                       conf->fetch.max_redirects, conf->fetch.ssl_verify,
                       conf->fetch.extent);

    conf->fingerprint.len = NGX_HTTP_URLMETA_KEY_LEN;
    conf->fingerprint.data = ngx_pnalloc(cf->pool, NGX_HTTP_URLMETA_KEY_LEN);

    if (conf->fingerprint.data == NULL) {
        return NGX_ERROR;
    }

    zone.data = text.elts;
    zone.len = text.nelts;

    return ngx_http_urlmeta_cache_key(conf->fingerprint.data, &zone, 1);
}


static ngx_int_t
ngx_http_urlmeta_init_process(ngx_cycle_t *cycle)
{
    ngx_http_urlmeta_main_conf_t  *umcf;

    /* the cache manager and loader come here too, and fetch nothing */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    umcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_urlmeta_module);

    if (umcf == NULL || !umcf->used) {
        return NGX_OK;
    }

    return ngx_http_urlmeta_fetch_init(cycle, umcf->max_fetches,
                                       umcf->ca_file.len
                                       ? (char *) umcf->ca_file.data : NULL);
}


static void
ngx_http_urlmeta_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_urlmeta_fetch_exit(cycle);
}
