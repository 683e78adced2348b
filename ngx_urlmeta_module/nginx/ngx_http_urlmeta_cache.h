
/*
 * Every byte of the shared zone.  Only ngx_http_urlmeta_cache*.c lock it.
 */


#ifndef _NGX_HTTP_URLMETA_CACHE_H_INCLUDED_
#define _NGX_HTTP_URLMETA_CACHE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_HTTP_URLMETA_CACHE_KEY_LEN    32

/*
 * The key's last byte is the variant (the output format): variants of one key
 * share a bucket, and one purge finds them all.
 */
#define NGX_HTTP_URLMETA_CACHE_VARIANT    31

#define NGX_HTTP_URLMETA_CACHE_MAX_ENTRY  (1024 * 1024)


typedef struct {
    uint64_t                   created;      /* ms, of ngx_current_msec's */
    uint64_t                   expires;      /* clock, which never steps */
    uint64_t                   etag;         /* of the body's bytes */
    uint32_t                   len;          /* of the body */
    uint16_t                   error;        /* urlmeta_error_e */
    uint16_t                   upstream_status;
    uint16_t                   url_len;      /* effective URL: the first bytes
                                                of what is stored, before the
                                                body */
} ngx_http_urlmeta_cache_meta_t;


typedef struct {
    ngx_http_urlmeta_cache_meta_t  meta;
    ngx_str_t                      url;      /* effective URL */
    ngx_str_t                      body;
} ngx_http_urlmeta_cache_entry_t;


typedef struct {
    uint64_t                   entries;
    uint64_t                   chunks;
    uint64_t                   chunks_used;
    uint64_t                   evictions;
    uint64_t                   resets;       /* after a worker's death */
} ngx_http_urlmeta_cache_stat_t;


/*
 * Declares a zone; configuration only.  NULL after an error was logged.
 * "inactive" in seconds, "max_entry" in bytes.
 */
ngx_shm_zone_t *ngx_http_urlmeta_cache_zone(ngx_conf_t *cf, ngx_str_t *name,
    size_t size, time_t inactive, size_t max_entry, void *tag);

/* the key of a text; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_urlmeta_cache_key(u_char *key, ngx_str_t *text,
    ngx_uint_t n);

/* an entity tag of the bytes */
uint64_t ngx_http_urlmeta_cache_etag(ngx_str_t *body);

/* milliseconds on the clock of the meta's times */
uint64_t ngx_http_urlmeta_cache_now(void);

/*
 * NGX_OK: found, and copied into "pool"; it may have expired, which the caller
 * sees.  NGX_DECLINED: not there.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_urlmeta_cache_get(ngx_shm_zone_t *zone, const u_char *key,
    ngx_pool_t *pool, ngx_http_urlmeta_cache_entry_t *entry);

/*
 * Takes the place of what the key had; evicts the least recently used.
 * NGX_OK; NGX_DECLINED if the entry is too large or no room could be made.
 */
ngx_int_t ngx_http_urlmeta_cache_put(ngx_shm_zone_t *zone, const u_char *key,
    ngx_http_urlmeta_cache_entry_t *entry);

/* all variants of the key; how many there were */
ngx_uint_t ngx_http_urlmeta_cache_delete(ngx_shm_zone_t *zone,
    const u_char *key);

/*
 * Counts a request to the host in.  0: it may be made; else the milliseconds
 * until it might.  "rate" in thousandths of a request a second, as limit_req
 * has it, and "burst" in requests.
 */
ngx_msec_t ngx_http_urlmeta_cache_host(ngx_shm_zone_t *zone, ngx_str_t *host,
    ngx_uint_t rate, ngx_uint_t burst);

/* the host is not to be asked for so long, whoever wants to */
void ngx_http_urlmeta_cache_host_rest(ngx_shm_zone_t *zone, ngx_str_t *host,
    ngx_msec_t time);

void ngx_http_urlmeta_cache_stat(ngx_shm_zone_t *zone,
    ngx_http_urlmeta_cache_stat_t *stat);


#endif /* _NGX_HTTP_URLMETA_CACHE_H_INCLUDED_ */
